"""Pass a free endpoint on: wake the newest deployment that waits for it."""

from bluegreen.aws.account import Account
from bluegreen.deployment.next_look import its_turn
from bluegreen.deployment.queue import newest_first


def pass_on(endpoint_name: str, account: Account) -> None:
    """Wake whoever goes next, if anybody waits.

    Who has no token yet is about to sleep, and looks at the lock when it has stored one. Should
    the call be lost, the one that waits looks by itself.
    """
    for waiter in newest_first(account.queue.waiting(endpoint_name))[:1]:
        if waiter.token:
            account.workflow.wake(waiter.token, its_turn())
