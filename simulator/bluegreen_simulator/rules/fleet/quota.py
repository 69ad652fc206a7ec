"""How many instances of each type an endpoint holds, and how many more an order needs."""

from collections import Counter
from collections.abc import Iterable

from bluegreen_simulator.rules.fleet.config import FleetConfig
from bluegreen_simulator.rules.fleet.endpoint import Endpoint
from bluegreen_simulator.rules.fleet.phases import Counts, Leg
from bluegreen_simulator.rules.fleet.routes import forward
from bluegreen_simulator.rules.fleet.status import EndpointStatus
from bluegreen_simulator.rules.fleet.update_request import UpdateRequest


def held_by(endpoint: Endpoint) -> Counter[str]:
    """The instances that count against the quotas, by type: what is to be made counts already."""
    if endpoint.status is EndpointStatus.FAILED:
        return Counter()
    held = instances_in(endpoint.live)
    if endpoint.updating:
        return held + needed_by(endpoint.updating.order)
    target = endpoint.activity.target if endpoint.activity else None
    return held | instances_in(target) if target else held


def needed_by(order: UpdateRequest) -> Counter[str]:
    """The most instances, by type, that an update has beside blue's own.

    A whole fleet for blue/green; for a rolling update as much as the largest batch.
    """
    return _most(_during(order, leg) for leg in forward(order)) - instances_in(order.blue)


def _during(order: UpdateRequest, leg: Leg) -> Counter[str]:
    return _by_type(order.green, leg.green) + _by_type(order.blue, leg.blue)


def instances_in(fleet: FleetConfig) -> Counter[str]:
    """The instances of a fleet by type."""
    return _by_type(fleet, fleet.sizes)


def _by_type(fleet: FleetConfig, counts: Counts) -> Counter[str]:
    found: Counter[str] = Counter()
    for variant, count in zip(fleet.variants, counts, strict=True):
        found[variant.instance_type] += 0 if variant.serverless else count
    return found


def _most(counts: Iterable[Counter[str]]) -> Counter[str]:
    most: Counter[str] = Counter()
    for one in counts:
        most |= one
    return most
