"""Announce a fact once: claim its notification, send it, and mark it as sent."""

from bluegreen.aws.account import Account
from bluegreen.contract.errors import ObservationUnavailable
from bluegreen.deployment.notifications import Notification


def announce(notification: Notification, account: Account) -> None:
    """Send a notification about a running deployment, unless it was sent or is being sent.

    If SNS does not take it, it stays claimed, and a later look sends it, at the latest
    ConcludeDeployment. Nothing is sent after the terminal notification: ConcludeDeployment first
    writes the record and then waits for all claims, so whoever finds no record after its claim
    still sends in time.
    """
    now = account.clock.now()
    if not account.claims.claim(notification, now):
        return
    if account.deployments.record_of(notification.key) is None:
        _send(notification, account)
    else:
        account.claims.give_back(notification, now)


def announce_for_certain(notification: Notification, account: Account) -> None:
    """Send a notification; ObservationUnavailable unless it is known to be sent.

    For example, somebody else has claimed it so recently that they may still be sending it.
    """
    ours = account.claims.claim(notification, account.clock.now())
    sent = _send(notification, account) if ours else account.claims.is_sent(notification)
    if not sent:
        raise ObservationUnavailable(f"It is not known yet whether {notification.id} was sent.")


def _send(notification: Notification, account: Account) -> bool:
    refusal = account.topic.publish(notification)
    if refusal:
        account.log_error("notification not sent", id=notification.id, error=refusal)
        return False
    account.claims.mark_sent(notification, account.clock.now())
    return True
