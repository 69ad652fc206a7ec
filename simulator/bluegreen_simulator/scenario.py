"""A scenario: given an endpoint and its models, when a deployment is asked for, expect an end.

A file in YAML; `events/scenarios/README.md` explains each member.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from bluegreen.domain.quoting import quoted
from bluegreen_simulator.faults import Death, Faults

BEHAVIOR: Final = ("error_rate", "latency_ms", "provisioning_seconds", "provisioning_error")
MEMBERS: Final = {
    "": ("name", "given", "when", "expect"),
    "given": ("instances", "blue", "green", "alarms", "requests_per_second", "faults"),
    "given.blue": BEHAVIOR,
    "given.green": (*BEHAVIOR, "instances"),
    "given.faults": ("drop_events", "deaths"),
    "when": ("request", "changes"),
    "expect": (
        "Verdict",
        "Trigger",
        "LiveEndpointConfigName",
        "TrippedAlarms",
        "Stages",
        "Notifications",
        "Reason",
    ),
}


class ScenarioError(Exception):
    """A scenario file that cannot be understood; the text names the member."""


@dataclass(frozen=True)
class Scenario:
    """One scenario; behaviours and alarms as they stand in the file.

    `request` is the execution's input, whatever it is. `expected` maps members of the record,
    and `Notifications`, to what they should be.
    """

    id: str
    name: str
    request: Any
    instances: int = 3
    green_instances: int = 3
    blue: Mapping[str, Any] = field(default_factory=dict)
    green: Mapping[str, Any] = field(default_factory=dict)
    alarms: tuple[Mapping[str, Any], ...] = ()
    requests_per_second: float = 10
    drop_events: bool = False
    deaths: tuple[Death, ...] = ()
    expected: Mapping[str, Any] = field(default_factory=dict)

    def faults(self) -> Faults:
        """The faults of one run; a death comes only once, so each run has its own."""
        return Faults(drop_events=self.drop_events, deaths=list(self.deaths))


def load(path: Path) -> Scenario:
    """Read a scenario file; ScenarioError when it cannot be understood."""
    try:
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ScenarioError(f"{path.name} cannot be read: {error}") from error
    _check_members(body)
    return _scenario(body, path)


def _check_members(body: object) -> None:
    if not isinstance(body, dict):
        raise ScenarioError("A scenario is a mapping with the members name, given, when, expect.")
    for place, allowed in MEMBERS.items():
        part: Any = body
        for name in filter(None, place.split(".")):
            part = part.get(name, {})
        if not isinstance(part, dict):
            raise ScenarioError(f"{place} is {quoted(part)}. Allowed: a mapping.")
        for name in part:
            if name not in allowed:
                path = f"{place}.{name}" if place else str(name)
                raise ScenarioError(f"{quoted(path)} is not known. Allowed: {', '.join(allowed)}.")


def _scenario(body: Mapping[str, Any], path: Path) -> Scenario:
    given = body.get("given", {})
    faults = given.get("faults", {})
    instances = _instances(given.get("instances", 3), "given.instances")
    green = dict(given.get("green", {}))
    return Scenario(
        id=path.stem,
        name=body.get("name", path.stem),
        request=_request(body.get("when", {}), path.parent),
        instances=instances,
        green_instances=_instances(green.pop("instances", instances), "given.green.instances"),
        blue=given.get("blue", {}),
        green=green,
        alarms=tuple(given.get("alarms", [])),
        requests_per_second=given.get("requests_per_second", 10),
        drop_events=bool(faults.get("drop_events", False)),
        deaths=tuple(_death(text) for text in faults.get("deaths", [])),
        expected=body.get("expect", {}),
    )


def _instances(value: object, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ScenarioError(f"{path} is {quoted(value)}. Allowed: a whole number of at least 1.")
    return value


def _death(text: object) -> Death:
    function, found, operation = str(text).partition(" after ")
    if not found:
        example = "StartUpdate after UpdateEndpoint"
        raise ScenarioError(f"given.faults.deaths has {quoted(text)}. Allowed, say: {example}.")
    return Death(function, operation)


def _request(when: Mapping[str, Any], folder: Path) -> Any:  # noqa: ANN401 - any input at all
    """The execution's input: inline, or a file beside the scenario, with changes to its members."""
    if "request" not in when:
        raise ScenarioError("when.request is missing. Give a request, or the path of a file.")
    request = when["request"]
    if isinstance(request, str) and request.endswith(".json"):
        request = _read_request(folder / request)
    changes = when.get("changes", {})
    return _merged(request, changes) if changes else request


def _read_request(path: Path) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ScenarioError(f"when.request cannot be read: {error}") from error


def _merged(base: Any, changes: Any) -> Any:  # noqa: ANN401 - any JSON
    """`base` with `changes` laid over it, member by member; null removes a member."""
    if not isinstance(base, dict) or not isinstance(changes, dict):
        return changes
    merged = {**base, **{k: _merged(base.get(k), v) for k, v in changes.items()}}
    return {name: value for name, value in merged.items() if changes.get(name, ...) is not None}
