"""What each function has for itself while it runs in this process: environment and output.

Exactly one task runs at a time, but a function may sleep and let another run; so both are looked
up by the task that asks, not swapped for the whole process.
"""

import io
import os
import sys
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TextIO

from bluegreen_simulator.time.clock import current_task
from bluegreen_simulator.time.tasks import Task


@dataclass
class RunningFunction:
    """A Lambda function while it runs: its physical name, role, environment, and log."""

    name: str
    role_arn: str
    environment: dict[str, str]
    log: Callable[[str], None]


_RUNNING: dict[Task | None, RunningFunction] = {}


def running_function() -> RunningFunction | None:
    """The function that the caller runs in; None outside of every function."""
    return _RUNNING.get(current_task()) if _RUNNING else None


@contextmanager
def running(function: RunningFunction) -> Iterator[None]:
    """Let the calling task run in `function`."""
    task = current_task()
    before = _RUNNING.get(task)
    _RUNNING[task] = function
    try:
        yield
    finally:
        if before is None:
            del _RUNNING[task]
        else:
            _RUNNING[task] = before


class Environment(MutableMapping[str, str]):
    """Stands in for `os.environ`: a function sees its own, everybody else the process's."""

    def __init__(self, process: MutableMapping[str, str]) -> None:
        self._process = process

    def _mine(self) -> MutableMapping[str, str]:
        function = running_function()
        return self._process if function is None else function.environment

    def __getitem__(self, name: str) -> str:
        return self._mine()[name]

    def __setitem__(self, name: str, value: str) -> None:
        self._mine()[name] = value

    def __delitem__(self, name: str) -> None:
        del self._mine()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._mine())

    def __len__(self) -> int:
        return len(self._mine())

    def copy(self) -> dict[str, str]:
        """A copy, as `os.environ` gives one."""
        return dict(self)


class Output(io.TextIOBase):
    """Stands in for `sys.stdout`: what a function prints goes to its log, line by line."""

    def __init__(self) -> None:
        self.process: TextIO | None = None

    def write(self, text: str) -> int:
        """Write to the log of the function that prints, or to the process's output."""
        function = running_function()
        if function is None:
            return (self.process or sys.__stdout__ or io.StringIO()).write(text)
        for line in filter(None, text.splitlines()):
            function.log(line)
        return len(text)

    def flush(self) -> None:
        """Send out what the process has printed: who reads it through a pipe waits for it."""
        if self.process is not None:
            self.process.flush()


FUNCTION_OUTPUT: Final = Output()
"""One for the whole process, since a logger keeps the stream that it was made with."""


@contextmanager
def separated() -> Iterator[None]:
    """Let functions have their own environment and output until the end."""
    environment: Any = os.environ  # noqa: TID251 - what is stood in for
    FUNCTION_OUTPUT.process = sys.stdout
    os.environ = Environment(environment)  # type: ignore[assignment] # it does what is asked of it # noqa: B003, TID251 - likewise
    sys.stdout = FUNCTION_OUTPUT
    try:
        yield
    finally:
        sys.stdout, FUNCTION_OUTPUT.process = FUNCTION_OUTPUT.process, None
        os.environ = environment  # noqa: B003, TID251 - put back
