"""Turns what DescribeAlarms shows into the alarms of a Situation.

Shapes: `MetricAlarm`, `CompositeAlarm`, `LogAlarm`, `MetricDataQuery`, `MetricStat` (CloudWatch
API).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from bluegreen.aws.described_alarms import KINDS
from bluegreen.check.situation import Alarm, Metric, MetricKey, metric_key

Body = Mapping[str, Any]

DEFAULT_PERIOD_SECONDS: Final = 60
ASKS_FOR_MORE: Final = re.compile(
    r"\b(SELECT|SEARCH|INSIGHT_RULE_METRIC|DB_PERF_INSIGHTS|LAMBDA)\b", re.IGNORECASE
)
"""What in an expression brings in data beside its metrics (User Guide, "Using metric math")."""

CANNOT_EVALUATE: Final = frozenset({"EVALUATION_ERROR", "EVALUATION_FAILURE"})
"""An EvaluationState in which an alarm does not change its state."""


def alarms_in(shapes: Body) -> dict[str, Alarm] | None:
    """The alarms of the members in `KINDS`, by name; None: none of them is there."""
    if not shapes.keys() & set(KINDS):
        return None
    found = [metric_alarm(body, _account(shapes)) for body in shapes.get("MetricAlarms", [])]
    found += [composite_alarm(body) for body in shapes.get("CompositeAlarms", [])]
    found += [log_alarm(body) for body in shapes.get("LogAlarms", [])]
    return {alarm.name: alarm for alarm in found}


def _account(shapes: Body) -> str:
    """The account of the endpoint, where a file tells its ARN."""
    return _account_in((shapes.get("Endpoint") or {}).get("EndpointArn", ""))


def _account_in(arn: str) -> str:
    return (arn.split(":") + [""] * 5)[4]


def composite_alarm(body: Body) -> Alarm:
    """A composite alarm; shape: `CompositeAlarm`."""
    return Alarm(body["AlarmName"], body.get("StateValue", Alarm.state), composite=True)


def log_alarm(body: Body) -> Alarm:
    """An alarm on logs; shape: `LogAlarm`."""
    return Alarm(
        name=body["AlarmName"],
        state=body.get("StateValue", Alarm.state),
        log=True,
        fails_to_evaluate=body.get("EvaluationState") in CANNOT_EVALUATE,
        warms_up_until=_end_of_warm_up(body),
    )


def metric_alarm(body: Body, account_id: str = "") -> Alarm:
    """An alarm on a metric, on metric math or on an anomaly band; shape: `MetricAlarm`.

    `account_id` is its own account, where its ARN does not tell.
    """
    metrics, expression = _watched(body, _account_in(body.get("AlarmArn", "")) or account_id)
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
        open_ended=_is_open_ended(body, metrics),
        ignores_low_samples=body.get("EvaluateLowSampleCountPercentile") == "ignore",
        by_the_clock="WallClockWindow" in (body.get("EvaluationWindow") or {}),
        fails_to_evaluate=body.get("EvaluationState") in CANNOT_EVALUATE,
        warms_up_until=_end_of_warm_up(body),
    )


def _end_of_warm_up(body: Body) -> datetime | None:
    """Shape: `WarmUpConfiguration`, which counts from the alarm's last change."""
    minutes = (body.get("WarmUpConfiguration") or {}).get("WarmUpPeriodDurationInMinutes")
    changed: datetime | None = body.get("AlarmConfigurationUpdatedTimestamp")
    return changed + timedelta(minutes=minutes) if minutes and changed else None


def _is_open_ended(body: Body, metrics: Sequence[Metric]) -> bool:
    queries = body.get("Metrics", [])
    texts = [query.get("Expression", "") for query in queries]
    return not metrics or any(ASKS_FOR_MORE.search(text) for text in texts)


def _watched(body: Body, account_id: str) -> tuple[tuple[Metric, ...], bool]:
    """What an alarm watches, and whether that is an expression.

    An alarm that names neither a metric nor queries watches a query in another language.
    """
    if "MetricName" in body:
        return (_metric(body, _statistic_of(body), body),), False
    queries = body.get("Metrics", [])
    returned = [query for query in queries if query.get("ReturnData", True)]
    if len(returned) == 1 and "MetricStat" in returned[0]:
        return _stats_of(returned, account_id), False
    return _stats_of(queries, account_id), True


def _stats_of(queries: Sequence[Body], account_id: str) -> tuple[Metric, ...]:
    """The metrics of queries; `AccountId` of a query counts where it is not the alarm's own."""
    return tuple(
        _metric(stat["Metric"], stat["Stat"], stat, other if other != account_id else "")
        for query in queries
        if (stat := query.get("MetricStat"))
        for other in [query.get("AccountId", "")]
    )


def _statistic_of(body: Body) -> str:
    statistic: str = body.get("Statistic") or body.get("ExtendedStatistic") or Metric.statistic
    return statistic


def _metric(metric: Body, statistic: str, stat: Body, account_id: str = "") -> Metric:
    return Metric(
        namespace=metric.get("Namespace", ""),
        name=metric.get("MetricName", ""),
        dimensions=_dimensions(metric),
        statistic=statistic,
        period_seconds=stat.get("Period", DEFAULT_PERIOD_SECONDS),
        unit=stat.get("Unit", ""),
        account_id=account_id,
    )


def _dimensions(metric: Body) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in metric.get("Dimensions", [])}


def keys_of(metrics: Sequence[Body]) -> frozenset[MetricKey]:
    """Metrics as ListMetrics shows them, as keys; shape: `Metric`."""
    return frozenset(
        metric_key(each.get("Namespace", ""), each.get("MetricName", ""), _dimensions(each))
        for each in metrics
    )
