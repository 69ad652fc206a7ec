"""Serves the rule on model packages that are approved: the starter of deployments."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.aws.account import Account
from bluegreen.events.approval_event import relay_approval_event
from bluegreen.observability import logger
from bluegreen.settings import state_machine_arn

account = cache(Account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Believe nothing of the event but the package's ARN."""
    arn = str(event.get("detail", {}).get("ModelPackageArn", ""))
    outcome = relay_approval_event(event, state_machine_arn(), account())
    logger.info("approval event", package=arn, outcome=outcome)
