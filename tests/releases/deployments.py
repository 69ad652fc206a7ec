"""The deployments that every release records: what stands in the account, and the request."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bluegreen_simulator.run.embedded import EmbeddedAws

ENDPOINT: Final = "churn"
ACCOUNT_ARN: Final = "arn:aws:sagemaker:eu-central-1:123456789012"
ROLE: Final = "arn:aws:iam::123456789012:role/model-execution"
FAILING: Final = {"SIMULATED_ERROR_RATE": "0.5"}
ALARMS: Final = {"churn-5xx": ("Invocation5XXErrors", 0.05), "churn-latency": ("ModelLatency", 5e4)}
REQUEST: Final[dict[str, Any]] = {
    "EndpointName": ENDPOINT,
    "EndpointConfigName": "churn-green",
    "DeploymentConfig": {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "CANARY",
                "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 25},
                "WaitIntervalInSeconds": 300,
            },
            "TerminationWaitInSeconds": 300,
            "MaximumExecutionTimeoutInSeconds": 3600,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in ALARMS]},
    },
    "RequestedBy": "team-churn",
    "Reason": "retrained on the data of this week",
}


def request(**changes: Any) -> dict[str, Any]:
    """The request with other members; one that is None is left out."""
    members = copy.deepcopy(REQUEST) | changes
    return {name: value for name, value in members.items() if value is not None}


def make_configs(aws: EmbeddedAws, green: Mapping[str, str]) -> None:
    """A blue and a green endpoint config, and an endpoint that serves the blue one."""
    sagemaker = aws.client("sagemaker")
    for name, environment in (("churn-blue", {}), ("churn-green", green)):
        container = {"Image": "model:1", "Environment": environment}
        sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE)
        _make_config(sagemaker, name)
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="churn-blue")
    _make_alarms(aws)


def make_packages(aws: EmbeddedAws, green: Mapping[str, str]) -> None:
    """A group with two approved versions, and an endpoint that serves the first."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="churn")
    packages = [_register(sagemaker, environment) for environment in ({}, green)]
    containers = [{"ModelPackageName": packages[0]}]
    sagemaker.create_model(ModelName="churn-blue", Containers=containers, ExecutionRoleArn=ROLE)
    _make_config(sagemaker, "churn-blue")
    consent = [{"Key": "bluegreen:model-package-group", "Value": "churn"}]
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="churn-blue", Tags=consent)
    _make_alarms(aws)


def _register(sagemaker: Any, environment: Mapping[str, str]) -> str:
    specification = {
        "Containers": [{"Image": "model:1", "Environment": environment}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
        "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.xlarge"],
    }
    made = sagemaker.create_model_package(
        ModelPackageGroupName="churn",
        ModelApprovalStatus="Approved",
        InferenceSpecification=specification,
    )
    arn: str = made["ModelPackageArn"]
    return arn


def _make_config(sagemaker: Any, name: str) -> None:
    variant = {
        "VariantName": "main",
        "ModelName": name,
        "InitialInstanceCount": 4,
        "InstanceType": "ml.m5.xlarge",
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])


def _make_alarms(aws: EmbeddedAws) -> None:
    dimensions = {"EndpointName": ENDPOINT, "VariantName": "main"}
    for name, (metric, threshold) in ALARMS.items():
        aws.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/SageMaker",
            MetricName=metric,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            Statistic="Average",
            Period=60,
            EvaluationPeriods=3,
            DatapointsToAlarm=2,
            Threshold=threshold,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )


@dataclass(frozen=True)
class Recorded:
    """A deployment to record; `name` is its execution's, `green` the green model's environment."""

    name: str
    request: Mapping[str, Any]
    make: Callable[[EmbeddedAws, Mapping[str, str]], None] = make_configs
    green: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)


PACKAGE: Final = f"{ACCOUNT_ARN}:model-package/churn/2"
DEPLOYMENTS: Final = (
    Recorded("canary-succeeds", request()),
    Recorded(
        "package-is-rolled-back",
        request(
            EndpointConfigName=None, ModelPackageArn=PACKAGE, OnRollback="REJECT_MODEL_PACKAGE"
        ),
        make_packages,
        FAILING,
        {"ModelExecutionRoleArns": ROLE},
    ),
    Recorded("check-finds-errors", request(EndpointConfigName="churn-gren")),
    Recorded("request-is-malformed", request(EndpointNmae="churn")),
)
