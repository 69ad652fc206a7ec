"""Claims on notifications: each is sent once, or at least once if its sender dies.

A claim that was not marked as sent can be taken again after a minute; the NotificationId stays
the same.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from bluegreen.aws.dynamodb import keys
from bluegreen.aws.dynamodb.table import ConditionFailedError, Row, Table
from bluegreen.contract.times import to_text
from bluegreen.deployment.notifications import Notification

CLAIM_HOLDS: Final = timedelta(seconds=60)


class Claims:
    """The notifications of all deployments."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def claim(self, notification: Notification, now: datetime) -> bool:
        """Whether the caller is the one to send this notification now."""
        values = {
            "Notification": json.dumps(notification.to_json()),
            "ClaimedAt": to_text(now),
            "Expired": to_text(now - CLAIM_HOLDS),
        }
        abandoned = "attribute_not_exists(#SentAt) AND #ClaimedAt <= :Expired"
        return self._change(
            notification,
            "SET #Notification = :Notification, #ClaimedAt = :ClaimedAt",
            values,
            f"attribute_not_exists(#ClaimedAt) OR ({abandoned})",
        )

    def give_back(self, notification: Notification, claimed_at: datetime) -> None:
        """Give up a claim of that time, unless another has taken it since."""
        values = {"ClaimedAt": to_text(claimed_at)}
        mine = "attribute_not_exists(#SentAt) AND #ClaimedAt = :ClaimedAt"
        self._change(notification, "REMOVE #Notification, #ClaimedAt", values, mine)

    def _change(
        self, notification: Notification, expression: str, values: Row, condition: str
    ) -> bool:
        try:
            self._table.update(_row(notification), expression, values, condition=condition)
        except ConditionFailedError:
            return False
        return True

    def is_sent(self, notification: Notification) -> bool:
        """Whether the notification is known to be out."""
        return "SentAt" in (self._table.get(_row(notification)) or {})

    def mark_sent(self, notification: Notification, now: datetime) -> None:
        """Note that the notification is out."""
        self._table.update(_row(notification), "SET #SentAt = :SentAt", {"SentAt": to_text(now)})


def unsent_in(facts: Iterable[Row]) -> tuple[Notification, ...]:
    """The notifications that were claimed and are not marked as sent, oldest first."""
    waiting = [row for row in facts if "ClaimedAt" in row and "SentAt" not in row]
    return tuple(_notification(row) for row in sorted(waiting, key=lambda row: row["ClaimedAt"]))


def _row(notification: Notification) -> keys.RowKey:
    return keys.fact(notification.key, notification.fact)


def _notification(row: Row) -> Notification:
    return Notification.from_json(json.loads(row["Notification"]))
