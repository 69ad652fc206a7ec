"""The statistics of a period, by their names in CloudWatch: Average, p95, tm90 and so on.

Percentiles and trimmed means need the samples, and are not available with negative ones
(CloudWatch User Guide, "CloudWatch statistics definitions"). AWS does not say how it finds them:
here a percentile is the nearest rank, the least value that so many percent of the samples do not
exceed, and a trimmed mean takes of the last value as many samples as are needed (assumed).
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from bluegreen_simulator.rules.metrics.statistic_set import Statistics

Calculation = Callable[[Statistics], float | None]
"""A statistic of a period; None where it has none."""

SIMPLE: Final[dict[str, Calculation]] = {
    "Average": lambda statistics: statistics.sum / statistics.count,
    "Sum": lambda statistics: statistics.sum,
    "Minimum": lambda statistics: statistics.minimum,
    "Maximum": lambda statistics: statistics.maximum,
    "SampleCount": lambda statistics: statistics.count,
}
PERCENT: Final = re.compile(r"(p|tm)(\d{1,3}(?:\.\d{1,10})?)")
OTHERS: Final = re.compile(r"(?:tc|ts|wm)\d+(?:\.\d+)?|IQM|(?:PR|TM|TC|TS|WM)\([\d.]*%?:[\d.]*%?\)")
"""What AWS has and is not modelled."""

HUNDRED: Final = 100
HALF: Final = 50
FEWEST: Final = 10
"""How many samples a percentile should have beyond it."""


class UnknownStatisticError(ValueError):
    """A name that CloudWatch does not have."""


@cache
def calculation(name: str) -> Calculation:
    """The statistic of that name; NotImplementedError if AWS has it and it is not modelled."""
    if name in SIMPLE:
        return SIMPLE[name]
    if OTHERS.fullmatch(name):
        raise NotImplementedError(name)
    kind, percent = _parsed(name)
    return (_percentile if kind == "p" else _trimmed_mean)(percent)


def samples_needed(name: str) -> float:
    """How many samples a percentile needs to be significant; 0 for any other statistic.

    CloudWatch User Guide, "Percentile-based CloudWatch alarms and low data samples":
    10/(1-percentile) from the median on, 10/percentile below.
    """
    if name in SIMPLE or not name.startswith("p"):
        return 0
    percent = _parsed(name)[1]
    beyond = HUNDRED - percent if percent >= HALF else percent
    return FEWEST * HUNDRED / beyond if beyond else float("inf")


def _parsed(name: str) -> tuple[str, float]:
    found = PERCENT.fullmatch(name)
    if not found or float(found[2]) > HUNDRED:
        raise UnknownStatisticError(name)
    return found[1], float(found[2])


def _percentile(percent: float) -> Calculation:
    def calculate(statistics: Statistics) -> float | None:
        samples = _samples(statistics)
        if not samples:
            return None
        rank, passed = statistics.count * percent / HUNDRED, 0.0
        for value in sorted(samples):
            passed += samples[value]
            if passed >= rank:
                break
        return value

    return calculate


def _trimmed_mean(percent: float) -> Calculation:
    def calculate(statistics: Statistics) -> float | None:
        samples, total = _samples(statistics), 0.0
        kept = left = statistics.count * percent / HUNDRED
        if not samples or not kept:
            return None
        for value in sorted(samples):
            taken = min(left, samples[value])
            total, left = total + value * taken, left - taken
        return total / kept

    return calculate


def _samples(statistics: Statistics) -> Mapping[float, float] | None:
    return None if statistics.minimum < 0 else statistics.samples
