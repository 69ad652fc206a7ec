"""Claims on notifications: each fact is told once, and at least once if its teller dies.

Rows `NOTIFICATION#<start>#<id>#<fact>` of the endpoint's partition. A claim that was not marked
sent may be taken again after a minute; the NotificationId stays the same.
"""

import json
from datetime import datetime, timedelta
from typing import Final

from bluegreen.adapters.deployments import place_of
from bluegreen.adapters.locks import partition_of
from bluegreen.adapters.table import Row, Table
from bluegreen.domain.deployment import DeploymentKey
from bluegreen.domain.notification import Notification
from bluegreen.domain.times import to_text

CLAIM_HOLDS: Final = timedelta(seconds=60)


class Outbox:
    """The notifications of all deployments."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def claim(self, notification: Notification, now: datetime, *, while_running: bool) -> bool:
        """Whether the caller is the one to send this notification now.

        `while_running`: nobody is once the deployment has its record, so that nothing follows
        the terminal message.
        """
        values = {
            "Notification": json.dumps(notification.to_json()),
            "ClaimedAt": to_text(now),
            "Expired": to_text(now - CLAIM_HOLDS),
        }
        free = "attribute_not_exists(#ClaimedAt)"
        abandoned = "(attribute_not_exists(#SentAt) AND #ClaimedAt <= :Expired)"
        running = (place_of(notification.key), "attribute_not_exists(#Record)")
        return self._table.update_all_or_nothing(
            _place(notification),
            "SET #Notification = :Notification, #ClaimedAt = :ClaimedAt",
            values,
            condition=f"{free} OR {abandoned}",
            elsewhere=running if while_running else None,
        )

    def is_sent(self, notification: Notification) -> bool:
        """Whether the notification is known to be out."""
        return "SentAt" in (self._table.get(*_place(notification)) or {})

    def mark_sent(self, notification: Notification, now: datetime) -> None:
        """Note that the notification is out."""
        self._table.update(_place(notification), "SET #SentAt = :SentAt", {"SentAt": to_text(now)})

    def unsent(self, key: DeploymentKey) -> list[Notification]:
        """The notifications of a deployment that were claimed and not marked sent, oldest first."""
        rows = self._table.query(partition_of(key.endpoint_name), _prefix(key))
        waiting = sorted(
            (r for r in rows if "SentAt" not in r), key=lambda row: str(row["ClaimedAt"])
        )
        return [_notification(row) for row in waiting]


def _prefix(key: DeploymentKey) -> str:
    return f"NOTIFICATION#{to_text(key.started_at)}#{key.deployment_id}#"


def _place(notification: Notification) -> tuple[str, str]:
    key = notification.key
    return partition_of(key.endpoint_name), f"{_prefix(key)}{notification.fact}"


def _notification(row: Row) -> Notification:
    return Notification.from_json(json.loads(row["Notification"]))
