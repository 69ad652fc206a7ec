"""An alarm's configuration as its events and its messages to topics show it.

Events: CloudWatch User Guide, "Alarm events and EventBridge". Messages: as seen in public examples
of their subscribers; TriggeringChildren of composite alarms likewise. Of an alarm on logs neither
is documented: nothing of its query is told.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from bluegreen_simulator.aws.cloudwatch.records import Alarm


def in_event(alarm: Alarm) -> dict[str, Any]:
    """The member `configuration` of an event."""
    request = alarm.request
    description = request.get("AlarmDescription")
    shown = {"description": description} if description else {}
    if alarm.rule:
        return {**shown, "alarmRule": request["AlarmRule"]}
    if alarm.type == "LogAlarm":
        return shown
    if "Metrics" in request:
        return {**shown, "metrics": [_query_in_event(query) for query in request["Metrics"]]}
    id_ = str(uuid.uuid5(uuid.NAMESPACE_URL, alarm.alarm_arn))
    stat = _stat_in_event(request, _statistic(request), request)
    return {**shown, "metrics": [{"id": id_, "metricStat": stat, "returnData": True}]}


def in_message(alarm: Alarm) -> dict[str, Any]:
    """What a message to a topic has besides the states."""
    request = alarm.request
    if alarm.rule:
        return {
            "AlarmRule": request["AlarmRule"],
            "TriggeringChildren": _triggering_children(alarm.state.reason_data),
        }
    if alarm.type == "LogAlarm":
        return {}
    watched = _metrics(request["Metrics"]) if "Metrics" in request else _metric(request)
    return {"Trigger": {**watched, **_rule(request)}}


def _query_in_event(query: Mapping[str, Any]) -> dict[str, Any]:
    shown = {"id": query["Id"], "returnData": query.get("ReturnData", True)}
    if "Label" in query:
        shown["label"] = query["Label"]
    if "Expression" in query:
        return {**shown, "expression": query["Expression"]}
    stat = query["MetricStat"]
    return {**shown, "metricStat": _stat_in_event(stat["Metric"], stat["Stat"], stat)}


def _stat_in_event(
    metric: Mapping[str, Any], statistic: str, around: Mapping[str, Any]
) -> dict[str, Any]:
    """The metric, its statistic, and Period and Unit, which stand `around` it."""
    named = {
        "namespace": metric["Namespace"],
        "name": metric["MetricName"],
        "dimensions": {d["Name"]: d["Value"] for d in metric.get("Dimensions", [])},
    }
    unit = {"unit": around["Unit"]} if "Unit" in around else {}
    return {"metric": named, "period": around["Period"], "stat": statistic, **unit}


def _triggering_children(reason_data: str | None) -> list[dict[str, Any]]:
    triggering = json.loads(reason_data or "{}").get("triggeringAlarms", [])
    return [
        {
            "Arn": child["arn"],
            "State": {"Value": child["state"]["value"], "Timestamp": child["state"]["timestamp"]},
        }
        for child in triggering
    ]


def _metric(request: Mapping[str, Any]) -> dict[str, Any]:
    simple = "Statistic" in request
    kind = "Statistic" if simple else "ExtendedStatistic"
    return {
        "MetricName": request["MetricName"],
        "Namespace": request["Namespace"],
        "StatisticType": kind,
        kind: request[kind].upper() if simple else request[kind],
        "Unit": request.get("Unit"),
        "Dimensions": _dimensions(request),
        "Period": request["Period"],
    }


def _metrics(queries: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Metrics": [_query_in_message(query) for query in queries]}


def _query_in_message(query: Mapping[str, Any]) -> dict[str, Any]:
    shown = {**query, "ReturnData": query.get("ReturnData", True)}
    if "MetricStat" in query:
        metric = query["MetricStat"]["Metric"]
        named = {**metric, "Dimensions": _dimensions(metric)}
        shown["MetricStat"] = {**query["MetricStat"], "Metric": named}
    return shown


def _dimensions(metric: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"value": d["Value"], "name": d["Name"]} for d in metric.get("Dimensions", [])]


def _rule(request: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "EvaluationPeriods": request["EvaluationPeriods"],
        "DatapointsToAlarm": request.get("DatapointsToAlarm", request["EvaluationPeriods"]),
        "ComparisonOperator": request["ComparisonOperator"],
        "Threshold": request["Threshold"],
        "TreatMissingData": request.get("TreatMissingData", "missing"),
        "EvaluateLowSampleCountPercentile": request.get("EvaluateLowSampleCountPercentile", ""),
    }


def _statistic(request: Mapping[str, Any]) -> str:
    statistic: str = request.get("Statistic") or request["ExtendedStatistic"]
    return statistic
