"""Whether each variant is watched, and whether each defect would be seen in it."""

from collections.abc import Iterator, Sequence
from typing import Final

from bluegreen.check.alarm_reach import can_never_trip, is_not_known
from bluegreen.check.alarm_scope import sees
from bluegreen.check.config_changes import changed_variants
from bluegreen.check.forecast import Forecast
from bluegreen.check.protection import (
    GUARDED_BY,
    Defect,
    Seen,
    could_see,
    guardrail_could_see,
)
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import and_listed

UNSEEN: Final = {
    Defect.ERRORS: "answers every request with a 5XX at once",
    Defect.LATENCY: "answers well but far too late",
}
"""What a green fleet does that has a defect."""

METRIC_OF: Final = {Defect.ERRORS: "Invocation5XXErrors", Defect.LATENCY: "ModelLatency"}


def check_coverage(forecast: Forecast) -> Iterator[Finding]:
    """Yield the variants that no alarm sees, and the defects that none of them would see."""
    if len(forecast.alarms) < len(set(forecast.policy.alarms)):
        return  # one that is missing is told elsewhere, and so is that there is none at all
    unable = all(can_never_trip(alarm, forecast) for alarm in forecast.alarms.values())
    if unable and not forecast.guardrails:
        return
    unwatched = [variant for variant in _needing(forecast) if _sight(variant, forecast) is not True]
    if len(forecast.green) > 1:
        yield from _check_variants(unwatched, forecast)
    watched = [v for v in _needing(forecast) if v not in unwatched and forecast.has_traffic(v)]
    yield from _check_defects(watched, forecast)


def _needing(forecast: Forecast) -> list[str]:
    """The variants to watch: beside guardrails an alarm is for those alone that change."""
    if not forecast.guardrails:
        return list(forecast.green)
    changed = changed_variants(forecast.situation.live, forecast.requested)
    return [variant for variant in forecast.green if variant in changed]


def _sight(variant: str, forecast: Forecast) -> bool | None:
    """Whether an alarm sees a variant; None: nobody knows."""
    able = [alarm for alarm in forecast.alarms.values() if not can_never_trip(alarm, forecast)]
    seen = [sees(alarm, variant, forecast.fleets) for alarm in able]
    unknown = any(is_not_known(alarm, forecast) for alarm in able)
    if True in seen or forecast.guards_of(variant):
        return True
    return None if None in seen or unknown else False


def _check_variants(unwatched: Sequence[str], forecast: Forecast) -> Iterator[Finding]:
    idle = [variant for variant in unwatched if not forecast.has_traffic(variant)]
    serving = [variant for variant in unwatched if forecast.has_traffic(variant)]
    unseen = [variant for variant in serving if _sight(variant, forecast) is False]
    unknown = [variant for variant in serving if variant not in unseen]
    if unseen:
        yield _unwatched(unseen)
    if unknown:
        yield _perhaps_unwatched(unknown)
    if idle:
        yield _idle(idle)


def _unwatched(variants: Sequence[str]) -> Finding:
    message = (
        f"No alarm sees {_named(variants)}: a green fleet there that fails every request would not"
        " be rolled back."
    )
    return Finding("variant-unwatched", "ERROR", message, _fix(variants))


def _perhaps_unwatched(variants: Sequence[str]) -> Finding:
    message = f"Whether any alarm sees {_named(variants)} is not known."
    return Finding("variant-unwatched", "WARNING", message, _fix(variants))


def _idle(variants: Sequence[str]) -> Finding:
    message = f"No alarm is known to see {_named(variants)}, of weight 0: no request goes there."
    return Finding("variant-unwatched", "INFO", message)


def _named(variants: Sequence[str]) -> str:
    return f"{'the variant' if len(variants) == 1 else 'the variants'} {and_listed(variants)}"


def _fix(variants: Sequence[str]) -> str:
    return (
        f"Let one alarm watch an expression over all variants, such as MAX([m1, m2]) with a metric"
        f" of each, {and_listed(variants)} included."
    )


def _check_defects(variants: Sequence[str], forecast: Forecast) -> Iterator[Finding]:
    """Yield one finding for all that would pass unseen."""
    unseen = [(v, d) for d in Defect for v in variants if not _is_perhaps_seen(v, d, forecast)]
    defects = list(dict.fromkeys(defect for _, defect in unseen))
    if not defects:
        return
    blind = list(dict.fromkeys(variant for variant, _ in unseen))
    what = ", nor one that ".join(UNSEEN[defect] for defect in defects)
    message = f"No alarm would see a green fleet of {_named(blind)} that {what}."
    metrics = " and one on ".join(METRIC_OF[defect] for defect in defects)
    yield Finding("defect-unseen", "WARNING", message, f"Name an alarm on {metrics} as well.")


def _is_perhaps_seen(variant: str, defect: Defect, forecast: Forecast) -> bool:
    """Whether an alarm could see it; what was asked for and is not made has its own finding."""
    guards, alarms = forecast.guards_of(variant), forecast.alarms.values()
    if guards and GUARDED_BY[defect] in forecast.asked_metrics:
        return True
    seen = [could_see(alarm, variant, defect, forecast) for alarm in alarms]
    seen += [guardrail_could_see(guardrail, defect, forecast) for guardrail in guards]
    return any(each is not Seen.NO for each in seen)
