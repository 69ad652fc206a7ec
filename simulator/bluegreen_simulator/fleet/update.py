"""One blue/green update of an endpoint: a state machine over time that changes nothing by itself.

Blue/green sequence, bakes and rollback: SageMaker Developer Guide, "Blue/Green deployments";
what the guide leaves open stands in `assumed`.

CREATING ─ SHIFTING ─ BAKING ─ ... ─ SHIFTING ─ BAKING ─ DELETING_BLUE ─ COMPLETED
    └──────────┴─────────┴─ RETURNING_TRAFFIC ─ DELETING_GREEN ─ ROLLED_BACK
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final

from bluegreen.domain.policy import Policy
from bluegreen_simulator.fleet.assumed import (
    DELETION_SECONDS,
    SHIFT_SECONDS,
    TRAFFIC_RETURN_SECONDS,
)
from bluegreen_simulator.fleet.config import FleetConfig
from bluegreen_simulator.fleet.steps import steps_of


class Phase(StrEnum):
    """What an update is doing."""

    CREATING = "CREATING"
    SHIFTING = "SHIFTING"
    BAKING = "BAKING"
    DELETING_BLUE = "DELETING_BLUE"
    RETURNING_TRAFFIC = "RETURNING_TRAFFIC"
    DELETING_GREEN = "DELETING_GREEN"
    COMPLETED = "COMPLETED"
    ROLLED_BACK = "ROLLED_BACK"


WATCHED: Final = frozenset({Phase.SHIFTING, Phase.BAKING})
"""Phases in which an alarm rolls back: by its state, not by its change (assumed)."""

TIMED: Final = WATCHED | {Phase.CREATING}
"""Phases that the maximum execution timeout ends; then blue is being deleted already (assumed)."""

SETTLED: Final = frozenset({Phase.COMPLETED, Phase.ROLLED_BACK})


@dataclass(frozen=True)
class State:
    """What an update does from `since` until `until`, None for the end of it.

    `activated` counts the steps whose traffic green has; a step gets it when its SHIFTING ends.
    `cause` says in words what set off a rollback; `failure_reason` is what SageMaker would say.
    """

    phase: Phase
    since: datetime
    until: datetime | None
    activated: int = 0
    cause: str = ""
    failure_reason: str = ""


@dataclass(frozen=True)
class Order:
    """What an UpdateEndpoint asks for; `green` has its counts and weights decided.

    A policy without a maximum never times out (SageMaker's default is not documented).
    """

    blue: FleetConfig
    green: FleetConfig
    policy: Policy
    started_at: datetime

    @cached_property
    def steps(self) -> tuple[tuple[int, ...], ...]:
        """For each step, the green instances of each variant that have traffic after it."""
        return steps_of(self.policy, self.green.sizes)

    @property
    def deadline(self) -> datetime | None:
        """When the maximum execution time, counted from the update's start, is over."""
        seconds = self.policy.maximum_seconds
        return None if seconds is None else self.started_at + timedelta(seconds=seconds)

    def bake_seconds(self, step: int) -> int:
        """How long to bake after step number `step`, counted from 1."""
        last = step == len(self.steps)
        return self.policy.termination_wait_seconds if last else self.policy.wait_seconds


class Update:
    """A running update: ask `next_at`, then tell it the time or an alarm; it says what changed.

    `in_alarm` are the alarms that are in ALARM when it begins.
    """

    def __init__(self, order: Order, in_alarm: Iterable[str] = ()) -> None:
        self.order = order
        self.in_alarm = set(in_alarm) & set(order.policy.alarms)
        failure = order.green.failure
        length = failure.after if failure else order.green.provisioning
        self.state = State(Phase.CREATING, order.started_at, order.started_at + length)

    @property
    def next_at(self) -> datetime | None:
        """The next moment at which something changes by itself, None when it is settled."""
        deadline = self.order.deadline if self.state.phase in TIMED else None
        return min((at for at in (self.state.until, deadline) if at), default=None)

    def advance(self, to: datetime) -> list[State]:
        """Go on until `to`, that moment included; return the states entered, in order."""
        entered = []
        while (at := self.next_at) is not None and at <= to:
            entered.append(self.step(at))
        return entered

    def step(self, at: datetime) -> State:
        """Make the one change that is due at `at`, which is `next_at`."""
        self.state = self._next(at)
        return self.state

    def alarm_changed(self, name: str, at: datetime, *, in_alarm: bool) -> list[State]:
        """Tell that an alarm went into or out of ALARM; return the states entered by then.

        A bake that ends at the very moment is over: its alarm comes too late.
        """
        entered = self.advance(at)
        if name not in self.order.policy.alarms:
            return entered
        (self.in_alarm.add if in_alarm else self.in_alarm.discard)(name)
        if self.in_alarm and self.state.phase in WATCHED:
            self.state = self._retreat(self.state, at, self._alarm_in_words("went into ALARM"))
            entered.append(self.state)
        return entered

    def _next(self, at: datetime) -> State:
        if self.state.until is None or at < self.state.until:
            return self._retreat(self.state, at, self._timeout_in_words())
        following = self._following(at)
        if self.in_alarm and following.phase in WATCHED:
            return self._retreat(following, at, self._alarm_in_words("was in ALARM"))
        if self.order.deadline and at >= self.order.deadline and following.phase in TIMED:
            return self._retreat(following, at, self._timeout_in_words())
        return following

    def _following(self, at: datetime) -> State:
        state = self.state
        match state.phase:
            case Phase.CREATING:
                return self._created(at)
            case Phase.SHIFTING:
                return self._shifted(at, state.activated + 1)
            case Phase.BAKING:
                return self._baked(at, state.activated)
            case Phase.DELETING_BLUE:
                return State(Phase.COMPLETED, at, None, state.activated)
            case Phase.RETURNING_TRAFFIC:
                return self._deleting_green(at, state.cause, state.failure_reason)
            case _:
                return State(Phase.ROLLED_BACK, at, None, 0, state.cause, state.failure_reason)

    def _created(self, at: datetime) -> State:
        failure = self.order.green.failure
        if failure:
            return self._deleting_green(at, "the green fleet did not come up", failure.reason)
        return self._shifting(at, 0)

    def _shifting(self, at: datetime, activated: int) -> State:
        return State(Phase.SHIFTING, at, at + timedelta(seconds=SHIFT_SECONDS), activated)

    def _shifted(self, at: datetime, activated: int) -> State:
        seconds = self.order.bake_seconds(activated)
        if seconds == 0:
            return self._baked(at, activated)
        return State(Phase.BAKING, at, at + timedelta(seconds=seconds), activated)

    def _baked(self, at: datetime, activated: int) -> State:
        if activated < len(self.order.steps):
            return self._shifting(at, activated)
        until = at + timedelta(seconds=DELETION_SECONDS)
        return State(Phase.DELETING_BLUE, at, until, activated)

    def _retreat(self, state: State, at: datetime, cause: str) -> State:
        if state.activated == 0:
            return self._deleting_green(at, cause)
        until = at + timedelta(seconds=TRAFFIC_RETURN_SECONDS)
        return State(Phase.RETURNING_TRAFFIC, at, until, state.activated, cause)

    def _deleting_green(self, at: datetime, cause: str, failure_reason: str = "") -> State:
        until = at + timedelta(seconds=DELETION_SECONDS)
        return State(Phase.DELETING_GREEN, at, until, 0, cause, failure_reason)

    def _alarm_in_words(self, what: str) -> str:
        return f"the alarm {min(self.in_alarm)} {what}"

    def _timeout_in_words(self) -> str:
        seconds = self.order.policy.maximum_seconds
        return f"the maximum execution time of {seconds} seconds was over"
