"""Chance, which is passed in: a source for each use, and the draws that Python's own lacks.

Who passes no chance gets exact parts of everything, the same at each run.
"""

from collections.abc import Callable
from math import exp
from typing import Final, Protocol

GREATEST_SEED: Final = 2**32 - 1
FEW: Final = 12
"""Up to which mean it is cheapest to draw the arrivals one after the other."""


class Source(Protocol):
    """Draws; those methods of `random.Random` that are needed here."""

    def random(self) -> float:
        """A number from 0 to below 1, each as likely."""
        ...

    def binomialvariate(self, n: int, p: float) -> int:
        """How many of n happen that each happen with probability p."""
        ...

    def gammavariate(self, alpha: float, beta: float) -> float:
        """The sum of alpha waits whose mean is beta each."""
        ...


Chance = Callable[[str], Source]
"""A source of its own for each name; of the same name it draws the same."""


def poisson(source: Source, mean: float) -> int:
    """How many come where so many are due, each by itself.

    A long stretch is shortened by the time that most of its arrivals take, which has a gamma
    distribution (J. H. Ahrens and U. Dieter, 1974), so that many cost no more than few.
    """
    come = 0
    while mean > FEW:
        most = int(mean * 7 / 8)
        taken = source.gammavariate(most, 1.0)
        if taken > mean:  # the last of them came too late; those before it came at any time
            return come + source.binomialvariate(most - 1, mean / taken)
        come, mean = come + most, mean - taken
    return come + _few(source, mean)


def _few(source: Source, mean: float) -> int:
    """The same by the waits between them; nothing is drawn where none is due."""
    if not mean:
        return 0
    come, left, least = 0, source.random(), exp(-mean)
    while left > least:
        come, left = come + 1, left * source.random()
    return come
