"""Serves the state ValidatePolicy."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.adapters.account import Account
from bluegreen.domain.deployment import DeploymentKey
from bluegreen.domain.request import name_in
from bluegreen.domain.times import from_text
from bluegreen.observability import logger
from bluegreen.operations.validate_policy import validate_policy

account = cache(Account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Check the execution's own input."""
    request = event["Request"]
    started_at = from_text(event["StartedAt"])
    key = DeploymentKey(name_in(request) or "", event["DeploymentId"], started_at)
    checked = validate_policy(request, key, account())
    logger.info("policy validated", rejected=checked["WouldBeRejected"])
    return checked
