"""The bodies of GetMetricData and GetMetricStatistics, computed from the samples.

Periods begin at the whole minute of the start, with either operation (API reference, StartTime);
that longer periods do not begin at round times is assumed. Labels: as seen in public recordings.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from moto.cloudwatch.exceptions import (
    InvalidParameterCombination,
    InvalidParameterValue,
    ValidationError,
)

from bluegreen_simulator.aws.cloudwatch.queries import (
    check_expressions,
    check_minutes,
    check_statistic,
    metric_key,
    read_queries,
)
from bluegreen_simulator.aws.cloudwatch.requests import aware, not_modelled, page_of
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.rules.metrics.queries import AllSeries, MetricQuery, Queries, Query
from bluegreen_simulator.rules.metrics.series import MINUTE, Series
from bluegreen_simulator.rules.metrics.statistic_names import calculation

MOST_DATAPOINTS: Final = 1440
"""Of one answer of GetMetricStatistics."""

MOST_OF_DATA: Final = 100_800
"""Of one page of GetMetricData."""

MOST_QUERIES: Final = 500
Point = tuple[str, datetime, float]
"""Id, timestamp and value."""


def metric_statistics(params: Mapping[str, Any], series: AllSeries) -> dict[str, Any]:
    """The body of GetMetricStatistics: a datapoint for each period and unit, oldest first."""
    simple, extended = params.get("Statistics", []), params.get("ExtendedStatistics", [])
    if bool(simple) == bool(extended):
        raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
    for name in extended:
        check_statistic(name, "ExtendedStatistics", InvalidParameterValue)
    check_minutes(params["Period"], refusal=InvalidParameterValue)
    dimensions = {d["Name"]: d["Value"] for d in params.get("Dimensions", [])}
    found = series.get(metric_key(params["Namespace"], params["MetricName"], dimensions), Series())
    units = [params["Unit"]] if "Unit" in params else found.units
    every = ((at, unit) for at in _starts_of_statistics(params) for unit in units)
    points = (_statistics_at(found, at, unit, params) for at, unit in every)
    return {"Label": params["MetricName"], "Datapoints": [point for point in points if point]}


def metric_data(params: Mapping[str, Any], series: AllSeries, world: World) -> dict[str, Any]:
    """The body of a page of GetMetricData."""
    items = params["MetricDataQueries"]
    queries = _checked(items, world.account_id).reading(world.missing_beside_scalar)
    shown = [item for item in items if item.get("ReturnData", True)]
    points = [point for item in shown for point in _points(item["Id"], queries, params, series)]
    size = min(params.get("MaxDatapoints", MOST_OF_DATA), MOST_OF_DATA)
    page, token = page_of(points, params.get("NextToken"), size)
    left = {id_ for id_, *_ in points[int(token) :]} if token else set()
    results = [
        {
            "Id": item["Id"],
            "Label": label,
            "Timestamps": [at for id_, at, _ in page if id_ == item["Id"]],
            "Values": [value for id_, _, value in page if id_ == item["Id"]],
            "StatusCode": "PartialData" if item["Id"] in left else "Complete",
            **_messages(queries.by_id[item["Id"]], series),
        }
        for item, label in zip(shown, _labels(shown, queries), strict=True)
    ]
    body: dict[str, Any] = {"MetricDataResults": results, "Messages": []}
    return {**body, "NextToken": token} if token else body


def _checked(items: Sequence[Mapping[str, Any]], account_id: str) -> Queries:
    if len(items) > MOST_QUERIES:
        raise ValidationError(f"MetricDataQueries must have at most {MOST_QUERIES} items.")
    queries = read_queries(items, account_id, "MetricDataQueries")
    check_expressions(queries)
    return queries


def _points(
    id_: str, queries: Queries, params: Mapping[str, Any], series: AllSeries
) -> list[Point]:
    """The datapoints of a query in the order of ScanBy, which is the newest first if left out."""
    starts = _starts_of_data(params, queries.minutes(id_))
    pairs = zip(starts, queries.series(id_, series, starts), strict=True)
    points = [(id_, at, value) for at, value in pairs if value is not None]
    return points if params.get("ScanBy") == "TimestampAscending" else points[::-1]


def _labels(shown: Sequence[Mapping[str, Any]], queries: Queries) -> list[str]:
    """The Labels: without one, an expression's Id, or a metric's name with what tells it apart."""
    metrics = [q for item in shown if isinstance(q := queries.by_id[item["Id"]], MetricQuery)]
    telling = [
        *["Stat"] * (len({query.statistic for query in metrics}) > 1),
        *["Period"] * (len({query.minutes for query in metrics}) > 1),
    ]
    return [_label(item, telling) for item in shown]


def _label(item: Mapping[str, Any], telling: list[str]) -> str:
    label: str = item.get("Label", item["Id"])
    if "${" in label:
        raise not_modelled(f"A dynamic Label ({label})")
    if "Label" in item or "MetricStat" not in item:
        return label
    stat = item["MetricStat"]
    return " ".join([stat["Metric"]["MetricName"], *(str(stat[member]) for member in telling)])


def _messages(query: Query, series: AllSeries) -> dict[str, Any]:
    """What is told of a metric whose data have several units, when no unit was asked for."""
    if not isinstance(query, MetricQuery) or query.unit:
        return {}
    found = series.get(query.metric)
    if found is None or len(found.units) == 1:
        return {}
    units = ", ".join(sorted(found.units))
    return {
        "Messages": [{"Code": "MultipleUnits", "Value": f"Multiple units returned: '[{units}]'"}]
    }


def _starts_of_data(params: Mapping[str, Any], minutes: int) -> list[datetime]:
    start, end = _range(params)
    if start > end:
        raise ValidationError("The parameter EndTime must be greater than StartTime.")
    if start == end:
        raise ValidationError("The parameter StartTime must not equal parameter EndTime.")
    count = _count(start, end, minutes * MINUTE)
    if count > MOST_OF_DATA:
        raise not_modelled(f"GetMetricData of {count} periods of one metric")
    return _starts(start, count, minutes * MINUTE)


def _starts_of_statistics(params: Mapping[str, Any]) -> list[datetime]:
    start, end = _range(params)
    if start >= end:
        raise InvalidParameterValue(
            "The parameter StartTime must be less than the parameter EndTime."
        )
    period = timedelta(seconds=params["Period"])
    count = _count(start, end, period)
    if count > MOST_DATAPOINTS:
        raise InvalidParameterCombination(
            f"You have requested up to {count:,} datapoints, which exceeds the limit of"
            f" {MOST_DATAPOINTS:,}. You may reduce the datapoints requested by increasing Period,"
            " or decreasing the time range."
        )
    return _starts(start, count, period)


def _range(params: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """StartTime and EndTime, of which CloudWatch knows whole seconds only."""
    start, end = aware(params["StartTime"]), aware(params["EndTime"])
    return start.replace(microsecond=0), end.replace(microsecond=0)


def _count(start: datetime, end: datetime, period: timedelta) -> int:
    return -((start.replace(second=0, microsecond=0) - end) // period)


def _starts(start: datetime, count: int, period: timedelta) -> list[datetime]:
    first = start.replace(second=0, microsecond=0)
    return [first + number * period for number in range(count)]


def _statistics_at(
    series: Series, at: datetime, unit: str, params: Mapping[str, Any]
) -> dict[str, Any] | None:
    """A datapoint with the statistics that were asked for; None if it has none of them."""
    found = series.over(at, params["Period"] // 60, unit)
    if found is None:
        return None
    point = {"Timestamp": at, "Unit": unit}
    if "ExtendedStatistics" not in params:
        return {**point, **{name: calculation(name)(found) for name in params["Statistics"]}}
    values = {name: calculation(name)(found) for name in params["ExtendedStatistics"]}
    known = {name: value for name, value in values.items() if value is not None}
    return {**point, "ExtendedStatistics": known} if known else None
