"""What UpdateEndpoint takes: a request becomes an order for the engine, or is refused in words."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import SageMakerModelBackend

from bluegreen.domain.policy import SIZE_OF_MODE, Policy, alarms_of
from bluegreen_simulator.aws import cloudwatch
from bluegreen_simulator.aws.sagemaker_records import fleet_of, not_modelled
from bluegreen_simulator.fleet.config import FleetConfig
from bluegreen_simulator.fleet.endpoint import Endpoint
from bluegreen_simulator.fleet.update import Order

RETAINED: Final = frozenset({"DesiredInstanceCount", "DesiredWeight"})
MOST_CANARY_PERCENT: Final = 50
LINEAR_PERCENT: Final = (10, 50)

_ALL_AT_ONCE: Final = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    }
}


def order_of(
    backend: SageMakerModelBackend, endpoint: Endpoint, params: Mapping[str, Any], now: datetime
) -> Order:
    """The order in a request whose members keep to their own limits; raises ValidationError."""
    refuse_what_is_not_modelled(params)
    green = _green(backend, endpoint, params)
    config = params.get("DeploymentConfig", {})
    for broken in _broken_rules({**_ALL_AT_ONCE, **config}, green):
        raise ValidationError(broken)
    policy = Policy.from_json({**_ALL_AT_ONCE, **config})
    for name in policy.alarms:
        if cloudwatch.alarm_state(name) is None:
            raise ValidationError(f'Could not find CloudWatch alarm "{name}".')
    return Order(endpoint.live, green, policy, now)


def refuse_what_is_not_modelled(params: Mapping[str, Any]) -> None:
    """Raise ValidationError for what AWS can do and the engine cannot."""
    if params.get("RetainDeploymentConfig"):
        raise not_modelled("RetainDeploymentConfig")
    if "RollingUpdatePolicy" in params.get("DeploymentConfig", {}):
        raise not_modelled("RollingUpdatePolicy")
    if "DataCaptureConfig" in _excluded(params):
        raise not_modelled("ExcludeRetainedVariantProperties with DataCaptureConfig")


def _excluded(params: Mapping[str, Any]) -> set[str]:
    listed = params.get("ExcludeRetainedVariantProperties", [])
    return {item["VariantPropertyType"] for item in listed}


def _green(
    backend: SageMakerModelBackend, endpoint: Endpoint, params: Mapping[str, Any]
) -> FleetConfig:
    name = params["EndpointConfigName"]
    green = fleet_of(backend, name)
    if name == endpoint.live.name:
        raise not_modelled("An update to the endpoint config that the endpoint serves already")
    _refuse_unfit_variants(endpoint.live, green)
    properties = RETAINED - _excluded(params) if params.get("RetainAllVariantProperties") else ()
    return green.ordered_like(endpoint.live).retaining(endpoint.live, properties)


def _refuse_unfit_variants(live: FleetConfig, green: FleetConfig) -> None:
    ours, theirs = ({variant.name for variant in fleet.variants} for fleet in (live, green))
    if ours != theirs:
        raise ValidationError(
            "The endpoint and the new endpoint configuration must have the same variant names:"
            f" {', '.join(sorted(ours))} and {', '.join(sorted(theirs))}."
        )
    for variant in (*live.variants, *green.variants):
        if variant.instance_type.startswith("ml.inf1."):
            raise not_modelled("A guarded update with ml.inf1 instances, which AWS does unguarded,")


def _broken_rules(config: Mapping[str, Any], green: FleetConfig) -> Iterator[str]:
    """Yield the rules that stand in the Developer Guide's prose only, and are broken."""
    routing = config["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    mode = routing["Type"]
    wanted = SIZE_OF_MODE.get(mode)
    for member in SIZE_OF_MODE.values():
        if (member in routing) != (member == wanted):
            verb = "requires" if member == wanted else "does not take"
            yield f"TrafficRoutingConfiguration of Type {mode} {verb} {member}."
    if wanted in routing:
        yield from _broken_bounds(mode, routing[wanted], green)
    if any("AlarmName" not in alarm for alarm in alarms_of(config)):
        yield "Every alarm of AutoRollbackConfiguration requires AlarmName."


def _broken_bounds(mode: str, size: Mapping[str, Any], green: FleetConfig) -> Iterator[str]:
    least, most = LINEAR_PERCENT if mode == "LINEAR" else (0, MOST_CANARY_PERCENT)
    for variant in green.variants:
        percent = size["Value"]
        if size["Type"] == "INSTANCE_COUNT":
            percent = 100 * size["Value"] / variant.instances
        if not least <= percent <= most:
            yield (
                f"{SIZE_OF_MODE[mode]} must be {f'{least} to ' if least else 'at most '}{most} %"
                f" of the instances of variant {variant.name}, which has {variant.instances};"
                f" {size['Type']} {size['Value']} is not."
            )
