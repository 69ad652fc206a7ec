"""What the timeline of a deployment shows: its stages with their ends, what is to come, and alarms.

How it is drawn is not known here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from bluegreen.contract.record import StageRecord
from bluegreen.contract.times import from_text, to_text

MOST_MARKS: Final = 9


@dataclass(frozen=True)
class Timeline:
    """The stages that were seen, those that are expected, and the moments that are marked."""

    stages: Sequence[StageRecord]
    coming: Sequence[StageRecord]
    marked: Sequence[datetime]


def timeline_of(deployment: Mapping[str, Any], now: str) -> Timeline:
    """That of a deployment of the page's document, which has at least one stage."""
    stages = _with_ends(deployment["Stages"], now)
    marked = [from_text(mark["At"]) for mark in deployment["Marks"]]
    return Timeline(stages, _coming(deployment, now), marked)


def marks_of(
    deployment: Mapping[str, Any], changes: Iterable[Mapping[str, str]], now: str
) -> list[dict[str, str]]:
    """When an alarm of a deployment went into ALARM, from its first stage on."""
    if not deployment["Stages"]:
        return []
    begin, end = deployment["Stages"][0]["StartedAt"], deployment.get("EndedAt", now)
    rings = (
        {"At": change["At"], "Words": f"{change['AlarmName']} in ALARM"}
        for change in changes
        if change["State"] == "ALARM"
        and change["AlarmName"] in deployment["Alarms"]
        and begin <= change["At"] <= end
    )
    return list(islice(rings, MOST_MARKS))


def _with_ends(stages: Sequence[Mapping[str, Any]], now: str) -> list[StageRecord]:
    """A stage that runs ends now, and one that does not where the next one begins."""
    ends = [*(stage["StartedAt"] for stage in stages[1:]), now]
    return [
        _stage(stage, stage["StartedAt"], stage.get("EndedAt", end))
        for stage, end in zip(stages, ends, strict=True)
    ]


def _coming(deployment: Mapping[str, Any], now: str) -> list[StageRecord]:
    """What the policy makes one expect from now on; nothing once SageMaker rolls back."""
    if deployment["Stages"][-1]["Stage"] == "ROLLING_BACK" or "PlannedStages" not in deployment:
        return []
    begin, found = from_text(deployment["UpdateStartedAt"]), list[StageRecord]()
    for planned in deployment["PlannedStages"]:
        start = begin + timedelta(seconds=planned["StartsAfterSeconds"])
        end = to_text(start + timedelta(seconds=planned["Seconds"]))
        if end > now:
            found.append(_stage(planned, max(to_text(start), now), end))
    return found


def _stage(stage: Mapping[str, Any], start: str, end: str) -> StageRecord:
    return StageRecord(
        Stage=stage["Stage"],
        TrafficPercent=stage["TrafficPercent"],
        StartedAt=start,
        EndedAt=end,
    )
