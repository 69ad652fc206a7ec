"""One endpoint over its life: the config it serves, its instance counts, and what is going on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bluegreen_simulator.rules.fleet.activity import (
    Activity,
    creation,
    deletion,
    maintenance,
    rescaling,
    undoing,
)
from bluegreen_simulator.rules.fleet.config import FleetConfig
from bluegreen_simulator.rules.fleet.phases import SETTLED, Phase, State
from bluegreen_simulator.rules.fleet.provisioning import NONE, Trouble
from bluegreen_simulator.rules.fleet.status import IN_PROGRESS, EndpointStatus
from bluegreen_simulator.rules.fleet.update import Update
from bluegreen_simulator.rules.fleet.update_request import UpdateRequest


@dataclass
class Endpoint:
    """An endpoint that serves `live`; `update` is the running one, or else the last one.

    `activity` is what goes on besides updates. `stranded` is the rolling update whose rollback
    failed: what it left serves, a mixture of both fleets, until another update goes through.
    `deployment_config` is the `DeploymentConfig` of the most recent deployment, which survives
    a rollback. `gone` is true when it has been deleted.
    """

    name: str
    arn: str
    live: FleetConfig
    created_at: datetime
    last_modified_at: datetime
    update: Update | None = None
    failure_reason: str = ""
    deployment_config: Mapping[str, Any] = field(default_factory=dict)
    activity: Activity | None = None
    stranded: Update | None = None
    gone: bool = False

    @property
    def state(self) -> State | None:
        """What the running or last update does; None when there never was one."""
        return self.update.state if self.update else None

    @property
    def updating(self) -> Update | None:
        """The update that runs, None when none does."""
        return self.update if self.update and self.update.state.phase not in SETTLED else None

    @property
    def status(self) -> EndpointStatus:
        """The EndpointStatus."""
        if self.activity:
            return self.activity.status
        if self.updating:
            return EndpointStatus.UPDATING
        if self.stranded:
            return EndpointStatus.UPDATE_ROLLBACK_FAILED
        return EndpointStatus.IN_SERVICE

    @property
    def in_progress(self) -> bool:
        """Whether something goes on, so that nothing else can be begun."""
        return self.status in IN_PROGRESS

    @property
    def next_at(self) -> datetime | None:
        """The next moment at which something changes by itself."""
        if self.activity:
            return self.activity.until
        return self.updating.next_at if self.updating else None

    def create(self, at: datetime, trouble: Trouble = NONE) -> None:
        """Let the first fleet come up."""
        self._start(creation(self.live, at, trouble))

    def rescale(
        self, changes: Mapping[str, Mapping[str, float]], at: datetime, trouble: Trouble = NONE
    ) -> None:
        """Change counts and weights by variant name."""
        self._start(rescaling(self.live, self.live.rescaled(changes), at, trouble))

    def maintain(self, at: datetime, seconds: float) -> None:
        """Let SageMaker work on the endpoint for a while."""
        self._start(maintenance(at, seconds))

    def delete(self, at: datetime) -> None:
        """Let the endpoint go."""
        self._start(deletion(at))

    def _start(self, activity: Activity) -> None:
        self.activity = activity
        self.last_modified_at = activity.since

    def begin(
        self,
        order: UpdateRequest,
        deployment_config: Mapping[str, Any],
        in_alarm: Iterable[str] = (),
    ) -> None:
        """Start an update; a reason that an earlier one left is gone (assumed)."""
        self.update = Update(order, in_alarm)
        self.deployment_config = deployment_config
        self.failure_reason = ""
        self.last_modified_at = order.started_at

    def step(self, to: datetime) -> bool:
        """Make the first change that is due by `to`; False when none is."""
        if self.activity is None:
            return self.advance(to) is not None
        at = self.activity.until
        if at is None or at > to:
            return False
        self._finish(self.activity, at)
        return True

    def _finish(self, ended: Activity, at: datetime) -> None:
        self.last_modified_at = at
        self.activity = None
        match ended.status:
            case EndpointStatus.DELETING:
                self.activity, self.gone = Activity(EndpointStatus.DELETING, at), True
            case EndpointStatus.CREATING if ended.failure:
                self.activity = Activity(EndpointStatus.FAILED, at)
                self.failure_reason = ended.failure
            case EndpointStatus.UPDATING if ended.failure:
                self.activity = undoing(ended, at)
            case EndpointStatus.UPDATING:
                self.live, self.failure_reason = ended.target or self.live, ""
            case EndpointStatus.ROLLING_BACK:
                self.failure_reason = ended.failure

    def advance(self, to: datetime) -> State | None:
        """Make the first change of an update that is due by `to`; None when none is."""
        at = self.updating.next_at if self.updating else None
        if self.update is None or at is None or at > to:
            return None
        return self._settled(self.update, self.update.step(at))

    def alarm_changed(self, name: str, at: datetime, *, in_alarm: bool) -> State | None:
        """Tell a running update that an alarm went into or out of ALARM; None: nothing changes.

        Changes that were due by `at` must have been made.
        """
        if self.updating is None:
            return None
        entered = self.updating.alarm_changed(name, at, in_alarm=in_alarm)
        return entered[-1] if entered else None

    def _settled(self, update: Update, state: State) -> State:
        if state.phase not in SETTLED:
            return state
        if state.phase is Phase.COMPLETED:
            self.live, self.stranded = update.order.green, None
        elif state.phase is Phase.ROLLBACK_FAILED:
            self.stranded = update
        self.failure_reason = state.failure_reason
        self.last_modified_at = state.since
        return state
