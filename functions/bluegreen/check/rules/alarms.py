"""Whether the alarms are there, are well, and are about this endpoint and its metrics."""

from collections.abc import Iterator
from typing import Final

from bluegreen.check.alarm_scope import (
    ERRORS,
    INVOCATION,
    LATENCIES,
    NOTHING,
    OF_REQUESTS,
    ONLY_REAL_TIME,
    UNITS,
    AlarmScope,
)
from bluegreen.check.alarm_timing import MINUTE, breaches
from bluegreen.check.forecast import Forecast
from bluegreen.check.situation import Alarm, Metric
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import in_figures, plain, quoted

MOST_ALARMS: Final = 10
NO_UNIT: Final = "None"
_UNFIT: Final = (
    dict.fromkeys(ERRORS, ("Minimum", "SampleCount"))
    | dict.fromkeys(LATENCIES, ("Minimum", "Sum", "SampleCount"))
    | {"Invocations": ("Average", "Minimum", "Maximum")}
)
"""Statistics that say nothing of what the metric is for; an Average of Invocations is always 1."""

MICROSECONDS: Final = 1000
"""Of a millisecond."""


def check_alarms(forecast: Forecast) -> Iterator[Finding]:
    """Yield what is wrong with the alarms one by one."""
    names = tuple(dict.fromkeys(forecast.policy.alarms))
    if len(names) < len(forecast.policy.alarms):
        yield _named_twice(forecast.policy.alarms)
    if not names:
        yield _none()
    elif len(names) >= MOST_ALARMS:
        yield _no_room()
    if names and forecast.situation.alarms is None:
        yield _unknown(forecast)
        return
    for name in names:
        alarm = forecast.alarms.get(name)
        if alarm is None:
            yield _missing(name)
        else:
            yield from _check_state(alarm, forecast.scopes[name])
            yield from _check_scope(alarm, forecast.scopes[name])
            yield from _check_metric(alarm, forecast)


def is_blind(alarm: Alarm, forecast: Forecast) -> bool:
    """Whether nothing that green does can bring the alarm into ALARM."""
    never = [*_check_threshold(alarm, forecast), *_check_unit(alarm.metric)]
    never += _check_published(alarm, forecast)
    return forecast.scopes[alarm.name] in NOTHING or bool(never)


def _none() -> Finding:
    message = "The request names no alarm: bakes are pauses, and nothing but a failure of the green"
    fix = "Name alarms in DeploymentConfig.AutoRollbackConfiguration."
    return Finding("no-alarms", "WARNING", f"{message} fleet to come up rolls back.", fix)


def _named_twice(names: tuple[str, ...]) -> Finding:
    twice = next(name for name in names if names.count(name) > 1)
    message = f"The alarm {quoted(twice)} is named {names.count(twice)} times."
    return Finding("alarm-named-twice", "WARNING", message, "Name each alarm once.")


def _no_room() -> Finding:
    message = "Ten alarms of the request's own leave no room for the one by which to abort."
    return Finding("no-room-for-abort", "WARNING", message, "Name nine alarms at most.")


def _unknown(forecast: Forecast) -> Finding:
    why = forecast.situation.why_unknown("alarms")
    message = f"Whether the alarms are there and can trip is not known: {why}."
    return Finding("alarms-not-checked", "WARNING", message, "Let the role describe alarms.")


def _missing(name: str) -> Finding:
    message = f"There is no alarm {quoted(name)} in this account and Region."
    return Finding("alarm-missing", "ERROR", message, "Create it, or leave it out.")


def _check_state(alarm: Alarm, scope: AlarmScope) -> Iterator[Finding]:
    name = quoted(alarm.name)
    if alarm.state == "ALARM":
        message = f"The alarm {name} is in ALARM already: SageMaker would roll back at once."
        yield Finding("alarm-in-alarm", "ERROR", message, "Mend its cause, or leave it out.")
    if alarm.state == "INSUFFICIENT_DATA":
        message = f"The alarm {name} has INSUFFICIENT_DATA"
        if scope is AlarmScope.GREEN:
            why = "as it is about the green fleet, which has no traffic yet"
            yield Finding("alarm-insufficient-data", "INFO", f"{message}, {why}.")
        else:
            fix = "See whether its dimensions are right; treat missing data as notBreaching."
            yield Finding("alarm-insufficient-data", "WARNING", f"{message}.", fix)
    if scope is AlarmScope.GREEN and alarm.metric and alarm.missing_data == "breaching":
        message = (
            f"The alarm {name} takes missing data for breaching, and the green fleet has none"
            " before its traffic: it would trip at once."
        )
        fix = "Let TreatMissingData be notBreaching."
        yield Finding("alarm-breaching-before-traffic", "ERROR", message, fix)


_SCOPES: Final = {
    AlarmScope.NO_VARIANT: (
        "alarm-without-variant",
        "names no VariantName, without which SageMaker publishes no metric of requests",
    ),
    AlarmScope.OTHER_ENDPOINT: ("alarm-other-endpoint", "is about another endpoint"),
    AlarmScope.OTHER_VARIANT: (
        "alarm-other-variant",
        "names a VariantName that the new config does not have",
    ),
    AlarmScope.OTHER_CONFIG: (
        "alarm-old-config",
        "names an EndpointConfigName that is neither the requested one nor the live one",
    ),
    AlarmScope.BLUE: (
        "alarm-sees-only-blue",
        "names the live EndpointConfigName: it sees the blue fleet, and nothing of green",
    ),
}


def _check_scope(alarm: Alarm, scope: AlarmScope) -> Iterator[Finding]:
    name = quoted(alarm.name)
    if alarm.composite:
        message = f"{name} is a composite alarm; whether SageMaker heeds those is not documented."
        fix = "Name the metric alarms that it stands on."
        yield Finding("alarm-composite", "WARNING", message, fix)
    elif scope is AlarmScope.UNKNOWN or alarm.expression:
        message = f"Whether the alarm {name} can trip in a bake is not judged: "
        what = (
            "it watches an expression" if alarm.expression else "it is not on a metric known here"
        )
        yield Finding("alarm-not-judged", "INFO", f"{message}{what}.")
    if scope in _SCOPES:
        id_, words = _SCOPES[scope]
        dimensions = alarm.metrics[0].dimensions
        shown = ", ".join(f"{key}={value}" for key, value in sorted(dimensions.items()))
        message = f"The alarm {name} {words} ({plain(shown, 200)})."
        fix = "Dimensions: EndpointName, VariantName, and the requested EndpointConfigName or none."
        yield Finding(id_, "ERROR", message, fix)
    if scope is AlarmScope.BOTH:
        message = f"The alarm {name} sees both fleets: errors of blue's own end the deployment too."
        fix = "Add the requested EndpointConfigName to its dimensions, or know this."
        yield Finding("alarm-sees-both-fleets", "WARNING", message, fix)


def _check_metric(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    yield from _check_threshold(alarm, forecast)
    yield from _check_unit(alarm.metric)
    yield from _check_published(alarm, forecast)
    yield from _check_fitness(alarm)
    sees_green = forecast.scopes[alarm.name] is AlarmScope.GREEN
    if sees_green and any(metric.name in ERRORS for metric in alarm.metrics):
        yield _unproven(alarm)


def _check_threshold(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    metric = alarm.metric
    if metric and breaches(alarm, 1.0, forecast.worst) is False:
        message = (
            f"The alarm {quoted(alarm.name)} wants {metric.statistic} of {metric.name}"
            f" {_in_words(alarm)}, which it cannot be: {_why(metric, forecast)}."
        )
        fix = "An error rate of 2 % is an Average of 0.02." if metric.name in ERRORS else ""
        yield Finding("alarm-threshold-unreachable", "ERROR", message, fix)


def _in_words(alarm: Alarm) -> str:
    sign = {"GreaterThanThreshold": ">", "GreaterThanOrEqualToThreshold": ">="}
    return f"{sign.get(alarm.comparison, alarm.comparison)} {in_figures(alarm.threshold)}"


def _why(metric: Metric, forecast: Forecast) -> str:
    if metric.name in ERRORS:
        return "each request counts 0 or 1"
    if metric.name in LATENCIES:
        return f"an answer takes {forecast.worst[metric.name]:,.0f} microseconds at most"
    return "it is a percentage"


def _check_unit(metric: Metric | None) -> Iterator[Finding]:
    if metric is None or metric.namespace != INVOCATION or metric.name not in OF_REQUESTS:
        return
    published = UNITS.get(metric.name, NO_UNIT)
    if metric.unit not in ("", published):
        message = f"{metric.name} is published in the unit {published}, and never in {metric.unit}"
        fix = "Leave Unit out of the alarm."
        yield Finding("alarm-unit-unmatched", "ERROR", f"{message}.", fix)


def _check_published(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    for metric in alarm.metrics:
        real_time = metric.namespace == INVOCATION and metric.name in ONLY_REAL_TIME
        if real_time and forecast.requested.asynchronous and not alarm.expression:
            message = f"{metric.name} is not published by asynchronous endpoints."
            fix = "Use ModelLatency, Invocation4XXErrors or Invocation5XXErrors."
            yield Finding("alarm-metric-not-published", "ERROR", message, fix)


def _check_fitness(alarm: Alarm) -> Iterator[Finding]:
    metric, name = alarm.metric, quoted(alarm.name)
    if metric is None or metric.namespace != INVOCATION:
        return
    if metric.statistic in _UNFIT.get(metric.name, ()):
        message = f"The alarm {name} watches {metric.statistic} of {metric.name}"
        fix = "Use Average or Sum of errors, Average or p95 of latencies, Sum of Invocations."
        yield Finding(
            "alarm-statistic-unfit", "WARNING", f"{message}, which says little of green.", fix
        )
    if metric.name in ERRORS | LATENCIES and alarm.comparison.startswith("Less"):
        message = f"The alarm {name} trips when {metric.name} is low, which is when all is well."
        yield Finding("alarm-statistic-unfit", "WARNING", message, "Turn its comparison round.")
    low = alarm.threshold < MICROSECONDS and metric.statistic not in ("Sum", "SampleCount")
    if metric.name in LATENCIES and low:
        message = (
            f"The alarm {name} has the threshold {in_figures(alarm.threshold)}: {metric.name} is in"
            f" microseconds, and that is {alarm.threshold / MICROSECONDS:g} ms."
        )
        fix = "100 milliseconds are 100,000."
        yield Finding("latency-in-microseconds", "WARNING", message, fix)
    if metric.period_seconds < MINUTE:
        message = (
            f"The alarm {name} has a Period of {metric.period_seconds} s, and SageMaker publishes"
            " every minute, without MetricsConfig."
        )
        yield Finding("alarm-period-too-short", "WARNING", message, "Let Period be 60.")


def _unproven(alarm: Alarm) -> Finding:
    message = (
        f"The alarm {quoted(alarm.name)} is on an error metric with EndpointConfigName, which AWS"
        " documents for Invocations and ModelLatency only: if it is not there, it can never trip."
    )
    fix = "Keep a second alarm without EndpointConfigName beside it."
    return Finding("alarm-metric-unproven", "WARNING", message, fix)
