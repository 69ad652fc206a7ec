"""CloudWatch's metrics behind moto's API, from boto3 and from the simulator alike."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any, Final

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue
from moto.cloudwatch.models import CloudWatchBackend, MetricDatumBase, cloudwatch_backends

from bluegreen_simulator.alarms.statistics import Statistics
from bluegreen_simulator.aws.alarm_evaluator import MetricKey, metric_key, running
from bluegreen_simulator.aws.alarm_requests import not_modelled
from bluegreen_simulator.aws.replacements import ORIGINALS, replaces

MOST_DATAPOINTS: Final = 1440
"""Of one answer of GetMetricStatistics."""


def publish(
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    at: datetime,
    statistics: Statistics,
) -> None:
    """Put samples to the metric with exactly these dimensions, as a service of AWS does."""
    world = running().world
    datum = {
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "Timestamp": at.astimezone(UTC).replace(tzinfo=None),
        "StatisticValues": {
            "Sum": statistics.sum,
            "SampleCount": statistics.count,
            "Minimum": statistics.minimum,
            "Maximum": statistics.maximum,
        },
    }
    backend = cloudwatch_backends[world.account_id][world.region]
    backend.put_metric_data(namespace, [datum])


@replaces(
    CloudWatchBackend,
    "put_metric_data",
    restores="Alarms are evaluated from the data.",
    original="300dda002442",
)
def put_metric_data(
    backend: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]
) -> None:
    """Let moto check and keep the data, and keep it by the minute for alarms."""
    ORIGINALS[CloudWatchBackend, "put_metric_data"](backend, namespace, metric_data)
    now = running().world.clock.now().replace(tzinfo=None)
    for datum in metric_data:
        dimensions = {d["Name"]: d["Value"] for d in datum.get("Dimensions", [])}
        at = datum.get("Timestamp", now).replace(tzinfo=UTC)
        key = metric_key(namespace, datum["MetricName"], dimensions)
        running().add(key, at, _statistics_of(datum))


def _statistics_of(datum: Mapping[str, Any]) -> Statistics:
    if "StatisticValues" in datum:
        of = datum["StatisticValues"]
        return Statistics(of["Sum"], of["SampleCount"], of["Minimum"], of["Maximum"])
    values = datum.get("Values") or [datum.get("Value", 0.0)]
    counts = datum.get("Counts") or [1.0] * len(values)
    return reduce(Statistics.merged, map(Statistics.of, values, counts))


@replaces(
    CloudWatchBackend,
    "get_metric_statistics",
    restores="Only the metric with exactly the given dimensions is meant; moto adds up others.",
    original="844bf661c8f9",
)
def get_metric_statistics(  # noqa: PLR0913, PLR0917 - moto's own parameters
    _backend: CloudWatchBackend,
    namespace: str,
    metric_name: str,
    start_time: datetime,
    end_time: datetime,
    period: int,
    stats: list[str],
    dimensions: list[dict[str, str]],
    unit: str | None = None,
) -> list[dict[str, Any]]:
    """The Datapoints, oldest first, of periods that begin at the minute of the start."""
    if not stats or unit or period % 60:
        raise not_modelled("GetMetricStatistics by percentile, unit or part of a minute")
    starts = _starts(start_time, end_time, timedelta(seconds=period))
    key = metric_key(namespace, metric_name, {d["Name"]: d["Value"] for d in dimensions})
    series = running().series.get(key)
    found = [(at, series.over(at, period // 60)) for at in starts] if series else []
    return [{"Timestamp": at, **{s: of.value(s) for s in stats}} for at, of in found if of]


def _starts(start: datetime, end: datetime, period: timedelta) -> list[datetime]:
    if start >= end:
        raise InvalidParameterValue(
            "The parameter StartTime must be less than the parameter EndTime."
        )
    first = start.replace(second=0, microsecond=0, tzinfo=UTC)
    count = -((first - end.replace(tzinfo=UTC)) // period)
    if count > MOST_DATAPOINTS:
        raise InvalidParameterCombination(
            f"You have requested up to {count} datapoints, which exceeds the limit of"
            f" {MOST_DATAPOINTS}."
        )
    return [first + number * period for number in range(count)]


@replaces(
    CloudWatchBackend,
    "get_filtered_metrics",
    restores="ListMetrics shows a metric once; moto shows it for each datum, in quadratic time.",
    original="63270f556ea9",
)
def get_filtered_metrics(
    backend: CloudWatchBackend,
    metric_name: str | None,
    namespace: str | None,
    dimensions: list[dict[str, str]],
) -> list[MetricDatumBase]:
    """One datum of each metric that is asked for."""
    found: dict[MetricKey, MetricDatumBase] = {}
    for datum in backend.get_all_metrics():
        if datum.filter(namespace, metric_name, dimensions):
            those = {dimension.name: dimension.value for dimension in datum.dimensions}
            found.setdefault(metric_key(datum.namespace, datum.name, those), datum)
    return list(found.values())
