"""The timeline of a deployment: green's share of the traffic, its stages, and what happened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bluegreen.contract.record import StageRecord
from bluegreen.contract.times import from_text
from bluegreen.drawing.look import COLOURS, HAPPENED
from bluegreen.drawing.markup import Markup, tag
from bluegreen.drawing.shapes import (
    CHARACTER,
    Span,
    level,
    picture,
    rect,
    text,
    time_axis,
    upright,
)
from bluegreen.sagemaker.observation import Stage

TOP, BOTTOM = 26, 126
"""Of the share: 100 and 0 percent."""

STRIP: Final = (130, 142)
HEIGHT: Final = 164
SVG: Final = "http://www.w3.org/2000/svg"
APART: Final = 2.4
"""Percent between two numbers, so that both can be read."""

STYLES: Final[Mapping[str, str]] = {
    Stage.PROVISIONING: "made",
    Stage.SHIFTING: "shift",
    Stage.BAKING: "bake",
    Stage.TERMINATING: "gone",
    Stage.ROLLING_BACK: "back",
}


@dataclass(frozen=True)
class Mark:
    """Something that happened; in the picture it has its number."""

    at: datetime
    number: int


def timeline(
    stages: Sequence[StageRecord], marks: Sequence[Mark], span: Span, title: str
) -> Markup:
    """The picture of the stages that were seen, within a span of time."""
    return picture(HEIGHT, title, *_parts(stages, marks, span, ()))


def document(
    stages: Sequence[StageRecord], coming: Sequence[StageRecord], marked: Sequence[datetime]
) -> Markup:
    """The same as a document of its own, with its look in it, and with the stages to come.

    At least one stage was seen; one that runs ends where the first one to come begins.
    """
    marks = [Mark(at, number) for number, at in enumerate(marked, 1)]
    look = tag("style", Markup(COLOURS + HAPPENED))
    span = span_of([*stages, *coming], *marked)
    parts = _parts(stages, marks, span, coming)
    return picture(HEIGHT, in_words(stages), look, *parts, xmlns=SVG)


def in_words(stages: Sequence[StageRecord]) -> str:
    """The picture for those who do not see it."""
    said = (f"{s['Stage']} with {s['TrafficPercent']} % to green" for s in stages)
    return f"Green's share of the traffic over time: {', then '.join(said)}"


def _parts(
    stages: Sequence[StageRecord],
    marks: Sequence[Mark],
    span: Span,
    coming: Sequence[StageRecord],
) -> Iterator[Markup]:
    yield from _bakes(stages, span)
    yield from time_axis(span, TOP, STRIP[1])
    yield from _scale()
    yield from _share(stages, span)
    yield from _strip(stages, span)
    yield from _coming(stages, coming, span)
    yield from _marks(marks, span)


def _ends(stage: StageRecord, span: Span) -> tuple[float, float]:
    return span.x_of(from_text(stage["StartedAt"])), span.x_of(from_text(stage["EndedAt"]))


def _bakes(stages: Sequence[StageRecord], span: Span) -> Iterator[Markup]:
    for stage in stages:
        if stage["Stage"] == Stage.BAKING:
            yield rect(*_ends(stage, span), TOP, STRIP[1], "bake")


def _scale() -> Iterator[Markup]:
    for percent in (100, 50, 0):
        yield level(_y_of(percent), "grid")
    yield text(0, TOP - 5, "100 % of the traffic to green", "m", "start")


def _shares(stages: Sequence[StageRecord]) -> Iterator[tuple[StageRecord, int]]:
    """Green's share: of a shift it is what was before, since the traffic moves at its end.

    A shift may be in two parts: what was seen of it, and what is to come.
    """
    share = target = 0
    for stage in stages:
        if stage["Stage"] != Stage.SHIFTING:
            share = stage["TrafficPercent"]
        elif stage["TrafficPercent"] != target:
            share = target
        target = stage["TrafficPercent"]
        yield stage, share


def _share(stages: Sequence[StageRecord], span: Span) -> Iterator[Markup]:
    for stage, share in _shares(stages):
        left, right = _ends(stage, span)
        if share:
            yield rect(left, right, _y_of(share), BOTTOM, "got")
            yield from _label(f"{share} %", left, right, _y_of(share) + 15)


def _coming(
    stages: Sequence[StageRecord], coming: Sequence[StageRecord], span: Span
) -> Iterator[Markup]:
    """What is expected from now on, where something is."""
    for stage, share in list(_shares([*stages, *coming]))[len(stages) :]:
        left, right = _ends(stage, span)
        yield rect(left, right, _y_of(share), BOTTOM, "coming")
        if share:
            yield from _label(f"{share} %", left, right, _y_of(share) + 15)
        yield rect(left, right, *STRIP, f"{STYLES.get(stage['Stage'], 'made')} later")
    if coming:
        yield upright(_ends(coming[0], span)[0], TOP, STRIP[1], "now")


def _label(words: str, left: float, right: float, y: float) -> Iterator[Markup]:
    """A label where it has room, but on no narrow screen."""
    if right - left >= CHARACTER * len(words):
        yield text((left + right) / 2, min(y, BOTTOM - 4), words, "minor")


def _strip(stages: Sequence[StageRecord], span: Span) -> Iterator[Markup]:
    for stage in stages:
        yield rect(*_ends(stage, span), *STRIP, STYLES.get(stage["Stage"], "made"))


def _marks(marks: Sequence[Mark], span: Span) -> Iterator[Markup]:
    """Upright lines with numbers; of several that lie on each other the first one has it."""
    shown = -APART
    for mark in marks:
        x = span.x_of(mark.at)
        yield upright(x, TOP - 6, STRIP[1], "mark")
        if x - shown >= APART:
            shown, inner = x, min(max(x, 1.2), 98.8)
            yield rect(inner - 1.1, inner + 1.1, TOP - 22, TOP - 6, "badge")
            yield text(inner, TOP - 10, str(mark.number), "number")


def _y_of(percent: int) -> float:
    return BOTTOM - (BOTTOM - TOP) * percent / 100


def span_of(stages: Sequence[StageRecord], *others: datetime) -> Span:
    """The time that stages and other moments take; there is at least one of either."""
    moments = [from_text(stage[end]) for stage in stages for end in ("StartedAt", "EndedAt")]
    return Span(min([*moments, *others]), max([*moments, *others]))
