"""The deployment policy: how traffic shifts, how long it bakes, and which alarms watch it.

Shapes and limits are those of `DeploymentConfig` in the API of `UpdateEndpoint`; the rules
between members come from the SageMaker Developer Guide's pages on all-at-once, canary and
linear traffic shifting and on rolling deployments. botocore checks none of the maxima and none
of these rules.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bluegreen.contract.aws_shapes import (
    CapacitySizeShape,
    DeploymentConfigShape,
    TrafficRoutingShape,
    UpdatePolicyShape,
)
from bluegreen.contract.findings import Finding
from bluegreen.contract.json_shape import (
    Choice,
    ListOf,
    Structure,
    Text,
    Whole,
    missing,
    not_allowed,
)

LONGEST_WAIT_SECONDS: Final = 3600
SHORTEST_MAXIMUM_SECONDS: Final = 600
LONGEST_MAXIMUM_SECONDS: Final = 28800
PROVISIONING_ALLOWANCE_SECONDS: Final = 3600
PROVISIONING_MARGIN_SECONDS: Final = 1800
"""What a fleet, or a batch, may take to be made: users report up to half an hour."""

ROLLING: Final = "ROLLING"
"""The mode of a RollingUpdatePolicy, which has no name of its own in the API."""

SIZE_OF_MODE: Final = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
"""The sizes in a TrafficRoutingConfiguration, by the Type that needs them."""

PERCENT_OF_MODE: Final = {"CANARY": (1, 50), "LINEAR": (10, 50), ROLLING: (5, 50)}
"""The least and the greatest part of a fleet in one step, in percent."""

_wait = Whole(0, LONGEST_WAIT_SECONDS, "seconds")
_maximum = Whole(SHORTEST_MAXIMUM_SECONDS, LONGEST_MAXIMUM_SECONDS, "seconds")
MOST_INSTANCES: Final = 1_000_000
"""Ours: the API has no maximum; no fleet has so many."""

_capacity_size = Structure(
    {
        "Type": Choice(("INSTANCE_COUNT", "CAPACITY_PERCENT")),
        "Value": Whole(1, MOST_INSTANCES),
    },
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
        "MaximumExecutionTimeoutInSeconds": _maximum,
    },
    required=("TrafficRoutingConfiguration",),
)
_rolling_policy = Structure(
    {
        "MaximumBatchSize": _capacity_size,
        "WaitIntervalInSeconds": _wait,
        "MaximumExecutionTimeoutInSeconds": _maximum,
        "RollbackMaximumBatchSize": _capacity_size,
    },
    required=("MaximumBatchSize", "WaitIntervalInSeconds"),
)
_ALARM_NAME: Final = r"(?!\s*$)[^\x00-\x1f\x7f-\x9f]+"
_alarm = Structure(
    {"AlarmName": Text(255, _ALARM_NAME, "the name of an alarm, 1 to 255 printable characters")},
    required=("AlarmName",),
)
MOST_ALARMS: Final = 10
"""Of a deployment, the abort alarm included (API, AutoRollbackConfig)."""

DEPLOYMENT_CONFIG: Final = Structure(
    {
        "BlueGreenUpdatePolicy": _blue_green_policy,
        "RollingUpdatePolicy": _rolling_policy,
        "AutoRollbackConfiguration": Structure({"Alarms": ListOf(_alarm, 1, MOST_ALARMS)}),
    },
)
POLICIES: Final = ("BlueGreenUpdatePolicy", "RollingUpdatePolicy")


@dataclass(frozen=True)
class CapacitySize:
    """A part of a fleet: `INSTANCE_COUNT` or `CAPACITY_PERCENT`, and how many."""

    type: str
    value: int


@dataclass(frozen=True)
class Policy:
    """A valid policy; waits and the maximum in seconds.

    `size` is the canary, the linear step or the batch, None for ALL_AT_ONCE. `rollback_size`
    is the batch in which a rolling update is rolled back, None for all of the fleet at once.
    """

    mode: str
    wait_seconds: int
    termination_wait_seconds: int
    size: CapacitySize | None = None
    maximum_seconds: int | None = None
    alarms: tuple[str, ...] = ()
    rollback_size: CapacitySize | None = None

    @property
    def longest_wait_seconds(self) -> int:
        """The longest of its bakes."""
        return max(self.wait_seconds, self.termination_wait_seconds)

    @classmethod
    def from_json(cls, config: DeploymentConfigShape) -> "Policy":
        """Read a `DeploymentConfig` that has passed `check`."""
        alarms = tuple(alarm["AlarmName"] for alarm in alarms_of(config))
        if "RollingUpdatePolicy" in config:
            return cls._rolling(config["RollingUpdatePolicy"], alarms)
        blue_green = config["BlueGreenUpdatePolicy"]
        routing = blue_green["TrafficRoutingConfiguration"]
        return cls(
            mode=routing["Type"],
            wait_seconds=routing.get("WaitIntervalInSeconds", 0),
            termination_wait_seconds=blue_green.get("TerminationWaitInSeconds", 0),
            size=_size_in(routing, SIZE_OF_MODE.get(routing["Type"], "")),
            maximum_seconds=blue_green.get("MaximumExecutionTimeoutInSeconds"),
            alarms=alarms,
        )

    @classmethod
    def _rolling(cls, rolling: UpdatePolicyShape, alarms: tuple[str, ...]) -> "Policy":
        return cls(
            mode=ROLLING,
            wait_seconds=rolling["WaitIntervalInSeconds"],
            termination_wait_seconds=0,
            size=_size_in(rolling, "MaximumBatchSize"),
            maximum_seconds=rolling.get("MaximumExecutionTimeoutInSeconds"),
            alarms=alarms,
            rollback_size=_size_in(rolling, "RollbackMaximumBatchSize"),
        )

    def to_json(self) -> DeploymentConfigShape:
        """The policy as the `DeploymentConfig` that UpdateEndpoint wants."""
        member, policy = self._policy_to_json()
        maximum = self.maximum_seconds
        if maximum is not None:
            policy = {**policy, "MaximumExecutionTimeoutInSeconds": maximum}
        config: dict[str, Any] = {member: policy}
        if self.alarms:
            alarms = [{"AlarmName": name} for name in self.alarms]
            config["AutoRollbackConfiguration"] = {"Alarms": alarms}
        return config

    def _policy_to_json(self) -> tuple[str, UpdatePolicyShape]:
        waits: dict[str, Any] = {"WaitIntervalInSeconds": self.wait_seconds}
        if self.mode == ROLLING:
            batches = {
                "MaximumBatchSize": self.size,
                "RollbackMaximumBatchSize": self.rollback_size,
            }
            return "RollingUpdatePolicy", waits | _sizes_to_json(batches)
        sizes = _sizes_to_json({SIZE_OF_MODE.get(self.mode, ""): self.size})
        return "BlueGreenUpdatePolicy", {
            "TrafficRoutingConfiguration": {"Type": self.mode, **waits, **sizes},
            "TerminationWaitInSeconds": self.termination_wait_seconds,
        }


def _size_in(body: TrafficRoutingShape | UpdatePolicyShape, member: str) -> CapacitySize | None:
    size = body.get(member)
    return CapacitySize(size["Type"], size["Value"]) if size else None


def _sizes_to_json(sizes: Mapping[str, CapacitySize | None]) -> dict[str, CapacitySizeShape]:
    return {
        member: {"Type": size.type, "Value": size.value} for member, size in sizes.items() if size
    }


def alarms_of(config: DeploymentConfigShape) -> list[dict[str, str]]:
    """The alarms of a `DeploymentConfig`, as they stand there."""
    alarms: list[dict[str, str]] = config.get("AutoRollbackConfiguration", {}).get("Alarms", [])
    return alarms


def check_rules(
    config: DeploymentConfigShape, place: str = "DeploymentConfig"
) -> Iterator[Finding]:
    """Yield which rules between the members of a well-shaped `DeploymentConfig` are broken."""
    if "BlueGreenUpdatePolicy" in config:
        routing = config["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
        path = f"{place}.BlueGreenUpdatePolicy.TrafficRoutingConfiguration"
        yield from _check_routing(routing, path)
    rolling = config.get("RollingUpdatePolicy", {})
    if rolling:
        path = f"{place}.RollingUpdatePolicy"
        batch, back = rolling["MaximumBatchSize"], rolling.get("RollbackMaximumBatchSize", {})
        yield from _check_percent(PERCENT_OF_MODE[ROLLING], batch, f"{path}.MaximumBatchSize")
        yield from _check_percent((1, 100), back, f"{path}.RollbackMaximumBatchSize")


def _check_routing(routing: TrafficRoutingShape, path: str) -> Iterator[Finding]:
    mode, size_member = routing["Type"], SIZE_OF_MODE.get(routing["Type"])
    for member in SIZE_OF_MODE.values():
        if member == size_member and member not in routing:
            yield missing(f"{path}.{member}", f"; {mode} needs it")
        elif member != size_member and member in routing:
            yield _unfit(f"{path}.{member}", mode)
    if mode != "ALL_AT_ONCE" and "WaitIntervalInSeconds" not in routing:
        yield missing(f"{path}.WaitIntervalInSeconds", f"; {mode} needs it")
    if size_member and size_member in routing:
        bounds, size = PERCENT_OF_MODE[mode], routing[size_member]
        yield from _check_percent(bounds, size, f"{path}.{size_member}")


def _unfit(path: str, mode: str) -> Finding:
    member = path.rpartition(".")[2]
    fitting = next(name for name, size in SIZE_OF_MODE.items() if size == member)
    message = f"{path} belongs to the Type {fitting}, but Type is {mode}."
    fix = f"Remove {member}, or set Type to {fitting}."
    return Finding("member-unfit-for-type", "ERROR", message, fix)


def _check_percent(
    bounds: tuple[int, int], size: CapacitySizeShape, path: str
) -> Iterator[Finding]:
    least, most = bounds
    if size.get("Type") == "CAPACITY_PERCENT" and not least <= size["Value"] <= most:
        yield not_allowed(f"{path}.Value", size["Value"], f"{least} to {most} percent of the fleet")
