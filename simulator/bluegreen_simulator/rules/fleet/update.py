"""A running update of an endpoint: a walk along a sequence, left for the way back when needed.

What sets off a rollback: SageMaker Developer Guide, "Auto-Rollback Configuration and Monitoring";
what the guide leaves open stands in `assumptions` and in `docs/fidelity.md`.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bluegreen_simulator.rules.fleet.assumptions import AlarmsRead
from bluegreen_simulator.rules.fleet.phases import SETTLED, Leg, Phase, State
from bluegreen_simulator.rules.fleet.routes import backward, forward
from bluegreen_simulator.rules.fleet.update_request import UpdateRequest

__all__ = ["SETTLED", "Phase", "State", "Update", "UpdateRequest"]


class Update:
    """An update as time goes on: ask `next_at`, then tell it the time or an alarm.

    `in_alarm` are the alarms that are in ALARM when it begins, which matters if their state is
    what counts, and not their change.
    """

    def __init__(self, order: UpdateRequest, in_alarm: Iterable[str] = ()) -> None:
        self.order = order
        self.in_alarm = set(in_alarm) & set(order.policy.alarms)
        first, *self._ahead = forward(order)
        self.state = _state(first, order.started_at)

    @property
    def next_at(self) -> datetime | None:
        """The next moment at which something changes by itself, None when nothing ever does."""
        deadline = self.order.deadline if self.state.leg.timed else None
        return min((at for at in (self.state.until, deadline) if at), default=None)

    def advance(self, to: datetime) -> list[State]:
        """Go on until `to`, that moment included; return the states entered, in order."""
        entered = []
        while (at := self.next_at) is not None and at <= to:
            entered.append(self.step(at))
        return entered

    def step(self, at: datetime) -> State:
        """Make the one change that is due at `at`, which is `next_at`."""
        leg, until = self.state.leg, self.state.until
        if until is None or at < until:
            self._retreat(leg, at, self._timeout_in_words())
        elif leg.failure:
            self._fail(leg, at)
        else:
            self._follow(at)
        return self.state

    def alarm_changed(self, name: str, at: datetime, *, in_alarm: bool) -> list[State]:
        """Tell that an alarm went into or out of ALARM; return the states entered by then.

        A bake that ends at the very moment is over: its alarm comes too late.
        """
        entered = self.advance(at)
        if name not in self.order.policy.alarms:
            return entered
        (self.in_alarm.add if in_alarm else self.in_alarm.discard)(name)
        if in_alarm and self.state.leg.watched:
            self._retreat(self.state.leg, at, f"the alarm {name} went into ALARM")
            entered.append(self.state)
        return entered

    def _follow(self, at: datetime) -> None:
        """Begin what comes next, unless an alarm or the maximum forbids it."""
        following, deadline = self._ahead[0], self.order.deadline
        unbegun = replace(following, count=())
        by_level = self.order.alarms_read is AlarmsRead.LEVEL
        if by_level and self.in_alarm and following.watched:
            self._retreat(unbegun, at, f"the alarm {min(self.in_alarm)} was in ALARM")
        elif following.timed and deadline and at >= deadline:
            self._retreat(unbegun, at, self._timeout_in_words())
        else:
            self._enter(self._ahead.pop(0), at)

    def _fail(self, leg: Leg, at: datetime) -> None:
        if leg.phase is Phase.CREATING:
            self._retreat(leg, at, "the green fleet did not come up", leg.failure)
        else:
            stranded = Leg(Phase.ROLLBACK_FAILED, None, leg.blue, leg.green, leg.active)
            self._enter(stranded, at, leg.failure)

    def _retreat(self, leg: Leg, at: datetime, cause: str, failure: str = "") -> None:
        first, *self._ahead = backward(self.order, leg)
        self.state = _state(first, at, cause, failure)

    def _enter(self, leg: Leg, at: datetime, failure: str = "") -> None:
        self.state = _state(leg, at, self.state.cause, failure or self.state.failure_reason)

    def _timeout_in_words(self) -> str:
        seconds = self.order.policy.maximum_seconds
        return f"the maximum execution time of {seconds} seconds was over"


def _state(leg: Leg, at: datetime, cause: str = "", failure_reason: str = "") -> State:
    until = None if leg.length is None else at + leg.length
    return State(leg, at, until, cause, failure_reason)
