"""Whether the alarms can trip in the bakes, in which alone they count, and in time."""

from collections.abc import Iterator
from typing import Final

from bluegreen.check.alarm_reach import (
    BREACHING,
    can_never_trip,
    guardrail_never_trips,
    is_not_known,
    trips_without_green,
)
from bluegreen.check.alarm_scope import AlarmScope, variant_seen
from bluegreen.check.alarm_timing import MINUTE, MOST_LAG_SECONDS, breaches
from bluegreen.check.forecast import Forecast
from bluegreen.check.not_asked import TRAFFIC, Result
from bluegreen.check.rules.alarm_metrics import condition_of
from bluegreen.check.situation import Alarm
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import and_listed, quoted
from bluegreen.guardrails.asked import ABORT, JUDGED_BEFORE_THE_END, SHORTEST_JUDGED
from bluegreen.sagemaker.metrics import ERRORS
from bluegreen.sagemaker.schedule import PlannedStage

HALF: Final = 0.5
MOST_BAKES: Final = 4

SHORTEST_SECONDS: Final = SHORTEST_JUDGED.seconds
"""Of a bake in which NotEnoughData is judged."""


def check_bakes(forecast: Forecast) -> Iterator[Result]:
    """Yield which alarms cannot trip in which bakes, or may trip too late for them."""
    if not (forecast.alarms or forecast.guardrails) or not forecast.schedule.bakes:
        return
    able = [alarm for alarm in forecast.alarms.values() if not can_never_trip(alarm, forecast)]
    for alarm in able:
        yield from _check_alarm(alarm, _in_time_for(alarm.name, forecast), forecast)
    yield from _check_protection(able, forecast)
    yield from _check_judging(forecast)
    if forecast.situation.traffic is None:
        yield _traffic_unknown(forecast) if forecast.situation.was_asked("traffic") else TRAFFIC


def _check_protection(able: list[Alarm], forecast: Forecast) -> Iterator[Finding]:
    """Yield the bakes in which nothing can trip; nobody knows it of alarms that were not read."""
    by_alarms = {bake for alarm in able for bake in _in_time_for(alarm.name, forecast)}
    guarded = set(_guarded(forecast))
    bakes = forecast.schedule.bakes
    unprotected = [bake for bake in bakes if bake not in by_alarms | guarded]
    only_unknown = guarded != set(bakes) and all(is_not_known(alarm, forecast) for alarm in able)
    if unprotected and not forecast.has_unread_alarms:
        yield _unprotected(unprotected, able, forecast)
    elif not unprotected and only_unknown and not _are_told_of(able):
        yield _not_known(able)


def _guarded(forecast: Forecast) -> Iterator[PlannedStage]:
    """Yield the bakes in which a guardrail can trip."""
    able = [each for each in forecast.guardrails if not guardrail_never_trips(each, forecast)]
    earliest = [forecast.earliest_of_guardrail(each) for each in able]
    soonest = min((at for at in earliest if at is not None), default=None)
    for bake in forecast.schedule.bakes:
        if soonest is not None and soonest < bake.ends_after:
            yield bake


def _check_judging(forecast: Forecast) -> Iterator[Finding]:
    """Yield what keeps NotEnoughData from rolling back: no abort alarm, or bakes too short."""
    if not forecast.guardrails or forecast.request.not_enough_data != ABORT:
        return
    short = [bake for bake in forecast.schedule.bakes if bake.seconds < SHORTEST_SECONDS]
    if not forecast.situation.makes_abort_alarm:
        yield _cannot_abort()
    elif short:
        yield _not_judged(short)


def _cannot_abort() -> Finding:
    message = (
        "NotEnoughData is ABORT, and the stack makes no abort alarm, by which alone a deployment"
        " can be rolled back for too little data. It is told of, and goes on."
    )
    fix = "Set the stack's parameter AbortAlarm to true, or NotEnoughData to WARN."
    return Finding("not-enough-data-no-abort", "WARNING", message, fix)


def _not_judged(bakes: list[PlannedStage]) -> Finding:
    message = (
        f"NotEnoughData is ABORT, which is judged {JUDGED_BEFORE_THE_END.seconds} s before the end"
        f" of a bake of {SHORTEST_SECONDS} s or longer. Not so in {_bakes_in_words(bakes)}: there"
        " too little data rolls nothing back."
    )
    fix = f"Bake for {SHORTEST_SECONDS} s or longer."
    return Finding("not-enough-data-bake", "WARNING", message, fix)


def _are_told_of(alarms: list[Alarm]) -> bool:
    """Whether each has a WARNING of its own, which says as much."""
    return all(alarm.composite or alarm.log or alarm.fails_to_evaluate for alarm in alarms)


def bakes_of(name: str, forecast: Forecast) -> list[PlannedStage]:
    """The bakes in which an alarm can trip if green fails every request from the first on."""
    if can_never_trip(forecast.alarms[name], forecast):
        return []
    return _in_time_for(name, forecast)


def _in_time_for(name: str, forecast: Forecast) -> list[PlannedStage]:
    earliest = forecast.timings[name].earliest
    if earliest is None:
        return []
    return [bake for bake in forecast.schedule.bakes if earliest < bake.ends_after]


def _check_alarm(alarm: Alarm, bakes: list[PlannedStage], forecast: Forecast) -> Iterator[Finding]:
    lost = [bake for bake in forecast.schedule.bakes if bake not in set(bakes)]
    if lost:
        yield _cannot_trip(alarm, lost, forecast)
    latest = forecast.timings[alarm.name].latest
    needed = alarm.datapoints_to_alarm * alarm.period_seconds + MOST_LAG_SECONDS
    too_few = _has_too_few_requests(alarm, forecast)
    late = [
        bake
        for bake in bakes
        if needed > bake.seconds or (latest or 0) >= bake.ends_after or too_few
    ]
    if late and not is_not_known(alarm, forecast):
        yield _may_be_late(alarm, late, needed, forecast)
    yield from _check_dilution(alarm, forecast)
    yield from _check_traffic(alarm, forecast)


def _has_too_few_requests(alarm: Alarm, forecast: Forecast) -> bool:
    """Whether a Sum needs more requests than came on the mean of the last day."""
    sums = alarm.metric is not None and alarm.metric.statistic == "Sum"
    counted = forecast.situation.traffic is not None
    return sums and counted and forecast.timings[alarm.name].latest is None


def _cannot_trip(alarm: Alarm, bakes: list[PlannedStage], forecast: Forecast) -> Finding:
    earliest, first = forecast.timings[alarm.name].earliest, forecast.schedule.first_traffic
    when = "never trips in a bake"
    if earliest is not None:
        when = f"trips {earliest - first.ends_after} s after green's first request at the earliest"
    cannot = "can trip only on missing data" if alarm.missing_data == BREACHING else "cannot trip"
    message = (
        f"The alarm {quoted(alarm.name)} {cannot} in {_bakes_in_words(bakes)}. It needs"
        f" {_data_in_words(alarm)}, and at first green has {first.traffic_percent} % of the"
        f" requests. Even if green fails all of them, the alarm {when}."
    )
    fix = "Use a shorter Period, fewer datapoints, a lower threshold or a longer bake."
    return Finding("alarm-cannot-trip-in-bake", "WARNING", message, fix, alarm.name)


def _data_in_words(alarm: Alarm) -> str:
    condition = f" with {condition_of(alarm)}" if alarm.metric else ""
    wanted = f"{alarm.datapoints_to_alarm} of {alarm.evaluation_periods} datapoints"
    return f"{wanted} of {alarm.period_seconds} s{condition}"


def _bakes_in_words(bakes: list[PlannedStage]) -> str:
    shown = [f"{bake.seconds} s at {bake.traffic_percent} %" for bake in bakes[:MOST_BAKES]]
    if len(bakes) > MOST_BAKES:
        return f"the bakes of {', '.join(shown)} and {len(bakes) - MOST_BAKES} more"
    *first, last = shown
    start = f"the bakes of {', '.join(first)} and" if first else "the bake of"
    return f"{start} {last} of the traffic"


def _may_be_late(
    alarm: Alarm, bakes: list[PlannedStage], needed: int, forecast: Forecast
) -> Finding:
    message = (
        f"The alarm {quoted(alarm.name)} may trip too late for {_bakes_in_words(bakes)}. It needs"
        f" {_data_in_words(alarm)}, which takes up to {needed} s with CloudWatch's delay."
    )
    latest, first = forecast.timings[alarm.name].latest, forecast.schedule.first_traffic
    if latest is not None and latest - first.ends_after > needed:
        after = latest - first.ends_after
        message += f" At the latest it trips {after} s after green's first request."
    if _has_too_few_requests(alarm, forecast):
        message += " Going by the last day, green gets too few requests for that Sum."
    fix = "Bake for longer, or use a shorter Period, fewer datapoints or a lower threshold."
    return Finding("alarm-may-miss-bake", "WARNING", message, fix, alarm.name)


def _unprotected(bakes: list[PlannedStage], able: list[Alarm], forecast: Forecast) -> Finding:
    apart = any(trips_without_green(alarm, forecast) for alarm in forecast.alarms.values())
    can = "can trip because of green" if apart else "can trip"
    message = f"No alarm {can} in {_bakes_in_words(bakes)}, however badly the green fleet fails."
    fix = "Bake for longer, or use a shorter Period, fewer datapoints or a lower threshold."
    if forecast.guardrails and not able:
        fix = "Bake for longer, so that the periods of the guardrails fit into it."
    elif not able:
        fix = "Mend the alarms, or name others, on Invocation5XXErrors and ModelLatency."
    return Finding("bake-unprotected", "ERROR", message, fix)


def _not_known(alarms: list[Alarm]) -> Finding:
    names = and_listed([alarm.name for alarm in alarms])
    message = (
        "Whether any alarm can trip in a bake is not known: it is not known whether what"
        f" {names} {'watches' if len(alarms) == 1 else 'watch'} shows green."
    )
    fix = "Name an alarm on Invocation5XXErrors and one on ModelLatency of this endpoint beside it."
    return Finding("protection-not-known", "WARNING", message, fix)


def _check_dilution(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    """Yield whether a fleet that fails half of its requests goes unnoticed in the first step."""
    metric = alarm.metric
    averages = metric is not None and metric.name in ERRORS and metric.statistic == "Average"
    if not averages or forecast.scopes[alarm.name] is not AlarmScope.BOTH:
        return
    share, worst = forecast.shares(variant_seen(alarm, forecast.fleets))[0], forecast.worst
    breaching = [breaches(alarm, part, worst) for part in (share, share * HALF)]
    if share < 1 and breaching == [True, False]:
        message = (
            f"The alarm {quoted(alarm.name)} does not notice a green fleet that fails half of its"
            f" requests: at {100 * share:.0f} % of the traffic that is an error rate of"
            f" {100 * share * HALF:.1f} %, and the threshold is {100 * alarm.threshold:g} %."
        )
        fix = "Lower the threshold, or watch the green fleet alone."
        yield Finding("alarm-diluted", "WARNING", message, fix, alarm.name)


def _check_traffic(alarm: Alarm, forecast: Forecast) -> Iterator[Finding]:
    variant = variant_seen(alarm, forecast.fleets)
    traffic = (forecast.situation.traffic or {}).get(variant)
    shares = forecast.shares(variant)
    if traffic is None or not shares or forecast.scopes[alarm.name] is AlarmScope.UNKNOWN:
        return
    bake = forecast.schedule.bakes[0]
    shifts = sum(s.starts_after < bake.starts_after for s in forecast.schedule.shifts)
    requests = traffic.mean_per_minute * shares[shifts - 1] * bake.seconds / MINUTE
    if requests < alarm.datapoints_to_alarm:
        yield _too_little_traffic(alarm, requests, bake)


def _too_little_traffic(alarm: Alarm, requests: float, bake: PlannedStage) -> Finding:
    wanted = alarm.datapoints_to_alarm
    message = (
        f"Going by the last day, green gets about {requests:.2g} requests in"
        f" {_bakes_in_words([bake])}, but the alarm {quoted(alarm.name)} needs {wanted}"
        f" datapoint{'' if wanted == 1 else 's'}. It treats missing data as {alarm.missing_data}."
    )
    fix = "Send requests of your own during the bakes, or bake for longer."
    return Finding("alarm-too-little-traffic", "WARNING", message, fix, alarm.name)


def _traffic_unknown(forecast: Forecast) -> Finding:
    why = forecast.situation.why_unknown("traffic")
    message = f"How many requests come is not known: {why}. The check assumes steady traffic."
    return Finding("traffic-not-checked", "INFO", message)
