"""CloudWatch alarms: their history, which CloudWatch keeps even if events about it were lost."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from bluegreen.aws.errors import passing_faults_as_unavailable
from bluegreen.deployment.tripped_alarms import AlarmChange

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


class Alarms:
    """The alarms of the account."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def history(self, name: str, since: datetime) -> list[AlarmChange]:
        """The alarm's changes of state, newest first, down to the last one before `since`.

        That last one tells in which state the alarm was at `since`. Empty for an alarm that is
        not there. Shape of the items: DescribeAlarmHistory, HistoryItemType StateUpdate.
        """
        changes = []
        for change in self._changes(name):
            changes.append(change)
            if change.at <= since:
                break
        return changes

    def _changes(self, name: str) -> Iterator[AlarmChange]:
        pages = self._client.get_paginator("describe_alarm_history").paginate(
            AlarmName=name,
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],  # without it, composites are left out
            HistoryItemType="StateUpdate",
            ScanBy="TimestampDescending",
        )
        with passing_faults_as_unavailable():
            for page in pages:
                for item in page["AlarmHistoryItems"]:
                    data = json.loads(item["HistoryData"])
                    yield AlarmChange(item["Timestamp"], data["newState"]["stateValue"])
