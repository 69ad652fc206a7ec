"""An alarm's rule: which statistic is compared with what, and how many datapoints must breach."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

EXTRA_PERIODS: Final = 2
"""How many periods before the evaluation periods are looked at, should some lack data.

Documented is that the range depends on the length of the period, and an example: 5 periods for 3,
of five minutes each. That it is 2 more for any length is assumed.
"""

SHORTEST_RANGE_MINUTES: Final = 6
"""Observed with periods of a minute, for 1 of 1 and for 2 of 2: so far back a datapoint counts."""


class AlarmState(StrEnum):
    """StateValue of DescribeAlarms."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class MissingData(StrEnum):
    """TreatMissingData of PutMetricAlarm."""

    MISSING = "missing"
    NOT_BREACHING = "notBreaching"
    BREACHING = "breaching"
    IGNORE = "ignore"


@dataclass(frozen=True)
class Comparison:
    """A ComparisonOperator of PutMetricAlarm, and CloudWatch's words for it."""

    holds: Callable[[float, float], bool]
    words: str


COMPARISONS: Final = {
    "GreaterThanThreshold": Comparison(operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": Comparison(operator.ge, "greater than or equal to"),
    "LessThanThreshold": Comparison(operator.lt, "less than"),
    "LessThanOrEqualToThreshold": Comparison(operator.le, "less than or equal to"),
}


@dataclass(frozen=True)
class Rule:
    """The members of PutMetricAlarm that decide; `minutes` is the period of what is watched.

    `statistic` and `unit` are what StateReasonData names; an expression has neither.
    `samples_needed` is how few samples EvaluateLowSampleCountPercentile `ignore` leaves alone.
    `clock` is that of a WallClockWindow, as its minutes ahead of UTC; None: the window slides.
    """

    statistic: str | None
    minutes: int
    evaluation_periods: int
    datapoints_to_alarm: int
    comparison: Comparison
    threshold: float
    missing_data: MissingData = MissingData.MISSING
    unit: str | None = None
    samples_needed: float = 0
    clock: int | None = None

    @cached_property
    def range_periods(self) -> int:
        """How many periods CloudWatch looks at: the evaluation range."""
        shortest = -(-SHORTEST_RANGE_MINUTES // self.minutes)
        return max(self.evaluation_periods + EXTRA_PERIODS, shortest)

    def breaches(self, value: float) -> bool:
        """Whether a datapoint of this value is one that leads to ALARM."""
        return self.comparison.holds(value, self.threshold)
