"""CloudWatch alarms: their history, kept even if events about it were lost; our abort alarms."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.aws.described_alarms import describe_alarms, of_every_type
from bluegreen.aws.errors import (
    denials_as_rejections,
    passing_faults_as_unavailable,
    refusals_as_rejections,
    words_of,
)
from bluegreen.deployment.abort import (
    ABORT_METRIC,
    ABORT_NAMESPACE,
    PERIOD,
    RINGS,
    abort_alarm_of,
)
from bluegreen.deployment.tripped_alarms import AlarmChange, Reading

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.literals import AlarmTypeType
    from mypy_boto3_cloudwatch.type_defs import DimensionTypeDef


class Alarms:
    """The alarms of the account."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def shown(self, name: str, since: datetime) -> list[AlarmChange]:
        """What shows whether an alarm is in ALARM, or was then or later; empty if nothing does.

        RequestRejected when our role may not look, ObservationUnavailable when nobody can now.
        """
        with denials_as_rejections():
            found = describe_alarms(self._client, [name])
        now = [change_in(alarm, since) for alarm in chain(*found.values())]
        if any(change.state == "ALARM" for change in now):
            return now
        return [*now, *self.history(name, since)]

    def history(self, name: str, since: datetime) -> list[AlarmChange]:
        """The alarm's changes of state, newest first, down to the last one before `since`.

        That last one tells in which state the alarm was at `since`. Empty for an alarm that is
        not there. RequestRejected if our role may not read it. Shape of the items:
        DescribeAlarmHistory, HistoryItemType StateUpdate.
        """
        changes = []
        for change in self._changes(name):
            changes.append(change)
            if change.at <= since:
                break
        return changes

    def _changes(self, name: str) -> Iterator[AlarmChange]:
        with denials_as_rejections():
            for page in of_every_type(lambda types: self._pages(name, types)):
                for item in page["AlarmHistoryItems"]:
                    new = json.loads(item["HistoryData"])["newState"]
                    reading = reading_of(new.get("stateReason", ""), new.get("stateReasonData"))
                    yield AlarmChange(item["Timestamp"], new["stateValue"], reading)

    def _pages(self, name: str, types: "Sequence[AlarmTypeType]") -> Iterator[Mapping[str, Any]]:
        """The pages of the history; the first is read at once, so that it is refused at once."""
        pages = iter(
            self._client.get_paginator("describe_alarm_history").paginate(
                AlarmName=name,
                AlarmTypes=types,
                HistoryItemType="StateUpdate",
                ScanBy="TimestampDescending",
            )
        )
        return chain([next(pages)], pages)


def change_in(alarm: Mapping[str, Any], since: datetime) -> AlarmChange:
    """How an alarm came into the state that it is in, `since` then where it does not say."""
    reading = reading_of(alarm.get("StateReason", ""), alarm.get("StateReasonData"))
    return AlarmChange(alarm.get("StateUpdatedTimestamp", since), alarm["StateValue"], reading)


def reading_of(reason: str, data: object) -> Reading:
    """What an alarm saw, from its StateReason and its StateReasonData, as text or as JSON read.

    Only the data of a metric alarm with a threshold of its own has datapoints and a threshold.
    """
    body = _as_object(data)
    values, limit = body.get("recentDatapoints"), body.get("threshold")
    if not isinstance(limit, int | float) or not isinstance(values, list):
        return Reading(reason=reason)
    seen = tuple(float(value) for value in values if isinstance(value, int | float))
    return Reading(seen, float(limit), reason)


def _as_object(data: object) -> dict[str, object]:
    try:
        body = json.loads(data) if isinstance(data, str) else data
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


class AbortAlarms:
    """The abort alarms of our stack: one for each endpoint, with a name that never changes.

    Two stacks that deploy to one endpoint have each their own, and ring only that.
    """

    def __init__(self, client: "CloudWatchClient", stack_name: str) -> None:
        self._client = client
        self._stack_name = stack_name

    def name_of(self, endpoint_name: str) -> str:
        """The alarm's name."""
        return abort_alarm_of(self._stack_name, endpoint_name)

    def make(self, endpoint_name: str) -> None:
        """Make the alarm, or put it right; its state stays (API, PutMetricAlarm).

        RequestRejected if CloudWatch refuses, for example because our role may not.
        """
        with refusals_as_rejections("The abort alarm of the endpoint cannot be made"):
            self._client.put_metric_alarm(
                AlarmName=self.name_of(endpoint_name),
                AlarmDescription=f"Rolls back a running deployment of endpoint {endpoint_name}"
                " that somebody aborts. bluegreen makes and rings it; `bluegreen forget`"
                " removes it.",
                Namespace=ABORT_NAMESPACE,
                MetricName=ABORT_METRIC,
                Dimensions=self._dimensions(endpoint_name),
                Statistic="Maximum",
                Period=int(PERIOD.total_seconds()),
                EvaluationPeriods=1,
                DatapointsToAlarm=1,
                Threshold=RINGS,
                ComparisonOperator="GreaterThanOrEqualToThreshold",
                TreatMissingData="ignore",  # so that one datapoint latches it
                ActionsEnabled=False,
            )

    def publish(self, endpoint_name: str, value: float) -> str:
        """Publish 1 to ring, 0 to silence; empty if CloudWatch took it, otherwise why not."""
        datum = {
            "MetricName": ABORT_METRIC,
            "Dimensions": self._dimensions(endpoint_name),
            "Value": value,
        }
        try:
            self._client.put_metric_data(Namespace=ABORT_NAMESPACE, MetricData=[datum])  # type: ignore[list-item] # the stubs want it spelled in place
        except (BotoCoreError, ClientError) as error:
            return words_of(error)
        return ""

    def rings(self, endpoint_name: str) -> bool:
        """Whether the alarm is in ALARM now."""
        with passing_faults_as_unavailable():
            found = self._client.describe_alarms(AlarmNames=[self.name_of(endpoint_name)])
        return any(alarm.get("StateValue") == "ALARM" for alarm in found["MetricAlarms"])

    def remove(self, endpoint_name: str) -> None:
        """Delete the alarm; harmless where there is none."""
        with passing_faults_as_unavailable():
            self._client.delete_alarms(AlarmNames=[self.name_of(endpoint_name)])

    def _dimensions(self, endpoint_name: str) -> "list[DimensionTypeDef]":
        return [
            {"Name": "EndpointName", "Value": endpoint_name.lower()},
            {"Name": "StackName", "Value": self._stack_name},
        ]
