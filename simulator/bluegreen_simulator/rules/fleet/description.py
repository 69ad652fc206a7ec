"""What DescribeEndpoint shows of an endpoint.

Shapes: `DescribeEndpointOutput`, `ProductionVariantSummary`, `PendingDeploymentSummary`. While
an update runs the endpoint shows blue's config and blue's counts, and green's stand in the
PendingDeploymentSummary. CurrentInstanceCount is, of blue, the instances that exist until they are
deleted, and of a pending variant those with traffic: Developer Guide, "Automating Amazon SageMaker
with Amazon EventBridge", whose canary has 3 of 3 and 1 of 3.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from bluegreen_simulator.rules.fleet.activity import Activity
from bluegreen_simulator.rules.fleet.config import FleetConfig, ProductionVariant
from bluegreen_simulator.rules.fleet.endpoint import Endpoint
from bluegreen_simulator.rules.fleet.phases import Phase
from bluegreen_simulator.rules.fleet.serving import blue_existing, green_active
from bluegreen_simulator.rules.fleet.status import EndpointStatus
from bluegreen_simulator.rules.fleet.status_messages import launching, rescaling, status_message
from bluegreen_simulator.rules.fleet.update import Update

GREEN_STATUS: Final = {
    Phase.CREATING: "Creating",
    Phase.SHIFTING: "ActivatingTraffic",
    Phase.BAKING: "Baking",
    Phase.DELETING_GREEN: "Deleting",
}
BLUE_STATUS: Final = {
    Phase.DELETING_BLUE: "Deleting",
    Phase.RECREATING_BLUE: "Creating",
    Phase.RETURNING_TRAFFIC: "ActivatingTraffic",
}


def describe(endpoint: Endpoint) -> dict[str, Any]:
    """The body of DescribeEndpoint; what has no value is absent."""
    body = {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "EndpointConfigName": endpoint.live.name,
        "EndpointStatus": str(endpoint.status),
        "CreationTime": endpoint.created_at,
        "LastModifiedTime": endpoint.last_modified_at,
        "ProductionVariants": _live_variants(endpoint),
        "FailureReason": endpoint.failure_reason,
        "LastDeploymentConfig": endpoint.deployment_config,
        "PendingDeploymentSummary": _pending(endpoint),
        **endpoint.live.shown,
    }
    return {name: value for name, value in body.items() if value}


def _live_variants(endpoint: Endpoint) -> list[dict[str, Any]]:
    update, activity = endpoint.updating, endpoint.activity
    if update:
        return [
            _summary(variant, existing) | _status(update, BLUE_STATUS, index)
            for index, (variant, existing) in enumerate(
                zip(update.order.blue.variants, blue_existing(update), strict=True)
            )
        ]
    if endpoint.status in (EndpointStatus.CREATING, EndpointStatus.FAILED):
        return []
    if activity and activity.target:
        return _rescaling(endpoint.live, activity.target, activity)
    return [_summary(variant, variant.instances) for variant in endpoint.live.variants]


def _rescaling(live: FleetConfig, target: FleetConfig, activity: Activity) -> list[dict[str, Any]]:
    """Counts and weights of now beside those that are to be."""
    return [
        _summary(new, old.instances)
        | {"CurrentWeight": old.weight}
        | (_variant_status("Updating", rescaling(old, new), activity.since) if old != new else {})
        for old, new in zip(live.variants, target.variants, strict=True)
    ]


def _pending(endpoint: Endpoint) -> dict[str, Any]:
    """Green, or the first fleet that is being created."""
    if endpoint.updating:
        return _green(endpoint.updating)
    activity = endpoint.activity
    if not activity or activity.status is not EndpointStatus.CREATING:
        return {}
    variants = [
        _pending_summary(variant, 0)
        | _variant_status("Creating", launching(variant.instances), activity.since)
        for variant in endpoint.live.variants
    ]
    return _pending_deployment(endpoint.live.name, activity.since, variants)


def _green(update: Update) -> dict[str, Any]:
    green = zip(update.order.green.variants, green_active(update), strict=True)
    variants = [
        _pending_summary(variant, active) | _status(update, GREEN_STATUS, index)
        for index, (variant, active) in enumerate(green)
    ]
    return _pending_deployment(update.order.green.name, update.order.started_at, variants)


def _pending_deployment(
    config: str, start: datetime, variants: list[dict[str, Any]]
) -> dict[str, Any]:
    return {"EndpointConfigName": config, "StartTime": start, "ProductionVariants": variants}


def _summary(variant: ProductionVariant, current: int) -> dict[str, Any]:
    weights = {
        "VariantName": variant.name,
        "CurrentWeight": variant.weight,
        "DesiredWeight": variant.weight,
    }
    if variant.serverless:
        config = variant.serverless
        shown = {"CurrentServerlessConfig": config} if current else {}
        return weights | shown | {"DesiredServerlessConfig": config}
    counts = {"CurrentInstanceCount": current, "DesiredInstanceCount": variant.instances}
    return weights | counts


def _pending_summary(variant: ProductionVariant, current: int) -> dict[str, Any]:
    kind = {} if variant.serverless else {"InstanceType": variant.instance_type}
    return _summary(variant, current) | kind


def _status(update: Update, meaning: Mapping[Phase, str], index: int) -> dict[str, Any]:
    phase = update.state.phase
    if phase not in meaning:
        return {}
    return _variant_status(meaning[phase], status_message(update, index), update.state.since)


def _variant_status(status: str, message: str, start: datetime) -> dict[str, Any]:
    return {"VariantStatus": [{"Status": status, "StatusMessage": message, "StartTime": start}]}
