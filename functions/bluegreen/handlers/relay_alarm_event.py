"""Serves the rule on alarms that go into ALARM."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.aws.account import Account
from bluegreen.contract.times import from_text
from bluegreen.events.endpoint_event import relay_alarm_event
from bluegreen.observability import logger

account = cache(Account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Pass on to the deployments that the alarm watches."""
    detail = event["detail"]
    alarm, at = detail["alarmName"], from_text(detail["state"]["timestamp"])
    logger.info("alarm event", alarm=alarm, deployments=relay_alarm_event(alarm, at, account()))
