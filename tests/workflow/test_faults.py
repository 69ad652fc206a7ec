"""Faults on demand: a deployment ends with its verdict, tells it once, frees its endpoint."""

from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.validate import ParamValidator

from bluegreen.contract.times import from_text
from bluegreen_simulator.inputs.scenario import Scenario, load
from bluegreen_simulator.rules.faults.kinds import (
    ApiError,
    ApiFault,
    EventFault,
    FailingModel,
    FaultPlan,
    ForeignUpdate,
    LambdaTimeout,
    Provisioning,
    SystemUpdating,
    Window,
)
from bluegreen_simulator.run.simulation import Outcome, simulate
from heavy import sampled

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
HEALTHY = load(ROOT / "events/scenarios/canary-succeeds.yaml")
FAILING = load(ROOT / "events/scenarios/canary-rolled-back-in-first-bake.yaml")
BOTH = pytest.mark.parametrize("scenario", [HEALTHY, FAILING], ids=["healthy", "failing"])
DETAIL_TYPES = (
    "SageMaker Endpoint State Change",
    "SageMaker Endpoint Deployment State Change",
    "CloudWatch Alarm State Change",
)
MINUTE = 60


def run(scenario: Scenario, **faults: Any) -> Outcome:
    return simulate(replace(scenario, plan=FaultPlan(**faults)), TEMPLATE)


def failing(
    service: str,
    error: ApiError = ApiError.THROTTLING,
    start: float = 0,
    seconds: float = MINUTE,
    **members: Any,
) -> dict[str, Any]:
    window = Window(start, start + seconds)
    return {"apis": (ApiFault(service, error, window=window, **members),)}


def struck(outcome: Outcome) -> list[Mapping[str, Any]]:
    return [entry.data for entry in outcome.journal if entry.kind == "fault"]


def errors_of(outcome: Outcome, function: str) -> Counter[str | None]:
    return Counter(
        entry.data["error"]
        for entry in outcome.journal
        if entry.kind == "lambda_invoked" and function in entry.data["function"]
    )


def accepted_updates(outcome: Outcome) -> int:
    """How often SageMaker took an UpdateEndpoint of ours."""
    return sum(
        entry.kind == "api_call"
        and entry.data["operation"] == "UpdateEndpoint"
        and entry.data["error"] is None
        for entry in outcome.journal
    )


def alarms(outcome: Outcome) -> set[str]:
    """The alarms that went into ALARM, by the names that the stack gives them."""
    return {
        entry.data["name"].removeprefix("bluegreen-").rpartition("-")[0]
        for entry in outcome.journal
        if entry.kind == "alarm" and entry.data["new"] == "ALARM"
    }


def assert_ended(outcome: Outcome, verdict: str, updates: int = 1) -> None:
    """One verdict, told once and last; nothing asked for twice; no lock, no watch left."""
    told = [body["Event"] for body in outcome.notifications]
    terminal = "ROLLBACK_FAILED" if verdict == "ROLLBACK_FAILED" else f"DEPLOYMENT_{verdict}"
    assert outcome.record["Verdict"] == verdict
    assert [body["Event"] for body in outcome.notifications if "Verdict" in body] == [terminal]
    assert told[-1] == terminal
    assert accepted_updates(outcome) == updates
    assert not [row for row in outcome.rows if row["pk"].startswith("ALARM#")]
    assert not [row for row in outcome.rows if "OwnerExecutionArn" in row and row["sk"] == "LOCK"]


def assert_as_without_faults(outcome: Outcome, scenario: Scenario) -> None:
    assert_ended(outcome, scenario.expected["Verdict"])
    for member in ("Trigger", "LiveEndpointConfigName", "TrippedAlarms"):
        assert outcome.record.get(member) == scenario.expected.get(member)


# ---- An SDK that is older than the API -------------------------------------------------------


def test_an_update_that_the_sdk_cannot_send_is_refused_at_once_and_names_the_member(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The botocore of the runtime stands for it, without a member of UpdateEndpoint."""
    validate = ParamValidator.validate

    def without_member(self: ParamValidator, params: Any, shape: Any) -> Any:
        report = validate(self, params, shape)
        if shape.name == "UpdateEndpointInput":
            unknown = {"unknown_param": "DeploymentConfig", "valid_names": ["EndpointName"]}
            report.report("", "unknown field", **unknown)
        return report

    monkeypatch.setattr(ParamValidator, "validate", without_member)
    outcome = simulate(HEALTHY, TEMPLATE)
    assert_ended(outcome, "REJECTED", updates=0)
    assert outcome.record["Reason"].startswith(
        "The AWS SDK could not send UpdateEndpoint: Parameter validation failed: Unknown parameter"
        ' in input: "DeploymentConfig", must be one of: EndpointName'
    )
    began, ended = (from_text(outcome.record[when]) for when in ("StartedAt", "EndedAt"))
    assert ended - began < timedelta(minutes=1)


# ---- APIs that fail for a minute -----------------------------------------------------------

SAMPLE = [
    ("sns", 0),
    ("sns", 320),
    ("dynamodb", 0),
    ("dynamodb", 320),
    ("dynamodb", 1570),
    ("sagemaker", 0),
    ("sagemaker", 1570),
    ("stepfunctions", 320),
    ("lambda", 320),
]
MOMENTS = (0, 5, 290, 300, 320, 600, 920, 1540, 1570, 1580)
ALL_MOMENTS = [
    (service, start)
    for service in ("sns", "dynamodb", "sagemaker", "stepfunctions", "lambda")
    for start in MOMENTS
    if (service, start) not in {*SAMPLE, ("lambda", 0)}  # that has a test of its own
]


@pytest.mark.parametrize(("service", "start"), sampled(SAMPLE, 4))
def test_a_minute_of_throttling_changes_no_verdict(service: str, start: float) -> None:
    outcome = run(HEALTHY, **failing(service, start=start))
    assert struck(outcome)
    assert_as_without_faults(outcome, HEALTHY)


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("error", [ApiError.THROTTLING, ApiError.INTERNAL])
@pytest.mark.parametrize(("service", "start"), [*SAMPLE, *ALL_MOMENTS])
def test_a_minute_of_failures_changes_no_verdict(
    service: str, start: float, error: ApiError, scenario: Scenario
) -> None:
    assert_as_without_faults(run(scenario, **failing(service, error, start)), scenario)


@pytest.mark.parametrize(
    "error", sampled([ApiError.TIMEOUT, ApiError.THROTTLING, ApiError.INTERNAL], 3)
)
def test_ten_minutes_without_the_history_of_alarms_change_no_verdict(error: ApiError) -> None:
    outcome = run(FAILING, **failing("cloudwatch", error, 400, 600))
    assert struck(outcome)
    assert errors_of(outcome, "ConcludeDeployment")["ObservationUnavailable"] >= 1
    assert_as_without_faults(outcome, FAILING)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("service", "start"),
    sampled([(s, at) for s in ("dynamodb", "sagemaker", "stepfunctions") for at in (300, 0)], 2),
)
def test_a_minute_without_answers_changes_no_verdict(service: str, start: float) -> None:
    outcome = run(HEALTHY, **failing(service, ApiError.TIMEOUT, start))
    assert struck(outcome) or (service, start) == ("stepfunctions", 0)
    assert_as_without_faults(outcome, HEALTHY)


@pytest.mark.parametrize("service", sampled(["dynamodb", "sagemaker", "stepfunctions"], 3))
def test_a_minute_of_lost_answers_to_what_was_carried_out_changes_no_verdict(service: str) -> None:
    faults = failing(service, ApiError.TIMEOUT, 290, carried_out=True)
    outcome = run(HEALTHY, **faults)
    assert struck(outcome)
    assert_as_without_faults(outcome, HEALTHY)


def test_an_update_whose_answer_is_lost_is_not_asked_for_again() -> None:
    faults = failing("sagemaker", ApiError.TIMEOUT, operation="UpdateEndpoint", carried_out=True)
    outcome = run(HEALTHY, **faults)
    assert [fault["operation"] for fault in struck(outcome)] == ["UpdateEndpoint"]
    assert errors_of(outcome, "StartUpdate") == {"ObservationUnavailable": 1, None: 1}
    assert_ended(outcome, "SUCCEEDED", updates=0)  # the only call of ours got no answer


@pytest.mark.slow
def test_what_sns_took_without_an_answer_may_be_told_again_under_the_same_id() -> None:
    faults = failing("sns", ApiError.TIMEOUT, 300, times=3, carried_out=True)
    outcome = run(HEALTHY, **faults)
    told = Counter(body["NotificationId"] for body in outcome.notifications)
    assert max(told.values()) == 3  # as often as botocore tries
    assert len({body["NotificationId"] for body in outcome.notifications if "Verdict" in body}) == 1
    assert outcome.record["Verdict"] == "SUCCEEDED"


@pytest.mark.slow
def test_a_minute_without_lambda_at_the_start_is_waited_out() -> None:
    outcome = run(HEALTHY, **failing("lambda"))
    assert_ended(outcome, "SUCCEEDED", updates=1)


# ---- Events --------------------------------------------------------------------------------

EVENT_FAULTS = [
    EventFault(delay=600),
    EventFault(duplicate=3),
    EventFault(reorder=True),
    EventFault(skew=300),
    EventFault(skew=-300),
    *(EventFault(detail_type, drop=True) for detail_type in DETAIL_TYPES),
]


def in_words(fault: EventFault) -> str:
    members = ("detail_type", "drop", "delay", "duplicate", "reorder", "skew")
    plain = EventFault()
    return " ".join(
        f"{name}={getattr(fault, name)}"
        for name in members
        if getattr(fault, name) != getattr(plain, name)
    )


@pytest.mark.parametrize(
    ("fault", "scenario"),
    sampled([(fault, one) for fault in EVENT_FAULTS for one in (HEALTHY, FAILING)], 7),
    ids=lambda each: each.id if isinstance(each, Scenario) else in_words(each),
)
def test_whatever_happens_to_events_changes_no_verdict(
    fault: EventFault, scenario: Scenario
) -> None:
    outcome = run(scenario, events=(fault,))
    sent = {entry.data["detail_type"] for entry in outcome.journal if entry.kind == "event"}
    assert bool(struck(outcome)) is (fault.detail_type in {"", *sent})
    assert_as_without_faults(outcome, scenario)
    ids = [body["NotificationId"] for body in outcome.notifications]
    assert len(ids) == len(set(ids))


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("start", [0, 280, 300, 900, 1550])
@pytest.mark.parametrize("fault", EVENT_FAULTS, ids=in_words)
def test_whatever_happens_to_events_for_a_minute_changes_no_verdict(
    fault: EventFault, start: float, scenario: Scenario
) -> None:
    windowed = replace(fault, window=Window(start, start + MINUTE))
    assert_as_without_faults(run(scenario, events=(windowed,)), scenario)


# ---- Functions -----------------------------------------------------------------------------

HANGING = [
    (LambdaTimeout("StartUpdate", "UpdateEndpoint"), HEALTHY),
    (LambdaTimeout("AwaitStage"), HEALTHY),
    (LambdaTimeout("AwaitStage", "UpdateItem"), HEALTHY),
    (LambdaTimeout("RelayEndpointEvent"), HEALTHY),
    (LambdaTimeout("RelayEndpointEvent", "SendTaskSuccess"), HEALTHY),
    (LambdaTimeout("RelayAlarmEvent"), FAILING),
    (LambdaTimeout("ConcludeDeployment"), HEALTHY),
    (LambdaTimeout("ConcludeDeployment", "TransactWriteItems"), HEALTHY),
    (LambdaTimeout("ConcludeDeployment", "DescribeAlarmHistory"), FAILING),
]


@pytest.mark.parametrize(
    ("fault", "scenario"),
    sampled(HANGING, 5),
    ids=[f"{f.function} {f.operation}" for f, _ in HANGING],
)
def test_a_function_that_hangs_once_changes_no_verdict(
    fault: LambdaTimeout, scenario: Scenario
) -> None:
    outcome = run(scenario, lambda_timeouts=(fault,))
    assert errors_of(outcome, fault.function)["Sandbox.Timedout"] == 1
    assert_as_without_faults(outcome, scenario)


HANGING_BEFORE = [
    LambdaTimeout("AcquireEndpointLock", "TransactWriteItems"),
    LambdaTimeout("AcquireEndpointLock"),
    LambdaTimeout("ValidatePolicy"),
    LambdaTimeout("StartUpdate"),
]


@pytest.mark.parametrize(
    "fault", sampled(HANGING_BEFORE, 4), ids=lambda fault: f"{fault.function} {fault.operation}"
)
def test_who_hangs_before_the_update_runs_again(fault: LambdaTimeout) -> None:
    outcome = run(HEALTHY, lambda_timeouts=(fault,))
    assert errors_of(outcome, fault.function) == {"Sandbox.Timedout": 1, None: 1}
    assert_ended(outcome, "SUCCEEDED", updates=1)


@pytest.mark.slow
def test_who_hangs_again_and_again_before_the_update_ends_it_with_nothing_asked_for() -> None:
    hangs = tuple(LambdaTimeout("ValidatePolicy", nth=nth) for nth in (1, 2, 3))
    outcome = run(HEALTHY, lambda_timeouts=hangs)
    assert errors_of(outcome, "ValidatePolicy") == {"Sandbox.Timedout": 3}
    assert "so the endpoint was not changed. Error: Sandbox.Timedout" in outcome.record["Reason"]
    assert_ended(outcome, "FAILED", updates=0)


# ---- What goes wrong in SageMaker, and what others do --------------------------------------


def rolling() -> Scenario:
    """A rolling update in two batches, whose alarm trips while the second comes up."""
    request = deepcopy(FAILING.request)
    request["DeploymentConfig"].pop("BlueGreenUpdatePolicy")
    request["DeploymentConfig"]["RollingUpdatePolicy"] = {
        "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
        "WaitIntervalInSeconds": 60,
        "MaximumExecutionTimeoutInSeconds": 7200,
    }
    request["AllowFindings"] = ["bake-unprotected"]
    return replace(FAILING, request=request)


@pytest.mark.slow
def test_a_fleet_that_never_comes_up_is_rolled_back_when_the_maximum_time_is_over() -> None:
    outcome = run(HEALTHY, provisioning=Provisioning.NEVER_ENDS)
    assert outcome.record["Trigger"] == "EXECUTION_TIMEOUT"
    assert_ended(outcome, "ROLLED_BACK")


@pytest.mark.slow
def test_a_fleet_without_capacity_is_rolled_back() -> None:
    outcome = run(HEALTHY, provisioning=Provisioning.NO_CAPACITY)
    assert outcome.record["Trigger"] == "PROVISIONING"
    assert_ended(outcome, "ROLLED_BACK")


@pytest.mark.parametrize(
    ("fails", "verdict"), sampled([(True, "ROLLBACK_FAILED"), (False, "ROLLED_BACK")], 2)
)
def test_a_rolling_update_may_fail_to_roll_back(fails: bool, verdict: str) -> None:
    assert_ended(run(rolling(), rollback_fails=fails), verdict)


@pytest.mark.slow
def test_maintenance_by_sagemaker_makes_the_endpoint_busy() -> None:
    outcome = run(HEALTHY, system_updating=SystemUpdating(0, 120))
    assert "SystemUpdating" in outcome.record["Reason"]
    assert_ended(outcome, "REJECTED", updates=0)


@pytest.mark.slow
def test_an_update_of_somebody_else_makes_the_endpoint_busy() -> None:
    outcome = run(HEALTHY, foreign_update=ForeignUpdate(0, "churn-other"))
    assert_ended(outcome, "REJECTED", updates=0)


def test_so_it_does_after_we_have_the_lock() -> None:
    late = failing("lambda", seconds=20, function="StartUpdate")
    outcome = run(HEALTHY, foreign_update=ForeignUpdate(10, "churn-other"), **late)
    assert errors_of(outcome, "StartUpdate") == {"EndpointBusy": 1}
    assert_ended(outcome, "REJECTED", updates=0)


def test_in_the_middle_of_ours_sagemaker_refuses_it() -> None:
    outcome = run(HEALTHY, foreign_update=ForeignUpdate(400, "churn-other"))
    (fault,) = struck(outcome)
    assert "Cannot update in-progress endpoint" in fault["refused"]
    assert_as_without_faults(outcome, HEALTHY)


def test_a_green_that_begins_to_fail_in_its_bake_is_rolled_back_until_then_it_was_fine() -> None:
    outcome = run(HEALTHY, failing_model=FailingModel(400, "churn-green", 0.5))
    assert outcome.record["TrippedAlarms"] == ["churn-5xx"]
    (tripped,) = [e for e in outcome.journal if e.kind == "alarm" and e.data["new"] == "ALARM"]
    assert tripped.at - outcome.started_at > timedelta(seconds=400)
    assert_ended(outcome, "ROLLED_BACK")


@pytest.mark.slow
def test_a_blue_that_is_not_named_does_not_fail_with_it() -> None:
    outcome = run(HEALTHY, failing_model=FailingModel(0, "churn-other", 1))
    assert_as_without_faults(outcome, HEALTHY)


@pytest.mark.slow
def test_right_after_ours_it_does_not_disturb_our_verdict() -> None:
    outcome = run(HEALTHY, foreign_update=ForeignUpdate(1580, "churn-other"))
    assert [fault["refused"] for fault in struck(outcome)] == [""]
    assert_as_without_faults(outcome, HEALTHY)


def test_right_after_ours_and_unnoticed_until_it_has_ended_it_leaves_ours_failed() -> None:
    outcome = run(HEALTHY, drop_events=True, foreign_update=ForeignUpdate(1580, "churn-other"))
    assert outcome.record["LiveEndpointConfigName"] == "churn-other"
    assert_ended(outcome, "FAILED")


# ---- A check that cannot be made ------------------------------------------------------------


@pytest.mark.parametrize("name", sampled(["c" * 2048, "c" * 64, {"a": 1}], 3))
def test_a_request_without_a_valid_name_that_cannot_be_checked_ends_with_a_record(
    name: Any,
) -> None:
    """Until ValidatePolicy has run, nobody has judged the name: it is no key of the table."""
    scenario = replace(HEALTHY, request=HEALTHY.request | {"EndpointName": name})
    outcome = run(scenario, **failing("lambda", seconds=100_000, function="ValidatePolicy"))
    assert_ended(outcome, "FAILED", updates=0)
    assert "EndpointName" not in outcome.record


# ---- Dead letters --------------------------------------------------------------------------


def long() -> Scenario:
    """A deployment of more than two hours: until then every retry has come to its end."""
    request = deepcopy(FAILING.request)
    policy = request["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    policy["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"] = 3600
    policy["TerminationWaitInSeconds"] = 3600
    policy["MaximumExecutionTimeoutInSeconds"] = 14400
    request["DeploymentConfig"].pop("AutoRollbackConfiguration")
    request["AllowFindings"] = ["no-alarms"]
    return replace(FAILING, request=request)


DEAD_LETTERS = [
    ("lambda", "RelayEndpointEvent", "UndeliveredEvents"),
    ("lambda", "RelayAlarmEvent", "UndeliveredEvents"),
    ("dynamodb", "RelayEndpointEvent", "UnprocessedEvents"),
    ("dynamodb", "RelayAlarmEvent", "UnprocessedEvents"),
]


@pytest.mark.parametrize(("service", "function", "kind"), sampled(DEAD_LETTERS, 4))
def test_an_event_that_is_never_taken_is_buried_and_its_alarm_goes_off(
    service: str, function: str, kind: str
) -> None:
    outcome = run(long(), **failing(service, seconds=100_000, function=function))
    queues = {e.data["queue"] for e in outcome.journal if e.kind == "dead_letter"}
    assert {name.removeprefix("bluegreen-").rpartition("-")[0] for name in queues} == {
        f"{kind}Queue"
    }
    failing_too = {"EventsFailAlarm"} if service == "dynamodb" else set()
    assert alarms(outcome) - {"churn"} == {f"{kind}Alarm"} | failing_too
    assert_ended(outcome, "SUCCEEDED")


@pytest.mark.slow
def test_without_any_dead_letter_no_alarm_of_the_stack_goes_off() -> None:
    outcome = run(long())
    assert not [entry for entry in outcome.journal if entry.kind == "dead_letter"]
    assert alarms(outcome) - {"churn"} == set()


# ---- The same each time --------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "faults",
    sampled(
        [
            failing("sagemaker", ApiError.TIMEOUT, 300) | {"events": (EventFault(reorder=True),)},
            failing("dynamodb", seconds=5) | {"events": (EventFault(duplicate=3),)},
        ],
        2,
    ),
    ids=["no answers and another order", "throttling and copies"],
)
def test_a_second_run_with_faults_is_the_same_to_the_millisecond(faults: dict[str, Any]) -> None:
    first, second = run(FAILING, **faults), run(FAILING, **faults)
    assert first.journal == second.journal
    assert struck(first)
