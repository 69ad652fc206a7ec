"""What CloudWatch sends when an alarm changes its state: to EventBridge, and to SNS topics.

Event: CloudWatch User Guide, "Alarm events and EventBridge". Message to a topic: as AWS sends
it, seen in public examples of its subscribers.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from moto.sns.models import sns_backends

from bluegreen_simulator.aws.cloudwatch.notice_bodies import in_event, in_message
from bluegreen_simulator.aws.cloudwatch.records import Alarm, State
from bluegreen_simulator.aws.events.bus import emit
from bluegreen_simulator.aws.iam.conditions import Keys
from bluegreen_simulator.aws.iam.principals import CLOUDWATCH
from bluegreen_simulator.aws.iam.sending import refusal
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.rules.alarms.reason import stamp

SOURCE: Final = "aws.cloudwatch"
STATE_CHANGE: Final = "CloudWatch Alarm State Change"
MOST_OF_SUBJECT: Final = 99
"""SNS refuses a longer subject, and one that is not ASCII."""

ACTIONS: Final = {
    "OK": "OKActions",
    "ALARM": "AlarmActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}


def emit_state_change(alarm: Alarm, old: State) -> None:
    """Send the event of a change of state."""
    detail = {
        "alarmName": alarm.name,
        "state": _in_event(alarm.state),
        "previousState": _in_event(old),
        "configuration": in_event(alarm),
    }
    emit(SOURCE, STATE_CHANGE, detail, [alarm.alarm_arn])


def act(world: World, alarm: Alarm, old: State) -> None:
    """Publish to the topics that the alarm has for its new state.

    An action fails in silence, as on AWS, where there is no such topic, or its policy, its key
    or the key's policy do not let the alarm publish; the journal tells.
    """
    message = json.dumps(_message(world, alarm, old))
    words = f'{alarm.state.value}: "{alarm.name}" in {world.region}'[:MOST_OF_SUBJECT]
    subject = words.encode("ascii", "replace").decode()
    for topic in _topics(alarm):
        error = _obstacle(world, alarm, topic)
        if error is None:
            backend = sns_backends[world.account_id][world.region]
            backend.publish(message, arn=topic, subject=subject)
        world.journal.write(
            world.clock.now(),
            "alarm_action",
            name=alarm.name,
            action=topic,
            error=error,
        )


def _obstacle(world: World, alarm: Alarm, topic: str) -> str | None:
    """Why an alarm cannot publish to a topic; None when it can."""
    if topic not in sns_backends[world.account_id][world.region].topics:
        return "The topic does not exist."
    return refusal(world, CLOUDWATCH, topic, _keys(world, alarm))


def _keys(world: World, alarm: Alarm) -> Keys:
    """For whom CloudWatch asks; an alarm is its topic's owner to the topic's default policy."""
    account = world.account_id
    return Keys.of(
        {
            "aws:SourceAccount": account,
            "aws:SourceOwner": account,
            "aws:SourceArn": alarm.alarm_arn,
        }
    )


def _topics(alarm: Alarm) -> Iterator[str]:
    if alarm.actions_enabled and not alarm.warm_up:
        yield from alarm.actions(ACTIONS[alarm.state.value])


def _in_event(state: State) -> dict[str, Any]:
    shown = {"value": state.value, "reason": state.reason, "timestamp": stamp(state.at)}
    return {**shown, "reasonData": state.reason_data} if state.reason_data else shown


def _message(world: World, alarm: Alarm, old: State) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.request.get("AlarmDescription"),
        "AWSAccountId": world.account_id,
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm.configured_at),
        "NewStateValue": alarm.state.value,
        "NewStateReason": alarm.state.reason,
        "StateChangeTime": stamp(alarm.state.at),
        "Region": world.region,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": old.value,
        **{member: alarm.actions(member) for member in ACTIONS.values()},
        **in_message(alarm),
    }
