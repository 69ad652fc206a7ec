"""Reads the gates of a deployment: what its alarms watch, for each fleet and for both together.

Shapes: `MetricAlarm`, `LogAlarm`, `MetricDataQuery`, `MetricStat`, `GetMetricDataOutput`
(CloudWatch API).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.aws.described_alarms import Body, describe_alarms
from bluegreen.aws.errors import passing_faults_as_unavailable, words_of
from bluegreen.contract.errors import RequestRejected
from bluegreen.contract.text import plain
from bluegreen.deployment.gate import Fleets, Gate, Points

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

SAGEMAKER: Final = "AWS/SageMaker"
"""The namespace whose metrics may have the dimension EndpointConfigName."""

ASKS_ITS_OWN_WAY: Final = re.compile(r"\s*SELECT\b|METRICS\(", re.IGNORECASE)
"""A query that selects metrics itself; asked together with others it may not be, or sees theirs."""

NO_DATA: Final = frozenset({"Forbidden", "InternalError"})
"""A StatusCode of GetMetricData with which values may be missing."""

LONGEST_EXPRESSION: Final = 80


def described(client: "CloudWatchClient", names: Sequence[str]) -> dict[str, Body]:
    """The alarms that are there, by name.

    ObservationUnavailable where CloudWatch does not answer now, RequestRejected where it refuses.
    """
    if not names:
        return {}
    try:
        with passing_faults_as_unavailable():
            found = describe_alarms(client, names)
    except (BotoCoreError, ClientError) as error:
        raise RequestRejected(words_of(error)) from error
    return {alarm["AlarmName"]: alarm for alarm in chain(*found.values())}


def points_of(
    client: "CloudWatchClient", queries: Sequence[Body], start: datetime, end: datetime
) -> dict[str, Points]:
    """The datapoints of each query by its id; one whose values may be missing is left out."""
    if not queries:
        return {}
    asked: Any = list(queries)
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=asked, StartTime=start, EndTime=end, ScanBy="TimestampAscending"
    )
    points: dict[str, Points] = {query["Id"]: () for query in queries if returned(query)}
    for result in (result for page in pages for result in page["MetricDataResults"]):
        id_ = result["Id"]
        if result.get("StatusCode") in NO_DATA:
            points.pop(id_, None)
        elif id_ in points:
            times = (time.astimezone(UTC) for time in result["Timestamps"])
            points[id_] += tuple(zip(times, result["Values"], strict=True))
    return points


def returned(query: Body) -> bool:
    """Whether CloudWatch gives the values of a query, and does not only use them in another."""
    return bool(query.get("ReturnData", True))


# ---- What is asked ---------------------------------------------------------------------------


def gate_queries(alarms: Sequence[str], found: Mapping[str, Body], fleets: Fleets) -> list[Body]:
    """The queries of all gates. Of the alarm `n` they answer as `wn`, `gn` and `bn`."""
    queries: list[Body] = []
    for number, name in enumerate(alarms):
        own = _queries_in(found.get(name, {}))
        queries += _named(own, f"w{number}")
        queries += _named(_of_fleet(own, fleets.endpoint, fleets.green), f"g{number}")
        queries += _named(_of_fleet(own, fleets.endpoint, fleets.blue), f"b{number}")
    return queries


def _queries_in(alarm: Body) -> list[Body]:
    """What an alarm of our account watches, without the band that is its limit, if it has one."""
    if "MetricName" in alarm:
        return [{"Id": "m", "MetricStat": stat_in(alarm)}]
    band = alarm.get("ThresholdMetricId")
    queries = [query for query in alarm.get("Metrics", []) if query["Id"] != band]
    foreign = any("AccountId" in query for query in queries)
    selects = any(ASKS_ITS_OWN_WAY.search(query.get("Expression", "")) for query in queries)
    one = len([query for query in queries if returned(query)]) == 1
    return queries if one and not foreign and not selects else []


def stat_in(alarm: Body) -> Body:
    """The metric of an alarm that names one; shapes: `MetricAlarm` in, `MetricStat` out."""
    named = ("Namespace", "MetricName", "Dimensions")
    metric = {name: alarm[name] for name in named if name in alarm}
    unit = {"Unit": alarm["Unit"]} if alarm.get("Unit") else {}
    stat = alarm.get("Statistic") or alarm.get("ExtendedStatistic")
    return {"Metric": metric, "Period": alarm.get("Period", 60), "Stat": stat, **unit}


def _of_fleet(queries: Sequence[Body], endpoint: str, config: str) -> list[Body]:
    """The same of one fleet; none where part of it cannot be told by fleet.

    An expression that takes a metric of one fleet tells them apart itself, and is about that one.
    """
    stats = [query["MetricStat"] for query in queries if "MetricStat" in query]
    if not config or not stats or not all(_is_by_fleet(stat["Metric"], endpoint) for stat in stats):
        return []
    about = {_dimensions(stat["Metric"]).get("EndpointConfigName") for stat in stats} - {None}
    if about and len(queries) > 1:
        return list(queries) if about == {config} else []
    return [_with_config(query, config) for query in queries]


def _is_by_fleet(metric: Body, endpoint: str) -> bool:
    dimensions = _dimensions(metric)
    ours = dimensions.get("EndpointName") == endpoint and "VariantName" in dimensions
    return metric.get("Namespace") == SAGEMAKER and ours


def _dimensions(metric: Body) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in metric.get("Dimensions", [])}


def _with_config(query: Body, config: str) -> Body:
    if "MetricStat" not in query:
        return query
    stat = query["MetricStat"]
    others = [each for each in stat["Metric"]["Dimensions"] if each["Name"] != "EndpointConfigName"]
    dimensions = [*others, {"Name": "EndpointConfigName", "Value": config}]
    metric = {**stat["Metric"], "Dimensions": dimensions}
    return {**query, "MetricStat": {**stat, "Metric": metric}}


def _named(queries: Sequence[Body], name: str) -> list[Body]:
    """The same under ids of their own: that of the returned one is `name`."""
    ids = {each["Id"]: name if returned(each) else f"{name}_{each['Id']}" for each in queries}
    return [_renamed(query, ids) for query in queries]


def _renamed(query: Body, ids: Mapping[str, str]) -> Body:
    kept = {name: query[name] for name in ("MetricStat", "Period", "ReturnData") if name in query}
    if "Expression" in query:
        any_id = re.compile(rf"\b({'|'.join(map(re.escape, ids))})\b")
        kept["Expression"] = any_id.sub(lambda id_: ids[id_[0]], query["Expression"])
    return {"Id": ids[query["Id"]], **kept}


# ---- What it means ---------------------------------------------------------------------------


def gates_of(
    alarms: Sequence[str], found: Mapping[str, Body], points: Mapping[str, Points]
) -> tuple[Gate, ...]:
    """The gates, in the order of the alarms' names given, with what `gate_queries` answered."""
    gates = (_gate(name, found.get(name, {})) for name in alarms)
    return tuple(
        replace(
            gate,
            watched=points.get(f"w{number}"),
            green=points.get(f"g{number}"),
            blue=points.get(f"b{number}"),
        )
        for number, gate in enumerate(gates)
    )


def _gate(name: str, alarm: Body) -> Gate:
    limit = alarm.get("Threshold")
    return Gate(
        alarm=name,
        metric=_in_words(_queries_in(alarm)) or _of_logs(alarm),
        comparison=alarm.get("ComparisonOperator", ""),
        limit=None if limit is None or "ThresholdMetricId" in alarm else float(limit),
    )


def _in_words(queries: Iterable[Body]) -> str:
    """What an alarm watches: a statistic of a metric, the label of an expression, or itself."""
    for query in queries:
        if returned(query) and "MetricStat" in query:
            stat = query["MetricStat"]
            return plain(f"{stat['Stat']} of {stat['Metric']['MetricName']}", LONGEST_EXPRESSION)
        if returned(query):
            return plain(query.get("Label") or query["Expression"], LONGEST_EXPRESSION)
    return ""


def _of_logs(alarm: Body) -> str:
    """What an alarm on logs watches: how the results of its query are put together."""
    query = alarm.get("ScheduledQueryConfiguration", {})
    return plain(query.get("AggregationExpression", ""), LONGEST_EXPRESSION)
