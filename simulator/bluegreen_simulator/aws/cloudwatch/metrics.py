"""CloudWatch's metrics behind moto's API, published by boto3 and by the simulator alike."""

import math
from collections.abc import Mapping
from datetime import datetime
from functools import reduce
from typing import Any, Final

from moto.cloudwatch.exceptions import CloudWatchException, InvalidParameterValue
from moto.cloudwatch.models import CloudWatchBackend, MetricDatumBase, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from bluegreen_simulator.aws.cloudwatch import metric_data
from bluegreen_simulator.aws.cloudwatch.evaluator import running
from bluegreen_simulator.aws.cloudwatch.queries import MetricKey, metric_key
from bluegreen_simulator.aws.cloudwatch.requests import aware, params_of
from bluegreen_simulator.moto.replacements import replaces
from bluegreen_simulator.rules.metrics.series import NO_UNIT
from bluegreen_simulator.rules.metrics.statistic_set import Statistics
from bluegreen_simulator.rules.traffic.metrics import Dimensions

UNITS: Final = {
    ("AWS/SageMaker", "ModelLatency"): "Microseconds",
    ("AWS/SageMaker", "OverheadLatency"): "Microseconds",
    ("/aws/sagemaker/Endpoints", "CPUUtilization"): "Percent",
    ("/aws/sagemaker/Endpoints", "MemoryUtilization"): "Percent",
}
"""The units in which services publish their metrics; all others without one."""

GREATEST: Final = 2.0**360
VALUES: Final = ("Value", "Values", "StatisticValues")


class MissingParameter(CloudWatchException):  # type: ignore[misc] # moto has no types
    """The answer to data without a value."""

    code = "MissingParameter"


def publish(
    namespace: str,
    name: str,
    dimensions: Dimensions,
    at: datetime,
    statistics: Statistics,
) -> None:
    """Put samples to the metric with exactly these dimensions, as a service of AWS does."""
    key, unit = (namespace, name, dimensions), UNITS.get((namespace, name), NO_UNIT)
    if key not in running().series:
        world = running().world
        backend = cloudwatch_backends[world.account_id][world.region]
        those = [{"Name": key, "Value": value} for key, value in sorted(dimensions)]
        backend.metric_data.append(MetricDatumBase(namespace, name, those, at))
    running().add(key, at, statistics, unit)


@replaces(
    CloudWatchResponse,
    "put_metric_data",
    restores="PutMetricData keeps to its limits, and alarms are evaluated from the data.",
    original="6f6b6d742d70",
)
def put_metric_data(response: CloudWatchResponse) -> ActionResult:
    """Put the data to their metrics."""
    refused = ("EntityMetricData", "StrictEntityValidation")
    params = params_of(response, "PutMetricData", running().world.region, refused)
    response.cloudwatch_backend.put_metric_data(params["Namespace"], params.get("MetricData", []))
    return EmptyResult()


@replaces(
    CloudWatchBackend,
    "put_metric_data",
    restores="Data are kept by metric and minute, and a value by how often it came.",
    original="300dda002442",
)
def keep_metric_data(
    backend: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]
) -> None:
    """Let moto check the data, and keep one of each metric for its lists."""
    for number, datum in enumerate(metric_data, 1):
        _check(backend, datum, number)
    for datum in metric_data:
        dimensions = {d["Name"]: d["Value"] for d in datum.get("Dimensions", [])}
        key = metric_key(namespace, datum["MetricName"], dimensions)
        if key not in running().series:
            those = datum.get("Dimensions", [])
            backend.metric_data.append(MetricDatumBase(namespace, datum["MetricName"], those, None))
        at = aware(datum.get("Timestamp") or running().world.clock.now())
        running().add(key, at, _statistics_of(datum), datum.get("Unit", NO_UNIT))


def _check(backend: CloudWatchBackend, datum: Mapping[str, Any], number: int) -> None:
    backend._validate_parameters_put_metric_data(datum, number)  # noqa: SLF001 - moto's checks
    if not any(name in datum for name in VALUES):
        raise MissingParameter(f"The parameter MetricData.member.{number}.Value is required.")
    for value in (datum.get("Value", 0.0), *datum.get("Values", [])):
        if not math.isfinite(value) or abs(value) > GREATEST:
            raise InvalidParameterValue(
                f"The value {value} for parameter MetricData.member.{number}.Value is invalid."
            )


def _statistics_of(datum: Mapping[str, Any]) -> Statistics:
    if "StatisticValues" in datum:
        of = datum["StatisticValues"]
        return Statistics(of["Sum"], of["SampleCount"], of["Minimum"], of["Maximum"])
    values = datum.get("Values") or [datum["Value"]]
    counts = datum.get("Counts") or [1.0] * len(values)
    return reduce(Statistics.merged, map(Statistics.of, values, counts))


@replaces(
    CloudWatchResponse,
    "get_metric_statistics",
    restores="Only the metric with exactly the given dimensions is meant; moto adds up others.",
    original="76e1c0922a67",
)
def get_metric_statistics(response: CloudWatchResponse) -> ActionResult:
    """The datapoints of a metric."""
    params = params_of(response, "GetMetricStatistics", running().world.region)
    return ActionResult(metric_data.metric_statistics(params, running().series))


@replaces(
    CloudWatchResponse,
    "get_metric_data",
    restores="GetMetricData computes metric math and percentiles, and has pages.",
    original="620cf898e877",
)
def get_metric_data(response: CloudWatchResponse) -> ActionResult:
    """The page that was asked for."""
    world = running().world
    params = params_of(response, "GetMetricData", world.region, ("LabelOptions",))
    return ActionResult(metric_data.metric_data(params, running().series, world))


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
