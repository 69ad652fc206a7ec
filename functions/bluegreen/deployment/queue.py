"""The queue of an endpoint: who waits for it, in which order, and who gives way.

The newest waiter that lives and passes the check goes next; the others give way to it, but only
once it has the endpoint. So the endpoint ends on the newest request, whatever becomes of the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bluegreen.deployment.ownership import Owner

LONGEST_SLEEP: Final = 900
"""Seconds; nobody waits longer without a look, should the call that wakes it be lost."""

BETWEEN_FOREIGN_LOOKS: Final = 120
"""Seconds; who waits for an update by somebody else is woken by nobody."""


@dataclass(frozen=True)
class Waiter:
    """A deployment that waits for its endpoint.

    `ordered_at` is when its package was approved, or when its execution started. `token` wakes it.
    `superseded_by` is the deployment that it gave way to.
    """

    owner: Owner
    ordered_at: datetime
    token: str = ""
    superseded_by: str = ""

    @property
    def place(self) -> tuple[datetime, str]:
        """Its place: the later, the earlier it goes."""
        return self.ordered_at, self.owner.key.deployment_id

    @property
    def waits(self) -> bool:
        """Whether it may still go: it has not given way, and its execution was not replaced."""
        return not self.superseded_by and not self.owner.adopter


def newest_first(waiters: Sequence[Waiter]) -> list[Waiter]:
    """Those who have not given way, the next to go first."""
    return sorted((each for each in waiters if each.waits), key=_place, reverse=True)


def _place(waiter: Waiter) -> tuple[datetime, str]:
    return waiter.place


def seconds_to_wait(since: datetime, timeout: timedelta, now: datetime, longest: int) -> int:
    """How long a waiter sleeps before its next look, in whole seconds; 0 when its time is over."""
    left = since + timeout - now
    if left <= timedelta(0):
        return 0
    return min(longest, max(1, -(-left // timedelta(seconds=1))))
