"""Reads what a verdict rests on: alarms as they are, their datapoints, and green's requests.

Shapes: `MetricAlarm`, `MetricStat`, `GetMetricDataOutput` (CloudWatch API).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.aws.cloudwatch import ALARM_TYPES
from bluegreen.aws.errors import words_of
from bluegreen.contract.errors import ObservationUnavailable
from bluegreen.deployment.evidence import Bakes, Evidence, GreenFleet, Watch

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

Body = Mapping[str, Any]

MINUTE: Final = timedelta(minutes=1)
NO_DATA: Final = frozenset({"Forbidden", "InternalError"})
"""A StatusCode of GetMetricData with which values may be missing."""


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
        described = self._described(names)
        watches = tuple(_watch(name, described.get(name), green.endpoint) for name in names)
        if bakes is None:
            return Evidence(watches)
        queries = {f"a{n}": _of_alarm(described.get(name)) for n, name in enumerate(names)}
        queries |= {f"g{n}": _of_variant(green, name) for n, name in enumerate(green.variants)}
        try:
            values = self._values({id_: stat for id_, stat in queries.items() if stat}, bakes)
        except (BotoCoreError, ClientError) as error:
            return Evidence(watches, unread=words_of(error))
        return _with_values(watches, green, values)

    def _described(self, names: Sequence[str]) -> dict[str, Body]:
        if not names:
            return {}
        try:
            found = self._client.describe_alarms(AlarmNames=names, AlarmTypes=ALARM_TYPES)
        except (BotoCoreError, ClientError) as error:
            raise ObservationUnavailable(words_of(error)) from error
        alarms = [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])]
        return {alarm["AlarmName"]: alarm for alarm in alarms}

    def _values(self, stats: Mapping[str, Body], bakes: Bakes) -> dict[str, list[float]]:
        """The datapoints of each query; one whose values may be missing is left out."""
        if not stats:
            return {}
        queries: Any = [{"Id": id_, "MetricStat": stat} for id_, stat in stats.items()]
        pages = self._client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries,
            StartTime=_to_the_minute(bakes.start, 0),
            EndTime=_to_the_minute(bakes.end, 1),
        )
        values: dict[str, list[float]] = {id_: [] for id_ in stats}
        for result in (result for page in pages for result in page["MetricDataResults"]):
            if result.get("StatusCode") in NO_DATA:
                values.pop(result["Id"], None)
            elif result["Id"] in values:
                values[result["Id"]] += result["Values"]
        return values


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
        named = ("Namespace", "MetricName", "Dimensions")
        metric = {name: alarm[name] for name in named if name in alarm}
        unit = {"Unit": alarm["Unit"]} if alarm.get("Unit") else {}
        stat = alarm.get("Statistic") or alarm.get("ExtendedStatistic")
        return {"Metric": metric, "Period": alarm.get("Period", 60), "Stat": stat, **unit}
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


def _with_values(
    watches: Iterable[Watch], green: GreenFleet, values: Mapping[str, Sequence[float]]
) -> Evidence:
    counted = tuple(
        replace(watch, datapoints=len(values[id_])) if (id_ := f"a{number}") in values else watch
        for number, watch in enumerate(watches)
    )
    requests = {
        name: round(sum(values[f"g{number}"]))
        for number, name in enumerate(green.variants)
        if f"g{number}" in values
    }
    known = bool(requests) and len(requests) == len(green.variants)
    return Evidence(counted, requests if known else None)
