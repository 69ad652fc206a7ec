"""The verdict: how a deployment ended, by what DescribeEndpoint shows, never by an event alone.

The status InService alone proves nothing: after a rollback an endpoint is InService too, with the
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
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.judged import tripped_in_words
from bluegreen.deployment.tripped_alarms import Reading, Tripped
from bluegreen.sagemaker.observation import GONE, Observation, Stage

BUSY: Final = "Another update of the endpoint is running."
NOT_UPDATED: Final = (
    "The deployment failed before it called UpdateEndpoint, so the endpoint was not changed."
)
UNCHANGED: Final = "The endpoint was not changed."
_ERROR_MESSAGE: Final = re.compile(r'"errorMessage":\s*("(?:[^"\\]|\\.)*")')


@dataclass(frozen=True)
class Decision:
    """A verdict with its trigger, the reason in words, and the alarms that tripped."""

    verdict: Verdict
    reason: str
    trigger: Trigger | None = None
    tripped_alarms: tuple[str, ...] = ()


def never_asked(state: State, deployment: Deployment | None = None) -> Decision:
    """The verdict on a deployment that ended before its update, from the workflow's state.

    `deployment` is what the table holds of it, if it ever had its lock or its place in the queue:
    what SageMaker answered if it refused the update, and whether it was aborted.
    """
    if deployment is not None and deployment.abort:
        return Decision(Verdict.FAILED, _aborted_before(deployment.abort), Trigger.ABORT)
    if "SupersededBy" in state:
        newer = f"It gave way to deployment {state['SupersededBy']}, which is newer."
        return Decision(Verdict.SUPERSEDED, plain(f"{newer} {UNCHANGED}"))
    return _refused(state, deployment.refusal if deployment else "")


def _refused(state: State, refusal: str) -> Decision:
    """The verdict on what was refused, or failed before it could be."""
    if refusal:
        return Decision(Verdict.REJECTED, plain(refusal))
    findings = [Finding.from_json(body) for body in state.get("Findings", [])]
    problem = state.get("Problem", {})
    if state.get("WouldBeRejected"):
        reason = " ".join(f"{finding.message} {finding.fix}" for finding in rejecting(findings))
        return Decision(Verdict.REJECTED, plain(reason))
    if state.get("LockAcquired") is False:
        return Decision(Verdict.REJECTED, plain(state.get("BusyReason", BUSY)))
    error, words = problem.get("Error", "none was recorded."), plain(_message_of(problem))
    if error in ("RequestRejected", "EndpointBusy", "AbortAlarmRings", "GuardrailInAlarm"):
        return Decision(Verdict.REJECTED, words)
    what = f"{error}: {words}" if words else error
    return Decision(Verdict.FAILED, plain(f"{NOT_UPDATED} Error: {what}"))


def _aborted_before(abort: Abort) -> str:
    how = {
        AbortCause.STOPPED: "Its execution was stopped",
        AbortCause.COMMAND: "It was aborted",
        AbortCause.SUPERSEDED: f"It was {_superseded_in_words(abort)}",
        AbortCause.REJECTED: "Its model package was rejected",
        AbortCause.NOT_ENOUGH_DATA: "Too little data would have judged it",
    }[abort.cause]
    given = abort.reason if abort.cause in (AbortCause.COMMAND, AbortCause.REJECTED) else ""
    reason = f" The reason given: {quoted(given)}." if given else ""
    return plain(f"{how} before UpdateEndpoint was called. {UNCHANGED}{reason}")


def _message_of(problem: Problem) -> str:
    """The message of a Lambda error. Its Cause is JSON with `errorMessage`, which may be cut."""
    cause = str(problem.get("Cause", ""))
    found = _ERROR_MESSAGE.search(cause)
    return str(json.loads(found[1])) if found else cause


def decide(
    deployment: Deployment, observation: Observation, tripped: Tripped, now: datetime
) -> Decision:
    """The verdict on a deployment that called UpdateEndpoint, and is settled or overdue now."""
    if deployment.is_settled(observation, now):
        return _settled(deployment, observation, tripped)
    if deployment.is_served(observation):
        return _succeeded(deployment)
    return Decision(
        Verdict.TIMED_OUT,
        f"Endpoint {deployment.key.endpoint_name} is still {observation.status}, half an hour"
        " after the maximum execution time of its update. No new deployment of it can start until"
        " the update has ended.",
    )


def _settled(deployment: Deployment, observation: Observation, tripped: Tripped) -> Decision:
    status, live = observation.status, observation.live_config
    endpoint, why = f"Endpoint {deployment.key.endpoint_name}", _sagemakers_reason(observation)
    if observation.serves_mixture:
        return _mixture(deployment, observation, tripped)
    if status != "InService":
        state = "no longer exists" if status == GONE else f"has the status {status}"
        return Decision(Verdict.FAILED, plain(f"{endpoint} {state}.{why}"))
    if live == deployment.request.endpoint_config_name:
        return _succeeded(deployment)
    if live != deployment.previous_config:
        reason = (
            f"{endpoint} serves {quoted(live)}, which is neither the requested nor the previous"
            " endpoint config. Someone else updated it."
        )
        return Decision(Verdict.FAILED, reason, Trigger.FOREIGN_UPDATE)
    if not deployment.has_begun(observation):
        return _never_began(deployment, observation)
    return _rolled_back(deployment, observation, tripped)


def _mixture(deployment: Deployment, observation: Observation, tripped: Tripped) -> Decision:
    """An update that SageMaker rolled back, and failed to: instances of both configs serve."""
    trigger = trigger_of(deployment, observation, tripped)
    share = deployment.highest_share
    seen = f" Green was seen with up to {share} % of the traffic." if share else ""
    reason = (
        f"SageMaker was rolling back{_why(deployment, trigger, tripped)}, and that failed too."
        f" Endpoint {deployment.key.endpoint_name} serves a mixture of both endpoint configs until"
        f" someone updates it again.{seen}{_sagemakers_reason(observation)}"
    )
    return Decision(Verdict.ROLLBACK_FAILED, plain(reason), trigger, tripped.alarms)


def _never_began(deployment: Deployment, observation: Observation) -> Decision:
    """It said that it would call UpdateEndpoint, and nothing is to be seen of it."""
    if deployment.abort:
        return Decision(Verdict.FAILED, _aborted_before(deployment.abort), Trigger.ABORT)
    serves = f"Endpoint {deployment.key.endpoint_name} still serves {observation.live_config}."
    return Decision(Verdict.FAILED, f"UpdateEndpoint had no effect. {serves}")


def _succeeded(deployment: Deployment) -> Decision:
    name, config = deployment.key.endpoint_name, deployment.request.endpoint_config_name
    return Decision(Verdict.SUCCEEDED, f"Endpoint {name} now serves {config}.")


def _rolled_back(deployment: Deployment, observation: Observation, tripped: Tripped) -> Decision:
    trigger = trigger_of(deployment, observation, tripped)
    why = _why(deployment, trigger, tripped)
    serves = f"Endpoint {deployment.key.endpoint_name} serves {observation.live_config} again."
    reason = f"SageMaker rolled back{why}. {serves}{_sagemakers_reason(observation)}"
    return Decision(Verdict.ROLLED_BACK, plain(reason), trigger, tripped.alarms)


def _why(deployment: Deployment, trigger: Trigger, tripped: Tripped) -> str:
    """What caused a rollback, to be put after "SageMaker rolled back"."""
    if trigger is Trigger.ABORT:
        return f" because {_abort_in_words(deployment.abort)}"
    if trigger is Trigger.ALARM:
        return f" because {_alarms_in_words(deployment, tripped)}"
    if trigger is Trigger.EXECUTION_TIMEOUT:
        maximum = deployment.request.policy.maximum_seconds
        return f" because the maximum execution time of {maximum} s was over"
    if trigger is Trigger.PROVISIONING:
        return " because the green fleet could not be provisioned"
    return f" for a reason that is not known{f': {tripped.unread}' if tripped.unread else ''}"


def _abort_in_words(abort: Abort | None) -> str:
    if abort is None:
        return "it was aborted"
    by = f" by {quoted(abort.by)}" if abort.by else ""
    claimed = f"{by} (claimed)" if by else ""
    reason = f" with the reason {quoted(abort.reason)}" if abort.reason else ""
    return {
        AbortCause.STOPPED: "its execution was stopped",
        AbortCause.COMMAND: f"it was aborted{claimed}{reason}",
        AbortCause.SUPERSEDED: f"it was {_superseded_in_words(abort)}",
        AbortCause.REJECTED: f"its model package was rejected{by}{reason}",
        AbortCause.NOT_ENOUGH_DATA: f"too little data would have judged it: {_bare(abort.reason)}",
    }[abort.cause]


def _bare(sentence: str) -> str:
    """A sentence of ours within another one."""
    return sentence.rstrip(".")


def _superseded_in_words(abort: Abort) -> str:
    return abort.reason or "superseded by a newer request"


def trigger_of(deployment: Deployment, observation: Observation, tripped: Tripped) -> Trigger:
    """What caused a rollback: the first trigger that holds."""
    if tripped.aborted:
        return Trigger.ABORT
    if tripped.alarms:
        return Trigger.ALARM
    if deployment.is_over_maximum(observation):
        return Trigger.EXECUTION_TIMEOUT
    idle = _never_had_traffic(deployment, observation)
    return Trigger.PROVISIONING if idle else Trigger.UNKNOWN


def _never_had_traffic(deployment: Deployment, observation: Observation) -> bool:
    """Whether the green fleet was only ever seen without traffic, and could not have had any.

    It could not if a bake that began after the last look would have lasted until after the
    endpoint settled. Where too much time passed between looks, a FailureReason of SageMaker
    counts as proof: rollbacks by alarms and timeouts are not known to leave one.
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


def _alarms_in_words(deployment: Deployment, tripped: Tripped) -> str:
    """The alarms that tripped, each with what it saw; of a guardrail what was over which limit."""
    own, guarded = list[str](), list[str]()
    for name in tripped.alarms:
        guardrail, reading = deployment.guardrail_of(name), tripped.readings.get(name, Reading())
        if guardrail is None:
            own.append(f"{quoted(name)}{reading.in_short}")
        else:
            guarded.append(f"of {tripped_in_words(guardrail, reading)}")
    alarms = f"the alarm{'s' if len(own) > 1 else ''} {', '.join(own)} tripped"
    return ", and ".join([*[alarms] * bool(own), *guarded])


def _sagemakers_reason(observation: Observation) -> str:
    reason = observation.failure_reason
    return f" SageMaker says: {plain(reason)}" if reason else ""
