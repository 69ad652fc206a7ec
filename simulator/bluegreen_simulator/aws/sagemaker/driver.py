"""Drives the engine on the world's clock and alarms, and publishes what changed."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from moto.sagemaker.models import SageMakerModelBackend, sagemaker_backends

from bluegreen_simulator.aws.cloudwatch import alarms as cloudwatch
from bluegreen_simulator.aws.sagemaker.events import (
    emit_deployment_state_change,
    emit_state_change,
)
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.rules.fleet.endpoint import Endpoint
from bluegreen_simulator.rules.fleet.phases import Counts, Phase
from bluegreen_simulator.rules.fleet.provisioning import NONE, Trouble
from bluegreen_simulator.rules.fleet.quota import held_by
from bluegreen_simulator.rules.fleet.serving import Fleet, fleets_of, instances, traffic_percent
from bluegreen_simulator.rules.fleet.status_messages import rescaling, status_message
from bluegreen_simulator.rules.fleet.update_request import UpdateRequest
from bluegreen_simulator.time.clock import Timer

INSTANCE_QUOTA: Final = 1000
"""Instances of a type "for endpoint usage", unless somebody sets it; AWS's differ by type."""

STAGES: Final = {
    Phase.CREATING: "PROVISIONING",
    Phase.SHIFTING: "SHIFTING",
    Phase.BAKING: "BAKING",
    Phase.DELETING_BLUE: "TERMINATING",
    Phase.RECREATING_BLUE: "ROLLING_BACK",
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
    told_serving: tuple[list[Fleet], Counts] = ([], ())

    def watches(self, alarm: str) -> bool:
        """Whether an update of it runs that the alarm can roll back."""
        updating = self.endpoint.updating
        return updating is not None and alarm in updating.order.policy.alarms


class Driver:
    """The endpoints of one running embedded AWS.

    `quotas` are instances by type; `troubles` are what goes wrong next, by endpoint; `answering` is
    how the models of an endpoint config answer, whatever their own behaviour is.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.driven: dict[str, Driven] = {}
        self.listeners: list[Callable[[str], None]] = []
        self.quotas: dict[str, int] = {}
        self.troubles: dict[str, Trouble] = {}
        self.answering: dict[str, Mapping[str, Any]] = {}
        self._watches_alarms = False

    def now(self) -> datetime:
        """The present moment of the world."""
        return self.world.clock.now()

    @property
    def backend(self) -> SageMakerModelBackend:
        """Moto's own SageMaker of the world's account and Region."""
        backend: SageMakerModelBackend = sagemaker_backends[self.world.account_id][
            self.world.region
        ]
        return backend

    def find(self, name: str) -> Endpoint | None:
        """The endpoint of that name."""
        driven = self.driven.get(name)
        return driven.endpoint if driven else None

    def held(self) -> Counter[str]:
        """The instances of all endpoints, by type."""
        return sum((held_by(driven.endpoint) for driven in self.driven.values()), Counter[str]())

    def trouble_of(self, name: str) -> Trouble:
        """What was asked to go wrong with an endpoint; it does so once."""
        return self.troubles.pop(name, NONE)

    def add(self, endpoint: Endpoint) -> None:
        """Take over a new endpoint, whose first fleet begins to come up."""
        self.driven[endpoint.name] = Driven(endpoint)
        endpoint.create(self.now(), self.trouble_of(endpoint.name))
        self._begun(endpoint)

    def begin(self, endpoint: Endpoint, order: UpdateRequest, config: Mapping[str, Any]) -> None:
        """Start an update that was asked for with this DeploymentConfig."""
        if not self._watches_alarms:  # only now, so that services may be installed in any order
            cloudwatch.on_state_change(self._alarm_changed)
            self._watches_alarms = True
        alarms = order.policy.alarms
        in_alarm = [name for name in alarms if cloudwatch.alarm_state(name) == "ALARM"]
        trouble, alarms_read = self.trouble_of(endpoint.name), self.world.alarms_read
        decided = replace(order, trouble=trouble, alarms_read=alarms_read)
        endpoint.begin(decided, config, in_alarm)
        self._tell(endpoint)
        self._set_timer(endpoint)

    def rescale(self, endpoint: Endpoint, changes: Mapping[str, Mapping[str, float]]) -> None:
        """Change counts and weights of an endpoint at rest."""
        endpoint.rescale(changes, self.now(), self.trouble_of(endpoint.name))
        emit_deployment_state_change(endpoint)
        self._begun(endpoint)

    def maintain(self, endpoint: Endpoint, seconds: float) -> None:
        """Let an endpoint at rest be SystemUpdating for a while."""
        endpoint.maintain(self.now(), seconds)
        self._begun(endpoint)

    def delete(self, endpoint: Endpoint) -> None:
        """Let an endpoint go; AWS may send no event at the end, and we send none."""
        endpoint.delete(self.now())
        self._begun(endpoint)

    def _begun(self, endpoint: Endpoint) -> None:
        self._tell(endpoint)
        self._catch_up(endpoint)

    def _catch_up(self, endpoint: Endpoint) -> None:
        while not endpoint.gone and endpoint.step(self.now()):
            self._tell(endpoint)
        if self.find(endpoint.name) is endpoint:
            self._set_timer(endpoint)

    def _alarm_changed(self, name: str, _old: str, new: str) -> None:
        for endpoint in [each.endpoint for each in self.driven.values() if each.watches(name)]:
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
        self._write(endpoint)
        if endpoint.gone:
            del self.driven[endpoint.name], self.backend.endpoints[endpoint.name]
            return
        self._mirror(endpoint)
        self._tell_event_bus(endpoint, self.driven[endpoint.name])
        self._tell_listeners(endpoint, self.driven[endpoint.name])

    def _tell_event_bus(self, endpoint: Endpoint, driven: Driven) -> None:
        if endpoint.status != driven.told_status:
            driven.told_status = endpoint.status
            emit_state_change(endpoint)
        if endpoint.updating and not endpoint.updating.order.unguarded:
            emit_deployment_state_change(endpoint)

    def _tell_listeners(self, endpoint: Endpoint, driven: Driven) -> None:
        serving = fleets_of(endpoint), endpoint.live.sizes
        if serving != driven.told_serving:
            driven.told_serving = serving
            for listener in self.listeners:
                listener(endpoint.name)

    def _write(self, endpoint: Endpoint) -> None:
        blue, green = instances(endpoint)
        phase = endpoint.state.phase if endpoint.state else None
        self.world.journal.write(
            self.now(),
            "endpoint",
            endpoint=endpoint.name,
            status="Deleted" if endpoint.gone else str(endpoint.status),
            stage=STAGES.get(phase, "SETTLED") if phase else "SETTLED",
            traffic_percent=traffic_percent(endpoint),
            blue_instances=blue,
            green_instances=green,
            config=endpoint.live.name,
            pending=endpoint.updating.order.green.name if endpoint.updating else "",
            detail=_detail(endpoint),
        )

    def _mirror(self, endpoint: Endpoint) -> None:
        """Keep moto's own endpoint in step: ListEndpoints and Search read it."""
        mirror = self.backend.endpoints[endpoint.name]
        mirror.endpoint_status = str(endpoint.status)
        mirror.endpoint_config_name = endpoint.live.name
        mirror.failure_reason = endpoint.failure_reason or None
        mirror.last_modified_time = endpoint.last_modified_at.replace(tzinfo=None)


def _detail(endpoint: Endpoint) -> str:
    """What the journal adds: why it rolls back, else what SageMaker says it does."""
    if endpoint.activity:
        return endpoint.failure_reason or _rescaling(endpoint)
    if endpoint.state and endpoint.state.cause:
        return endpoint.state.cause
    return status_message(endpoint.updating, 0) if endpoint.updating else ""


def _rescaling(endpoint: Endpoint) -> str:
    target = endpoint.activity.target if endpoint.activity else None
    pairs = zip(endpoint.live.variants, target.variants, strict=True) if target else ()
    return " ".join(rescaling(old, new) for old, new in pairs if old != new)


_drivers: list[Driver] = []


def begin(world: World) -> None:
    """Begin without endpoints."""
    _drivers[:] = [Driver(world)]


def running() -> Driver:
    """The driver of the embedded AWS that runs."""
    return _drivers[0]
