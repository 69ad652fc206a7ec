"""The timeline of a deployment: green's share of the traffic, its stages, and what happened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bluegreen.contract.record import StageRecord
from bluegreen.contract.times import from_text
from bluegreen.drawing.markup import Markup
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
    return picture(
        HEIGHT,
        title,
        *_bakes(stages, span),
        *time_axis(span, TOP, STRIP[1]),
        *_scale(),
        *_share(stages, span),
        *_strip(stages, span),
        *_marks(marks, span),
    )


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


def _share(stages: Sequence[StageRecord], span: Span) -> Iterator[Markup]:
    """Green's share: of a shift it is what was before, since the traffic moves at its end."""
    before = 0
    for stage in stages:
        share = before if stage["Stage"] == Stage.SHIFTING else stage["TrafficPercent"]
        left, right = _ends(stage, span)
        if share:
            yield rect(left, right, _y_of(share), BOTTOM, "got")
            yield from _label(f"{share} %", left, right, _y_of(share) + 15)
        before = stage["TrafficPercent"]


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
