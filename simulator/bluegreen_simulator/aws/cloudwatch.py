"""CloudWatch's alarms behind moto's API; its metrics stand in `cloudwatch_metrics`."""

from collections.abc import Callable
from typing import Any, Final

from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from bluegreen_simulator.aws.alarm_evaluator import begin, running, state_of
from bluegreen_simulator.aws.alarm_requests import check_alarm, not_modelled
from bluegreen_simulator.aws.cloudwatch_metrics import publish
from bluegreen_simulator.aws.replacements import ABSENT, ORIGINALS, replaces
from bluegreen_simulator.world import World

__all__ = ["alarm_state", "install", "on_state_change", "publish"]

KEPT: Final = (
    "state_value",
    "state_reason",
    "state_reason_data",
    "state_updated_timestamp",
    "state_transitioned_timestamp",
)
"""What an alarm keeps when PutMetricAlarm writes over it."""


def install(world: World) -> None:
    """Begin without metrics, alarms and listeners."""
    begin(world)


def alarm_state(name: str) -> str | None:
    """The StateValue of an alarm; None if there is no such alarm."""
    alarm = running().alarms.get(name)
    return alarm.state_value if alarm else None


def on_state_change(callback: Callable[[str, str, str], None]) -> None:
    """Have `callback` called with name, old and new state whenever an alarm changes its state."""
    running().listeners.append(callback)


@replaces(
    CloudWatchResponse,
    "put_metric_alarm",
    restores="PutMetricAlarm keeps to its limits; ours, it refuses what is never evaluated.",
    original="5feec7a73726",
)
def put_metric_alarm_request(response: CloudWatchResponse) -> ActionResult:
    """Check the request and make the alarm."""
    if response.region != running().world.region:
        raise not_modelled(f"An alarm outside of {running().world.region}")
    check_alarm(response._get_params())  # noqa: SLF001 - moto's own access
    result: ActionResult = ORIGINALS[CloudWatchResponse, "put_metric_alarm"](response)
    return result


@replaces(
    CloudWatchBackend,
    "put_metric_alarm",
    restores="A new alarm begins with INSUFFICIENT_DATA, and one written over keeps its state.",
    original="aff786ddccbc",
)
def put_metric_alarm(
    backend: CloudWatchBackend,
    name: str,
    *args: Any,  # noqa: ANN401 - handed on to moto
    **members: Any,  # noqa: ANN401 - likewise
) -> Alarm:
    """Make an alarm that is evaluated from now on; called as moto's own is."""
    before = backend.alarms.get(name)
    original = ORIGINALS[CloudWatchBackend, "put_metric_alarm"]
    alarm: Alarm = original(backend, name, *args, **members)
    alarm.state_value, alarm.state_reason_data = "INSUFFICIENT_DATA", None
    alarm.state_transitioned_timestamp = alarm.state_updated_timestamp
    if before:
        for attribute in KEPT:
            setattr(alarm, attribute, getattr(before, attribute))
    running().wake()
    return alarm


@replaces(
    CloudWatchBackend,
    "set_alarm_state",
    restores="SetAlarmState sends an event, acts and is in the history, until evaluated anew.",
    original="a25532144b2a",
)
def set_alarm_state(
    backend: CloudWatchBackend, alarm_name: str, *args: str | None, **members: str | None
) -> None:
    """Let moto set the state, and tell of it."""
    alarm = backend.alarms.get(alarm_name)
    old = state_of(alarm) if alarm else None
    original = ORIGINALS[CloudWatchBackend, "set_alarm_state"]
    original(backend, alarm_name, *args, **members)  # raises if there is no such alarm
    if alarm and old:
        running().tell(alarm, old)
        running().wake()


@replaces(
    CloudWatchResponse,
    "describe_alarm_history",
    restores="DescribeAlarmHistory shows the changes of alarms' states.",
    original=ABSENT,
)
def describe_alarm_history(response: CloudWatchResponse) -> ActionResult:
    """The page that was asked for."""
    params = response._get_params()  # noqa: SLF001 - moto's own access
    return ActionResult(running().history.page(params))


@replaces(
    CloudWatchResponse,
    "put_composite_alarm",
    restores="None: composite alarms are refused in clear words.",
    original=ABSENT,
)
def put_composite_alarm(_response: CloudWatchResponse) -> ActionResult:
    """Refuse."""
    raise not_modelled("PutCompositeAlarm")
