"""What DescribeAlarmHistory shows: the changes of alarms' states, which moto does not keep."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from moto.cloudwatch.exceptions import ValidationError

from bluegreen_simulator.aws.cloudwatch.records import Alarm, State
from bluegreen_simulator.aws.cloudwatch.requests import InvalidNextToken, aware

if TYPE_CHECKING:
    from datetime import datetime

PAGE: Final = 50
"""Assumed: how many items a page has where MaxRecords does not say."""


class History:
    """The changes of state of all alarms, those of deleted ones too, oldest first."""

    def __init__(self) -> None:
        self._items: list[dict[str, Any]] = []

    def add(self, alarm: Alarm, old: State, new: State) -> None:
        """Remember a change of state."""
        data = {"version": "1.0", "oldState": _in_history(old), "newState": _in_history(new)}
        self._items.append(
            {
                "AlarmName": alarm.name,
                "AlarmType": alarm.type,
                "Timestamp": new.at,
                "HistoryItemType": "StateUpdate",
                "HistorySummary": f"Alarm updated from {old.value} to {new.value}",
                "HistoryData": compact(data),
            }
        )

    def page(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The body of DescribeAlarmHistory.

        NextToken is the number of the item to go on with, counted from the oldest, so that
        changes between two pages disturb neither of them.
        """
        _check(params)
        found = [i for i, item in enumerate(self._items) if _matches(item, params)]
        if params.get("ScanBy") != "TimestampAscending":
            found.reverse()
        first, size = self._start(found, params), params.get("MaxRecords", PAGE)
        shown, rest = found[first : first + size], found[first + size :]
        page: dict[str, Any] = {"AlarmHistoryItems": [self._items[i] for i in shown]}
        return {**page, "NextToken": str(rest[0])} if rest else page

    def _start(self, found: list[int], params: Mapping[str, Any]) -> int:
        token = params.get("NextToken")
        if token is None:
            return 0
        if token not in map(str, found):
            raise InvalidNextToken("The NextToken is invalid.")
        return found.index(int(token))


def compact(data: Mapping[str, Any]) -> str:
    """JSON as CloudWatch writes it, without blanks."""
    return json.dumps(data, separators=(",", ":"))


def _in_history(state: State) -> dict[str, Any]:
    shown: dict[str, Any] = {"stateValue": state.value, "stateReason": state.reason}
    if state.reason_data:
        shown["stateReasonData"] = json.loads(state.reason_data)
    return shown


def _check(params: Mapping[str, Any]) -> None:
    kind = params.get("HistoryItemType", "StateUpdate")
    if kind != "StateUpdate" or "AlarmContributorId" in params:
        raise ValidationError(
            "DescribeAlarmHistory of anything but StateUpdate of whole alarms is not modelled yet."
        )


def _matches(item: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    """Without AlarmTypes only metric alarms are meant (API reference, `DescribeAlarmHistory`)."""
    if params.get("AlarmName", item["AlarmName"]) != item["AlarmName"]:
        return False
    if item["AlarmType"] not in params.get("AlarmTypes", ["MetricAlarm"]):
        return False
    at: datetime = item["Timestamp"]
    return bool(aware(params.get("StartDate", at)) <= at <= aware(params.get("EndDate", at)))
