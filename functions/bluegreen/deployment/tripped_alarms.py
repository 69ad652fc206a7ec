"""Whether an alarm tripped while it could roll a deployment back, according to its history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bluegreen.contract.text import in_figures, plain
from bluegreen.deployment.deployment import Deployment
from bluegreen.sagemaker.observation import Observation, Stage

MOST_VALUES: Final = 3
LONGEST_REASON: Final = 200


@dataclass(frozen=True)
class Reading:
    """Why an alarm took its state: the values that it saw and its limit, or CloudWatch's words."""

    values: tuple[float, ...] = ()
    limit: float | None = None
    reason: str = ""

    @property
    def last_values(self) -> tuple[float, ...]:
        """As many of the values as a message says."""
        return self.values[-MOST_VALUES:]

    @property
    def in_words(self) -> str:
        """What it saw, or CloudWatch's words; empty if nothing is known."""
        return f"{self._seen}." if self._seen else plain(self.reason, LONGEST_REASON)

    @property
    def in_short(self) -> str:
        """The same in brackets; empty without values."""
        return f" ({self._seen})" if self._seen else ""

    @property
    def _seen(self) -> str:
        if self.limit is None or not self.values:
            return ""
        values = ", ".join(_rounded(value) for value in self.last_values)
        return f"it saw {values} against a limit of {_rounded(self.limit)}"


def _rounded(value: float) -> str:
    """To four figures, which is more than a person compares."""
    return in_figures(float(f"{value:.4g}"))


@dataclass(frozen=True)
class AlarmChange:
    """A state that an alarm went into, when, and why."""

    at: datetime
    state: str
    reading: Reading = field(default=Reading())


@dataclass(frozen=True)
class Tripped:
    """Which alarms of a deployment tripped; `aborted`: its abort alarm did, as it was asked to.

    `unread` says why the history of one could not be read; then it is not known whether it did.
    `readings` say what the alarms saw when they tripped.
    """

    alarms: tuple[str, ...] = ()
    aborted: bool = False
    unread: str = ""
    readings: Mapping[str, Reading] = field(default_factory=dict)


@dataclass(frozen=True)
class WatchedPeriod:
    """The time in which an alarm could roll the deployment back.

    With `being_in_counts`, an alarm that was in ALARM already when this began counts too.
    """

    start: datetime
    end: datetime
    being_in_counts: bool


def watched_period_of(
    deployment: Deployment, observation: Observation, now: datetime
) -> WatchedPeriod:
    """From the first bake, if one was seen, until the endpoint settled.

    If no bake was seen, it begins when green was last seen without traffic, and ends when the
    rollback was first seen. In that case an alarm that was in ALARM all the time does not count
    if there is another cause: a FailureReason of SageMaker, or its maximum.
    """
    bakes = [s.seen.started_at for s in deployment.stages if s.seen.stage is Stage.BAKING]
    end = deployment.settled_at(observation) or now
    if bakes:
        return WatchedPeriod(min(bakes), end, being_in_counts=True)
    idle = [s.last_seen_at for s in deployment.stages if s.seen.stage is Stage.PROVISIONING]
    since = max(idle, default=deployment.update_requested_at or now)
    end = deployment.rollback_began_at(end) or end
    other = observation.failure_reason or deployment.is_over_maximum(observation)
    return WatchedPeriod(min(since, end), end, being_in_counts=not other)


def tripping(history: Iterable[AlarmChange], watch: WatchedPeriod) -> AlarmChange | None:
    """How an alarm went into ALARM in the period, or had before and was in ALARM as it began."""
    last: AlarmChange | None = None
    for change in sorted(history, key=lambda change: change.at):
        if change.at > watch.end:
            break
        if change.at > watch.start and change.state == "ALARM":
            return change
        if change.at > watch.start and _counts(last, watch):
            return last
        last = change
    return last if _counts(last, watch) else None


def _counts(last: AlarmChange | None, watch: WatchedPeriod) -> bool:
    return last is not None and last.state == "ALARM" and watch.being_in_counts
