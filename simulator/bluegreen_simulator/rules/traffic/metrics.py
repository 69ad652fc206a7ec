"""The metrics that SageMaker publishes for each minute: their names, values and dimensions.

SageMaker Developer Guide, "Amazon SageMaker AI metrics in Amazon CloudWatch": the names, a 1 or 0
for each request, microseconds, InvocationsPerInstance. With EndpointConfigName beside the other
dimensions: "Auto-Rollback Configuration and Monitoring" for ModelLatency, AWS's notebooks for
Invocations; that the others have it too is seen in public dashboards, and may be assumed or not.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Final

from bluegreen_simulator.rules.fleet.assumptions import MetricsByConfig
from bluegreen_simulator.rules.metrics.statistic_set import Statistics
from bluegreen_simulator.rules.traffic.counts import Minute
from bluegreen_simulator.rules.traffic.latencies import Lengths
from bluegreen_simulator.rules.traffic.meter import Active
from bluegreen_simulator.rules.traffic.model import Model

INVOCATION: Final = "AWS/SageMaker"
HOST: Final = "/aws/sagemaker/Endpoints"
MICROSECONDS: Final = 1000
"""Of a millisecond."""

MINUTE_MS: Final = 60_000
OVERHEAD_MS: Final = 2.0
"""Assumed: what SageMaker adds to each answer of a model."""

MEMORY_PERCENT: Final = 20.0
"""Assumed: MemoryUtilization of an instance with a model."""

MOST_CPU_PERCENT: Final = 100.0
"""Assumed: a model computes on one core at most."""

CONFIG: Final = "EndpointConfigName"
DOCUMENTED: Final = ("Invocations", "ModelLatency")
"""The metrics of which AWS's pages and notebooks say that they have EndpointConfigName too."""

Dimensions = frozenset[tuple[str, str]]
"""The dimensions of a metric: names with their values."""

Publish = Callable[[str, str, Dimensions, datetime, Statistics], None]
"""Takes namespace, metric, dimensions, the minute's beginning and its samples."""


def publish_minute(
    publish: Publish,
    endpoint: str,
    start: datetime,
    answered: Mapping[Model, Minute],
    active: Active,
) -> None:
    """Publish what an endpoint's models answered in the minute that began at `start`."""
    for model, minute in answered.items():
        two, three = _dimensions(endpoint, model.variant, model.config)
        for name, statistics in _of_requests(minute):
            for dimensions in (two, three):
                publish(INVOCATION, name, dimensions, start, statistics)
        own = active.get((model.config, model.variant), 0)
        for name, statistics in _of_instances(minute, own):
            publish(HOST, name, two, start, statistics)


def by_config_only(publish: Publish, which: MetricsByConfig) -> Publish:
    """The same, but of the metrics with EndpointConfigName it publishes only these."""
    if which is MetricsByConfig.ALL:
        return publish
    names = DOCUMENTED if which is MetricsByConfig.DOCUMENTED else ()

    def publish_some(
        namespace: str, name: str, dimensions: Dimensions, at: datetime, statistics: Statistics
    ) -> None:
        if name in names or CONFIG not in dict(dimensions):
            publish(namespace, name, dimensions, at, statistics)

    return publish_some


@cache
def _dimensions(endpoint: str, variant: str, config: str) -> tuple[Dimensions, Dimensions]:
    """Without the endpoint config, and with it."""
    two = frozenset({("EndpointName", endpoint), ("VariantName", variant)})
    return two, two | {(CONFIG, config)}


def _of_requests(minute: Minute) -> Iterator[tuple[str, Statistics]]:
    """One sample for each request; each is divided by the instances that were active then."""
    requests = minute.requests
    yield "Invocations", Statistics.of(1.0, requests)
    parts = {1 / count: many for count, many in minute.by_instances.items() if count and many}
    if parts:
        yield "InvocationsPerInstance", _parts(parts)
    yield "Invocation4XXErrors", _ones(minute.client_errors, requests)
    yield "Invocation5XXErrors", _ones(minute.server_errors, requests)
    errors = minute.client_errors + minute.server_errors
    yield "InvocationModelErrors", _ones(errors, requests)
    yield "ModelLatency", _microseconds(minute.lengths)
    overhead = OVERHEAD_MS * MICROSECONDS
    yield "OverheadLatency", Statistics(overhead * requests, requests, overhead, overhead, {})


def _of_instances(minute: Minute, instances: int) -> Iterator[tuple[str, Statistics]]:
    """One sample for each instance of a fleet; an idle one would publish, too, and does not here.

    The CPU is in use while the model answers (assumed).
    """
    if not instances:
        return
    busy = sum(100 * count * ms for ms, count in minute.lengths.items()) / instances / MINUTE_MS
    yield "CPUUtilization", Statistics.of(min(busy, MOST_CPU_PERCENT), instances)
    yield "MemoryUtilization", Statistics.of(MEMORY_PERCENT, instances)


@lru_cache(maxsize=1024)
def _ones(ones: int, requests: int) -> Statistics:
    """A 1 for so many of the requests and a 0 for the others."""
    zeros = requests - ones
    if not ones or not zeros:
        return Statistics.of(float(ones > 0), requests)
    return Statistics.of(0.0, zeros).merged(Statistics.of(1.0, ones))


def _parts(counts: Mapping[float, int]) -> Statistics:
    if len(counts) > 1:
        return Statistics.of_values(counts)
    ((value, count),) = counts.items()
    return Statistics.of(value, count)


def _microseconds(lengths: Lengths) -> Statistics:
    """A sample for each answer."""
    if len(lengths) > 1:
        return Statistics.of_values({ms * MICROSECONDS: count for ms, count in lengths.items()})
    ((ms, count),) = lengths.items()
    return Statistics.of(ms * MICROSECONDS, count)
