"""Virtual time in proportion to real time, and how threads from outside join in."""

import threading
import time
from collections import deque
from datetime import datetime, timedelta
from typing import Final

from bluegreen_simulator.time.tasks import Task

PATIENCE: Final = 0.2
"""Real seconds that a task from outside waits for time which cannot keep up, before it is let in.

A machine may be too slow for the speed: then some moment is always due, and who waited until none
is would wait for ever.
"""


class Scaled:
    """Virtual time runs `speed` times as fast as real time, from the moment `start` on."""

    def __init__(self, start: datetime, speed: float) -> None:
        self._start = start
        self.speed = speed
        self._began = time.monotonic()
        self._changed = threading.Condition()
        self._queue: deque[tuple[float, Task]] = deque()  # with when each came, in real seconds

    def change(self, now: datetime, speed: float) -> None:
        """Let time run at another speed from `now` on, the present virtual moment."""
        with self._changed:
            self._start, self._began, self.speed = now, time.monotonic(), speed

    def await_moment(self, when: datetime | None) -> bool:
        """Wait in real time until the moment comes, or else a task from outside.

        Moments that are due come before the tasks that wait, but for one that has waited long.
        """
        with self._changed:
            while True:
                left = None if when is None else self._seconds_until(when)
                if left is not None and left <= 0 and not self._somebody_waited_long():
                    return True
                if self._queue:
                    return False
                self._changed.wait(left)

    def present(self, now: datetime) -> datetime:
        """What time it is by the real clock, and never earlier than before."""
        passed = timedelta(seconds=(time.monotonic() - self._began) * self.speed)
        return max(now, self._start + passed)

    def join_the_queue(self, task: Task) -> None:
        """Let a task from outside run before the next moment."""
        with self._changed:
            self._queue.append((time.monotonic(), task))
            self._changed.notify()

    def take_the_queue(self) -> list[Task]:
        """The tasks that wait, in the order in which they came."""
        with self._changed:
            waiting, self._queue = [task for _, task in self._queue], deque()
        return waiting

    def _somebody_waited_long(self) -> bool:
        return bool(self._queue) and time.monotonic() - self._queue[0][0] > PATIENCE

    def _seconds_until(self, when: datetime) -> float:
        virtual = (when - self._start).total_seconds()
        return self._began + virtual / self.speed - time.monotonic()
