"""What a bad green would look like in each variant, and which alarm would see it, and when.

Two defects are told apart, since an alarm that sees one need not see the other: every request is
answered with a 5XX at once, or every request is answered well, but very late.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bluegreen.check.alarm_reach import (
    asks_for_doubtful_unit,
    can_never_trip,
    guardrail_never_trips,
    is_not_known,
    unproven_metrics,
)
from bluegreen.check.alarm_scope import sees
from bluegreen.check.alarm_timing import (
    LONGEST_ANSWER_MICROSECONDS,
    LONGEST_ASYNCHRONOUS_MICROSECONDS,
    AlarmTiming,
    Worst,
)
from bluegreen.check.forecast import Forecast
from bluegreen.check.situation import Alarm, Metric
from bluegreen.contract.plan import ProtectionDocument
from bluegreen.contract.text import QUOTE_LENGTH, cut
from bluegreen.guardrails.asked import LATENCY, SERVER_ERRORS
from bluegreen.guardrails.guardrail import Guardrail


class Defect(StrEnum):
    """How a green fleet can be bad from its first request on."""

    ERRORS = "5XX"
    LATENCY = "LATENCY"


class Seen(StrEnum):
    """Whether an alarm would see a defect, the best first; PERHAPS: nothing is sure of it."""

    YES = "YES"
    PERHAPS = "PERHAPS"
    NOT_KNOWN = "NOT_KNOWN"
    NO = "NO"


SHOWN_BY: Final[Mapping[Defect, frozenset[str]]] = {
    Defect.ERRORS: frozenset(
        {"Invocation5XXErrors", "InvocationModelErrors", "InvocationFailures", "MidStreamErrors"}
    ),
    Defect.LATENCY: frozenset(
        {
            "ModelLatency",
            "ContainerLatency",
            "FirstChunkLatency",
            "TimeInBacklog",
            "TotalProcessingTime",
            "ApproximateAgeOfOldestRequest",
        }
    ),
}
"""The metrics in which a defect shows."""

GUARDED_BY: Final = {Defect.ERRORS: SERVER_ERRORS, Defect.LATENCY: LATENCY}
"""The metric of the guardrails that see a defect."""

_WORST_ERRORS: Final = {"Invocation5XXErrors": 1.0, "InvocationModelErrors": 1.0}


@dataclass(frozen=True)
class Watch:
    """Which alarm would see a defect of a variant first, and when; no alarm where none would.

    It is one that the request names, or that of the guardrail with the key `guardrail`.
    `timing` is None unless `seen` is YES.
    """

    variant: str
    defect: Defect
    seen: Seen
    alarm: str = ""
    timing: AlarmTiming | None = None
    guardrail: str = ""

    def to_json(self) -> ProtectionDocument:
        """The row as it stands in a plan."""
        body = ProtectionDocument(VariantName=self.variant, Defect=self.defect, Seen=self.seen)
        if self.alarm:
            body["AlarmName"] = cut(self.alarm, QUOTE_LENGTH)
        if self.guardrail:
            body["Guardrail"] = self.guardrail
        if self.timing and self.timing.earliest is not None:
            body["EarliestAfterSeconds"] = self.timing.earliest
        if self.timing and self.timing.latest is not None:
            body["LatestAfterSeconds"] = self.timing.latest
        return body


def protection_of(forecast: Forecast) -> list[Watch]:
    """A row for each defect of each variant that gets traffic; none without a bake."""
    if forecast.creates or not forecast.schedule.bakes:
        return []
    variants = [v.name for v in forecast.requested.variants if forecast.has_traffic(v.name)]
    return [_best(variant, defect, forecast) for variant in variants for defect in Defect]


def _best(variant: str, defect: Defect, forecast: Forecast) -> Watch:
    watches = [_watch(alarm, variant, defect, forecast) for alarm in forecast.alarms.values()]
    watches += [_watch_of(guardrail, defect, forecast) for guardrail in forecast.guards_of(variant)]
    none = Watch(variant, defect, Seen.NOT_KNOWN if forecast.has_unread_alarms else Seen.NO)
    return min([*watches, none], key=_order)


def _order(watch: Watch) -> tuple[int, float]:
    latest = watch.timing.latest if watch.timing else None
    return [*Seen].index(watch.seen), float("inf") if latest is None else latest


def _watch(alarm: Alarm, variant: str, defect: Defect, forecast: Forecast) -> Watch:
    seen = seen_by(alarm, variant, defect, forecast)
    timing = timing_on(alarm, defect, forecast) if seen is Seen.YES else None
    name = "" if seen is Seen.NO else alarm.name
    return Watch(variant, defect, seen, name, timing)


def _watch_of(guardrail: Guardrail, defect: Defect, forecast: Forecast) -> Watch:
    seen = seen_by_guardrail(guardrail, defect, forecast)
    timing = forecast.timing_of_guardrail(guardrail) if seen is Seen.YES else None
    if seen is Seen.NO:
        return Watch(guardrail.variant, defect, seen)
    return Watch(guardrail.variant, defect, seen, guardrail.alarm, timing, guardrail.key)


def seen_by(alarm: Alarm, variant: str, defect: Defect, forecast: Forecast) -> Seen:
    """Whether an alarm would see a defect of a variant in one of the bakes."""
    could = could_see(alarm, variant, defect, forecast)
    return _judged(alarm, defect, forecast) if could is Seen.YES else could


def could_see(alarm: Alarm, variant: str, defect: Defect, forecast: Forecast) -> Seen:
    """The same without regard to time: YES where a metric that is known shows the defect."""
    if can_never_trip(alarm, forecast) or sees(alarm, variant, forecast.fleets) is False:
        return Seen.NO
    if is_not_known(alarm, forecast):
        return Seen.NOT_KNOWN
    if not any(_rises(alarm, metric, defect) for metric in _watched(alarm, variant, forecast)):
        return Seen.NO
    doubtful = unproven_metrics(alarm, forecast) or asks_for_doubtful_unit(alarm)
    return Seen.PERHAPS if alarm.metric is None or doubtful else Seen.YES


def _watched(alarm: Alarm, variant: str, forecast: Forecast) -> Iterator[Metric]:
    for sight in forecast.sights[alarm.name]:
        if variant in sight.variants:
            yield sight.metric


def _rises(alarm: Alarm, metric: Metric, defect: Defect) -> bool:
    """Whether the defect takes a metric towards the threshold.

    A request counts once however it ends, and of PR(:x), the part of the samples below x, less is
    bad.
    """
    low = alarm.metric is not None and alarm.comparison.startswith("Less")
    if metric.name not in SHOWN_BY[defect] or metric.statistic == "SampleCount":
        return False
    return not low or metric.statistic.startswith("PR(")


def _judged(alarm: Alarm, defect: Defect, forecast: Forecast) -> Seen:
    metric, timing = alarm.metric, timing_on(alarm, defect, forecast)
    assert metric is not None
    last = forecast.schedule.bakes[-1].ends_after
    if timing.earliest is None or timing.earliest >= last:
        at_most = forecast.timings[alarm.name].earliest
        return Seen.NO if at_most is None or at_most >= last else Seen.PERHAPS
    judged = metric.name in worst_of(defect, forecast) and alarm.comparison.startswith("Greater")
    in_time = timing.latest is not None and timing.latest < last
    return Seen.YES if judged and in_time else Seen.PERHAPS


def seen_by_guardrail(guardrail: Guardrail, defect: Defect, forecast: Forecast) -> Seen:
    """Whether a guardrail would see a defect of its variant in one of the bakes.

    PERHAPS: nobody knows how many requests come, or too few do to be sure of it.
    """
    could = guardrail_could_see(guardrail, defect, forecast)
    if could is Seen.NO:
        return Seen.NO
    last = forecast.schedule.bakes[-1].ends_after
    at_most = forecast.earliest_of_guardrail(guardrail)
    if at_most is None or at_most >= last:
        return Seen.NO
    latest = forecast.timing_of_guardrail(guardrail).latest
    return could if latest is not None and latest < last else Seen.PERHAPS


def guardrail_could_see(guardrail: Guardrail, defect: Defect, forecast: Forecast) -> Seen:
    """The same without regard to time; a very late answer may yet be within a limit."""
    if guardrail.metric != GUARDED_BY[defect] or guardrail_never_trips(guardrail, forecast):
        return Seen.NO
    late = worst_of(defect, forecast).get(LATENCY)
    judged = late is None or guardrail.limit_microseconds < late
    return Seen.YES if judged else Seen.PERHAPS


def timing_on(alarm: Alarm, defect: Defect, forecast: Forecast) -> AlarmTiming:
    """When an alarm trips on a green with that defect alone."""
    return forecast.timing_of(alarm, worst_of(defect, forecast), whole=True)


def worst_of(defect: Defect, forecast: Forecast) -> Worst:
    """What a request with that defect adds to the metrics in which it shows."""
    longest = LONGEST_ANSWER_MICROSECONDS
    if forecast.requested.asynchronous:
        longest = LONGEST_ASYNCHRONOUS_MICROSECONDS
    return _WORST_ERRORS if defect is Defect.ERRORS else {"ModelLatency": longest}
