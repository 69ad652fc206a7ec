"""The chart of a gate: green and blue, or both together, against the limit of their alarm."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bluegreen.contract.series import GateSeries, Pairs
from bluegreen.contract.text import in_figures
from bluegreen.drawing.markup import Markup, tag
from bluegreen.drawing.shapes import Span, level, picture, rect, text, time_axis

HEIGHT: Final = 130
TOP, BOTTOM = 8, 108
ABOVE: Final = 0.1
"""How much higher than what it shows a chart is, as a part of it."""

UNITS: Final = 1000
"""Of the inner picture, which is stretched to its place."""

LINES: Final = {"Watched": "of-both", "Blue": "of-blue", "Green": "of-green"}
"""The series in the order in which they are drawn, and their looks."""

Lines = dict[str, Pairs]


@dataclass(frozen=True)
class Plot:
    """A gate to be drawn: its series begin at `start`, and a value stands for `seconds`.

    `figures` writes a value as people read it.
    """

    gate: GateSeries
    start: datetime
    seconds: int
    span: Span
    bakes: tuple[Span, ...] = ()
    figures: Callable[[float], str] = in_figures

    @property
    def lines(self) -> Lines:
        """The series that are drawn: of each fleet where there are any, else of both together."""
        fleets = {"Blue": self.gate.get("Blue", []), "Green": self.gate.get("Green", [])}
        return fleets if any(fleets.values()) else {"Watched": self.gate.get("Watched", [])}

    @property
    def bounds(self) -> tuple[float, float]:
        """The values at the lower and at the upper edge; nothing is above or below."""
        values = [value for pairs in self.lines.values() for _, value in pairs]
        values += [self.gate["Limit"]] if "Limit" in self.gate else []
        low, high = min([0.0, *values]), max([0.0, *values])
        return low, high + (high - low) * ABOVE or low + 1.0

    def down(self, value: float) -> float:
        """How far a value is below the upper edge, 1 being all of the height."""
        low, high = self.bounds
        return (high - value) / (high - low)


def chart(plot: Plot, title: str) -> Markup:
    """The picture of a gate."""
    paths = (_path(pairs, plot, LINES[name]) for name, pairs in plot.lines.items())
    inner = tag(
        "svg",
        *paths,
        y=TOP,
        height=BOTTOM - TOP,
        width="100%",
        viewBox=f"0 0 {UNITS} {UNITS}",
        preserveAspectRatio="none",
    )
    return picture(
        HEIGHT,
        title,
        *(_bake(bake, plot.span) for bake in plot.bakes),
        *time_axis(plot.span, TOP, BOTTOM),
        level(BOTTOM, "grid"),
        inner,
        *_highest(plot),
        *_limit(plot),
    )


def _bake(bake: Span, span: Span) -> Markup:
    return rect(span.x_of(bake.start), span.x_of(bake.end), TOP, BOTTOM, "bake")


def _limit(plot: Plot) -> Iterator[Markup]:
    if "Limit" in plot.gate:
        y = _y_of(plot.gate["Limit"], plot)
        yield level(y, "limit")
        yield text(100, _beside(y), f"limit {plot.figures(plot.gate['Limit'])}", "limits", "end")


def _highest(plot: Plot) -> Iterator[Markup]:
    """The highest value, where it is."""
    values = [value for pairs in plot.lines.values() for _, value in pairs]
    if values:
        yield text(0, _beside(_y_of(max(values), plot)), plot.figures(max(values)), "m", "start")


def _y_of(value: float, plot: Plot) -> float:
    return TOP + (BOTTOM - TOP) * plot.down(value)


def _beside(y: float) -> float:
    """The base line of a text above a line, or below it where there is no room."""
    return y + 14 if y < TOP + 20 else y - 5


def _path(pairs: Pairs, plot: Plot, style: str) -> Markup:
    """Level pieces, one for each value; a gap where there was no data."""
    drawn, end = "", None
    for offset, value in pairs:
        left, right = (_across(offset + more, plot) for more in (0, plot.seconds))
        place = f"{left:.1f} {UNITS * plot.down(value):.1f}"
        drawn += f"{'L' if offset == end else 'M'}{place}H{right:.1f}"
        end = offset + plot.seconds
    return tag("path", class_=style, d=drawn)


def _across(offset: int, plot: Plot) -> float:
    return UNITS / 100 * plot.span.x_of(plot.start + timedelta(seconds=offset))


def sample(style: str) -> Markup:
    """A piece of a line, for a legend."""
    line = tag("line", class_=style, x1=0, x2=28, y1=5, y2=5)
    return tag("svg", line, class_="drawn small", width=28, height=10, aria_hidden="true")


def legend(*entries: tuple[str, str]) -> Markup:
    """What the lines are: the look of each, and its words."""
    named = (tag("span", sample(style), " ", words) for style, words in entries)
    return tag("p", *named, class_="legend")
