"""An alarm as the embedded CloudWatch keeps it, in moto's own dictionary of alarms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bluegreen_simulator.rules.alarms.composite_alarm import AlarmRule
from bluegreen_simulator.rules.alarms.metric_alarm import MetricAlarm
from bluegreen_simulator.rules.alarms.rule import AlarmState
from bluegreen_simulator.rules.alarms.warm_up import WarmUp


@dataclass(frozen=True)
class State:
    """An alarm's state as it was; `reason_data` is JSON or None."""

    value: str
    reason: str
    reason_data: str | None
    at: datetime


@dataclass
class Alarm:
    """A metric alarm with what it watches, a composite alarm with its rule, or one on logs.

    `request` holds the members with which it was put, as they were sent. `warm_up` is there until
    it is over. moto reads `name` and `alarm_arn`, and sets `actions_enabled`.
    """

    name: str
    alarm_arn: str
    request: Mapping[str, Any]
    configured_at: datetime
    state: State
    transitioned_at: datetime
    actions_enabled: bool
    watch: MetricAlarm | None = None
    rule: AlarmRule | None = None
    warm_up: WarmUp | None = None

    @property
    def type(self) -> str:
        """The AlarmType of histories and requests."""
        if self.watch:
            return "MetricAlarm"
        return "CompositeAlarm" if self.rule else "LogAlarm"

    def actions(self, member: str) -> list[str]:
        """The actions in a member of the request, such as OKActions."""
        found: list[str] = self.request.get(member, [])
        return found


def first_state(at: datetime) -> State:
    """The state of an alarm that has just been made."""
    value = AlarmState.INSUFFICIENT_DATA.value
    return State(value, "Unchecked: Initial alarm creation", None, at)
