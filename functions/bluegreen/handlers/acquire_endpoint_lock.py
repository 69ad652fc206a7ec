"""Serves the state AcquireEndpointLock."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.aws.account import Account
from bluegreen.observability import logger
from bluegreen.states.acquire_endpoint_lock import acquire_endpoint_lock
from bluegreen.states.state_input import key_in

account = cache(Account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Take the endpoint, or say who has it."""
    answer = acquire_endpoint_lock(key_in(event), event["ExecutionArn"], account())
    logger.info("lock asked for", acquired=answer["LockAcquired"])
    return answer
