"""How many requests a fleet had, and how many of them ended in a 5XX.

Whole numbers come from running totals: what a minute gets is how much the rounded total (halves
up) has grown, so that no minute's rounding is lost and no total is ever off by more than a half.
Errors are counted on the whole requests: after so many requests, that many have failed.
"""

from dataclasses import dataclass
from fractions import Fraction

from bluegreen_simulator.rules.traffic.exact_shares import exact, rounded


@dataclass(frozen=True)
class Minute:
    """What a fleet answered in a minute; all others were answered well."""

    requests: int = 0
    server_errors: int = 0
    client_errors: int = 0

    def __add__(self, other: "Minute") -> "Minute":
        """Both together."""
        return Minute(
            self.requests + other.requests,
            self.server_errors + other.server_errors,
            self.client_errors + other.client_errors,
        )


class Answers:
    """A fleet's running totals of requests that its model could read."""

    def __init__(self, error_rate: float) -> None:
        self._error_rate = exact(error_rate)
        self._requests = 0

    def add(self, requests: int = 1) -> int:
        """Answer so many requests more; how many of them end in a 5XX."""
        before = rounded(self._requests * self._error_rate)
        self._requests += requests
        return rounded(self._requests * self._error_rate) - before


class Flow:
    """A fleet's running totals of requests that are only counted."""

    def __init__(self, error_rate: float) -> None:
        self._answers = Answers(error_rate)
        self._due = Fraction(0)
        self._requests = 0

    def add(self, requests: Fraction) -> None:
        """Let the fleet get so many requests more."""
        self._due += requests

    def close_minute(self) -> Minute:
        """The whole requests since the last call."""
        before, self._requests = self._requests, rounded(self._due)
        requests = self._requests - before
        return Minute(requests, self._answers.add(requests))
