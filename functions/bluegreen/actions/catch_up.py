"""Send what was claimed and not sent: each deployment's notifications in their order."""

from collections.abc import Sequence
from datetime import timedelta
from enum import Enum, auto
from typing import Final

from bluegreen.actions.announce import send
from bluegreen.actions.tell_operators import tell_operators
from bluegreen.aws.account import Account
from bluegreen.aws.dynamodb.claims import Claim

GIVEN_UP_AFTER: Final = timedelta(days=14)


class _Outcome(Enum):
    SETTLED = auto()
    HELD = auto()
    REFUSED = auto()


def catch_up(claims: Sequence[Claim], account: Account) -> int:
    """Send the claims of one deployment, oldest first; how many wait since SNS refused one.

    Nothing is sent before an earlier one, and nothing that somebody may be sending right now.
    That is no failure: either they send it, or the next reconcile does.
    """
    for done, claim in enumerate(claims):
        outcome = _catch_up(claim, account)
        if outcome is not _Outcome.SETTLED:
            return len(claims) - done if outcome is _Outcome.REFUSED else 0
    return 0


def _catch_up(claim: Claim, account: Account) -> _Outcome:
    """Send one claim, or give it up when it is too old."""
    notification, now = claim.notification, account.clock.now()
    if now < claim.held_until:
        return _Outcome.HELD
    if now >= claim.first_claimed_at + GIVEN_UP_AFTER:
        _give_up(claim, account)
        return _Outcome.SETTLED
    if not account.claims.claim(notification, now):
        settled = account.claims.is_settled(notification)  # the index was behind
        return _Outcome.SETTLED if settled else _Outcome.HELD
    taken = send(notification.late(claim.first_claimed_at), now, account)
    return _Outcome.SETTLED if taken else _Outcome.REFUSED


def _give_up(claim: Claim, account: Account) -> None:
    notification = claim.notification
    if account.claims.give_up(notification, account.clock.now()):
        id_ = notification.deployment_id
        account.log_error("notification given up", id=notification.id, deployment_id=id_)
        text = f"It could not be sent for 14 days and was given up.\n\n{notification.text}"
        tell_operators("a notification was given up", text, account)
