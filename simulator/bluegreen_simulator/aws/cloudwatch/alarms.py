"""CloudWatch's alarms behind moto's API; its metrics stand in `metrics`."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from moto.cloudwatch.exceptions import InvalidFormat, ResourceNotFound, ValidationError
from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from bluegreen.contract.text import quoted
from bluegreen_simulator.aws.cloudwatch import composites, descriptions, log_alarms, tags
from bluegreen_simulator.aws.cloudwatch.alarm_checks import check_actions, check_alarm
from bluegreen_simulator.aws.cloudwatch.evaluator import begin, running
from bluegreen_simulator.aws.cloudwatch.metrics import publish
from bluegreen_simulator.aws.cloudwatch.records import Alarm, first_state
from bluegreen_simulator.aws.cloudwatch.requests import not_modelled, params_of
from bluegreen_simulator.aws.cloudwatch.warm_ups import begun
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ABSENT, replaces

__all__ = ["alarm_state", "install", "on_state_change", "publish", "tags"]


def install(world: World) -> None:
    """Begin without metrics, alarms and listeners."""
    begin(world)


def alarm_state(name: str) -> str | None:
    """The StateValue of an alarm of any type; None if there is no such alarm."""
    alarm = running().alarms.get(name)
    return alarm.state.value if alarm else None


def on_state_change(callback: Callable[[str, str, str], None]) -> None:
    """Have `callback` called with name, old and new state whenever an alarm changes its state."""
    running().listeners.append(callback)


@replaces(
    CloudWatchResponse,
    "put_metric_alarm",
    restores="PutMetricAlarm keeps to its limits; a new alarm begins with INSUFFICIENT_DATA, and"
    " one written over keeps its state. Ours, it refuses what is never evaluated.",
    original="5feec7a73726",
)
def put_metric_alarm(response: CloudWatchResponse) -> ActionResult:
    """Make an alarm that is evaluated from now on."""
    params = _params(response, "PutMetricAlarm")
    world = running().world
    watch = check_alarm(params, world.account_id)
    queries = watch.queries.reading(world.missing_beside_scalar)
    alarm = replace(_alarm(params), watch=replace(watch, queries=queries))
    alarm.warm_up = begun(alarm, running().alarms.get(alarm.name))
    _put(response, alarm)
    running().wake()
    return EmptyResult()


@replaces(
    CloudWatchBackend,
    "put_metric_alarm",
    restores="None: alarms of Application Auto Scaling are refused in clear words.",
    original="aff786ddccbc",
)
def put_foreign_alarm(*_args: object, **_members: object) -> None:
    """Refuse."""
    raise not_modelled("An alarm that another service makes")


@replaces(
    CloudWatchResponse,
    "put_composite_alarm",
    restores="PutCompositeAlarm makes an alarm on the states of others, evaluated at once.",
    original=ABSENT,
)
def put_composite_alarm(response: CloudWatchResponse) -> ActionResult:
    """Make a composite alarm, or write over one, and evaluate it."""
    params = _params(response, "PutCompositeAlarm", composites.NOT_MODELLED)
    check_actions(params)
    name, alarms = params["AlarmName"], running().alarms
    done = "updated" if name in alarms else "created"
    rule = composites.checked_rule(name, params["AlarmRule"], _arn(""), alarms)
    alarm = replace(_alarm(params), rule=rule)
    _put(response, alarm)
    running().judge(alarm, done=done)
    return EmptyResult()


@replaces(
    CloudWatchResponse,
    "put_log_alarm",
    restores="PutLogAlarm makes an alarm on logs; ours, its query never runs.",
    original=ABSENT,
)
def put_log_alarm(response: CloudWatchResponse) -> ActionResult:
    """Make an alarm that keeps its state until SetAlarmState, or write over one."""
    params = _params(response, "PutLogAlarm", log_alarms.NOT_MODELLED)
    log_alarms.check(params)
    _put(response, _alarm(params))
    return EmptyResult()


@replaces(
    CloudWatchResponse,
    "describe_alarms",
    restores="DescribeAlarms takes its filters together, and shows only the types asked for.",
    original="f660829b233b",
)
def describe_alarms(response: CloudWatchResponse) -> ActionResult:
    """The page that was asked for."""
    params = _params(response, "DescribeAlarms", descriptions.NOT_MODELLED)
    return ActionResult(descriptions.describe(running().alarms.values(), params))


@replaces(
    CloudWatchResponse,
    "describe_alarms_for_metric",
    restores="Only alarms on the metric with exactly the given dimensions are meant.",
    original="c6266fa9fe02",
)
def describe_alarms_for_metric(response: CloudWatchResponse) -> ActionResult:
    """The alarms on a metric."""
    params = _params(response, "DescribeAlarmsForMetric")
    return ActionResult(descriptions.describe_for_metric(running().alarms.values(), params))


@replaces(
    CloudWatchResponse,
    "delete_alarms",
    restores="What a composite alarm stands on cannot be deleted; tags go with their alarm.",
    original="ecdfb5f5b810",
)
def delete_alarms(response: CloudWatchResponse) -> ActionResult:
    """Delete the alarms that there are; other names are passed over, as AWS does."""
    names = _params(response, "DeleteAlarms")["AlarmNames"]
    composites.check_deletion(names, running().alarms)
    for name in names:
        running().alarms.pop(name, None)
        response.cloudwatch_backend.tagger.delete_all_tags_for_resource(_arn(name))
    return EmptyResult()


@replaces(
    CloudWatchResponse,
    "set_alarm_state",
    restores="SetAlarmState sends an event, acts and is in the history, until evaluated anew.",
    original="ac16b000ef07",
)
def set_alarm_state(response: CloudWatchResponse) -> ActionResult:
    """Set the state; a composite alarm keeps it until one of its children changes."""
    params = _params(response, "SetAlarmState")
    alarm = running().alarms.get(params["AlarmName"])
    data = params.get("StateReasonData")
    _check_json(data)
    if alarm is None:
        raise ResourceNotFound(f"There is no alarm {quoted(params['AlarmName'])}.")
    running().change(alarm, params["StateValue"], params["StateReason"], data)
    running().wake()
    return EmptyResult()


@replaces(
    CloudWatchResponse,
    "describe_alarm_history",
    restores="DescribeAlarmHistory shows the changes of alarms' states.",
    original=ABSENT,
)
def describe_alarm_history(response: CloudWatchResponse) -> ActionResult:
    """The page that was asked for."""
    return ActionResult(running().history.page(_params(response, "DescribeAlarmHistory")))


def _params(
    response: CloudWatchResponse, operation: str, refused: tuple[str, ...] = ()
) -> dict[str, Any]:
    return params_of(response, operation, running().world.region, refused)


def _arn(name: str) -> str:
    world = running().world
    return f"arn:aws:cloudwatch:{world.region}:{world.account_id}:alarm:{name}"


def _alarm(params: Mapping[str, Any]) -> Alarm:
    now, name = running().world.clock.now(), params["AlarmName"]
    return Alarm(
        name=name,
        alarm_arn=_arn(name),
        request=params,
        configured_at=now,
        state=first_state(now),
        transitioned_at=now,
        actions_enabled=params.get("ActionsEnabled", True),
    )


def _put(response: CloudWatchResponse, alarm: Alarm) -> None:
    """Keep an alarm: a new one with its tags, one written over with its state."""
    before = running().alarms.get(alarm.name)
    if before is None:
        given = alarm.request.get("Tags", [])
        response.cloudwatch_backend.tagger.tag_resource(alarm.alarm_arn, given)
    elif before.type != alarm.type:
        raise ValidationError(f"{alarm.name} is the name of an alarm of another type.")
    else:
        alarm.state, alarm.transitioned_at = before.state, before.transitioned_at
    running().alarms[alarm.name] = alarm


def _check_json(text: str | None) -> None:
    try:
        json.loads(text or "{}")
    except ValueError as error:
        raise InvalidFormat("StateReasonData is no JSON.") from error
