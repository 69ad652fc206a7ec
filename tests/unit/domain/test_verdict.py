import json
from dataclasses import replace
from typing import Any

import pytest

from bluegreen.domain.deployment import Deployment
from bluegreen.domain.finding import Finding
from bluegreen.domain.observation import Observation, Stage
from bluegreen.domain.verdict import (
    AlarmChange,
    Trigger,
    Verdict,
    Watch,
    decide,
    has_tripped,
    refused,
    watch_of,
)
from builders import BLUE, CANARY, GREEN, START, at, deployment, seen, settled

PROVISIONED = (seen(Stage.PROVISIONING, 0, 0, last=290),)
BAKED = (*PROVISIONED, seen(Stage.BAKING, 25, 320))
LATE = at(4000)


@pytest.mark.parametrize(
    ("observation", "stages", "tripped", "verdict", "trigger"),
    [
        (settled(GREEN), BAKED, (), Verdict.SUCCEEDED, None),
        (settled(GREEN), (), (), Verdict.SUCCEEDED, None),
        (settled(BLUE), BAKED, ("churn-5xx",), Verdict.ROLLED_BACK, Trigger.ALARM),
        (settled(BLUE), BAKED, (), Verdict.ROLLED_BACK, Trigger.UNKNOWN),
        (settled(BLUE, 5000), BAKED, (), Verdict.ROLLED_BACK, Trigger.EXECUTION_TIMEOUT),
        (settled(BLUE, 4999), BAKED, (), Verdict.ROLLED_BACK, Trigger.UNKNOWN),
        (settled(BLUE, 310), PROVISIONED, (), Verdict.ROLLED_BACK, Trigger.PROVISIONING),
        (settled(BLUE, 400), (), (), Verdict.FAILED, None),  # accepted or not, nobody knows
        (settled(BLUE, 5000), PROVISIONED, (), Verdict.ROLLED_BACK, Trigger.EXECUTION_TIMEOUT),
        (settled(BLUE, 5000), BAKED, ("churn-5xx",), Verdict.ROLLED_BACK, Trigger.ALARM),
        (settled(BLUE, -86400), (), (), Verdict.FAILED, None),
        (settled("other"), BAKED, (), Verdict.FAILED, Trigger.FOREIGN_UPDATE),
        (settled(GREEN, status="Failed"), BAKED, (), Verdict.FAILED, None),
        (Observation("Gone"), BAKED, (), Verdict.FAILED, None),
        (
            settled(BLUE, status="UpdateRollbackFailed"),
            BAKED,
            ("churn-5xx",),
            Verdict.ROLLBACK_FAILED,
            None,
        ),
        (settled(BLUE, status="Updating"), BAKED, (), Verdict.TIMED_OUT, None),
    ],
)
def test_the_verdict_on_what_describe_endpoint_shows(
    observation: Observation,
    stages: tuple[Any, ...],
    tripped: tuple[str, ...],
    verdict: Verdict,
    trigger: Trigger | None,
) -> None:
    decision = decide(deployment(stages=stages), observation, tripped, LATE)
    assert (decision.verdict, decision.trigger) == (verdict, trigger)


def test_the_reason_of_a_rollback_names_alarm_config_and_sagemakers_words() -> None:
    observation = settled(BLUE, failure_reason="One or more\nalarms tripped")
    decision = decide(deployment(stages=BAKED), observation, ("churn-5xx",), LATE)
    assert decision.reason == (
        'SageMaker rolled back because the alarm "churn-5xx" tripped; the endpoint serves'
        " churn-blue. SageMaker says: One or more alarms tripped"
    )
    assert decision.tripped_alarms == ("churn-5xx",)


def lambda_error(name: str, message: str) -> dict[str, str]:
    cause = {"errorMessage": message, "errorType": name, "stackTrace": []}
    return {"Error": name, "Cause": json.dumps(cause)}


FINDING = Finding("wrong-type", "ERROR", "EndpointName is 5.", "Allowed: a text.")


@pytest.mark.parametrize(
    ("state", "verdict", "reason"),
    [
        (
            {"WouldBeRejected": True, "Findings": [FINDING.to_json()]},
            Verdict.REJECTED,
            "EndpointName is 5. Allowed: a text.",
        ),
        (
            {"LockAcquired": False, "BusyReason": "The deployment d-0 of churn is running."},
            Verdict.REJECTED,
            "The deployment d-0 of churn is running.",
        ),
        (
            {"LockAcquired": True, "Problem": lambda_error("EndpointBusy", 'It is "Updating".')},
            Verdict.REJECTED,
            'It is "Updating".',
        ),
        (
            {"Problem": lambda_error("RequestRejected", "SageMaker refuses: no quota")},
            Verdict.REJECTED,
            "SageMaker refuses: no quota",
        ),
        (
            {"Problem": lambda_error("KeyError", "'x'")},
            Verdict.FAILED,
            "The update was never asked for. KeyError: 'x'",
        ),
        (
            {"Problem": {"Error": "States.Timeout"}},
            Verdict.FAILED,
            "The update was never asked for. States.Timeout",
        ),
        ({}, Verdict.FAILED, "The update was never asked for. No error is known."),
    ],
)
def test_the_verdict_on_a_deployment_that_changed_nothing(
    state: dict[str, Any], verdict: Verdict, reason: str
) -> None:
    decision = refused(state)
    assert (decision.verdict, decision.reason) == (verdict, reason)


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
    assert has_tripped(newest_first, Watch(at(320), at(1000), being_in_counts=True)) is tripped


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
    assert has_tripped(changes, Watch(at(320), at(1000), being_in_counts=False)) is tripped


ROLLED_BACK_AT_400 = (*BAKED, seen(Stage.ROLLING_BACK, 0, 400, last=430))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (deployment(stages=BAKED), Watch(at(320), at(2000), being_in_counts=True)),
        (deployment(stages=ROLLED_BACK_AT_400), Watch(at(320), at(2000), being_in_counts=True)),
        (deployment(stages=PROVISIONED), Watch(at(290), at(2000), being_in_counts=True)),
        (deployment(), Watch(START, at(2000), being_in_counts=True)),
    ],
)
def test_while_which_time_an_alarm_could_roll_the_deployment_back(
    given: Deployment, expected: Watch
) -> None:
    assert watch_of(given, settled(BLUE, 2000), LATE) == expected


def test_without_a_bake_the_watch_ends_when_the_rollback_began() -> None:
    failed = (*PROVISIONED, seen(Stage.ROLLING_BACK, 0, 300, last=310))
    watch = watch_of(deployment(stages=failed), settled(BLUE, 330), LATE)
    assert (watch.start, watch.end) == (at(290), at(300))


def test_an_alarm_that_was_in_alarm_all_along_is_no_cause_beside_sagemakers_own_reason() -> None:
    failed = settled(BLUE, 2000, failure_reason="InsufficientInstanceCapacity")
    assert watch_of(deployment(stages=PROVISIONED), failed, LATE).being_in_counts is False
    assert watch_of(deployment(stages=BAKED), failed, LATE).being_in_counts is True


def test_an_alarm_that_was_in_alarm_all_along_is_no_cause_beside_the_maximum() -> None:
    timed_out = (*PROVISIONED, seen(Stage.ROLLING_BACK, 0, 5000, last=5010))
    watch = watch_of(deployment(stages=timed_out), settled(BLUE, 5030), LATE)
    assert watch.being_in_counts is False


def test_the_alarms_of_a_failed_rollback_stand_in_its_record() -> None:
    mixture = settled(BLUE, status="UpdateRollbackFailed", failure_reason="no capacity")
    decision = decide(deployment(stages=BAKED), mixture, ("churn-5xx",), LATE)
    assert decision.tripped_alarms == ("churn-5xx",)
    assert decision.reason == (
        "The rollback failed too; a mixture of both configs serves until another update."
        " SageMaker says: no capacity"
    )


def test_a_stage_seen_after_the_last_modification_tells_when_the_endpoint_settled() -> None:
    given = deployment(stages=(*PROVISIONED, seen(Stage.BAKING, 25, 320, last=900)))
    assert watch_of(given, settled(BLUE, 1), LATE).end == at(900)


@pytest.mark.parametrize(
    ("rollback_began", "trigger"),
    [(4400, Trigger.UNKNOWN), (4939, Trigger.UNKNOWN), (4940, Trigger.EXECUTION_TIMEOUT)],
)
def test_a_rollback_that_began_well_before_the_maximum_is_none_by_timeout(
    rollback_began: float, trigger: Trigger
) -> None:
    given = deployment(stages=(*BAKED, seen(Stage.ROLLING_BACK, 0, rollback_began)))
    assert decide(given, settled(BLUE, 5100), (), LATE).trigger is trigger


@pytest.mark.parametrize(
    ("settled_after", "stages", "trigger"),
    [
        (400, (), Trigger.PROVISIONING),
        (600, (), Trigger.PROVISIONING),
        (601, (), Trigger.UNKNOWN),  # a whole bake may have passed unseen
        (890, PROVISIONED, Trigger.PROVISIONING),
        (891, PROVISIONED, Trigger.UNKNOWN),
        (
            2000,
            (*PROVISIONED, seen(Stage.ROLLING_BACK, 0, 300)),
            Trigger.PROVISIONING,
        ),
        (350, BAKED, Trigger.UNKNOWN),
        (330, (*PROVISIONED, seen(Stage.SHIFTING, 25, 300)), Trigger.UNKNOWN),
    ],
)
def test_provisioning_is_the_trigger_only_where_green_cannot_have_baked(
    settled_after: float, stages: tuple[Any, ...], trigger: Trigger
) -> None:
    given = deployment(stages=stages, update_accepted=True)
    decision = decide(given, settled(BLUE, settled_after), (), LATE)
    assert (decision.verdict, decision.trigger) == (Verdict.ROLLED_BACK, trigger)


@pytest.mark.parametrize(
    ("stages", "trigger"),
    [(PROVISIONED, Trigger.PROVISIONING), (BAKED, Trigger.UNKNOWN)],
)
def test_sagemakers_own_reason_speaks_for_provisioning_where_no_traffic_was_seen(
    stages: tuple[Any, ...], trigger: Trigger
) -> None:
    failed = settled(BLUE, 2000, failure_reason="whatever it says")
    assert decide(deployment(stages=stages), failed, (), LATE).trigger is trigger


def test_the_maximum_stands_in_the_reason_of_a_timeout() -> None:
    given = deployment(stages=BAKED)
    short = replace(given.request, policy=replace(CANARY, maximum_seconds=1800))
    decision = decide(replace(given, request=short), settled(BLUE, 1810), (), LATE)
    assert decision.reason == (
        "SageMaker rolled back because the maximum execution time of 1800 seconds was over;"
        " the endpoint serves churn-blue."
    )
