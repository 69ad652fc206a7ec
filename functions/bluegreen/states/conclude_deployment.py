"""ConcludeDeployment: verdict, record, registry, last notification, lock; each only once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, TypeIs

from bluegreen.actions.abort import silence
from bluegreen.actions.announce import announce, announce_in_order
from bluegreen.actions.follow import follow, unannounced, unannounced_abort
from bluegreen.actions.pass_on import pass_on
from bluegreen.actions.read_evidence import evidence_on, look_at_alarms, series_of, tripped_in
from bluegreen.actions.tell_operators import tell_operators
from bluegreen.actions.tell_registry import tell_registry
from bluegreen.actions.tell_rehearsal import tell_rehearsal
from bluegreen.actions.tell_replaced import tell_replaced
from bluegreen.aws.account import Account
from bluegreen.aws.dynamodb.deployments import KeptDeployment
from bluegreen.aws.dynamodb.table import Write
from bluegreen.contract.errors import EndpointNotSettled, ObservationUnavailable, RequestRejected
from bluegreen.contract.findings import Finding
from bluegreen.contract.record import DeploymentRecord, Trigger, Verdict
from bluegreen.contract.series import KeptSeries
from bluegreen.contract.state import (
    SCHEMA_VERSION,
    FunctionInput,
    RehearsalAnswer,
    State,
    TooEarlyAnswer,
)
from bluegreen.contract.text import plain
from bluegreen.deployment.abort import AbortCause
from bluegreen.deployment.deployment import (
    UNTIL_AN_ORPHAN_ENDS,
    Deployment,
    DeploymentKey,
)
from bluegreen.deployment.ending import deployment_ended
from bluegreen.deployment.next_look import Answer
from bluegreen.deployment.notification import Notification
from bluegreen.deployment.notifications import alarm_tripped
from bluegreen.deployment.record import (
    fit_for_cause,
    record_of,
    record_of_update,
    with_registry_answer,
    with_words,
)
from bluegreen.deployment.tripped_alarms import Tripped, watched_period_of
from bluegreen.deployment.verdict import decide, never_asked
from bluegreen.metrics import measure
from bluegreen.observability import about, logger
from bluegreen.registry.approval import withdrawal_in_words
from bluegreen.registry.feedback import feedback_of
from bluegreen.registry.model_package import ModelPackage
from bluegreen.runtime import new_account
from bluegreen.sagemaker.deployment_config import alarms_of
from bluegreen.states.state_input import OF_RELEASE_0_1, key_in, workflow_version_in

APPROVAL_NOT_KNOWN: Final = "Whether its model package is still Approved is not known."
OPERATORS_ARE_TOLD: Final = 3
"""After how many times in a row at which it was too early."""

account = cache(new_account)


@dataclass(frozen=True)
class _Judged:
    """The record, and what the gates saw, for reports read when CloudWatch has forgotten it.

    `package` is the model package as it was read for it.
    """

    record: DeploymentRecord
    series: KeptSeries | None = None
    package: ModelPackage | None = None

    @property
    def edited(self) -> ModelPackage | None:
        """The package if the registry is to be told of the record: it is covered together with it.

        One that only gets a trace is covered when that is left.
        """
        return self.package if feedback_of(self.record) is not None else None


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: FunctionInput, _context: object
) -> DeploymentRecord | TooEarlyAnswer | RehearsalAnswer:
    """Conclude the deployment, and return its record; or say that it is too early.

    The workflow of release 0.1 knows that only as an error, EndpointNotSettled. A dry run is only
    told of.
    """
    key, state = key_in(event), event["State"]
    with about(key.deployment_id):
        if state.get("DryRun"):
            said = tell_rehearsal(key, event["ExecutionArn"], state, account())
            logger.info("dry run told", outcome=said)
            return RehearsalAnswer(SchemaVersion=SCHEMA_VERSION, DryRun=True)
        answer = conclude_deployment(key, event["ExecutionArn"], state, account())
        if is_record(answer):
            verdict, trigger = answer["Verdict"], answer.get("Trigger")
            logger.info("deployment concluded", verdict=verdict, trigger=trigger)
            measure(answer)
        elif workflow_version_in(event) == OF_RELEASE_0_1:
            raise EndpointNotSettled("The endpoint has not settled yet.")
        return answer


def is_record(answer: DeploymentRecord | TooEarlyAnswer) -> TypeIs[DeploymentRecord]:
    """Whether the deployment was concluded."""
    return "Verdict" in answer


def conclude_deployment(
    key: DeploymentKey, execution_arn: str, state: State, account: Account
) -> DeploymentRecord | TooEarlyAnswer:
    """Conclude the deployment; its record, short enough for a Cause, or when to look again.

    The record is written before it is announced: if anything fails afterwards, a retry announces
    the same record. What SNS does not take keeps neither record nor lock: the reconcile sends it
    later. LockLost if another execution runs the deployment now.
    """
    kept, package = account.deployments.load(key), None
    record, first = kept.record, kept.record is None
    if record is None:
        judged = _judge(key, execution_arn, state, kept, account)
        if not isinstance(judged, _Judged):
            return judged
        record = _keep(judged, key, execution_arn, state, account)
        package = judged.edited if record == judged.record else None
        kept = account.deployments.with_facts(key, kept)  # others claim facts until it stands
    registry = kept.registry_answer or tell_registry(key, record, account, package)
    _tell(key, record, registry, kept, account)
    alarms = _watching(record, state, kept.deployment)
    _let_go(key, execution_arn, record, kept.deployment, account, alarms=alarms)
    if first and kept.deployment is not None:  # a retry after a death in this goes past it
        tell_replaced(record, account)
    return fit_for_cause(with_registry_answer(record, registry))


def _keep(
    judged: _Judged, key: DeploymentKey, execution_arn: str, state: State, account: Account
) -> DeploymentRecord:
    """Write the record down; the one that stands. A package that is to be edited is covered."""
    fence = state.get("Fence") or _fence_of(key, execution_arn, account)
    edited = judged.edited
    cover = [account.approvals.covering(edited.arn)] if edited is not None else []
    return account.deployments.keep_record(key, judged.record, fence, judged.series, cover)


def _tell(
    key: DeploymentKey,
    record: DeploymentRecord,
    registry: str,
    kept: KeptDeployment,
    account: Account,
) -> None:
    """Send what is unsent, and at last how it ended; what the registry was told is kept first.

    With the claim on the last notification, where no other comes before it.
    """
    terminal = deployment_ended(key, record, registry, account.settings.reports_bucket)
    unsent, answers = _unsent(kept), list[Write]()
    if registry and not kept.registry_answer:
        answers = [account.deployments.answering(key, registry)]
    if answers and unsent:
        account.deployments.keep_registry_answer(key, registry)
    announce_in_order([*unsent, terminal], account, () if unsent else answers)


def _fence_of(key: DeploymentKey, execution_arn: str, account: Account) -> int | None:
    """The fence of a lock that this execution took, where AcquireEndpointLock died telling it."""
    lock = account.locks.find(key.endpoint_name)
    return lock.fence if lock.belongs_to(key, execution_arn) else None


def _unsent(kept: KeptDeployment) -> list[Notification]:
    """What was recorded or claimed, but not sent, by somebody who died."""
    deployment, facts = kept.deployment, tuple[Notification, ...]()
    if deployment is not None:
        facts = unannounced(deployment) if deployment.stages else unannounced_abort(deployment)
    return list({each.id: each for each in (*facts, *kept.unsent)}.values())


def _judge(
    key: DeploymentKey,
    execution_arn: str,
    state: State,
    kept: KeptDeployment,
    account: Account,
) -> _Judged | TooEarlyAnswer:
    deployment = kept.deployment
    if deployment is not None and deployment.update_requested_at is not None:
        running = replace(deployment, execution_arn=execution_arn)
        return _judge_update(running, state, kept.told, account)
    if deployment is not None and not deployment.has_no_orphan(account.clock.now()):
        return _too_early_for_an_orphan(state)
    findings = [Finding.from_json(body) for body in state.get("Findings", [])]
    request = state.get("Request")
    if deployment is not None and request is None:  # an adopter has neither
        findings, request = list(deployment.findings), deployment.request.to_json()
    decision, now = never_asked(state, deployment), account.clock.now()
    return _Judged(record_of(key, execution_arn, decision, findings, now, request=request))


def _judge_update(
    deployment: Deployment, state: State, told: frozenset[str], account: Account
) -> _Judged | TooEarlyAnswer:
    observation = account.endpoints.look(deployment.key.endpoint_name)
    now = account.clock.now()
    if not deployment.is_settled(observation, now) and not deployment.is_overdue(now):
        answer = follow(deployment, observation, account)
        return _too_early(deployment.key.endpoint_name, observation.status, answer, state, account)
    served = deployment.is_served(observation)
    seen, tripped = look_at_alarms(deployment, account, served=served), Tripped()
    if not served:  # an alarm that tripped has not stopped it
        watch = watched_period_of(deployment, observation, now)
        tripped = tripped_in(watch, deployment, seen, account)
    decision = decide(deployment, observation, tripped, now)
    for alarm in decision.tripped_alarms:
        fact = alarm_tripped(deployment, alarm, tripped.readings[alarm])
        if fact.fact not in told:
            announce(fact, account)
    evidence = evidence_on(deployment, observation, seen, account)
    record = record_of_update(deployment, observation, decision, now, evidence=evidence)
    series = series_of(deployment, evidence.gates)
    return _with_approval(_Judged(record, series), deployment, account)


def _with_approval(judged: _Judged, deployment: Deployment, account: Account) -> _Judged:
    """The record, which says so where the model package is not Approved any more."""
    arn, abort, record = deployment.request.model_package_arn, deployment.abort, judged.record
    if not arn:
        return judged
    try:
        package = account.registry.find(arn)
    except (RequestRejected, ObservationUnavailable) as error:
        words = f"{APPROVAL_NOT_KNOWN} {plain(str(error), 120)}"
        return replace(judged, record=with_words(record, words))
    if package is None or package.approval == "Approved":
        return replace(judged, package=package)
    record["ModelApprovalStatus"] = package.approval
    is_why = record.get("Trigger") == Trigger.ABORT and abort and abort.cause is AbortCause.REJECTED
    said = record if is_why else with_words(record, withdrawal_in_words(package))
    return replace(judged, record=said, package=package)


def _too_early(
    endpoint_name: str, status: str, answer: Answer, state: State, account: Account
) -> TooEarlyAnswer:
    times = state.get("TooEarly", 0) + 1
    logger.info("too early to conclude", status=status, times=times)
    if times == OPERATORS_ARE_TOLD:
        problem = plain(str(state.get("Problem", {}).get("Cause", "")))
        text = (
            f"The deployment of endpoint {endpoint_name} cannot sleep: AwaitStage failed {times}"
            f" times in a row. It is looked at every few minutes until it ends. {problem}"
        )
        tell_operators("AwaitStage fails", text.strip(), account)
    return {**answer.to_json(), "TooEarly": times}


def _too_early_for_an_orphan(state: State) -> TooEarlyAnswer:
    """A function of the execution that was replaced may still be about to call UpdateEndpoint."""
    seconds = int(UNTIL_AN_ORPHAN_ENDS.total_seconds())
    answer = Answer(stage=None, settled=False, overdue=False, wait_seconds=[seconds])
    return {**answer.to_json(), "TooEarly": state.get("TooEarly", 0)}


def _watching(
    record: DeploymentRecord, state: State, deployment: Deployment | None
) -> dict[str, None]:
    """The alarms that may find it; StartUpdate notes that before it writes anything else."""
    config = record.get("Request", {}).get("DeploymentConfig", {})
    of_state = state.get("Request", {}).get("GuardrailAlarms", [])
    named = [alarm["AlarmName"] for alarm in alarms_of(config)]
    named += [guardrail["AlarmName"] for guardrail in of_state]
    return dict.fromkeys([*named, *(deployment.request.alarms if deployment else ())])


def _let_go(  # noqa: PLR0913 - all that it may hold
    key: DeploymentKey,
    execution_arn: str,
    record: DeploymentRecord,
    deployment: Deployment | None,
    account: Account,
    *,
    alarms: Iterable[str],
) -> None:
    """Give up all that it holds, at once, and pass the endpoint on to whoever waits for it."""
    package = deployment.request.model_package_arn if deployment is not None else ""
    others = account.deployments.unwatching(key, alarms, package)
    if deployment is not None:
        silence(deployment, execution_arn, account)
        others.append(account.queue.leaving(key))
    if record["Verdict"] == Verdict.TIMED_OUT:
        account.locks.leave(key, execution_arn, others)
    else:
        account.locks.release(key, execution_arn, others)
    if deployment is not None:  # otherwise it had nothing to pass on
        pass_on(key.endpoint_name, account)
