"""What DescribeAlarms and DescribeAlarmsForMetric show: the alarms as given, and their states.

Assumed: alarms come in the order of their names, metric alarms first, those on logs last.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from moto.cloudwatch.exceptions import ValidationError

from bluegreen_simulator.aws.cloudwatch.queries import metric_key
from bluegreen_simulator.aws.cloudwatch.records import Alarm
from bluegreen_simulator.aws.cloudwatch.requests import page_of

NOT_MODELLED: Final = ("ChildrenOfAlarmName", "ParentsOfAlarmName")
PAGE: Final = 50
"""Assumed: how many alarms a page has where MaxRecords does not say."""

ACTIONS: Final = ("OKActions", "AlarmActions", "InsufficientDataActions")
SHOWN_IF_PUT: Final = (
    "AlarmDescription",
    "AlarmRule",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "EvaluateLowSampleCountPercentile",
    "EvaluationPeriods",
    "EvaluationWindow",
    "ExtendedStatistic",
    "MetricName",
    "Namespace",
    "Period",
    "QueryResultsToAlarm",
    "QueryResultsToEvaluate",
    "Statistic",
    "Threshold",
    "TreatMissingData",
    "Unit",
    "WarmUpConfiguration",
)
KINDS: Final = {
    "MetricAlarm": "MetricAlarms",
    "CompositeAlarm": "CompositeAlarms",
    "LogAlarm": "LogAlarms",
}
"""The types of alarms, and where DescribeAlarms shows them."""


def describe(alarms: Iterable[Alarm], params: Mapping[str, Any]) -> dict[str, Any]:
    """The body of DescribeAlarms; without AlarmTypes only metric alarms are meant."""
    if "AlarmNames" in params and "AlarmNamePrefix" in params:
        raise ValidationError("AlarmNames and AlarmNamePrefix cannot be given both.")
    types = params.get("AlarmTypes") or ["MetricAlarm"]
    found = [alarm for alarm in alarms if alarm.type in types and _matches(alarm, params)]
    found.sort(key=lambda alarm: ([*KINDS].index(alarm.type), alarm.name))
    shown, token = page_of(found, params.get("NextToken"), params.get("MaxRecords", PAGE))
    page: dict[str, Any] = {
        kind: [_described(alarm) for alarm in shown if alarm.type == type_]
        for type_, kind in KINDS.items()
    }
    return {**page, "NextToken": token} if token else page


def describe_for_metric(alarms: Iterable[Alarm], params: Mapping[str, Any]) -> dict[str, Any]:
    """The body of DescribeAlarmsForMetric: alarms on a single metric, with all its dimensions."""
    members = ("Statistic", "ExtendedStatistic", "Period", "Unit")
    filters = [name for name in members if name in params]
    found = [
        alarm
        for alarm in alarms
        if "MetricName" in alarm.request
        and _metric(alarm.request) == _metric(params)
        and all(alarm.request.get(name) == params[name] for name in filters)
    ]
    return {"MetricAlarms": [_described(a) for a in sorted(found, key=lambda a: a.name)]}


def _matches(alarm: Alarm, params: Mapping[str, Any]) -> bool:
    prefix = params.get("ActionPrefix", "")
    actions = [action for member in ACTIONS for action in alarm.actions(member)]
    return (
        alarm.name in (params.get("AlarmNames") or [alarm.name])
        and alarm.name.startswith(params.get("AlarmNamePrefix", ""))
        and params.get("StateValue", alarm.state.value) == alarm.state.value
        and (not prefix or any(action.startswith(prefix) for action in actions))
    )


def _metric(members: Mapping[str, Any]) -> object:
    dimensions = {d["Name"]: d["Value"] for d in members.get("Dimensions", [])}
    return metric_key(members["Namespace"], members["MetricName"], dimensions)


def _described(alarm: Alarm) -> dict[str, Any]:
    state, request = alarm.state, alarm.request
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.alarm_arn,
        "AlarmConfigurationUpdatedTimestamp": alarm.configured_at,
        "ActionsEnabled": alarm.actions_enabled,
        **{member: alarm.actions(member) for member in ACTIONS},
        "StateValue": state.value,
        "StateReason": state.reason,
        **({"StateReasonData": state.reason_data} if state.reason_data else {}),
        "StateUpdatedTimestamp": state.at,
        "StateTransitionedTimestamp": alarm.transitioned_at,
        **{member: request[member] for member in SHOWN_IF_PUT if member in request},
        **_watched(alarm),
    }


def _watched(alarm: Alarm) -> dict[str, Any]:
    request = alarm.request
    if alarm.type == "CompositeAlarm":
        return {}
    if alarm.type == "LogAlarm":
        query = request["ScheduledQueryConfiguration"]
        return {"ScheduledQueryConfiguration": {**query, "QueryARN": _query_arn(alarm)}}
    shown = {"Dimensions": request.get("Dimensions", [])}
    if "Metrics" not in request:
        return shown
    return {**shown, "Metrics": [{"ReturnData": True, **query} for query in request["Metrics"]]}


def _query_arn(alarm: Alarm) -> str:
    """The scheduled query that CloudWatch makes for an alarm; what it is called is assumed."""
    _, partition, _, region, account, _, name = alarm.alarm_arn.split(":", 6)
    return f"arn:{partition}:logs:{region}:{account}:scheduled-query:{name}"
