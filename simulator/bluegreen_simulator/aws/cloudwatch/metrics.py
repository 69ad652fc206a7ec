"""CloudWatch's metrics behind moto's API, published by boto3 and by the simulator alike."""

import math
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import reduce
from typing import Any, Final

from moto.cloudwatch.exceptions import InvalidParameterValue
from moto.cloudwatch.models import CloudWatchBackend, MetricDatumBase, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from bluegreen_simulator.aws.cloudwatch import metric_data
from bluegreen_simulator.aws.cloudwatch.evaluator import running
from bluegreen_simulator.aws.cloudwatch.queries import MetricKey, metric_key
from bluegreen_simulator.aws.cloudwatch.requests import (
    InvalidNextToken,
    MissingParameter,
    aware,
    page_of,
    params_of,
)
from bluegreen_simulator.moto.replacements import replaces
from bluegreen_simulator.rules.metrics.series import NO_UNIT, Series
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
PAGE: Final = 500
"""Metrics of a page of ListMetrics (API reference)."""

OF_BUCKETS: Final = "AWS/S3"
RECENTLY: Final = timedelta(hours=3)
VALUES: Final = ("Value", "Values", "StatisticValues")


def publish(
    namespace: str,
    name: str,
    dimensions: Dimensions,
    at: datetime,
    statistics: Statistics,
) -> None:
    """Put samples to the metric with exactly these dimensions, as a service of AWS does."""
    key, unit = (namespace, name, dimensions), UNITS.get((namespace, name), NO_UNIT)
    evaluator = running()
    if key not in evaluator.series:
        world = evaluator.world
        backend = cloudwatch_backends[world.account_id][world.region]
        those = [{"Name": key, "Value": value} for key, value in sorted(dimensions)]
        backend.metric_data.append(MetricDatumBase(namespace, name, those, at))
    evaluator.add(key, at, statistics, unit)


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
    _take_from_moto(response.cloudwatch_backend, {params["Namespace"]})
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
    stats = [item["MetricStat"] for item in params["MetricDataQueries"] if "MetricStat" in item]
    spaces = {stat["Metric"].get("Namespace", "") for stat in stats}
    _take_from_moto(response.cloudwatch_backend, spaces)
    return ActionResult(metric_data.metric_data(params, running().series, world))


def _take_from_moto(backend: CloudWatchBackend, namespaces: Collection[str]) -> None:
    """Have what moto itself publishes of buckets, as it is now, if that is asked for."""
    if OF_BUCKETS not in namespaces:
        return
    for datum in backend.aws_metric_data:
        series = running().series[_key_of(datum)] = Series()
        series.add(aware(datum.timestamp), Statistics.of(float(datum.value)), datum.unit)


@replaces(
    CloudWatchResponse,
    "list_metrics",
    restores="ListMetrics keeps to its limits, and RecentlyActive leaves out old metrics.",
    original="05b1a8ccf394",
)
def list_metrics(response: CloudWatchResponse) -> ActionResult:
    """The page that was asked for."""
    refused = ("IncludeLinkedAccounts", "OwningAccount")
    params = params_of(response, "ListMetrics", running().world.region, refused)
    found = response.cloudwatch_backend.get_filtered_metrics(
        params.get("MetricName"), params.get("Namespace"), params.get("Dimensions", [])
    )
    if "RecentlyActive" in params:
        found = [datum for datum in found if _is_active(datum)]
    try:
        shown, token = page_of(found, params.get("NextToken"), PAGE)
    except InvalidNextToken as error:
        raise InvalidParameterValue("Request parameter NextToken is invalid") from error
    body: dict[str, Any] = {"Metrics": [_listed(datum) for datum in shown]}
    return ActionResult({**body, "NextToken": token} if token else body)


def _listed(datum: MetricDatumBase) -> dict[str, Any]:
    those = [{"Name": each.name, "Value": each.value} for each in datum.dimensions]
    return {"Namespace": datum.namespace, "MetricName": datum.name, "Dimensions": those}


def _key_of(datum: MetricDatumBase) -> MetricKey:
    those = {dimension.name: dimension.value for dimension in datum.dimensions}
    return metric_key(datum.namespace, datum.name, those)


def _is_active(datum: MetricDatumBase) -> bool:
    """Whether a metric has data of the last three hours."""
    series = running().series.get(_key_of(datum))
    since = running().world.clock.now() - RECENTLY
    return series is not None and not series.ends_before(since)


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
            found.setdefault(_key_of(datum), datum)
    return list(found.values())
