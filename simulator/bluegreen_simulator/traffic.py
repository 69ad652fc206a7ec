"""Background traffic of an endpoint: requests that are only counted, as CloudWatch counts them.

Nothing is random. Over a stretch of time a fleet gets exactly its share of the requests, and
exactly its error rate of those end in a 5XX. Whole numbers come from running totals: what a
minute gets is how much the rounded total (halves up) has grown, so that no minute's rounding is
lost and no total is ever off by more than a half. Errors are counted on the whole requests.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from bluegreen_simulator.alarms.statistics import Statistics
from bluegreen_simulator.aws import cloudwatch, sagemaker
from bluegreen_simulator.fleet.traffic import Fleet
from bluegreen_simulator.world import World

NAMESPACE: Final = "AWS/SageMaker"
MINUTE: Final = timedelta(minutes=1)
MICROSECONDS_OF_A_MILLISECOND: Final = 1000
FINEST: Final = 10**9
"""The greatest denominator of a share: what is finer is the error of a float."""


@dataclass(frozen=True)
class Minute:
    """What a fleet did in a minute, in whole numbers."""

    requests: int
    errors: int


class Counts:
    """A fleet's running totals since the traffic began."""

    def __init__(self, error_rate: float) -> None:
        self._error_rate = _exact(error_rate)
        self._due = Fraction(0)
        self._requests = 0

    def add(self, requests: Fraction) -> None:
        """Let the fleet get so many requests more."""
        self._due += requests

    def close_minute(self) -> Minute:
        """The whole requests since the last call, and how many of them ended in a 5XX."""
        before, self._requests = self._requests, _rounded(self._due)
        errors = _rounded(self._requests * self._error_rate) - _rounded(before * self._error_rate)
        return Minute(self._requests - before, errors)


class Traffic:
    """Requests at a constant rate from now on, published at each full minute.

    Metrics, with and without the dimension EndpointConfigName: SageMaker Developer Guide,
    "Monitor Amazon SageMaker with Amazon CloudWatch".
    """

    def __init__(self, world: World, endpoint: str, requests_per_second: float) -> None:
        self._clock = world.clock
        self._endpoint = endpoint
        self._rate = _exact(requests_per_second)
        self._counted_until = world.clock.now()
        self._fleets = sagemaker.fleets(endpoint)
        self._counts: dict[tuple[str, str, float, float], Counts] = {}
        sagemaker.on_traffic_change(self._changed)
        self._await_full_minute()

    def _changed(self, endpoint: str) -> None:
        if endpoint == self._endpoint:
            self._count()
            self._fleets = sagemaker.fleets(endpoint)

    def _count(self) -> None:
        """Give each fleet its share of the requests since the last time."""
        now = self._clock.now()
        microseconds = (now - self._counted_until) // timedelta(microseconds=1)
        requests = self._rate * microseconds / 10**6
        for fleet in self._fleets:
            counts = self._counts.setdefault(_key(fleet), Counts(fleet.error_rate))
            counts.add(requests * _exact(fleet.share))
        self._counted_until = now

    def _await_full_minute(self) -> None:
        full = self._clock.now().replace(second=0, microsecond=0) + MINUTE
        self._clock.call_at(full, self._close_minute, f"traffic of {self._endpoint}")

    def _close_minute(self) -> None:
        self._count()
        start = self._clock.now() - MINUTE
        for (config, variant, _, latency_ms), counts in self._counts.items():
            minute = counts.close_minute()
            if minute.requests:
                self._publish(config, variant, start, _metrics(minute, latency_ms))
        self._await_full_minute()

    def _publish(
        self, config: str, variant: str, start: datetime, metrics: dict[str, Statistics]
    ) -> None:
        dimensions = {"EndpointName": self._endpoint, "VariantName": variant}
        for name, statistics in metrics.items():
            for those in (dimensions, {**dimensions, "EndpointConfigName": config}):
                cloudwatch.publish(NAMESPACE, name, those, start, statistics)


def _metrics(minute: Minute, latency_ms: float) -> dict[str, Statistics]:
    """SageMaker's metrics of the minute: one sample a request, ModelLatency in microseconds."""
    requests, errors = minute.requests, minute.errors
    least, greatest = float(errors == requests), float(errors > 0)
    latency = latency_ms * MICROSECONDS_OF_A_MILLISECOND
    return {
        "Invocations": Statistics.of(1.0, requests),
        "Invocation5XXErrors": Statistics(float(errors), requests, least, greatest),
        "ModelLatency": Statistics.of(latency, requests),
    }


def _key(fleet: Fleet) -> tuple[str, str, float, float]:
    return fleet.config, fleet.variant, fleet.error_rate, fleet.latency_ms


def _exact(value: float) -> Fraction:
    return Fraction(value).limit_denominator(FINEST)


def _rounded(value: Fraction) -> int:
    return int(value + Fraction(1, 2))
