"""What happened when: the timeline as a picture, and each of its moments in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bluegreen.contract.record import StageRecord
from bluegreen.contract.times import from_text
from bluegreen.deployment.history import PastDeployment
from bluegreen.drawing.markup import Markup, joined, tag
from bluegreen.drawing.shapes import rect
from bluegreen.drawing.timeline import STYLES, Mark, in_words, span_of, timeline
from bluegreen.report.words import length, moment, note, section, table
from bluegreen.sagemaker.observation import Stage

MARKED: Final = ("ALARM_TRIPPED", "DEPLOYMENT_ABORTED")
"""The notifications that stand in the timeline too."""

KEY: Final = {
    Stage.PROVISIONING: "green instances are made",
    Stage.SHIFTING: "traffic shifts",
    Stage.BAKING: "bake: alarms are watched",
    Stage.TERMINATING: "blue instances are deleted",
    Stage.ROLLING_BACK: "rolling back",
}


@dataclass(frozen=True)
class Moment:
    """Something that happened; with a number where the picture marks it."""

    at: datetime
    words: str
    number: int = 0


def happened(past: PastDeployment) -> Markup:
    """The section; where no stage was seen it says so."""
    stages = past.record["Stages"]
    if not stages:
        return section("What happened when", note("No stage of an update was seen."))
    marked = _marked(past)
    marks = [Mark(each.at, each.number) for each in marked]
    span = span_of(stages, *(mark.at for mark in marks))
    rows = sorted([*_ends(past), *_stages(stages), *marked], key=lambda each: each.at)
    return section(
        "What happened when",
        tag("div", timeline(stages, marks, span, in_words(stages)), class_="picture"),
        _key(stages),
        table(
            "Stages have SageMaker's own times, numbers the time of their notification.",
            ("When", "What"),
            ((moment(each.at), _words(each)) for each in rows),
        ),
    )


def had_traffic(stages: Sequence[StageRecord]) -> str:
    """When green had traffic, and how much at most; empty where it had none."""
    having = [stage for stage in stages if stage["TrafficPercent"]]
    baking = [stage for stage in having if stage["Stage"] != Stage.SHIFTING]
    if not having:
        return "never" if stages else ""
    start, end = from_text((baking or having)[0]["StartedAt"]), from_text(having[-1]["EndedAt"])
    most = max(stage["TrafficPercent"] for stage in having)
    return f"at most {most} %, for {length(start, end)} from {start:%H:%M:%S} on"


def _marked(past: PastDeployment) -> list[Moment]:
    told = [each for each in past.told if each.notification.event in MARKED and each.sent_at]
    return [
        Moment(each.sent_at, each.notification.message, number)
        for number, each in enumerate(told, 1)
        if each.sent_at
    ]


def _stages(stages: Sequence[StageRecord]) -> Iterator[Moment]:
    for stage in stages:
        start, end = from_text(stage["StartedAt"]), from_text(stage["EndedAt"])
        words = f"{stage['Stage']} for {length(start, end)}, {stage['TrafficPercent']} % to green"
        yield Moment(start, words)


def _ends(past: PastDeployment) -> Iterator[Moment]:
    if past.update_requested_at is not None:
        yield Moment(past.update_requested_at, "UpdateEndpoint was called")
    verdict = from_text(past.record["EndedAt"])
    yield Moment(verdict, f"{past.record['Verdict']}: the verdict was given")


def _words(each: Moment) -> Markup:
    number = tag("span", str(each.number), class_="number") if each.number else ""
    return joined(number, each.words)


def _key(stages: Sequence[StageRecord]) -> Markup:
    seen = {stage["Stage"] for stage in stages}
    entries = (
        tag("span", _swatch(STYLES[stage]), " ", words)
        for stage, words in KEY.items()
        if stage in seen
    )
    return tag("p", *entries, class_="legend")


def _swatch(style: str) -> Markup:
    colour = rect(0, 100, 0, 12, style)
    return tag("svg", colour, class_="drawn small", width=14, height=12, aria_hidden="true")
