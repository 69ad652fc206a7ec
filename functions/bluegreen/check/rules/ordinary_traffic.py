"""Alarms on the number of requests that ordinary traffic trips, however well green does."""

from collections.abc import Iterator, Sequence
from math import ceil, floor
from typing import Final

from bluegreen.check.alarm_reach import (
    asks_for_doubtful_unit,
    can_never_trip,
    unproven_metrics,
)
from bluegreen.check.alarm_scope import AlarmScope, variant_seen
from bluegreen.check.alarm_timing import ALMOST, MINUTE, MOST_LAG_SECONDS
from bluegreen.check.forecast import Forecast
from bluegreen.check.situation import Alarm, Traffic
from bluegreen.contract.catalogue import Severity
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import quoted
from bluegreen.sagemaker.metrics import INVOCATION, OF_REQUESTS

COMPARE: Final = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


def check_ordinary_traffic(forecast: Forecast) -> Iterator[Finding]:
    """Yield the alarms that the traffic of the last day would trip in the first bake."""
    for alarm in forecast.alarms.values():
        traffic = forecast.traffic_of(alarm)
        if can_never_trip(alarm, forecast):
            continue
        if traffic and forecast.schedule.bakes and _counts_requests(alarm):
            yield from _check_alarm(alarm, traffic, forecast)


def _counts_requests(alarm: Alarm) -> bool:
    metric = alarm.metric
    if metric is None or metric.namespace != INVOCATION or alarm.comparison not in COMPARE:
        return False
    counted = metric.name == "Invocations" and metric.statistic == "Sum"
    return counted or (metric.name in OF_REQUESTS and metric.statistic == "SampleCount")


def _check_alarm(alarm: Alarm, traffic: Traffic, forecast: Forecast) -> Iterator[Finding]:
    share = _share_seen(alarm, forecast)
    if share is None:
        return
    counts = [per_minute * share * alarm.period_seconds / MINUTE for per_minute in _levels(traffic)]
    trips = [COMPARE[alarm.comparison](count, alarm.threshold) for count in counts]
    if any(trips):
        sure = _is_sure(alarm, counts, traffic, forecast)
        yield _trips(alarm, counts, "ERROR" if sure else "WARNING")


def _levels(traffic: Traffic) -> tuple[float, ...]:
    """The least and the most of a minute, where they are known; otherwise the mean."""
    lowest, highest = traffic.lowest_per_minute, traffic.highest_per_minute
    if lowest is None or highest is None:
        return (traffic.mean_per_minute,)
    return lowest, highest


def _share_seen(alarm: Alarm, forecast: Forecast) -> float | None:
    """The part of the variant's requests that the alarm counts in the first bake."""
    scope = forecast.scopes[alarm.name]
    if scope is AlarmScope.BOTH:
        return 1.0
    bake, shifts = forecast.schedule.bakes[0], forecast.schedule.shifts
    made = sum(shift.starts_after < bake.starts_after for shift in shifts)
    shares = forecast.shares(variant_seen(alarm, forecast.fleets))
    return shares[made - 1] if scope is AlarmScope.GREEN and made else None


def _is_sure(alarm: Alarm, counts: Sequence[float], traffic: Traffic, forecast: Forecast) -> bool:
    """Whether each level trips it in time, and the same traffic does not leave it OK now.

    Requests are whole, and a period without any has no datapoint.
    """
    bake = forecast.schedule.bakes[0]
    needed = alarm.datapoints_to_alarm * alarm.period_seconds + MINUTE + MOST_LAG_SECONDS
    known = traffic.lowest_per_minute is not None and traffic.highest_per_minute is not None
    whole = [*(floor(n + ALMOST) for n in counts), *(ceil(n - ALMOST) for n in counts)]
    trips = [COMPARE[alarm.comparison](count, alarm.threshold) for count in whole]
    is_ok_now = forecast.scopes[alarm.name] is AlarmScope.BOTH and alarm.state == "OK"
    doubtful = asks_for_doubtful_unit(alarm) or unproven_metrics(alarm, forecast)
    data = min(whole) > 0 and not doubtful
    return known and all(trips) and data and needed <= bake.seconds and not is_ok_now


def _trips(alarm: Alarm, counts: Sequence[float], severity: Severity) -> Finding:
    least, most = f"{min(counts):,.4g}", f"{max(counts):,.4g}"
    came = least if least == most else f"{least} to {most}"
    message = (
        f"The alarm {quoted(alarm.name)} counts requests, and trips at {_condition(alarm)} in"
        f" {alarm.period_seconds} s. Going by the last day, it counts {came} of them in the first"
        " bake, so it may roll back however well green does."
    )
    fix = "Watch errors or latency instead, or check its comparison."
    return Finding("alarm-trips-on-traffic", severity, message, fix, alarm.name)


def _condition(alarm: Alarm) -> str:
    words = "more than" if alarm.comparison.startswith("Greater") else "fewer than"
    equal = "exactly or " if "EqualTo" in alarm.comparison else ""
    return f"{equal}{words} {alarm.threshold:,.10g}"
