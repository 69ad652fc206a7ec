"""Metric data queries of requests, read: those of GetMetricData and those of an alarm."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from moto.cloudwatch.exceptions import CloudWatchException, ValidationError

from bluegreen_simulator.aws.cloudwatch.requests import not_modelled
from bluegreen_simulator.rules.metrics.math.error import MathError
from bluegreen_simulator.rules.metrics.math.parser import parse
from bluegreen_simulator.rules.metrics.queries import MathQuery, MetricQuery, Queries, Query
from bluegreen_simulator.rules.metrics.statistic_names import UnknownStatisticError, calculation

HIGH_RESOLUTION: Final = frozenset({1, 5, 10, 20, 30})
ID: Final = re.compile(r"[a-z][a-zA-Z0-9_]*")
MetricKey = tuple[str, str, frozenset[tuple[str, str]]]
"""Namespace, name and the exact set of dimensions: what makes a metric, and which one."""


def metric_key(namespace: str, name: str, dimensions: Mapping[str, str]) -> MetricKey:
    """The key of a metric."""
    return namespace, name, frozenset(dimensions.items())


def metric_query(metric: Mapping[str, Any], statistic: str, period: int, unit: str | None) -> Query:
    """The query for a statistic of a metric as requests write it."""
    check_statistic(statistic)
    check_minutes(period)
    dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions", [])}
    key = metric_key(metric.get("Namespace", ""), metric.get("MetricName", ""), dimensions)
    return MetricQuery(key, statistic, period // 60, unit)


def read_queries(
    items: Sequence[Mapping[str, Any]], account_id: str, member: str = "Metrics"
) -> Queries:
    """The queries of a list of MetricDataQuery, each of them such as can be computed.

    `member` is where the list stands in the request.
    """
    queries: dict[str, Query] = {}
    for number, item in enumerate(items, 1):
        id_ = item["Id"]
        if not ID.fullmatch(id_) or id_ in queries:
            raise ValidationError(
                f"The value {id_} for parameter Id is invalid: it must begin with a lower-case"
                " letter, have only letters, digits and underscores, and stand there once."
            )
        if item.get("AccountId", account_id) != account_id:
            raise not_modelled(f"A metric of another account ({item['AccountId']})")
        queries[id_] = _read(item, f"{member}.member.{number}")
    return Queries(queries)


def check_expressions(queries: Queries) -> None:
    """Refuse a list with an expression that cannot be computed."""
    for id_ in queries.by_id:
        try:
            queries.check(id_)
        except MathError as error:
            raise error_in(id_, error) from error


def error_in(id_: str, error: MathError) -> ValidationError:
    """The answer to an expression that cannot be computed."""
    return ValidationError(f"Error in expression '{id_}' [{error}]")


def check_statistic(
    name: str, member: str = "Stat", refusal: type[CloudWatchException] = ValidationError
) -> None:
    """Refuse a statistic that CloudWatch, or the simulator, does not have."""
    try:
        calculation(name)
    except NotImplementedError as error:
        raise not_modelled(f"The statistic {name}") from error
    except UnknownStatisticError as error:
        raise refusal(f"The value {name} for parameter {member} is not supported.") from error


def check_minutes(
    period: int, path: str = "Period", refusal: type[CloudWatchException] = ValidationError
) -> None:
    """Refuse a period that is not of whole minutes."""
    if period in HIGH_RESOLUTION:
        raise not_modelled(f"A high-resolution period ({period} seconds)")
    if period % 60:
        raise refusal(
            f"The parameter {path} must be a value in the set [ 1, 5, 10, 20, 30 ] or multiple of"
            " 60."
        )


def _read(item: Mapping[str, Any], path: str) -> Query:
    if "Expression" not in item and "MetricStat" not in item:
        raise ValidationError(f"The parameter {path}.MetricStat is required.\n")
    if "Expression" in item and "MetricStat" in item:
        raise ValidationError(f"{item['Id']}: either Expression or MetricStat, and not both.")
    if "MetricStat" in item:
        stat = item["MetricStat"]
        if "Period" in item and item["Period"] != stat["Period"]:
            raise not_modelled(f"{item['Id']}: a Period beside that of its MetricStat")
        check_minutes(stat["Period"], f"{path}.MetricStat.Period")
        return metric_query(stat["Metric"], stat["Stat"], stat["Period"], stat.get("Unit"))
    period = item.get("Period")
    if period:
        check_minutes(period, f"{path}.Period")
    try:
        return MathQuery(parse(item["Expression"]), period // 60 if period else None)
    except MathError as error:
        raise error_in(item["Id"], error) from error
