"""The statistics of a period, by their names in CloudWatch: Average, p95, tm90 and so on.

Percentiles, percentile ranks and trimmed means need the samples, and are not available with
negative ones (CloudWatch User Guide, "CloudWatch statistics definitions"). A percentile rank,
PR(100:300), is the per cent of the samples above the one bound and up to the other. AWS does not
say how it finds the others: here a percentile is the nearest rank, the least value that so many
percent of the samples do not exceed, and a trimmed mean takes of the last value as many samples
as are needed (assumed).
"""

import math
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
RANK: Final = re.compile(r"PR\((\d+(?:\.\d{1,10})?)?:(\d+(?:\.\d{1,10})?)?\)")
OTHERS: Final = re.compile(r"(?:tc|ts|wm)\d+(?:\.\d+)?|IQM|(?:TM|TC|TS|WM)\([\d.]*%?:[\d.]*%?\)")
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
    if name.startswith("PR("):
        return _percentile_rank(*_bounds(name))
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


def _bounds(name: str) -> tuple[float, float]:
    """Of a percentile rank; one that is left out is no bound."""
    found = RANK.fullmatch(name)
    if not found or not (found[1] or found[2]):
        raise UnknownStatisticError(name)
    lower, upper = float(found[1] or -math.inf), float(found[2] or math.inf)
    if lower >= upper:
        raise UnknownStatisticError(name)
    return lower, upper


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


def _percentile_rank(lower: float, upper: float) -> Calculation:
    """Exclusive on the lower bound and inclusive on the upper one, as the User Guide has it."""

    def calculate(statistics: Statistics) -> float | None:
        samples = _samples(statistics)
        if not samples:
            return None
        within = sum(count for value, count in samples.items() if lower < value <= upper)
        return HUNDRED * within / statistics.count

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
