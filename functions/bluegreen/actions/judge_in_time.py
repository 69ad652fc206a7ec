"""Abort a deployment that too little data would judge, shortly before the end of a bake."""

from bluegreen.actions.abort import ask_to_abort, let_it_look
from bluegreen.actions.follow import look_and_wake
from bluegreen.aws.account import Account
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.deployment import Deployment, DeploymentKey
from bluegreen.deployment.evidence import Bakes, Evidence, GreenFleet, each_bake_of
from bluegreen.deployment.too_little import is_judged_now, too_little


def judge_in_time(key: DeploymentKey, account: Account) -> None:
    """Abort the deployment, and ring at once, if the bake that runs is judged now and says little.

    It goes by the stages as they are recorded, so after a look. ObservationUnavailable where
    CloudWatch does not answer now; where it refuses, what it would say is not known, and never
    counted as enough.
    """
    deployment, now = account.deployments.find(key), account.clock.now()
    if deployment is None or deployment.concluded or not deployment.stages:
        return
    if not is_judged_now(deployment, deployment.stages[-1].seen, now):
        return
    reason = too_little(deployment, _counted(deployment, account), now)
    if reason:
        abort = Abort(now, AbortCause.NOT_ENOUGH_DATA, reason=reason)
        ask_to_abort(key, abort, account)
        _ring(key, account)


def _counted(deployment: Deployment, account: Account) -> Evidence:
    """What the guardrails counted from the first bake on."""
    request, now = deployment.request, account.clock.now()
    name, config = request.endpoint_name, request.endpoint_config_name
    green = GreenFleet(name, config, guardrails=request.guardrails)
    first, *_ = each_bake_of(deployment, now)
    evidence = account.evidence.count(green, Bakes(first.start, now))
    if evidence.unread:
        account.log_error("guardrails not counted", error=evidence.unread)
    return evidence


def _ring(key: DeploymentKey, account: Account) -> None:
    """Ring now; and look again, should that have failed."""
    deployment = account.deployments.find(key)
    if deployment is not None:
        look_and_wake(deployment, deployment.sleeper, account)
        let_it_look(deployment, account)
