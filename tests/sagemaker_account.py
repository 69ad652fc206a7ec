"""An embedded AWS with one endpoint, for the tests of SageMaker's API."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Unpack, cast

import boto3
import pytest
from botocore.exceptions import ClientError

from bluegreen_simulator.aws.sagemaker import service
from bluegreen_simulator.aws.world import Assumed
from bluegreen_simulator.run.embedded import EmbeddedAws

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.literals import StateValueType
    from mypy_boto3_sagemaker.type_defs import (
        ContainerDefinitionTypeDef,
        DeploymentConfigTypeDef,
        DescribeEndpointOutputTypeDef,
        DesiredWeightAndCapacityTypeDef,
        PendingProductionVariantSummaryTypeDef,
        ProductionVariantSummaryTypeDef,
        ProductionVariantTypeDef,
    )

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
CREATED = START - timedelta(seconds=300)
ENDPOINT_ARN = "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/churn-api"
IN_PROGRESS = f'Cannot update in-progress endpoint "{ENDPOINT_ARN}".'
CANARY = {"Type": "CAPACITY_PERCENT", "Value": 25}


def rolling(batch: int = 1, wait: int = 60, **members: Any) -> "DeploymentConfigTypeDef":
    """Rolling in batches; `members` may hold what SageMaker refuses."""
    size = {"Type": "INSTANCE_COUNT", "Value": batch}
    updating = {"MaximumBatchSize": size, "WaitIntervalInSeconds": wait, **members}
    return _watched({"RollingUpdatePolicy": updating})


def policy(routing: Mapping[str, Any] | None = None, **members: Any) -> "DeploymentConfigTypeDef":
    """A canary, or other routing; it and `members` may hold what SageMaker refuses."""
    routing = routing or {"Type": "CANARY", "WaitIntervalInSeconds": 300, "CanarySize": CANARY}
    members = {"TerminationWaitInSeconds": 120, **members}
    return _watched({"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, **members}})


def _watched(update: dict[str, Any]) -> "DeploymentConfigTypeDef":
    watch = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}
    return cast("DeploymentConfigTypeDef", {**update, **watch})


class Account:
    """A running embedded AWS with one endpoint on the config `blue`, and a config `green`.

    The endpoint was created five minutes before START, and is InService at START.
    """

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        self.world = aws.world
        self.sagemaker = boto3.client("sagemaker", region_name="eu-central-1")
        self.cloudwatch = boto3.client("cloudwatch", region_name="eu-central-1")
        self.make_config("blue")
        self.make_config("green")
        self.make_alarm("errors")
        self.sagemaker.create_endpoint(EndpointName="churn-api", EndpointConfigName="blue")
        service.settle("churn-api")

    def make_config(
        self, name: str, environment: dict[str, str] | None = None, **variant: Any
    ) -> None:
        container: ContainerDefinitionTypeDef = {
            "Image": f"registry/{name}:1",
            "Environment": environment or {},
        }
        role = "arn:aws:iam::123456789012:role/model"
        self.sagemaker.create_model(
            ModelName=f"{name}-model", PrimaryContainer=container, ExecutionRoleArn=role
        )
        self.make_config_of_model(name, **variant)

    def make_config_of_model(self, name: str, **variant: Any) -> None:
        body = {
            "VariantName": "main",
            "ModelName": f"{name}-model",
            "InitialInstanceCount": 4,
            "InstanceType": "ml.g5.xlarge",
            **variant,
        }
        set_members: Any = {k: v for k, v in body.items() if v}
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[set_members]
        )

    def make_two_variants(self, name: str) -> None:
        self.make_config(f"{name}-one")
        variants: list[ProductionVariantTypeDef] = [
            {
                "VariantName": variant,
                "InitialInstanceCount": instances,
                "ModelName": f"{name}-one-model",
                "InstanceType": "ml.g5.xlarge",
            }
            for variant, instances in (("small", 2), ("large", 8))
        ]
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)

    def make_alarm(self, name: str) -> None:
        self.cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/SageMaker",
            MetricName="Invocation5XXErrors",
            Dimensions=[{"Name": "EndpointName", "Value": "churn-api"}],
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0.05,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",
        )

    def trip(self, name: str, state: "StateValueType" = "ALARM") -> None:
        self.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")

    def update(self, config: "DeploymentConfigTypeDef | None" = None, **members: Any) -> str:
        """Ask for an update; the ARN that SageMaker answers."""
        request = {"EndpointName": "churn-api", "EndpointConfigName": "green", **members}
        answer = self.sagemaker.update_endpoint(DeploymentConfig=config or policy(), **request)
        return answer["EndpointArn"]

    def rescale(self, **change: Any) -> None:
        wanted = {"VariantName": "main", **(change or {"DesiredInstanceCount": 7})}
        self.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="churn-api",
            DesiredWeightsAndCapacities=[cast("DesiredWeightAndCapacityTypeDef", wanted)],
        )

    def delete(self) -> None:
        self.sagemaker.delete_endpoint(EndpointName="churn-api")

    def look(self) -> "DescribeEndpointOutputTypeDef":
        return self.sagemaker.describe_endpoint(EndpointName="churn-api")

    def sleep_until(self, seconds: float) -> None:
        ahead = START + timedelta(seconds=seconds) - self.world.clock.now()
        self.world.clock.sleep(ahead.total_seconds())

    def journal(self) -> list[tuple[Any, ...]]:
        names = (
            "status",
            "stage",
            "traffic_percent",
            "blue_instances",
            "green_instances",
            "config",
        )
        return [
            ((entry.at - START).total_seconds(), *(entry.data[name] for name in names))
            for entry in self.world.journal.of_kind("endpoint")
            if entry.at >= START
        ]

    def events(self) -> list[dict[str, Any]]:
        """What SageMaker told of endpoints since START."""
        entries = self.world.journal.of_kind("event")
        return [
            e.data | {"at": e.at}
            for e in entries
            if e.data["detail_type"].startswith("SageMaker Endpoint") and e.at >= START
        ]


@contextmanager
def running_account(**assumed: Unpack[Assumed]) -> Iterator[Account]:
    with EmbeddedAws(start=CREATED, **assumed) as aws:
        yield Account(aws)


def refusal(call: Any, **members: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**members)
    assert raised.value.response["Error"]["Code"] == "ValidationException"
    message: str = raised.value.response["Error"]["Message"]
    return message


def statuses(
    variants: "Iterable[ProductionVariantSummaryTypeDef | PendingProductionVariantSummaryTypeDef]",
) -> list[str]:
    return [status["Status"] for variant in variants for status in variant.get("VariantStatus", [])]
