"""Tell a fact once: claim it, publish it, mark it sent."""

from bluegreen.adapters.account import Account
from bluegreen.domain.deployment import DeploymentKey
from bluegreen.domain.errors import ObservationUnavailable
from bluegreen.domain.notification import Notification


def announce(notification: Notification, account: Account) -> bool:
    """Send the notification unless it was sent, or somebody else is sending it; tell whether."""
    claimed = account.outbox.claim(notification, account.clock.now())
    if claimed:
        account.topic.publish(notification)
        account.outbox.mark_sent(notification, account.clock.now())
    return claimed


def announce_unsent(key: DeploymentKey, account: Account) -> None:
    """Send what was claimed and never marked sent, because its teller died.

    ObservationUnavailable while a claim is so young that its teller may still live.
    """
    for notification in account.outbox.unsent(key):
        if not announce(notification, account):
            raise ObservationUnavailable(f"Not known yet whether {notification.id} was sent.")
