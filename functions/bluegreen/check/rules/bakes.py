"""Whether the alarms can trip while they count: in which bakes, how surely, on which failures."""

from collections.abc import Iterator
from typing import Final

from bluegreen.check.alarm_scope import ERRORS, AlarmScope, variant_seen
from bluegreen.check.alarm_timing import MINUTE, MOST_LAG_SECONDS, breaches
from bluegreen.check.forecast import Forecast
from bluegreen.check.rules.alarms import is_blind
from bluegreen.check.situation import Alarm
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import QUOTE_LENGTH, in_figures, plain, quoted
from bluegreen.sagemaker.schedule import PlannedStage

HALF: Final = 0.5
MOST_BAKES: Final = 4


def check_bakes(forecast: Forecast) -> Iterator[Finding]:
    """Yield which alarms cannot trip in which bakes, or may miss them."""
    if not forecast.alarms or not forecast.schedule.bakes:
        return
    guarded: set[PlannedStage] = set()
    for name, alarm in forecast.alarms.items():
        if not is_blind(alarm, forecast):
            bakes = _possible(name, forecast)
            guarded.update(bakes)
            yield from _check_alarm(alarm, bakes, forecast)
    unprotected = [bake for bake in forecast.schedule.bakes if bake not in guarded]
    if unprotected:
        yield _unprotected(unprotected)
    if forecast.situation.traffic is None:
        yield _traffic_unknown(forecast)


def bakes_of(name: str, forecast: Forecast) -> list[PlannedStage]:
    """The bakes in which an alarm can trip if green fails as badly as it can from the first on."""
    return [] if is_blind(forecast.alarms[name], forecast) else _possible(name, forecast)


def _possible(name: str, forecast: Forecast) -> list[PlannedStage]:
    earliest = forecast.timings[name].earliest
    if earliest is None:
        return []
    return [bake for bake in forecast.schedule.bakes if earliest < bake.ends_after]


def _check_alarm(alarm: Alarm, bakes: list[PlannedStage], forecast: Forecast) -> Iterator[Finding]:
    possible = set(bakes)
    lost = [bake for bake in forecast.schedule.bakes if bake not in possible]
    if lost:
        yield _cannot(alarm, lost, forecast)
    latest = forecast.timings[alarm.name].latest
    needed = alarm.datapoints_to_alarm * alarm.period_seconds + MOST_LAG_SECONDS
    by_traffic = latest is None and alarm.metric is not None and alarm.metric.statistic == "Sum"
    missed = [
        bake
        for bake in bakes
        if needed > bake.seconds
        or (latest or 0) >= bake.ends_after
        or (by_traffic and forecast.situation.traffic is not None)
    ]
    if missed and not alarm.composite:
        yield _may_miss(alarm, missed, needed)
    yield from _check_dilution(alarm, forecast)
    yield from _check_traffic(alarm, forecast)


def _cannot(alarm: Alarm, bakes: list[PlannedStage], forecast: Forecast) -> Finding:
    reach, first = forecast.timings[alarm.name].earliest, forecast.schedule.first_traffic
    when = "does not trip in any bake"
    if reach is not None:
        when = f"trips {reach - first.ends_after} s after its first request at the earliest"
    share = f"green has {first.traffic_percent} % of the requests at first"
    message = (
        f"The alarm {quoted(alarm.name)} cannot trip in {_in_words(bakes)}: {_rule(alarm)}, and"
        f" {share}. If green fails every request, it {when}."
    )
    fix = "Use a shorter Period, fewer datapoints, a lower threshold, or a longer bake."
    return Finding("alarm-cannot-trip-in-bake", "WARNING", message, fix)


def _rule(alarm: Alarm) -> str:
    metric = alarm.metric
    name = plain(metric.name, QUOTE_LENGTH) if metric else ""
    what = f"{metric.statistic} {name} against {in_figures(alarm.threshold)}, " if metric else ""
    return (
        f"it takes {what}{alarm.datapoints_to_alarm} of {alarm.evaluation_periods} datapoints of"
        f" {alarm.period_seconds} s"
    )


def _in_words(bakes: list[PlannedStage]) -> str:
    shown = [f"{bake.seconds} s at {bake.traffic_percent} %" for bake in bakes[:MOST_BAKES]]
    more = [f"{len(bakes) - MOST_BAKES} more"] if len(bakes) > MOST_BAKES else []
    return f"the bake of {' and of '.join(shown + more)}"


def _may_miss(alarm: Alarm, bakes: list[PlannedStage], needed: int) -> Finding:
    message = (
        f"The alarm {quoted(alarm.name)} may miss a failure in {_in_words(bakes)}: {_rule(alarm)},"
        f" with CloudWatch's delay up to {needed} s, and more if blue's requests dilute it."
    )
    fix = "Bake for longer, or use a shorter Period, fewer datapoints, or a lower threshold."
    return Finding("alarm-may-miss-bake", "WARNING", message, fix)


def _unprotected(bakes: list[PlannedStage]) -> Finding:
    message = (
        f"None of the alarms can trip in {_in_words(bakes)}, however badly the green fleet fails."
    )
    fix = "Bake for longer, or use alarms with less data and thresholds that can be reached."
    return Finding("bake-unprotected", "ERROR", message, fix)


def _check_dilution(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    """Yield whether a fleet that fails half of its requests goes unnoticed in the first step."""
    metric = alarm.metric
    averages = metric is not None and metric.name in ERRORS and metric.statistic == "Average"
    if not averages or forecast.scopes[alarm.name] is not AlarmScope.BOTH:
        return
    share, worst = forecast.shares(variant_seen(alarm, forecast.place))[0], forecast.worst
    seen = [breaches(alarm, part, worst) for part in (share, share * HALF)]
    if share < 1 and seen == [True, False]:
        message = (
            f"At {100 * share:.0f} % of the traffic, a green fleet that fails half of its requests"
            f" moves the rate that {quoted(alarm.name)} sees by {100 * share * HALF:.1f} points;"
            f" its threshold is {100 * alarm.threshold:g} %."
        )
        fix = "Lower the threshold in proportion to the share, or watch the green fleet alone."
        yield Finding("alarm-diluted", "WARNING", message, fix)


def _check_traffic(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    variant = variant_seen(alarm, forecast.place)
    traffic = (forecast.situation.traffic or {}).get(variant)
    shares = forecast.shares(variant)
    if traffic is None or not shares or forecast.scopes[alarm.name] is AlarmScope.UNKNOWN:
        return
    bake = forecast.schedule.bakes[0]
    shifts = sum(s.starts_after < bake.starts_after for s in forecast.schedule.shifts)
    requests = traffic.mean_per_minute * shares[shifts - 1] * bake.seconds / MINUTE
    if requests < alarm.datapoints_to_alarm:
        message = (
            f"Green gets about {requests:.2g} requests in {_in_words([bake])}, by the last day's"
            f" traffic; {quoted(alarm.name)} needs {alarm.datapoints_to_alarm} datapoints, and"
            f" takes missing ones for {alarm.missing_data}."
        )
        fix = "Send requests of your own during the bakes, or make them longer."
        yield Finding("alarm-too-little-traffic", "WARNING", message, fix)


def _traffic_unknown(forecast: Forecast) -> Finding:
    why = forecast.situation.why_unknown("traffic")
    message = f"How many requests come is not known: {why}. Steady traffic is assumed."
    return Finding("traffic-not-checked", "INFO", message)
