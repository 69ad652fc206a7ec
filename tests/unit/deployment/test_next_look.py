from dataclasses import replace

import pytest

from bluegreen.deployment.abort import Abort, AbortCause, Ringing
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.next_look import (
    answer,
    is_progress,
    its_turn,
    nothing_to_await,
    observed,
)
from bluegreen.sagemaker.observation import Observation, Stage, StageSeen
from builders import BLUE, GREEN, START, at, deployment, seen, settled, updating

BEGUN = deployment(stages=(seen(Stage.PROVISIONING, 0, 0),))
PROVISIONING = StageSeen(Stage.PROVISIONING, 0, at(0))
BAKE = StageSeen(Stage.BAKING, 25, at(320))
LAST_BAKE = StageSeen(Stage.BAKING, 100, at(940))


@pytest.mark.parametrize(
    ("stage", "now", "expected"),
    [
        # 5000 s maximum and half an hour: the deadline is at 6800, and nothing sleeps beyond it
        (PROVISIONING, 2, [360, 600, *[900] * 6, 438]),
        (BAKE, 321, [659, 360, 600, *[900] * 5, 360]),  # ends at 920, and a minute
        (BAKE, 979.5, [30, 360, 600, *[900] * 5, 331]),  # the shortest sleep there is
        (BAKE, 990, [360, 600, *[900] * 5, 350]),
        (LAST_BAKE, 940, [960, 360, 600, *[900] * 4, 340]),
        (PROVISIONING, 6500, [300]),
        (PROVISIONING, 6100, [360, 340]),
        (PROVISIONING, 6800, [30]),
    ],
)
def test_how_long_to_sleep(stage: StageSeen, now: float, expected: list[int]) -> None:
    assert answer(BEGUN, updating(), stage, at(now)).wait_seconds == expected


def test_a_bake_that_outlasts_the_maximum_is_looked_at_when_that_is_over() -> None:
    late = StageSeen(Stage.BAKING, 100, at(4500))
    assert answer(BEGUN, updating(), late, at(4510)).wait_seconds[0] == 5000 + 60 - 4510
    assert answer(BEGUN, updating(), late, at(5000)).wait_seconds[0] == 4500 + 900 + 60 - 5000


def test_without_proof_that_the_update_began_the_next_look_is_when_the_grace_is_over() -> None:
    before = settled(BLUE, modified=-86400)
    waits = answer(deployment(), before, None, at(61)).wait_seconds
    assert waits == [239, 360, 600, *[900] * 6, 140]


@pytest.mark.parametrize(
    ("observation", "now", "expected"),
    [
        (settled(BLUE, modified=-86400), 299, False),
        (settled(BLUE, modified=-86400), 300, True),
        (settled(BLUE, modified=400), 410, True),
        (settled(GREEN, modified=400), 410, True),
        (updating("Baking", 320), 410, False),
    ],
)
def test_when_an_endpoint_counts_as_settled(
    observation: Observation,
    now: float,
    expected: bool,
) -> None:
    assert answer(deployment(), observation, None, at(now)).settled is expected


def test_overdue_is_half_an_hour_after_the_maximum() -> None:
    assert not answer(BEGUN, updating(), None, at(6799)).overdue
    assert answer(BEGUN, updating(), None, at(6800)).overdue


@pytest.mark.parametrize(
    ("asleep_on", "stage", "expected"),
    [
        (None, PROVISIONING, False),
        (PROVISIONING, PROVISIONING, False),
        (PROVISIONING, StageSeen(Stage.SHIFTING, 25, at(300)), False),
        (PROVISIONING, BAKE, True),
        (BAKE, BAKE, False),
        (BAKE, LAST_BAKE, True),
        (LAST_BAKE, StageSeen(Stage.TERMINATING, 100, at(1840)), False),
    ],
)
def test_only_a_bake_that_began_wakes(
    asleep_on: StageSeen | None,
    stage: StageSeen,
    expected: bool,
) -> None:
    new = answer(BEGUN, updating(), stage, at(1000))
    assert is_progress(observed(asleep_on), new) is expected


def test_a_settled_or_overdue_endpoint_wakes() -> None:
    assert is_progress(observed(BAKE), answer(BEGUN, settled(BLUE), None, at(1000)))
    assert is_progress(observed(BAKE), answer(BEGUN, updating("Baking", 320), BAKE, at(6800)))


def test_the_answer_as_the_workflow_gets_it() -> None:
    assert answer(BEGUN, updating(), BAKE, at(321)).to_json() == {
        "SchemaVersion": 1,
        "Observation": {"Stage": "BAKING", "StartedAt": "2026-01-05T09:05:20.000Z"},
        "Settled": False,
        "Overdue": False,
        "WaitSeconds": [659, 360, 600, 900, 900, 900, 900, 900, 360],
    }


# ---- While an abort is to ring ---------------------------------------------------------------

NOT_YET = Ringing()


def aborting(ringing: Ringing = NOT_YET, alarm: str = "bluegreen-abort-churn") -> Deployment:
    abort = Abort(START, AbortCause.COMMAND)
    return deployment(stages=BEGUN.stages, abort=abort, abort_alarm=alarm, ringing=ringing)


SILENCED = Ringing(rang_for=BAKE.started_at, silenced_for=LAST_BAKE.started_at, silenced_at=at(945))


@pytest.mark.parametrize(
    ("given", "stage", "now", "first"),
    [
        (aborting(), BAKE, 400, [30, 580]),  # it could not be published, so tries again soon
        (aborting(Ringing(BAKE.started_at)), BAKE, 400, [580]),  # it rings
        (aborting(Ringing(BAKE.started_at)), LAST_BAKE, 941, [30, 959]),
        (aborting(SILENCED), LAST_BAKE, 945, [30, 955]),  # due in 15 seconds, the shortest is 30
        (aborting(SILENCED), LAST_BAKE, 1000, [30, 900]),
        (aborting(Ringing(LAST_BAKE.started_at)), LAST_BAKE, 1000, [900]),
        (aborting(alarm=""), BAKE, 400, [580]),  # nothing of ours could ring
        (BEGUN, BAKE, 400, [580]),
        (aborting(), PROVISIONING, 2, [360]),  # it rings in bakes only
    ],
)
def test_a_bake_in_which_the_abort_has_still_to_ring_is_looked_at_soon(
    given: Deployment, stage: StageSeen, now: float, first: list[int]
) -> None:
    waits = answer(given, updating(), stage, at(now)).wait_seconds
    assert waits[: len(first) + 1] == [*first, 600 if stage is PROVISIONING else 360]


def test_the_next_look_at_an_abort_is_never_sooner_than_a_token_can_be_stored() -> None:
    given = aborting(SILENCED)
    endless = replace(given.request, policy=replace(given.request.policy, maximum_seconds=None))
    waits = answer(replace(given, request=endless), updating(), LAST_BAKE, at(2000)).wait_seconds
    assert waits == [30, 360, 600, 900]


# ---- After an adoption -----------------------------------------------------------------------


@pytest.mark.parametrize(("adopted", "settled_from"), [(None, 300), (100, 300), (200, 350)])
def test_without_proof_an_endpoint_settles_when_no_function_can_still_call_update_endpoint(
    adopted: float | None, settled_from: float
) -> None:
    """The one that was replaced may still run for 150 seconds after the adoption."""
    given = deployment(adopted_at=None if adopted is None else at(adopted))
    before = settled(BLUE, modified=-86400)
    assert not answer(given, before, None, at(settled_from - 0.001)).settled
    assert answer(given, before, None, at(settled_from)).settled


def test_with_proof_an_adopted_deployment_settles_at_once() -> None:
    given = deployment(adopted_at=at(405))
    assert answer(given, settled(GREEN, modified=400), None, at(410)).settled


# ---- Answers without a look ------------------------------------------------------------------


def test_what_was_never_asked_for_is_concluded_at_once() -> None:
    assert nothing_to_await().to_json() == {
        "SchemaVersion": 1,
        "Observation": {},
        "Settled": True,
        "Overdue": False,
        "WaitSeconds": [60],
    }


def test_who_waits_in_the_queue_is_only_told_to_look_again() -> None:
    assert its_turn() == {"SchemaVersion": 1}
