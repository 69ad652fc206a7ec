"""The verdict: how a deployment ended, from DescribeEndpoint, never from an event alone.

"InService" alone proves nothing: after a rollback an endpoint is InService too, on the
previous endpoint config.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bluegreen.contract.findings import Finding, rejecting
from bluegreen.contract.record import Trigger, Verdict
from bluegreen.contract.state import Problem, State
from bluegreen.contract.text import plain, quoted
from bluegreen.deployment.deployment import Deployment
from bluegreen.sagemaker.observation import GONE, Observation, Stage

_ERROR_MESSAGE: Final = re.compile(r'"errorMessage":\s*("(?:[^"\\]|\\.)*")')


@dataclass(frozen=True)
class Decision:
    """A verdict with its trigger, the reason in words, and the alarms that tripped."""

    verdict: Verdict
    reason: str
    trigger: Trigger | None = None
    tripped_alarms: tuple[str, ...] = ()


def refused(state: State, refusal: str = "") -> Decision:
    """The verdict on a deployment whose update was never asked for, from the workflow's state.

    `refusal` is what SageMaker said when it refused, if it is known.
    """
    if refusal:
        return Decision(Verdict.REJECTED, plain(refusal))
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


def _message_of(problem: Problem) -> str:
    """The words of a Lambda error, in its Cause: JSON with `errorMessage`, cut perhaps."""
    cause = str(problem.get("Cause", ""))
    found = _ERROR_MESSAGE.search(cause)
    return str(json.loads(found[1])) if found else cause


def decide(
    deployment: Deployment, observation: Observation, tripped: tuple[str, ...], now: datetime
) -> Decision:
    """The verdict on a deployment whose update was asked for, and which is settled or overdue.

    `tripped` are those of its alarms that tripped.
    """
    if deployment.is_settled(observation, now):
        return _settled(deployment, observation, tripped)
    if deployment.is_served(observation):
        return _succeeded(observation)
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
        mixture = "The rollback failed too; a mixture of both configs serves until another update."
        reason = plain(mixture + _because(observation))
        return Decision(Verdict.ROLLBACK_FAILED, reason, tripped_alarms=tripped)
    if status != "InService":
        gone = "is gone" if status == GONE else f"is {status}"
        return Decision(Verdict.FAILED, plain(f"The endpoint {gone}.{_because(observation)}"))
    if live == deployment.request.endpoint_config_name:
        return _succeeded(observation)
    if live != deployment.previous_config:
        reason = (
            f"The endpoint serves {quoted(live)}, neither the requested nor the previous config."
        )
        return Decision(Verdict.FAILED, reason, Trigger.FOREIGN_UPDATE)
    if not deployment.has_begun(observation):
        return Decision(Verdict.FAILED, "The update never began: UpdateEndpoint had no effect.")
    return _rolled_back(deployment, observation, tripped)


def _succeeded(observation: Observation) -> Decision:
    return Decision(Verdict.SUCCEEDED, f"The endpoint serves {observation.live_config}.")


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
    """What set off a rollback, the first that holds."""
    if tripped:
        return Trigger.ALARM
    if deployment.is_over_maximum(observation):
        return Trigger.EXECUTION_TIMEOUT
    idle = _never_had_traffic(deployment, observation)
    return Trigger.PROVISIONING if idle else Trigger.UNKNOWN


def _never_had_traffic(deployment: Deployment, observation: Observation) -> bool:
    """Whether green was only ever seen without traffic, and none was due in between.

    A bake that began after the last look would have lasted until after the endpoint settled.
    Where too much time passed unseen, that SageMaker gives a reason speaks for it: alarms and
    timeouts are not known to leave one.
    """
    seen = [stage.seen.stage for stage in deployment.stages]
    if any(stage not in (Stage.PROVISIONING, Stage.ROLLING_BACK) for stage in seen):
        return False
    if Stage.ROLLING_BACK in seen or observation.failure_reason:
        return True
    idle = max((s.last_seen_at for s in deployment.stages), default=deployment.update_requested_at)
    settled_at = deployment.settled_at(observation)
    first_bake = timedelta(seconds=deployment.steps[0].bake_seconds)
    return bool(idle and settled_at and settled_at - idle <= first_bake)


def _named(alarms: tuple[str, ...]) -> str:
    return f"the alarm{'s' if len(alarms) > 1 else ''} {', '.join(quoted(name) for name in alarms)}"


def _because(observation: Observation) -> str:
    return (
        f" SageMaker says: {plain(observation.failure_reason)}"
        if observation.failure_reason
        else ""
    )
