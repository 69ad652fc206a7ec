"""Turns a request of UpdateEndpoint into an order for the engine, or refuses it with a message.

The rules between members stand in the prose of the Developer Guide only, and so do not come with
words of AWS's own: the words are ours.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import SageMakerModelBackend

from bluegreen.sagemaker.deployment_config import (
    PERCENT_OF_MODE,
    ROLLING,
    SIZE_OF_MODE,
    Policy,
    alarms_of,
)
from bluegreen_simulator.aws.cloudwatch import alarms as cloudwatch
from bluegreen_simulator.aws.sagemaker.fleets import fleet_of
from bluegreen_simulator.aws.sagemaker.members import not_modelled
from bluegreen_simulator.rules.fleet.config import FleetConfig
from bluegreen_simulator.rules.fleet.endpoint import Endpoint
from bluegreen_simulator.rules.fleet.update_request import UpdateRequest

RETAINED: Final = frozenset({"DesiredInstanceCount", "DesiredWeight"})
UNGUARDED: Final = Policy("ALL_AT_ONCE", 0, 0)
"""How an excluded fleet is updated, whatever was asked for."""

_ALL_AT_ONCE: Final = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    }
}


def order_of(
    backend: SageMakerModelBackend, endpoint: Endpoint, params: Mapping[str, Any], now: datetime
) -> UpdateRequest:
    """The order in a request whose members keep to their own limits; raises ValidationError."""
    config = config_in(endpoint, params)
    green = _green(backend, endpoint, params, guarded=bool(config))
    policy = policy_in(config, green)
    _require_alarms(policy)
    excluded = endpoint.live.exclusion or green.exclusion
    return UpdateRequest(endpoint.live, green, UNGUARDED if excluded else policy, now)


def config_in(endpoint: Endpoint, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The DeploymentConfig that holds: the request's, or the endpoint's last one again."""
    given: Mapping[str, Any] = params.get("DeploymentConfig", {})
    if not params.get("RetainDeploymentConfig"):
        return given
    if given:
        raise ValidationError("DeploymentConfig and RetainDeploymentConfig exclude each other.")
    return endpoint.deployment_config


def policy_in(config: Mapping[str, Any], fleet: FleetConfig) -> Policy:
    """The policy of a DeploymentConfig for a fleet; raises ValidationError."""
    full = config if "RollingUpdatePolicy" in config else {**_ALL_AT_ONCE, **config}
    for broken in _broken_rules(full, fleet):
        raise ValidationError(broken)
    return Policy.from_json(full)


def _require_alarms(policy: Policy) -> None:
    for name in policy.alarms:
        if cloudwatch.alarm_state(name) is None:
            raise ValidationError(f'Could not find CloudWatch alarm "{name}".')


def _green(
    backend: SageMakerModelBackend, endpoint: Endpoint, params: Mapping[str, Any], *, guarded: bool
) -> FleetConfig:
    name, live = params["EndpointConfigName"], endpoint.live
    green = fleet_of(backend, name)
    if name == live.name and not endpoint.stranded:
        raise not_modelled("An update to the endpoint config that the endpoint serves already")
    if guarded:
        _require_the_same_variants(live, green)
    if green.serverless and not live.serverless:
        raise ValidationError("A real-time endpoint cannot be updated to a serverless one.")
    retained = _retained(params)
    return green.ordered_like(live).retaining(live, retained)


def _retained(params: Mapping[str, Any]) -> frozenset[str]:
    listed = params.get("ExcludeRetainedVariantProperties", [])
    excluded = {item["VariantPropertyType"] for item in listed}
    if "DataCaptureConfig" in excluded:
        raise ValidationError(
            "ExcludeRetainedVariantProperties with DataCaptureConfig is not supported."
        )
    return RETAINED - excluded if params.get("RetainAllVariantProperties") else frozenset()


def _require_the_same_variants(live: FleetConfig, green: FleetConfig) -> None:
    """Documented for guardrails alone; without them variants come and go with the config."""
    ours, theirs = ({variant.name for variant in fleet.variants} for fleet in (live, green))
    if ours != theirs:
        raise ValidationError(
            "For an update with a DeploymentConfig the endpoint and the new endpoint configuration"
            f" must have the same variant names: {', '.join(sorted(ours))} and"
            f" {', '.join(sorted(theirs))}."
        )


def _broken_rules(config: Mapping[str, Any], fleet: FleetConfig) -> Iterator[str]:
    """Yield the rules that are broken, the first of which is told."""
    if any("AlarmName" not in alarm for alarm in alarms_of(config)):
        yield "Every alarm of AutoRollbackConfiguration requires AlarmName."
    if "RollingUpdatePolicy" not in config:
        routing = config["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
        yield from _broken_routing(routing, fleet)
    elif "BlueGreenUpdatePolicy" in config:
        yield "DeploymentConfig takes either BlueGreenUpdatePolicy or RollingUpdatePolicy."
    else:
        yield from _broken_rolling(config["RollingUpdatePolicy"], fleet)


def _broken_routing(routing: Mapping[str, Any], fleet: FleetConfig) -> Iterator[str]:
    mode = routing["Type"]
    wanted = SIZE_OF_MODE.get(mode)
    for member in SIZE_OF_MODE.values():
        if (member in routing) != (member == wanted):
            verb = "requires" if member == wanted else "does not take"
            yield f"TrafficRoutingConfiguration of Type {mode} {verb} {member}."
    if wanted and wanted in routing:
        yield from _broken_bounds(wanted, routing[wanted], PERCENT_OF_MODE[mode], fleet)


def _broken_rolling(rolling: Mapping[str, Any], fleet: FleetConfig) -> Iterator[str]:
    if len(fleet.variants) > 1:
        yield "RollingUpdatePolicy does not take an endpoint with several production variants."
    if fleet.serverless:
        yield "RollingUpdatePolicy does not take a serverless endpoint."
    bounds = {"MaximumBatchSize": PERCENT_OF_MODE[ROLLING], "RollbackMaximumBatchSize": (1, 100)}
    for member, (least, most) in bounds.items():
        if member in rolling:
            yield from _broken_bounds(member, rolling[member], (least, most), fleet)


def _broken_bounds(
    member: str, size: Mapping[str, Any], bounds: tuple[int, int], fleet: FleetConfig
) -> Iterator[str]:
    least, most = bounds
    for variant in fleet.variants:
        percent = size["Value"]
        if size["Type"] == "INSTANCE_COUNT":
            percent = 100 * size["Value"] / variant.instances
        if percent > most or (percent < least and least > 1):
            yield (
                f"{member} must be {f'{least} to ' if least > 1 else 'at most '}{most} %"
                f" of the instances of variant {variant.name}, which has {variant.instances};"
                f" {size['Type']} {size['Value']} is not."
            )
