"""The meters of all endpoints, and the end of each minute, at which they are read."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bluegreen_simulator.rules.fleet.serving import Fleet
from bluegreen_simulator.rules.traffic.chance import Chance
from bluegreen_simulator.rules.traffic.meter import Active, Answer, Meter
from bluegreen_simulator.rules.traffic.metrics import Publish, publish_minute
from bluegreen_simulator.time.clock import VirtualClock

MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Past:
    """Minutes before now: how many, how many minutes ago they ended, what there was in them.

    Without an `error_rate` the models behaved as they do now.
    """

    minutes: int
    requests_per_second: float
    ended: int = 0
    error_rate: float | None = None


class Meters:
    """Counts requests by endpoint, and publishes them at each full minute that had any.

    While there are none nothing happens, so that time without requests costs nothing. With
    `chance` requests come and are answered by it, of each endpoint on their own.
    """

    def __init__(
        self,
        clock: VirtualClock,
        fleets: Callable[[str], list[Fleet]],
        active: Callable[[str], Active],
        publish: Publish,
        chance: Chance | None = None,
    ) -> None:
        self._clock = clock
        self._ask_fleets = fleets
        self._ask_active = active
        self._publish = publish
        self._chance = chance
        self._meters: dict[str, Meter] = {}
        self._start: datetime | None = None

    def begin_traffic(self, endpoint: str, requests_per_second: float) -> None:
        """Count so many requests a second more from now on."""
        self._open_minute()
        self._meter(endpoint).begin_traffic(requests_per_second)

    def live_through(self, endpoint: str, past: Past) -> None:
        """Publish what there would be, had the endpoint been as it is, with traffic, in the past.

        Nothing else of that time is made up, and no time passes. Chance draws on its own for each.
        """
        moment = self._clock.now().replace(second=0, microsecond=0) - past.ended * MINUTE
        moment -= past.minutes * MINUTE
        chance = self._chance_of(f"{endpoint}/past of {past.minutes} minutes until {past.ended}")
        active, fleets = self._ask_active(endpoint), self._fleets_in(past, endpoint)
        meter = Meter(lambda: moment, lambda: fleets, chance, lambda: active)
        meter.begin_traffic(past.requests_per_second)
        for _ in range(past.minutes):
            start, moment = moment, moment + MINUTE
            publish_minute(self._publish, endpoint, start, meter.close_minute(), active)

    def _fleets_in(self, past: Past, endpoint: str) -> list[Fleet]:
        fleets = self._ask_fleets(endpoint)
        if past.error_rate is None:
            return fleets
        return [replace(fleet, error_rate=past.error_rate) for fleet in fleets]

    def next_fleet(self, endpoint: str, variant: str | None = None) -> Fleet | None:
        """Who answers the next request, to a variant or to any; None where nobody can."""
        return self._meter(endpoint).next_fleet(variant)

    def answer(self, endpoint: str, fleet: Fleet) -> Answer:
        """Count a request that the model can read, and answer it."""
        self._open_minute()
        return self._meter(endpoint).answer(fleet)

    def refuse(self, endpoint: str, fleet: Fleet) -> Answer:
        """Count a request that the model cannot read, which ends in a 4XX."""
        self._open_minute()
        return self._meter(endpoint).refuse(fleet)

    def fleets_changed(self, endpoint: str) -> None:
        """Take notice that an endpoint's fleets have other shares now."""
        if endpoint in self._meters:
            self._meters[endpoint].fleets_changed()

    def _meter(self, endpoint: str) -> Meter:
        if endpoint not in self._meters:
            fleets = partial(self._ask_fleets, endpoint)
            active, chance = partial(self._ask_active, endpoint), self._chance_of(endpoint)
            self._meters[endpoint] = Meter(self._clock.now, fleets, chance, active)
        return self._meters[endpoint]

    def _chance_of(self, endpoint: str) -> Chance | None:
        chance = self._chance
        return None if chance is None else lambda name: chance(f"{endpoint}/{name}")

    def _open_minute(self) -> None:
        """See to it that the present minute is read at its end, and the one before it already."""
        self._close_minute()
        if self._start is None:
            self._start = self._clock.now().replace(second=0, microsecond=0)
            self._clock.run_at(self._start + MINUTE, self._end_minute)

    def _end_minute(self) -> None:
        self._close_minute()
        if any(meter.flows for meter in self._meters.values()):
            self._open_minute()

    def _close_minute(self) -> None:
        """Read the meters if the open minute is over; a request may come before its timer does."""
        if self._start is None or self._clock.now() < self._start + MINUTE:
            return
        start, self._start = self._start, None
        for endpoint, meter in self._meters.items():
            answered = meter.close_minute()
            if answered:
                active = self._ask_active(endpoint)
                publish_minute(self._publish, endpoint, start, answered, active)


_running: list[Meters] = []


def begin(meters: Meters) -> None:
    """Let these be the meters of the embedded AWS that runs."""
    _running[:] = [meters]


def running() -> Meters:
    """The meters of the embedded AWS that runs."""
    return _running[0]


def live_through(endpoint: str, past: Past) -> None:
    """Let an endpoint have metrics of a time before now."""
    running().live_through(endpoint, past)


def add_traffic(endpoint: str, requests_per_second: float) -> None:
    """Let an endpoint get so many requests a second from now on, beside all others."""
    running().begin_traffic(endpoint, requests_per_second)
