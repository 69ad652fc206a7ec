"""A world file: what the AWS CLI prints is taken, and what nobody meant is refused by name."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any, Final

import pytest

from bluegreen.check.report import check_situation
from bluegreen.check.situation import Quota, Traffic
from bluegreen.contract.findings import rejecting
from bluegreen.registry.clone import named
from bluegreen.request.request import Request
from bluegreen.sagemaker.observation import PendingDeployment, Variant, VariantStatus
from bluegreen_cli.world import OF_AWS, WorldError, read_world
from builders import CANARY, at

REQUEST: Final = Request("churn", "green", CANARY)
ARN = "arn:aws:sagemaker:eu-central-1:123456789012"
ENDPOINT = {
    "EndpointName": "churn",
    "EndpointArn": f"{ARN}:endpoint/churn",
    "EndpointConfigName": "blue",
    "ProductionVariants": [
        {
            "VariantName": "main",
            "DeployedImages": [{"SpecifiedImage": "i", "ResolutionTime": at(0).isoformat()}],
            "CurrentWeight": 1.0,
            "CurrentInstanceCount": 4,
            "DesiredInstanceCount": 4,
        }
    ],
    "EndpointStatus": "InService",
    "CreationTime": "2026-01-05T09:00:00.123000+00:00",
    "LastModifiedTime": at(5).isoformat(),
}
WORLD: dict[str, Any] = {
    "Endpoint": ENDPOINT,
    "EndpointConfigs": [
        {
            "EndpointConfigName": "green",
            "EndpointConfigArn": f"{ARN}:endpoint-config/green",
            "ProductionVariants": [
                {"VariantName": "main", "ModelName": "m", "InstanceType": "ml.of.tomorrow"}
            ],
            "CreationTime": 1767603600.5,
        }
    ],
    "Models": [{"ModelName": "m", "PrimaryContainer": {"Image": "i", "Environment": {"A": "b"}}}],
    "ModelPackages": [{"ModelPackageArn": f"{ARN}:model-package/p"}],
    "MetricAlarms": [
        {"AlarmName": "a", "MetricName": "x", "Threshold": 1, "StateValue": "OK", "Period": 60}
    ],
    "CompositeAlarms": [{"AlarmName": "b", "AlarmRule": "ALARM(a)"}],
    "ScalableTargets": [{"ResourceId": "endpoint/churn/variant/main", "MinCapacity": 1}],
    "Traffic": {"main": {"MeanPerMinute": 12}},
    "Quotas": {"ml.m5.xlarge": {"Allowed": 8, "Running": 4}},
    "RolesMayDescribeAlarms": {"arn:aws:iam::123456789012:role/model": True},
    "Prices": {"ml.m5.xlarge": 0.23},
    "MissingModels": ["other"],
    "Tags": {f"{ARN}:endpoint/churn": [{"Key": "team", "Value": "risk"}]},
    "Unknown": {"live": "nobody asked"},
}


def refusal(body: object) -> str:
    with pytest.raises(WorldError) as refused:
        read_world(body, REQUEST)
    return str(refused.value)


def test_a_world_with_everything() -> None:
    world = read_world(WORLD, REQUEST)
    situation = world.situation
    assert situation.endpoint.last_modified == at(5)
    assert situation.endpoint.variants == (Variant("main", 4, 4, weight=1.0),)
    assert situation.requested
    assert situation.requested.variants[0].model_exists is True
    assert list(situation.alarms or ()) == ["a", "b"]
    assert situation.traffic == {"main": Traffic(12)}
    assert situation.quotas == {"ml.m5.xlarge": Quota(8, 4)}
    assert situation.scalable == frozenset({"main"})
    assert situation.unknown == {"live": "nobody asked"}
    assert world.prices == {"ml.m5.xlarge": 0.23}


def test_alarms_as_aws_shows_them_in_2026() -> None:
    warming = {
        "AlarmName": "a",
        "AlarmConfigurationUpdatedTimestamp": at(1).isoformat(),
        "WarmUpConfiguration": {
            "WarmUpPeriodDurationInMinutes": 30,
            "OnlyStartEvaluatingAfterWarmUpPeriodEnds": True,
        },
        "EvaluationWindow": {"WallClockWindow": {"Timezone": "Europe/Berlin"}},
        "EvaluationState": "EVALUATION_ERROR",
    }
    of_query = {"AlarmName": "p", "EvaluationCriteria": {"PromQLCriteria": {"Query": "up"}}}
    of_logs = {"AlarmName": "c", "QueryResultsToEvaluate": 3, "QueryResultsToAlarm": 2}
    read_world({"MetricAlarms": [warming, of_query], "LogAlarms": [of_logs]}, REQUEST)


def test_a_boto3_that_is_older_than_an_alarm_is_told_as_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(OF_AWS, "LogAlarms", ("cloudwatch", "AlarmOfTomorrow"))
    assert refusal({"LogAlarms": [{"AlarmName": "c"}]}) == (
        "The installed boto3 does not know LogAlarms yet. Update boto3."
    )


@pytest.mark.parametrize(
    "write",
    [
        lambda moment: moment,
        lambda moment: moment.isoformat(),
        lambda moment: moment.astimezone(timezone(timedelta(hours=2))).isoformat(),
        lambda moment: moment.isoformat().replace("+00:00", "Z"),
        lambda moment: moment.timestamp(),
    ],
    ids=["boto3", "text", "text of another zone", "text in Z", "seconds since 1970"],
)
def test_times_whatever_they_are_written_like(write: Any) -> None:
    status = {"Status": "Baking", "StartTime": write(at(320))}
    pending = {
        "EndpointConfigName": "green",
        "StartTime": write(at(1)),
        "ProductionVariants": [{"VariantName": "main", "VariantStatus": [status]}],
    }
    times = {"LastModifiedTime": write(at(2)), "PendingDeploymentSummary": pending}
    found = read_world({"Endpoint": ENDPOINT | times}, REQUEST).situation.endpoint
    assert found.last_modified == at(2)
    assert found.pending == PendingDeployment(
        "green", (Variant("main", statuses=(VariantStatus("Baking", at(320)),)),), at(1)
    )


def test_an_empty_world_is_one_without_the_endpoint() -> None:
    assert not read_world({}, REQUEST).situation.exists


def test_what_boto3_adds_to_an_answer_is_passed_over() -> None:
    body = {"Endpoint": ENDPOINT | {"ResponseMetadata": {"RetryAttempts": 0}}}
    assert read_world(body, REQUEST).situation.exists


def replaced(path: list[Any], value: Any) -> dict[str, Any]:
    """The world with another value at a path."""

    def put(body: Any, rest: list[Any]) -> Any:
        if not rest:
            return value
        copy = body.copy()
        if isinstance(copy, list):
            copy[rest[0]] = put(copy[rest[0]], rest[1:])
        else:
            copy[rest[0]] = put(copy.get(rest[0]), rest[1:])
        return copy

    changed: dict[str, Any] = put(WORLD, path)
    return changed


VARIANT = ["Endpoint", "ProductionVariants", 0]
TIME = "a time with its offset from UTC, or seconds since 1970"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["Endpoint"], [], "Endpoint is []. Allowed: an object."),
        (
            ["Endpoints"],
            {},
            "The world has the unknown member Endpoints. Allowed: Endpoint, EndpointConfigs, ",
        ),
        (["Models"], {}, "Models is {}. Allowed: a list."),
        (["Models", 0], None, "Models[0] is None. Allowed: an object."),
        (["Models", 0, "ModelName"], 5, "Models[0].ModelName is 5. Allowed: a text."),
        (
            ["Models", 0, "PrimaryContainer", "Environment"],
            {"A": 1},
            "Models[0].PrimaryContainer.Environment.A is 1. Allowed: a text.",
        ),
        (
            ["Endpoint", "EndpointStatus"],
            "Inservice",
            'Endpoint.EndpointStatus is "Inservice". Allowed: OutOfService or Creating or ',
        ),
        (
            [*VARIANT, "Instances"],
            4,
            "Endpoint.ProductionVariants[0] has the unknown member Instances. Allowed: ",
        ),
        (
            [*VARIANT, "CurrentInstanceCount"],
            "4",
            'Endpoint.ProductionVariants[0].CurrentInstanceCount is "4". Allowed: a whole number',
        ),
        ([*VARIANT, "CurrentInstanceCount"], True, "CurrentInstanceCount is True. Allowed: "),
        ([*VARIANT, "CurrentWeight"], float("nan"), "CurrentWeight is nan. Allowed: a number"),
        (
            ["Endpoint", "LastModifiedTime"],
            "yesterday",
            f'Endpoint.LastModifiedTime is "yesterday". Allowed: {TIME}.',
        ),
        (
            ["Endpoint", "LastModifiedTime"],
            "2026-01-05T09:00:00",
            f'Endpoint.LastModifiedTime is "2026-01-05T09:00:00". Allowed: {TIME}.',
        ),
        (["Endpoint", "LastModifiedTime"], datetime(2026, 1, 5), f"Allowed: {TIME}."),  # noqa: DTZ001
        (["Endpoint", "LastModifiedTime"], True, f"Allowed: {TIME}."),
        (["Endpoint", "LastModifiedTime"], 1e30, f"Allowed: {TIME}."),
        (
            ["Traffic", "main"],
            {},
            "Traffic.main.MeanPerMinute is missing.",
        ),
        (
            ["Traffic", "main", "MeanPerMinute"],
            -1,
            "Traffic.main.MeanPerMinute is -1. Allowed: 0 or more.",
        ),
        (
            ["Quotas", "ml.m5.xlarge", "Running"],
            1.5,
            "Quotas.ml.m5.xlarge.Running is 1.5. Allowed: a whole number.",
        ),
        (
            ["RolesMayDescribeAlarms", "r"],
            "yes",
            'RolesMayDescribeAlarms.r is "yes". Allowed: true or false.',
        ),
        (
            ["Traffic", "main", "Rate5XX"],
            1.01,
            "Traffic.main.Rate5XX is 1.01. Allowed: 0 to 1.",
        ),
        (["Traffic", "main", "Rate4XX"], -1, "Traffic.main.Rate4XX is -1. Allowed: 0 or more."),
        (
            ["Traffic", "main", "LatencyMilliseconds"],
            {"90": 80},
            "LatencyMilliseconds has the unknown member 90. Allowed: p50 to p99.9.",
        ),
        (
            ["Traffic", "main", "LatencyMilliseconds"],
            {"p90": "80"},
            'Traffic.main.LatencyMilliseconds.p90 is "80". Allowed: a number.',
        ),
        (["Prices", "x"], "0.2", 'Prices.x is "0.2". Allowed: a number.'),
        (["MissingModels"], "m", 'MissingModels is "m". Allowed: a list.'),
        (["Tags"], [], "Tags is []. Allowed: an object."),
        (["Tags", "x"], {"team": "risk"}, "Tags.x is {'team': 'risk'}. Allowed: a list."),
        (["Tags", "x"], [{"Key": "team"}], "Tags.x[0].Value is missing."),
        (
            ["Tags", "x"],
            [{"key": "team"}],
            "Tags.x[0] has the unknown member key. Allowed: Key, Value.",
        ),
        (["Unknown", "live"], None, "Unknown.live is None. Allowed: a text."),
    ],
)
def test_what_is_refused(path: list[Any], value: Any, message: str) -> None:
    assert message in refusal(replaced(path, value))


@pytest.mark.parametrize(
    ("member", "item", "missing"),
    [
        ("EndpointConfigs", {"EndpointConfigName": "x"}, "ProductionVariants"),
        ("Models", {}, "ModelName"),
        ("ModelPackages", {}, "ModelPackageArn"),
        ("MetricAlarms", {}, "AlarmName"),
        ("MetricAlarms", {"AlarmName": "a", "Dimensions": [{"Name": "x"}]}, "Value"),
        (
            "MetricAlarms",
            {"AlarmName": "a", "Metrics": [{"Id": "m", "MetricStat": {"Stat": "Sum"}}]},
            "Metric",
        ),
        ("CompositeAlarms", {}, "AlarmName"),
        ("LogAlarms", {}, "AlarmName"),
        ("ScalableTargets", {}, "ResourceId"),
    ],
)
def test_what_has_to_be_there(member: str, item: dict[str, Any], missing: str) -> None:
    message = refusal({member: [item]})
    assert message.startswith(f"{member}[0]")
    assert message.endswith(f".{missing} is missing.")


@pytest.mark.parametrize("body", [None, [], "x"])
def test_a_world_is_an_object(body: object) -> None:
    assert refusal(body).endswith("Allowed: an object.")


def test_all_that_is_wrong_is_told_at_once() -> None:
    body = {"Models": [{"ModelName": 5, "modelArn": "x"}, {}]}
    lines = refusal(body).splitlines()
    assert lines[0].startswith("Models[0] has the unknown member modelArn. Allowed: ModelName, ")
    assert lines[1:] == [
        "Models[0].ModelName is 5. Allowed: a text.",
        "Models[1].ModelName is missing.",
    ]


def test_aws_may_show_what_its_own_model_has_as_too_short() -> None:
    body = {"Endpoint": ENDPOINT | {"ProductionVariants": [], "FailureReason": ""}}
    assert read_world(body, REQUEST).situation.exists


PACKAGE: Final = f"{ARN}:model-package/churn/2"
FOR_PACKAGE: Final = named(Request("churn", "", CANARY, model_package_arn=PACKAGE))
REGISTRY: Final[dict[str, Any]] = {
    "Endpoint": ENDPOINT,
    "EndpointConfigs": [
        {
            "EndpointConfigName": "blue",
            "EndpointConfigArn": f"{ARN}:endpoint-config/blue",
            "ProductionVariants": [
                {
                    "VariantName": "main",
                    "ModelName": "m",
                    "InitialInstanceCount": 4,
                    "InstanceType": "ml.m5.xlarge",
                }
            ],
        }
    ],
    "Models": [{"ModelName": "m", "ModelArn": f"{ARN}:model/m", "Containers": [{"Image": "i"}]}],
    "ModelPackages": [
        {
            "ModelPackageArn": PACKAGE,
            "ModelPackageGroupName": "churn",
            "ModelPackageStatus": "Completed",
            "ModelApprovalStatus": "Approved",
            "InferenceSpecification": {"Containers": [{"Image": "i"}]},
        }
    ],
    "Tags": {f"{ARN}:endpoint/churn": [{"Key": "bluegreen:model-package-group", "Value": "churn"}]},
}


def errors(world: dict[str, Any]) -> list[str]:
    checked = check_situation(FOR_PACKAGE, read_world(world, FOR_PACKAGE).situation)
    return [finding.id for finding in rejecting(checked.findings)]


def test_a_model_package_is_put_in_the_place_of_the_live_model() -> None:
    checked = check_situation(FOR_PACKAGE, read_world(REGISTRY, FOR_PACKAGE).situation)
    assert checked.forecast
    requested = checked.forecast.requested
    assert requested.name.startswith("churn-v2-")
    assert [v.model for v in requested.variants] == [requested.name]
    assert [v.instances for v in requested.variants] == [4]
    assert errors(REGISTRY) == []


def test_without_the_tag_of_the_endpoint_there_is_no_consent() -> None:
    assert errors(REGISTRY | {"Tags": {}}) == ["endpoint-without-consent"]


@pytest.mark.parametrize(
    ("member", "place", "arn"),
    [
        ("Endpoint", "Endpoint", "EndpointArn"),
        ("EndpointConfigs", "EndpointConfigs[0]", "EndpointConfigArn"),
        ("Models", "Models[0]", "ModelArn"),
    ],
)
def test_a_model_package_wants_the_arns_of_what_has_tags(member: str, place: str, arn: str) -> None:
    body = REGISTRY[member][0] if member != "Endpoint" else REGISTRY[member]
    for value, problem in ((..., "is missing"), ("churn", 'is "churn"')):
        other = {name: text for name, text in (body | {arn: value}).items() if text is not ...}
        world = REGISTRY | {member: other if member == "Endpoint" else [other]}
        with pytest.raises(WorldError) as refused:
            read_world(world, FOR_PACKAGE)
        assert str(refused.value) == f"{place}.{arn} {problem}. Allowed: an ARN."
        read_world(world, replace(REQUEST, endpoint_config_name="blue"))


def test_a_world_without_the_endpoint_or_the_package_is_one_for_a_model_package_too() -> None:
    assert errors({}) == ["endpoint-missing"]
    assert errors(REGISTRY | {"ModelPackages": []}) == ["package-missing"]
