"""AwaitStage: sleep until the endpoint makes progress, unless it has made some already."""

from functools import cache

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.actions.follow import look_and_wake
from bluegreen.aws.account import Account
from bluegreen.contract.state import AwaitStageInput
from bluegreen.deployment.deployment import DeploymentKey, Sleeper
from bluegreen.deployment.next_look import nothing_to_await
from bluegreen.observability import logger
from bluegreen.runtime import new_account
from bluegreen.states.state_input import key_in

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: AwaitStageInput, _context: LambdaContext) -> None:
    """Store the task token, then look at the endpoint."""
    asleep_on = event["State"].get("Observation", {})
    await_stage(key_in(event), Sleeper(event["TaskToken"], asleep_on), account())
    logger.info("waiting for progress", asleep_on=asleep_on)


def await_stage(key: DeploymentKey, sleeper: Sleeper, account: Account) -> None:
    """Store the sleeper, then look; in this order, no event can get lost in between."""
    deployment = account.deployments.find(key)
    if deployment is None or deployment.update_requested_at is None:
        account.workflow.wake(sleeper.token, nothing_to_await())
        return
    account.deployments.keep_sleeper(deployment, sleeper)
    look_and_wake(deployment, sleeper, account)
