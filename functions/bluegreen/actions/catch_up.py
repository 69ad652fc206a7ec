"""Send what was claimed and not sent: each deployment's notifications in their order."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bluegreen.actions.announce import send
from bluegreen.aws.account import Account
from bluegreen.aws.dynamodb.claims import CLAIM_HOLDS, Claim

GIVEN_UP_AFTER: Final = timedelta(days=14)


def catch_up(claims: Sequence[Claim], account: Account) -> int:
    """Send the claims of one deployment, oldest first; how many of them are still unsent.

    Nothing is sent before an earlier one, and nothing that somebody may be sending right now.
    """
    for done, claim in enumerate(claims):
        if not _catch_up(claim, account):
            return len(claims) - done
    return 0


def _catch_up(claim: Claim, account: Account) -> bool:
    """Send one claim, or give it up when it is too old; whether the next one may be sent."""
    now = account.clock.now()
    if now < claim.claimed_at + CLAIM_HOLDS:
        return False
    if account.claims.is_settled(claim.notification):  # the index was behind
        return True
    if now >= claim.first_claimed_at + GIVEN_UP_AFTER:
        return _give_up(claim, account)
    late = claim.notification.late(claim.first_claimed_at)
    return account.claims.claim(claim.notification, now) and send(late, now, account)


def _give_up(claim: Claim, account: Account) -> bool:
    notification = claim.notification
    if account.claims.give_up(notification, account.clock.now()):
        id_ = notification.deployment_id
        account.log_error("notification given up", id=notification.id, deployment_id=id_)
        text = f"It could not be sent for 14 days and was given up.\n\n{notification.text}"
        account.operations.publish("bluegreen: a notification was given up", text)
    return True
