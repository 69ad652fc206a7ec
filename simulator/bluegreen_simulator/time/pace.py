"""Virtual time in proportion to real time, and how threads from outside join in."""

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from bluegreen_simulator.time.tasks import Task

PATIENCE: Final = 0.2
"""Real seconds that a task from outside waits for time which cannot keep up, before it is let in.

A machine may be too slow for the speed: then some moment is always due, and who waited until none
is would wait for ever.
"""

NEARLY: Final = timedelta(seconds=1)
"""As close to its limit virtual time has caught up: what is done in a moment takes its time."""


class Scaled:
    """Virtual time runs `speed` times as fast as real time, from the moment `start` on.

    With `limit` it never passes the moment that this tells: the real time, as clients know it.
    So it runs at its speed until it has caught up, and then as fast as the real time does.
    `real_seconds` counts the seconds of real time, from whenever it likes.
    """

    def __init__(
        self,
        start: datetime,
        speed: float,
        limit: Callable[[], datetime] | None = None,
        real_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._start = start
        self._speed = speed
        self._limit = limit
        self._real_seconds = real_seconds
        self._began = real_seconds()
        self._changed = threading.Condition()
        self._queue: deque[tuple[float, Task]] = deque()  # with when each came, in real seconds

    def change(self, now: datetime, speed: float) -> None:
        """Let time run at another speed from `now` on, the present virtual moment."""
        with self._changed:
            self._start, self._began, self._speed = now, self._real_seconds(), speed

    def speed_at(self, now: datetime) -> float:
        """How many times as fast as real time it runs: 1 where `now` has come to the limit.

        A machine that is too slow for the speed gets there later than it should.
        """
        behind = self.behind(now)
        return self._speed if behind is None or behind > NEARLY else 1

    def await_moment(self, when: datetime | None) -> bool:
        """Wait in real time until the moment comes, or else a task from outside.

        Moments that are due come before the tasks that wait, but for one that has waited long.
        """
        with self._changed:
            while True:
                left = None if when is None else self.seconds_until(when)
                if left is not None and left <= 0 and not self._somebody_waited_long():
                    return True
                if self._queue:
                    return False
                self._changed.wait(left)

    def present(self, now: datetime) -> datetime:
        """What time it is by the real clock, and never earlier than before."""
        passed = (self._real_seconds() - self._began) * self._speed
        reached = self._start + timedelta(seconds=passed)
        return max(now, reached if self._limit is None else min(reached, self._limit()))

    def behind(self, now: datetime) -> timedelta | None:
        """How long before its limit a virtual moment is; None without a limit."""
        return None if self._limit is None else self._limit() - now

    def join_the_queue(self, task: Task) -> None:
        """Let a task from outside run before the next moment."""
        with self._changed:
            self._queue.append((self._real_seconds(), task))
            self._changed.notify()

    def take_the_queue(self) -> list[Task]:
        """The tasks that wait, in the order in which they came."""
        with self._changed:
            waiting, self._queue = [task for _, task in self._queue], deque()
        return waiting

    def _somebody_waited_long(self) -> bool:
        return bool(self._queue) and self._real_seconds() - self._queue[0][0] > PATIENCE

    def seconds_until(self, when: datetime) -> float:
        """How many real seconds from now on a moment is due."""
        virtual = (when - self._start).total_seconds()
        left = self._began + virtual / self._speed - self._real_seconds()
        return left if self._limit is None else max(left, (when - self._limit()).total_seconds())
