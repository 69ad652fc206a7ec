"""Turns what DescribeAlarms shows into the alarms of a Situation.

Shapes: `MetricAlarm`, `CompositeAlarm`, `MetricDataQuery`, `MetricStat` (CloudWatch API).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bluegreen.check.situation import Alarm, Metric

DEFAULT_PERIOD_SECONDS: Final = 60


def alarms_in(shapes: Mapping[str, Any]) -> dict[str, Alarm] | None:
    """The alarms of `MetricAlarms` and `CompositeAlarms`, by name; None: neither is there."""
    if not shapes.keys() & {"MetricAlarms", "CompositeAlarms"}:
        return None
    found = [metric_alarm(body) for body in shapes.get("MetricAlarms", [])]
    found += [composite_alarm(body) for body in shapes.get("CompositeAlarms", [])]
    return {alarm.name: alarm for alarm in found}


def composite_alarm(body: Mapping[str, Any]) -> Alarm:
    """A composite alarm; shape: `CompositeAlarm`."""
    return Alarm(body["AlarmName"], body.get("StateValue", Alarm.state), composite=True)


def metric_alarm(body: Mapping[str, Any]) -> Alarm:
    """An alarm on a metric, on metric math or on an anomaly band; shape: `MetricAlarm`."""
    metrics, expression = _watched(body)
    periods = body.get("EvaluationPeriods", Alarm.evaluation_periods)
    return Alarm(
        name=body["AlarmName"],
        state=body.get("StateValue", Alarm.state),
        metrics=metrics,
        comparison=body.get("ComparisonOperator", Alarm.comparison),
        threshold=float(body.get("Threshold", Alarm.threshold)),
        evaluation_periods=periods,
        datapoints_to_alarm=body.get("DatapointsToAlarm", periods),
        missing_data=body.get("TreatMissingData", Alarm.missing_data),
        expression=expression,
    )


def _watched(body: Mapping[str, Any]) -> tuple[tuple[Metric, ...], bool]:
    """What an alarm watches, and whether that is an expression.

    An alarm that names neither a metric nor queries watches a query in another language.
    """
    if "MetricName" in body:
        return (_metric(body, _statistic_of(body), body),), False
    queries = body.get("Metrics", [])
    returned = [query for query in queries if query.get("ReturnData", True)]
    if len(returned) == 1 and "MetricStat" in returned[0]:
        return _stats_of(returned), False
    return _stats_of(queries), True


def _stats_of(queries: Sequence[Mapping[str, Any]]) -> tuple[Metric, ...]:
    stats = [query["MetricStat"] for query in queries if "MetricStat" in query]
    return tuple(_metric(stat["Metric"], stat["Stat"], stat) for stat in stats)


def _statistic_of(body: Mapping[str, Any]) -> str:
    statistic: str = body.get("Statistic") or body.get("ExtendedStatistic") or Metric.statistic
    return statistic


def _metric(metric: Mapping[str, Any], statistic: str, stat: Mapping[str, Any]) -> Metric:
    return Metric(
        namespace=metric.get("Namespace", ""),
        name=metric.get("MetricName", ""),
        dimensions={each["Name"]: each["Value"] for each in metric.get("Dimensions", [])},
        statistic=statistic,
        period_seconds=stat.get("Period", DEFAULT_PERIOD_SECONDS),
        unit=stat.get("Unit", ""),
    )
