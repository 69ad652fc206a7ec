"""What an alarm of PutMetricAlarm watches: a statistic of a metric, or one of several queries."""

import re
from collections.abc import Mapping
from typing import Any, Final

from moto.cloudwatch.exceptions import InvalidParameterValue, ValidationError

from bluegreen_simulator.aws.cloudwatch.queries import (
    check_expressions,
    check_statistic,
    metric_query,
    read_queries,
)
from bluegreen_simulator.aws.cloudwatch.requests import not_modelled
from bluegreen_simulator.rules.alarms.metric_alarm import MetricAlarm
from bluegreen_simulator.rules.alarms.rule import COMPARISONS, MissingData, Rule
from bluegreen_simulator.rules.metrics.queries import MetricQuery, Queries
from bluegreen_simulator.rules.metrics.statistic_names import samples_needed

OFFSET: Final = re.compile(r"(?:UTC)?([+-])(\d\d):(\d\d)")
MOST_QUERIES: Final = 20
MOST_OF_A_KIND: Final = 10
ONLY: Final = "m1"
"""The Id of the one query of an alarm on a single metric."""


def watch_of(params: Mapping[str, Any], account_id: str = "") -> MetricAlarm:
    """The watch of an alarm; ValidationError if it cannot be kept."""
    queries, id_ = _queries(params, account_id)
    query = queries.by_id[id_]
    metric = query if isinstance(query, MetricQuery) else None
    rule = Rule(
        statistic=metric.statistic if metric else None,
        minutes=queries.minutes(id_),
        evaluation_periods=params["EvaluationPeriods"],
        datapoints_to_alarm=params.get("DatapointsToAlarm", params["EvaluationPeriods"]),
        comparison=COMPARISONS[params["ComparisonOperator"]],
        threshold=float(params["Threshold"]),
        missing_data=MissingData(params.get("TreatMissingData", _default(params))),
        unit=metric.unit if metric else None,
        samples_needed=_samples_needed(params, metric),
        clock=_clock(params.get("EvaluationWindow")),
    )
    return MetricAlarm(queries, id_, rule)


def _queries(params: Mapping[str, Any], account_id: str) -> tuple[Queries, str]:
    if "Metrics" in params:
        return _of_list(params["Metrics"], account_id)
    statistic = params.get("Statistic") or params["ExtendedStatistic"]
    if "ExtendedStatistic" in params:
        check_statistic(statistic, "ExtendedStatistic", InvalidParameterValue)
    query = metric_query(params, statistic, params["Period"], params.get("Unit"))
    return Queries({ONLY: query}), ONLY


def _of_list(items: list[Mapping[str, Any]], account_id: str) -> tuple[Queries, str]:
    """The queries, and which one returns data; left out, ReturnData is true."""
    queries = read_queries(items, account_id)
    kinds = [type(query) for query in queries.by_id.values()]
    if len(items) > MOST_QUERIES or any(kinds.count(k) > MOST_OF_A_KIND for k in set(kinds)):
        raise ValidationError(
            "Metrics must have at most 20 items: at most 10 metrics and 10 expressions."
        )
    watched = [item["Id"] for item in items if item.get("ReturnData", True)]
    if len(watched) != 1:
        raise ValidationError("Exactly one element of the metrics list should return data.")
    check_expressions(queries)
    return queries, watched[0]


def _default(params: Mapping[str, Any]) -> MissingData:
    dynamodb = params.get("Namespace") == "AWS/DynamoDB"
    return MissingData.IGNORE if dynamodb else MissingData.MISSING


def _samples_needed(params: Mapping[str, Any], metric: MetricQuery | None) -> float:
    if params.get("EvaluateLowSampleCountPercentile") != "ignore":
        return 0
    if metric is None:
        raise not_modelled("EvaluateLowSampleCountPercentile ignore for an expression")
    return samples_needed(metric.statistic)


def _clock(window: Mapping[str, Any] | None) -> int | None:
    """How many minutes the clock of an EvaluationWindow is ahead of UTC; None: it slides."""
    if window is None:
        return None
    if len(window) != 1:
        raise ValidationError("An EvaluationWindow must have exactly one of its members.")
    if "WallClockWindow" not in window:
        return None
    zone = window["WallClockWindow"].get("Timezone", "UTC")
    return 0 if zone == "UTC" else _offset(zone)


def _offset(zone: str) -> int:
    found = OFFSET.fullmatch(zone)
    if not found:
        raise not_modelled(f"The time zone {zone} of a WallClockWindow")
    minutes = int(found[2]) * 60 + int(found[3])
    if minutes % 5:
        raise ValidationError(f"The offset {zone} must be a multiple of 5 minutes.")
    return -minutes if found[1] == "-" else minutes
