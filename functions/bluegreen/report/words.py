"""Times, lengths, tables and lists of a report, as people write them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from bluegreen.contract.times import to_the_second
from bluegreen.drawing.markup import Markup, tag

HOUR, MINUTE = 3600, 60
LONG: Final = 60
"""Characters; a longer value would make its column a tower."""


def moment(at: datetime) -> Markup:
    """A time, to the second, in UTC."""
    return tag("time", f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}", datetime=to_the_second(at))


def length(start: datetime, end: datetime) -> str:
    """How long something took: `7 min 46 s`, `1 h 02 min`."""
    seconds = max(int((end - start).total_seconds()), 0)
    if seconds >= HOUR:
        return f"{seconds // HOUR} h {seconds % HOUR // MINUTE:02} min"
    if seconds >= MINUTE:
        return f"{seconds // MINUTE} min {seconds % MINUTE:02} s"
    return f"{seconds} s"


def facts(pairs: Iterable[tuple[str, str]], class_: str = "facts") -> Markup:
    """A list of names and values; what has no value is left out, and a long one has a line."""
    return tag("dl", *(_fact(name, value) for name, value in pairs if value), class_=class_)


def _fact(name: str, value: str) -> Markup:
    size = "long" if len(value) > LONG and not isinstance(value, Markup) else "short"
    return tag("div", tag("dt", name), tag("dd", value), class_=size)


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    """A table; the first cell of a row is its head."""
    head = tag("tr", *(tag("th", name, scope="col") for name in heads))
    body = (
        tag("tr", tag("th", first, scope="row"), *(tag("td", cell) for cell in cells))
        for first, *cells in rows
    )
    whole = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body))
    return tag("div", whole, class_="wide", tabindex=0, role="region", aria_label=caption)


def section(title: str, *inside: str) -> Markup:
    """A part of the page."""
    return tag("section", tag("h2", title), *inside)


def note(words: str) -> Markup:
    """A paragraph that explains."""
    return tag("p", words, class_="note")
