"""Decides the state of an alarm from the datapoints of its evaluation range.

Source: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data", with its
two tables of examples. What the page leaves open is marked as assumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bluegreen_simulator.rules.alarms.rule import AlarmState, MissingData, Rule


class NewestMinute(StrEnum):
    """Whether an evaluation has the minute that has just ended, or does not have it yet."""

    SEEN = "seen"
    LATE = "late"


NEWEST_MINUTE: Final = NewestMinute.SEEN
"""Assumed, unless a run says otherwise.

In AWS's sample ("Alarm events and EventBridge") an alarm with periods of a minute, evaluated at
16:00:04, saw that of 15:58 last. That the range then ends a minute sooner is assumed too.
"""


@dataclass(frozen=True)
class Datapoint:
    """A period with data: when it began, what the alarm watches, the samples where it has any."""

    at: datetime
    value: float
    samples: float | None


@dataclass(frozen=True)
class Evaluation:
    """The state, the datapoints that it follows from, oldest first, and how many lacked."""

    state: AlarmState
    datapoints: tuple[Datapoint, ...]
    filled: int


def evaluate(rule: Rule, in_range: Sequence[Datapoint | None], current: AlarmState) -> Evaluation:
    """Evaluate the periods of the evaluation range, oldest first, None where there is no data.

    The latest datapoints count, as many as there are evaluation periods, from however far back
    in the range; only where even the whole range has fewer, missing ones are filled in.
    """
    datapoints = tuple(point for point in in_range if point)[-rule.evaluation_periods :]
    filled = rule.evaluation_periods - len(datapoints)
    if _too_few_samples(rule, datapoints):
        return Evaluation(current, datapoints, filled)
    breaching = sum(rule.breaches(point.value) for point in datapoints)
    if rule.missing_data is MissingData.BREACHING:
        breaching += filled
    if breaching >= rule.datapoints_to_alarm:
        state = AlarmState.ALARM
    elif not filled or rule.missing_data in (MissingData.BREACHING, MissingData.NOT_BREACHING):
        state = AlarmState.OK
    elif breaching < len(datapoints):
        state = AlarmState.OK  # something speaks for OK, and too little against it
    else:
        state = _without_evidence_for_ok(rule, in_range, current)
    return Evaluation(state, datapoints, filled)


def _too_few_samples(rule: Rule, datapoints: Sequence[Datapoint]) -> bool:
    """Whether the state stays, with `ignore` as EvaluateLowSampleCountPercentile.

    It does as long as one of the periods that count has too few samples. Where there are none at
    all it is a matter of TreatMissingData (both assumed).
    """
    return any((point.samples or 0) < rule.samples_needed for point in datapoints)


def _without_evidence_for_ok(
    rule: Rule, in_range: Sequence[Datapoint | None], current: AlarmState
) -> AlarmState:
    """The state when all there is breaches, or there is nothing, and too little of it for M.

    `ignore` retains the state (assumed where a single breach is younger than M periods).
    `missing` does not wait for more once the oldest breach is M periods old; the page names
    both the evaluation periods and the range for where that breach may be, here it is the range.
    """
    if rule.missing_data is MissingData.IGNORE:
        return current
    ages = [len(in_range) - index for index, point in enumerate(in_range) if point]
    if not ages:
        return AlarmState.INSUFFICIENT_DATA
    return AlarmState.ALARM if max(ages) >= rule.datapoints_to_alarm else AlarmState.OK
