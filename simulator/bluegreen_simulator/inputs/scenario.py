"""A scenario: given an endpoint and its models, when a deployment is asked for, expect an end.

A file in YAML; `events/scenarios/README.md` explains each member.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bluegreen.contract.json_text import read_json
from bluegreen.contract.text import plain, quoted
from bluegreen_simulator.inputs.alarms import require_alarm
from bluegreen_simulator.inputs.faults import plan_of
from bluegreen_simulator.inputs.members import ScenarioError, require_known, shallow, unserializable
from bluegreen_simulator.inputs.yaml_text import read_yaml
from bluegreen_simulator.rules.alarms.evaluation import NEWEST_MINUTE, NewestMinute
from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.rules.faults.kinds import FaultPlan
from bluegreen_simulator.rules.fleet.assumptions import (
    ALARMS_READ,
    METRICS_BY_CONFIG,
    AlarmsRead,
    MetricsByConfig,
)
from bluegreen_simulator.rules.metrics.math.values import (
    MISSING_BESIDE_SCALAR,
    MissingBesideScalar,
)

MINUTES_OF_A_DAY: Final = 1440

__all__ = ["Scenario", "ScenarioError", "load"]


@dataclass(frozen=True)
class BluesPast:
    """For how many minutes there was traffic before the scenario begins.

    In them blue failed with `error_rate`, None: as now, but for the last `changed_minutes`.
    """

    minutes: int = 0
    error_rate: float | None = None
    changed_minutes: int = 0


@dataclass(frozen=True)
class Scenario:
    """One scenario; behaviours and alarms as they stand in the file.

    `request` is the execution's input, whatever it is. `plan` has the faults. `expected` maps
    members of the record, and `Notifications`, to what they should be. Without a `seed` no chance.
    """

    id: str
    name: str
    request: Any
    instances: int = 3
    green_instances: int = 3
    blue: Mapping[str, Any] = field(default_factory=dict)
    green: Mapping[str, Any] = field(default_factory=dict)
    past: BluesPast = field(default_factory=BluesPast)
    alarms: tuple[Mapping[str, Any], ...] = ()
    alarms_read: AlarmsRead = ALARMS_READ
    requests_per_second: float = 10
    seed: int | None = None
    metrics_by_config: MetricsByConfig = METRICS_BY_CONFIG
    missing_beside_scalar: MissingBesideScalar = MISSING_BESIDE_SCALAR
    newest_minute: NewestMinute = NEWEST_MINUTE
    plan: FaultPlan = field(default_factory=FaultPlan)
    expected: Mapping[str, Any] = field(default_factory=dict)

    def faults(self) -> Faults:
        """The faults of one run; some come only so many times, so each run has its own."""
        return Faults(self.plan)


def load(path: Path) -> Scenario:
    """Read a scenario file; ScenarioError when it cannot be understood."""
    try:
        body = read_yaml(shallow(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        raise ScenarioError(f"{path.name} cannot be read: {plain(str(error))}") from error
    require_known(body)
    for number, alarm in enumerate(body.get("given", {}).get("alarms", [])):
        require_alarm(alarm, f"given.alarms[{number}]")
    return _scenario(body, path)


def _scenario(body: Mapping[str, Any], path: Path) -> Scenario:
    given = body.get("given", {})
    instances = given.get("instances", Scenario.instances)
    green = dict(given.get("green", {}))
    return Scenario(
        id=path.stem,
        name=body.get("name", path.stem),
        request=_request(body.get("when", {}), path.parent),
        instances=instances,
        green_instances=green.pop("instances", instances),
        blue=given.get("blue", {}),
        green=green,
        past=_past(given.get("past", {})),
        alarms=tuple(given.get("alarms", [])),
        alarms_read=AlarmsRead(given.get("alarms_read", ALARMS_READ)),
        metrics_by_config=MetricsByConfig(given.get("metrics_by_config", METRICS_BY_CONFIG)),
        missing_beside_scalar=MissingBesideScalar(
            given.get("missing_beside_scalar", MISSING_BESIDE_SCALAR)
        ),
        newest_minute=NewestMinute(given.get("newest_minute", NEWEST_MINUTE)),
        seed=given.get("seed"),
        requests_per_second=given.get("requests_per_second", Scenario.requests_per_second),
        plan=plan_of(given.get("faults", {}), "given.faults"),
        expected=body.get("expect", {}),
    )


def _past(body: Mapping[str, Any]) -> BluesPast:
    minutes = round(body.get("days", 0) * MINUTES_OF_A_DAY)
    changed = min(body.get("changed_minutes", 0), minutes)
    return BluesPast(minutes, body.get("error_rate"), changed)


def _request(when: Mapping[str, Any], folder: Path) -> Any:  # noqa: ANN401 - any input at all
    """The execution's input: inline, or a file beside the scenario, with changes to its members."""
    if "request" not in when:
        raise ScenarioError("when.request is missing. Give a request, or the path of a JSON file.")
    request = when["request"]
    if isinstance(request, str) and request.endswith(".json"):
        request = _read_request(folder / request)
    changed = _merged(request, when["changes"]) if when.get("changes") else request
    for place, value in unserializable(changed, "when.request"):
        raise ScenarioError(f"{place} has {quoted(value)}. Allowed: what JSON can hold.")
    return changed


def _read_request(path: Path) -> Any:  # noqa: ANN401 - any JSON
    try:
        return read_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(f"when.request is {quoted(str(path))}: {plain(reason)}.") from error


def _merged(base: Any, changes: Any) -> Any:  # noqa: ANN401 - any JSON
    """`base` with `changes` laid over it, member by member; null removes a member."""
    if not isinstance(base, dict) or not isinstance(changes, dict):
        return changes
    merged = {**base, **{k: _merged(base.get(k), v) for k, v in changes.items()}}
    return {name: value for name, value in merged.items() if changes.get(name, ...) is not None}
