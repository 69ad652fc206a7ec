"""Which fleet answers the next request: so that each gets exactly its share, or by chance."""

from bisect import bisect
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

from bluegreen_simulator.rules.traffic.chance import Source
from bluegreen_simulator.rules.traffic.exact_shares import exact


class Rotation:
    """Tells who is next, by shares that need not add up to 1.

    It is whoever would soonest be too far behind its share (R. Tijdeman, "The chairman assignment
    problem", 1980). After however many requests, none of n fleets is further from its share than
    1 - 1/(2n - 2) of a request. That is a half for two fleets, which are therefore within one
    request of their shares over any stretch, too.
    """

    def __init__(self, shares: Sequence[float]) -> None:
        exactly = [exact(share) for share in shares]
        total = sum(exactly)
        self._shares = [share / total for share in exactly]
        self._behind = [Fraction(0)] * len(shares)
        self._least = Fraction(1, 2 * len(shares) - 2) if len(shares) > 1 else Fraction(0)

    def following(self) -> int:
        """The number of the one whose turn it is."""
        self._behind = [b + share for b, share in zip(self._behind, self._shares, strict=True)]
        ready = [number for number, behind in enumerate(self._behind) if behind >= self._least]
        chosen = min(ready, key=self._patience)
        self._behind[chosen] -= 1
        return chosen

    def _patience(self, number: int) -> Fraction:
        """How many requests others can have before this one is too far behind."""
        return (1 - self._least - self._behind[number]) / self._shares[number]


class Draw:
    """Tells who is next by chance, each with the probability that its share is of them all."""

    def __init__(self, shares: Sequence[float], source: Source) -> None:
        self._upto = list(accumulate(shares))
        self._source = source

    def following(self) -> int:
        """The number of the one who is drawn."""
        return bisect(self._upto, self._source.random() * self._upto[-1], hi=len(self._upto) - 1)
