"""Shapes whose places are percents of a picture's width, so that it fits any screen by itself.

Texts keep their size that way; heights are pixels.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bluegreen.drawing.markup import Markup, tag

MOST_TICKS: Final = 6
NICE_SECONDS: Final = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
CHARACTER: Final = 0.85
"""The width of a character of a label in percent, on the narrowest screen that shows labels."""


@dataclass(frozen=True)
class Span:
    """A time that is drawn from the left edge to the right one."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        """Its length; a second where there is none, so that it can be drawn."""
        return max((self.end - self.start).total_seconds(), 1.0)

    def x_of(self, moment: datetime) -> float:
        """Where a moment lies, in percent; what lies outside is at the edge."""
        at = 100 * (moment - self.start).total_seconds() / self.seconds
        return min(max(at, 0.0), 100.0)

    def ticks(self) -> Iterator[datetime]:
        """Round times within, at most a few."""
        fitting = (nice for nice in NICE_SECONDS if self.seconds / nice <= MOST_TICKS)
        step = timedelta(seconds=next(fitting, NICE_SECONDS[-1]))
        midnight = self.start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        at = midnight + -((midnight - self.start) // step) * step
        while at <= self.end:
            yield at
            at += step


def rect(left: float, right: float, top: float, bottom: float, style: str) -> Markup:
    """A rectangle."""
    place = {"x": f"{left:.2f}%", "width": f"{max(right - left, 0):.2f}%"}
    return tag("rect", class_=style, y=f"{top:g}", height=f"{bottom - top:g}", **place)


def upright(x: float, top: float, bottom: float, style: str) -> Markup:
    """An upright line."""
    place = {"x1": f"{x:.2f}%", "x2": f"{x:.2f}%", "y1": f"{top:g}", "y2": f"{bottom:g}"}
    return tag("line", class_=style, **place)


def level(y: float, style: str) -> Markup:
    """A line from edge to edge."""
    return tag("line", class_=style, x1="0", x2="100%", y1=f"{y:g}", y2=f"{y:g}")


def text(x: float, y: float, words: str, style: str, anchor: str = "middle") -> Markup:
    """A text with its base line at `y`."""
    return tag("text", words, class_=style, x=f"{x:.2f}%", y=f"{y:g}", text_anchor=anchor)


def time_axis(span: Span, top: float, bottom: float) -> Iterator[Markup]:
    """Round times as upright lines, each with its time below; those at the edges have no room."""
    for moment in span.ticks():
        x = span.x_of(moment)
        yield upright(x, top, bottom, "grid")
        if x <= 100 - 4 * CHARACTER:
            anchor = "start" if x < 3 * CHARACTER else "middle"
            yield text(x, bottom + 15, f"{moment:%H:%M:%S}".removesuffix(":00"), "m", anchor)


def picture(height: float, title: str, *inside: str, **attributes: str) -> Markup:
    """A picture as wide as its place; the title is what it is to those who do not see it."""
    shown = tag("title", title)
    return tag(
        "svg",
        shown,
        *inside,
        class_="drawn",
        width="100%",
        height=f"{height:g}",
        role="img",
        aria_label=title,
        **attributes,
    )
