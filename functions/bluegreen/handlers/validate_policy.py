"""Serves the state ValidatePolicy."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.adapters.account import Account
from bluegreen.observability import logger
from bluegreen.operations.validate_policy import validate_policy

account = cache(Account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Check the execution's own input."""
    checked = validate_policy(event["Request"], account())
    logger.info("policy validated", rejected=checked["WouldBeRejected"])
    return checked
