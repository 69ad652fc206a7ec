"""CloudWatch: metrics from boto3 and from the simulator, and the alarms that watch them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any, Final

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue
from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from bluegreen_simulator.alarms.statistics import Statistics
from bluegreen_simulator.aws.alarm_evaluator import Evaluator, metric_key, state_of
from bluegreen_simulator.aws.alarm_requests import check_alarm, not_modelled
from bluegreen_simulator.aws.replacements import ABSENT, ORIGINALS, replaces
from bluegreen_simulator.world import World

MOST_DATAPOINTS: Final = 1440
"""Of one answer of GetMetricStatistics."""

KEPT: Final = (
    "state_value",
    "state_reason",
    "state_reason_data",
    "state_updated_timestamp",
    "state_transitioned_timestamp",
)
"""What an alarm keeps when PutMetricAlarm writes over it."""

_evaluators: list[Evaluator] = []


def install(world: World) -> None:
    """Begin without metrics, alarms and listeners."""
    _evaluators[:] = [Evaluator(world)]


def publish(
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    at: datetime,
    statistics: Statistics,
) -> None:
    """Put samples to the metric with exactly these dimensions, as a service of AWS does."""
    world = _evaluator().world
    datum = {
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "Timestamp": at.astimezone(UTC).replace(tzinfo=None),
        "StatisticValues": {
            "Sum": statistics.sum,
            "SampleCount": statistics.count,
            "Minimum": statistics.minimum,
            "Maximum": statistics.maximum,
        },
    }
    backend = cloudwatch_backends[world.account_id][world.region]
    backend.put_metric_data(namespace, [datum])


def alarm_state(name: str) -> str | None:
    """The StateValue of an alarm; None if there is no such alarm."""
    alarm = _evaluator().alarms.get(name)
    return alarm.state_value if alarm else None


def on_state_change(callback: Callable[[str, str, str], None]) -> None:
    """Have `callback` called with name, old and new state whenever an alarm changes its state."""
    _evaluator().listeners.append(callback)


def _evaluator() -> Evaluator:
    return _evaluators[0]


@replaces(
    CloudWatchBackend,
    "put_metric_data",
    restores="Alarms are evaluated from the data.",
    original="300dda002442",
)
def put_metric_data(
    backend: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]
) -> None:
    """Let moto check and keep the data, and keep it by the minute for alarms."""
    ORIGINALS[CloudWatchBackend, "put_metric_data"](backend, namespace, metric_data)
    now = _evaluator().world.clock.now().replace(tzinfo=None)
    for datum in metric_data:
        dimensions = {d["Name"]: d["Value"] for d in datum.get("Dimensions", [])}
        at = datum.get("Timestamp", now).replace(tzinfo=UTC)
        key = metric_key(namespace, datum["MetricName"], dimensions)
        _evaluator().add(key, at, _statistics_of(datum))


def _statistics_of(datum: Mapping[str, Any]) -> Statistics:
    if "StatisticValues" in datum:
        of = datum["StatisticValues"]
        return Statistics(of["Sum"], of["SampleCount"], of["Minimum"], of["Maximum"])
    values = datum.get("Values") or [datum.get("Value", 0.0)]
    counts = datum.get("Counts") or [1.0] * len(values)
    return reduce(Statistics.merged, map(Statistics.of, values, counts))


@replaces(
    CloudWatchBackend,
    "get_metric_statistics",
    restores="Only the metric with exactly the given dimensions is meant; moto adds up others.",
    original="844bf661c8f9",
)
def get_metric_statistics(  # noqa: PLR0913, PLR0917 - moto's own parameters
    _backend: CloudWatchBackend,
    namespace: str,
    metric_name: str,
    start_time: datetime,
    end_time: datetime,
    period: int,
    stats: list[str],
    dimensions: list[dict[str, str]],
    unit: str | None = None,
) -> list[dict[str, Any]]:
    """The Datapoints, oldest first, of periods that begin at the minute of the start."""
    if not stats or unit or period % 60:
        raise not_modelled("GetMetricStatistics by percentile, unit or part of a minute")
    starts = _starts(start_time, end_time, timedelta(seconds=period))
    key = metric_key(namespace, metric_name, {d["Name"]: d["Value"] for d in dimensions})
    series = _evaluator().series.get(key)
    found = [(at, series.over(at, period // 60)) for at in starts] if series else []
    return [{"Timestamp": at, **{s: of.value(s) for s in stats}} for at, of in found if of]


def _starts(start: datetime, end: datetime, period: timedelta) -> list[datetime]:
    if start >= end:
        raise InvalidParameterValue(
            "The parameter StartTime must be less than the parameter EndTime."
        )
    first = start.replace(second=0, microsecond=0, tzinfo=UTC)
    count = -((first - end.replace(tzinfo=UTC)) // period)
    if count > MOST_DATAPOINTS:
        raise InvalidParameterCombination(
            f"You have requested up to {count} datapoints, which exceeds the limit of"
            f" {MOST_DATAPOINTS}."
        )
    return [first + number * period for number in range(count)]


@replaces(
    CloudWatchResponse,
    "put_metric_alarm",
    restores="PutMetricAlarm keeps to its limits; ours, it refuses what is never evaluated.",
    original="5feec7a73726",
)
def put_metric_alarm_request(response: CloudWatchResponse) -> ActionResult:
    """Check the request and make the alarm."""
    if response.region != _evaluator().world.region:
        raise not_modelled(f"An alarm outside of {_evaluator().world.region}")
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
    _evaluator().wake()
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
        _evaluator().tell(alarm, old)
        _evaluator().wake()


@replaces(
    CloudWatchResponse,
    "describe_alarm_history",
    restores="DescribeAlarmHistory shows the changes of alarms' states.",
    original=ABSENT,
)
def describe_alarm_history(response: CloudWatchResponse) -> ActionResult:
    """The page that was asked for."""
    params = response._get_params()  # noqa: SLF001 - moto's own access
    return ActionResult(_evaluator().history.page(params))


@replaces(
    CloudWatchResponse,
    "put_composite_alarm",
    restores="None: composite alarms are refused in clear words.",
    original=ABSENT,
)
def put_composite_alarm(_response: CloudWatchResponse) -> ActionResult:
    """Refuse."""
    raise not_modelled("PutCompositeAlarm")
