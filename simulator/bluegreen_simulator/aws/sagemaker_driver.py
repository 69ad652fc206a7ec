"""Drives the engine on the world's clock and alarms, and tells everybody what changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from moto.sagemaker.models import sagemaker_backends

from bluegreen_simulator.aws import cloudwatch
from bluegreen_simulator.aws.sagemaker_events import (
    emit_capacity_change,
    emit_deployment_state_change,
    emit_state_change,
)
from bluegreen_simulator.clock import Timer
from bluegreen_simulator.fleet.description import status_message
from bluegreen_simulator.fleet.endpoint import Endpoint
from bluegreen_simulator.fleet.traffic import Fleet, fleets_of, instances, traffic_percent
from bluegreen_simulator.fleet.update import Order, Phase
from bluegreen_simulator.world import World

STAGES: Final = {
    Phase.CREATING: "PROVISIONING",
    Phase.SHIFTING: "SHIFTING",
    Phase.BAKING: "BAKING",
    Phase.DELETING_BLUE: "TERMINATING",
    Phase.RETURNING_TRAFFIC: "ROLLING_BACK",
    Phase.DELETING_GREEN: "ROLLING_BACK",
}
"""The journal's word for each phase, as in the deployment record; else it is SETTLED."""


@dataclass
class Driven:
    """An endpoint with its timer, and what was told of it last."""

    endpoint: Endpoint
    timer: Timer | None = None
    told_status: str = ""
    told_fleets: list[Fleet] = field(default_factory=list)


class Driver:
    """The endpoints of one running embedded AWS."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.driven: dict[str, Driven] = {}
        self.listeners: list[Callable[[str], None]] = []
        self._watches_alarms = False

    def now(self) -> datetime:
        """The present moment of the world."""
        return self.world.clock.now()

    def add(self, endpoint: Endpoint) -> None:
        """Take over a new endpoint."""
        self.driven[endpoint.name] = Driven(endpoint)
        self._tell(endpoint)

    def remove(self, endpoint: Endpoint) -> None:
        """Forget a deleted endpoint; AWS may send no event for that, and we send none."""
        del self.driven[endpoint.name]
        self._write(endpoint, status="Deleted", detail="")
        self._traffic_changed(endpoint.name)

    def find(self, name: str) -> Endpoint | None:
        """The endpoint of that name."""
        driven = self.driven.get(name)
        return driven.endpoint if driven else None

    def begin(self, endpoint: Endpoint, order: Order, config: Mapping[str, Any]) -> None:
        """Start an update that was asked for with this DeploymentConfig."""
        if not self._watches_alarms:  # only now, so that services may be installed in any order
            cloudwatch.on_state_change(self._alarm_changed)
            self._watches_alarms = True
        alarms = order.policy.alarms
        in_alarm = [name for name in alarms if cloudwatch.alarm_state(name) == "ALARM"]
        endpoint.begin(order, config, in_alarm)
        self._tell(endpoint)
        self._set_timer(endpoint)

    def rescale(self, endpoint: Endpoint, changes: Mapping[str, Mapping[str, float]]) -> None:
        """Change counts and weights of an endpoint at rest."""
        endpoint.rescale(changes, self.now())
        emit_capacity_change(endpoint, "Updating the capacity of the variant.")
        emit_state_change(endpoint)
        self._tell(endpoint)

    def _catch_up(self, endpoint: Endpoint) -> None:
        while endpoint.advance(self.now()):
            self._tell(endpoint)
        if self.find(endpoint.name) is endpoint:  # it may have been deleted meanwhile
            self._set_timer(endpoint)

    def _alarm_changed(self, name: str, _old: str, new: str) -> None:
        for endpoint in [driven.endpoint for driven in self.driven.values()]:
            self._catch_up(endpoint)
            if endpoint.alarm_changed(name, self.now(), in_alarm=new == "ALARM"):
                self._tell(endpoint)
                self._set_timer(endpoint)

    def _set_timer(self, endpoint: Endpoint) -> None:
        driven = self.driven[endpoint.name]
        if driven.timer:
            driven.timer.cancel()
            driven.timer = None
        if endpoint.next_at:
            driven.timer = self.world.clock.call_at(
                endpoint.next_at, lambda: self._catch_up(endpoint), f"endpoint {endpoint.name}"
            )

    def _tell(self, endpoint: Endpoint) -> None:
        driven = self.driven[endpoint.name]
        self._write(endpoint, status=endpoint.status, detail=_detail(endpoint))
        self._mirror(endpoint)
        if endpoint.status != driven.told_status:
            driven.told_status = endpoint.status
            emit_state_change(endpoint)
        if endpoint.updating:
            emit_deployment_state_change(endpoint)
        if fleets_of(endpoint) != driven.told_fleets:
            driven.told_fleets = fleets_of(endpoint)
            self._traffic_changed(endpoint.name)

    def _write(self, endpoint: Endpoint, *, status: str, detail: str) -> None:
        blue, green = instances(endpoint)
        phase = endpoint.state.phase if endpoint.state else None
        self.world.journal.write(
            self.now(),
            "endpoint",
            endpoint=endpoint.name,
            status=status,
            stage=STAGES.get(phase, "SETTLED") if phase else "SETTLED",
            traffic_percent=traffic_percent(endpoint),
            blue_instances=blue,
            green_instances=green,
            config=endpoint.live.name,
            detail=detail,
        )

    def _mirror(self, endpoint: Endpoint) -> None:
        """Keep moto's own endpoint in step: ListEndpoints and Search read it."""
        backend = sagemaker_backends[self.world.account_id][self.world.region]
        mirror = backend.endpoints[endpoint.name]
        mirror.endpoint_status = endpoint.status
        mirror.endpoint_config_name = endpoint.live.name
        mirror.last_modified_time = endpoint.last_modified_at.replace(tzinfo=None)

    def _traffic_changed(self, name: str) -> None:
        for listener in self.listeners:
            listener(name)


def _detail(endpoint: Endpoint) -> str:
    """What the journal adds: why it rolls back, else what SageMaker says it does."""
    if endpoint.state and endpoint.state.cause:
        return endpoint.state.cause
    return status_message(endpoint.updating, 0) if endpoint.updating else ""
