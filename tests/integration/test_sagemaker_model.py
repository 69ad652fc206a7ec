"""Every request and response of SageMaker's API against its own model, and every member known."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator
from moto.core.utils import get_service_model
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.responses import SageMakerResponse

from bluegreen_simulator.aws.sagemaker import service
from bluegreen_simulator.aws.sagemaker.members import KEPT, MODELLED, NOT_DEPLOYED, refuse_members
from bluegreen_simulator.moto.constraints import JAVA_CLASSES, _for_python, violations
from bluegreen_simulator.rules.fleet.provisioning import Trouble
from bluegreen_simulator.run.embedded import EmbeddedAws
from sagemaker_account import Account, policy, refusal, rolling, running_account

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import (
        ContainerDefinitionTypeDef,
        CreateEndpointConfigInputTypeDef,
        CreateModelInputTypeDef,
        DataCaptureConfigTypeDef,
        ExplainerConfigTypeDef,
        MetricsConfigTypeDef,
        ProductionVariantServerlessConfigTypeDef,
        ProductionVariantTypeDef,
        VpcConfigTypeDef,
    )

MODEL = get_service_model("sagemaker")
REQUESTS = (
    "CreateModel",
    "CreateEndpointConfig",
    "CreateEndpoint",
    "UpdateEndpoint",
    "UpdateEndpointWeightsAndCapacities",
)
OPERATIONS = (
    *REQUESTS,
    "DescribeModel",
    "DescribeEndpointConfig",
    "DescribeEndpoint",
    "DeleteModel",
    "DeleteEndpointConfig",
    "DeleteEndpoint",
    "ListEndpoints",
    "ListEndpointConfigs",
)
ROLE = "arn:aws:iam::123456789012:role/model"
S3 = "s3://b/ucket"
VPC: "VpcConfigTypeDef" = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
CAPTURE: "DataCaptureConfigTypeDef" = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 10,
    "DestinationS3Uri": S3,
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
METRICS: "MetricsConfigTypeDef" = {
    "EnableEnhancedMetrics": True,
    "EnableDetailedObservability": False,
    "MetricPublishFrequencyInSeconds": 30,
}
EXPLAINER: "ExplainerConfigTypeDef" = {
    "ClarifyExplainerConfig": {"ShapConfig": {"ShapBaselineConfig": {"MimeType": "text/csv"}}}
}


def faults_in(shape: Shape | None, body: dict[str, Any]) -> str:
    if shape is None:
        return f"unexpected {body}" if body else ""
    report: str = ParamValidator().validate(body, shape).generate_report()
    return report


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with running_account() as account:
        for operation in OPERATIONS:
            watch(monkeypatch, operation)
        yield account


def watch(monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    name, model = xform_name(operation), MODEL.operation_model(operation)
    original = getattr(SageMakerResponse, name)

    def checked(response: SageMakerResponse) -> Any:
        assert faults_in(model.input_shape, response._get_params()) == ""
        answer = original(response)
        body = {k: v for k, v in (answer.result or {}).items() if v is not None}
        assert (operation, faults_in(model.output_shape, body)) == (operation, "")
        if model.output_shape:
            assert list(limits_broken(model.output_shape, body)) == []
        return answer

    monkeypatch.setattr(SageMakerResponse, name, checked)


def limits_broken(shape: Shape, value: Any, path: str = "") -> Iterator[str]:
    """The enums, lengths and patterns of a response that are not kept."""
    limits = shape.metadata
    if "enum" in limits and value not in limits["enum"]:
        yield f"{path}: {value}"
    if isinstance(value, str | list) and len(value) > limits.get("max", len(value)):
        yield f"{path}: too long"
    if isinstance(value, str) and not re.fullmatch(_for_python(limits.get("pattern", ".*")), value):
        yield f"{path}: {value}"
    if isinstance(shape, StructureShape):
        for name in shape.members.keys() & value.keys():
            yield from limits_broken(shape.members[name], value[name], f"{path}.{name}")
    if isinstance(shape, ListShape):
        for item in value:
            yield from limits_broken(shape.member, item, f"{path}[]")


def looks(account: Account, name: str, moments: list[float]) -> list[str]:
    found = list[str]()
    for moment in moments:
        account.sleep_until(moment)
        found.append(account.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"])
    return found


def test_every_stage_of_an_update_answers_as_the_model_says(account: Account) -> None:
    account.update()
    assert set(looks(account, "churn-api", [0, 300, 400, 630, 700, 770])) == {"Updating"}
    account.sleep_until(1000)
    account.update(rolling(2), EndpointConfigName="blue")
    assert set(looks(account, "churn-api", [1000, 1310, 1330, 1385, 1420])) == {"Updating"}
    account.trip("errors")
    assert set(looks(account, "churn-api", [1421, 1725, 1735])) == {"Updating"}
    assert account.sagemaker.list_endpoints()["Endpoints"][0]["EndpointStatus"] == "Updating"
    account.sagemaker.list_endpoint_configs(MaxResults=1)


def test_every_status_of_an_endpoint_answers_as_the_model_says(account: Account) -> None:
    account.trip("errors", "OK")
    service.make_trouble("churn-api", Trouble(rollback_fails=True))
    account.update(rolling(2))
    account.sleep_until(400)
    account.trip("errors")
    assert looks(account, "churn-api", [500, 800]) == ["Updating", "UpdateRollbackFailed"]
    service.make_trouble("broken", Trouble(no_capacity_at=1))
    for name in ("broken", "sound"):
        account.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName="blue")
    assert looks(account, "broken", [900, 1200]) == ["Creating", "Failed"]
    service.make_trouble("sound", Trouble(no_capacity_at=1))
    account.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="sound",
        DesiredWeightsAndCapacities=[
            {"VariantName": "main", "DesiredInstanceCount": 5, "DesiredWeight": 2.0}
        ],
    )
    assert looks(account, "sound", [1210, 1510, 1540]) == ["Updating", "RollingBack", "InService"]
    service.maintain("sound", 60)
    assert looks(account, "sound", [1550, 1600]) == ["SystemUpdating", "InService"]
    account.sagemaker.delete_endpoint(EndpointName="sound")
    assert looks(account, "sound", [1605]) == ["Deleting"]


def without_tags(request: Mapping[str, object]) -> dict[str, object]:
    """What a description shows of a request: its tags are asked for by ListTags."""
    return {name: value for name, value in request.items() if name != "Tags"}


def test_model_keeps_every_member(account: Account) -> None:
    container: ContainerDefinitionTypeDef = {
        "Image": "registry/churn:1",
        "ImageConfig": {"RepositoryAccessMode": "Platform"},
        "ContainerHostname": "first",
        "Mode": "MultiModel",
        "ModelDataUrl": S3,
        "Environment": {"SIMULATED_LATENCY_MS": "7"},
        "MultiModelConfig": {"ModelCacheSetting": "Enabled"},
    }
    request: CreateModelInputTypeDef = {
        "ModelName": "whole",
        "Containers": [container],
        "InferenceExecutionConfig": {"Mode": "Direct"},
        "ExecutionRoleArn": ROLE,
        "VpcConfig": VPC,
        "EnableNetworkIsolation": True,
        "Tags": [{"Key": "team", "Value": "risk"}],
    }
    account.sagemaker.create_model(**request)
    body = account.sagemaker.describe_model(ModelName="whole")
    assert {name: body.get(name) for name in request if name != "Tags"} == without_tags(request)
    account.sagemaker.create_model(ModelName="bare", PrimaryContainer={"Image": "registry/a:1"})
    bare = account.sagemaker.describe_model(ModelName="bare")
    assert bare.keys() - {"ResponseMetadata"} == {
        *("ModelName", "ModelArn", "CreationTime", "PrimaryContainer"),
    }
    account.sagemaker.delete_model(ModelName="bare")


def test_endpoint_config_keeps_every_member(account: Account) -> None:
    variant: ProductionVariantTypeDef = {
        "VariantName": "main",
        "ModelName": "blue-model",
        "InitialInstanceCount": 4,
        "InstanceType": "ml.g5.xlarge",
        "InitialVariantWeight": 2.0,
        "CoreDumpConfig": {"DestinationS3Uri": S3},
        "VolumeSizeInGB": 100,
        "ModelDataDownloadTimeoutInSeconds": 600,
        "ContainerStartupHealthCheckTimeoutInSeconds": 600,
        "EnableSSMAccess": True,
        "RoutingConfig": {"RoutingStrategy": "RANDOM"},
        "InferenceAmiVersion": "al2-ami-sagemaker-inference-gpu-2",
    }
    request: CreateEndpointConfigInputTypeDef = {
        "EndpointConfigName": "whole",
        "ProductionVariants": [variant],
        "KmsKeyId": "alias/key",
        "ExecutionRoleArn": ROLE,
        "VpcConfig": VPC,
        "EnableNetworkIsolation": True,
        "DataCaptureConfig": CAPTURE,
        "ExplainerConfig": EXPLAINER,
        "MetricsConfig": METRICS,
        "Tags": [{"Key": "team", "Value": "risk"}],
    }
    account.sagemaker.create_endpoint_config(**request)
    body = account.sagemaker.describe_endpoint_config(EndpointConfigName="whole")
    assert {name: body.get(name) for name in request if name != "Tags"} == without_tags(request)
    account.update(EndpointConfigName="whole")
    account.sleep_until(2000)
    shown = account.look()
    assert shown["ExplainerConfig"] == EXPLAINER
    assert shown["MetricsConfig"] == METRICS
    assert shown["DataCaptureConfig"] == {
        "EnableCapture": True,
        "CaptureStatus": "Started",
        "CurrentSamplingPercentage": 10,
        "DestinationS3Uri": S3,
        "KmsKeyId": "",
    }
    account.sagemaker.delete_endpoint_config(EndpointConfigName="whole")


LAST_DAY_WITHOUT = datetime(2026, 6, 17, 23, 59, 59, tzinfo=UTC)
FIRST_DAY_WITH = datetime(2026, 6, 18, tzinfo=UTC)
FREQUENT = {"MetricPublishFrequencyInSeconds": 10}


@pytest.mark.parametrize(
    ("start", "given", "shown"),
    [
        (LAST_DAY_WITHOUT, {}, None),
        (LAST_DAY_WITHOUT, FREQUENT, FREQUENT),
        (LAST_DAY_WITHOUT, {"EnableDetailedObservability": True}, "as given"),
        (FIRST_DAY_WITH, {}, {"EnableDetailedObservability": True}),
        (FIRST_DAY_WITH, FREQUENT, {**FREQUENT, "EnableDetailedObservability": True}),
        (FIRST_DAY_WITH, {"EnableDetailedObservability": False}, "as given"),
        (FIRST_DAY_WITH, METRICS, "as given"),
    ],
)
def test_a_new_config_has_detailed_observability_unless_it_says_no(
    start: datetime, given: dict[str, Any], shown: dict[str, Any] | str | None
) -> None:
    variant: ProductionVariantTypeDef = {"VariantName": "main", "ModelName": "m"}
    variant |= {"InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    with EmbeddedAws(start=start):
        client = boto3.client("sagemaker")
        client.create_model(ModelName="m", PrimaryContainer={"Image": "registry/a:1"})
        metrics: Any = {"MetricsConfig": given} if given else {}
        client.create_endpoint_config(
            EndpointConfigName="c", ProductionVariants=[variant], **metrics
        )
        body = client.describe_endpoint_config(EndpointConfigName="c")
        assert body.get("MetricsConfig") == (given if shown == "as given" else shown)
        client.create_endpoint(EndpointName="e", EndpointConfigName="c")
        endpoint = client.describe_endpoint(EndpointName="e")
    assert endpoint.get("MetricsConfig") == body.get("MetricsConfig")


def test_an_endpoint_serves_on_with_the_metrics_it_had_until_an_update_changes_them(
    account: Account,
) -> None:
    blue = account.sagemaker.describe_endpoint_config(EndpointConfigName="blue")
    account.sagemaker.create_endpoint_config(
        EndpointConfigName="measured",
        ProductionVariants=blue["ProductionVariants"],
        MetricsConfig=METRICS,
    )
    account.update(EndpointConfigName="measured")
    assert "MetricsConfig" not in account.look()
    account.sleep_until(2000)
    assert account.look()["MetricsConfig"] == METRICS


@pytest.mark.parametrize("shape", [*MODELLED])
def test_every_member_of_the_api_is_modelled_kept_or_refused_by_name(shape: str) -> None:
    known = MODELLED[shape] | KEPT.get(shape, set()) | NOT_DEPLOYED.get(shape, set())
    if shape in MODEL.operation_names:
        members = MODEL.operation_model(shape).input_shape.members.keys()
    else:
        members = MODEL.shape_for(shape).members.keys()
    assert known <= members
    for member in members - known:
        with pytest.raises(ValidationError, match=f"{member} is not modelled by the simulator"):
            refuse_members(shape, {member: 1})
    assert not MODELLED[shape] & (KEPT.get(shape, set()) | NOT_DEPLOYED.get(shape, set()))


def know_turbo(monkeypatch: pytest.MonkeyPatch, service_model: Any) -> None:
    """Let an SDK know a member `Turbo` of a config, its variants and its metrics."""
    shape = service_model.operation_model("CreateEndpointConfig").input_shape
    variant = shape.members["ProductionVariants"].member
    for each in (shape, variant, shape.members["MetricsConfig"]):
        monkeypatch.setitem(each.members, "Turbo", shape.members["EndpointConfigName"])


@pytest.mark.parametrize(
    ("config", "variant", "what"),
    [
        ({"Turbo": "on"}, {}, ""),
        ({}, {"Turbo": "on"}, "A production variant with "),
        ({"MetricsConfig": {"Turbo": "on"}}, {}, "A MetricsConfig with "),
    ],
)
def test_a_member_that_a_newer_sdk_brings_is_refused_by_name(
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
    config: dict[str, Any],
    variant: dict[str, Any],
    what: str,
) -> None:
    for service_model in (MODEL, account.sagemaker.meta.service_model):
        know_turbo(monkeypatch, service_model)
    blue = account.sagemaker.describe_endpoint_config(EndpointConfigName="blue")
    variants = [{**blue["ProductionVariants"][0], **variant}]
    request: Any = {"EndpointConfigName": "new", "ProductionVariants": variants, **config}
    create = account.sagemaker.create_endpoint_config
    assert refusal(create, **request) == f"{what}Turbo is not modelled by the simulator."


VALUES: dict[str, Any] = {
    "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": S3}},
    "ShadowProductionVariants": [{"VariantName": "shadow", "ModelName": "blue-model"}],
    "AcceleratorType": "ml.eia2.medium",
    "InstancePools": [{"InstanceType": "ml.g5.xlarge", "Priority": 1}],
    "VariantInstanceProvisionTimeoutInSeconds": 600,
    "ManagedInstanceScaling": {"Status": "ENABLED"},
    "CapacityReservationConfig": {"CapacityReservationPreference": "capacity-reservations-only"},
    "AcceleratorPartitionLayouts": [{"AcceleratorPartitionTypes": ["mig-1g.5gb"]}],
}


@pytest.mark.parametrize("member", sorted(NOT_DEPLOYED["ProductionVariant"]))
def test_variant_with_what_is_not_modelled_is_kept_and_not_deployed(
    account: Account, member: str
) -> None:
    account.make_config("odd", **{member: VALUES[member]})
    config = account.sagemaker.describe_endpoint_config(EndpointConfigName="odd")
    assert {**config["ProductionVariants"][0]}[member] == VALUES[member]
    assert_not_deployed(account, f"A production variant with {member}")


@pytest.mark.parametrize("member", sorted(NOT_DEPLOYED["CreateEndpointConfig"]))
def test_config_with_what_is_not_modelled_is_kept_and_not_deployed(
    account: Account, member: str
) -> None:
    blue = account.sagemaker.describe_endpoint_config(EndpointConfigName="blue")
    account.sagemaker.create_endpoint_config(
        EndpointConfigName="odd",
        ProductionVariants=blue["ProductionVariants"],
        **{member: VALUES[member]},
    )
    config = account.sagemaker.describe_endpoint_config(EndpointConfigName="odd")
    assert {**config}[member] == VALUES[member]
    assert_not_deployed(account, f"An endpoint config with {member}")


def assert_not_deployed(account: Account, what: str) -> None:
    message = f"{what} is not modelled by the simulator."
    create = account.sagemaker.create_endpoint
    assert refusal(account.update, EndpointConfigName="odd") == message
    assert refusal(create, EndpointName="odd", EndpointConfigName="odd") == message


def test_container_with_what_is_not_modelled_is_refused(account: Account) -> None:
    create = account.sagemaker.create_model
    container = {"ModelPackageName": "churn", "InferenceSpecificationName": "small"}
    assert refusal(create, ModelName="odd", Containers=[container]) == (
        "A container with InferenceSpecificationName is not modelled by the simulator."
    )
    both = {"PrimaryContainer": {"Image": "a:1"}, "Containers": [{"Image": "a:1"}]}
    for containers in ({}, both):
        assert refusal(create, ModelName="odd", **containers) == (
            "A model takes either PrimaryContainer or Containers."
        )


def test_variants_that_do_not_go_together_are_refused(account: Account) -> None:
    create = account.sagemaker.create_endpoint_config
    body = account.sagemaker.describe_endpoint_config(EndpointConfigName="blue")
    (variant,) = body["ProductionVariants"]
    serverless: ProductionVariantServerlessConfigTypeDef
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    assert refusal(create, EndpointConfigName="odd", ProductionVariants=[variant] * 2) == (
        "The variant names of an endpoint configuration must be unique."
    )
    mixed = variant | {"ServerlessConfig": serverless}
    assert refusal(create, EndpointConfigName="odd", ProductionVariants=[mixed]) == (
        "A variant takes either InstanceType or ServerlessConfig."
    )
    pair: list[ProductionVariantTypeDef] = [
        {"VariantName": name, "ModelName": "blue-model", "ServerlessConfig": serverless}
        for name in ("a", "b")
    ]
    create(EndpointConfigName="pair", ProductionVariants=pair)
    assert refusal(account.update, EndpointConfigName="pair") == (
        "A serverless endpoint takes one production variant."
    )


@pytest.mark.parametrize(
    ("operation", "params", "broken"),
    [
        (
            "CreateModel",
            {"Containers": [{"Environment": {"A": "x" * 1025}}]},
            "have length less than or equal to 1024",
        ),
        (
            "CreateModel",
            {"Containers": [{"Environment": {f"N{n}": "" for n in range(101)}}]},
            "have length less than or equal to 100",
        ),
        (
            "CreateModel",
            {"Containers": [{"Environment": {"9": ""}}]},
            "satisfy regular expression pattern: [a-zA-Z_][a-zA-Z0-9_]*",
        ),
        ("CreateModel", {"Containers": [{}] * 16}, "have length less than or equal to 15"),
        (
            "CreateEndpointConfig",
            {"ProductionVariants": [{}] * 11},
            "have length less than or equal to 10",
        ),
        (
            "CreateEndpointConfig",
            {"ProductionVariants": [{"VolumeSizeInGB": 513}]},
            "have value less than or equal to 512",
        ),
        (
            "CreateEndpoint",
            {"Tags": [{"Key": "team!", "Value": "x"}]},
            r"satisfy regular expression pattern: ([\p{L}\p{Z}\p{N}_.:/=+\-@]*)",
        ),
        ("CreateEndpoint", {"Tags": [{}] * 51}, "have length less than or equal to 50"),
        (
            "UpdateEndpoint",
            {"ExcludeRetainedVariantProperties": [{"VariantPropertyType": "Colour"}]},
            "satisfy enum value set: [DesiredInstanceCount, DesiredWeight, DataCaptureConfig]",
        ),
        (
            "UpdateEndpoint",
            {"DeploymentConfig": {"AutoRollbackConfiguration": {"Alarms": [{}] * 11}}},
            "have length less than or equal to 10",
        ),
        (
            "UpdateEndpoint",
            {"DeploymentConfig": {"RollingUpdatePolicy": {"WaitIntervalInSeconds": 3601}}},
            "have value less than or equal to 3600",
        ),
    ],
)
def test_limits_that_botocore_lets_pass(
    operation: str, params: dict[str, Any], broken: str
) -> None:
    (found,) = violations("sagemaker", operation, params)
    assert found.endswith(f"failed to satisfy constraint: Member must {broken}")


def test_tags_in_any_language_keep_to_the_limits() -> None:
    tags = [{"Key": "équipe 1", "Value": "Größe_2.:/=+-@"}]
    assert violations("sagemaker", "CreateEndpoint", {"Tags": tags}) == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_pattern_of_the_requests_can_be_read(operation: str) -> None:
    for pattern in patterns(MODEL.operation_model(operation).input_shape):
        translated = _for_python(pattern)
        assert not any(java in translated for java in JAVA_CLASSES)
        re.compile(translated)


def patterns(shape: Shape) -> Iterator[str]:
    if "pattern" in shape.metadata:
        yield shape.metadata["pattern"]
    if isinstance(shape, StructureShape):
        for member in shape.members.values():
            yield from patterns(member)
    if isinstance(shape, ListShape):
        yield from patterns(shape.member)
    if isinstance(shape, MapShape):
        yield from patterns(shape.key)
        yield from patterns(shape.value)


def test_deployment_config_of_a_new_endpoint_keeps_to_the_rules(account: Account) -> None:
    assert (
        refusal(
            account.sagemaker.create_endpoint,
            EndpointName="fraud-api",
            EndpointConfigName="blue",
            DeploymentConfig=rolling(3) | policy(),
        )
        == "DeploymentConfig takes either BlueGreenUpdatePolicy or RollingUpdatePolicy."
    )
