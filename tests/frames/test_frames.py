"""The screens as they stand in `frames.md`, and what holds of every one of them."""

import io
import re
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console, Group

from bluegreen_cli.show.screen import draw
from frames.moments import BAKES_WELL, FRAMES, NEAR, ROLLS_BACK, Frame
from frames.write import PAGE, PICTURE, lines_of, page, picture

SIZES = [(100, 30), (60, 24), (40, 24), (40, 12), (20, 5)]


def test_the_page_has_the_screens_as_they_are() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: PYTHONPATH=tests python -m frames.write"


def test_the_picture_is_as_drawn_and_loads_nothing() -> None:
    drawn = PICTURE.read_text("utf-8")
    assert drawn == picture(), "run: PYTHONPATH=tests python -m frames.write"
    assert set(re.findall(r"https?://[^\"' )]+", drawn)) <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.name)
def test_every_screen_fits_wherever_it_is_shown(frame: Frame) -> None:
    for width, height in SIZES:
        lines = draw(frame.moment, width, height)
        assert len(lines) <= height
        assert max(cell_len(line.plain) for line in lines) <= width


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.name)
def test_nothing_of_strangers_controls_the_terminal(frame: Frame) -> None:
    text = "\n".join(line.plain for line in lines_of(frame))
    assert all(char.isprintable() or char == "\n" for char in text)


def rendered(**options: object) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=100, force_terminal=True, _environ=options)  # type: ignore[arg-type] # as rich's tests do
    console.print(Group(*draw(ROLLS_BACK, 100, 30)))
    return stream.getvalue()


def test_there_are_colours_unless_nobody_wants_them() -> None:
    assert "\x1b[1;31m" in rendered(TERM="xterm-256color")
    without = rendered(TERM="xterm-256color", NO_COLOR="1")
    assert {code.partition("m")[0] for code in without.split("\x1b[")[1:]} <= {"0", "1", "2"}
    assert "ALARM" in without


def test_what_was_told_gives_way_first_and_the_latest_stays() -> None:
    shown = [line.plain for line in draw(BAKES_WELL, 100, 20)]
    assert not any("started. Canary" in line for line in shown)
    assert any("bakes for 600 s" in line for line in shown)


def test_the_countdown_goes_on_while_the_moment_stays() -> None:
    later = replace(NEAR, now=NEAR.now.replace(second=10))
    (first,) = [line.plain for line in draw(NEAR, 100, 30) if "left" in line.plain]
    (second,) = [line.plain for line in draw(later, 100, 30) if "left" in line.plain]
    assert "0:03:15 left" in first
    assert "0:03:10 left" in second
