"""Serves the rule on endpoint events of SageMaker."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.aws.account import Account
from bluegreen.events.endpoint_event import relay_endpoint_event
from bluegreen.observability import logger

account = cache(Account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Believe nothing of the event but the endpoint's name."""
    name = str(event.get("detail", {}).get("EndpointName", ""))
    logger.info("endpoint event", endpoint=name, ours=relay_endpoint_event(name, account()))
