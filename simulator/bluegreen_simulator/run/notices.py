"""What fails inside the AWS that is served is said once, in a line; nothing else is printed."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from io import TextIOBase
from typing import Final, TextIO, override

from bluegreen.contract.text import plain
from bluegreen_simulator.aws.lambda_.process import FUNCTION_OUTPUT

MOST: Final = 1000
"""Different failures that are said, and remembered."""


def reason_of(error: BaseException) -> str:
    """An error by its class and in its own words, in one line."""
    try:
        words = plain(str(error))
    except Exception:  # noqa: BLE001 - an error that cannot be shown is one all the same
        words = ""
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


class Notices:
    """Says on standard error what failed; the same failure once."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._said: set[str] = set()

    def tell(self, what: str, error: BaseException) -> None:
        """Say that `what`, a request or a task, failed; with PYTHONDEVMODE=1, also where."""
        line = f"{plain(what)} failed inside the embedded AWS: {reason_of(error)}"
        if line in self._said or len(self._said) >= MOST:
            return
        self._said.add(line)
        trace = "".join(traceback.format_exception(error)) if sys.flags.dev_mode else ""
        with suppress(OSError, ValueError):  # nobody reads it any more
            self._stream.write(f"{line}\n{trace}")
            self._stream.flush()


class _Nowhere(TextIOBase):
    """What is written to it is lost."""

    @override
    def write(self, text: str) -> int:
        return len(text)


@contextmanager
def silence() -> Iterator[None]:
    """Let nothing print to this process's output until the end, but for notices.

    With PYTHONDEVMODE=1, whoever looks for a fault sees everything.
    """
    if sys.flags.dev_mode:
        yield
        return
    nowhere: TextIO = _Nowhere()  # type: ignore[assignment] # text is all that is written
    before, FUNCTION_OUTPUT.process = FUNCTION_OUTPUT.process, nowhere
    try:
        with redirect_stderr(nowhere):
            yield
    finally:
        FUNCTION_OUTPUT.process = before
