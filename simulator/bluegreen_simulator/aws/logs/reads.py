"""CloudWatch Logs: FilterLogEvents, and what is refused because moto would pass over it.

API reference, `FilterLogEvents`: events of all streams in the order of their times; `interleaved`
is ignored; a page that is not the last one has a token. Words of refusals are ours.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.logs.exceptions import (
    InvalidParameterException,
    LogsClientError,
    ResourceNotFoundException,
)
from moto.logs.models import LogEvent, LogGroup, LogsBackend, LogStream
from moto.logs.responses import LogsResponse

from bluegreen_simulator.aws.logs.patterns import Matches, PatternRefused, compiled
from bluegreen_simulator.moto.constraints import summary, violations
from bluegreen_simulator.moto.replacements import replaces
from bluegreen_simulator.moto.unmodelled_calls import NOT_IMPLEMENTED

MOST: Final = 10_000
"""Events of a page, and its default (API reference, `FilterLogEvents`)."""

Found = list[tuple[LogStream, LogEvent]]


class Refused(LogsClientError):  # type: ignore[misc] # moto has no types
    """What is not modelled, by its name."""

    def __init__(self, what: str) -> None:
        super().__init__("NotImplemented", f"{what} is not modelled in the embedded AWS.")
        self.code = NOT_IMPLEMENTED


@replaces(
    LogsResponse,
    "filter_log_events",
    restores="FilterLogEvents means the streams and patterns that are asked for, sorted by time",
    original="bcfea899647e",
)
def filter_log_events(response: LogsResponse) -> str:
    """A page of the events that are asked for."""
    asked = _checked(response, "FilterLogEvents")
    group = _group(response.logs_backend, asked)
    streams = _streams(group, asked)
    found = _events(streams, asked)
    page, token = _page(found, asked)
    body = {
        "events": [{**e.to_filter_dict(), "logStreamName": s.log_stream_name} for s, e in page],
        "searchedLogStreams": [],  # as AWS since 2019: API reference, `FilterLogEvents`
        **token,
    }
    return json.dumps(body)


def _checked(response: LogsResponse, operation: str) -> Mapping[str, Any]:
    asked: dict[str, Any] = json.loads(response.body)
    broken = violations("logs", operation, asked)
    if broken:
        raise InvalidParameterException(summary(broken))
    if asked.get("unmask"):
        raise Refused(f"unmask of {operation}")
    return asked


def _group(backend: LogsBackend, asked: Mapping[str, Any]) -> LogGroup:
    """By its name, or by its name or ARN in the other member."""
    given = [asked[name] for name in ("logGroupName", "logGroupIdentifier") if name in asked]
    if len(given) != 1:
        raise InvalidParameterException("Give one of logGroupName and logGroupIdentifier.")
    name = given[0].partition(":log-group:")[2].removesuffix(":*") or given[0]
    if name not in backend.groups:
        raise ResourceNotFoundException
    group: LogGroup = backend.groups[name]
    return group


@replaces(
    LogsBackend,
    "_find_log_group",
    restores="a group is found by its ARN; moto takes whichever is last",
    original="50da4cd8aa06",
)
def _find_group(
    backend: LogsBackend, log_group_id: str | None = None, log_group_name: str | None = None
) -> LogGroup:
    given = {"logGroupIdentifier": log_group_id, "logGroupName": log_group_name}
    return _group(backend, {name: value for name, value in given.items() if value})


def _streams(group: LogGroup, asked: Mapping[str, Any]) -> list[LogStream]:
    names, prefix = asked.get("logStreamNames"), asked.get("logStreamNamePrefix")
    if names and prefix:
        message = "LogStreamNames and LogStreamNamePrefix cannot be given together."
        raise InvalidParameterException(message)
    return [
        stream
        for name, stream in group.streams.items()
        if name.startswith(prefix or "") and (not names or name in names)
    ]


def _events(streams: list[LogStream], asked: Mapping[str, Any]) -> Found:
    begin, end = asked.get("startTime", 0), asked.get("endTime", float("inf"))
    matches = _pattern(asked.get("filterPattern", ""))
    found = [
        (stream, event)
        for stream in streams
        for event in stream.events
        if begin <= event.timestamp <= end and matches(event.message)
    ]
    return sorted(found, key=lambda one: (one[1].timestamp, one[1].event_id))


def _pattern(pattern: str) -> Matches:
    try:
        return compiled(pattern)
    except PatternRefused as error:
        raise InvalidParameterException(str(error)) from error


def _page(found: Found, asked: Mapping[str, Any]) -> tuple[Found, dict[str, str]]:
    """The events of a page; the token is the id of the last event before the next one."""
    after = asked.get("nextToken", "-1")
    if not after.removeprefix("-").isdecimal():
        raise InvalidParameterException("The specified nextToken is invalid.")
    rest = _after(found, int(after))
    page = rest[: asked.get("limit", MOST)]
    more = len(rest) > len(page)
    return page, {"nextToken": str(page[-1][1].event_id)} if more else {}


def _after(found: Found, event_id: int) -> Found:
    """What comes after an event, in the order of the page; everything where it is gone."""
    places = [place for place, (_, event) in enumerate(found) if event.event_id == event_id]
    return found[places[0] + 1 :] if places else found


def _refusing(operation: str) -> Callable[[LogsResponse], str]:
    def refuse(_response: LogsResponse) -> str:
        raise Refused(f"{operation} of logs")

    return refuse


IGNORED: Final = {
    "start_query": ("StartQuery", "21374a37260b"),
    "start_live_tail": ("StartLiveTail", "3a308739adfa"),
    "put_metric_filter": ("PutMetricFilter", "69ce73323690"),
    "put_subscription_filter": ("PutSubscriptionFilter", "99b3106ec5f3"),
    "create_export_task": ("CreateExportTask", "9c84c6527859"),
}
"""What moto takes and then does nothing with, or only half: its operation, and its fingerprint."""

for _name, (_operation, _fingerprint) in IGNORED.items():
    replaces(
        LogsResponse,
        _name,
        restores=f"none: {_operation} is refused by name; moto would take it and do nothing",
        original=_fingerprint,
    )(_refusing(_operation))
