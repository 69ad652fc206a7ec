"""Tell a fact once: claim it, publish it, mark it sent."""

from bluegreen.aws.account import Account
from bluegreen.contract.errors import ObservationUnavailable
from bluegreen.deployment.notifications import Notification


def announce(notification: Notification, account: Account) -> None:
    """Send a fact of a running deployment, unless it was sent or somebody else is sending it.

    What SNS does not take stays claimed: a later look sends it, at the latest
    ConcludeDeployment. Nothing follows the terminal message: who finds no record after it has
    claimed sends before, since ConcludeDeployment writes the record and then waits for claims.
    """
    now = account.clock.now()
    if not account.claims.claim(notification, now):
        return
    if account.deployments.record_of(notification.key) is None:
        _send(notification, account)
    else:
        account.claims.give_back(notification, now)


def announce_for_certain(notification: Notification, account: Account) -> None:
    """Send a fact; ObservationUnavailable unless it is known to be out.

    For example while a claim is so young that its teller may still live.
    """
    ours = account.claims.claim(notification, account.clock.now())
    sent = _send(notification, account) if ours else account.claims.is_sent(notification)
    if not sent:
        raise ObservationUnavailable(f"Not known yet whether {notification.id} was sent.")


def _send(notification: Notification, account: Account) -> bool:
    refusal = account.topic.publish(notification)
    if refusal:
        account.log_error("notification refused", id=notification.id, error=refusal)
        return False
    account.claims.mark_sent(notification, account.clock.now())
    return True
