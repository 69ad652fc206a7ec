"""NotEnoughData ABORT: which bakes are judged and when, and what too little data is."""

from dataclasses import replace
from typing import Any

import pytest

from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.evidence import Evidence
from bluegreen.deployment.next_look import answer
from bluegreen.deployment.notifications import deployment_aborted
from bluegreen.deployment.too_little import is_judged_now, judged_at, too_little
from bluegreen.deployment.tripped_alarms import Tripped
from bluegreen.deployment.verdict import decide
from bluegreen.guardrails.outcome import Counts
from bluegreen.sagemaker.observation import Stage, StageSeen
from builders import BLUE, CANARY, START, at, seen, settled, updating
from guarded_deployments import ALL, ERRORS, LATENCY, REFUSALS, counts, guarded, together

BAKE = StageSeen(Stage.BAKING, 25, at(300))
LAST_BAKE = StageSeen(Stage.BAKING, 100, at(930))
FIRST = (seen(Stage.PROVISIONING, 0, 0), seen(Stage.BAKING, 25, 300))
SECOND = (*FIRST, seen(Stage.SHIFTING, 100, 900), seen(Stage.BAKING, 100, 930))
PLENTY, FEW = counts(300, 4, 100), counts(300, 4, 2)


def aborting(*stages: Any, **changes: Any) -> Deployment:
    given = {"not_enough_data": "ABORT", "abort_alarm": "bluegreen-abort-churn", **changes}
    return guarded(*ALL, stages=stages or FIRST, **given)


def found(counted: Counts, **others: Counts) -> Evidence:
    named = {"errors": ERRORS, "refusals": REFUSALS, "latency": LATENCY}
    by_name = {guardrail.alarm: others.get(name, counted) for name, guardrail in named.items()}
    return Evidence(counts=by_name)


# ---- When ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "stage", "second"),
    [
        (aborting(), BAKE, 660),
        (aborting(), LAST_BAKE, 1590),
        (aborting(not_enough_data="WARN"), BAKE, None),
        (aborting(not_enough_data="PASS"), BAKE, None),
        (guarded(not_enough_data="ABORT", stages=FIRST), BAKE, None),
        (aborting(abort=Abort(START, AbortCause.COMMAND)), BAKE, None),
        (aborting(), StageSeen(Stage.SHIFTING, 25, at(300)), None),
        (aborting(), None, None),
    ],
)
def test_a_bake_is_judged_four_minutes_before_its_end(
    given: Deployment, stage: StageSeen | None, second: float | None
) -> None:
    assert judged_at(given, stage) == (None if second is None else at(second))


@pytest.mark.parametrize(("seconds", "judged"), [(479, False), (480, True)])
def test_a_short_bake_is_not_judged(seconds: int, judged: bool) -> None:
    given = aborting()
    policy = replace(CANARY, wait_seconds=seconds, alarms=())
    short = replace(given, request=replace(given.request, policy=policy))
    assert (judged_at(short, BAKE) is not None) is judged


def test_it_is_judged_until_its_end() -> None:
    judged = [
        second
        for second in (300, 659, 660, 899, 900)
        if is_judged_now(aborting(), BAKE, at(second))
    ]
    assert judged == [660, 899]


@pytest.mark.parametrize(
    ("given", "stage", "now", "first"),
    [
        (aborting(), BAKE, 301, [359, 300]),  # judged at 660; the bake ends at 900
        (aborting(), BAKE, 640, [30, 290]),
        (aborting(), BAKE, 660, [300]),
        (aborting(), LAST_BAKE, 931, [659, 300]),
        (aborting(not_enough_data="WARN"), BAKE, 301, [659]),
    ],
)
def test_one_look_more_in_a_bake_and_only_with_abort(
    given: Deployment, stage: StageSeen, now: float, first: list[int]
) -> None:
    waits = answer(given, updating(), stage, at(now)).wait_seconds
    assert waits[: len(first) + 2] == [*first, 360, 600]


def test_a_bake_that_sagemakers_maximum_ends_before_it_would_be_judged() -> None:
    late = StageSeen(Stage.BAKING, 100, at(4500))
    assert answer(aborting(), updating(), late, at(4510)).wait_seconds[0] == 5000 + 60 - 4510


# ---- What ------------------------------------------------------------------------------------


def test_enough_requests_are_not_too_little() -> None:
    assert too_little(aborting(), found(PLENTY), at(660)) == ""


def test_too_little_names_variant_guardrail_and_requests() -> None:
    said = too_little(aborting(), found(PLENTY, errors=FEW), at(660))
    assert said == (
        '5XX of variant "main": 8 requests to green so far, about 16 a minute are needed.'
    )


def test_each_guardrail_that_lacks_data_is_named() -> None:
    said = too_little(aborting(), found(FEW), at(660))
    assert [name in said for name in ("5XX of", "4XX of", "latency of")] == [True] * 3


def test_one_bake_that_judged_it_is_enough() -> None:
    before, now = counts(300, 10, 100), counts(900, 14, 0, both=100)
    both = together(before, now)
    assert too_little(aborting(*SECOND), found(both), at(1590)) == ""
    little = counts(300, 24, 2)
    assert "5XX of variant" in too_little(aborting(*SECOND), found(little), at(1590))


def test_what_cannot_be_read_counts_as_nothing() -> None:
    assert too_little(aborting(), Evidence(unread="AWS denied access"), at(660)) == (
        '5XX of variant "main": what it counts cannot be read; 4XX of variant "main": what it'
        ' counts cannot be read; p90 latency of variant "main": what it counts cannot be read.'
        " CloudWatch says: AWS denied access"
    )


def test_without_any_request_no_number_a_minute_is_named_that_rests_on_nothing() -> None:
    said = too_little(aborting(), found(counts(300, 4, 0, both=100)), at(660))
    assert said.startswith('5XX of variant "main": 0 requests to green so far, too few; 4XX')


# ---- What is told ----------------------------------------------------------------------------

REASON = too_little(aborting(), found(PLENTY, errors=FEW), at(660))
ABORTED = Abort(at(660), AbortCause.NOT_ENOUGH_DATA, reason=REASON)


def test_people_are_told_why_and_nobody_is_named() -> None:
    told = deployment_aborted(aborting(abort=ABORTED))
    assert told.headline == "abort for too little data"
    assert told.message == (
        "Too little data would judge this deployment, which is aborted therefore, as its"
        f" NotEnoughData says. {REASON} Its abort alarm makes SageMaker roll back in the bake that"
        " runs, or in the next one. If the last bake ends before that, the update stays."
    )
    assert not [line for line in told.lines if "claimed" in line]


def test_where_it_cannot_be_stopped_the_message_says_so() -> None:
    told = deployment_aborted(aborting(abort=ABORTED, abort_alarm=""))
    assert "SageMaker cannot be stopped: the update has no abort alarm" in told.message


def test_the_verdict_says_that_too_little_data_would_have_judged_it() -> None:
    decision = decide(aborting(abort=ABORTED), settled(BLUE, 720), Tripped(aborted=True), at(800))
    assert (str(decision.verdict), str(decision.trigger)) == ("ROLLED_BACK", "ABORT")
    assert decision.reason.startswith(
        f"SageMaker rolled back because too little data would have judged it: {REASON} Endpoint"
    )
