"""ConcludeDeployment: verdict, record, registry, last notification, lock; each only once."""

from functools import cache

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.actions.announce import announce, announce_for_certain
from bluegreen.actions.follow import unannounced
from bluegreen.actions.tell_registry import tell_registry
from bluegreen.aws.account import Account
from bluegreen.aws.dynamodb.deployments import KeptDeployment
from bluegreen.contract.errors import EndpointNotSettled
from bluegreen.contract.findings import Finding
from bluegreen.contract.record import DeploymentRecord, Verdict
from bluegreen.contract.state import FunctionInput, State
from bluegreen.deployment.deployment import Deployment, DeploymentKey
from bluegreen.deployment.notifications import alarm_tripped, deployment_ended
from bluegreen.deployment.record import fit_for_cause, record_of, record_of_update
from bluegreen.deployment.tripped_alarms import WatchedPeriod, has_tripped, watched_period_of
from bluegreen.deployment.verdict import decide, refused
from bluegreen.observability import count_verdict, logger
from bluegreen.runtime import new_account
from bluegreen.sagemaker.deployment_config import alarms_of
from bluegreen.states.state_input import key_in

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: FunctionInput, _context: LambdaContext) -> DeploymentRecord:
    """Conclude the deployment, and return its record."""
    state = event["State"]
    record = conclude_deployment(key_in(event), event["ExecutionArn"], state, account())
    logger.info("deployment concluded", verdict=record["Verdict"], reason=record["Reason"])
    count_verdict(record["Verdict"])
    return record


def conclude_deployment(
    key: DeploymentKey, execution_arn: str, state: State, account: Account
) -> DeploymentRecord:
    """Conclude the deployment; its record, short enough for a Cause.

    The record is written before it is announced: if anything fails afterwards, a retry announces
    the same record. EndpointNotSettled while it is too early to conclude.
    """
    kept = account.deployments.load(key)
    record = kept.record
    if record is None:
        judged = _judge(key, execution_arn, state, kept.deployment, account)
        record = account.deployments.keep_record(key, judged)
        kept = account.deployments.with_facts(key, kept)  # others claim facts until it stands
    _announce_the_rest(kept, account)
    registry = tell_registry(key, record, kept.registry_answer, account)
    announce_for_certain(deployment_ended(key, record, registry), account)
    _let_go(key, execution_arn, record, account)
    return fit_for_cause(record)


def _announce_the_rest(kept: KeptDeployment, account: Account) -> None:
    """Send what was recorded or claimed, but not sent, by somebody who died."""
    deployment = kept.deployment
    facts = unannounced(deployment) if deployment is not None and deployment.stages else ()
    for notification in {each.id: each for each in (*facts, *kept.unsent)}.values():
        announce_for_certain(notification, account)


def _judge(
    key: DeploymentKey,
    execution_arn: str,
    state: State,
    deployment: Deployment | None,
    account: Account,
) -> DeploymentRecord:
    if deployment is not None and deployment.update_requested_at is not None:
        return _judge_update(deployment, account)
    decision = refused(state, deployment.refusal if deployment else "")
    findings = [Finding.from_json(body) for body in state.get("Findings", [])]
    now, request = account.clock.now(), state.get("Request")
    return record_of(key, execution_arn, decision, findings, now, request=request)


def _judge_update(deployment: Deployment, account: Account) -> DeploymentRecord:
    observation = account.endpoints.look(deployment.key.endpoint_name)
    now = account.clock.now()
    if not deployment.is_settled(observation, now) and not deployment.is_overdue(now):
        name, status = deployment.key.endpoint_name, observation.status
        raise EndpointNotSettled(f"Endpoint {name} has not settled yet: its status is {status}.")
    tripped: tuple[str, ...] = ()
    if not deployment.is_served(observation):  # an alarm that tripped has not stopped it
        tripped = _tripped(deployment, watched_period_of(deployment, observation, now), account)
    decision = decide(deployment, observation, tripped, now)
    for alarm in decision.tripped_alarms:
        announce(alarm_tripped(deployment, alarm), account)
    return record_of_update(deployment, observation, decision, now)


def _tripped(deployment: Deployment, watch: WatchedPeriod, account: Account) -> tuple[str, ...]:
    return tuple(
        alarm
        for alarm in deployment.request.policy.alarms
        if has_tripped(account.alarms.history(alarm, watch.start), watch)
    )


def _let_go(
    key: DeploymentKey, execution_arn: str, record: DeploymentRecord, account: Account
) -> None:
    config = record.get("Request", {}).get("DeploymentConfig", {})
    account.deployments.unwatch(key, [alarm["AlarmName"] for alarm in alarms_of(config)])
    if record["Verdict"] == Verdict.TIMED_OUT:
        account.locks.leave(key, execution_arn)
    else:
        account.locks.release(key, execution_arn)
