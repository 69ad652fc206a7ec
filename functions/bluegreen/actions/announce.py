"""Announce a fact once: claim its notification, send it, and mark it as sent.

What SNS does not take never stops a deployment: it stays claimed, and a later look, at the latest
the reconcile, sends it.
"""

from collections.abc import Sequence
from datetime import datetime

from bluegreen.aws.account import Account
from bluegreen.aws.dynamodb.table import Write
from bluegreen.contract.errors import ObservationUnavailable
from bluegreen.deployment.notification import Notification


def announce(notification: Notification, account: Account) -> None:
    """Send a notification about a running deployment, unless it was sent or is being sent.

    Nothing is sent after the terminal notification: a claim is made while there is no record, or
    not at all, and ConcludeDeployment first writes the record and then waits for every claim.
    """
    now = account.clock.now()
    for claimed in account.claims.claim_while_it_runs([notification], now):
        send(claimed, now, account)


def announce_in_order(
    notifications: Sequence[Notification], account: Account, others: Sequence[Write] = ()
) -> bool:
    """Send each notification that was not sent; whether all of them are known to be out.

    After the first that SNS does not take, the others are claimed and left for the reconcile, so
    that they keep their order. ObservationUnavailable while somebody else holds one so recently
    that they may still be sending it: try again a minute later. The `others` are written together
    with the claim on the last notification.
    """
    taken = True
    for number, notification in enumerate(notifications, 1):
        now, is_last = account.clock.now(), number == len(notifications)
        if account.claims.claim(notification, now, others if is_last else ()):
            taken = _send_if(notification, now, account, earlier_taken=taken)
        elif not account.claims.is_settled(notification):
            raise ObservationUnavailable(f"It is not known yet whether {notification.id} was sent.")
    return taken


def _send_if(
    notification: Notification, claimed_at: datetime, account: Account, *, earlier_taken: bool
) -> bool:
    if earlier_taken:
        return send(notification, claimed_at, account)
    account.claims.let_go(notification, claimed_at)
    return False


def send(notification: Notification, claimed_at: datetime, account: Account) -> bool:
    """Publish a notification that the caller claimed at that time; whether SNS took it.

    If it did not, the claim holds nobody up: the next one may try at once.
    """
    refusal = account.topic.publish(notification)
    if refusal:
        account.log_error("notification not sent", id=notification.id, error=refusal)
        account.claims.let_go(notification, claimed_at)
        return False
    account.claims.mark_sent(notification, account.clock.now())
    return True
