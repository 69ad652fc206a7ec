"""The requests of one endpoint: which fleet answers them, and how many there were in a minute."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from bluegreen_simulator.rules.fleet.serving import Fleet
from bluegreen_simulator.rules.traffic.counts import Answers, Flow, Minute
from bluegreen_simulator.rules.traffic.exact_shares import exact
from bluegreen_simulator.rules.traffic.rotation import Rotation


class Model(NamedTuple):
    """What answers: the model of a variant of a config, however great its share is."""

    config: str
    variant: str
    error_rate: float
    latency_ms: float


class Meter:
    """Counts the requests of an endpoint; `fleets` tells who has traffic, `now` what time it is."""

    def __init__(self, now: Callable[[], datetime], fleets: Callable[[], list[Fleet]]) -> None:
        self._now = now
        self._ask = fleets
        self._fleets = fleets()
        self._rate = Fraction(0)
        self._counted_until = now()
        self._flows: dict[Model, Flow] = {}
        self._answers: dict[Model, Answers] = {}
        self._answered: defaultdict[Model, Minute] = defaultdict(Minute)
        self._turns: dict[str | None, Rotation] = {}

    @property
    def flows(self) -> bool:
        """Whether requests come by themselves."""
        return self._rate > 0

    def begin_traffic(self, requests_per_second: float) -> None:
        """Count so many requests a second more from now on."""
        self._count()
        self._rate += exact(requests_per_second)

    def fleets_changed(self) -> None:
        """Look who has traffic now; their shares hold from here on."""
        self._count()
        self._fleets = self._ask()
        self._turns.clear()

    def next_fleet(self, variant: str | None = None) -> Fleet | None:
        """Who answers the next request, to a variant or to any; None where nobody can."""
        fleets = [fleet for fleet in self._fleets if variant in (None, fleet.variant)]
        if not fleets:
            return None
        if variant not in self._turns:
            self._turns[variant] = Rotation([fleet.share for fleet in fleets])
        return fleets[self._turns[variant].following()]

    def answer(self, fleet: Fleet) -> bool:
        """Count a request that the model can read; whether it answers it well."""
        model = _model(fleet)
        if model not in self._answers:
            self._answers[model] = Answers(model.error_rate)
        failed = self._answers[model].add()
        self._answered[model] += Minute(1, server_errors=failed)
        return not failed

    def refuse(self, fleet: Fleet) -> None:
        """Count a request that the model cannot read, which ends in a 4XX."""
        self._answered[_model(fleet)] += Minute(1, client_errors=1)

    def close_minute(self) -> dict[Model, Minute]:
        """What each model answered since the last call, where that was anything."""
        self._count()
        for model, flow in self._flows.items():
            minute = flow.close_minute()
            if minute.requests:
                self._answered[model] += minute
        answered, self._answered = self._answered, defaultdict(Minute)
        return answered

    def _count(self) -> None:
        """Give each fleet its share of the traffic since the last time."""
        now = self._now()
        microseconds = (now - self._counted_until) // timedelta(microseconds=1)
        self._counted_until = now
        requests = self._rate * microseconds / 10**6
        if not requests:
            return
        for fleet in self._fleets:
            model = _model(fleet)
            if model not in self._flows:
                self._flows[model] = Flow(model.error_rate)
            self._flows[model].add(requests * exact(fleet.share))


def _model(fleet: Fleet) -> Model:
    return Model(fleet.config, fleet.variant, fleet.error_rate, fleet.latency_ms)
