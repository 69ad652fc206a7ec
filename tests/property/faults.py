"""Requests with one fault each, made from a valid one."""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

from bluegreen.contract.findings import rejecting
from bluegreen.contract.text import quoted
from bluegreen.request.request import check

REQUIRED = {
    "": ("EndpointName", "EndpointConfigName"),
    "BlueGreenUpdatePolicy": ("TrafficRoutingConfiguration",),
    "TrafficRoutingConfiguration": ("Type", "CanarySize", "LinearStepSize"),
    "CanarySize": ("Type", "Value"),
    "LinearStepSize": ("Type", "Value"),
    "Alarms": ("AlarmName",),
    "ExcludeRetainedVariantProperties": ("VariantPropertyType",),
}
ALARM = {"AlarmName": "errors"}
RETAINED = {"VariantPropertyType": "DesiredWeight"}
OUT_OF_RANGE: dict[str, list[Any]] = {
    "EndpointName": ["", "a" * 64, "-a", "a-", "a_b", "a\n"],
    "EndpointConfigName": ["", "a" * 64, "-a", "a-", "a b"],
    "DeploymentConfigName": ["", "Canary51Percent5Minutes", "Canary5Percent61Minutes"],
    "OnBusy": ["", "reject", "queue", "WAIT"],
    "QueueTimeoutSeconds": [59, 86_401],
    "ApprovedAt": ["", "today", "2026-01-05T09:00:00", "2026-13-05T09:00:00Z"],
    "RequestedBy": ["x" * 129],
    "Reason": ["x" * 513],
    "ExcludeRetainedVariantProperties": [[RETAINED] * 4],
    "VariantPropertyType": ["desiredWeight"],
    "TerminationWaitInSeconds": [-1, 3601],
    "WaitIntervalInSeconds": [-1, 3601],
    "MaximumExecutionTimeoutInSeconds": [599, 28_801],
    "Type": ["", "canary", "ROLLING"],
    "Value": [0],
    "Alarms": [[], [ALARM] * 11],
    "AlarmName": ["", " \t\n", "x" * 256],
}
OUT_OF_PERCENT = {"CanarySize": [0, 51], "LinearStepSize": [9, 51]}
OF_TYPES: list[Any] = [None, 1, 0.5, True, "text", [], {}]
RIGHT_TYPES: dict[str, type] = {
    "RetainAllVariantProperties": bool,
    "QueueTimeoutSeconds": int,
    "TerminationWaitInSeconds": int,
    "WaitIntervalInSeconds": int,
    "MaximumExecutionTimeoutInSeconds": int,
    "Value": int,
    "Alarms": list,
    "ExcludeRetainedVariantProperties": list,
    "DeploymentConfig": dict,
    "BlueGreenUpdatePolicy": dict,
    "AutoRollbackConfiguration": dict,
    "TrafficRoutingConfiguration": dict,
    "CanarySize": dict,
    "LinearStepSize": dict,
}

Place = tuple[str, str, Any, Any]
Fault = tuple[str, dict[str, Any]]


def places_in(value: Any, path: str = "", member: str = "") -> Iterator[Place]:
    """(path, name of the member or of its list, what holds it, its key) of all in a request."""
    items: Iterable[tuple[Any, Any]]
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        inside = isinstance(key, int)
        place = f"{path}[{key}]" if inside else f"{path}.{key}" if path else str(key)
        name = member if inside else str(key)
        yield place, "" if inside else name, value, key
        if isinstance(item, dict | list):
            yield from places_in(item, place, name)


def changed(raw: dict[str, Any], path: str, value: Any) -> Fault:
    """A copy of a request with another value at a path."""
    copy = deepcopy(raw)
    holder, key = next((h, k) for place, _, h, k in places_in(copy) if place == path)
    holder[key] = value
    return path, copy


def out_of_range(raw: dict[str, Any]) -> Iterator[Fault]:
    for path, member, holder, _ in places_in(raw):
        for value in OUT_OF_RANGE.get(member, []):
            yield changed(raw, path, value)
        size = path.split(".")[-2:-1]
        if member == "Value" and holder["Type"] == "CAPACITY_PERCENT":
            for value in OUT_OF_PERCENT[size[0]]:
                yield changed(raw, path, value)


def of_wrong_type(raw: dict[str, Any]) -> Iterator[Fault]:
    for path, member, _, _ in places_in(raw):
        right = RIGHT_TYPES.get(member, dict if path.endswith("]") else str)
        for value in OF_TYPES:
            if type(value) is not right:
                yield changed(raw, path, value)


def with_unknown_member(raw: dict[str, Any]) -> Iterator[Fault]:
    yield quoted("Surprise"), {**raw, "Surprise": 1}
    for path, _, holder, key in places_in(raw):
        if isinstance(holder[key], dict):
            # A long path is cut in front: the member's own name is what matters.
            yield f'{path[-60:]}.Surprise"', changed(raw, path, {**holder[key], "Surprise": 1})[1]


def without_required(raw: dict[str, Any]) -> Iterator[Fault]:
    for path, member, _, key in list(places_in(raw)):
        copy = deepcopy(raw)
        holder = next(h for place, _, h, _ in places_in(copy) if place == path)
        held_by = path.removesuffix(f".{key}").split(".")[-1].split("[")[0]
        if member in REQUIRED.get(held_by if "." in path else "", ()):
            del holder[key]
            yield path, copy


def refuses(fault: Fault) -> bool:
    path, mutated = fault
    return any(path in finding.message for finding in rejecting(check(mutated)))
