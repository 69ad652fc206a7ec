"""The notifications topic has something that people in chat are to know: tell the chat topic."""

import json
from functools import cache

from bluegreen.contract.aws_shapes import EventShape
from bluegreen.deployment.chat import amazon_q
from bluegreen.observability import about, logger
from bluegreen.runtime import new_account

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: EventShape, _context: object) -> None:
    """Send each notification on; SNS gives one at a time."""
    for record in event["Records"]:
        body = json.loads(record["Sns"]["Message"])
        with about(body["DeploymentId"]):
            account().chat.publish(body, amazon_q(body))
            logger.info("chat told", event=body["Event"])
