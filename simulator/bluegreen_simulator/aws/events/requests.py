"""EventBridge's API: who may send which events, and whether a pattern matches an event.

API reference, `PutEventsResultEntry`: a source that begins with `aws.` is AWS's own, and an entry
that has one fails with NotAuthorizedForSourceException (its words are observed). What the simulator
itself sends as AWS does not come this way.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from moto.core.exceptions import JsonRESTError
from moto.events.exceptions import InvalidEventPatternException, ValidationException
from moto.events.models import EventPattern, EventPatternParser, EventsBackend
from moto.events.responses import EventsHandler

from bluegreen_simulator.moto.replacements import ORIGINALS, replaces
from bluegreen_simulator.moto.unmodelled_calls import NOT_IMPLEMENTED

AWS: Final = "aws."
NOT_AUTHORIZED: Final = {
    "ErrorCode": "NotAuthorizedForSourceException",
    "ErrorMessage": "Not authorized for the source.",
}
ENTRY: Final = frozenset(
    {"Source", "DetailType", "Detail", "Time", "Resources", "EventBusName", "TraceHeader"}
)
"""The members of an entry; a trace header changes nothing that anybody sees here."""

MATCH_TYPES: Final = frozenset(
    {
        "anything-but",
        "cidr",
        "equals-ignore-case",
        "exists",
        "numeric",
        "prefix",
        "suffix",
        "wildcard",
    }
)
"""User Guide, "Comparison operators for use in event patterns"."""

REQUIRED: Final = ("id", "account", "source", "time", "region", "resources", "detail-type")
"""What an event must have (API reference, `TestEventPattern`)."""


class Refused(JsonRESTError):  # type: ignore[misc] # moto has no types
    """What is not modelled, by its name."""

    code = NOT_IMPLEMENTED

    def __init__(self, what: str) -> None:
        super().__init__("NotImplemented", f"{what} is not modelled in the embedded AWS.")


@replaces(
    EventsHandler,
    "put_events",
    restores="PutEvents takes no events of AWS's own sources, one entry at a time",
    original="df08b985300c",
)
def put_events(handler: EventsHandler) -> str:
    """Send what may be sent; every entry has its own result, in the same order."""
    asked = json.loads(handler.body)
    if "EndpointId" in asked:
        raise Refused("EndpointId of PutEvents")
    _refuse_unknown(asked["Entries"])
    results = _results(handler.events_backend, asked["Entries"])
    failed = sum("ErrorCode" in result for result in results)
    return json.dumps({"FailedEntryCount": failed, "Entries": results})


def _refuse_unknown(entries: Iterable[Mapping[str, Any]]) -> None:
    unknown = sorted({name for entry in entries for name in entry.keys() - ENTRY})
    if unknown:
        raise Refused(f"{', '.join(unknown)} of an entry of PutEvents")


def _results(backend: EventsBackend, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What becomes of each entry."""
    own = [str(entry.get("Source", "")).startswith(AWS) for entry in entries]
    others = [entry for entry, is_own in zip(entries, own, strict=True) if not is_own]
    taken = iter(backend.put_events(others))
    return [dict(NOT_AUTHORIZED) if is_own else next(taken) for is_own in own]


@replaces(
    EventsHandler,
    "test_event_pattern",
    restores="TestEventPattern says whether the pattern matches; moto answers nothing",
    original="945d9dc74b3a",
)
def is_matched(handler: EventsHandler) -> str:
    """Whether the event matches, as it would for a rule."""
    asked = json.loads(handler.body)
    pattern = EventPattern.load(asked["EventPattern"])
    return json.dumps({"Result": bool(pattern.matches_event(_event(asked["Event"])))})


def _event(text: str) -> dict[str, Any]:
    try:
        event = json.loads(text)
    except ValueError as error:
        raise ValidationException("Parameter Event is not valid. Reason: it is no JSON.") from error
    if not isinstance(event, dict):
        raise ValidationException("Parameter Event is not valid. Reason: it is no JSON object.")
    missing = [name for name in REQUIRED if name not in event]
    if missing:
        told = f"it has no {', '.join(missing)}."
        raise ValidationException(f"Parameter Event is not valid. Reason: {told}")
    return event


@replaces(
    EventPatternParser,
    "_validate_event_pattern",
    restores="a pattern with an unknown match type is refused; moto lets it match everything",
    original="0c540f64aeaa",
)
def _validate(parser: EventPatternParser, pattern: dict[str, Any]) -> None:
    if not isinstance(pattern, dict):
        raise InvalidEventPatternException(reason="Filter is not an object")
    ORIGINALS[EventPatternParser, "_validate_event_pattern"](parser, pattern)
    for name, value in pattern.items():
        if name == "$or":
            for part in value:
                _validate(parser, part)
        elif isinstance(value, list):
            _check_match_types(value)


def _check_match_types(filters: Iterable[Any]) -> None:
    for one in filters:
        if isinstance(one, dict) and not one.keys() <= MATCH_TYPES:
            unknown = ", ".join(sorted(one.keys() - MATCH_TYPES))
            raise InvalidEventPatternException(reason=f"Unrecognized match type {unknown}")
