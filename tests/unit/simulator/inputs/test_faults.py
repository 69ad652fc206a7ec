"""Faults as they stand in a scenario or a request: what is read, and how the rest is refused."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bluegreen_simulator.inputs.faults import MEMBERS, plan_of, require_names
from bluegreen_simulator.inputs.members import ScenarioError
from bluegreen_simulator.rules.faults.kinds import (
    ApiError,
    ApiFault,
    Death,
    EventFault,
    FailingModel,
    FaultPlan,
    ForeignUpdate,
    LambdaTimeout,
    Pause,
    Provisioning,
    Stop,
    SystemUpdating,
    Window,
)

README = Path(__file__).parents[4] / "events/scenarios/README.md"
ALARM_CHANGE = "CloudWatch Alarm State Change"


def refusal(body: Any, path: str = "f") -> str:
    with pytest.raises(ScenarioError) as refused:
        plan_of(body, path)
    return str(refused.value)


def test_nothing_is_no_fault() -> None:
    assert plan_of({}, "f") == FaultPlan()


def test_every_member_is_read() -> None:
    body = {
        "drop_events": True,
        "events": [
            {"detail_type": ALARM_CHANGE, "drop": True, "from": 0, "to": 600},
            {"delay": 120, "nth": 3, "times": 2},
            {"duplicate": 3},
            {"reorder": True},
            {"skew": -90},
        ],
        "apis": [
            {
                "service": "sagemaker",
                "operation": "DescribeEndpoint",
                "function": "AwaitStage",
                "error": "ThrottlingException",
                "carried_out": True,
                "from": 60,
                "nth": 2,
                "times": 5,
            },
            {"service": "ssm", "error": "AccessDenied"},
            {"service": "sns", "error": "KMSDisabled"},
        ],
        "deaths": ["StartUpdate after UpdateEndpoint", "StartUpdate before GetItem"],
        "stops": [
            {"state": "AwaitStage", "nth": 2},
            {"function": "StartUpdate", "operation": "UpdateEndpoint", "executions": 3},
            {"function": "StartUpdate", "operation": "UpdateEndpoint", "before": True},
        ],
        "pauses": ["AwaitStage before GetItem for 90", "AwaitStage after UpdateItem for 5"],
        "lambda_timeouts": ["AwaitStage", "StartUpdate after UpdateEndpoint"],
        "endpoint": "other",
        "foreign_update": {"at": 400, "config": "churn-other"},
        "provisioning": "never-ends",
        "rollback_fails": True,
        "system_updating": {"at": 5, "seconds": 60},
        "failing_model": {"at": 0, "config": "churn-green", "error_rate": 0.5},
    }
    assert plan_of(body, "given.faults") == FaultPlan(
        drop_events=True,
        events=(
            EventFault(ALARM_CHANGE, drop=True, window=Window(0, 600)),
            EventFault(delay=120, nth=3, times=2),
            EventFault(duplicate=3),
            EventFault(reorder=True),
            EventFault(skew=-90),
        ),
        apis=(
            ApiFault(
                "sagemaker",
                ApiError.THROTTLING,
                "DescribeEndpoint",
                "AwaitStage",
                carried_out=True,
                window=Window(60),
                nth=2,
                times=5,
            ),
            ApiFault("ssm", ApiError.DENIED),
            ApiFault("sns", ApiError.KEY_DISABLED),
        ),
        deaths=(
            Death("StartUpdate", "UpdateEndpoint"),
            Death("StartUpdate", "GetItem", before=True),
        ),
        stops=(
            Stop("AwaitStage", nth=2),
            Stop(function="StartUpdate", operation="UpdateEndpoint", executions=3),
            Stop(function="StartUpdate", operation="UpdateEndpoint", before=True),
        ),
        pauses=(
            Pause("AwaitStage", "GetItem", 90, before=True),
            Pause("AwaitStage", "UpdateItem", 5),
        ),
        lambda_timeouts=(
            LambdaTimeout("AwaitStage"),
            LambdaTimeout("StartUpdate", "UpdateEndpoint"),
        ),
        endpoint="other",
        foreign_update=ForeignUpdate(400, "churn-other"),
        provisioning=Provisioning.NEVER_ENDS,
        rollback_fails=True,
        system_updating=SystemUpdating(5, 60),
        failing_model=FailingModel(0, "churn-green", 0.5),
    )


def test_a_model_may_fail_several_times() -> None:
    times = [
        {"at": 60, "config": "blue", "client_error_rate": 0.5, "latency_ms": 90},
        {"at": 120, "config": "blue", "error_rate": 0},
    ]
    assert plan_of({"failing_model": times}, "f").failing_model == (
        FailingModel(60, "blue", client_error_rate=0.5, latency_ms=90),
        FailingModel(120, "blue", 0),
    )
    assert plan_of({}, "f").coming == ()


def test_the_faults_of_the_readme_are_read_and_are_every_one() -> None:
    (block,) = (
        block
        for block in README.read_text(encoding="utf-8").split("```yaml\n")
        if block.startswith("faults:")
    )
    faults = yaml.safe_load(block.partition("```")[0])["faults"]
    plan = plan_of(faults, "given.faults")
    assert set(faults) == set(MEMBERS)
    functions = ["AwaitStage", "StartUpdate", "RelayEndpointEvent"]
    require_names(plan, functions, ["AwaitStage"], "given.faults")


SECONDS = "Allowed: a number from 0 to 172800."
SOME_SECONDS = "Allowed: a number from 1 to 172800."
SERVICES = (
    "sagemaker, sagemaker-runtime, cloudwatch, dynamodb, sns, sqs, stepfunctions, lambda, events,"
    " ssm"
)
SNS = {"service": "sns", "error": "timeout"}
REFUSALS: list[tuple[dict[str, Any], str]] = [
    (
        {"event": []},
        (
            '"f.event" is not known. Allowed: drop_events, deaths, lambda_timeouts, pauses,'
            " stops, events, apis, endpoint, foreign_update, provisioning, rollback_fails,"
            " system_updating, failing_model."
        ),
    ),
    ({"events": {}}, "f.events is {}. Allowed: a list of faults of events."),
    ({"events": ["drop"]}, 'f.events[0] is "drop". Allowed: a mapping.'),
    (
        {"events": [{"drop": True, "at": 5}]},
        (
            '"f.events[0].at" is not known. Allowed: detail_type, drop, delay, duplicate, reorder,'
            " skew, from, to, nth, times."
        ),
    ),
    (
        {"events": [{"drop": True, "detail_type": "Alarm"}]},
        (
            'f.events[0].detail_type is "Alarm". Allowed: SageMaker Endpoint State Change,'
            " SageMaker Endpoint Deployment State Change, SageMaker Model Package State Change,"
            " CloudWatch Alarm State Change, Step Functions Execution Status Change."
        ),
    ),
    (
        {"events": [{}]},
        "f.events[0] is {}. Allowed: one of drop, delay, duplicate, reorder, skew.",
    ),
    (
        {"events": [{"drop": True}, {"delay": 5, "skew": 5}]},
        (
            "f.events[1] is {'delay': 5, 'skew': 5}. Allowed: one of drop, delay, duplicate,"
            " reorder, skew."
        ),
    ),
    ({"events": [{"drop": False}]}, "f.events[0].drop is False. Allowed: true."),
    ({"events": [{"delay": 0}]}, f"f.events[0].delay is 0. {SOME_SECONDS}"),
    ({"events": [{"delay": "1 min"}]}, f'f.events[0].delay is "1 min". {SOME_SECONDS}'),
    (
        {"events": [{"duplicate": 1}]},
        "f.events[0].duplicate is 1. Allowed: a whole number from 2 to 10.",
    ),
    (
        {"events": [{"skew": 0.5}]},
        "f.events[0].skew is 0.5. Allowed: a whole number from -86400 to 86400.",
    ),
    ({"events": [{"drop": True, "from": -1}]}, f"f.events[0].from is -1. {SECONDS}"),
    (
        {"events": [{"drop": True, "from": 60, "to": 60}]},
        "f.events[0].to is 60. Allowed: more than from.",
    ),
    (
        {"events": [{"drop": True, "times": 0}]},
        "f.events[0].times is 0. Allowed: a whole number from 1 to 1000.",
    ),
    ({"apis": ["sns"]}, 'f.apis[0] is "sns". Allowed: a mapping.'),
    ({"apis": [{"service": "sns"}]}, "f.apis[0].error is missing."),
    ({"apis": [{"error": "timeout"}]}, "f.apis[0].service is missing."),
    (
        {"apis": [{**SNS, "service": "SNS"}]},
        f'f.apis[0].service is "SNS". Allowed: {SERVICES}.',
    ),
    (
        {"apis": [{**SNS, "operation": "Publsh"}]},
        'f.apis[0].operation is "Publsh". Allowed: an operation of sns.',
    ),
    (
        {"apis": [{**SNS, "error": "Throttled"}]},
        (
            'f.apis[0].error is "Throttled". Allowed: ThrottlingException, InternalFailure,'
            " ServiceUnavailable, AccessDenied, KMSDisabled, timeout."
        ),
    ),
    (
        {"apis": [{"service": "lambda", "error": "timeout"}]},
        (
            'f.apis[0].error is "timeout". Allowed of lambda: ThrottlingException,'
            " InternalFailure, ServiceUnavailable, AccessDenied."
        ),
    ),
    (
        {"apis": [{"service": "sqs", "error": "KMSDisabled"}]},
        (
            'f.apis[0].error is "KMSDisabled". Allowed of sqs: ThrottlingException,'
            " InternalFailure, ServiceUnavailable, AccessDenied, timeout."
        ),
    ),
    (
        {"apis": [{**SNS, "nth": 0}]},
        "f.apis[0].nth is 0. Allowed: a whole number from 1 to 1000.",
    ),
    ({"apis": [{**SNS, "to": "end"}]}, f'f.apis[0].to is "end". {SOME_SECONDS}'),
    (
        {"lambda_timeouts": ["after Publish"]},
        (
            'f.lambda_timeouts[0] is "after Publish". Allowed: a function, or a function and an'
            " operation, as in StartUpdate after (or before) UpdateEndpoint."
        ),
    ),
    (
        {"deaths": ["StartUpdate"]},
        (
            'f.deaths[0] is "StartUpdate". Allowed: a function and an operation, as in'
            " StartUpdate after (or before) UpdateEndpoint."
        ),
    ),
    *(
        (
            {"stops": [stop]},
            f"f.stops[0] is {stop}. Allowed: a state, or a function and an operation.",
        )
        for stop in (
            {},
            {"nth": 2},
            {"function": "StartUpdate"},
            {"operation": "UpdateEndpoint"},
            {"state": "AwaitStage", "function": "StartUpdate", "operation": "GetItem"},
            {"state": "AwaitStage", "before": True},
        )
    ),
    (
        {"stops": [{"state": "AwaitStage", "at": 5}]},
        (
            '"f.stops[0].at" is not known. Allowed: state, function, operation, before, nth,'
            " executions."
        ),
    ),
    *(
        (
            {"pauses": [pause]},
            (
                f'f.pauses[0] is "{pause}". Allowed: a function, an operation and up to 999'
                " seconds, as in StartUpdate before (or after) UpdateEndpoint for 90."
            ),
        )
        for pause in ("One after Publish", "One for 5", "One at Get for 5", "One after Get for 0")
    ),
    ({"endpoint": ""}, 'f.endpoint is "". Allowed: a text.'),
    ({"foreign_update": 400}, "f.foreign_update is 400. Allowed: a mapping."),
    ({"foreign_update": {"at": 400}}, "f.foreign_update.config is missing."),
    (
        {"foreign_update": {"at": "soon", "config": "c"}},
        f'f.foreign_update.at is "soon". {SECONDS}',
    ),
    (
        {"provisioning": "slow"},
        'f.provisioning is "slow". Allowed: never-ends, no-capacity.',
    ),
    ({"rollback_fails": 1}, "f.rollback_fails is 1. Allowed: true or false."),
    (
        {"failing_model": {"at": 0, "config": "c", "error_rate": 2}},
        "f.failing_model.error_rate is 2. Allowed: a number from 0 to 1.",
    ),
    (
        {"failing_model": {"at": 0, "error_rate": 1}},
        "f.failing_model.config is missing.",
    ),
    ({"failing_model": 5}, "f.failing_model is 5. Allowed: a mapping, or a list of them."),
    ({"failing_model": [5]}, "f.failing_model is [5]. Allowed: a mapping, or a list of them."),
    (
        {"failing_model": [{"at": 0, "config": "c", "error_rate": 1}, {"at": 1, "config": "c"}]},
        (
            "f.failing_model[1] is {'at': 1, 'config': 'c'}. Allowed: one or more of error_rate,"
            " client_error_rate, latency_ms."
        ),
    ),
    (
        {"failing_model": [{"at": 0, "config": "c", "latency_ms": -1}]},
        "f.failing_model[0].latency_ms is -1. Allowed: a number from 0 to 60000.",
    ),
    ({"system_updating": {"at": 5}}, "f.system_updating.seconds is missing."),
    (
        {"system_updating": {"at": 5, "seconds": 0}},
        f"f.system_updating.seconds is 0. {SOME_SECONDS}",
    ),
]


@pytest.mark.parametrize(("body", "message"), REFUSALS, ids=[case[1][:60] for case in REFUSALS])
def test_what_is_no_fault_is_refused_by_member_value_and_what_is_allowed(
    body: dict[str, Any], message: str
) -> None:
    assert refusal(body) == message


def test_in_a_request_members_have_no_path_before_them() -> None:
    assert refusal({"drop_events": 1}, "") == "drop_events is 1. Allowed: true or false."
    assert refusal({"events": [{}]}, "").startswith("events[0] is {}.")
    assert refusal({"foreign_update": {}}, "") == "foreign_update.at is missing."


@pytest.mark.parametrize(
    ("plan", "member"),
    [
        (FaultPlan(lambda_timeouts=(LambdaTimeout("Start"),)), "lambda_timeouts"),
        (FaultPlan(apis=(ApiFault("sns", ApiError.TIMEOUT, function="Start"),)), "apis"),
        (FaultPlan(deaths=(Death("Start", "Publish"),)), "deaths"),
        (FaultPlan(pauses=(Pause("Start", "Publish", 5),)), "pauses"),
        (FaultPlan(stops=(Stop(function="Start", operation="Publish"),)), "stops"),
    ],
)
def test_a_function_that_is_not_there_is_refused(plan: FaultPlan, member: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        require_names(plan, ["StartUpdate", "AwaitStage"], [], "given.faults")
    assert str(refused.value) == (
        f'given.faults.{member} names the function "Start". Allowed: StartUpdate, AwaitStage.'
    )
    require_names(plan, ["Start"], [], "given.faults")


@pytest.mark.parametrize(
    ("plan", "member"),
    [
        (FaultPlan(lambda_timeouts=(LambdaTimeout("One", "Publsh"),)), "lambda_timeouts"),
        (FaultPlan(deaths=(Death("One", "Publsh"),)), "deaths"),
        (FaultPlan(pauses=(Pause("One", "Publsh", 5),)), "pauses"),
        (FaultPlan(stops=(Stop(function="One", operation="Publsh"),)), "stops"),
    ],
)
def test_an_operation_that_is_not_there_is_refused(plan: FaultPlan, member: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        require_names(plan, ["One"], [], "")
    problem = f'{member} names the operation "Publsh"'
    assert str(refused.value) == f"{problem}. Allowed: one of {SERVICES}."


def test_a_state_that_is_not_there_is_refused() -> None:
    plan = FaultPlan(stops=(Stop("Await"),))
    with pytest.raises(ScenarioError) as refused:
        require_names(plan, [], ["StartUpdate", "AwaitStage"], "given.faults")
    assert str(refused.value) == (
        'given.faults.stops names the state "Await". Allowed: StartUpdate, AwaitStage.'
    )
