"""Abort a deployment: note that it was asked for, ring its alarm in its bakes, silence it after."""

from dataclasses import replace
from datetime import datetime

from bluegreen.actions.announce import announce
from bluegreen.aws.account import Account
from bluegreen.contract.text import plain
from bluegreen.deployment.abort import RINGS, SILENT, Abort, AbortCause, Ringing, next_value
from bluegreen.deployment.deployment import Deployment, DeploymentKey
from bluegreen.deployment.next_look import look_again
from bluegreen.deployment.notifications import deployment_aborted
from bluegreen.registry.model_package import ModelPackage
from bluegreen.sagemaker.observation import Stage, StageSeen


def ask_to_abort(
    key: DeploymentKey, abort: Abort, account: Account
) -> tuple[bool, Deployment | None]:
    """Note that a deployment is to be aborted, and tell; False if it has concluded or was before.

    Who asked first stands; if they died before they told, this tells in their place. The
    deployment comes as it stands then, without its stages; None if there is none.
    """
    first, deployment = account.deployments.request_abort(key, abort)
    if deployment is not None and deployment.abort and not deployment.concluded:
        announce(deployment_aborted(deployment), account)
    return first, deployment


def abort_rejected(deployment: Deployment, package: ModelPackage, account: Account) -> None:
    """Abort a deployment whose model package a person has rejected, as the registry shows it."""
    by, reason = plain(package.modified_by, 128), plain(package.approval_description, 512)
    abort = Abort(account.clock.now(), AbortCause.REJECTED, by, reason)
    ask_to_abort(deployment.key, abort, account)
    let_it_look(deployment, account)


def let_it_look(deployment: Deployment, account: Account) -> None:
    """Wake the workflow, which rings again and again in a bake in which others could not.

    Its next look of its own may come only when that bake is over.
    """
    if deployment.sleeper is not None:
        account.workflow.wake(deployment.sleeper.token, look_again().to_json())


def ring(deployment: Deployment, stage: StageSeen | None, account: Account) -> Deployment:
    """Publish what the abort of a deployment needs in the bake that is seen, if anything.

    It is noted before that the endpoint's alarm may ring from now on, so that it is silenced
    whatever becomes of this function; and after it that it was published.
    """
    if stage is None or stage.stage is not Stage.BAKING or not deployment.abort:
        return deployment
    now, name = account.clock.now(), deployment.key.endpoint_name
    value = next_value(deployment.ringing, stage.started_at, now)
    if value is None or not deployment.abort_alarm:
        return deployment
    if value == RINGS:
        account.locks.rings(name, now)
    if not _publish(deployment.key, value, account):
        return deployment
    noted = _noted(deployment.ringing, value, stage.started_at, now)
    account.deployments.note_value(deployment.key, noted)
    return replace(deployment, ringing=noted)


def _noted(ringing: Ringing, value: float, bake: datetime, now: datetime) -> Ringing:
    if value == RINGS:
        return replace(ringing, rang_for=bake)
    return replace(ringing, silenced_for=bake, silenced_at=now)


def silence(deployment: Deployment, execution_arn: str, account: Account) -> None:
    """Silence the alarm of a deployment that has ended, if it was made to ring.

    Only while this execution holds the endpoint: later the alarm may ring for another deployment.
    The lock stays open until the alarm is seen to be quiet, so a failure here loses nothing.
    """
    if deployment.ringing.rang_for is None:
        return
    lock = account.locks.find(deployment.key.endpoint_name)
    if lock.belongs_to(deployment.key, execution_arn):
        _publish(deployment.key, SILENT, account)


def _publish(key: DeploymentKey, value: float, account: Account) -> bool:
    refusal = account.abort_alarms.publish(key.endpoint_name, value)
    if refusal:
        what, id_ = "abort alarm not published", key.deployment_id
        account.log_error(what, endpoint=key.endpoint_name, error=refusal, deployment_id=id_)
    return not refusal
