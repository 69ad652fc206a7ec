"""ConcludeDeployment: verdict, record, registry, last notification, lock; each only once."""

from dataclasses import replace
from functools import cache
from typing import Final, TypeIs

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.actions.abort import silence
from bluegreen.actions.announce import announce, announce_in_order
from bluegreen.actions.follow import follow, unannounced, unannounced_abort
from bluegreen.actions.keep_series import keep_series
from bluegreen.actions.pass_on import pass_on
from bluegreen.actions.tell_operators import tell_operators
from bluegreen.actions.tell_registry import tell_registry
from bluegreen.actions.tell_rehearsal import tell_rehearsal
from bluegreen.actions.tell_replaced import tell_replaced
from bluegreen.aws.account import Account
from bluegreen.aws.dynamodb.deployments import KeptDeployment
from bluegreen.contract.errors import EndpointNotSettled, ObservationUnavailable, RequestRejected
from bluegreen.contract.findings import Finding
from bluegreen.contract.record import DeploymentRecord, Trigger, Verdict
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
from bluegreen.deployment.evidence import Evidence, GreenFleet, as_far_as_known, bakes_of
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
from bluegreen.deployment.tripped_alarms import (
    Reading,
    Tripped,
    WatchedPeriod,
    tripping,
    watched_period_of,
)
from bluegreen.deployment.verdict import decide, never_asked
from bluegreen.metrics import measure
from bluegreen.observability import about, logger
from bluegreen.registry.approval import withdrawal_in_words
from bluegreen.runtime import new_account
from bluegreen.sagemaker.deployment_config import alarms_of
from bluegreen.sagemaker.observation import Observation
from bluegreen.states.state_input import OF_RELEASE_0_1, key_in, workflow_version_in

APPROVAL_NOT_KNOWN: Final = "Whether its model package is still Approved is not known."
OPERATORS_ARE_TOLD: Final = 3
"""After how many times in a row at which it was too early."""

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(
    event: FunctionInput, _context: LambdaContext
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
    later. What the gates saw is kept last of all, if CloudWatch tells it at once. LockLost if
    another execution runs the deployment now.
    """
    kept = account.deployments.load(key)
    record, first = kept.record, kept.record is None
    if record is None:
        judged = _judge(key, execution_arn, state, kept.deployment, account)
        if not is_record(judged):
            return judged
        fence = state.get("Fence") or _fence_of(key, execution_arn, account)
        record = account.deployments.keep_record(key, judged, fence)
        kept = account.deployments.with_facts(key, kept)  # others claim facts until it stands
    registry = tell_registry(key, record, kept.registry_answer, account)
    ended = with_registry_answer(record, registry)
    terminal = deployment_ended(key, record, registry, account.settings.reports_bucket)
    announce_in_order([*_unsent(kept), terminal], account)
    account.deployments.unwatch(key, _watching(record, state, kept.deployment))
    _let_go(key, execution_arn, record, kept.deployment, account)
    if first and kept.deployment is not None:  # a retry after a death in these goes past them
        tell_replaced(record, account)
        keep_series(kept.deployment, account)
    return fit_for_cause(ended)


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
    deployment: Deployment | None,
    account: Account,
) -> DeploymentRecord | TooEarlyAnswer:
    if deployment is not None and deployment.update_requested_at is not None:
        running = replace(deployment, execution_arn=execution_arn)
        return _judge_update(running, state, account)
    if deployment is not None and not deployment.has_no_orphan(account.clock.now()):
        return _too_early_for_an_orphan(state)
    findings = [Finding.from_json(body) for body in state.get("Findings", [])]
    request = state.get("Request")
    if deployment is not None and request is None:  # an adopter has neither
        findings, request = list(deployment.findings), deployment.request.to_json()
    decision, now = never_asked(state, deployment), account.clock.now()
    return record_of(key, execution_arn, decision, findings, now, request=request)


def _judge_update(
    deployment: Deployment, state: State, account: Account
) -> DeploymentRecord | TooEarlyAnswer:
    observation = account.endpoints.look(deployment.key.endpoint_name)
    now = account.clock.now()
    if not deployment.is_settled(observation, now) and not deployment.is_overdue(now):
        answer = follow(deployment, observation, account)
        return _too_early(deployment.key.endpoint_name, observation.status, answer, state, account)
    tripped = Tripped()
    if not deployment.is_served(observation):  # an alarm that tripped has not stopped it
        tripped = _tripped(deployment, watched_period_of(deployment, observation, now), account)
    decision = decide(deployment, observation, tripped, now)
    for alarm in decision.tripped_alarms:
        announce(alarm_tripped(deployment, alarm, tripped.readings[alarm]), account)
    evidence = _evidence(deployment, observation, account)
    record = record_of_update(deployment, observation, decision, now, evidence=evidence)
    return _with_approval(record, deployment, account)


def _with_approval(
    record: DeploymentRecord, deployment: Deployment, account: Account
) -> DeploymentRecord:
    """The record, which says so where the model package is not Approved any more."""
    arn, abort = deployment.request.model_package_arn, deployment.abort
    if not arn:
        return record
    try:
        package = account.registry.find(arn)
    except (RequestRejected, ObservationUnavailable) as error:
        return with_words(record, f"{APPROVAL_NOT_KNOWN} {plain(str(error), 120)}")
    if package is None or package.approval == "Approved":
        return record
    record["ModelApprovalStatus"] = package.approval
    is_why = record.get("Trigger") == Trigger.ABORT and abort and abort.cause is AbortCause.REJECTED
    return record if is_why else with_words(record, withdrawal_in_words(package))


def _evidence(deployment: Deployment, observation: Observation, account: Account) -> Evidence:
    """What the verdict rests on; where that cannot be read, the verdict stands all the same."""
    request, now = deployment.request, account.clock.now()
    bakes = bakes_of(deployment, observation, now)
    variants = () if observation.asynchronous else tuple(v.name for v in observation.variants)
    name, config = request.endpoint_name, request.endpoint_config_name
    green = GreenFleet(name, config, variants, request.guardrails)
    try:
        evidence = account.evidence.read(request.alarms, green, bakes)
    except ObservationUnavailable as error:
        account.log_error("alarms not read", error=str(error))
        return Evidence()
    if evidence.unread:
        account.log_error("datapoints not read", error=evidence.unread)
    return as_far_as_known(evidence, bakes, now)


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


def _tripped(deployment: Deployment, watch: WatchedPeriod, account: Account) -> Tripped:
    """Which alarms tripped; one whose history may not be read is not known, and said as such."""
    ours = [deployment.abort_alarm] if deployment.abort and deployment.abort_alarm else []
    readings, unread = dict[str, Reading](), ""
    for alarm in [*deployment.request.alarms, *ours]:
        try:
            change = tripping(account.alarms.history(alarm, watch.start), watch)
        except RequestRejected as refusal:
            unread = str(refusal)
        else:
            readings |= {alarm: change.reading} if change else {}
    alarms = tuple(alarm for alarm in readings if alarm not in ours)
    return Tripped(alarms, len(alarms) < len(readings), unread, readings)


def _watching(
    record: DeploymentRecord, state: State, deployment: Deployment | None
) -> dict[str, None]:
    """The alarms that may find it; StartUpdate notes that before it writes anything else."""
    config = record.get("Request", {}).get("DeploymentConfig", {})
    of_state = state.get("Request", {}).get("GuardrailAlarms", [])
    named = [alarm["AlarmName"] for alarm in alarms_of(config)]
    named += [guardrail["AlarmName"] for guardrail in of_state]
    return dict.fromkeys([*named, *(deployment.request.alarms if deployment else ())])


def _let_go(
    key: DeploymentKey,
    execution_arn: str,
    record: DeploymentRecord,
    deployment: Deployment | None,
    account: Account,
) -> None:
    """Give up all else that it holds, and pass the endpoint on to whoever waits for it."""
    if deployment is not None and deployment.request.model_package_arn:
        account.deployments.unwatch_package(key, deployment.request.model_package_arn)
    if deployment is not None:
        silence(deployment, execution_arn, account)
        account.queue.leave(key)
    if record["Verdict"] == Verdict.TIMED_OUT:
        account.locks.leave(key, execution_arn)
    else:
        account.locks.release(key, execution_arn)
    if deployment is not None:  # otherwise it had nothing to pass on
        pass_on(key.endpoint_name, account)
