"""What a person types, in a terminal and without one."""

import io
import os
import pty
import sys
import termios
from collections.abc import Iterator
from typing import Any

import pytest

from bluegreen_cli.keys import NoKeys, TerminalKeys, keys_of_terminal
from builders import START


class Clock:
    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> Any:
        return START

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Where to type; the other end is standard input."""
    ours, its = pty.openpty()
    with open(its, encoding="utf-8") as stdin:  # noqa: PTH123 - it has no path
        monkeypatch.setattr(sys, "stdin", stdin)
        yield ours
    os.close(ours)


TYPED = [
    (b"a", "a"),
    (b"bad data\n", "bad data\n"),
    ("ü".encode(), "ü"),
    (b"\x1b", "\x1b"),
    (b"\x1b[A", ""),
]


@pytest.mark.parametrize(("typed", "taken"), TYPED)
def test_keys_are_taken_as_they_are_typed_and_arrows_are_not(
    terminal: int, typed: bytes, taken: str
) -> None:
    with keys_of_terminal(Clock()) as keys:
        assert isinstance(keys, TerminalKeys)
        os.write(terminal, typed)
        assert keys.wait(5) == taken
        assert keys.wait(0) == ""


def test_the_terminal_is_put_back_even_after_an_interrupt(terminal: int) -> None:
    assert terminal
    before = termios.tcgetattr(sys.stdin)

    def interrupted() -> None:
        with keys_of_terminal(Clock()):
            assert termios.tcgetattr(sys.stdin)[3] != before[3]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert termios.tcgetattr(sys.stdin) == before


def test_without_a_terminal_time_passes_and_nobody_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("q"))
    clock = Clock()
    with keys_of_terminal(clock) as keys:
        assert isinstance(keys, NoKeys)
        assert keys.wait(2) == ""
    assert clock.slept == [2]
