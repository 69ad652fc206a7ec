"""What a person types while a screen is shown; without a terminal to type in, nothing."""

import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from bluegreen.clock import Clock

MOST_BYTES: Final = 1024


class Keys(Protocol):
    """Where keys come from."""

    def wait(self, seconds: float, /) -> str:
        """What was typed, as soon as something is; empty after `seconds` without a key."""
        ...


class NoKeys:
    """Nobody types; time passes by a clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def wait(self, seconds: float, /) -> str:
        """Nothing, after `seconds`."""
        self._clock.sleep(seconds)
        return ""


class TerminalKeys:
    """The keys of the terminal on standard input, each as it is typed."""

    def wait(self, seconds: float, /) -> str:
        """What was typed; what a key such as an arrow sends is left out."""
        if not select.select([sys.stdin], [], [], seconds)[0]:
            return ""
        typed = os.read(sys.stdin.fileno(), MOST_BYTES).decode(errors="ignore")
        return "" if len(typed) > 1 and typed.startswith("\x1b") else typed


@contextmanager
def keys_of_terminal(clock: Clock) -> Iterator[Keys]:
    """The keys of standard input while it is a terminal, which is put back at the end."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        yield NoKeys(clock)
        return
    import termios  # noqa: PLC0415 - there is none on Windows
    import tty  # noqa: PLC0415 - as above

    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield TerminalKeys()
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
