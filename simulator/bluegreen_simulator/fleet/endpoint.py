"""One endpoint over its life: the config it serves, its counts, and the update that runs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bluegreen_simulator.fleet.assumed import IN_SERVICE, UPDATING
from bluegreen_simulator.fleet.config import FleetConfig
from bluegreen_simulator.fleet.update import SETTLED, Order, Phase, State, Update


@dataclass
class Endpoint:
    """An endpoint that serves `live`; `update` is the running one, or else the last one.

    `deployment_config` is the `DeploymentConfig` of the most recent deployment, which
    survives a rollback.
    """

    name: str
    arn: str
    live: FleetConfig
    created_at: datetime
    last_modified_at: datetime
    update: Update | None = None
    failure_reason: str = ""
    deployment_config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> State | None:
        """What the running or last update does; None when there never was one."""
        return self.update.state if self.update else None

    @property
    def updating(self) -> Update | None:
        """The update that runs, None when nothing goes on."""
        return self.update if self.update and self.update.state.phase not in SETTLED else None

    @property
    def status(self) -> str:
        """The EndpointStatus."""
        return UPDATING if self.updating else IN_SERVICE

    @property
    def next_at(self) -> datetime | None:
        """The next moment at which something changes by itself."""
        return self.updating.next_at if self.updating else None

    def begin(
        self, order: Order, deployment_config: Mapping[str, Any], in_alarm: Iterable[str] = ()
    ) -> None:
        """Start an update; a reason that an earlier one left is gone (assumed)."""
        self.update = Update(order, in_alarm)
        self.deployment_config = deployment_config
        self.failure_reason = ""
        self.last_modified_at = order.started_at

    def advance(self, to: datetime) -> State | None:
        """Make the first change that is due by `to`; None when none is."""
        at = self.next_at
        if self.update is None or at is None or at > to:
            return None
        return self._settled(self.update.step(at))

    def alarm_changed(self, name: str, at: datetime, *, in_alarm: bool) -> State | None:
        """Tell a running update that an alarm went into or out of ALARM; None: nothing changes.

        Changes that were due by `at` must have been made.
        """
        if self.updating is None:
            return None
        entered = self.updating.alarm_changed(name, at, in_alarm=in_alarm)
        return entered[-1] if entered else None

    def rescale(self, changes: Mapping[str, Mapping[str, float]], at: datetime) -> None:
        """Change counts and weights by variant name; they hold at once (assumed)."""
        self.live = self.live.rescaled(changes)
        self.last_modified_at = at

    def _settled(self, state: State) -> State:
        if self.update and state.phase in SETTLED:
            self.live = self.update.order.green if state.phase is Phase.COMPLETED else self.live
            self.failure_reason = state.failure_reason
            self.last_modified_at = state.since
        return state
