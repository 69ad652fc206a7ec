import pytest

from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.tripped_alarms import (
    AlarmChange,
    WatchedPeriod,
    tripping,
    watched_period_of,
)
from bluegreen.sagemaker.observation import Stage
from builders import BLUE, START, at, deployment, seen, settled

PROVISIONED = (seen(Stage.PROVISIONING, 0, 0, last=290),)
BAKED = (*PROVISIONED, seen(Stage.BAKING, 25, 320))
LATE = at(4000)


ROLLED_BACK_AT_400 = (*BAKED, seen(Stage.ROLLING_BACK, 0, 400, last=430))


@pytest.mark.parametrize(
    ("history", "tripped"),
    [
        ([], False),
        ([("OK", 100)], False),
        ([("ALARM", 500)], True),
        ([("ALARM", 500), ("OK", 560)], True),
        ([("ALARM", 1000)], True),
        ([("ALARM", 1001)], False),
        ([("ALARM", 100)], True),  # in ALARM when the first bake began
        ([("ALARM", 100), ("OK", 200)], False),
        ([("ALARM", 100), ("OK", 320)], False),
        ([("ALARM", 100), ("OK", 400)], True),
        ([("ALARM", 100), ("OK", 1100)], True),
        ([("INSUFFICIENT_DATA", 10), ("OK", 500)], False),
    ],
)
def test_whether_an_alarm_tripped_between_the_first_bake_and_the_end(
    history: list[tuple[str, float]],
    tripped: bool,
) -> None:
    newest_first = [AlarmChange(at(when), state) for state, when in reversed(history)]
    found = tripping(newest_first, WatchedPeriod(at(320), at(1000), being_in_counts=True))
    assert (found is not None and found.state == "ALARM") is tripped


@pytest.mark.parametrize(
    ("history", "tripped"),
    [
        ([("ALARM", 100)], False),  # in ALARM all along, and no bake was seen
        ([("ALARM", 100), ("OK", 400)], False),
        ([("ALARM", 400)], True),
        ([("ALARM", 400), ("OK", 500)], True),
        ([("ALARM", 100), ("OK", 200), ("ALARM", 400)], True),
        ([("ALARM", 100), ("OK", 400), ("ALARM", 500)], True),
        ([("ALARM", 1001)], False),
    ],
)
def test_where_sagemaker_has_a_reason_of_its_own_only_entering_alarm_is_tripping(
    history: list[tuple[str, float]],
    tripped: bool,
) -> None:
    changes = [AlarmChange(at(when), state) for state, when in history]
    found = tripping(changes, WatchedPeriod(at(320), at(1000), being_in_counts=False))
    assert bool(found) is tripped


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (deployment(stages=BAKED), WatchedPeriod(at(320), at(2000), being_in_counts=True)),
        (
            deployment(stages=ROLLED_BACK_AT_400),
            WatchedPeriod(at(320), at(2000), being_in_counts=True),
        ),
        (deployment(stages=PROVISIONED), WatchedPeriod(at(290), at(2000), being_in_counts=True)),
        (deployment(), WatchedPeriod(START, at(2000), being_in_counts=True)),
    ],
)
def test_while_which_time_an_alarm_could_roll_the_deployment_back(
    given: Deployment, expected: WatchedPeriod
) -> None:
    assert watched_period_of(given, settled(BLUE, 2000), LATE) == expected


def test_without_a_bake_the_watch_ends_when_the_rollback_began() -> None:
    failed = (*PROVISIONED, seen(Stage.ROLLING_BACK, 0, 300, last=310))
    watch = watched_period_of(deployment(stages=failed), settled(BLUE, 330), LATE)
    assert (watch.start, watch.end) == (at(290), at(300))


@pytest.mark.parametrize("last_look", [190, 205])
def test_an_alarm_that_rolls_back_while_green_is_made_is_the_cause(last_look: int) -> None:
    """By the API any alarm that trips "during a deployment" does, by AWS's pages in a bake."""
    made = (
        seen(Stage.PROVISIONING, 0, 0, last=last_look),
        seen(Stage.ROLLING_BACK, 0, 210, last=230),
    )
    watch = watched_period_of(deployment(stages=made), settled(BLUE, 240), LATE)
    found = tripping([AlarmChange(at(0), "OK"), AlarmChange(at(200), "ALARM")], watch)
    assert found == AlarmChange(at(200), "ALARM")


def test_an_alarm_that_was_in_alarm_all_along_is_no_cause_beside_sagemakers_own_reason() -> None:
    failed = settled(BLUE, 2000, failure_reason="InsufficientInstanceCapacity")
    assert watched_period_of(deployment(stages=PROVISIONED), failed, LATE).being_in_counts is False
    assert watched_period_of(deployment(stages=BAKED), failed, LATE).being_in_counts is True


def test_an_alarm_that_was_in_alarm_all_along_is_no_cause_beside_the_maximum() -> None:
    timed_out = (*PROVISIONED, seen(Stage.ROLLING_BACK, 0, 5000, last=5010))
    watch = watched_period_of(deployment(stages=timed_out), settled(BLUE, 5030), LATE)
    assert watch.being_in_counts is False


def test_a_stage_seen_after_the_last_modification_tells_when_the_endpoint_settled() -> None:
    given = deployment(stages=(*PROVISIONED, seen(Stage.BAKING, 25, 320, last=900)))
    assert watched_period_of(given, settled(BLUE, 1), LATE).end == at(900)
