"""What became true of an endpoint, and when that was told: the delay from fact to notification.

A fact is a change in the engine of SageMaker, or an alarm of the deployment that trips; it is told
when SNS is given a notification of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bluegreen_simulator.aws.journal import Entry

SETTLED: Final = "SETTLED"
ALARM: Final = "ALARM"
BY_SHARE: Final = {"SHIFTING", "BAKING"}
"""The stages that come once for each step."""


@dataclass(frozen=True)
class Fact:
    """What became true, in words that are the same wherever it is told, and when.

    `place` is where in the journal it stands.
    """

    what: str
    at: datetime
    place: int


@dataclass(frozen=True)
class Told:
    """A notification: of which fact, if of one; the moment; its subject, and its text."""

    what: str
    at: datetime
    subject: str
    text: str


def facts_of(journal: Sequence[Entry], alarms: Sequence[str]) -> list[Fact]:
    """The facts of the one update in a journal, oldest first; its end is the last."""
    found: dict[str, Fact] = {}
    for number, entry in enumerate(journal):
        what = _what(journal, number, alarms)
        if what:
            found.setdefault(what, Fact(what, entry.at, number))
        if what == SETTLED:
            break
    return list(found.values())


def _what(journal: Sequence[Entry], number: int, alarms: Sequence[str]) -> str:
    entry = journal[number]
    if entry.kind == "endpoint":
        return _stage(entry.data["stage"], _share(journal[number:]))
    tripped = entry.kind == "alarm" and entry.data["new"] == "ALARM"
    return f"{ALARM} {entry.data['name']}" if tripped and entry.data["name"] in alarms else ""


def _share(rest: Sequence[Entry]) -> int:
    """Green's share in the next bake: the one to which it shifts, and at which it bakes."""
    bakes = (e for e in rest if e.kind == "endpoint" and e.data["stage"] == "BAKING")
    bake = next(bakes, None)
    return bake.data["traffic_percent"] if bake else 0


def _stage(stage: str, share: int) -> str:
    return f"{stage} {share}" if stage in BY_SHARE else stage


def told_in(journal: Sequence[Entry], topic: str) -> Iterator[Told]:
    """What a topic was given, oldest first."""
    for entry in journal:
        if entry.kind == "notification" and entry.data["topic_arn"] == topic:
            what = _told(entry.data["body"])
            text = entry.data["message"]
            yield Told(what, entry.at, entry.data["subject"] or "", text.partition("\n")[0])


def _told(body: dict[str, Any]) -> str:
    """The fact that a notification tells; a text without a body tells that it is over."""
    match body.get("Event"):
        case "STAGE_CHANGED":
            return _stage(body["Stage"], body["TrafficPercent"])
        case "ALARM_TRIPPED":
            return f"{ALARM} {body['AlarmName']}"
        case "DEPLOYMENT_STARTED":
            return ""
        case _:
            return SETTLED


def told_after(facts: Sequence[Fact], told: Sequence[Told]) -> list[float]:
    """Seconds from each fact that was told to its first notification, in the order of the facts."""
    first: dict[str, datetime] = {}
    for each in told:
        first.setdefault(each.what, each.at)
    return [(first[fact.what] - fact.at).total_seconds() for fact in facts if fact.what in first]


def seen_after(facts: Sequence[Fact], journal: Sequence[Entry], looking: str) -> tuple[float, ...]:
    """Seconds from each fact to the first look, a state of this name, that could see it.

    A look sees the stage that there is, and no alarm; what another stage has followed is unseen.
    """
    places = [
        number
        for number, entry in enumerate(journal)
        if entry.kind == "state_entered" and entry.data["state"] == looking
    ]
    stages = [fact for fact in facts if not fact.what.startswith(ALARM)]
    over = [*(fact.place for fact in stages[1:]), len(journal)]
    looks = (
        (fact, next((place for place in places if fact.place < place < end), None))
        for fact, end in zip(stages, over, strict=True)
    )
    return tuple((journal[at].at - fact.at).total_seconds() for fact, at in looks if at is not None)
