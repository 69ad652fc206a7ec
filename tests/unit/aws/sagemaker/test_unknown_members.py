"""Answers of an API that is newer than the SDK that runs here: what it does not know is shown."""

import json
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError

from bluegreen.aws.sagemaker.unknown_members import says_detailed, show_unknown_members
from made_up_keys import MADE_UP_KEYS

VARIANT: dict[str, Any] = {
    "VariantName": "main",
    "ModelName": "m",
    "InitialInstanceCount": 4,
    "InstanceType": "ml.m5.xlarge",
}
CONFIG: dict[str, Any] = {
    "EndpointConfigName": "churn-blue",
    "EndpointConfigArn": "arn:aws:sagemaker:eu-central-1:123456789012:endpoint-config/churn-blue",
    "ProductionVariants": [VARIANT],
    "CreationTime": 1772442010.9,
}
MODEL: dict[str, Any] = {
    "ModelName": "m",
    "ModelArn": "arn:aws:sagemaker:eu-central-1:123456789012:model/m",
    "CreationTime": 1772442010.9,
    "PrimaryContainer": {"Image": "i", "Environment": {"A": "1"}},
    "Containers": [],
}


class Raw:
    """The body of an answer as it comes over the wire."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: object) -> list[bytes]:
        return [self._content]


def client_of(*bodies: Any, status: int = 200) -> Any:
    """A client that shows unknown members, and gets these answers, which are nobody's model."""
    client: Any = boto3.client("sagemaker", region_name="eu-central-1", **MADE_UP_KEYS)
    answers = iter(bodies)

    def answer(**_: object) -> AWSResponse:
        body = next(answers)
        raw = Raw(body if isinstance(body, bytes) else json.dumps(body).encode())
        return AWSResponse("https://sagemaker", status, HTTPHeaders(), raw)

    client.meta.events.register("before-send.sagemaker.*", answer)
    return show_unknown_members(client)


def config(**members: Any) -> list[str] | None:
    """The unknown members of an endpoint config with these more."""
    client = client_of({**CONFIG, **members})
    found = client.describe_endpoint_config(EndpointConfigName="churn-blue")
    assert found["EndpointConfigName"] == "churn-blue"
    unknown: list[str] | None = found.get("UnknownMembers")
    return unknown


def model(**members: Any) -> list[str] | None:
    """The unknown members of a model with these more."""
    found = client_of({**MODEL, **members}).describe_model(ModelName="m")
    assert found["ModelName"] == "m"
    unknown: list[str] | None = found.get("UnknownMembers")
    return unknown


def test_what_is_known_is_not_spoken_of() -> None:
    capture = {
        "InitialSamplingPercentage": 5,
        "DestinationS3Uri": "s3://bucket",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    }
    assert config() is None
    assert config(DataCaptureConfig=capture, KmsKeyId=None, AsyncInferenceConfig={}) is None
    assert model() is None
    assert model(Containers=[{"Image": "i", "Environment": {"NotAMember": "1"}}]) is None


@pytest.mark.parametrize("value", [1, "text", {"Inner": 1}, [{"Inner": 1}], True, False, 0])
def test_a_member_at_the_top(value: Any) -> None:
    assert config(NewOne=value) == ["NewOne"]
    assert model(NewOne=value) == ["NewOne"]


def test_a_member_of_a_variant() -> None:
    first, second = VARIANT | {"Newer": 1}, VARIANT | {"VariantName": "b", "Newest": {"A": 1}}
    assert config(ProductionVariants=[VARIANT, first, second]) == [
        "ProductionVariants[1].Newer",
        "ProductionVariants[2].Newest",
    ]


def test_a_member_in_a_structure_of_a_list_of_a_structure() -> None:
    routing = {"RoutingStrategy": "RANDOM", "Stickiness": "ON"}
    capture = {"CaptureOptions": [{"CaptureMode": "Input"}, {"Sampling": 1}]}
    variants = [VARIANT | {"RoutingConfig": routing}]
    assert config(ProductionVariants=variants, DataCaptureConfig=capture, A=1) == [
        "A",
        "DataCaptureConfig.CaptureOptions[1].Sampling",
        "ProductionVariants[0].RoutingConfig.Stickiness",
    ]


def test_a_member_of_the_containers_of_a_model() -> None:
    container = {"Image": "i", "Gpu": {"Share": 0.5}}
    vpc = {"Subnets": ["a"], "SecurityGroupIds": ["b"], "Ipv6": True}
    assert model(PrimaryContainer=container, Containers=[container], VpcConfig=vpc) == [
        "Containers[0].Gpu",
        "PrimaryContainer.Gpu",
        "VpcConfig.Ipv6",
    ]


def test_a_value_of_another_shape_than_the_sdk_knows_is_no_reason_to_fail() -> None:
    assert config(DataCaptureConfig=None, ShadowProductionVariants=None, Tags=7) == ["Tags"]
    assert config(KmsKeyId=["a"], EnableNetworkIsolation={"New": 1}) is None


# ---- Detailed observability, of which we know what a config has that does not say it ---------


def trimmed(body: dict[str, Any], *, whole: bool) -> Any:
    """What an SDK shows of a config that lacks the member, or with `whole` all of MetricsConfig."""
    client = client_of({**CONFIG, **body})
    model = client.meta.service_model.operation_model
    creation = model("CreateEndpointConfig").input_shape
    for shape in (creation, model("DescribeEndpointConfig").output_shape):
        if whole:
            del shape.members["MetricsConfig"]
        else:
            del shape.members["MetricsConfig"].members["EnableDetailedObservability"]
    assert not says_detailed(creation)
    return client.describe_endpoint_config(EndpointConfigName="churn-blue")


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("value", [True, False])
def test_an_older_sdk_shows_whether_there_is_detailed_observability(
    *, value: bool, whole: bool
) -> None:
    metrics = {"EnableDetailedObservability": value}
    found = trimmed({"MetricsConfig": metrics}, whole=whole)
    assert found["MetricsConfig"] == metrics
    assert "UnknownMembers" not in found


@pytest.mark.parametrize(
    ("whole", "shown", "unknown"),
    [
        (False, {"EnableDetailedObservability": False, "EnableEnhancedMetrics": True}, ["New"]),
        (True, {"EnableDetailedObservability": False}, [""]),
    ],
)
def test_an_older_sdk_names_what_else_it_does_not_know_of_the_metrics(
    shown: dict[str, Any], unknown: list[str], *, whole: bool
) -> None:
    metrics = {"EnableDetailedObservability": False, "EnableEnhancedMetrics": True, "New": 1}
    found = trimmed({"MetricsConfig": metrics}, whole=whole)
    assert found["MetricsConfig"] == shown
    assert found["UnknownMembers"] == [f"MetricsConfig.{name}".rstrip(".") for name in unknown]


@pytest.mark.parametrize("body", [{}, {"MetricsConfig": None}, {"MetricsConfig": {}}])
@pytest.mark.parametrize("whole", [False, True])
def test_an_older_sdk_makes_nothing_up(body: dict[str, Any], *, whole: bool) -> None:
    found = trimmed(body, whole=whole)
    assert not found.get("MetricsConfig")
    assert "UnknownMembers" not in found


def test_the_sdk_in_use_can_say_it_and_shows_it_as_it_is() -> None:
    service_model = client_of().meta.service_model
    assert says_detailed(service_model.operation_model("CreateEndpointConfig").input_shape)
    metrics = {"EnableDetailedObservability": False, "New": 1}
    assert config(MetricsConfig=metrics) == ["MetricsConfig.New"]
    assert not says_detailed(None)


def test_each_answer_has_its_own_unknown_members() -> None:
    client = client_of({**CONFIG, "NewOne": 1}, CONFIG, MODEL, {**MODEL, "Other": 1})
    found = [client.describe_endpoint_config(EndpointConfigName="churn-blue") for _ in range(2)]
    found += [client.describe_model(ModelName="m") for _ in range(2)]
    assert [body.get("UnknownMembers") for body in found] == [["NewOne"], None, None, ["Other"]]


def test_a_client_that_is_asked_twice_tells_once() -> None:
    client = show_unknown_members(client_of({**CONFIG, "NewOne": 1}))
    found: Any = client.describe_endpoint_config(EndpointConfigName="churn-blue")
    assert found["UnknownMembers"] == ["NewOne"]


def test_other_calls_are_left_alone() -> None:
    endpoint = {"EndpointName": "churn", "EndpointArn": "arn", "EndpointStatus": "InService"}
    found = client_of({**endpoint, "NewOne": 1}).describe_endpoint(EndpointName="churn")
    assert "UnknownMembers" not in found


def test_of_an_endpoint_only_what_is_used_again_counts() -> None:
    policy = {"RollingUpdatePolicy": {"Pause": 1}, "Colour": "teal"}
    endpoint = {"EndpointName": "churn", "EndpointArn": "arn", "EndpointStatus": "InService"}
    body = {**endpoint, "NewOne": 1, "LastDeploymentConfig": policy}
    found: Any = client_of(body).describe_endpoint(EndpointName="churn")
    last = "LastDeploymentConfig"
    assert found["UnknownMembers"] == [f"{last}.Colour", f"{last}.RollingUpdatePolicy.Pause"]


def test_an_error_stays_the_error_that_it_is() -> None:
    error = {"__type": "ValidationException", "message": "Could not find it.", "NewOne": 1}
    client = client_of(error, status=400)
    with pytest.raises(ClientError, match="Could not find it"):
        client.describe_endpoint_config(EndpointConfigName="churn-blue")


def test_an_error_that_is_no_json_stays_the_error_that_it_is() -> None:
    client = client_of(b"<html>Nothing here.</html>", status=404)
    with pytest.raises(ClientError, match="404"):
        client.describe_model(ModelName="m")


def older(*members: str) -> Any:
    """A client whose CreateEndpointConfig does not take these members yet."""
    client = client_of(
        {
            **CONFIG,
            "KmsKeyId": "key",
            "VpcConfig": {},
            "ExecutionRoleArn": "",
            "EnableNetworkIsolation": True,
        }
    )
    creation = client.meta.service_model.operation_model("CreateEndpointConfig").input_shape
    for member in members:
        del creation.members[member]
    return client


@pytest.mark.parametrize(
    ("members", "unknown"),
    [
        ((), None),
        (("KmsKeyId",), ["KmsKeyId"]),
        (("KmsKeyId", "EnableNetworkIsolation"), ["EnableNetworkIsolation", "KmsKeyId"]),
        (
            ("VpcConfig", "ExecutionRoleArn", "MetricsConfig"),
            None,
        ),  # there is nothing in them to clone
    ],
)
def test_what_is_shown_and_cannot_be_created_counts_too(
    members: tuple[str, ...], unknown: list[str] | None
) -> None:
    found = older(*members).describe_endpoint_config(EndpointConfigName="churn-blue")
    assert found.get("UnknownMembers") == unknown
