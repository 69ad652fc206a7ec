"""Reads what a verdict rests on: alarms as they are, their datapoints, and green's requests.

Of guardrails it reads by the minute what their alarms count over longer periods. The series of the
gates, which are kept for reports, are read in the same call.

Shapes: `MetricAlarm`, `MetricStat`, `GetMetricDataOutput` (CloudWatch API).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.aws.cloudwatch import change_in
from bluegreen.aws.described_alarms import Body
from bluegreen.aws.errors import is_passing, passing_faults_as_unavailable, words_of
from bluegreen.aws.gates import described, gate_queries, gates_of, points_of, stat_in
from bluegreen.deployment.evidence import Bakes, Evidence, GreenFleet, Watch
from bluegreen.deployment.gate import Points, Span
from bluegreen.deployment.tripped_alarms import AlarmChange
from bluegreen.guardrails.alarm import queries_of
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.outcome import Counts, counts_of

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class DescribedAlarms:
    """Alarms as CloudWatch described them once, by their names; `bodies` are those there were."""

    bodies: Mapping[str, Body]

    def state_since(self, alarm: str, moment: datetime) -> AlarmChange | None:
        """How an alarm came into the state that it has had ever since; None if it changed later.

        Also None where that is not known. `StateUpdatedTimestamp` is never before the last change
        of the state (API, MetricAlarm, CompositeAlarm).
        """
        body = self.bodies.get(alarm, {})
        updated = body.get("StateUpdatedTimestamp")
        return change_in(body, updated) if updated is not None and updated <= moment else None


class EvidenceReader:
    """Reads the evidence on one deployment at its end."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def look(self, alarms: Iterable[str]) -> DescribedAlarms:
        """Alarms as they are now.

        ObservationUnavailable where CloudWatch does not answer now, RequestRejected where it
        refuses.
        """
        return DescribedAlarms(described(self._client, list(dict.fromkeys(alarms))))

    def read(
        self,
        alarms: Iterable[str],
        green: GreenFleet,
        bakes: Bakes | None,
        span: Span | None = None,
        seen: DescribedAlarms | None = None,
    ) -> Evidence:
        """What the alarms and green's variants saw in the bakes, and the gates over the `span`.

        `seen` are the alarms where they were looked at just now; otherwise this looks, and raises
        what that raises. Where only the datapoints cannot be read, the evidence says why in
        `unread`.
        """
        names = list(dict.fromkeys(alarms))
        seen = seen or self.look(names)
        asked = _Asked(names, seen.bodies, green, bakes, span)
        evidence = Evidence(tuple(_watch(name, seen.bodies.get(name), green) for name in names))
        if bakes is None and span is None:
            return evidence
        try:
            return _answered(asked, evidence, self._points(asked))
        except (BotoCoreError, ClientError) as error:
            words = words_of(error)
            if bakes is None:
                return replace(evidence, gates_unread=words)
            if not _may_be_of_a_gate(error, span):
                return replace(evidence, unread=words)
        return replace(self.read(names, green, bakes, seen=seen), gates_unread=words)

    def count(self, green: GreenFleet, bakes: Bakes) -> Evidence:
        """What the guardrails' metrics had by the minute, without a look at the alarms.

        ObservationUnavailable where CloudWatch does not answer now. Where it refuses, the evidence
        says why in `unread`.
        """
        asked = _Asked((), {}, replace(green, variants=()), bakes)
        try:
            with passing_faults_as_unavailable():
                points = self._points(asked)
        except (BotoCoreError, ClientError) as error:
            return Evidence(unread=words_of(error))
        return Evidence(counts=_counted(green.guardrails, points))

    def _points(self, asked: "_Asked") -> dict[str, Points]:
        return points_of(self._client, asked.queries, *asked.from_to)


def _may_be_of_a_gate(error: BotoCoreError | ClientError, span: Span | None) -> bool:
    """Whether the same may be answered without the gates, whose queries are other people's."""
    return span is not None and isinstance(error, ClientError) and not is_passing(error)


@dataclass(frozen=True)
class _Asked:
    """What is asked of CloudWatch in one call.

    Of the alarm `n` it answers as `wn`, with a `span` also as `gn` and `bn`; of green's variant `n`
    as `rn`, of a guardrail `n` as `qn_ID`.
    """

    names: Sequence[str]
    bodies: Mapping[str, Body]
    green: GreenFleet
    bakes: Bakes | None
    span: Span | None = None

    @property
    def counted(self) -> dict[str, Body]:
        """The metrics of which datapoints count, by id."""
        if self.bakes is None:
            return {}
        of_alarms = {f"w{n}": _of_alarm(self.bodies.get(name)) for n, name in enumerate(self.names)}
        variants = enumerate(self.green.variants)
        of_variants = {f"r{n}": _of_variant(self.green, name) for n, name in variants}
        known = {id_: stat for id_, stat in of_alarms.items() if stat}
        return known | of_variants | _of_guardrails(self.green)

    @property
    def queries(self) -> list[Body]:
        """All queries; an alarm that watches one metric is asked for once."""
        span, names = self.span, self.names
        of_gates = [] if span is None else gate_queries(names, self.bodies, span.fleets)
        asked = {query["Id"] for query in of_gates}
        counted = self.counted.items()
        more = [{"Id": id_, "MetricStat": stat} for id_, stat in counted if id_ not in asked]
        return [*of_gates, *more]

    @property
    def from_to(self) -> tuple[datetime, datetime]:
        """The time that is asked for: the bakes from minute to minute, and the span."""
        times = [] if self.bakes is None else [_minutes(self.bakes)]
        times += [] if self.span is None else [(self.span.start, self.span.end)]
        return min(start for start, _ in times), max(end for _, end in times)


def _answered(asked: _Asked, evidence: Evidence, points: Mapping[str, Points]) -> Evidence:
    span, bakes = asked.span, asked.bakes
    if span is not None:
        during = {id_: _during(each, span.start, span.end) for id_, each in points.items()}
        evidence = replace(evidence, gates=gates_of(asked.names, asked.bodies, during))
    if bakes is None:
        return evidence
    counted = {
        id_: _during(points[id_], *_minutes(bakes), stat["Period"])
        for id_, stat in asked.counted.items()
        if id_ in points
    }
    return _with_points(evidence, asked.green, counted)


def _during(points: Points, start: datetime, end: datetime, period: int = 60) -> Points:
    """The datapoints that are about that time, at least in part."""
    before = start - timedelta(seconds=period)
    return tuple(point for point in points if before < point[0] < end)


def _minutes(bakes: Bakes) -> tuple[datetime, datetime]:
    return _to_the_minute(bakes.start, 0), _to_the_minute(bakes.end, 1)


def _to_the_minute(moment: datetime, later: int) -> datetime:
    return moment.replace(second=0, microsecond=0) + later * MINUTE


def _watch(name: str, alarm: Body | None, green: GreenFleet) -> Watch:
    if alarm is None:
        return Watch(name)
    stat = _of_alarm(alarm)
    dimensions = {each["Name"]: each["Value"] for each in _metric(stat).get("Dimensions", [])}
    ours = dimensions.get("EndpointName") == green.endpoint
    state = alarm.get("StateValue", "UNKNOWN")
    guarded = {guardrail.alarm: guardrail.variant for guardrail in green.guardrails}
    variant = guarded.get(name, dimensions.get("VariantName", "") * ours)
    return Watch(name, state, variant=variant)


def _metric(stat: Body | None) -> Body:
    metric: Body = stat["Metric"] if stat else {}
    return metric


def _of_alarm(alarm: Body | None) -> Body | None:
    """The one metric that an alarm of our account watches; None if it watches anything else."""
    if alarm is None:
        return None
    if "MetricName" in alarm:
        return stat_in(alarm)
    (only, *others) = alarm.get("Metrics") or [{}]
    own = not others and not only.get("AccountId")
    stat_of_only: Body | None = only.get("MetricStat")
    return stat_of_only if own else None


def _of_variant(green: GreenFleet, variant: str) -> Body:
    names = ("EndpointName", "VariantName", "EndpointConfigName")
    values = (green.endpoint, variant, green.config)
    dimensions = [{"Name": n, "Value": v} for n, v in zip(names, values, strict=True)]
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Dimensions": dimensions}
    return {"Metric": metric, "Period": 60, "Stat": "Sum"}


def _of_guardrails(green: GreenFleet) -> dict[str, Body]:
    """The metrics of guardrails' alarms by the minute, as `qn_ID` of the guardrail `n`."""
    return {
        f"q{number}_{query['Id']}": query["MetricStat"]
        for number, guardrail in enumerate(green.guardrails)
        for query in queries_of(_by_the_minute(guardrail), green.endpoint, green.config)
        if "MetricStat" in query
    }


def _by_the_minute(guardrail: Guardrail) -> Guardrail:
    """The guardrail as if its alarm counted over a minute."""
    return replace(guardrail, period_seconds=60)


def _counted(guardrails: Sequence[Guardrail], points: Mapping[str, Points]) -> dict[str, Counts]:
    """By alarm the counts that were answered; one of which a metric is missing is not known."""
    counted = {}
    for number, guardrail in enumerate(guardrails):
        named = f"q{number}_"
        ids = [query["Id"] for query in queries_of(guardrail, "", "") if "MetricStat" in query]
        if all(f"{named}{id_}" in points for id_ in ids):
            series = {id_: dict(points[f"{named}{id_}"]) for id_ in ids}
            counted[guardrail.alarm] = counts_of(guardrail, series)
    return counted


def _with_points(evidence: Evidence, green: GreenFleet, points: Mapping[str, Points]) -> Evidence:
    counted = tuple(
        replace(watch, datapoints=len(points[id_])) if (id_ := f"w{number}") in points else watch
        for number, watch in enumerate(evidence.watches or ())
    )
    requests = {
        name: round(sum(value for _, value in points[f"r{number}"]))
        for number, name in enumerate(green.variants)
        if f"r{number}" in points
    }
    known = bool(requests) and len(requests) == len(green.variants)
    judged = _counted(green.guardrails, points)
    return replace(
        evidence, watches=counted, green_requests=requests if known else None, counts=judged
    )
