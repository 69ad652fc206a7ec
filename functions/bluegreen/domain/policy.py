"""The deployment policy: how traffic moves, how long it bakes, which alarms watch.

Shapes and limits are those of `DeploymentConfig` in the API of `UpdateEndpoint`; the rules
between members come from the SageMaker Developer Guide's pages on all-at-once, canary and
linear traffic shifting. botocore checks none of the maxima and none of these rules.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bluegreen.domain.finding import Finding
from bluegreen.domain.shape import (
    Choice,
    ListOf,
    Structure,
    Text,
    Whole,
    missing,
    not_allowed,
    not_supported,
)

LONGEST_WAIT_SECONDS: Final = 3600
SHORTEST_MAXIMUM_SECONDS: Final = 600
LONGEST_MAXIMUM_SECONDS: Final = 28800
PROVISIONING_ALLOWANCE_SECONDS: Final = 3600
MOST_CANARY_PERCENT: Final = 50
LINEAR_PERCENT: Final = range(10, 51)
NAMED_ALL_AT_ONCE_WAIT_SECONDS: Final = 300

SIZE_OF_MODE: Final = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}

_wait = Whole(0, LONGEST_WAIT_SECONDS, "seconds")
_capacity_size = Structure(
    {"Type": Choice(("INSTANCE_COUNT", "CAPACITY_PERCENT")), "Value": Whole(1)},
    required=("Type", "Value"),
)
_traffic_routing = Structure(
    {
        "Type": Choice(("ALL_AT_ONCE", "CANARY", "LINEAR")),
        "WaitIntervalInSeconds": _wait,
        "CanarySize": _capacity_size,
        "LinearStepSize": _capacity_size,
    },
    required=("Type",),
)
_blue_green_policy = Structure(
    {
        "TrafficRoutingConfiguration": _traffic_routing,
        "TerminationWaitInSeconds": _wait,
        "MaximumExecutionTimeoutInSeconds": Whole(
            SHORTEST_MAXIMUM_SECONDS, LONGEST_MAXIMUM_SECONDS, "seconds"
        ),
    },
    required=("TrafficRoutingConfiguration",),
)
_alarm = Structure(
    {"AlarmName": Text(255, r"(?!\s*$).+", "the name of an alarm, 1 to 255 characters")},
    required=("AlarmName",),
)
DEPLOYMENT_CONFIG: Final = Structure(
    {
        "BlueGreenUpdatePolicy": _blue_green_policy,
        "AutoRollbackConfiguration": Structure({"Alarms": ListOf(_alarm, 1, 10)}),
    },
    later=("RollingUpdatePolicy",),
)

_NAMED: Final = re.compile(
    r"AllAtOnce"
    r"|(?P<canary>Canary)(?P<canary_percent>\d{1,3})Percent(?P<canary_minutes>\d{1,3})Minutes?"
    r"|(?P<linear>Linear)(?P<linear_percent>\d{1,3})PercentEvery(?P<linear_minutes>\d{1,3})Minutes?"
)
_ROLLING: Final = re.compile(r"Rolling\d{1,3}PercentEvery\d{1,3}Minutes?")
NAMES_IN_WORDS: Final = (
    "AllAtOnce, Canary<1..50>Percent<1..60>Minutes or Linear<10..50>PercentEvery<1..60>Minutes"
)


@dataclass(frozen=True)
class CapacitySize:
    """A part of a fleet: `INSTANCE_COUNT` or `CAPACITY_PERCENT`, and how many."""

    type: str
    value: int


@dataclass(frozen=True)
class Policy:
    """A valid blue/green policy; waits and the maximum in seconds.

    `size` is the canary or the linear step, None for ALL_AT_ONCE.
    """

    mode: str
    wait_seconds: int
    termination_wait_seconds: int
    size: CapacitySize | None = None
    maximum_seconds: int | None = None
    alarms: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> "Policy":
        """Read a `DeploymentConfig` that has passed `check`."""
        blue_green = config["BlueGreenUpdatePolicy"]
        routing = blue_green["TrafficRoutingConfiguration"]
        size = routing.get(SIZE_OF_MODE.get(routing["Type"], ""))
        return cls(
            mode=routing["Type"],
            wait_seconds=routing.get("WaitIntervalInSeconds", 0),
            termination_wait_seconds=blue_green.get("TerminationWaitInSeconds", 0),
            size=CapacitySize(size["Type"], size["Value"]) if size else None,
            maximum_seconds=blue_green.get("MaximumExecutionTimeoutInSeconds"),
            alarms=tuple(alarm["AlarmName"] for alarm in alarms_of(config)),
        )

    def to_json(self) -> dict[str, Any]:
        """The policy as the `DeploymentConfig` that UpdateEndpoint wants."""
        routing: dict[str, Any] = {"Type": self.mode, "WaitIntervalInSeconds": self.wait_seconds}
        if self.size:
            size = {"Type": self.size.type, "Value": self.size.value}
            routing[SIZE_OF_MODE[self.mode]] = size
        blue_green: dict[str, Any] = {
            "TrafficRoutingConfiguration": routing,
            "TerminationWaitInSeconds": self.termination_wait_seconds,
        }
        if self.maximum_seconds is not None:
            blue_green["MaximumExecutionTimeoutInSeconds"] = self.maximum_seconds
        config: dict[str, Any] = {"BlueGreenUpdatePolicy": blue_green}
        if self.alarms:
            alarms = [{"AlarmName": name} for name in self.alarms]
            config["AutoRollbackConfiguration"] = {"Alarms": alarms}
        return config


def alarms_of(config: Mapping[str, Any]) -> list[dict[str, str]]:
    """The alarms of a `DeploymentConfig`, as they stand there."""
    alarms: list[dict[str, str]] = config.get("AutoRollbackConfiguration", {}).get("Alarms", [])
    return alarms


def named(name: str) -> dict[str, Any] | None:
    """The `BlueGreenUpdatePolicy` of a name as CodeDeploy users know them; None: no such name.

    The interval is the termination wait too (`AllAtOnce`: 300 seconds).
    """
    match = _NAMED.fullmatch(name)
    if not match:
        return None
    mode = (match["canary"] or match["linear"] or "").upper()
    if not mode:
        routing = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
        return _blue_green(routing, NAMED_ALL_AT_ONCE_WAIT_SECONDS)
    percent, minutes = (int(match[f"{mode.lower()}_{part}"]) for part in ("percent", "minutes"))
    size = {"Type": "CAPACITY_PERCENT", "Value": percent}
    routing = {"Type": mode, "WaitIntervalInSeconds": 60 * minutes, SIZE_OF_MODE[mode]: size}
    return _blue_green(routing, 60 * minutes)


def _blue_green(routing: dict[str, Any], termination_wait_seconds: int) -> dict[str, Any]:
    return {
        "TrafficRoutingConfiguration": routing,
        "TerminationWaitInSeconds": termination_wait_seconds,
    }


def check_name(name: str) -> Iterator[Finding]:
    """Yield what is wrong with a `DeploymentConfigName`: its pattern, its numbers."""
    blue_green = named(name)
    if _ROLLING.fullmatch(name):
        yield not_supported("DeploymentConfigName", name)
    elif blue_green is None or not _is_sound(blue_green):
        yield not_allowed("DeploymentConfigName", name, NAMES_IN_WORDS)


def _is_sound(blue_green: Mapping[str, Any]) -> bool:
    faults = list(_blue_green_policy.check(blue_green)) or list(check_rules(blue_green))
    return not faults and blue_green["TerminationWaitInSeconds"] > 0


def check_rules(
    blue_green: Mapping[str, Any], path: str = "DeploymentConfig.BlueGreenUpdatePolicy"
) -> Iterator[Finding]:
    """Yield which rules between the members of a well-shaped blue/green policy are broken."""
    routing = blue_green["TrafficRoutingConfiguration"]
    path = f"{path}.TrafficRoutingConfiguration"
    mode, size_member = routing["Type"], SIZE_OF_MODE.get(routing["Type"])
    for member in SIZE_OF_MODE.values():
        if member == size_member and member not in routing:
            yield missing(f"{path}.{member}", f", and {mode} needs it")
        elif member != size_member and member in routing:
            yield _unfit(f"{path}.{member}", mode)
    if mode != "ALL_AT_ONCE" and "WaitIntervalInSeconds" not in routing:
        yield missing(f"{path}.WaitIntervalInSeconds", f", and {mode} needs it")
    if size_member in routing:
        yield from _check_percent(mode, routing[size_member], f"{path}.{size_member}")


def _unfit(path: str, mode: str) -> Finding:
    member = path.rpartition(".")[2]
    fitting = next(name for name, size in SIZE_OF_MODE.items() if size == member)
    fix = f"Leave {member} out, or set Type to {fitting}."
    return Finding(
        "member-unfit-for-type", "ERROR", f"{path} goes with {fitting}, not with {mode}.", fix
    )


def _check_percent(mode: str, size: Mapping[str, Any], path: str) -> Iterator[Finding]:
    if size["Type"] != "CAPACITY_PERCENT":
        return
    if mode == "CANARY" and size["Value"] > MOST_CANARY_PERCENT:
        yield not_allowed(f"{path}.Value", size["Value"], "1 to 50 percent of the fleet")
    if mode == "LINEAR" and size["Value"] not in LINEAR_PERCENT:
        yield not_allowed(f"{path}.Value", size["Value"], "10 to 50 percent of the fleet")
