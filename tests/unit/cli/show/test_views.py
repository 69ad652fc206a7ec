"""The ways to show a deployment as it goes on: a screen with keys, lines, JSON."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from rich.console import Console
from rich.live import Live
from rich.text import Text

from bluegreen_cli.moment import AlarmSeen
from bluegreen_cli.show.dialog import Dialog
from bluegreen_cli.show.lines import Line
from bluegreen_cli.show.views import (
    JsonView,
    LinesView,
    ScreenView,
    has_screen,
    print_line,
    screen,
)
from builders import at
from frames.moments import BAKES_WELL, OK


class Clock:
    """Stands still unless somebody sleeps."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class TypedKeys:
    """Keys, each typed after a second; then nobody types any more."""

    def __init__(self, clock: Clock, *keys: str) -> None:
        self._clock = clock
        self._keys = list(keys)

    def wait(self, seconds: float, /) -> str:
        self._clock.sleep(seconds)
        return self._keys.pop(0) if self._keys else ""


@pytest.fixture
def clock() -> Clock:
    return Clock(at(480))


def terminal(width: int = 100, **more: Any) -> Console:
    return Console(
        file=io.StringIO(), width=width, height=30, force_terminal=True, highlight=False, **more
    )


def text_of(console: Console) -> str:
    file: Any = console.file
    written: str = file.getvalue()
    return written


@contextmanager
def screen_of(console: Console, clock: Clock, *keys: str, **more: Any) -> Iterator[ScreenView]:
    log: list[Line] = []
    dialog = Dialog(more.get("abort", lambda _: "It is to be aborted."))
    with Live(console=console, screen=True, auto_refresh=False, transient=True) as live:
        lines = LinesView(log.append, clock)
        yield ScreenView(live, TypedKeys(clock, *keys), clock, dialog, lines)


def test_a_screen_counts_down_between_two_looks(clock: Clock) -> None:
    console = terminal()
    with screen_of(console, clock) as view:
        view.show(BAKES_WELL)
        assert view.wait(3)
    for left in ("0:07:20 left", "0:07:19 left", "0:07:18 left", "0:07:17 left"):
        assert left in text_of(console)
    assert clock.now() == at(483)


def test_the_countdown_goes_by_the_time_of_the_moment(clock: Clock) -> None:
    """AWS's clock may be another than this machine's: bluegreen local runs fast."""
    console = terminal()
    with screen_of(console, clock) as view:
        view.show(replace(BAKES_WELL, now=at(600)))
        view.wait(1)
    assert "0:05:19 left" in text_of(console)


def test_q_ends_the_waiting_at_once(clock: Clock) -> None:
    with screen_of(terminal(), clock, "", "q") as view:
        view.show(BAKES_WELL)
        assert not view.wait(30)
    assert clock.now() == at(482)


def test_an_abort_is_asked_for_with_what_was_typed(clock: Clock) -> None:
    reasons: list[str] = []

    def abort(reason: str) -> str:
        reasons.append(reason)
        return "It is to be aborted."

    console = terminal()
    with screen_of(console, clock, "a", "bad data", "\n", "y", abort=abort) as view:
        view.show(BAKES_WELL)
        assert view.wait(10)
    assert reasons == ["bad data"]
    written = text_of(console)
    for shown in ("Why abort? bad data_", "Have it rolled back?", "Asking for", "is to be aborted"):
        assert shown in written


def test_a_closed_screen_leaves_the_terminal_as_before_and_the_lines(clock: Clock) -> None:
    console = terminal(color_system=None)
    with screen(console, clock, None) as view:
        view.show(BAKES_WELL)
        view.show(replace(BAKES_WELL, alarms=(AlarmSeen("churn-5xx", "ALARM"), *OK[1:])))
    drawn, _, left = text_of(console).partition("\x1b[?1049l")
    assert "\x1b[?1049h" in drawn
    kinds = [line.split()[1] for line in left.replace("\x1b[?25h", "").splitlines()]
    assert kinds == ["notification", "BAKING", "alarm"]


def test_the_lines_stay_even_if_something_breaks(clock: Clock) -> None:
    console = terminal(color_system=None)

    def interrupted() -> None:
        with screen(console, clock, None) as view:
            view.show(BAKES_WELL)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "BAKING " in text_of(console).partition("\x1b[?1049l")[2]


def test_a_line_is_cut_in_a_terminal_and_whole_in_a_pipe() -> None:
    line = Line(at(480), Text("x" * 60))
    narrow = terminal(40, color_system=None)
    print_line(narrow, line)
    assert text_of(narrow) == " 09:08:00  xxxxxxxxxxxxxxxxxxxxxxxxxxxx…\n"
    pipe = Console(file=io.StringIO(), width=40)
    print_line(pipe, line)
    assert text_of(pipe) == f" 09:08:00  {'x' * 60}\n"


def test_without_a_terminal_or_with_a_dumb_one_there_is_no_screen() -> None:
    assert has_screen(terminal(_environ={"TERM": "xterm"}))
    assert not has_screen(terminal(_environ={"TERM": "dumb"}))
    assert not has_screen(Console(file=io.StringIO()))


def test_json_has_a_line_for_each_change(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    view = JsonView(clock)
    later = replace(BAKES_WELL, now=at(490))
    for moment in (BAKES_WELL, later, replace(later, alarms=(AlarmSeen("churn-5xx", "ALARM"),))):
        view.show(moment)
        assert view.wait(2)
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["At"], second["At"]) == ("2026-01-05T09:08:00.000Z", "2026-01-05T09:08:10.000Z")
    assert second["Alarms"] == [{"AlarmName": "churn-5xx", "State": "ALARM"}]
    assert clock.now() == at(486)
