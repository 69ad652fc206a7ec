"""Whether anything that green does could bring an alarm into ALARM; only what is sure says no."""

from typing import Final

from bluegreen.check.alarm_scope import SEES_NOTHING_OF_GREEN, AlarmScope, Sight
from bluegreen.check.alarm_timing import MINUTE, breaches, percentile_of, samples_needed
from bluegreen.check.forecast import Forecast
from bluegreen.check.situation import Alarm, Metric
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.sagemaker.metrics import Standing, rows_of

BREACHING: Final = "breaching"
"""A TreatMissingData with which an alarm trips where nothing comes."""

BUSIER: Final = 2
"""Surely too few requests: twice those of the last day's busiest minute would not be enough."""


def can_never_trip(alarm: Alarm, forecast: Forecast) -> bool:
    """Whether nothing that green does can bring the alarm into ALARM."""
    return (
        forecast.scopes[alarm.name] in SEES_NOTHING_OF_GREEN
        or is_unreachable(alarm, forecast)
        or asks_for_other_unit(alarm)
        or has_surely_too_few_samples(alarm, forecast)
    )


def guardrail_never_trips(guardrail: Guardrail, forecast: Forecast) -> bool:
    """Whether no answer can be as slow as what a guardrail lets pass."""
    longest = forecast.worst["ModelLatency"]
    return guardrail.of_latency and guardrail.limit_microseconds >= longest


def trips_without_green(alarm: Alarm, forecast: Forecast) -> bool:
    """Whether it may trip, too, however green does: on blue's traffic as it ends, or on no data."""
    return forecast.scopes[alarm.name] is AlarmScope.BLUE or alarm.missing_data == BREACHING


def is_unreachable(alarm: Alarm, forecast: Forecast) -> bool:
    """Whether not even the worst green reaches its threshold."""
    return breaches(alarm, 1.0, forecast.worst) is False


def asks_for_other_unit(alarm: Alarm) -> bool:
    """Whether it asks for a unit that no source has for its metric, and so never has data."""
    metric = alarm.metric
    if metric is None or not metric.unit:
        return False
    rows = rows_of(metric.namespace, metric.name)
    return bool(rows) and not any(metric.unit in (row.unit, *row.units) for row in rows)


def asks_for_doubtful_unit(alarm: Alarm) -> bool:
    """Whether it asks for a unit that only an older page has."""
    metric = alarm.metric
    rows = rows_of(metric.namespace, metric.name) if metric and metric.unit else []
    return bool(rows) and metric is not None and all(metric.unit in row.units for row in rows)


def has_surely_too_few_samples(alarm: Alarm, forecast: Forecast) -> bool:
    """Whether a percentile that ignores low samples could not have enough on twice the traffic.

    The User Guide counts them "during the evaluation period", which may be all of the periods that
    are evaluated together.
    """
    traffic = forecast.traffic_of(alarm)
    if traffic is None or traffic.highest_per_minute is None:
        return False
    most = alarm.evaluation_periods * samples_in_period(alarm, traffic.highest_per_minute)
    return BUSIER * most < samples_needed(alarm)


def samples_in_period(alarm: Alarm, per_minute: float) -> float:
    """The requests of one period when green has all of the traffic."""
    return per_minute * alarm.period_seconds / MINUTE


def is_not_known(alarm: Alarm, forecast: Forecast) -> bool:
    """Whether nobody can say if it has data, or if SageMaker would look at it."""
    unknown = any(_shows_nobody_knows_what(sight) for sight in forecast.sights[alarm.name])
    return alarm.composite or alarm.log or alarm.open_ended or unknown or alarm.fails_to_evaluate


def _shows_nobody_knows_what(sight: Sight) -> bool:
    """Whether green need not be in it; one container of a variant is a part of both fleets."""
    return sight.scope is AlarmScope.UNKNOWN and "ContainerName" not in sight.metric.dimensions


def unproven_metrics(alarm: Alarm, forecast: Forecast) -> list[Metric]:
    """Its metrics that AWS does not document in this form, and that nobody has seen."""
    sights = forecast.sights[alarm.name]
    return [
        s.metric
        for s in sights
        if s.scope not in SEES_NOTHING_OF_GREEN
        and (s.standing is Standing.UNCERTAIN or _has_no_percentiles(s.metric))
    ]


def _has_no_percentiles(metric: Metric) -> bool:
    rows = rows_of(metric.namespace, metric.name)
    percentile = percentile_of(metric.statistic) is not None
    return percentile and bool(rows) and not any(row.percentiles for row in rows)
