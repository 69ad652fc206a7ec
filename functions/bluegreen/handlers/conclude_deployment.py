"""Serves the state ConcludeDeployment."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.aws.account import Account
from bluegreen.observability import count_verdict, logger
from bluegreen.states.conclude_deployment import conclude_deployment
from bluegreen.states.state_input import key_in

account = cache(Account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Answer with the deployment record."""
    state = event["State"]
    record = conclude_deployment(key_in(event), event["ExecutionArn"], state, account())
    logger.info("deployment concluded", verdict=record["Verdict"], reason=record["Reason"])
    count_verdict(record["Verdict"])
    return record
