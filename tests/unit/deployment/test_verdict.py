import json
from dataclasses import replace
from typing import Any

import pytest

from bluegreen.contract.findings import Finding
from bluegreen.contract.record import Trigger, Verdict
from bluegreen.contract.state import Problem, State
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.tripped_alarms import Tripped
from bluegreen.deployment.verdict import decide, never_asked
from bluegreen.sagemaker.observation import Observation, Stage
from builders import BLUE, CANARY, GREEN, START, at, deployment, seen, settled

PROVISIONED = (seen(Stage.PROVISIONING, 0, 0, last=290),)
BAKED = (*PROVISIONED, seen(Stage.BAKING, 25, 320))
LATE = at(4000)
NONE = Tripped()
TRIPPED = Tripped(("churn-5xx",))
NOT_UPDATED = (
    "The deployment failed before it called UpdateEndpoint, so the endpoint was not changed."
)


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
            Trigger.ALARM,
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
    decision = decide(deployment(stages=stages), observation, Tripped(tripped), LATE)
    assert (decision.verdict, decision.trigger) == (verdict, trigger)


def test_the_reason_of_a_rollback_names_alarm_config_and_sagemakers_words() -> None:
    observation = settled(BLUE, failure_reason="One or more\nalarms tripped")
    decision = decide(deployment(stages=BAKED), observation, TRIPPED, LATE)
    assert decision.reason == (
        'SageMaker rolled back because the alarm "churn-5xx" tripped. Endpoint churn serves'
        " churn-blue again. SageMaker says: One or more alarms tripped"
    )
    assert decision.tripped_alarms == ("churn-5xx",)


def lambda_error(name: str, message: str) -> Problem:
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
            {
                "LockAcquired": False,
                "BusyReason": "Deployment d-0 of endpoint churn is still running.",
            },
            Verdict.REJECTED,
            "Deployment d-0 of endpoint churn is still running.",
        ),
        (
            {"LockAcquired": True, "Problem": lambda_error("EndpointBusy", 'It is "Updating".')},
            Verdict.REJECTED,
            'It is "Updating".',
        ),
        (
            {
                "Problem": lambda_error(
                    "RequestRejected", "SageMaker refused UpdateEndpoint: no quota"
                )
            },
            Verdict.REJECTED,
            "SageMaker refused UpdateEndpoint: no quota",
        ),
        (
            {"Problem": lambda_error("KeyError", "'x'")},
            Verdict.FAILED,
            f"{NOT_UPDATED} Error: KeyError: 'x'",
        ),
        (
            {"Problem": {"Error": "States.Timeout"}},
            Verdict.FAILED,
            f"{NOT_UPDATED} Error: States.Timeout",
        ),
        ({}, Verdict.FAILED, f"{NOT_UPDATED} Error: none was recorded."),
    ],
)
def test_the_verdict_on_a_deployment_that_changed_nothing(
    state: State, verdict: Verdict, reason: str
) -> None:
    decision = never_asked(state)
    assert (decision.verdict, decision.reason) == (verdict, reason)


def test_the_alarms_of_a_failed_rollback_stand_in_its_record() -> None:
    mixture = settled(BLUE, status="UpdateRollbackFailed", failure_reason="no capacity")
    decision = decide(deployment(stages=BAKED), mixture, TRIPPED, LATE)
    assert decision.tripped_alarms == ("churn-5xx",)
    assert decision.reason == (
        'SageMaker was rolling back because the alarm "churn-5xx" tripped, and that failed too.'
        " Endpoint churn serves a mixture of both endpoint configs until someone updates it again."
        " Green was seen with up to 25 % of the traffic. SageMaker says: no capacity"
    )


@pytest.mark.parametrize(
    ("rollback_began", "trigger"),
    [(4400, Trigger.UNKNOWN), (4939, Trigger.UNKNOWN), (4940, Trigger.EXECUTION_TIMEOUT)],
)
def test_a_rollback_that_began_well_before_the_maximum_is_none_by_timeout(
    rollback_began: float, trigger: Trigger
) -> None:
    given = deployment(stages=(*BAKED, seen(Stage.ROLLING_BACK, 0, rollback_began)))
    assert decide(given, settled(BLUE, 5100), NONE, LATE).trigger is trigger


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
    decision = decide(given, settled(BLUE, settled_after), NONE, LATE)
    assert (decision.verdict, decision.trigger) == (Verdict.ROLLED_BACK, trigger)


@pytest.mark.parametrize(
    ("stages", "trigger"),
    [(PROVISIONED, Trigger.PROVISIONING), (BAKED, Trigger.UNKNOWN)],
)
def test_sagemakers_own_reason_speaks_for_provisioning_where_no_traffic_was_seen(
    stages: tuple[Any, ...], trigger: Trigger
) -> None:
    failed = settled(BLUE, 2000, failure_reason="whatever it says")
    assert decide(deployment(stages=stages), failed, NONE, LATE).trigger is trigger


def test_the_maximum_stands_in_the_reason_of_a_timeout() -> None:
    given = deployment(stages=BAKED)
    short = replace(given.request, policy=replace(CANARY, maximum_seconds=1800))
    decision = decide(replace(given, request=short), settled(BLUE, 1810), NONE, LATE)
    assert decision.reason == (
        "SageMaker rolled back because the maximum execution time of 1800 s was over."
        " Endpoint churn serves churn-blue again."
    )


# ---- Aborted, superseded, adopted ------------------------------------------------------------

BY_COMMAND = Abort(START, AbortCause.COMMAND, "alex", "wrong data")
STOPPED = Abort(START, AbortCause.STOPPED)
SUPERSEDED = Abort(START, AbortCause.SUPERSEDED, "alex", "superseded by deploy-2")


@pytest.mark.parametrize(
    ("abort", "why"),
    [
        (BY_COMMAND, 'it was aborted by "alex" (claimed) with the reason "wrong data"'),
        (Abort(START, AbortCause.COMMAND), "it was aborted"),
        (STOPPED, "its execution was stopped"),
        (SUPERSEDED, "it was superseded by deploy-2"),
    ],
)
def test_the_reason_of_an_abort_says_who_asked_for_it(abort: Abort, why: str) -> None:
    tripped = Tripped(("churn-5xx",), aborted=True)
    decision = decide(deployment(stages=BAKED, abort=abort), settled(BLUE), tripped, LATE)
    assert (decision.verdict, decision.trigger) == (Verdict.ROLLED_BACK, Trigger.ABORT)
    assert decision.reason == (
        f"SageMaker rolled back because {why}. Endpoint churn serves churn-blue again."
    )
    assert decision.tripped_alarms == ("churn-5xx",)


@pytest.mark.parametrize(
    ("observation", "tripped", "verdict", "trigger"),
    [
        (settled(GREEN), Tripped(aborted=True), Verdict.SUCCEEDED, None),  # it settled first
        (settled(BLUE), TRIPPED, Verdict.ROLLED_BACK, Trigger.ALARM),  # its alarm did not trip
        (settled(BLUE, 5000), NONE, Verdict.ROLLED_BACK, Trigger.EXECUTION_TIMEOUT),
    ],
)
def test_what_is_aborted_ends_as_the_endpoint_says(
    observation: Observation, tripped: Tripped, verdict: Verdict, trigger: Trigger | None
) -> None:
    aborted = deployment(stages=BAKED, abort=BY_COMMAND)
    decision = decide(aborted, observation, tripped, LATE)
    assert (decision.verdict, decision.trigger) == (verdict, trigger)


def test_a_history_that_may_not_be_read_is_the_reason_why_nothing_more_is_known() -> None:
    unread = Tripped(unread="AWS denied access: cloudwatch:DescribeAlarmHistory")
    decision = decide(deployment(stages=BAKED), settled(BLUE), unread, LATE)
    assert decision.trigger is Trigger.UNKNOWN
    assert decision.reason == (
        "SageMaker rolled back for a reason that is not known: AWS denied access:"
        " cloudwatch:DescribeAlarmHistory. Endpoint churn serves churn-blue again."
    )


@pytest.mark.parametrize(
    ("abort", "how", "reason"),
    [
        (BY_COMMAND, "It was aborted", ' The reason given: "wrong data".'),
        (STOPPED, "Its execution was stopped", ""),
        (SUPERSEDED, "It was superseded by deploy-2", ""),
    ],
)
def test_what_was_aborted_before_its_update_failed_by_the_abort(
    abort: Abort, how: str, reason: str
) -> None:
    """Whatever else the state says: it may have been refused because of the abort."""
    asked_for = deployment(update_requested_at=None, abort=abort, refusal="no quota")
    decision = never_asked({"LockAcquired": False, "SupersededBy": "deploy-2"}, asked_for)
    assert (decision.verdict, decision.trigger) == (Verdict.FAILED, Trigger.ABORT)
    assert decision.reason == (
        f"{how} before UpdateEndpoint was called. The endpoint was not changed.{reason}"
    )


def test_what_gave_way_to_a_newer_one_is_superseded() -> None:
    decision = never_asked({"LockAcquired": False, "SupersededBy": "deploy-2"}, waiting())
    assert (decision.verdict, decision.trigger) == (Verdict.SUPERSEDED, None)
    assert decision.reason == (
        "It gave way to deployment deploy-2, which is newer. The endpoint was not changed."
    )


def waiting() -> Deployment:
    return deployment(update_requested_at=None)


def test_a_refusal_that_is_kept_speaks_for_an_adopter_that_has_no_state() -> None:
    """The execution that SageMaker refused was stopped before it concluded."""
    refused = replace(waiting(), refusal="SageMaker refused UpdateEndpoint: no quota")
    decision = never_asked({"Problem": {"Error": "States.Timeout"}}, refused)
    assert (decision.verdict, decision.reason) == (Verdict.REJECTED, refused.refusal)


@pytest.mark.parametrize("error", ["AbortAlarmRings", "GuardrailInAlarm"])
def test_an_alarm_that_still_rings_rejects_with_its_words(error: str) -> None:
    state: State = {"Problem": lambda_error(error, "It is still in ALARM.")}
    decision = never_asked(state, waiting())
    assert (decision.verdict, decision.reason) == (Verdict.REJECTED, "It is still in ALARM.")
