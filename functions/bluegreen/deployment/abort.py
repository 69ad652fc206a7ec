"""Abort: SageMaker has no stop button, so an alarm of ours rolls a deployment back.

Every update carries the endpoint's abort alarm. One datapoint of 1 latches it, since missing data
leaves it as it is; one of 0 silences it. It only rings while a bake is seen: SageMaker looks at
alarms in bakes, and whether it looks at their state or at their change is not documented, so it
rings anew in each later bake: first 0, and 1 a minute later.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

ABORT_NAMESPACE: Final = "bluegreen/Abort"
ABORT_METRIC: Final = "AbortRequested"
"""What the abort alarms watch, and nothing else does: by it an alarm is known to be one."""

RINGS: Final = 1.0
SILENT: Final = 0.0
"""The values of the metric: the alarm is in ALARM from 1 on."""

PERIOD: Final = timedelta(seconds=60)
"""Of the alarm; two values within one period count as the greater one."""

QUIET_BEFORE_AN_UPDATE: Final = timedelta(minutes=2)
"""How long after the last ring no update begins: its datapoint might still be evaluated."""


def abort_alarm_of(stack_name: str, endpoint_name: str) -> str:
    """The name of a stack's abort alarm; SageMaker ignores the case of endpoint names."""
    return f"{stack_name}-abort-{endpoint_name.lower()}"


RUNG_LATELY: Final = "was rung less than 2 minutes ago"


def still_rings(endpoint_name: str, state: str) -> str:
    """Why no update of an endpoint may begin yet: its abort alarm is in that state."""
    return (
        f"The abort alarm of endpoint {endpoint_name} {state}, after an earlier deployment was"
        " aborted. It could roll this one back as well. Try again later."
    )


class AbortCause(StrEnum):
    """Why a deployment is aborted."""

    COMMAND = "COMMAND"
    STOPPED = "STOPPED"
    SUPERSEDED = "SUPERSEDED"
    REJECTED = "REJECTED"
    NOT_ENOUGH_DATA = "NOT_ENOUGH_DATA"


@dataclass(frozen=True)
class Abort:
    """A request to abort a deployment: when, why, by whom (claimed), and in whose words."""

    requested_at: datetime
    cause: AbortCause
    by: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Ringing:
    """What was done about an abort: for which bake it rang last, and was silenced last, and when.

    A bake is told by its start.
    """

    rang_for: datetime | None = None
    silenced_for: datetime | None = None
    silenced_at: datetime | None = None


def next_value(ringing: Ringing, bake: datetime, now: datetime) -> float | None:
    """What to publish in the bake that began at `bake`; None: nothing now."""
    if ringing.rang_for == bake:
        return None
    if ringing.rang_for is None:
        return RINGS
    if ringing.silenced_for != bake or ringing.silenced_at is None:
        return SILENT
    return RINGS if now >= _next_period(ringing.silenced_at) else None


def seconds_to_next_value(ringing: Ringing, bake: datetime, now: datetime) -> int | None:
    """When `next_value` will have something to say in this bake; None: never."""
    if ringing.rang_for == bake or ringing.silenced_at is None or ringing.silenced_for != bake:
        return None
    left = _next_period(ringing.silenced_at) - now
    return max(0, -(-left // timedelta(seconds=1)))


def _next_period(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0) + PERIOD
