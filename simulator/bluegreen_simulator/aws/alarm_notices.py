"""What CloudWatch tells of an alarm that changed its state: to EventBridge, and to SNS topics.

Event: CloudWatch User Guide, "Alarm events and EventBridge". Message to a topic: as AWS sends
it, seen in public examples of its subscribers.
"""

import json
import uuid
from collections.abc import Iterator
from typing import Any, Final

from moto.cloudwatch.models import Alarm
from moto.sns.models import sns_backends

from bluegreen_simulator.alarms.reason import stamp
from bluegreen_simulator.aws.alarm_history import State
from bluegreen_simulator.aws.events import emit
from bluegreen_simulator.world import World

SOURCE: Final = "aws.cloudwatch"
STATE_CHANGE: Final = "CloudWatch Alarm State Change"
MOST_OF_SUBJECT: Final = 99
"""SNS refuses a longer subject, and one that is not ASCII."""


def emit_state_change(alarm: Alarm, old: State, new: State) -> None:
    """Send the event of a change of state."""
    configuration = {"description": alarm.description} if alarm.description else {}
    detail = {
        "alarmName": alarm.name,
        "state": _in_event(new),
        "previousState": _in_event(old),
        "configuration": {**configuration, "metrics": [_metric(alarm)]},
    }
    emit(SOURCE, STATE_CHANGE, detail, [alarm.alarm_arn])


def act(world: World, alarm: Alarm, old: State, new: State) -> None:
    """Publish to the topics that the alarm has for its new state.

    A topic that does not exist fails in silence, as on AWS; the journal tells.
    """
    message = json.dumps(_message(world, alarm, old, new))
    words = f'{new.value}: "{alarm.name}" in {world.region}'[:MOST_OF_SUBJECT]
    subject = words.encode("ascii", "replace").decode()
    for topic in _topics(alarm, new):
        backend = sns_backends[world.account_id][world.region]
        known = topic in backend.topics
        if known:
            backend.publish(message, arn=topic, subject=subject)
        world.journal.write(
            world.clock.now(),
            "alarm_action",
            name=alarm.name,
            action=topic,
            error=None if known else "The topic does not exist.",
        )


def _topics(alarm: Alarm, new: State) -> Iterator[str]:
    actions = {
        "OK": alarm.ok_actions,
        "ALARM": alarm.alarm_actions,
        "INSUFFICIENT_DATA": alarm.insufficient_data_actions,
    }
    if alarm.actions_enabled:
        yield from actions[new.value]


def _in_event(state: State) -> dict[str, Any]:
    shown = {"value": state.value, "reason": state.reason, "timestamp": stamp(state.at)}
    return {**shown, "reasonData": state.reason_data} if state.reason_data else shown


def _metric(alarm: Alarm) -> dict[str, Any]:
    metric = {
        "namespace": alarm.namespace,
        "name": alarm.metric_name,
        "dimensions": {dimension.name: dimension.value for dimension in alarm.dimensions},
    }
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, alarm.alarm_arn)),
        "metricStat": {"metric": metric, "period": alarm.period, "stat": alarm.statistic},
        "returnData": True,
    }


def _message(world: World, alarm: Alarm, old: State, new: State) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": world.account_id,
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm.configuration_updated_timestamp),
        "NewStateValue": new.value,
        "NewStateReason": new.reason,
        "StateChangeTime": stamp(new.at),
        "Region": world.region,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": old.value,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "Trigger": _trigger(alarm),
    }


def _trigger(alarm: Alarm) -> dict[str, Any]:
    return {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        "StatisticType": "Statistic",
        "Statistic": alarm.statistic.upper(),
        "Unit": None,
        "Dimensions": [{"value": d.value, "name": d.name} for d in alarm.dimensions],
        "Period": alarm.period,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm or alarm.evaluation_periods,
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.treat_missing_data or "missing",
        "EvaluateLowSampleCountPercentile": "",
    }
