"""Claims on notifications: each is sent once, or at least once if its sender dies.

A claim that was not marked as sent can be taken again when its claimant must have ended, which is
a minute later for most; the NotificationId stays the same. Until then it is open, so that whoever
recovers finds it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bluegreen.aws.dynamodb import keys
from bluegreen.aws.dynamodb.table import (
    OPEN,
    ConditionFailedError,
    Row,
    Table,
    Write,
    setting,
    setting_once,
)
from bluegreen.contract.times import from_text, to_text
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.deployment.history import Told
from bluegreen.deployment.notification import Notification

CLAIM_HOLDS: Final = timedelta(seconds=60)
"""What a claim holds that says no other time, as those of release 0.1."""

APART: Final = timedelta(milliseconds=1)
"""By how much facts that are claimed at once differ in FirstClaimedAt, which is their order."""

OF_RELEASE_0_1: Final = "attribute_not_exists(#HeldUntil) AND #ClaimedAt <= :Expired"
ABANDONED: Final = f"#HeldUntil <= :ClaimedAt OR ({OF_RELEASE_0_1})"
UNSETTLED: Final = "attribute_not_exists(#SentAt) AND attribute_not_exists(#GivenUpAt)"
FREE: Final = f"attribute_not_exists(#ClaimedAt) OR ({UNSETTLED} AND ({ABANDONED}))"
"""That nobody has sent a fact or given it up, and nobody can be sending it."""


@dataclass(frozen=True)
class Claim:
    """A notification that is not known to be sent: until when nobody else may send it."""

    notification: Notification
    held_until: datetime
    first_claimed_at: datetime


class Claims:
    """The notifications of all deployments.

    `holds` is how long a claim holds: longer than the function that makes it can live, however
    long it stands still between its claim and SNS.
    """

    def __init__(self, table: Table, holds: timedelta = CLAIM_HOLDS) -> None:
        self._table = table
        self._holds = holds

    def claim(
        self, notification: Notification, now: datetime, others: Sequence[Write] = ()
    ) -> bool:
        """Whether the caller is the one to send this notification now; then with the others."""
        claim = self._claim_of(notification, now)
        if not others:
            return self._change(notification, claim.expression, claim.values, claim.condition)
        try:
            self._table.transact(claim, *others)
        except ConditionFailedError:
            return False
        return True

    def claim_while_it_runs(
        self, facts: Sequence[Notification], now: datetime, begun: Mapping[str, Row] | None = None
    ) -> list[Notification]:
        """Which facts of one deployment the caller is to send now, in their order.

        None once its record stands: the same transaction checks that, so that no claim is made
        after it. `begun` has, by fact, what its row is to say beside the claim unless it says it
        already: the stage that began. What somebody else has claimed or sent keeps none of the
        others from being claimed.
        """
        left = [
            (fact, self._claim_of(fact, now, place * APART, (begun or {}).get(fact.fact)))
            for place, fact in enumerate(facts)
        ]
        while left:
            refused = self._refused(facts[0].key, [claim for _, claim in left])
            if not refused:
                break
            places = enumerate(left, 1)
            left = [each for n, each in places if not {0, n} & refused]
        return [fact for fact, _ in left]

    def _refused(self, key: DeploymentKey, claims: Iterable[Write]) -> set[int]:
        """Make claims while a deployment runs, all or none; the places of those that forbid it.

        They are counted from 1; 0 is that it has concluded.
        """
        running = Write(keys.deployment(key), "attribute_not_exists(#Record)")
        try:
            self._table.transact(running, *claims)
        except ConditionFailedError as failed:
            return {*failed.refused}
        return set()

    def _claim_of(
        self,
        notification: Notification,
        now: datetime,
        after: timedelta = timedelta(),
        begun: Row | None = None,
    ) -> Write:
        values = {
            "Notification": json.dumps(notification.to_json()),
            "ClaimedAt": to_text(now),
            "HeldUntil": to_text(now + self._holds),
            "Open": OPEN,
        }
        once = {"FirstClaimedAt": to_text(now + after), **(begun or {})}
        expression = f"{setting(values)}, {setting_once(once).removeprefix('SET ')}"
        compared = {"Expired": to_text(now - CLAIM_HOLDS)}
        return Write(_row(notification), FREE, {**values, **once, **compared}, expression)

    def let_go(self, notification: Notification, claimed_at: datetime) -> None:
        """Let the next one try at once, after a claim of that time that SNS did not take."""
        values = {"ClaimedAt": to_text(claimed_at)}
        mine = "attribute_not_exists(#SentAt) AND #ClaimedAt = :ClaimedAt"
        self._change(notification, "SET #HeldUntil = :ClaimedAt", values, mine)

    def give_up(self, notification: Notification, now: datetime) -> bool:
        """Stop trying to send it; whether the caller is the first to say so."""
        expression, values = "SET #GivenUpAt = :GivenUpAt REMOVE #Open", {"GivenUpAt": to_text(now)}
        return self._change(notification, expression, values, UNSETTLED)

    def _change(
        self,
        notification: Notification,
        expression: str,
        values: Mapping[str, Any],
        condition: str,
    ) -> bool:
        try:
            self._table.update(_row(notification), expression, values, condition=condition)
        except ConditionFailedError:
            return False
        return True

    def of(self, key: DeploymentKey) -> list[Claim]:
        """All notifications of a deployment, sent or not, in the order in which they were made."""
        facts = self._table.query(keys.fact(key, ""))
        claims = [_claim(row) for row in facts if "ClaimedAt" in row]
        return sorted(claims, key=lambda each: each.first_claimed_at)

    def is_settled(self, notification: Notification) -> bool:
        """Whether the notification is known to be out, or was given up."""
        return bool({"SentAt", "GivenUpAt"} & {*(self._table.get(_row(notification)) or {})})

    def mark_sent(self, notification: Notification, now: datetime) -> None:
        """Note that the notification is out."""
        expression, values = "SET #SentAt = :SentAt REMOVE #Open", {"SentAt": to_text(now)}
        self._table.update(_row(notification), expression, values)


def unsent_in(facts: Iterable[Row]) -> tuple[Notification, ...]:
    """The notifications that were claimed and are not marked as sent, oldest first."""
    return tuple(claim.notification for claim in claims_in(facts))


def told_in(facts: Iterable[Row]) -> list[Told]:
    """The notifications of a deployment, and when each was sent."""
    noted = [row for row in facts if "Notification" in row]
    return [
        Told(_notification(row), from_text(row["SentAt"]) if "SentAt" in row else None)
        for row in noted
    ]


def claims_in(rows: Iterable[Row]) -> list[Claim]:
    """The claims that were neither sent nor given up, oldest first, a terminal one last."""
    waiting = [row for row in rows if "ClaimedAt" in row and not {"SentAt", "GivenUpAt"} & {*row}]
    claims = [_claim(row) for row in waiting]
    return sorted(claims, key=lambda each: (each.notification.is_terminal, each.first_claimed_at))


def _claim(row: Row) -> Claim:
    """The claim of a row; release 0.1 did not keep when it was claimed first, and how it holds."""
    claimed_at = from_text(row["ClaimedAt"])
    first = from_text(row["FirstClaimedAt"]) if "FirstClaimedAt" in row else claimed_at
    held = from_text(row["HeldUntil"]) if "HeldUntil" in row else claimed_at + CLAIM_HOLDS
    return Claim(_notification(row), held, first)


def _row(notification: Notification) -> keys.RowKey:
    return keys.fact(notification.key, notification.fact)


def _notification(row: Row) -> Notification:
    return Notification.from_json(json.loads(row["Notification"]))
