"""Whether an alarm tripped while it could roll a deployment back, according to its history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bluegreen.deployment.deployment import Deployment
from bluegreen.sagemaker.observation import Observation, Stage


@dataclass(frozen=True)
class AlarmChange:
    """One entry of an alarm's history: the state it went into, and when."""

    at: datetime
    state: str


@dataclass(frozen=True)
class Tripped:
    """Which alarms of a deployment tripped; `aborted`: its abort alarm did, as it was asked to.

    `unread` says why the history of one could not be read; then it is not known whether it did.
    """

    alarms: tuple[str, ...] = ()
    aborted: bool = False
    unread: str = ""


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


def has_tripped(history: Iterable[AlarmChange], watch: WatchedPeriod) -> bool:
    """Whether an alarm went into ALARM during the period, or was in ALARM when it began."""
    state = ""
    for change in sorted(history, key=lambda change: change.at):
        if change.at > watch.end:
            break
        if change.at > watch.start and change.state == "ALARM":
            return True
        if change.at > watch.start and state == "ALARM" and watch.being_in_counts:
            return True
        state = change.state
    return state == "ALARM" and watch.being_in_counts
