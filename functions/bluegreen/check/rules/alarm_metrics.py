"""Whether an alarm's metric, statistic and threshold say anything about the green fleet."""

from collections.abc import Iterable, Iterator
from typing import Final

from bluegreen.check.alarm_reach import (
    BREACHING,
    asks_for_doubtful_unit,
    asks_for_other_unit,
    can_never_trip,
    has_surely_too_few_samples,
    is_unreachable,
    samples_in_period,
    unproven_metrics,
)
from bluegreen.check.alarm_scope import AlarmScope, variant_seen
from bluegreen.check.alarm_timing import samples_needed
from bluegreen.check.forecast import Forecast
from bluegreen.check.protection import SHOWN_BY, Defect
from bluegreen.check.situation import Alarm, Metric
from bluegreen.contract.catalogue import Severity
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import QUOTE_LENGTH, in_figures, plain, quoted
from bluegreen.sagemaker.metrics import (
    CATALOGUE,
    ERRORS,
    FLEET,
    INVOCATION,
    LATENCIES,
    NO_UNIT,
    REQUESTS,
    dimension_sets_of,
    is_published_by,
    rows_of,
)

_UNFIT: Final = dict.fromkeys(ERRORS, ("Minimum", "SampleCount")) | dict.fromkeys(
    LATENCIES, ("Minimum", "Sum", "SampleCount")
)
"""Statistics that say nothing about green by metric."""

_COUNTS: Final = ("Sum", "SampleCount")
"""Those that count requests; any other statistic of `REQUESTS` is the same for each of them."""

MICROSECONDS: Final = 1000
"""Of a millisecond."""

ALIKE: Final = 0.5
"""How like a name has to be, of 1, to be what was meant: 5XXError is 0.59 of the right one."""

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
    yield from _check_fitness(alarm, forecast)
    yield from _check_samples(alarm, forecast)
    unproven = unproven_metrics(alarm, forecast)
    if unproven:
        yield _unproven(alarm, unproven[0], forecast)


# ---- What it can reach -----------------------------------------------------------------------


def _check_threshold(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    metric = alarm.metric
    if metric and is_unreachable(alarm, forecast):
        message = (
            f"The alarm {quoted(alarm.name)} can {_never(alarm)}: it wants {condition_of(alarm)},"
            f" but {_most_of(metric, forecast)}."
        )
        fix = "Lower its threshold."
        if metric.name in ERRORS:
            fix = "Lower its threshold: an error rate of 2 % is an Average of 0.02."
        yield Finding("alarm-threshold-unreachable", "ERROR", message, fix, alarm.name)


def _never(alarm: Alarm) -> str:
    return "trip only on missing data" if alarm.missing_data == BREACHING else "never trip"


def _most_of(metric: Metric, forecast: Forecast) -> str:
    if metric.name in ERRORS:
        return "each request counts 0 or 1"
    if metric.name in LATENCIES:
        return f"an answer takes at most {forecast.worst[metric.name]:,.0f} microseconds"
    return "that is a percentage, at most 100"


def _check_unit(alarm: Alarm) -> Iterator[Finding]:
    metric, never = alarm.metric, asks_for_other_unit(alarm)
    if metric is None or not (never or asks_for_doubtful_unit(alarm)):
        return
    published = rows_of(metric.namespace, metric.name)[0].unit
    unit = f"in {published}" if published != NO_UNIT else "without a unit"
    asked = plain(metric.unit, QUOTE_LENGTH)
    message = (
        f"The alarm {quoted(alarm.name)} wants {plain(metric.name, QUOTE_LENGTH)} in {asked}, but"
        f" SageMaker publishes it {unit}, so the alarm never has data."
    )
    if not never:
        message = (
            f"The alarm {quoted(alarm.name)} wants {plain(metric.name, QUOTE_LENGTH)} in {asked},"
            f" which only an older page of AWS gives. If SageMaker publishes it {unit}, the alarm"
            " never has data."
        )
    fix, severity = "Remove Unit from the alarm.", _severity(sure=never)
    yield Finding("alarm-unit-unmatched", severity, message, fix, alarm.name)


def _severity(*, sure: bool) -> Severity:
    return "ERROR" if sure else "WARNING"


def _check_samples(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    traffic = forecast.traffic_of(alarm)
    if traffic is None or not samples_needed(alarm):
        return
    if has_surely_too_few_samples(alarm, forecast):
        periods = alarm.evaluation_periods
        most = periods * samples_in_period(alarm, traffic.highest_per_minute or 0)
        yield _too_few_samples(alarm, f"at most {most:,.4g}", periods, surely=True)
    elif (mean := samples_in_period(alarm, traffic.mean_per_minute)) < samples_needed(alarm):
        yield _too_few_samples(alarm, f"about {mean:,.4g}", 1, surely=False)


def _too_few_samples(alarm: Alarm, came: str, periods: int, *, surely: bool) -> Finding:
    assert alarm.metric is not None
    message = (
        f"The alarm {quoted(alarm.name)} ignores periods with few samples, and"
        f" {alarm.metric.statistic} needs {samples_needed(alarm):,.0f} of them in"
        f" {periods * alarm.period_seconds} s. In the last day there were {came}, so the alarm"
        " keeps its state."
    )
    fix = "Set EvaluateLowSampleCountPercentile to evaluate, or use a longer Period."
    return Finding("alarm-low-samples", _severity(sure=surely), message, fix, alarm.name)


# ---- Whether there is such a metric ----------------------------------------------------------


def _check_published(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    """Yield metrics that SageMaker does not publish; an expression may fill in what it lacks."""
    sights = forecast.sights[alarm.name]
    absent = [s.metric for s in sights if s.scope is AlarmScope.NOT_PUBLISHED]
    if absent:
        severity = _severity(sure=len(absent) == len(sights))
        what, fix = _absence_of(absent[0], asynchronous=forecast.requested.asynchronous)
        message = f"The alarm {quoted(alarm.name)} watches {what}"
        yield Finding("alarm-metric-not-published", severity, message, fix, alarm.name)


def _absence_of(metric: Metric, *, asynchronous: bool) -> tuple[str, str]:
    """What is amiss with a metric that is not published, and what to do."""
    name, namespace = quoted(metric.name), quoted(metric.namespace)
    if not rows_of(metric.namespace, metric.name):
        what = f"{name}, but SageMaker publishes no such metric in {namespace}: it never has data."
        return what, _other_name_for(metric)
    if not is_published_by(metric.namespace, metric.name, asynchronous=asynchronous):
        others = "asynchronous endpoints do not publish"
        if not asynchronous:
            others = "only asynchronous endpoints publish"
        return f"{name}, which {others}.", "Use ModelLatency or Invocation5XXErrors."
    sets = [in_words(each) for each in dimension_sets_of(metric.namespace, metric.name)]
    shown = f" with the dimensions {in_words(metric.dimensions)}" if metric.dimensions else ""
    what = f"{name}{shown or ' without dimensions'}, with which SageMaker never publishes it."
    return what, f"Use the dimensions {' or '.join(sets[:2])}."


def _other_name_for(metric: Metric) -> str:
    elsewhere = [row.namespace for row in CATALOGUE if metric.name in row.names]
    if elsewhere:
        return f"Set its namespace to {elsewhere[0]}."
    from difflib import get_close_matches  # noqa: PLC0415 - only a misspelt metric needs it

    names = [name for row in CATALOGUE if row.namespace == metric.namespace for name in row.names]
    alike = get_close_matches(metric.name, names, 1, ALIKE)
    return f"Perhaps {alike[0]} was meant." if alike else "Watch Invocation5XXErrors, for example."


def in_words(dimensions: Iterable[str]) -> str:
    """Names of dimensions as they stand in a sentence: `EndpointName and VariantName`."""
    *first, last = sorted(plain(name, QUOTE_LENGTH) for name in dimensions)
    return f"{', '.join(first)} and {last}" if first else last


def _unproven(alarm: Alarm, metric: Metric, forecast: Forecast) -> Finding:
    message = (
        f"The alarm {quoted(alarm.name)} watches {metric.statistic} of"
        f" {plain(metric.name, QUOTE_LENGTH)} with {in_words(metric.dimensions)}. AWS does not"
        " document that SageMaker publishes that: if it does not, the alarm never trips."
    )
    fallback, fix = _fallback_of(alarm, metric, forecast), _proven(metric)
    if fallback:
        fix = f"Keep the alarm {quoted(fallback)}, which does not depend on it."
    severity: Severity = "INFO" if fallback or not _alike(metric) else "WARNING"
    return Finding("alarm-metric-unproven", severity, message, fix, alarm.name)


def _proven(metric: Metric) -> str:
    if frozenset(metric.dimensions) == FLEET:
        return "Use Average or Maximum, or a metric that AWS documents."
    return f"Name a second alarm on {metric.name} with EndpointName and VariantName alone."


def _fallback_of(alarm: Alarm, metric: Metric, forecast: Forecast) -> str:
    """An alarm that watches the like in the same variant, and can trip; empty: there is none."""
    variant, alike = variant_seen(alarm, forecast.fleets), _alike(metric)
    others = [
        name
        for name, other in forecast.alarms.items()
        if any(m.name in alike for m in other.metrics)
        and variant_seen(other, forecast.fleets) == variant
        and not unproven_metrics(other, forecast)
        and not can_never_trip(other, forecast)
    ]
    guards = [each.alarm for each in forecast.guards_of(variant) if each.metric in alike]
    return next(iter([*others, *guards]), "")


def _alike(metric: Metric) -> frozenset[str]:
    """The metrics that tell the same; none for those that tell of no defect."""
    groups = (ERRORS | SHOWN_BY[Defect.ERRORS], SHOWN_BY[Defect.LATENCY])
    return next((group for group in groups if metric.name in group), frozenset())


# ---- Whether it says anything ----------------------------------------------------------------


def _check_fitness(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    metric = alarm.metric
    if metric is None or metric.namespace != INVOCATION or metric.statistic.startswith("PR("):
        return  # PR(:x) is the part of the samples below x, of which less is bad
    yield from _check_statistic(alarm, metric)
    low = alarm.threshold < MICROSECONDS and metric.statistic not in ("Sum", "SampleCount")
    if metric.name in LATENCIES and low:
        message = (
            f"The alarm {quoted(alarm.name)} has the threshold {in_figures(alarm.threshold)}."
            f" {metric.name} is in microseconds, so that is {alarm.threshold / MICROSECONDS:g} ms."
        )
        fix = "If you meant milliseconds, multiply by 1,000: 100 ms is 100,000."
        yield Finding("latency-in-microseconds", "WARNING", message, fix, alarm.name)
    if metric.period_seconds < _least_period(metric, forecast):
        message = (
            f"The alarm {quoted(alarm.name)} has a Period of {metric.period_seconds} s, but without"
            " MetricsConfig SageMaker publishes only once a minute."
        )
        fix = "Set its Period to 60."
        yield Finding("alarm-period-too-short", "WARNING", message, fix, alarm.name)


def _least_period(metric: Metric, forecast: Forecast) -> int:
    """Seconds between two values; enhanced metrics come as often as the new config says."""
    often = min((row.often for row in rows_of(metric.namespace, metric.name)), default=0)
    config = forecast.requested.settings.get("MetricsConfig")
    enhanced = isinstance(config, dict) and config.get("EnableEnhancedMetrics")
    every = config.get("MetricPublishFrequencyInSeconds") if isinstance(config, dict) else None
    return min(often, every) if enhanced and isinstance(every, int) else often


def _check_statistic(alarm: Alarm, metric: Metric) -> Iterator[Finding]:
    name = quoted(alarm.name)
    always_same = metric.name in REQUESTS and metric.statistic not in _COUNTS
    if always_same or metric.statistic in _UNFIT.get(metric.name, ()):
        message = (
            f"The alarm {name} watches {metric.statistic} of {metric.name}, which says little about"
            " the green fleet."
        )
        fix = "Use Average or Sum of errors, Average or p95 of latencies, Sum of Invocations."
        yield Finding("alarm-statistic-unfit", "WARNING", message, fix, alarm.name)
    counts = metric.statistic == "SampleCount"
    if metric.name in ERRORS | LATENCIES and alarm.comparison.startswith("Less") and not counts:
        message = f"The alarm {name} trips when {metric.name} is low, which is when all is well."
        fix = "Reverse its comparison."
        yield Finding("alarm-statistic-unfit", "WARNING", message, fix, alarm.name)


def condition_of(alarm: Alarm) -> str:
    """What an alarm on one metric asks of a datapoint: `Average of ModelLatency > 100,000`."""
    metric = alarm.metric
    assert metric is not None, "an expression and a composite alarm have no metric of their own"
    sign = _SIGNS.get(alarm.comparison, alarm.comparison)
    name = plain(metric.name, QUOTE_LENGTH)
    return f"{metric.statistic} of {name} {sign} {in_figures(alarm.threshold)}"
