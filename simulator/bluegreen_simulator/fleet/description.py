"""What DescribeEndpoint shows of an endpoint.

Shapes: `DescribeEndpointOutput`, `ProductionVariantSummary`, `PendingDeploymentSummary`. While
an update runs the endpoint shows blue's config and blue's counts, and green's stand in the
PendingDeploymentSummary; CurrentInstanceCount counts instances with traffic (assumed).
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bluegreen_simulator.fleet.config import ProductionVariant
from bluegreen_simulator.fleet.endpoint import Endpoint
from bluegreen_simulator.fleet.traffic import blue_active, green_active
from bluegreen_simulator.fleet.update import Phase, Update

GREEN_STATUS: Final = {
    Phase.CREATING: "Creating",
    Phase.SHIFTING: "ActivatingTraffic",
    Phase.BAKING: "Baking",
    Phase.DELETING_GREEN: "Deleting",
}
BLUE_STATUS: Final = {
    Phase.DELETING_BLUE: "Deleting",
    Phase.RETURNING_TRAFFIC: "ActivatingTraffic",
}


def describe(endpoint: Endpoint) -> dict[str, Any]:
    """The body of DescribeEndpoint; what has no value is absent."""
    body = {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "EndpointConfigName": endpoint.live.name,
        "EndpointStatus": endpoint.status,
        "CreationTime": endpoint.created_at,
        "LastModifiedTime": endpoint.last_modified_at,
        "ProductionVariants": _live_variants(endpoint),
        "FailureReason": endpoint.failure_reason,
        "LastDeploymentConfig": endpoint.deployment_config,
        "PendingDeploymentSummary": _pending(endpoint.updating),
    }
    return {name: value for name, value in body.items() if value}


def _live_variants(endpoint: Endpoint) -> list[dict[str, Any]]:
    update = endpoint.updating
    if update is None:
        return [_summary(variant, variant.instances) for variant in endpoint.live.variants]
    return [
        _summary(variant, active) | _status(update, BLUE_STATUS, index)
        for index, (variant, active) in enumerate(
            zip(update.order.blue.variants, blue_active(update), strict=True)
        )
    ]


def _pending(update: Update | None) -> dict[str, Any]:
    if update is None:
        return {}
    green = zip(update.order.green.variants, green_active(update), strict=True)
    return {
        "EndpointConfigName": update.order.green.name,
        "StartTime": update.order.started_at,
        "ProductionVariants": [
            _summary(variant, active)
            | {"InstanceType": variant.instance_type}
            | _status(update, GREEN_STATUS, index)
            for index, (variant, active) in enumerate(green)
        ],
    }


def _summary(variant: ProductionVariant, current: int) -> dict[str, Any]:
    return {
        "VariantName": variant.name,
        "CurrentWeight": variant.weight,
        "DesiredWeight": variant.weight,
        "CurrentInstanceCount": current,
        "DesiredInstanceCount": variant.instances,
    }


def _status(update: Update, meaning: Mapping[Phase, str], index: int) -> dict[str, Any]:
    phase = update.state.phase
    if phase not in meaning:
        return {}
    message = status_message(update, index)
    status = {"Status": meaning[phase], "StatusMessage": message, "StartTime": update.state.since}
    return {"VariantStatus": [status]}


def status_message(update: Update, index: int) -> str:
    """SageMaker's words for what happens to variant number `index`; nothing to be parsed."""
    return _MESSAGES[update.state.phase](update, index)


def _launching(update: Update, index: int) -> str:
    return f"Launching {update.order.green.sizes[index]} instance(s)."


def _activating(update: Update, index: int) -> str:
    return f"Activating traffic on {_capacity(update, update.state.activated + 1, index)}."


def _baking(update: Update, index: int) -> str:
    step = update.state.activated
    last = step == len(update.order.steps)
    member = "TerminationWaitInSeconds" if last else "WaitIntervalInSeconds"
    seconds, capacity = update.order.bake_seconds(step), _capacity(update, step, index)
    return f"Baking for {seconds} seconds ({member}) with traffic enabled on {capacity}."


def _capacity(update: Update, step: int, index: int) -> str:
    active, size = update.order.steps[step - 1][index], update.order.green.sizes[index]
    part = "full" if active == size else update.order.policy.mode.lower()
    return f"{part} capacity of {active} instance(s)"


def _returning(update: Update, index: int) -> str:
    return f"Activating traffic on full capacity of {update.order.blue.sizes[index]} instance(s)."


def _terminating_blue(update: Update, index: int) -> str:
    return f"Terminating {update.order.blue.sizes[index]} instance(s)."


def _terminating_green(update: Update, index: int) -> str:
    return f"Terminating {update.order.green.sizes[index]} instance(s)."


_MESSAGES: Final[Mapping[Phase, Callable[[Update, int], str]]] = {
    Phase.CREATING: _launching,
    Phase.SHIFTING: _activating,
    Phase.BAKING: _baking,
    Phase.DELETING_BLUE: _terminating_blue,
    Phase.RETURNING_TRAFFIC: _returning,
    Phase.DELETING_GREEN: _terminating_green,
}
