"""Reads what a verdict rests on: alarms as they are, their datapoints, and green's requests.

Shapes: `MetricAlarm`, `MetricStat`, `GetMetricDataOutput` (CloudWatch API).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.aws.described_alarms import Body
from bluegreen.aws.errors import words_of
from bluegreen.aws.gates import described, points_of, stat_in
from bluegreen.deployment.evidence import Bakes, Evidence, GreenFleet, Watch
from bluegreen.deployment.gate import Points

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
        watches = tuple(_watch(name, found.get(name), green.endpoint) for name in names)
        if bakes is None:
            return Evidence(watches)
        stats = {f"a{n}": _of_alarm(found.get(name)) for n, name in enumerate(names)}
        stats |= {f"g{n}": _of_variant(green, name) for n, name in enumerate(green.variants)}
        queries = [{"Id": id_, "MetricStat": stat} for id_, stat in stats.items() if stat]
        start, end = _to_the_minute(bakes.start, 0), _to_the_minute(bakes.end, 1)
        try:
            points = points_of(self._client, queries, start, end)
        except (BotoCoreError, ClientError) as error:
            return Evidence(watches, unread=words_of(error))
        return _with_points(watches, green, points)


def _to_the_minute(moment: datetime, later: int) -> datetime:
    return moment.replace(second=0, microsecond=0) + later * MINUTE


def _watch(name: str, alarm: Body | None, endpoint: str) -> Watch:
    if alarm is None:
        return Watch(name)
    stat = _of_alarm(alarm)
    dimensions = {each["Name"]: each["Value"] for each in _metric(stat).get("Dimensions", [])}
    ours = dimensions.get("EndpointName") == endpoint
    state = alarm.get("StateValue", "UNKNOWN")
    return Watch(name, state, variant=dimensions.get("VariantName", "") * ours)


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
    return Evidence(counted, requests if known else None)
