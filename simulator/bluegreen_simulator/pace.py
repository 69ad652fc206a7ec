"""How virtual time passes when every task waits: by jumps, or in proportion to real time."""

import threading
import time
from collections import deque
from datetime import datetime, timedelta
from typing import Protocol

from bluegreen_simulator.turns import Task


class Pace(Protocol):
    """Decides when the next moment has come, and who from outside has knocked meanwhile."""

    def await_moment(self, when: datetime | None) -> bool:
        """Return True once `when` has come, False if somebody knocks before, or nothing can."""
        ...

    def present(self, now: datetime) -> datetime:
        """The moment it is for somebody who comes from outside; `now` is the last one there was."""
        ...

    def knock(self, visitor: Task) -> None:
        """Let a task of an outside thread in as soon as every other task waits."""
        ...

    def admitted(self) -> list[Task]:
        """Those who have knocked since the last call."""
        ...


class Jumping:
    """Each next moment comes at once; nobody comes from outside."""

    def await_moment(self, when: datetime | None) -> bool:
        """Whether there is a moment at all."""
        return when is not None

    def present(self, now: datetime) -> datetime:
        """The last moment there was."""
        return now

    def knock(self, visitor: Task) -> None:
        """Refuse: what a visitor does would depend on when it comes."""
        raise RuntimeError(f"{visitor.name} cannot come in while time jumps.")

    def admitted(self) -> list[Task]:
        """Nobody."""
        return []


class Scaled:
    """Virtual time runs `speed` times as fast as real time, from the moment `start` on."""

    def __init__(self, start: datetime, speed: float) -> None:
        self._start = start
        self._speed = speed
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
        passed = timedelta(seconds=(time.monotonic() - self._began) * self._speed)
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
        return self._began + virtual / self._speed - time.monotonic()
