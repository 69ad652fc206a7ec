"""Deployments drawn by number, to be run as a whole: the same number is always the same one.

What is wrong with green, blue's errors, the policy and the traffic are those of the table's cells;
what only a whole run has is drawn beside them: how alarms are read, which metrics SageMaker has by
endpoint config, whether the stack makes abort alarms, and what becomes of too little data.
"""

import random
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from bluegreen_simulator.rules.fleet.assumptions import AlarmsRead, MetricsByConfig

OF_A_WORLD: Final = 10
"""Deployments with consecutive numbers share an account, and what is said of AWS in it."""

INSTANCES: Final = 20
"""Of each fleet; every share that is drawn is a whole number of them."""

MEDIAN_MS: Final = 50.0
SIGMA: Final = 0.5
MAXIMUM_SECONDS: Final = 28_800
PROVISIONING: Final = 300
SHIFTING: Final = 20
DELETION: Final = 30
"""Seconds, as assumed of SageMaker."""


class Green(StrEnum):
    """What is wrong with green."""

    HEALTHY = "healthy"
    SERVER = "5XX"
    CLIENT = "4XX"
    SLOWER = "slower"
    SILENT = "no requests"


@dataclass(frozen=True)
class Bake:
    """Seconds after UpdateEndpoint, and green's share of the requests in it, 0 to 1."""

    start: int
    end: int
    share: float


@dataclass(frozen=True)
class Drawn:
    """A deployment; `size` is the part of bad requests, or how many times slower green is.

    Each variant gets `rate` requests a minute, and green's of `bad` alone is bad. `bake` and
    `second`, the second of its minute at which it is asked for, are seconds. `past` is for how many
    minutes blue has had traffic.
    """

    number: int
    green: Green
    size: float
    blue: float
    mode: str
    share: int
    rate: int
    bake: int
    variants: tuple[str, ...]
    second: int
    past: int
    not_enough_data: str

    @property
    def endpoint(self) -> str:
        """Its own."""
        return f"cell-{self.number}"

    @property
    def bad(self) -> str:
        """The variant whose green is bad."""
        return self.variants[0]

    @property
    def is_healthy(self) -> bool:
        """Whether all of green is."""
        return self.green in (Green.HEALTHY, Green.SILENT)

    @property
    def bakes(self) -> list[Bake]:
        """The bakes of an update that nothing stops."""
        at, found = PROVISIONING, list[Bake]()
        for number, percent in enumerate(self._percents):
            if number and self.mode == "ROLLING":
                at += DELETION + PROVISIONING
            at += SHIFTING
            found.append(Bake(at, at + self.bake, percent / 100))
            at += self.bake
        return found

    @property
    def _percents(self) -> list[int]:
        if self.mode == "ALL_AT_ONCE":
            return [100]
        if self.mode == "CANARY":
            return [self.share, 100]
        return [*range(self.share, 100, self.share), 100]

    @property
    def behavior(self) -> dict[str, Any]:
        """How the bad variant of green answers; requests, not answers, are what SILENT lacks."""
        match self.green:
            case Green.SERVER:
                return {**self.well, "error_rate": self.size, "client_error_rate": 0.0}
            case Green.CLIENT:
                return {**self.well, "error_rate": 0.0, "client_error_rate": self.size}
            case Green.SLOWER:
                return {**self.well, "latency_ms": MEDIAN_MS * self.size}
        return self.well

    @property
    def well(self) -> dict[str, Any]:
        """How everybody else answers: 4XX are as frequent as 5XX."""
        return {
            "error_rate": self.blue,
            "client_error_rate": self.blue,
            "latency_ms": MEDIAN_MS,
            "latency_spread": SIGMA,
        }

    @property
    def request(self) -> dict[str, Any]:
        """What is asked for; no alarm is."""
        return {
            "EndpointName": self.endpoint,
            "EndpointConfigName": f"{self.endpoint}-green",
            "DeploymentConfig": self._policy,
            "Guardrails": "Default",
            "NotEnoughData": self.not_enough_data,
            "AllowFindings": ["no-alarms", "bake-unprotected"],
        }

    @property
    def _policy(self) -> dict[str, Any]:
        size = {"Type": "CAPACITY_PERCENT", "Value": self.share}
        if self.mode == "ROLLING":
            rolling = {"MaximumBatchSize": size, "WaitIntervalInSeconds": self.bake}
            rolling["MaximumExecutionTimeoutInSeconds"] = MAXIMUM_SECONDS
            return {"RollingUpdatePolicy": rolling}
        routing: dict[str, Any] = {"Type": self.mode, "WaitIntervalInSeconds": self.bake}
        if self.mode != "ALL_AT_ONCE":
            routing["CanarySize" if self.mode == "CANARY" else "LinearStepSize"] = size
        return {
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": routing,
                "TerminationWaitInSeconds": self.bake,
                "MaximumExecutionTimeoutInSeconds": MAXIMUM_SECONDS,
            }
        }


@dataclass(frozen=True)
class Assumed:
    """What an account is like, in which deployments run."""

    alarms_read: AlarmsRead
    metrics_by_config: MetricsByConfig
    abort_alarm: bool


DEFECTS: Final = (
    *[(Green.HEALTHY, 0.0)] * 8,
    *[(Green.SERVER, 0.05)] * 2,
    *[(Green.SERVER, 0.2)] * 6,
    *[(Green.SERVER, 1.0)] * 2,
    *[(Green.CLIENT, 1.0)] * 3,
    *[(Green.SLOWER, 2.0)] * 3,
    *[(Green.SLOWER, 10.0)] * 2,
    (Green.SILENT, 0.0),
)
MODES: Final = ("ALL_AT_ONCE", "CANARY", "CANARY", "CANARY", "LINEAR", "ROLLING")
DAY: Final = 1440


LITTLE_DATA_FROM: Final = 100
"""From this number on there are few requests, and too little data aborts."""


def draw(number: int) -> Drawn:
    """The deployment of that number."""
    drawn = _any(number)
    if number < LITTLE_DATA_FROM:
        return drawn
    rate, bake = min(drawn.rate, 30), max(drawn.bake, 480)
    return replace(drawn, rate=rate, bake=bake, not_enough_data="ABORT")


def _any(number: int) -> Drawn:
    chance = random.Random(f"deployment {number}")  # noqa: S311 - nothing to guess
    green, size = chance.choice(DEFECTS)
    mode = chance.choice(MODES)
    two = mode != "ROLLING" and chance.random() < 0.2
    return Drawn(
        number=number,
        green=green,
        size=size,
        blue=chance.choice((0.0, 0.005, 0.02)),
        mode=mode,
        share=chance.choice((10, 25, 50)),
        rate=chance.choice((10, 30, 60, 60, 120, 300, 600)),
        bake=chance.choice((300, 420, 480, 600, 600, 750, 900)),
        variants=("main", "other") if two else ("main",),
        second=chance.randrange(60),
        past=chance.choice((DAY,) * 5 + (DAY // 3,)),
        not_enough_data=chance.choice(("WARN", "WARN", "PASS", "ABORT")),
    )


def assumed_of(number: int) -> Assumed:
    """Of the account in which the deployment of that number runs."""
    world = number // OF_A_WORLD
    return Assumed(
        AlarmsRead.EDGE if world % 2 else AlarmsRead.LEVEL,
        MetricsByConfig.ALL if (world + 1) // 2 % 2 else MetricsByConfig.DOCUMENTED,
        abort_alarm=world % 5 != 4,
    )
