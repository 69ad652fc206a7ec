"""CloudWatch Logs: what services write to a log group, with a bound on what is kept.

Moto keeps every event of every stream for good. Here a group keeps its newest events: at most
MOST_EVENTS, and none that is older than its retention. A stream whose last event has gone, goes.
"""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from moto.logs.models import LogEvent, LogGroup, LogStream, logs_backends

from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

MOST_EVENTS: Final = 20_000
"""Of a group: about 10 MB, and some hundred deployments."""

NEWLINE: Final = "\n"


class _State:
    world: World


def install(world: World) -> None:
    """Write to the groups of this world; its events are counted from 0."""
    _State.world = world
    LogEvent._event_id = 0  # noqa: SLF001 - moto counts on


def is_there(group: str) -> bool:
    """Whether there is such a group."""
    return group in _groups()


def make(group: str) -> None:
    """Make a group, as a service does that is to write to it; one that is there stays as it is."""
    if not is_there(group):
        _backend().create_log_group(group, {})


def write(group: str, stream: str, messages: Iterable[str]) -> None:
    """Put messages of now to a stream, which is made where it is not there.

    Into a group that is not there nothing is written.
    """
    found = _groups().get(group)
    if found is None:
        return
    if stream not in found.streams:
        found.create_log_stream(stream)
    milliseconds = _milliseconds(_State.world.clock.now())
    events = [{"timestamp": milliseconds, "message": message} for message in messages]
    found.streams[stream].put_log_events(events)


def _backend() -> Any:  # noqa: ANN401 - moto has no types
    return logs_backends[_State.world.account_id][_State.world.region]


def _groups() -> dict[str, LogGroup]:
    groups: dict[str, LogGroup] = _backend().groups
    return groups


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@replaces(
    LogStream,
    "put_log_events",
    restores="ours: a group keeps a bounded number of events; events older than its retention go",
    original="b07b0d5ae328",
)
def _put(self: LogStream, log_events: list[dict[str, Any]]) -> str:
    token: str = ORIGINALS[LogStream, "put_log_events"](self, log_events)
    group = self.log_group
    if not hasattr(group, "kept"):
        group.kept = deque()
    group.kept.extend((self, event) for event in self.events[-len(log_events) :])
    _let_go(group)
    LogEvent.instances_tracked.clear()  # moto would keep every one of them
    return token


def _let_go(group: LogGroup) -> None:
    """Forget events from the oldest on, in the order in which they came."""
    oldest = _oldest_kept(group)
    while group.kept and (len(group.kept) > MOST_EVENTS or group.kept[0][1].timestamp < oldest):
        stream, event = group.kept.popleft()
        _forget(group, stream, event)


def _oldest_kept(group: LogGroup) -> int:
    if not group.retention_in_days:
        return 0
    kept = timedelta(days=int(group.retention_in_days))
    return _milliseconds(_State.world.clock.now() - kept)


def _forget(group: LogGroup, stream: LogStream, event: LogEvent) -> None:
    if stream.events and stream.events[0] is event:
        del stream.events[0]
    if not stream.events:
        group.streams.pop(stream.log_stream_name, None)
