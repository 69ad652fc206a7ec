"""The requests of one endpoint: which fleet answers them, and how many there were in a minute."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from bluegreen_simulator.rules.fleet.serving import Fleet
from bluegreen_simulator.rules.traffic.chance import Chance, Source
from bluegreen_simulator.rules.traffic.counts import Answers, Flow, Minute
from bluegreen_simulator.rules.traffic.exact_shares import exact
from bluegreen_simulator.rules.traffic.model import Model, model_of
from bluegreen_simulator.rules.traffic.rotation import Draw, Rotation

Active = Mapping[tuple[str, str], int]
"""How many instances have traffic, by endpoint config and variant."""

SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)


class Answer(NamedTuple):
    """How a model answered one request, and in how many milliseconds."""

    latency_ms: float
    failed: bool = False
    refused: bool = False

    @property
    def well(self) -> bool:
        """Whether it is no error."""
        return not (self.failed or self.refused)


class Meter:
    """Counts the requests of an endpoint.

    `fleets` tells who has traffic, `active` with how many instances, `now` what time it is. With
    `chance` requests come and are answered by it; what each fleet gets does not depend on how often
    anybody asks, nor on others.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        fleets: Callable[[], list[Fleet]],
        chance: Chance | None = None,
        active: Callable[[], Active] = dict,
    ) -> None:
        self._now = now
        self._ask = fleets
        self._fleets = fleets()
        self._ask_active = active
        self._instances = self._instances_now()
        self._starts = {_place(fleet): now() for fleet in self._fleets}
        self._chance = chance
        self._sources: dict[str, Source] = {}
        self._rate = Fraction(0)
        self._counted_until = now()
        self._flows: dict[Model, Flow] = {}
        self._answers: dict[Model, Answers] = {}
        self._answered: defaultdict[Model, Minute] = defaultdict(Minute)
        self._turns: dict[str | None, Rotation | Draw] = {}

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
        before, self._fleets, now = self._fleets, self._ask(), self._now()
        places = map(_place, self._fleets)
        self._starts = {place: self._starts.get(place, now) for place in places}
        if self._fleets != before:
            self._turns.clear()

    def next_fleet(self, variant: str | None = None) -> Fleet | None:
        """Who answers the next request, to a variant or to any; None where nobody can."""
        fleets = [fleet for fleet in self._fleets if variant in (None, fleet.variant)]
        if not fleets:
            return None
        if variant not in self._turns:
            self._turns[variant] = self._turns_of([fleet.share for fleet in fleets])
        return fleets[self._turns[variant].following()]

    def answer(self, fleet: Fleet) -> Answer:
        """Count a request that the model can read, and answer it."""
        model = self._model_now(fleet)
        minute = self._answers_of(model).add().beside(self._one_of(fleet))
        self._answered[model] += minute
        (latency_ms,) = minute.lengths
        return Answer(latency_ms, bool(minute.server_errors), bool(minute.client_errors))

    def refuse(self, fleet: Fleet) -> Answer:
        """Count a request that the model cannot read, which ends in a 4XX."""
        model = self._model_now(fleet)
        minute = self._answers_of(model).refuse().beside(self._one_of(fleet))
        self._answered[model] += minute
        (latency_ms,) = minute.lengths
        return Answer(latency_ms, refused=True)

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
        """Give each fleet its share of the traffic since the last time.

        So long as many instances were active as then; how many there are now holds from here on.
        """
        since, self._counted_until = self._counted_until, self._now()
        if self._rate and since != self._counted_until:
            self._count_since(since)
        self._instances = self._instances_now()

    def _count_since(self, since: datetime) -> None:
        for fleet in self._fleets:
            instances = self._instances[fleet.variant]
            for model, length in self._parts(fleet, since, self._counted_until):
                if model not in self._flows:
                    self._flows[model] = Flow(model, self._source("traffic", model))
                requests = self._rate * (length // MICROSECOND) / 10**6
                self._flows[model].add(requests * exact(fleet.share), instances)

    def _one_of(self, fleet: Fleet) -> dict[int, int]:
        """One request to a fleet, by the instances of its variant that are active now."""
        return {self._instances_now()[fleet.variant]: 1}

    def _instances_now(self) -> Counter[str]:
        """How many instances are active, blue and green, by variant."""
        found = Counter[str]()
        for (_, variant), count in self._ask_active().items():
            found[variant] += count
        return found

    def _parts(
        self, fleet: Fleet, since: datetime, until: datetime
    ) -> Iterator[tuple[Model, timedelta]]:
        """How long a fleet was slow from its start in a stretch of time, and how long not."""
        slow_until = min(max(self._slow_until(fleet), since), until)
        if slow_until > since:
            yield model_of(fleet, slow=True), slow_until - since
        if until > slow_until:
            yield model_of(fleet, slow=False), until - slow_until

    def _slow_until(self, fleet: Fleet) -> datetime:
        return self._starts[_place(fleet)] + fleet.slow_start_seconds * SECOND

    def _model_now(self, fleet: Fleet) -> Model:
        return model_of(fleet, slow=self._now() < self._slow_until(fleet))

    def _answers_of(self, model: Model) -> Answers:
        if model not in self._answers:
            self._answers[model] = Answers(model, self._source("calls", model))
        return self._answers[model]

    def _turns_of(self, shares: list[float]) -> Rotation | Draw:
        source = self._source("turns")
        return Draw(shares, source) if source else Rotation(shares)

    def _source(self, use: str, model: Model | None = None) -> Source | None:
        """One source for each use by each fleet, which goes on when its model behaves otherwise."""
        if self._chance is None:
            return None
        name = f"{use}/{model.config}/{model.variant}" if model else use
        if name not in self._sources:
            self._sources[name] = self._chance(name)
        return self._sources[name]


def _place(fleet: Fleet) -> tuple[str, str]:
    return fleet.config, fleet.variant
