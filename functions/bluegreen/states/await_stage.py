"""AwaitStage: sleep until the endpoint makes progress, unless it has made some already."""

from functools import cache

from bluegreen.actions.follow import look_and_wake
from bluegreen.actions.judge_in_time import judge_in_time
from bluegreen.actions.tell_blind import tell_blind
from bluegreen.aws.account import Account
from bluegreen.contract.state import AwaitStageInput
from bluegreen.deployment.deployment import DeploymentKey, Sleeper
from bluegreen.deployment.next_look import nothing_to_await
from bluegreen.guardrails.asked import ABORT
from bluegreen.observability import about, logger
from bluegreen.runtime import new_account
from bluegreen.states.state_input import key_in

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: AwaitStageInput, _context: object) -> None:
    """Store the task token, then look at the endpoint."""
    asleep_on = event["State"].get("Observation", {})
    sleeper, fence = Sleeper(event["TaskToken"], asleep_on), event["State"].get("Fence", 0)
    with about(event["DeploymentId"]):
        await_stage(key_in(event), event["ExecutionArn"], fence, sleeper, account())
        logger.info("waiting for progress", asleep_on=asleep_on)


def await_stage(
    key: DeploymentKey, execution_arn: str, fence: int, sleeper: Sleeper, account: Account
) -> None:
    """Store the sleeper, then look; in this order, no event can get lost in between.

    An update that was never asked for is nothing to await, except while a function of an execution
    that this one replaced may still be about to ask. LockLost if this one was replaced itself.
    """
    deployment = account.deployments.keep_sleeper(key, execution_arn, fence, sleeper)
    if deployment is not None and deployment.update_requested_at is not None:
        look = look_and_wake(deployment, sleeper, account)
        if deployment.request.guardrails:
            tell_blind(look.deployment, account)
        if deployment.request.not_enough_data == ABORT:
            judge_in_time(look, account)
    elif deployment is None or deployment.has_no_orphan(account.clock.now()):
        account.workflow.wake(sleeper.token, nothing_to_await().to_json())
