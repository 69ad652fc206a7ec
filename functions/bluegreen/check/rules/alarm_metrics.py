"""Whether an alarm's metric, statistic and threshold say anything about the green fleet."""

from collections.abc import Iterator
from typing import Final

from bluegreen.check.alarm_scope import (
    ERRORS,
    INVOCATION,
    LATENCIES,
    OF_REQUESTS,
    ONLY_REAL_TIME,
    SEES_NOTHING_OF_GREEN,
    UNITS,
    AlarmScope,
    variant_seen,
)
from bluegreen.check.alarm_timing import MINUTE, breaches
from bluegreen.check.forecast import Forecast
from bluegreen.check.situation import Alarm, Metric
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import QUOTE_LENGTH, in_figures, plain, quoted

NO_UNIT: Final = "None"
_UNFIT: Final = (
    dict.fromkeys(ERRORS, ("Minimum", "SampleCount"))
    | dict.fromkeys(LATENCIES, ("Minimum", "Sum", "SampleCount"))
    | {"Invocations": ("Average", "Minimum", "Maximum")}
)
"""Statistics that say nothing about green by metric; an Average of Invocations is always 1."""

MICROSECONDS: Final = 1000
"""Of a millisecond."""

_SIGNS: Final = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}
"""Comparisons as people write them."""


def check_metric(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    """Yield what is wrong with the metric that an alarm watches, and with its threshold."""
    yield from _check_threshold(alarm, forecast)
    yield from _check_unit(alarm)
    yield from _check_published(alarm, forecast)
    yield from _check_fitness(alarm)
    if forecast.scopes[alarm.name] is AlarmScope.GREEN and _watches_errors(alarm):
        yield _unproven(alarm, _fallback_of(alarm, forecast))


def _watches_errors(alarm: Alarm) -> bool:
    return any(metric.name in ERRORS for metric in alarm.metrics)


def _fallback_of(alarm: Alarm, forecast: Forecast) -> str:
    """An alarm on the errors of both fleets of the same variant that can trip; empty: none."""
    variant = variant_seen(alarm, forecast.fleets)
    return next(
        (
            name
            for name, other in forecast.alarms.items()
            if forecast.scopes[name] is AlarmScope.BOTH
            and _watches_errors(other)
            and variant_seen(other, forecast.fleets) == variant
            and not can_never_trip(other, forecast)
        ),
        "",
    )


def _check_threshold(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    metric = alarm.metric
    if metric and breaches(alarm, 1.0, forecast.worst) is False:
        message = (
            f"The alarm {quoted(alarm.name)} can never trip: it wants {condition_of(alarm)}, but"
            f" {_most_of(metric, forecast)}."
        )
        fix = "Lower its threshold."
        if metric.name in ERRORS:
            fix = "Lower its threshold: an error rate of 2 % is an Average of 0.02."
        yield Finding("alarm-threshold-unreachable", "ERROR", message, fix)


def _most_of(metric: Metric, forecast: Forecast) -> str:
    if metric.name in ERRORS:
        return "each request counts 0 or 1"
    if metric.name in LATENCIES:
        return f"an answer takes at most {forecast.worst[metric.name]:,.0f} microseconds"
    return "that is a percentage, at most 100"


def _check_unit(alarm: Alarm) -> Iterator[Finding]:
    metric = alarm.metric
    if metric is None or metric.namespace != INVOCATION or metric.name not in OF_REQUESTS:
        return
    published = UNITS.get(metric.name, NO_UNIT)
    if metric.unit not in ("", published):
        unit = f"in {published}" if published != NO_UNIT else "without a unit"
        message = (
            f"The alarm {quoted(alarm.name)} wants {metric.name} in {metric.unit}, but SageMaker"
            f" publishes it {unit}, so the alarm never has data."
        )
        yield Finding("alarm-unit-unmatched", "ERROR", message, "Remove Unit from the alarm.")


def _check_published(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    for metric in alarm.metrics:
        real_time = metric.namespace == INVOCATION and metric.name in ONLY_REAL_TIME
        if real_time and forecast.requested.asynchronous and not alarm.expression:
            message = (
                f"The alarm {quoted(alarm.name)} watches {metric.name}, which asynchronous"
                " endpoints do not publish."
            )
            fix = "Use ModelLatency, Invocation4XXErrors or Invocation5XXErrors."
            yield Finding("alarm-metric-not-published", "ERROR", message, fix)


def _check_fitness(alarm: Alarm) -> Iterator[Finding]:
    metric = alarm.metric
    if metric is None or metric.namespace != INVOCATION:
        return
    yield from _check_statistic(alarm, metric)
    low = alarm.threshold < MICROSECONDS and metric.statistic not in ("Sum", "SampleCount")
    if metric.name in LATENCIES and low:
        message = (
            f"The alarm {quoted(alarm.name)} has the threshold {in_figures(alarm.threshold)}."
            f" {metric.name} is in microseconds, so that is {alarm.threshold / MICROSECONDS:g} ms."
        )
        fix = "If you meant milliseconds, multiply by 1,000: 100 ms is 100,000."
        yield Finding("latency-in-microseconds", "WARNING", message, fix)
    if metric.period_seconds < MINUTE:
        message = (
            f"The alarm {quoted(alarm.name)} has a Period of {metric.period_seconds} s, but without"
            " MetricsConfig SageMaker publishes only once a minute."
        )
        yield Finding("alarm-period-too-short", "WARNING", message, "Set its Period to 60.")


def _check_statistic(alarm: Alarm, metric: Metric) -> Iterator[Finding]:
    name = quoted(alarm.name)
    if metric.statistic in _UNFIT.get(metric.name, ()):
        message = (
            f"The alarm {name} watches {metric.statistic} of {metric.name}, which says little about"
            " the green fleet."
        )
        fix = "Use Average or Sum of errors, Average or p95 of latencies, Sum of Invocations."
        yield Finding("alarm-statistic-unfit", "WARNING", message, fix)
    if metric.name in ERRORS | LATENCIES and alarm.comparison.startswith("Less"):
        message = f"The alarm {name} trips when {metric.name} is low, which is when all is well."
        yield Finding("alarm-statistic-unfit", "WARNING", message, "Reverse its comparison.")


def _unproven(alarm: Alarm, fallback: str) -> Finding:
    message = (
        f"The alarm {quoted(alarm.name)} watches errors with the dimension EndpointConfigName. AWS"
        " documents that dimension only for Invocations and ModelLatency: if errors do not have it,"
        " the alarm never trips."
    )
    if fallback:
        fix = f"Keep the alarm {quoted(fallback)}, which does not need that dimension."
        return Finding("alarm-metric-unproven", "INFO", message, fix)
    fix = "Name a second alarm on the errors, without EndpointConfigName."
    return Finding("alarm-metric-unproven", "WARNING", message, fix)


def can_never_trip(alarm: Alarm, forecast: Forecast) -> bool:
    """Whether nothing that green does can bring the alarm into ALARM."""
    never = [*_check_threshold(alarm, forecast), *_check_unit(alarm)]
    never += _check_published(alarm, forecast)
    return forecast.scopes[alarm.name] in SEES_NOTHING_OF_GREEN or bool(never)


def condition_of(alarm: Alarm) -> str:
    """What an alarm on one metric asks of a datapoint: `Average of ModelLatency > 100,000`."""
    metric = alarm.metric
    assert metric is not None, "an expression and a composite alarm have no metric of their own"
    sign = _SIGNS.get(alarm.comparison, alarm.comparison)
    name = plain(metric.name, QUOTE_LENGTH)
    return f"{metric.statistic} of {name} {sign} {in_figures(alarm.threshold)}"
