"""What the parts of the screen of a deployment share: labels, times, bars, what is not known."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from rich.text import Text

from bluegreen.contract.text import plain
from bluegreen_cli.moment import Moment

LABEL: Final = 8
"""Columns for what a line is about."""

NARROW: Final = 70
TINY: Final = 50
"""With fewer columns, what can be done without is left out."""

LEAST_NAME: Final = 8
NOT_KNOWN: Final = "not known"


def labelled(label: str, *parts: str | tuple[str, str]) -> Text:
    """A line that begins with what it is about."""
    return Text.assemble((f"{label:<{LABEL}}", "dim"), *parts)


def unknown(moment: Moment, what: str) -> str:
    """That something is not known, and why."""
    why = moment.unknown.get(what)
    return f"{NOT_KNOWN}: {plain(why)}" if why else NOT_KNOWN


def time_of(moment: datetime) -> str:
    """The time of the day, in UTC."""
    return f"{moment:%H:%M:%S}"


def bar(width: int, part: float) -> Iterator[tuple[str, str]]:
    """A bar for a screen of this width, of which a part is filled."""
    length = 20 if width >= NARROW else 10 if width >= TINY else 6
    filled = round(length * min(part, 1))
    yield "█" * filled, "green"
    yield "░" * (length - filled), "dim"
