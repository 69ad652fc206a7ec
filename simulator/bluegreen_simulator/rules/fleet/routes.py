"""The ways that an update takes: blue/green, rolling, and back.

Blue/green: SageMaker Developer Guide, "Use canary / linear / all-at-once traffic shifting";
rolling: "Use rolling deployments" and the API's RollingUpdatePolicy.

blue/green  CREATING ─ (SHIFTING ─ BAKING) ... ─ DELETING_BLUE ─ COMPLETED
rolling     (CREATING ─ SHIFTING ─ BAKING ─ DELETING_BLUE) ... ─ COMPLETED
back        (RECREATING_BLUE ─ RETURNING_TRAFFIC ─ DELETING_GREEN) ... ─ ROLLED_BACK
                    └─ ROLLBACK_FAILED
"""

from collections.abc import Iterator
from dataclasses import replace

from bluegreen_simulator.rules.fleet.phases import Counts, Leg, Phase
from bluegreen_simulator.rules.fleet.route_builder import RouteBuilder
from bluegreen_simulator.rules.fleet.update_request import UpdateRequest

_AFTER_THE_LAST_BAKE = 2
"""The legs that end each way forward: blue's (last) deletion, and COMPLETED."""


def forward(order: UpdateRequest) -> list[Leg]:
    """The way from blue to green."""
    return _guarded(_rolling(order) if order.rolling else _blue_green(order))


def _blue_green(order: UpdateRequest) -> list[Leg]:
    route = RouteBuilder(order)
    route.create(order.green.sizes)
    for active in order.steps:
        route.shift(active)
        route.bake()
    route.delete_blue(order.beside(order.green.sizes))
    return route.end(Phase.COMPLETED)


def _rolling(order: UpdateRequest) -> list[Leg]:
    route = RouteBuilder(order)
    for active in order.steps:
        route.create(active)
        route.shift(active)
        route.bake()
        route.delete_blue(order.beside(active))
    return route.end(Phase.COMPLETED)


def _guarded(legs: list[Leg]) -> list[Leg]:
    """Say until when the maximum counts, and that alarms do from the first shift on until then."""
    guarded, rest = legs[:-_AFTER_THE_LAST_BAKE], legs[-_AFTER_THE_LAST_BAKE:]
    return [
        *(
            replace(leg, timed=True, watched=leg.step > 0 or leg.phase is Phase.SHIFTING)
            for leg in guarded
        ),
        *rest,
    ]


def backward(order: UpdateRequest, leg: Leg) -> list[Leg]:
    """The way back to blue from where an update stands.

    Blue/green has all of blue still: its traffic returns at once. A rolling update goes back in
    batches, each as its steps forward: instances, traffic, then green's instances.
    """
    route = RouteBuilder.onward_from(order, leg)
    for active in _batches_back(route.active, order.rollback_batch):
        route.recreate_blue(order.beside(active))
        route.return_traffic(active)
        route.delete_green(active)
    return route.end(Phase.ROLLED_BACK)


def _batches_back(active: Counts, batch: Counts) -> Iterator[Counts]:
    """Green's instances with traffic after each batch, down to none."""
    while True:
        active = tuple(max(0, n - size) for n, size in zip(active, batch, strict=True))
        yield active
        if not any(active):
            return
