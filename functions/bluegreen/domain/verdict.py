"""The verdict: how a deployment ended, from DescribeEndpoint, never from an event alone.

"InService" alone proves nothing: after a rollback an endpoint is InService too, on the
previous endpoint config.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bluegreen.domain.deployment import Deployment
from bluegreen.domain.finding import Finding, rejecting
from bluegreen.domain.observation import GONE, Observation, Stage
from bluegreen.domain.quoting import plain, quoted


class Verdict(StrEnum):
    """How a deployment ended."""

    SUCCEEDED = "SUCCEEDED"
    ROLLED_BACK = "ROLLED_BACK"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"
    SUPERSEDED = "SUPERSEDED"
    TIMED_OUT = "TIMED_OUT"


class Trigger(StrEnum):
    """What made a deployment end as it did, where there is something to say."""

    ALARM = "ALARM"
    EXECUTION_TIMEOUT = "EXECUTION_TIMEOUT"
    PROVISIONING = "PROVISIONING"
    FOREIGN_UPDATE = "FOREIGN_UPDATE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class AlarmChange:
    """One entry of an alarm's history: the state it went into, and when."""

    at: datetime
    state: str


@dataclass(frozen=True)
class Decision:
    """A verdict with its trigger, the reason in words, and the alarms that tripped."""

    verdict: Verdict
    reason: str
    trigger: Trigger | None = None
    tripped_alarms: tuple[str, ...] = ()


def refused(state: Mapping[str, Any]) -> Decision:
    """The verdict on a deployment whose update was never asked for, from the workflow's state."""
    findings = [Finding.from_json(body) for body in state.get("Findings", [])]
    problem = state.get("Problem", {})
    if state.get("WouldBeRejected"):
        reason = " ".join(f"{finding.message} {finding.fix}" for finding in rejecting(findings))
        return Decision(Verdict.REJECTED, plain(reason))
    if state.get("LockAcquired") is False:
        return Decision(Verdict.REJECTED, plain(state.get("BusyReason", "The endpoint is busy.")))
    error, words = problem.get("Error", "No error is known."), plain(_message_of(problem))
    if error in ("RequestRejected", "EndpointBusy"):
        return Decision(Verdict.REJECTED, words)
    what = f"{error}: {words}" if words else error
    return Decision(Verdict.FAILED, f"The update was never asked for. {what}")


def _message_of(problem: Mapping[str, Any]) -> str:
    """The words of a Lambda error, which stand in its Cause as JSON with `errorMessage`."""
    cause = str(problem.get("Cause", ""))
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return cause


def decide(
    deployment: Deployment, observation: Observation, tripped: tuple[str, ...], now: datetime
) -> Decision:
    """The verdict on a deployment whose update was asked for, and which is settled or overdue.

    `tripped` are those of its alarms that tripped.
    """
    if deployment.is_settled(observation, now):
        return _settled(deployment, observation, tripped)
    return Decision(
        Verdict.TIMED_OUT,
        f"The endpoint is still {observation.status}, half an hour after the maximum"
        f" execution time. The lock is kept until it settles.",
    )


def _settled(
    deployment: Deployment, observation: Observation, tripped: tuple[str, ...]
) -> Decision:
    status, live = observation.status, observation.live_config
    if status == "UpdateRollbackFailed":
        return Decision(Verdict.ROLLBACK_FAILED, f"The rollback failed too.{_because(observation)}")
    if status != "InService":
        gone = "is gone" if status == GONE else f"is {status}"
        return Decision(Verdict.FAILED, f"The endpoint {gone}.{_because(observation)}")
    if live == deployment.request.endpoint_config_name:
        return Decision(Verdict.SUCCEEDED, f"The endpoint serves {live}.")
    if live != deployment.previous_config:
        reason = (
            f"The endpoint serves {quoted(live)}, neither the requested nor the previous config."
        )
        return Decision(Verdict.FAILED, reason, Trigger.FOREIGN_UPDATE)
    if not deployment.has_begun(observation):
        return Decision(Verdict.FAILED, "The update never began: UpdateEndpoint had no effect.")
    return _rolled_back(deployment, observation, tripped)


def _rolled_back(
    deployment: Deployment, observation: Observation, tripped: tuple[str, ...]
) -> Decision:
    trigger = trigger_of(deployment, observation, tripped)
    maximum = deployment.request.policy.maximum_seconds
    why = {
        Trigger.ALARM: f"{_named(tripped)} tripped",
        Trigger.EXECUTION_TIMEOUT: f"the maximum execution time of {maximum} seconds was over",
        Trigger.PROVISIONING: "the green fleet could not be provisioned",
    }.get(trigger, "no cause is known")
    reason = f"SageMaker rolled back because {why}; the endpoint serves {observation.live_config}."
    return Decision(Verdict.ROLLED_BACK, plain(reason + _because(observation)), trigger, tripped)


def trigger_of(
    deployment: Deployment, observation: Observation, tripped: tuple[str, ...]
) -> Trigger:
    """What set off a rollback, the first that holds.

    Alarm history is kept by CloudWatch whatever became of our events, and a rollback out of a
    bake needs an alarm; so, without one and within the maximum time, a green fleet that was
    never seen with traffic was not provisioned.
    """
    settled_at, latest_end = observation.last_modified, deployment.latest_end
    if tripped:
        return Trigger.ALARM
    if settled_at and latest_end and settled_at >= latest_end:
        return Trigger.EXECUTION_TIMEOUT
    before_traffic = (Stage.PROVISIONING, Stage.ROLLING_BACK)
    if all(stage.seen.stage in before_traffic for stage in deployment.stages):
        return Trigger.PROVISIONING
    return Trigger.UNKNOWN


def _named(alarms: tuple[str, ...]) -> str:
    return f"the alarm{'s' if len(alarms) > 1 else ''} {', '.join(quoted(name) for name in alarms)}"


def _because(observation: Observation) -> str:
    return (
        f" SageMaker says: {plain(observation.failure_reason)}"
        if observation.failure_reason
        else ""
    )


def watch_began_at(deployment: Deployment) -> datetime | None:
    """From when on an alarm could roll the deployment back; None before its update.

    The start of the first bake that was seen; if none was, the last moment at which green was
    seen without traffic.
    """
    bakes = [s.seen.started_at for s in deployment.stages if s.seen.stage is Stage.BAKING]
    idle = [s.last_seen_at for s in deployment.stages if s.seen.stage is Stage.PROVISIONING]
    return min(bakes, default=max(idle, default=deployment.update_requested_at))


def has_tripped(history: Iterable[AlarmChange], start: datetime, end: datetime) -> bool:
    """Whether an alarm entered ALARM, or was in it, between `start` and `end`."""
    state = ""
    for change in sorted(history, key=lambda change: change.at):
        if change.at > end:
            break
        if change.at > start and "ALARM" in (state, change.state):
            return True
        state = change.state
    return state == "ALARM"
