"""The pieces of which the drawing of a plan is made: time axis, rectangles, lines, texts."""

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from bluegreen.drawing.markup import escaped
from bluegreen.sagemaker.schedule import Schedule

LEFT: Final = 216
RIGHT: Final = 936
TAIL: Final = 1.03
"""The axis goes on a little after the end, so that the fleet that is left is seen."""

CHARACTER: Final = 6.7
"""The width of a character of a label, on the safe side."""


def x_of(seconds: float, schedule: Schedule) -> float:
    """Where a time lies on the axis."""
    return LEFT + (RIGHT - LEFT) * min(seconds / (max(schedule.seconds, 1) * TAIL), 1)


def area(steps: Sequence[tuple[int, float]], base: float, schedule: Schedule, style: str) -> str:
    """An area in steps, each from its time on."""
    outline = "".join(f"H{x_of(at, schedule):.1f}V{y:.1f}" for at, y in steps)
    return f'<path class="{style}" d="M{LEFT} {base}{outline}H{RIGHT}V{base}z"/>'


def rect(left: float, right: float, top: float, bottom: float, look: str) -> str:
    """A rectangle; `look` are more attributes."""
    size = f'width="{right - left:.1f}" height="{bottom - top:.1f}"'
    return f'<rect x="{left:.1f}" y="{top:.1f}" {size} {look}/>'


def line(left: float, right: float, top: float, bottom: float, style: str) -> str:
    """A straight line."""
    return f'<path class="{style}" d="M{left:.1f} {top:.1f}L{right:.1f} {bottom:.1f}"/>'


def text(x: float, y: float, words: str, style: str, anchor: str = "start") -> str:
    """A text with its base line at `y`."""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} class="{style}">{escaped(words)}</text>'


def fit(words: str, columns: int) -> str:
    """The words in so many columns, cut with an ellipsis."""
    cut = Text(words)
    cut.truncate(columns, overflow="ellipsis")
    return cut.plain
