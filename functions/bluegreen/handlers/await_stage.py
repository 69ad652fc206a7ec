"""Serves the state AwaitStage; its answer goes through the task token."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.aws.account import Account
from bluegreen.deployment.deployment import Sleeper
from bluegreen.observability import logger
from bluegreen.states.await_stage import await_stage
from bluegreen.states.state_input import key_in

account = cache(Account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Store the token, then look."""
    asleep_on = event["State"].get("Observation", {})
    await_stage(key_in(event), Sleeper(event["TaskToken"], asleep_on), account())
    logger.info("asleep or answered", asleep_on=asleep_on)
