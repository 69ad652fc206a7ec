"""Serves the state StartUpdate."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.aws.account import Account
from bluegreen.observability import logger
from bluegreen.states.start_update import start_update
from bluegreen.states.state_input import deployment_in

account = cache(Account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Call UpdateEndpoint, once."""
    answer = start_update(deployment_in(event), account()).to_json()
    logger.info("update started", observation=answer["Observation"])
    return answer
