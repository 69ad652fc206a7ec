"""Bad requests, one by one: which finding, about which member, allowing what."""

import copy
import math
from datetime import datetime
from typing import Any

import pytest

from bluegreen.contract.findings import Finding, rejecting
from bluegreen.request.request import ONLY_WITH_PACKAGE, STARTED_BY, Request, check, name_in
from builders import PACKAGE, START, at, canary_request, package_request

ROUTING = "DeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration"
POLICY = "DeploymentConfig.BlueGreenUpdatePolicy"


def with_member(path: str, value: Any) -> Any:
    """The good canary request with one member changed, or removed if the value is `...`."""
    body = copy.deepcopy(canary_request())
    *parents, last = path.split(".")
    place = body
    for name in parents:
        place = place.setdefault(name, {})
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return body


def test_the_documented_canary_request_has_no_finding() -> None:
    assert check(canary_request()) == []


BAD_MEMBERS = [
    ("EndpointName", ..., "missing-member", "EndpointName is missing.", "Add EndpointName."),
    (
        "EndpointName",
        5,
        "wrong-type",
        "EndpointName is 5, which has the wrong type.",
        "Allowed: a string.",
    ),
    (
        "EndpointName",
        "-churn",
        "value-not-allowed",
        'EndpointName is "-churn", which is not allowed.',
        "Allowed: 1 to 63 letters, digits and hyphens, starting and ending with a letter or digit.",
    ),
    (
        "EndpointName",
        "a" * 64,
        "value-not-allowed",
        "EndpointName has 64 characters, which is not allowed.",
        "Allowed: 1 to 63 letters, digits and hyphens, starting and ending with a letter or digit.",
    ),
    (
        "EndpointConfigName",
        ...,
        "missing-member",
        "EndpointConfigName and ModelPackageArn are both missing.",
        "Add the one that says what to deploy.",
    ),
    (
        "EndpointConfigName",
        "churn/green",
        "value-not-allowed",
        'EndpointConfigName is "churn/green", which is not allowed.',
        "Allowed: 1 to 63 letters, digits and hyphens, starting and ending with a letter or digit.",
    ),
    (
        "ModelPackageArn",
        7,
        "wrong-type",
        "ModelPackageArn is 7, which has the wrong type.",
        "Allowed: a string.",
    ),
    (
        "ModelPackageArn",
        "churn/7",
        "value-not-allowed",
        'ModelPackageArn is "churn/7", which is not allowed.',
        (
            "Allowed: the ARN of a model package version, such as"
            " arn:aws:sagemaker:...:model-package/GROUP/1."
        ),
    ),
    (
        "VariantName",
        "main variant",
        "value-not-allowed",
        'VariantName is "main variant", which is not allowed.',
        "Allowed: 1 to 63 letters, digits and hyphens, starting and ending with a letter or digit.",
    ),
    (
        "OnRollback",
        "REJECT",
        "value-not-allowed",
        'OnRollback is "REJECT", which is not allowed.',
        "Allowed: REJECT_MODEL_PACKAGE, ANNOTATE or NONE.",
    ),
    (
        f"{ROUTING}.Type",
        "BLUE",
        "value-not-allowed",
        f'{ROUTING}.Type is "BLUE", which is not allowed.',
        "Allowed: ALL_AT_ONCE, CANARY or LINEAR.",
    ),
    (
        f"{ROUTING}.WaitIntervalInSeconds",
        3601,
        "value-not-allowed",
        f"{ROUTING}.WaitIntervalInSeconds is 3601, which is not allowed.",
        "Allowed: a whole number from 0 to 3600 seconds.",
    ),
    (
        f"{ROUTING}.WaitIntervalInSeconds",
        -1,
        "value-not-allowed",
        f"{ROUTING}.WaitIntervalInSeconds is -1, which is not allowed.",
        "Allowed: a whole number from 0 to 3600 seconds.",
    ),
    (
        f"{ROUTING}.WaitIntervalInSeconds",
        "600",
        "wrong-type",
        f'{ROUTING}.WaitIntervalInSeconds is "600", which has the wrong type.',
        "Allowed: a whole number from 0 to 3600 seconds.",
    ),
    (
        f"{ROUTING}.WaitIntervalInSeconds",
        True,
        "wrong-type",
        f"{ROUTING}.WaitIntervalInSeconds is True, which has the wrong type.",
        "Allowed: a whole number from 0 to 3600 seconds.",
    ),
    (
        f"{ROUTING}.WaitIntervalInSeconds",
        ...,
        "missing-member",
        f"{ROUTING}.WaitIntervalInSeconds is missing; CANARY needs it.",
        f"Add {ROUTING}.WaitIntervalInSeconds.",
    ),
    (
        f"{ROUTING}.CanarySize",
        ...,
        "missing-member",
        f"{ROUTING}.CanarySize is missing; CANARY needs it.",
        f"Add {ROUTING}.CanarySize.",
    ),
    (
        f"{ROUTING}.CanarySize.Value",
        51,
        "value-not-allowed",
        f"{ROUTING}.CanarySize.Value is 51, which is not allowed.",
        "Allowed: 1 to 50 percent of the fleet.",
    ),
    (
        f"{ROUTING}.CanarySize.Value",
        0,
        "value-not-allowed",
        f"{ROUTING}.CanarySize.Value is 0, which is not allowed.",
        "Allowed: a whole number from 1 to 1000000.",
    ),
    (
        f"{ROUTING}.CanarySize.Type",
        "PERCENT",
        "value-not-allowed",
        f'{ROUTING}.CanarySize.Type is "PERCENT", which is not allowed.',
        "Allowed: INSTANCE_COUNT or CAPACITY_PERCENT.",
    ),
    (
        f"{ROUTING}.LinearStepSize",
        {"Type": "INSTANCE_COUNT", "Value": 1},
        "member-unfit-for-type",
        f"{ROUTING}.LinearStepSize belongs to the Type LINEAR, but Type is CANARY.",
        "Remove LinearStepSize, or set Type to LINEAR.",
    ),
    (
        f"{POLICY}.TerminationWaitInSeconds",
        3601,
        "value-not-allowed",
        f"{POLICY}.TerminationWaitInSeconds is 3601, which is not allowed.",
        "Allowed: a whole number from 0 to 3600 seconds.",
    ),
    (
        f"{POLICY}.MaximumExecutionTimeoutInSeconds",
        599,
        "value-not-allowed",
        f"{POLICY}.MaximumExecutionTimeoutInSeconds is 599, which is not allowed.",
        "Allowed: a whole number from 600 to 28800 seconds.",
    ),
    (
        f"{POLICY}.MaximumExecutionTimeoutInSeconds",
        28801,
        "value-not-allowed",
        f"{POLICY}.MaximumExecutionTimeoutInSeconds is 28801, which is not allowed.",
        "Allowed: a whole number from 600 to 28800 seconds.",
    ),
    (
        "DeploymentConfig.AutoRollbackConfiguration.Alarms",
        [],
        "value-not-allowed",
        "DeploymentConfig.AutoRollbackConfiguration.Alarms has 0 items, which is not allowed.",
        "Allowed: 1 to 10 items.",
    ),
    (
        "DeploymentConfig.AutoRollbackConfiguration.Alarms",
        [{"AlarmName": "a"}] * 11,
        "value-not-allowed",
        "DeploymentConfig.AutoRollbackConfiguration.Alarms has 11 items, which is not allowed.",
        "Allowed: 1 to 10 items.",
    ),
    (
        "DeploymentConfig.AutoRollbackConfiguration.Alarms",
        [{"AlarmName": "a"}, {"Name": "b"}],
        "unknown-member",
        'Unknown member "DeploymentConfig.AutoRollbackConfiguration.Alarms[1].Name".',
        "Allowed here: AlarmName.",
    ),
    (
        "RetainAllVariantProperties",
        "yes",
        "wrong-type",
        'RetainAllVariantProperties is "yes", which has the wrong type.',
        "Allowed: true or false.",
    ),
    (
        "OnBusy",
        "WAIT",
        "value-not-allowed",
        'OnBusy is "WAIT", which is not allowed.',
        "Allowed: REJECT, QUEUE or SUPERSEDE.",
    ),
    (
        "Reason",
        "x" * 513,
        "value-not-allowed",
        "Reason has 513 characters, which is not allowed.",
        "Allowed: a string of at most 512 characters.",
    ),
    (
        "DeploymentConfig.AutoRollbackConfiguration.Alarms",
        [{"AlarmName": "a\x07b"}],
        "value-not-allowed",
        (
            'DeploymentConfig.AutoRollbackConfiguration.Alarms[0].AlarmName is "a b", which is not'
            " allowed."
        ),
        "Allowed: the name of an alarm, 1 to 255 printable characters.",
    ),
    (
        "Reason",
        "\ud800",
        "value-not-allowed",
        'Reason is "", which is not allowed.',
        "Allowed: a string of at most 512 characters.",
    ),
    (
        f"{ROUTING}.CanarySize.Colour",
        1,
        "unknown-member",
        (
            'Unknown member "…ymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration.'
            'CanarySize.Colour".'
        ),
        "Allowed here: Type, Value.",
    ),
    (
        "RequestedBy",
        "x" * 129,
        "value-not-allowed",
        "RequestedBy has 129 characters, which is not allowed.",
        "Allowed: a string of at most 128 characters.",
    ),
]


@pytest.mark.parametrize(("path", "value", "id_", "message", "fix"), BAD_MEMBERS)
def test_a_bad_member_is_named_with_its_value_and_what_is_allowed(
    path: str, value: Any, id_: str, message: str, fix: str
) -> None:
    finding = check(with_member(path, value))[0]
    assert (finding.id, finding.severity, finding.message, finding.fix) == (
        id_,
        "ERROR",
        message,
        fix,
    )


# ---- What AWS adds, and what asks for nothing ------------------------------------------------


@pytest.mark.parametrize(
    "members",
    [
        {"RetainDeploymentConfig": False},
        {"ExcludeRetainedVariantProperties": []},
        {"RetainAllVariantProperties": False, "ExcludeRetainedVariantProperties": []},
        {"RetainDeploymentConfig": False, "DryRun": False, "AllowFindings": []},
    ],
)
def test_what_the_api_does_anyway_may_be_said(members: dict[str, Any]) -> None:
    body = canary_request(**members)
    assert check(body) == []
    sent = Request.from_json(body).to_json()
    assert "RetainDeploymentConfig" not in sent
    plain = {"RetainAllVariantProperties": members.get("RetainAllVariantProperties", True)}
    assert sent == Request.from_json(canary_request(**plain)).to_json()


@pytest.mark.parametrize(
    "path",
    [
        "RetainDeploymentConfig",
        "ExcludeRetainedVariantProperties",
        "DeploymentConfig",
        POLICY,
        "DeploymentConfig.RollingUpdatePolicy",
        f"{POLICY}.TerminationWaitInSeconds",
        STARTED_BY,
    ],
)
def test_null_is_no_default_as_the_api_takes_none(path: str) -> None:
    assert [finding.id for finding in check(with_member(path, None))] == ["wrong-type"]


PARENT = "arn:aws:states:eu-central-1:123456789012:execution:nightly:1"


@pytest.mark.parametrize("text", [PARENT, "", "no ARN at all", "x" * 1024, "a\nb"])
def test_a_parent_workflow_may_say_who_it_is(text: str) -> None:
    body = canary_request(**{STARTED_BY: text})
    assert check(body) == []
    request = Request.from_json(body)
    assert request.started_by == text
    assert request.to_json().get(STARTED_BY, "") == text
    assert Request.from_json(request.to_json()) == request


@pytest.mark.parametrize(
    ("value", "id_"),
    [(5, "wrong-type"), ({"Id": PARENT}, "wrong-type"), ("x" * 1025, "value-not-allowed")],
)
def test_what_is_no_text_or_too_long_is_not_kept(value: Any, id_: str) -> None:
    (finding,) = check(canary_request(**{STARTED_BY: value}))
    assert (finding.id, finding.message.split()[0]) == (id_, STARTED_BY)


# ---- Guardrails ------------------------------------------------------------------------------

ERRORS_LIMITED = {"Metric": "Invocation5XXErrors", "MaxRate": 0.01}
LATENCY_LIMITED = {"Metric": "ModelLatency", "MaxMilliseconds": 300}


@pytest.mark.parametrize(
    ("members", "ids"),
    [
        ({"Guardrails": "Default"}, []),
        ({"Guardrails": "Strict", "NotEnoughData": "ABORT"}, []),
        ({"Guardrails": "None"}, []),
        ({"Guardrails": [ERRORS_LIMITED, LATENCY_LIMITED]}, []),
        ({"Guardrails": [LATENCY_LIMITED, {**LATENCY_LIMITED, "Percentile": 99}]}, []),
        ({"NotEnoughData": "ABORT"}, []),
        ({"Guardrails": [LATENCY_LIMITED, {**LATENCY_LIMITED, "Percentile": 90}]}, ["members"]),
        ({"Guardrails": [ERRORS_LIMITED, {**ERRORS_LIMITED, "MaxRate": 0.02}]}, ["members"]),
        ({"Guardrails": [{**ERRORS_LIMITED, "Percentile": 99}]}, ["members"]),
        ({"Guardrails": [{**LATENCY_LIMITED, "MaxRatioToBlue": 1.3}]}, ["members"]),
        ({"Guardrails": [{**LATENCY_LIMITED, "MaxRate": 0.1}]}, ["members"]),
        ({"Guardrails": "None", "NotEnoughData": "WARN"}, ["nothing"]),
    ],
)
def test_what_of_guardrails_goes_together(members: dict[str, Any], ids: list[str]) -> None:
    kinds = {"members": "guardrail-members", "nothing": "not-enough-data-of-nothing"}
    found = check(canary_request(**members))
    assert [finding.id for finding in found] == [kinds[id_] for id_ in ids]


# ---- Whole numbers ---------------------------------------------------------------------------

WHOLE = [
    f"{ROUTING}.WaitIntervalInSeconds",
    f"{POLICY}.TerminationWaitInSeconds",
    f"{POLICY}.MaximumExecutionTimeoutInSeconds",
]


@pytest.mark.parametrize("path", WHOLE)
def test_a_whole_number_with_a_point_is_that_number(path: str) -> None:
    body = with_member(path, 1800.0)
    assert check(body) == []
    assert numbers_in(Request.from_json(body).to_json()) == {int}
    assert Request.from_json(body) == Request.from_json(with_member(path, 1800))


def test_and_so_are_sizes_and_times_in_the_queue() -> None:
    body = with_member(f"{ROUTING}.CanarySize.Value", 30.0)
    body |= {"OnBusy": "QUEUE", "QueueTimeoutSeconds": 60.0}
    assert check(body) == []
    assert numbers_in(Request.from_json(body).to_json()) == {int}


@pytest.mark.parametrize("path", WHOLE)
@pytest.mark.parametrize("value", [600.5, True, math.nan, math.inf, -math.inf, "600", None])
def test_what_is_no_whole_number_is_refused(path: str, value: Any) -> None:
    assert [finding.id for finding in check(with_member(path, value))] == ["wrong-type"]


@pytest.mark.parametrize("path", WHOLE)
@pytest.mark.parametrize("value", [-1.0, 28801.0, 1e22, 1e300])
def test_its_range_holds_with_a_point_too(path: str, value: float) -> None:
    assert [finding.id for finding in check(with_member(path, value))] == ["value-not-allowed"]


def numbers_in(value: Any) -> set[type]:
    """The types of all numbers in JSON."""
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return set().union(*map(numbers_in, parts))
    return {type(value)} if isinstance(value, int | float) and value is not True else set()


# ---- A policy that is retained ---------------------------------------------------------------


def retaining(**more: Any) -> Any:
    return canary_request(**{"DeploymentConfig": None, "RetainDeploymentConfig": True, **more})


def test_the_last_policy_may_be_asked_for() -> None:
    assert check(retaining()) == []
    request = Request.from_json(retaining())
    assert request.to_json()["RetainDeploymentConfig"] is True
    assert "DeploymentConfig" not in request.to_json()
    assert Request.from_json(request.to_json()) == request


def test_once_it_is_known_it_is_the_requests_own() -> None:
    config = canary_request()["DeploymentConfig"]
    request = Request.from_json(retaining()).with_policy(config)
    assert request == Request.from_json(canary_request())


ALARMS = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}]}}


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"DeploymentConfigName": "AllAtOnce"}, "DeploymentConfigName"),
        ({"DeploymentConfig": ALARMS}, "DeploymentConfig"),
        ({"DeploymentConfig": {}}, "DeploymentConfig"),
        (
            {"DeploymentConfig": canary_request()["DeploymentConfig"]},
            "DeploymentConfig.BlueGreenUpdatePolicy",
        ),
    ],
)
def test_it_stands_alone(more: dict[str, Any], named: str) -> None:
    (finding,) = check(retaining(**more))
    words = f"The request has more than one policy: RetainDeploymentConfig and {named}."
    assert (finding.id, finding.severity, finding.message) == ("two-policies", "ERROR", words)


@pytest.mark.parametrize(
    ("members", "waits"),
    [
        ({}, False),
        ({"OnBusy": "REJECT"}, False),
        ({"OnBusy": "QUEUE"}, True),
        ({"OnBusy": "QUEUE", "QueueTimeoutSeconds": 60}, True),
        ({"OnBusy": "QUEUE", "QueueTimeoutSeconds": 86_400}, True),
        ({"OnBusy": "SUPERSEDE"}, True),
    ],
)
def test_a_request_says_what_to_do_while_the_endpoint_is_busy(
    members: dict[str, Any], waits: bool
) -> None:
    assert check(canary_request(**members)) == []
    request = Request.from_json(canary_request(**members))
    assert request.queues is waits
    assert request.queue_timeout_seconds == members.get("QueueTimeoutSeconds", 28_800)
    assert Request.from_json(request.to_json()) == request


def test_a_time_to_wait_stands_only_in_what_waits_in_a_queue() -> None:
    told = {
        on_busy: Request.from_json(canary_request(OnBusy=on_busy)).to_json()
        for on_busy in ("REJECT", "QUEUE", "SUPERSEDE")
    }
    waits = {on_busy: body.get("QueueTimeoutSeconds") for on_busy, body in told.items()}
    assert waits == {"REJECT": None, "QUEUE": 28_800, "SUPERSEDE": None}


@pytest.mark.parametrize("on_busy", [None, "REJECT", "SUPERSEDE"])
def test_a_time_to_wait_without_a_queue_is_refused(on_busy: str | None) -> None:
    (finding,) = check(canary_request(OnBusy=on_busy, QueueTimeoutSeconds=600))
    assert finding == Finding(
        "timeout-without-queue",
        "ERROR",
        "QueueTimeoutSeconds has no effect unless OnBusy is QUEUE.",
        "Remove QueueTimeoutSeconds, or set OnBusy to QUEUE.",
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-05T09:00:00Z", START),
        ("2026-01-05T09:00:00.000Z", START),
        ("2026-01-05T10:00:00+01:00", START),
        ("2026-01-05T09:00:00.25Z", at(0.25)),
    ],
)
def test_a_package_says_when_it_was_approved(text: str, moment: datetime) -> None:
    body = package_request(ApprovedAt=text)
    assert check(body) == []
    request = Request.from_json(body)
    assert request.approved_at == moment
    assert Request.from_json(request.to_json()) == request


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05T09:00:00",  # no offset: whose nine o'clock?
        "2026-01-05",
        "yesterday",
        "2026-13-05T09:00:00Z",
        "2026-02-30T09:00:00Z",
        "2026-01-05T25:00:00Z",
        "2026-01-05T09:00:00+99:99",
        "0000-01-05T09:00:00Z",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_what_is_no_time_is_refused_as_that_of_an_approval(text: str) -> None:
    (finding,) = check(package_request(ApprovedAt=text))
    assert (finding.id, finding.fix) == (
        "value-not-allowed",
        "Allowed: a time in ISO 8601 with an offset.",
    )


def test_without_a_package_nothing_was_approved() -> None:
    (finding,) = check(canary_request(ApprovedAt="2026-01-05T09:00:00Z"))
    assert finding.message == "ApprovedAt works only together with ModelPackageArn."


def test_one_more_alarm_goes_with_those_of_the_request() -> None:
    request = Request.from_json(canary_request())
    assert request.to_send("abort").policy.alarms == ("churn-5xx", "abort")
    assert request.policy.alarms == ("churn-5xx",)


def test_an_unknown_member_is_refused_by_name() -> None:
    finding = check(canary_request(EndpointNmae="churn"))[0]
    assert finding.message == 'Unknown member "EndpointNmae".'
    assert finding.fix.startswith(
        "Allowed here: EndpointName, EndpointConfigName, ModelPackageArn, "
    )


def test_every_fault_is_told_not_only_the_first() -> None:
    findings = check({"EndpointConfigName": 1, "Colour": "blue"})
    assert [finding.id for finding in findings] == [
        "wrong-type",
        "unknown-member",
        "missing-member",
    ]


@pytest.mark.parametrize("raw", [None, [], "churn", 7, [{"EndpointName": "churn"}]])
def test_what_is_no_object_is_no_request(raw: object) -> None:
    (finding,) = check(raw)
    assert finding.message.startswith("The request is ")
    assert finding.fix == "Allowed: an object."


@pytest.mark.parametrize(
    "name",
    [
        "Canary51Percent5Minutes",
        "Canary0Percent5Minutes",
        "Canary10Percent0Minutes",
        "Canary10Percent61Minutes",
        "Linear9PercentEvery1Minute",
        "Linear51PercentEvery1Minute",
        "Linear10Percent1Minute",
        "Canary10PercentEvery5Minutes",
        "Rolling4PercentEvery5Minutes",
        "Rolling51PercentEvery5Minutes",
        "Rolling25PercentEvery0Minutes",
        "Rolling25Percent5Minutes",
        "allatonce",
        "",
    ],
)
def test_a_name_outside_the_patterns_is_refused(name: str) -> None:
    (finding,) = check(canary_request(DeploymentConfig=None, DeploymentConfigName=name))
    assert finding.message == f'DeploymentConfigName is "{name}", which is not allowed.'
    assert finding.fix == (
        "Allowed: AllAtOnce, Canary<1-50>Percent<1-60>Minutes,"
        " Linear<10-50>PercentEvery<1-60>Minutes or Rolling<5-50>PercentEvery<1-60>Minutes."
    )


@pytest.mark.parametrize(
    ("name", "mode", "percent", "wait", "termination"),
    [
        ("AllAtOnce", "ALL_AT_ONCE", None, 0, 300),
        ("Canary10Percent5Minutes", "CANARY", 10, 300, 300),
        ("Canary50Percent60Minutes", "CANARY", 50, 3600, 3600),
        ("Canary1Percent1Minute", "CANARY", 1, 60, 60),
        ("Linear10PercentEvery1Minute", "LINEAR", 10, 60, 60),
        ("Linear33PercentEvery3Minutes", "LINEAR", 33, 180, 180),
        ("Rolling5PercentEvery1Minute", "ROLLING", 5, 60, 0),
        ("Rolling50PercentEvery60Minutes", "ROLLING", 50, 3600, 0),
    ],
)
def test_a_named_policy(
    name: str, mode: str, percent: int | None, wait: int, termination: int
) -> None:
    body = canary_request(DeploymentConfig=None, DeploymentConfigName=name)
    assert check(body) == []
    policy = Request.from_json(body).policy
    assert (policy.mode, policy.wait_seconds, policy.termination_wait_seconds) == (
        mode,
        wait,
        termination,
    )
    assert (policy.size and policy.size.value) == percent


def test_a_name_beside_a_policy_is_refused_and_beside_alarms_it_is_not() -> None:
    body = canary_request(DeploymentConfigName="AllAtOnce")
    (finding,) = check(body)
    assert (finding.id, finding.message, finding.fix) == (
        "two-policies",
        (
            "The request has more than one policy: DeploymentConfigName and"
            " DeploymentConfig.BlueGreenUpdatePolicy."
        ),
        "Keep one of them.",
    )
    del body["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    assert check(body) == []
    assert Request.from_json(body).policy.alarms == ("churn-5xx",)


BATCH = {"Type": "CAPACITY_PERCENT", "Value": 33}
ROLLING_PATH = "DeploymentConfig.RollingUpdatePolicy"


def rolling(**changes: Any) -> Any:
    policy = {"MaximumBatchSize": BATCH, "WaitIntervalInSeconds": 180, **changes}
    policy = {name: value for name, value in policy.items() if value is not ...}
    return canary_request(DeploymentConfig={"RollingUpdatePolicy": policy})


def test_a_rolling_policy_is_sent_as_it_came_with_a_maximum() -> None:
    back = {"Type": "INSTANCE_COUNT", "Value": 2}
    body = rolling(RollbackMaximumBatchSize=back)
    assert check(body) == []
    sent = Request.from_json(body).for_fleet([3]).to_json()["DeploymentConfig"]
    assert sent == {
        "RollingUpdatePolicy": {
            "MaximumBatchSize": BATCH,
            "RollbackMaximumBatchSize": back,
            "WaitIntervalInSeconds": 180,
            "MaximumExecutionTimeoutInSeconds": 3 * 180 + 3 * 3600,
        }
    }


def test_a_rolling_policy_survives_its_own_json() -> None:
    request = Request.from_json(rolling(RollbackMaximumBatchSize=BATCH)).for_fleet([10])
    assert Request.from_json(request.to_json()) == request


@pytest.mark.parametrize(
    ("changes", "message", "fix"),
    [
        (
            {"MaximumBatchSize": ...},
            f"{ROLLING_PATH}.MaximumBatchSize is missing.",
            f"Add {ROLLING_PATH}.MaximumBatchSize.",
        ),
        (
            {"WaitIntervalInSeconds": ...},
            f"{ROLLING_PATH}.WaitIntervalInSeconds is missing.",
            f"Add {ROLLING_PATH}.WaitIntervalInSeconds.",
        ),
        (
            {"MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 4}},
            f"{ROLLING_PATH}.MaximumBatchSize.Value is 4, which is not allowed.",
            "Allowed: 5 to 50 percent of the fleet.",
        ),
        (
            {"MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 51}},
            f"{ROLLING_PATH}.MaximumBatchSize.Value is 51, which is not allowed.",
            "Allowed: 5 to 50 percent of the fleet.",
        ),
        (
            {"RollbackMaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 101}},
            f"{ROLLING_PATH}.RollbackMaximumBatchSize.Value is 101, which is not allowed.",
            "Allowed: 1 to 100 percent of the fleet.",
        ),
        (
            {"TerminationWaitInSeconds": 60},
            f'Unknown member "{ROLLING_PATH}.TerminationWaitInSeconds".',
            (
                "Allowed here: MaximumBatchSize, WaitIntervalInSeconds,"
                " MaximumExecutionTimeoutInSeconds, RollbackMaximumBatchSize."
            ),
        ),
    ],
)
def test_a_bad_rolling_policy_is_refused(changes: Any, message: str, fix: str) -> None:
    (finding,) = check(rolling(**changes))
    assert (finding.message, finding.fix) == (message, fix)


def test_both_kinds_of_policy_exclude_each_other() -> None:
    body = canary_request()
    body["DeploymentConfig"] |= rolling()["DeploymentConfig"]
    (finding,) = check(body)
    assert finding.message == (
        "The request has more than one policy: DeploymentConfig.BlueGreenUpdatePolicy and"
        " DeploymentConfig.RollingUpdatePolicy."
    )


def test_no_policy_is_all_at_once_with_a_warning() -> None:
    body = canary_request(DeploymentConfig=None)
    (finding,) = check(body)
    assert (finding.id, finding.severity) == ("no-policy", "WARNING")
    assert finding.message == (
        "The request has no policy. All traffic moves to the green fleet at once, which then bakes"
        " for 300 seconds. It names no alarm to watch that bake."
    )
    assert finding.fix == (
        "Set DeploymentConfigName (Canary10Percent5Minutes, for example) or a DeploymentConfig."
    )
    assert rejecting([finding]) == []
    assert Request.from_json(body).policy.mode == "ALL_AT_ONCE"


@pytest.mark.parametrize(
    "members",
    [
        {
            "DeploymentConfig": {
                "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "churn-5xx"}]}
            }
        },
        {"DeploymentConfig": None, "Guardrails": "Default"},
    ],
)
def test_no_policy_with_an_alarm_or_a_guardrail_is_watched(members: dict[str, Any]) -> None:
    (finding,) = check(canary_request(**members))
    assert finding.message == (
        "The request has no policy. All traffic moves to the green fleet at once, which then bakes"
        " for 300 seconds."
    )


def test_no_policy_and_no_guardrail_is_not_watched() -> None:
    (finding,) = check(canary_request(DeploymentConfig=None, Guardrails="None"))
    assert finding.message.endswith("It names no alarm to watch that bake.")


def test_all_at_once_needs_no_interval_and_sends_zero() -> None:
    body = canary_request(
        DeploymentConfig={
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE"},
                "TerminationWaitInSeconds": 600,
            }
        }
    )
    assert check(body) == []
    sent = Request.from_json(body).for_fleet([3]).to_json()["DeploymentConfig"]
    assert sent == {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
            "TerminationWaitInSeconds": 600,
            "MaximumExecutionTimeoutInSeconds": 4200,
        }
    }


def test_an_exclusion_means_nothing_without_retention() -> None:
    body = canary_request(
        RetainAllVariantProperties=False,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
    )
    assert [finding.id for finding in check(body)] == ["exclusion-without-retention"]


@pytest.mark.parametrize(
    "changes",
    [
        {"ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}]},
        {
            "RetainAllVariantProperties": True,
            "ExcludeRetainedVariantProperties": [
                {"VariantPropertyType": name} for name in ("DesiredInstanceCount", "DesiredWeight")
            ],
        },
        {"RetainAllVariantProperties": False},
        {"RetainAllVariantProperties": False, "ExcludeRetainedVariantProperties": []},
        {"OnBusy": "REJECT"},
    ],
)
def test_an_exclusion_with_retention_and_retention_without_exclusion(
    changes: dict[str, Any],
) -> None:
    assert check(canary_request(**changes)) == []


@pytest.mark.parametrize("retain", [{}, {"RetainAllVariantProperties": True}])
def test_what_sagemaker_does_not_support_is_refused_before_it_refuses_the_call(
    retain: dict[str, Any],
) -> None:
    """API, VariantProperty: DataCaptureConfig is "not currently supported"."""
    names = ("DesiredWeight", "DataCaptureConfig")
    excluded = [{"VariantPropertyType": name} for name in names]
    body = canary_request(ExcludeRetainedVariantProperties=excluded, **retain)
    (finding,) = check(body)
    assert (finding.id, finding.severity) == ("value-not-allowed", "ERROR")
    assert finding.message == (
        'ExcludeRetainedVariantProperties[1].VariantPropertyType is "DataCaptureConfig", which is'
        " not allowed."
    )
    assert finding.fix == "Allowed: DesiredInstanceCount or DesiredWeight."


def test_counts_are_retained_unless_the_request_says_otherwise() -> None:
    assert Request.from_json(canary_request()).to_json()["RetainAllVariantProperties"] is True
    kept = Request.from_json(canary_request(RetainAllVariantProperties=False))
    assert kept.to_json()["RetainAllVariantProperties"] is False


def test_a_request_survives_its_own_json() -> None:
    body = canary_request(RequestedBy="team-churn", Reason="new features")
    request = Request.from_json(body).for_fleet([4])
    assert Request.from_json(request.to_json()) == request


@pytest.mark.parametrize(
    ("raw", "name"),
    [({"EndpointName": "churn", "x": 1}, "churn"), ({"EndpointName": "-"}, None), ([], None)],
)
def test_the_name_in_a_request_that_may_be_bad(raw: object, name: str | None) -> None:
    assert name_in(raw) == name


# ---- Requests for a model package ------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"VariantName": "main"},
        {"OnRollback": "REJECT_MODEL_PACKAGE"},
        {"OnRollback": "ANNOTATE"},
        {"OnRollback": "NONE", "VariantName": "a" * 63},
        {"OnRejection": "ABORT", "KeepModelLifeCycle": True},
        {"OnRejection": "TELL", "KeepModelLifeCycle": False},
        {"ModelPackageArn": PACKAGE.replace("arn:aws:", "arn:aws-us-gov:")},
        {"ModelPackageArn": PACKAGE.replace("churn/7", f"Churn-2-b{'x' * 54}/999999999")},
    ],
)
def test_a_package_can_stand_in_place_of_an_endpoint_config(changes: dict[str, Any]) -> None:
    assert check(package_request(**changes)) == []


@pytest.mark.parametrize(
    "arn",
    [
        "",
        PACKAGE + "\n",
        PACKAGE + " ",
        PACKAGE.replace("churn/7", "churn"),
        PACKAGE.replace("churn/7", "churn/0"),
        PACKAGE.replace("churn/7", "churn/03"),
        PACKAGE.replace("churn/7", "churn/-1"),
        PACKAGE.replace("churn/7", "churn/1234567890"),
        PACKAGE.replace("churn/7", "churn/7/4"),
        PACKAGE.replace("churn/7", "churn/../3"),
        PACKAGE.replace("churn/7", "-churn/7"),
        PACKAGE.replace("churn/7", f"{'a' * 64}/3"),
        PACKAGE.replace("churn/7", "churn/٣"),
        PACKAGE.replace("123456789012", "12345678901"),
        PACKAGE.replace("eu-central-1", ""),
        PACKAGE.replace("eu-central-1", "EU-CENTRAL-1"),
        PACKAGE.replace("sagemaker", "s3"),
        PACKAGE.replace("model-package", "model-package-group"),
        PACKAGE.replace("arn:aws:", "arn:other:"),
        f" {PACKAGE}",
        PACKAGE.replace("churn", "chu\ud800rn"),
        PACKAGE.replace("churn", "a-" * 40_000),
    ],
)
def test_what_is_no_arn_of_a_version_is_refused(arn: str) -> None:
    (finding,) = check(package_request(ModelPackageArn=arn))
    assert (finding.id, finding.severity) == ("value-not-allowed", "ERROR")
    assert finding.message.startswith(("ModelPackageArn is ", "ModelPackageArn has 80060 "))


def test_a_request_says_what_is_to_be_deployed() -> None:
    (finding,) = check(canary_request(EndpointConfigName=None))
    assert (finding.id, finding.severity) == ("missing-member", "ERROR")
    assert finding.message == "EndpointConfigName and ModelPackageArn are both missing."
    assert finding.fix == "Add the one that says what to deploy."


def test_a_request_says_in_one_way_what_is_to_be_deployed() -> None:
    (finding,) = check(canary_request(ModelPackageArn=PACKAGE))
    assert (finding.id, finding.severity) == ("two-targets", "ERROR")
    assert finding.message == "The request names both EndpointConfigName and ModelPackageArn."
    assert finding.fix == (
        "Keep EndpointConfigName to deploy a config that exists, or ModelPackageArn to have one"
        " made from the package."
    )


@pytest.mark.parametrize(
    ("changes", "members"),
    [
        ({"VariantName": "main"}, ["VariantName"]),
        ({"OnRollback": "NONE"}, ["OnRollback"]),
        ({"OnRollback": "NONE", "VariantName": "main"}, ["VariantName", "OnRollback"]),
    ],
)
def test_some_members_mean_nothing_without_a_package(
    changes: dict[str, Any], members: list[str]
) -> None:
    findings = check(canary_request(**changes))
    assert [(f.id, f.severity, f.message, f.fix) for f in findings] == [
        (
            "only-with-model-package",
            "ERROR",
            f"{member} works only together with ModelPackageArn.",
            f"Remove {member}.",
        )
        for member in members
    ]


def test_both_members_are_told_when_the_target_lacks_too() -> None:
    findings = check(canary_request(EndpointConfigName=None, VariantName="a", OnRollback="NONE"))
    ids = ["missing-member", "only-with-model-package", "only-with-model-package"]
    assert [finding.id for finding in findings] == ids


@pytest.mark.parametrize("wish", ["REJECT_MODEL_PACKAGE", "ANNOTATE", "NONE"])
def test_a_request_for_a_package_survives_its_own_json(wish: str) -> None:
    body = package_request(VariantName="main", OnRollback=wish)
    request = Request.from_json(body).for_fleet([4])
    assert request.to_json() == body | {
        "RetainAllVariantProperties": True,
        "OnBusy": "REJECT",
        "OnRejection": "TELL",
        "KeepModelLifeCycle": False,
    }
    assert Request.from_json(request.to_json()) == request


def test_a_package_is_annotated_after_a_rollback_unless_the_request_says_otherwise() -> None:
    body = Request.from_json(package_request()).to_json()
    assert body["OnRollback"] == "ANNOTATE"
    assert body["ModelPackageArn"] == PACKAGE
    assert "VariantName" not in body
    assert "EndpointConfigName" not in body


def test_a_request_without_a_package_has_none_of_its_members() -> None:
    body = Request.from_json(canary_request()).to_json()
    assert body.keys() & {"ModelPackageArn", *ONLY_WITH_PACKAGE} == set()


def test_a_request_with_every_member_comes_back_as_it_was() -> None:
    body = package_request(
        VariantName="main",
        OnRollback="ANNOTATE",
        OnRejection="ABORT",
        KeepModelLifeCycle=True,
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
        OnBusy="QUEUE",
        QueueTimeoutSeconds=600,
        ApprovedAt="2026-01-05T09:00:00.000Z",
        RequestedBy="team-churn",
        Reason="new features",
        AllowFindings=["fleet-of-one", "alarm-in-alarm"],
    )
    assert check(body) == []
    assert Request.from_json(body).to_json() == body
    reset = Request.from_json(body | {"RetainAllVariantProperties": False})
    assert reset.to_json()["RetainAllVariantProperties"] is False


def test_what_a_request_leaves_out_is_what_a_request_made_here_leaves_out() -> None:
    policy = Request.from_json(canary_request()).policy
    assert Request.from_json(canary_request()) == Request("churn", "churn-green", policy)
    unnamed = Request("churn", "", policy, model_package_arn=PACKAGE)
    assert Request.from_json(package_request()) == unnamed
