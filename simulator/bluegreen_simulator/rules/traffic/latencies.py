"""How long a model's answers take: all as long, or spread by a log-normal around their median.

Lengths are put into bins, 1.5 % wide, so that a minute of many requests has few different ones.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import ceil, erf, exp, sqrt
from typing import Final

from bluegreen_simulator.rules.traffic.chance import Source

WIDTH: Final = 0.015
"""Of a bin, in the logarithm of the length."""

REACH: Final = 4.5
"""How many sigmas the bins reach to either side; what is beyond is in the last ones."""

GOLDEN: Final = (sqrt(5) - 1) / 2
"""Its multiples fall evenly between whole numbers, however many there are."""

Lengths = Mapping[float, int]
"""How many answers took so many milliseconds."""


@dataclass(frozen=True)
class Bins:
    """Lengths in milliseconds from the shortest on, and the parts of answers below each's edges."""

    lengths: tuple[float, ...]
    edges: tuple[float, ...]


@lru_cache(maxsize=64)
def bins_of(median_ms: float, spread: float) -> Bins:
    """The bins of a log-normal; in whole microseconds."""
    reach = ceil(REACH * spread / WIDTH)
    steps = range(-reach, reach + 1)
    lengths = (round(median_ms * exp(step * WIDTH), 3) for step in steps)
    between = (_normal((step + 0.5) * WIDTH / spread) for step in steps[:-1])
    return Bins(tuple(lengths), (0.0, *between, 1.0))


class Latencies:
    """The lengths of one model's answers: drawn where there is a source, else in a fixed order."""

    def __init__(self, median_ms: float, spread: float, source: Source | None) -> None:
        self._median_ms = median_ms
        self._bins = bins_of(median_ms, spread) if spread else None
        self._source = source
        self._turn = 0

    def of(self, requests: int) -> Lengths:
        """The lengths of the next so many answers."""
        if self._bins is None:
            return {self._median_ms: requests}
        found: Counter[float] = Counter()
        for bin_, count in self._parts(self._bins, requests):
            found[self._bins.lengths[bin_]] += count
        return found

    def _parts(self, bins: Bins, requests: int) -> Iterator[tuple[int, int]]:
        if self._source:
            return drawn(bins, requests, self._source)
        self._turn += 1
        return in_order(bins, requests, self._turn * GOLDEN % 1)


def drawn(bins: Bins, requests: int, source: Source) -> Iterator[tuple[int, int]]:
    """How many answers each bin has by chance; halving the bins costs the same for many as few."""
    edges, rest = bins.edges, [(0, len(bins.lengths), requests)]
    while rest:
        first, end, count = rest.pop()
        if not count:
            continue
        if end - first == 1:
            yield first, count
            continue
        middle = (first + end) // 2
        part = (edges[middle] - edges[first]) / (edges[end] - edges[first])
        lower = source.binomialvariate(count, part)
        rest += [(middle, end, count - lower), (first, middle, lower)]


def in_order(bins: Bins, requests: int, turn: float) -> Iterator[tuple[int, int]]:
    """How many each bin has of answers that lie evenly over all; `turn` is where they begin.

    Of a single one it is the `turn`, 0 to below 1, itself that lies in the bin.
    """
    passed = [ceil(requests * edge - turn) for edge in bins.edges]
    for bin_, (before, after) in enumerate(pairwise(passed)):
        if after > before:
            yield bin_, after - before


def _normal(sigmas: float) -> float:
    """The part of a normal distribution below so many sigmas."""
    return (1 + erf(sigmas / sqrt(2))) / 2
