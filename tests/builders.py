"""Deployments, observations and requests for tests, with only what a test is about spelled out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bluegreen.deployment.deployment import Deployment, DeploymentKey, SeenStage
from bluegreen.request.request import Request
from bluegreen.sagemaker.deployment_config import CapacitySize, Policy
from bluegreen.sagemaker.observation import (
    Observation,
    PendingDeployment,
    Stage,
    StageSeen,
    Variant,
    VariantStatus,
)

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
BLUE, GREEN = "churn-blue", "churn-green"
PACKAGE = "arn:aws:sagemaker:eu-central-1:123456789012:model-package/churn/7"
KEY = DeploymentKey("churn", "deploy-1", START)
CANARY = Policy(
    mode="CANARY",
    wait_seconds=600,
    termination_wait_seconds=900,
    size=CapacitySize("CAPACITY_PERCENT", 25),
    maximum_seconds=5000,
    alarms=("churn-5xx",),
)


def at(seconds: float) -> datetime:
    """So many seconds after the start."""
    return START + timedelta(seconds=seconds)


def deployment(**changes: Any) -> Deployment:
    """A canary of 25 % on four instances whose update was requested at the start."""
    return replace(
        Deployment(
            key=KEY,
            execution_arn="arn:aws:states:eu-central-1:123456789012:execution:bluegreen-deployment:deploy-1",
            fence=1,
            request=Request("churn", GREEN, CANARY),
            fleet=4,
            previous_config=BLUE,
            last_modified_before=at(-86400),
            update_requested_at=START,
        ),
        **changes,
    )


def seen(stage: Stage, percent: int, start: float, last: float | None = None) -> SeenStage:
    """A stage as recorded, times in seconds after the start."""
    return SeenStage(StageSeen(stage, percent, at(start)), at(start if last is None else last))


def settled(
    config: str, modified: float = 2000, status: str = "InService", **more: Any
) -> Observation:
    """An endpoint at rest, last modified so many seconds after the start."""
    variant = Variant("main", current_instances=4, desired_instances=4)
    return Observation(status, config, at(modified), variants=(variant,), **more)


def updating(
    green_status: str = "",
    since: float | None = None,
    *,
    green_current: int = 0,
    blue_status: str = "",
    blue_current: int = 4,
) -> Observation:
    """The endpoint while its update to GREEN runs."""
    blue = _variant(blue_current, blue_status, since)
    green = _variant(green_current, green_status, since)
    pending = PendingDeployment(GREEN, (green,), START)
    return Observation("Updating", BLUE, at(1), variants=(blue,), pending=pending)


def _variant(current: int, status: str, since: float | None) -> Variant:
    start = None if since is None else at(since)
    return Variant("main", current, 4, (VariantStatus(status, start),) if status else ())


def canary_request(**changes: Any) -> Any:
    """A well-formed request as a person writes it, or what the changes make of it.

    A member set to None is left out.
    """
    body = {
        "EndpointName": "churn",
        "EndpointConfigName": GREEN,
        "DeploymentConfig": {
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": {
                    "Type": "CANARY",
                    "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 30},
                    "WaitIntervalInSeconds": 600,
                },
                "TerminationWaitInSeconds": 600,
                "MaximumExecutionTimeoutInSeconds": 1800,
            },
            "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "churn-5xx"}]},
        },
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def package_request(**changes: Any) -> Any:
    """The same for a model package in place of the endpoint config."""
    return canary_request(**{"EndpointConfigName": None, "ModelPackageArn": PACKAGE, **changes})


def log_alarm(**changes: Any) -> Any:
    """The members of PutLogAlarm for an alarm on the tracebacks of a model."""
    query = {
        "QueryString": "filter @message like /Traceback/",
        "LogGroupIdentifiers": ["/aws/sagemaker/Endpoints/churn"],
        "ScheduledQueryRoleARN": "arn:aws:iam::123456789012:role/queries",
        "ScheduleConfiguration": {"ScheduleExpression": "rate(1 minute)", "StartTimeOffset": 60},
        "AggregationExpression": "count(*)",
    }
    return {
        "AlarmName": "tracebacks",
        "ScheduledQueryConfiguration": query,
        "QueryResultsToEvaluate": 3,
        "QueryResultsToAlarm": 2,
        "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanThreshold",
        **changes,
    }
