"""What DescribeAlarmHistory shows: the changes of alarms' states, which moto does not keep."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from moto.cloudwatch.exceptions import CloudWatchException, ValidationError

from bluegreen_simulator.aws.constraints import summary, violations

PAGE: Final = 50
"""Assumed: how many items a page has where MaxRecords does not say."""


class InvalidNextToken(CloudWatchException):  # type: ignore[misc] # moto has no types
    """The answer to a NextToken that no page has given out."""

    code = "InvalidNextToken"


@dataclass(frozen=True)
class State:
    """An alarm's state as it was; `reason_data` is JSON or None, `at` is naive and in UTC."""

    value: str
    reason: str
    reason_data: str | None
    at: datetime


class History:
    """The changes of state of all alarms, those of deleted ones too, oldest first."""

    def __init__(self) -> None:
        self._items: list[dict[str, Any]] = []

    def add(self, name: str, old: State, new: State) -> None:
        """Remember a change of state."""
        data = {"version": "1.0", "oldState": _in_history(old), "newState": _in_history(new)}
        self._items.append(
            {
                "AlarmName": name,
                "AlarmType": "MetricAlarm",
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
    broken = violations("cloudwatch", "DescribeAlarmHistory", params)
    if broken:
        raise ValidationError(summary(broken))
    kind = params.get("HistoryItemType", "StateUpdate")
    if kind != "StateUpdate" or "AlarmContributorId" in params:
        raise ValidationError(
            "DescribeAlarmHistory of anything but StateUpdate of whole alarms is not modelled yet."
        )


def _matches(item: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    if params.get("AlarmName", item["AlarmName"]) != item["AlarmName"]:
        return False
    if item["AlarmType"] not in params.get("AlarmTypes", [item["AlarmType"]]):
        return False
    at: datetime = item["Timestamp"]
    return bool(params.get("StartDate", at) <= at <= params.get("EndDate", at))
