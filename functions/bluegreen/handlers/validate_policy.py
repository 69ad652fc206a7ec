"""Serves the state ValidatePolicy."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.aws.account import Account
from bluegreen.contract.times import from_text
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.observability import logger
from bluegreen.request.request import name_in
from bluegreen.states.validate_policy import validate_policy

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
