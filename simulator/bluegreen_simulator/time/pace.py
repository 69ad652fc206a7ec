"""Virtual time in proportion to real time, and the door for those who come from outside."""

import threading
import time
from collections import deque
from datetime import datetime, timedelta

from bluegreen_simulator.time.tasks import Task


class Scaled:
    """Virtual time runs `speed` times as fast as real time, from the moment `start` on."""

    def __init__(self, start: datetime, speed: float) -> None:
        self._start = start
        self.speed = speed
        self._began = time.monotonic()
        self._door = threading.Condition()
        self._visitors: deque[Task] = deque()

    def await_moment(self, when: datetime | None) -> bool:
        """Wait in real time; moments that are due come before visitors."""
        with self._door:
            while True:
                left = None if when is None else self._seconds_until(when)
                if left is not None and left <= 0:
                    return True
                if self._visitors:
                    return False
                self._door.wait(left)

    def present(self, now: datetime) -> datetime:
        """What time it is by the real clock, and never earlier than before."""
        passed = timedelta(seconds=(time.monotonic() - self._began) * self.speed)
        return max(now, self._start + passed)

    def knock(self, visitor: Task) -> None:
        """Let whoever waits for the next moment open."""
        with self._door:
            self._visitors.append(visitor)
            self._door.notify()

    def admitted(self) -> list[Task]:
        """Those who wait at the door, in the order in which they came."""
        with self._door:
            visitors, self._visitors = list(self._visitors), deque()
        return visitors

    def _seconds_until(self, when: datetime) -> float:
        virtual = (when - self._start).total_seconds()
        return self._began + virtual / self.speed - time.monotonic()
