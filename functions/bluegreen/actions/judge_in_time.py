"""Abort a deployment that too little data would judge, shortly before the end of a bake."""

from dataclasses import replace

from bluegreen.actions.abort import ask_to_abort, let_it_look, ring
from bluegreen.actions.follow import Look
from bluegreen.aws.account import Account
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.evidence import Bakes, Evidence, GreenFleet, each_bake_of
from bluegreen.deployment.too_little import is_judged_now, too_little
from bluegreen.sagemaker.observation import StageSeen


def judge_in_time(look: Look, account: Account) -> None:
    """Abort the deployment, and ring at once, if the bake that runs is judged now and says little.

    It goes by what a look has just seen: a bake that was cut short is the last one that is
    recorded, and runs no more. ObservationUnavailable where CloudWatch does not answer now; where
    it refuses, what it would say is not known, and never counted as enough.
    """
    deployment, bake, now = look.deployment, look.answer.stage, account.clock.now()
    if bake is None or not is_judged_now(deployment, bake, now):
        return
    reason = too_little(deployment, _counted(deployment, account), now)
    if reason:
        abort = Abort(now, AbortCause.NOT_ENOUGH_DATA, reason=reason)
        _abort(deployment, bake, abort, account)


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


def _abort(deployment: Deployment, bake: StageSeen, abort: Abort, account: Account) -> None:
    """Ring now, in the bake that was just seen; and look again, should that have failed."""
    _, aborted = ask_to_abort(deployment.key, abort, account)
    if aborted is not None and not aborted.concluded:
        ring(replace(deployment, abort=aborted.abort), bake, account)
        let_it_look(aborted, account)
