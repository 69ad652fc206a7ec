"""The three ways to show a deployment as it goes on: a screen, lines, and JSON for programs."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import click
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from bluegreen.clock import Clock
from bluegreen_cli.keys import Keys, NoKeys, keys_of_terminal
from bluegreen_cli.moment import Moment
from bluegreen_cli.show.dialog import Dialog
from bluegreen_cli.show.lines import Clock as ClockInWords
from bluegreen_cli.show.lines import Line, changes
from bluegreen_cli.show.moment_json import to_json
from bluegreen_cli.show.screen import draw

TICK: Final = 1
"""Seconds between drawings of the same moment, for its countdown."""

EVER_NEW: Final = {"At", "DeploymentEndsAt"}
"""Members that may change although nothing has happened."""

MOST_LINES: Final = 200
"""Of a log that is kept until a screen closes; the last ones are printed."""


class View(Protocol):
    """Where moments are shown."""

    def show(self, moment: Moment, /) -> None:
        """Show a moment."""
        ...

    def wait(self, seconds: float, /) -> bool:
        """Let `seconds` pass; False where the person has had enough."""
        ...


def of_day(moment: datetime) -> str:
    """The time of the day, in UTC."""
    return f"{moment:%H:%M:%S}"


class LinesView:
    """One line for each change; `say` takes them, and any other."""

    def __init__(
        self, say: Callable[[Line], None], clock: Clock, in_words: ClockInWords = of_day
    ) -> None:
        self.say = say
        self._clock = clock
        self._in_words = in_words
        self._last: Moment | None = None

    def show(self, moment: Moment, /) -> None:
        """Say what has changed."""
        for line in changes(self._last, moment, self._in_words):
            self.say(line)
        self._last = moment

    def wait(self, seconds: float, /) -> bool:
        """Let `seconds` pass."""
        self._clock.sleep(seconds)
        return True


class JsonView:
    """One line of JSON for each change, on standard output."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: dict[str, Any] = {}

    def show(self, moment: Moment, /) -> None:
        """Print the moment if something has happened."""
        body = to_json(moment)
        told = {name: value for name, value in body.items() if name not in EVER_NEW}
        if told != self._last:
            self._last = told
            click.echo(json.dumps(body))

    def wait(self, seconds: float, /) -> bool:
        """Let `seconds` pass."""
        self._clock.sleep(seconds)
        return True


class ScreenView:
    """The whole terminal; it keeps the log of changes for when it is closed."""

    def __init__(
        self, live: Live, keys: Keys, clock: Clock, dialog: Dialog | None, log: LinesView
    ) -> None:
        self._live = live
        self._keys = keys
        self._clock = clock
        self._dialog = dialog
        self._log = log
        self._moment: Moment | None = None
        self._shown_at = clock.now()

    def say(self, line: Line) -> None:
        """Add a line to the log."""
        self._log.say(line)

    def show(self, moment: Moment, /) -> None:
        """Draw a moment."""
        self._log.show(moment)
        self._moment, self._shown_at = moment, self._clock.now()
        self._draw()

    def wait(self, seconds: float, /) -> bool:
        """Let `seconds` pass with a countdown, and do what is typed; False after a `q`."""
        end = self._clock.now() + timedelta(seconds=seconds)
        while (left := (end - self._clock.now()).total_seconds()) > 0:
            typed = self._keys.wait(min(TICK, left))
            if self._dialog is not None:
                self._dialog.type(typed)
            self._draw()
            if self._dialog is not None and not self._dialog.goes_on():
                return False
        return True

    def _draw(self) -> None:
        if self._moment is None:
            return
        width, height = self._live.console.size
        since = self._clock.now() - self._shown_at
        moment = replace(self._moment, now=self._moment.now + since)
        footer = self._dialog.footer if self._dialog is not None else []
        self._live.update(Group(*draw(moment, width, height, footer)), refresh=True)


def has_screen(console: Console) -> bool:
    """Whether a screen can be drawn there."""
    return console.is_terminal and not console.is_dumb_terminal


def print_line(console: Console, line: Line, in_words: ClockInWords = of_day) -> None:
    """Print a line of a log; a terminal cuts it, so that each change has one row."""
    text = Text.assemble((f"{in_words(line.at):>9}  ", "dim"), line.text)
    if console.is_terminal:
        console.print(text, no_wrap=True, overflow="ellipsis")
    else:
        console.print(text, soft_wrap=True)


@contextmanager
def screen(
    console: Console, clock: Clock, dialog: Dialog | None, in_words: ClockInWords = of_day
) -> Iterator[ScreenView]:
    """A screen; when it is closed, the terminal is as before, and has the log of what changed.

    Without a dialog the keys are left alone.
    """
    log: list[Line] = []
    lines = LinesView(log.append, clock, in_words)
    try:
        with (
            keys_of_terminal(clock) if dialog else nullcontext(NoKeys(clock)) as keys,
            Live(console=console, screen=True, auto_refresh=False, transient=True) as live,
        ):
            yield ScreenView(live, keys, clock, dialog, lines)
    finally:
        for line in log[-MOST_LINES:]:
            print_line(console, line, in_words)
