"""How far a figure of the table may be from the truth, for all of them at once."""

from math import sqrt
from statistics import NormalDist
from typing import Final, NamedTuple

SURE: Final = 0.99
"""That no figure at all is outside of its interval."""


class Interval(NamedTuple):
    """Parts, 0 to 1."""

    low: float
    high: float

    def meets(self, other: "Interval") -> bool:
        """Whether both may be true of one thing."""
        return self.low <= other.high and other.low <= self.high


def interval(found: int, draws: int, figures: int) -> Interval:
    """What the part may be, if there are so many figures (Wilson's, by Bonferroni)."""
    z = sigmas(figures)
    part, weight = found / draws, z * z / draws
    centre = part + weight / 2
    spread = z * sqrt(part * (1 - part) / draws + weight / draws / 4)
    return Interval(
        max(0.0, (centre - spread) / (1 + weight)), min(1.0, (centre + spread) / (1 + weight))
    )


def sigmas(figures: int) -> float:
    """How many sigma an interval reaches."""
    return NormalDist().inv_cdf(1 - (1 - SURE) / figures / 2)
