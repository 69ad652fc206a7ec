"""What the check says of a pair, held against what happened: each contradiction in words."""

from collections.abc import Callable, Iterator
from typing import Final

from bluegreen.check.alarm_scope import SEES_NOTHING_OF_GREEN
from bluegreen.check.alarm_timing import MOST_LAG_SECONDS
from bluegreen.check.forecast import Forecast
from bluegreen.check.protection import GUARDED_BY, Defect, Seen, protection_of, seen_by
from bluegreen.check.rules.bakes import bakes_of
from bluegreen.contract.findings import Finding
from bluegreen.guardrails.guardrail import Guardrail
from drawn.pairs import HOST
from drawn.world import Green, Tried

SHOWING: Final = {Defect.ERRORS: Green.FAILS, Defect.LATENCY: Green.LATE}
"""The green fleet that has just that defect."""


def contradictions(tried: Tried) -> list[str]:
    """What the check said that was not so; nothing is said where there is no bake."""
    forecast = tried.checked.forecast
    assert forecast is not None
    if not forecast.schedule.bakes:
        return []
    words = [words for claim in CLAIMS for words in claim(tried, forecast)]
    return [f"pair {tried.pair.number}: {each}" for each in words]


def _no_alarm_trips_in_a_bake_in_which_it_cannot(tried: Tried, forecast: Forecast) -> Iterator[str]:
    for place, name in enumerate(tried.names):
        possible = set(bakes_of(name, forecast))
        for bake in forecast.schedule.bakes:
            if bake in possible:
                continue
            for green, trial in tried.trials.items():
                within = [
                    at for at in trial.tripped[place] if bake.starts_after <= at < bake.ends_after
                ]
                if within and not _is_over(within[0], trial.rolled_back):
                    if _trips_without_green(place, name, within[0], tried, forecast):
                        continue
                    yield (
                        f"{name} cannot trip in the bake from {bake.starts_after} to"
                        f" {bake.ends_after} s, and did after {within[0]:g} s: {green}"
                    )


def _trips_without_green(
    place: int, name: str, at: float, tried: Tried, forecast: Forecast
) -> bool:
    """Whether an alarm on blue, or on missing data, trips just so where green is healthy.

    Then it is not said that it cannot trip, but that it cannot by what green does.
    """
    alarm, healthy = forecast.alarms[name], tried.trials[Green.HEALTHY].tripped[place]
    apart = forecast.scopes[name] in SEES_NOTHING_OF_GREEN or alarm.missing_data == "breaching"
    return apart and at in healthy


def _is_over(at: float, rolled_back: float | None) -> bool:
    return rolled_back is not None and at > rolled_back


def _no_guardrail_trips_before_it_can(tried: Tried, forecast: Forecast) -> Iterator[str]:
    """Nor at all where green does not have its defect."""
    for place, guardrail in enumerate(forecast.guardrails):
        earliest = forecast.timing_of_guardrail(guardrail).earliest
        for green, trial in tried.trials.items():
            first = next(iter(trial.guards_tripped[place]), None)
            if first is None or _is_over(first, trial.rolled_back):
                continue
            if not _shows(green, guardrail, tried) or earliest is None or first < earliest:
                yield (
                    f"{guardrail.alarm} cannot trip before {earliest} s, and did after"
                    f" {first:g} s: {green}"
                )


def _shows(green: Green, guardrail: Guardrail, tried: Tried) -> bool:
    """Whether green has the defect of a guardrail, which without auto-rollback is any."""
    shown = {SHOWING[defect] for defect, metric in GUARDED_BY.items() if metric == guardrail.metric}
    return (
        guardrail.variant in tried.pair.bad and bool(shown) and green in (*shown, Green.UNGUARDED)
    )


def _what_is_seen_is_rolled_back_in_time(tried: Tried, forecast: Forecast) -> Iterator[str]:
    for watch in protection_of(forecast):
        if watch.seen is not Seen.YES or watch.variant not in tried.pair.bad:
            continue
        assert watch.timing is not None
        assert watch.timing.latest is not None
        back = tried.trials[SHOWING[watch.defect]].rolled_back
        latest = watch.timing.latest - MOST_LAG_SECONDS + tried.lag
        if back is None or back > latest:
            yield (
                f"{watch.alarm} sees {watch.defect} of {watch.variant} after {latest} s at the"
                f" latest, as late as alarms are here, but it was rolled back after {back} s"
            )


def _what_is_not_seen_is_not_rolled_back(tried: Tried, forecast: Forecast) -> Iterator[str]:
    if tried.trials[Green.HEALTHY].rolled_back is not None:
        return
    for defect, green in SHOWING.items():
        rows = {row.variant: row.seen for row in protection_of(forecast) if row.defect is defect}
        seen = {rows.get(variant) for variant in tried.pair.bad}  # of weight 0 nothing is said
        back = tried.trials[green].rolled_back
        if back is not None and seen == {Seen.NO} and not _by_instances(back, green, tried):
            yield f"no alarm sees {defect}, but it was rolled back after {back} s"


def _by_instances(at: float, green: Green, tried: Tried) -> bool:
    """Whether a metric of instances tripped it, whose values in the embedded AWS are assumed."""
    namespaces = [
        alarm.get("Namespace")
        for alarm, trips in zip(tried.pair.alarms, tried.trials[green].tripped, strict=True)
        if at in trips
    ]
    return HOST in namespaces


def _an_alarm_without_warnings_acts_in_the_first_bake(
    tried: Tried, forecast: Forecast
) -> Iterator[str]:
    back = tried.trials[Green.FAILS].rolled_back
    first = forecast.schedule.bakes[0]
    if back is not None and back <= first.ends_after:
        return
    for name in tried.names:
        if _warnings(tried, name):
            continue
        for variant in tried.pair.bad:
            if seen_by(forecast.alarms[name], variant, Defect.ERRORS, forecast) is Seen.YES:
                yield f"{name} has no warning, but a green that fails was rolled back after {back}"


def _warnings(tried: Tried, alarm: str) -> list[Finding]:
    return [
        finding
        for finding in tried.checked.findings
        if finding.severity != "INFO" and alarm in finding.message
    ]


def _an_alarm_without_warnings_leaves_a_healthy_green(
    tried: Tried, forecast: Forecast
) -> Iterator[str]:
    trial, begin = tried.trials[Green.HEALTHY], forecast.schedule.first_traffic.ends_after
    end = forecast.schedule.bakes[-1].ends_after
    for place, name in enumerate(tried.names):
        trips = [at for at in trial.tripped[place] if not _is_over(at, trial.rolled_back)]
        in_alarm = forecast.alarms[name].state == "ALARM"
        if (in_alarm or any(begin < at <= end for at in trips)) and not _warnings(tried, name):
            yield f"{name} has no warning, but a healthy green tripped it after {trips} s"


def _errors_are_sure(tried: Tried, forecast: Forecast) -> Iterator[str]:
    """What is said to roll back whatever green does has done so by the end of the first bake."""
    first, back = forecast.schedule.bakes[0], tried.trials[Green.HEALTHY].rolled_back
    ids = {finding.id for finding in tried.checked.findings if finding.severity == "ERROR"}
    said = ids & {"alarm-trips-on-traffic", "alarm-breaching-before-traffic"}
    if any(_stays_in_alarm(place, name, tried, forecast) for place, name in enumerate(tried.names)):
        said.add("alarm-in-alarm")
    if said and (back is None or back > first.ends_after):
        yield f"{', '.join(said)}: a healthy green was rolled back after {back} s"


def _stays_in_alarm(place: int, name: str, tried: Tried, forecast: Forecast) -> bool:
    """Whether an alarm is in ALARM when it is checked, and still is at green's first request."""
    left = tried.trials[Green.HEALTHY].left[place]
    first = forecast.schedule.first_traffic.ends_after
    return forecast.alarms[name].state == "ALARM" and not any(at < first for at in left)


def _without_warnings_all_is_well(tried: Tried, _forecast: Forecast) -> Iterator[str]:
    found = tried.checked.findings
    not_judged = "alarm-not-judged" in {finding.id for finding in found}
    if not_judged or any(finding.severity != "INFO" for finding in found):
        return
    for green, wanted in ((Green.HEALTHY, False), (Green.FAILS, True), (Green.LATE, True)):
        back = tried.trials[green].rolled_back
        if (back is not None) != wanted:
            yield f"no warning at all, but a green that is {green} was rolled back after {back} s"


CLAIMS: Final[tuple[Callable[[Tried, Forecast], Iterator[str]], ...]] = (
    _no_alarm_trips_in_a_bake_in_which_it_cannot,
    _no_guardrail_trips_before_it_can,
    _what_is_seen_is_rolled_back_in_time,
    _what_is_not_seen_is_not_rolled_back,
    _an_alarm_without_warnings_acts_in_the_first_bake,
    _an_alarm_without_warnings_leaves_a_healthy_green,
    _errors_are_sure,
    _without_warnings_all_is_well,
)
