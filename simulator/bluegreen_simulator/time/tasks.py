"""A task of the virtual clock: a thread that runs only while it holds the turn."""

import threading
from typing import Protocol


class TaskEnded(BaseException):
    """The clock stops, and with it every task that still waits."""


class DeadlockError(RuntimeError):
    """Every task waits for something that nothing can bring about."""


class Flag(Protocol):
    """What a task needs of the clock's `Event`, so that tasks know no clock."""

    def set(self) -> None:
        """Set the flag; all who wait become ready."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the flag, at most `timeout` seconds; whether it is set."""
        ...


class Task:
    """One line of doing; `finished` is set when it is over, `error` holds what it raised.

    `owner` is on whose behalf it runs; what it spawns is on the same one's.
    """

    def __init__(self, name: str, finished: Flag) -> None:
        self.name = name
        self.finished = finished
        self.turn = threading.Semaphore(0)
        self.thread: threading.Thread | None = None
        self.owner: object = None
        self.waits = ""
        self.done = False
        self.ended = False
        self.error: BaseException | None = None
        self.raised: BaseException | None = None

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the task is over, at most `timeout` seconds; whether it is."""
        return self.done or self.finished.wait(timeout)
