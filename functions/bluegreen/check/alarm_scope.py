"""What an alarm sees of a deployment: the green fleet, the blue one, both, or none of it.

SageMaker Developer Guide, "Amazon SageMaker AI metrics in Amazon CloudWatch": endpoint metrics
have the dimensions EndpointName and VariantName; "Auto-Rollback Configuration and Monitoring":
with EndpointConfigName beside them, a metric is of that config's fleet alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bluegreen.check.situation import Alarm, Config, Metric

INVOCATION: Final = "AWS/SageMaker"
HOST: Final = "/aws/sagemaker/Endpoints"
FLEET: Final = frozenset({"EndpointName", "VariantName"})
FLEET_OF_CONFIG: Final = FLEET | {"EndpointConfigName"}

ERRORS: Final = frozenset({"Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors"})
LATENCIES: Final = frozenset({"ModelLatency", "OverheadLatency"})
REQUESTS: Final = frozenset({"Invocations", "InvocationsPerInstance"})
OF_REQUESTS: Final = ERRORS | LATENCIES | REQUESTS
"""Metrics with a sample for each request, or a count of them."""

UNITS: Final = dict.fromkeys(LATENCIES, "Microseconds")
"""The units in which the metrics of requests are published; all others have none."""

ONLY_REAL_TIME: Final = frozenset({"Invocations", "InvocationsPerInstance", "OverheadLatency"})
"""Not published by asynchronous endpoints (Developer Guide, "Monitor asynchronous endpoint")."""


class AlarmScope(StrEnum):
    """What an alarm, or one metric of it, sees."""

    GREEN = "GREEN"
    BLUE = "BLUE"
    BOTH = "BOTH"
    NO_VARIANT = "NO_VARIANT"
    OTHER_ENDPOINT = "OTHER_ENDPOINT"
    OTHER_VARIANT = "OTHER_VARIANT"
    OTHER_CONFIG = "OTHER_CONFIG"
    UNKNOWN = "UNKNOWN"


SEES_NOTHING_OF_GREEN: Final = frozenset(
    {
        AlarmScope.NO_VARIANT,
        AlarmScope.OTHER_ENDPOINT,
        AlarmScope.OTHER_VARIANT,
        AlarmScope.OTHER_CONFIG,
        AlarmScope.BLUE,
    }
)
"""Scopes in which an alarm sees nothing that green does."""

_MOST_SEEN_FIRST: Final = (
    AlarmScope.UNKNOWN,
    AlarmScope.GREEN,
    AlarmScope.BOTH,
    AlarmScope.BLUE,
    AlarmScope.OTHER_CONFIG,
    AlarmScope.OTHER_VARIANT,
    AlarmScope.NO_VARIANT,
    AlarmScope.OTHER_ENDPOINT,
)


@dataclass(frozen=True)
class ComparedFleets:
    """The two fleets: of which endpoint, from which live config, and of the requested config."""

    endpoint_name: str
    live_config: str
    requested: Config

    @property
    def variants(self) -> frozenset[str]:
        """The variants of the requested config."""
        return frozenset(variant.name for variant in self.requested.variants)


def scope_of(alarm: Alarm, fleets: ComparedFleets) -> AlarmScope:
    """What an alarm sees; of an expression, the most that one of its metrics sees."""
    seen = [_scope_of_metric(metric, fleets) for metric in alarm.metrics] or [AlarmScope.UNKNOWN]
    return min(seen, key=_MOST_SEEN_FIRST.index)


def variant_seen(alarm: Alarm, fleets: ComparedFleets) -> str:
    """The variant whose fleet an alarm is about; the only one, or none, where it names none."""
    return _first(
        name for m in alarm.metrics if (name := m.dimensions.get("VariantName")) in fleets.variants
    )


def _first(names: Iterable[str | None]) -> str:
    return next((name for name in names if name), "")


def _scope_of_metric(metric: Metric, fleets: ComparedFleets) -> AlarmScope:
    names = frozenset(metric.dimensions)
    if metric.namespace not in (INVOCATION, HOST) or not names & FLEET_OF_CONFIG:
        return AlarmScope.UNKNOWN
    if metric.dimensions.get("EndpointName") != fleets.endpoint_name:
        return AlarmScope.OTHER_ENDPOINT
    if metric.namespace == INVOCATION and metric.name not in OF_REQUESTS:
        return AlarmScope.UNKNOWN  # of inference components or asynchronous requests, for example
    if not names <= FLEET_OF_CONFIG:
        return AlarmScope.UNKNOWN
    return _scope_of_variant(metric, fleets)


def _scope_of_variant(metric: Metric, fleets: ComparedFleets) -> AlarmScope:
    if "VariantName" not in metric.dimensions:
        return AlarmScope.NO_VARIANT
    if metric.dimensions["VariantName"] not in fleets.variants:
        return AlarmScope.OTHER_VARIANT
    config = metric.dimensions.get("EndpointConfigName")
    if config is None:
        return AlarmScope.BOTH
    if config == fleets.requested.name:
        return AlarmScope.GREEN
    return AlarmScope.BLUE if config == fleets.live_config else AlarmScope.OTHER_CONFIG
