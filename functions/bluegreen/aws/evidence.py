"""Reads what a verdict rests on: alarms as they are, their datapoints, and green's requests.

Of guardrails it reads by the minute what their alarms count over longer periods.

Shapes: `MetricAlarm`, `MetricStat`, `GetMetricDataOutput` (CloudWatch API).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.aws.described_alarms import Body
from bluegreen.aws.errors import passing_faults_as_unavailable, words_of
from bluegreen.aws.gates import described, points_of, stat_in
from bluegreen.deployment.evidence import Bakes, Evidence, GreenFleet, Watch
from bluegreen.deployment.gate import Points
from bluegreen.guardrails.alarm import queries_of
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.outcome import Counts, counts_of

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

MINUTE: Final = timedelta(minutes=1)


class EvidenceReader:
    """Reads the evidence on one deployment at its end."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def read(self, alarms: Sequence[str], green: GreenFleet, bakes: Bakes | None) -> Evidence:
        """The alarms as they are now, and what they and green's variants saw in the bakes.

        ObservationUnavailable where the alarms cannot be read. Where only the datapoints cannot,
        the evidence says why in `unread`.
        """
        names = list(dict.fromkeys(alarms))
        found = described(self._client, names)
        watches = tuple(_watch(name, found.get(name), green) for name in names)
        if bakes is None:
            return Evidence(watches)
        stats = {f"a{n}": _of_alarm(found.get(name)) for n, name in enumerate(names)}
        stats |= {f"g{n}": _of_variant(green, name) for n, name in enumerate(green.variants)}
        stats |= _of_guardrails(green)
        try:
            points = self._points(stats, bakes)
        except (BotoCoreError, ClientError) as error:
            return Evidence(watches, unread=words_of(error))
        return _with_points(watches, green, points)

    def count(self, green: GreenFleet, bakes: Bakes) -> Evidence:
        """What the guardrails' metrics had by the minute, without a look at the alarms.

        ObservationUnavailable where CloudWatch does not answer now. Where it refuses, the evidence
        says why in `unread`.
        """
        try:
            with passing_faults_as_unavailable():
                points = self._points(_of_guardrails(green), bakes)
        except (BotoCoreError, ClientError) as error:
            return Evidence(unread=words_of(error))
        return Evidence(counts=_counted(green.guardrails, points))

    def _points(self, stats: Mapping[str, Body | None], bakes: Bakes) -> dict[str, Points]:
        queries = [{"Id": id_, "MetricStat": stat} for id_, stat in stats.items() if stat]
        start, end = _to_the_minute(bakes.start, 0), _to_the_minute(bakes.end, 1)
        return points_of(self._client, queries, start, end)


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


def _of_guardrails(green: GreenFleet) -> dict[str, Body | None]:
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


def _with_points(
    watches: Iterable[Watch], green: GreenFleet, points: Mapping[str, Points]
) -> Evidence:
    counted = tuple(
        replace(watch, datapoints=len(points[id_])) if (id_ := f"a{number}") in points else watch
        for number, watch in enumerate(watches)
    )
    requests = {
        name: round(sum(value for _, value in points[f"g{number}"]))
        for number, name in enumerate(green.variants)
        if f"g{number}" in points
    }
    known = bool(requests) and len(requests) == len(green.variants)
    judged = _counted(green.guardrails, points)
    return Evidence(counted, requests if known else None, counts=judged)
