"""How a simulated model behaves: the SIMULATED_* variables of its container's Environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from bluegreen.sagemaker.schedule import PROVISIONING_SECONDS
from bluegreen_simulator.rules.fleet.assumptions import LATENCY_MS

PREFIX: Final = "SIMULATED_"
LONGEST_LATENCY_MS: Final = 60_000
LONGEST_PROVISIONING_SECONDS: Final = 28_800
WIDEST_SPREAD: Final = 2
LONGEST_SLOW_START_SECONDS: Final = 28_800
SLOWEST_START: Final = 1000


class ProvisioningError(StrEnum):
    """Why a fleet cannot be made."""

    INSUFFICIENT_INSTANCE_CAPACITY = "InsufficientInstanceCapacity"
    PING_HEALTH_CHECK_FAILED = "PingHealthCheckFailed"


@dataclass(frozen=True)
class Behavior:
    """How the instances of a model come up and answer.

    `error_rate` is the share of requests, 0 to 1, that return 5XX, `client_error_rate` the share
    of those that the model can read and refuses all the same with 4XX; where both are more than
    all of them, 5XX come first. `latency_spread` is the sigma of a log-normal whose median is
    `latency_ms`; 0: each answer takes as long. For `slow_start_seconds` after a fleet first gets
    traffic, its answers take `slow_start_factor` times as long.
    """

    error_rate: float = 0.0
    latency_ms: float = LATENCY_MS
    provisioning_seconds: int = PROVISIONING_SECONDS
    provisioning_error: ProvisioningError | None = None
    client_error_rate: float = 0.0
    latency_spread: float = 0.0
    slow_start_seconds: float = 0.0
    slow_start_factor: float = 1.0


class BadBehavior(ValueError):
    """A SIMULATED_* variable that means nothing; the text names it, its value, what is allowed."""


def behavior_of(environment: Mapping[str, str]) -> Behavior:
    """The behaviour that a container's Environment sets; raises BadBehavior.

    Variables with other names are the model's own business and mean nothing here.
    """
    ours = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
    members: dict[str, Any] = {}
    for name, value in ours.items():
        if name not in _VARIABLES:
            allowed = ", ".join(_VARIABLES)
            raise BadBehavior(f"There is no variable {name}; allowed are {allowed}.")
        member, parse, words = _VARIABLES[name]
        try:
            members[member] = parse(value)
        except ValueError as error:
            raise BadBehavior(f"{name} is '{value}'; allowed: {words}.") from error
    return Behavior(**members)


def _number(least: float, most: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        return _within(float(text), least, most)

    return parse


def _seconds(text: str) -> int:
    return _within(int(text), 0, LONGEST_PROVISIONING_SECONDS)


def _within[N: (int, float)](number: N, least: float, most: float) -> N:
    if not least <= number <= most:  # a NaN is not within anything
        raise ValueError(f"{number} is out of range")
    return number


_VARIABLES: Final[Mapping[str, tuple[str, Callable[[str], object], str]]] = {
    "SIMULATED_ERROR_RATE": ("error_rate", _number(0, 1), "a number from 0 to 1"),
    "SIMULATED_LATENCY_MS": (
        "latency_ms",
        _number(0, LONGEST_LATENCY_MS),
        f"milliseconds, a number from 0 to {LONGEST_LATENCY_MS}",
    ),
    "SIMULATED_PROVISIONING_SECONDS": (
        "provisioning_seconds",
        _seconds,
        f"a whole number from 0 to {LONGEST_PROVISIONING_SECONDS}",
    ),
    "SIMULATED_PROVISIONING_ERROR": (
        "provisioning_error",
        ProvisioningError,
        " or ".join(ProvisioningError),
    ),
    "SIMULATED_CLIENT_ERROR_RATE": ("client_error_rate", _number(0, 1), "a number from 0 to 1"),
    "SIMULATED_LATENCY_SPREAD": (
        "latency_spread",
        _number(0, WIDEST_SPREAD),
        f"the sigma of a log-normal, a number from 0 to {WIDEST_SPREAD}",
    ),
    "SIMULATED_SLOW_START_SECONDS": (
        "slow_start_seconds",
        _number(0, LONGEST_SLOW_START_SECONDS),
        f"a number from 0 to {LONGEST_SLOW_START_SECONDS}",
    ),
    "SIMULATED_SLOW_START_FACTOR": (
        "slow_start_factor",
        _number(1, SLOWEST_START),
        f"a number from 1 to {SLOWEST_START}",
    ),
}
