"""The webhook's queue has a notification: post it, or say when or that it cannot be."""

import json
from functools import cache
from typing import Final, cast

from bluegreen.aws.account import Account
from bluegreen.contract.aws_shapes import EventShape, QueueMessageShape
from bluegreen.contract.errors import ObservationUnavailable, RequestRejected
from bluegreen.contract.message import MessageBody
from bluegreen.deployment.webhook import AGAIN_SECONDS
from bluegreen.observability import about, logger
from bluegreen.runtime import new_account

NEEDED: Final = {"Event", "DeploymentId", "Message"}
"""The members without which nothing could be shown."""

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: EventShape, _context: object) -> dict[str, list[dict[str, str]]]:
    """Post each message; which ones are to come again. One that was taken may still come twice."""
    again = [one["messageId"] for one in event["Records"] if not tell_webhook(one, account())]
    return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in again]}


def tell_webhook(message: QueueMessageShape, account: Account) -> bool:
    """Post what a message of the queue holds; whether the queue may forget it.

    What the webhook would never take is given to the operators at once. Anything else comes again
    when the webhook says, or after a minute: the queue waits, and not the function.
    """
    try:
        body = _notification_in(message["body"])
    except RequestRejected as error:
        return _bury(message, str(error), account)
    with about(body["DeploymentId"]):
        return _tell(body, message, account)


def _tell(body: MessageBody, message: QueueMessageShape, account: Account) -> bool:
    try:
        wait = account.webhook.post(body)
    except RequestRejected as error:
        return _bury(message, str(error), account)
    except ObservationUnavailable as error:
        wait = AGAIN_SECONDS
        account.log_error("webhook does not answer", error=str(error))
    logger.info("webhook called", event=body["Event"], again_in_seconds=wait)
    if wait:
        account.webhook_queue.show_again(message["receiptHandle"], wait)
    return not wait


def _bury(message: QueueMessageShape, reason: str, account: Account) -> bool:
    account.log_error("webhook not told", error=reason)
    account.webhook_queue.bury(message["body"], reason)
    return True


def _notification_in(text: str) -> MessageBody:
    """What a message holds; RequestRejected where that is none of ours."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or not body.keys() >= NEEDED:
        raise RequestRejected("What the queue holds is no notification of bluegreen.")
    return cast("MessageBody", body)
