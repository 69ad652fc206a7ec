"""What is kept of a metric's samples: the members of CloudWatch's StatisticSet."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self


@dataclass(frozen=True)
class Statistics:
    """The sum, the number, the least and the greatest of one or more samples."""

    sum: float
    count: float
    minimum: float
    maximum: float

    @classmethod
    def of(cls, value: float, count: float = 1) -> Self:
        """`count` samples of the same value."""
        return cls(value * count, count, value, value)

    def merged(self, other: "Statistics") -> "Statistics":
        """The statistics of both sets of samples together."""
        return Statistics(
            self.sum + other.sum,
            self.count + other.count,
            min(self.minimum, other.minimum),
            max(self.maximum, other.maximum),
        )

    def value(self, statistic: str) -> float:
        """The value of a statistic by its name in PutMetricAlarm, such as Average."""
        return VALUES[statistic](self)


VALUES: Final[dict[str, Callable[[Statistics], float]]] = {
    "Average": lambda statistics: statistics.sum / statistics.count,
    "Sum": lambda statistics: statistics.sum,
    "Minimum": lambda statistics: statistics.minimum,
    "Maximum": lambda statistics: statistics.maximum,
    "SampleCount": lambda statistics: statistics.count,
}
"""Percentiles are not among them: they need the samples, which are not kept."""
