"""What chance does: counts as of a Poisson process, and log-normal latencies."""

from bisect import bisect
from functools import lru_cache
from itertools import accumulate
from math import ceil, erfc, exp, lgamma, log, sqrt
from random import Random
from statistics import NormalDist
from typing import Final

STANDARD: Final = NormalDist()

FARTHEST: Final = 9
"""Sigma; what lies beyond never comes."""

MANY: Final = 50
"""The sum of so many values is drawn as a normal one."""

Table = tuple[int, list[float]]
"""The least count that comes, and how likely each from there on is not exceeded."""


def seeded(seed: str) -> Random:
    """Chance that is the same for the same seed."""
    return Random(seed)  # noqa: S311 - nothing to guess


@lru_cache(maxsize=4000)
def table_of(mean: float) -> Table:
    """The table of Poisson counts with that mean."""
    reach = FARTHEST * sqrt(mean)
    first, last = max(0, int(mean - reach)), ceil(mean + reach) + 2 * FARTHEST
    of_each = [exp(n * log(mean) - mean - lgamma(n + 1)) for n in range(first, last + 1)]
    until = list(accumulate(of_each))
    return first, [value / until[-1] for value in until[:-1]]


def drawn_from(table: Table, chance: Random) -> int:
    """A count."""
    first, until = table
    return first + bisect(until, chance.random())


def count(chance: Random, mean: float) -> int:
    """A Poisson count with that mean."""
    return drawn_from(table_of(mean), chance) if mean > 0 else 0


def percentile_90(chance: Random, values: int, sigma: float) -> float:
    """The 90th percentile, by nearest rank, of log-normal values with a median of 1."""
    rank = max(1, ceil(0.9 * values))
    part = chance.betavariate(rank, values - rank + 1)
    return exp(sigma * STANDARD.inv_cdf(min(max(part, 1e-15), 1 - 1e-15)))


def part_above(value: float, median: float, sigma: float) -> float:
    """How likely a log-normal value is greater than that."""
    return 0.5 * erfc(log(value / median) / sigma / sqrt(2))


def total(chance: Random, values: int, median: float, sigma: float) -> float:
    """The sum of so many log-normal values."""
    if values <= MANY:
        return median * sum(chance.lognormvariate(0, sigma) for _ in range(values))
    mean = exp(sigma**2 / 2)
    spread = mean * sqrt((exp(sigma**2) - 1) * values)
    return median * max(0.0, chance.gauss(values * mean, spread))
