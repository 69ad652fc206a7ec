"""Abort a deployment that too little data would judge, shortly before the end of a bake."""

from dataclasses import replace

from bluegreen.actions.abort import ask_to_abort, let_it_look, ring
from bluegreen.aws.account import Account
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.evidence import Bakes, Evidence, GreenFleet, each_bake_of
from bluegreen.deployment.too_little import is_judged_now, too_little


def judge_in_time(deployment: Deployment, account: Account) -> None:
    """Abort the deployment, and ring at once, if the bake that runs is judged now and says little.

    It goes by the stages as a look has just left them. ObservationUnavailable where CloudWatch
    does not answer now; where it refuses, what it would say is not known, and never counted as
    enough.
    """
    now = account.clock.now()
    if not deployment.stages or not is_judged_now(deployment, deployment.stages[-1].seen, now):
        return
    reason = too_little(deployment, _counted(deployment, account), now)
    if reason:
        abort = Abort(now, AbortCause.NOT_ENOUGH_DATA, reason=reason)
        _abort(deployment, abort, account)


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


def _abort(deployment: Deployment, abort: Abort, account: Account) -> None:
    """Ring now, in the bake that was just seen; and look again, should that have failed."""
    _, aborted = ask_to_abort(deployment.key, abort, account)
    if aborted is not None and not aborted.concluded:
        ring(replace(deployment, abort=aborted.abort), deployment.stages[-1].seen, account)
        let_it_look(aborted, account)
