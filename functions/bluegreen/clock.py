"""The clock that is passed in wherever time matters: its interface, and the real clock."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        ...


class SystemClock:
    """The clock of the machine that a function runs on."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the clock that is passed in

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        time.sleep(seconds)  # noqa: TID251 - this is the clock that is passed in
