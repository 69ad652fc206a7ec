"""Sums up a metric's samples: CloudWatch's StatisticSet, and how often each value occurred."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import isclose
from typing import Self


@dataclass(frozen=True)
class Statistics:
    """The sum, the number, the least and the greatest of one or more samples.

    `counts` says how often each value came; it is None where only the set was published, and empty
    where CloudWatch has no percentiles at all. Two with the same set are equal, whatever is known
    of the samples.
    """

    sum: float
    count: float
    minimum: float
    maximum: float
    counts: Mapping[float, float] | None = field(default=None, compare=False, repr=False)

    @classmethod
    @lru_cache(maxsize=1024)
    def of(cls, value: float, count: float = 1) -> Self:
        """`count` samples of the same value."""
        return cls(value * count, count, value, value, {value: count})

    @classmethod
    def of_values(cls, counts: Mapping[float, float]) -> Self:
        """Samples by how often each value came."""
        total = sum(value * count for value, count in counts.items())
        return cls(total, sum(counts.values()), min(counts), max(counts), counts)

    def merged(self, other: "Statistics") -> "Statistics":
        """The statistics of both sets of samples together."""
        return Statistics(
            self.sum + other.sum,
            self.count + other.count,
            min(self.minimum, other.minimum),
            max(self.maximum, other.maximum),
            self._merged_counts(other),
        )

    def is_like(self, other: "Statistics") -> bool:
        """Whether it is the same set of samples, as far as anybody knows them."""
        return self is other or (self, self.counts) == (other, other.counts)

    @property
    def samples(self) -> Mapping[float, float] | None:
        """How often each value came; None if nobody knows.

        A set whose values can only have been all the same counts as samples (CloudWatch User
        Guide, "CloudWatch statistics definitions": where a StatisticSet has percentiles).
        """
        if self.counts is not None:
            return self.counts
        if self.minimum == self.maximum and isclose(self.sum, self.minimum * self.count):
            return {self.minimum: self.count}
        return None

    def _merged_counts(self, other: "Statistics") -> Mapping[float, float] | None:
        mine, others = self.samples, other.samples
        if mine is None or others is None:
            return None
        together = dict(mine)
        for value, count in others.items():
            together[value] = together.get(value, 0) + count
        return together
