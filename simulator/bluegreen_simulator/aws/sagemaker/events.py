"""The events that SageMaker sends to EventBridge about endpoints and model packages.

Fields: SageMaker Developer Guide, "Automating Amazon SageMaker with Amazon EventBridge". Times of
endpoints are epoch milliseconds, EndpointStatus is UPPER_SNAKE, a variant's Status is as in the
API; a model package has its times as texts, and all of its words as in the API.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from bluegreen.contract.times import to_text
from bluegreen_simulator.aws.events.bus import emit
from bluegreen_simulator.rules.fleet.description import describe
from bluegreen_simulator.rules.fleet.endpoint import Endpoint

SOURCE: Final = "aws.sagemaker"
STATE_CHANGE: Final = "SageMaker Endpoint State Change"
DEPLOYMENT_STATE_CHANGE: Final = "SageMaker Endpoint Deployment State Change"
PACKAGE_STATE_CHANGE: Final = "SageMaker Model Package State Change"

_WANTED: Final = ("DesiredWeight", "DesiredInstanceCount")
"""What AWS's sample of a state change has of a variant; its name is not among it."""
_NOT_IN_EVENTS: Final = (
    "LastDeploymentConfig",
    "InstanceType",
    "DataCaptureConfig",
    "MetricsConfig",
)
_OF_PACKAGES: Final = (
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "CreationTime",
    "LastModifiedTime",
    "InferenceSpecification",
    "ModelPackageStatus",
    "ModelPackageStatusDetails",
    "CertifyForMarketplace",
    "ModelApprovalStatus",
    "ApprovalDescription",
    "CustomerMetadataProperties",
    "MetadataProperties",
    "ModelMetrics",
    "ModelLifeCycle",
)
_UPDATED: Final = {
    "ModelLifeCycle": "ModelLifeCycle",
    "ModelApprovalStatus": "ModelApprovalStatus",
    "ApprovalDescription": "ApprovalDescription",
    "SourceUri": "sourceUri",
    "CustomerMetadataProperties": "CustomerMetadataProperties",
    "InferenceSpecification": "InferenceSpecification",
}
"""By member of UpdateModelPackage, the guide's word for it in `UpdatedModelPackageFields`."""


def emit_state_change(endpoint: Endpoint) -> None:
    """Tell that EndpointStatus changed."""
    emit(SOURCE, STATE_CHANGE, state_change(endpoint), [endpoint.arn])


def emit_deployment_state_change(endpoint: Endpoint) -> None:
    """Tell that a deployment came into a stage, or that counts or weights are being changed."""
    emit(SOURCE, DEPLOYMENT_STATE_CHANGE, deployment_state_change(endpoint), [endpoint.arn])


def state_change(endpoint: Endpoint) -> dict[str, Any]:
    """The detail of "SageMaker Endpoint State Change"."""
    detail = deployment_state_change(endpoint)
    pending = detail.pop("PendingDeploymentSummary", {})
    shown = detail.get("ProductionVariants") or pending.get("ProductionVariants", [])
    return detail | {"ProductionVariants": [_wanted(variant) for variant in shown]}


def _wanted(variant: Mapping[str, Any]) -> dict[str, Any]:
    return {name: variant[name] for name in _WANTED if name in variant}


def deployment_state_change(endpoint: Endpoint) -> dict[str, Any]:
    """The detail of "SageMaker Endpoint Deployment State Change"."""
    detail: dict[str, Any] = _as_in_events(describe(endpoint))
    return detail | {"EndpointStatus": upper_snake(endpoint.status), "Tags": {}}


def upper_snake(status: str) -> str:
    """`InService` as `IN_SERVICE`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", status).upper()


def _as_in_events(value: Any) -> Any:  # noqa: ANN401 - any part of a description
    if isinstance(value, Mapping):
        kept = {name: part for name, part in value.items() if name not in _NOT_IN_EVENTS}
        return {name: _as_in_events(part) for name, part in kept.items()}
    if isinstance(value, list):
        return [_as_in_events(part) for part in value]
    return _epoch_milliseconds(value) if isinstance(value, datetime) else value


def _epoch_milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def emit_package_state_change(
    arn: str, body: Mapping[str, Any], update: Mapping[str, Any] | None = None
) -> None:
    """Tell of a model package, as DescribeModelPackage shows it; `update` is the request."""
    detail = package_state_change(body)
    if update is not None:
        detail["UpdatedModelPackageFields"] = _updated_fields(update)
    emit(SOURCE, PACKAGE_STATE_CHANGE, detail, [arn])


def package_state_change(body: Mapping[str, Any]) -> dict[str, Any]:
    """The detail of "SageMaker Model Package State Change", whose times are texts."""
    shown = {name: body[name] for name in _OF_PACKAGES if name in body}
    return {name: _as_text(value) for name, value in shown.items()}


def _updated_fields(update: Mapping[str, Any]) -> list[str]:
    """The guide lists six fields; one that is only removed from is taken to be updated."""
    given = {"CustomerMetadataProperties"} if "CustomerMetadataPropertiesToRemove" in update else ()
    return [word for member, word in _UPDATED.items() if member in update or member in given]


def _as_text(value: Any) -> Any:  # noqa: ANN401 - any member of a description
    """Moto's times are without a zone, in UTC."""
    return to_text(value.replace(tzinfo=UTC)) if isinstance(value, datetime) else value
