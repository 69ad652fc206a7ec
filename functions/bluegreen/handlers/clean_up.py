"""Serves the daily schedule on which old models and endpoint configs are deleted."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.aws.account import Account
from bluegreen.events.clean_up import clean_up
from bluegreen.observability import logger
from bluegreen.settings import retention

account = cache(Account)


@logger.inject_lambda_context(clear_state=True)
def handler(_event: dict[str, Any], _context: LambdaContext) -> None:
    """Delete what nobody needs any more."""
    logger.info("cleaned up", deleted=clean_up(retention(), account()))
