"""How many requests a fleet had, how many of them ended in a 5XX or a 4XX, how long they took.

Without chance whole numbers come from running totals: what a minute gets is how much the rounded
total (halves up) has grown, so that no minute's rounding is lost and no total is ever off by more
than a half. With it requests come as a Poisson process, and each ends as it does by itself.
Errors are counted on the whole requests: after so many requests, that many have failed.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from bluegreen_simulator.rules.traffic.chance import Source, poisson
from bluegreen_simulator.rules.traffic.exact_shares import exact, rounded
from bluegreen_simulator.rules.traffic.latencies import Latencies, Lengths
from bluegreen_simulator.rules.traffic.model import Model


@dataclass(frozen=True)
class Minute:
    """What a fleet answered in a minute; what was no error was answered well.

    `by_instances` is how many came while so many instances of the variant were active.
    """

    requests: int = 0
    server_errors: int = 0
    client_errors: int = 0
    lengths: Lengths = field(default_factory=dict)
    by_instances: Mapping[int, int] = field(default_factory=dict)

    def beside(self, by_instances: Mapping[int, int]) -> "Minute":
        """The same, of which it is known how many instances were active."""
        return replace(self, by_instances=by_instances)

    def __add__(self, other: "Minute") -> "Minute":
        """Both together."""
        return Minute(
            self.requests + other.requests,
            self.server_errors + other.server_errors,
            self.client_errors + other.client_errors,
            _together(self.lengths, other.lengths),
            _together(self.by_instances, other.by_instances),
        )


def _together[T](some: Mapping[T, int], others: Mapping[T, int]) -> Mapping[T, int]:
    if not (some and others):
        return some or others
    together = Counter(some)
    together.update(others)
    return together


class Exact:
    """Whole numbers without chance, from a running total."""

    def __init__(self) -> None:
        self._due = Fraction(0)
        self._taken = 0

    def arrived(self, due: Fraction) -> int:
        """How many requests came where so many more are due."""
        self._due += due
        before, self._taken = self._taken, rounded(self._due)
        return self._taken - before

    def part(self, requests: int, rate: Fraction) -> int:
        """To how many of so many requests more something happens that happens at this rate."""
        return self.arrived(requests * rate) if rate else 0


class Drawn:
    """The same by chance."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def arrived(self, due: Fraction) -> int:
        """A draw from a Poisson distribution."""
        return poisson(self._source, float(due))

    def part(self, requests: int, rate: Fraction) -> int:
        """A draw from a binomial distribution."""
        return self._source.binomialvariate(requests, float(rate)) if rate else 0


Whole = Exact | Drawn


def whole(source: Source | None) -> Whole:
    """What makes whole numbers, with chance or without."""
    return Drawn(source) if source else Exact()


class Answers:
    """How a model answers requests that it could read; without a `source` by no chance."""

    def __init__(self, model: Model, source: Source | None) -> None:
        self._error_rate = exact(model.error_rate)
        self._client_error_rate = _of_the_rest(exact(model.client_error_rate), self._error_rate)
        self._server_errors, self._client_errors = whole(source), whole(source)
        self._latencies = Latencies(model.latency_ms, model.latency_spread, source)

    def add(self, requests: int = 1) -> Minute:
        """Answer so many requests more."""
        failed = self._server_errors.part(requests, self._error_rate)
        refused = self._client_errors.part(requests - failed, self._client_error_rate)
        return Minute(requests, failed, refused, self._latencies.of(requests))

    def refuse(self) -> Minute:
        """Refuse one that it cannot read, in as much time."""
        return Minute(1, client_errors=1, lengths=self._latencies.of(1))


class Flow:
    """A fleet's requests that are only counted, drawn when the minute is closed."""

    def __init__(self, model: Model, source: Source | None) -> None:
        self._answers = Answers(model, source)
        self._requests = whole(source)
        self._due: dict[int, Fraction] = {}

    def add(self, requests: Fraction, instances: int = 0) -> None:
        """Let the fleet get so many requests more while that many instances are active."""
        self._due[instances] = self._due.get(instances, Fraction(0)) + requests

    def close_minute(self) -> Minute:
        """The whole requests since the last call."""
        due, self._due = self._due, {}
        requests = self._requests.arrived(sum(due.values(), Fraction(0)))
        return self._answers.add(requests).beside(_apportioned(requests, due))


def _apportioned(requests: int, due: Mapping[int, Fraction]) -> Mapping[int, int]:
    """Whole requests by what of them was due; no running total is off by more than a half."""
    if len(due) == 1:
        return dict.fromkeys(due, requests)
    total, passed, taken, parts = sum(due.values(), Fraction(0)), Fraction(0), 0, {}
    for instances, part in due.items():
        passed += part
        before, taken = taken, rounded(requests * passed / total) if total else 0
        parts[instances] = taken - before
    return parts


def _of_the_rest(rate: Fraction, error_rate: Fraction) -> Fraction:
    """The same rate, of those requests that have not failed."""
    return min(rate / (1 - error_rate), Fraction(1)) if error_rate < 1 else Fraction(0)
