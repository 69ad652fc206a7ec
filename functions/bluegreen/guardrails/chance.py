"""What chance does to counts: how far a rate may be passed before it means something.

Three sigma of a Poisson count, as on a control chart for counts, and a little more where counts
are small. That includes that an alarm looks again every minute.
"""

from math import exp, lgamma, log, sqrt
from typing import Final

SIGMAS: Final = 3
SMALL_COUNT: Final = 2
"""Of errors: bad requests beyond the expected ones that are chance."""

SLOW_SIGMAS: Final = 1.2
FEW_SLOW: Final = 1
"""The same of slow requests, of which three periods in a row count."""

SURELY: Final = 12
"""Beyond so many sigma nothing comes by chance."""


def most_errors(expected: float) -> float:
    """How many errors chance explains where so many are expected."""
    return expected + SIGMAS * sqrt(expected) + SMALL_COUNT


def most_slow(expected: float) -> float:
    """How many slow requests chance explains in one period where so many are expected."""
    return expected + SLOW_SIGMAS * sqrt(expected) + FEW_SLOW


def chance_to_pass(mean: float, count: float) -> float:
    """How likely a Poisson count with that mean is greater than `count`, 0 to 1."""
    if mean <= 0:
        return 0.0
    distance = (mean - count) / sqrt(max(mean, count, 1.0))
    if abs(distance) > SURELY:
        return float(distance > 0)
    return max(0.0, 1.0 - _chance_within(mean, int(count)))


def _chance_within(mean: float, count: int) -> float:
    """How likely a Poisson count is at most `count`."""
    if count < 0:
        return 0.0
    term = exp(count * log(mean) - mean - lgamma(count + 1))
    total, number = term, count
    while number > 0 and term > 0:
        term *= number / mean
        total += term
        number -= 1
        if number < mean and term < total * 1e-12:  # the rest adds nothing
            break
    return min(1.0, total)
