"""What the engine's tests share: a policy, a fleet, and an update told as literal rows."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from bluegreen.sagemaker.deployment_config import CapacitySize, Policy
from bluegreen_simulator.rules.fleet.assumptions import ALARMS_READ, AlarmsRead
from bluegreen_simulator.rules.fleet.behavior import Behavior, behavior_of
from bluegreen_simulator.rules.fleet.config import FleetConfig, ProductionVariant
from bluegreen_simulator.rules.fleet.provisioning import NONE, Trouble
from bluegreen_simulator.rules.fleet.update import State, Update, UpdateRequest

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ALARMS = ("errors", "latency")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def policy(
    mode: str = "CANARY",
    percent: int = 25,
    wait: int = 300,
    termination: int = 120,
    maximum: int | None = 3600,
    count: int | None = None,
) -> Policy:
    size = (
        CapacitySize("INSTANCE_COUNT", count)
        if count
        else CapacitySize("CAPACITY_PERCENT", percent)
    )
    chosen = None if mode == "ALL_AT_ONCE" else size
    return Policy(mode, wait, termination, chosen, maximum, ALARMS)


def rolling(
    batch: int = 2, wait: int = 60, back: int | None = None, maximum: int | None = 28800
) -> Policy:
    size = CapacitySize("INSTANCE_COUNT", batch)
    rollback = CapacitySize("INSTANCE_COUNT", back) if back else None
    return Policy("ROLLING", wait, 0, size, maximum, ALARMS, rollback)


def fleet(name: str = "green", instances: int = 4, **variables: str) -> FleetConfig:
    environment = {f"SIMULATED_{key.upper()}": value for key, value in variables.items()}
    behavior: Behavior = behavior_of(environment)
    return FleetConfig(name, (ProductionVariant("main", instances, behavior=behavior),))


def update(
    how: Policy | None = None,
    green: FleetConfig | None = None,
    in_alarm: Iterable[str] = (),
    blue: FleetConfig | None = None,
    trouble: Trouble = NONE,
    alarms_read: AlarmsRead = ALARMS_READ,
) -> Update:
    green = green or fleet()
    blue = blue or fleet("blue", green.variants[0].instances)
    order = UpdateRequest(blue, green, how or policy(), START, trouble, alarms_read)
    return Update(order, in_alarm)


def rows(states: Iterable[State]) -> list[tuple[Any, ...]]:
    """(seconds since the start, phase, steps activated) of each state."""
    return [
        ((state.since - START).total_seconds(), str(state.phase), state.leg.step)
        for state in states
    ]


def counts(states: Iterable[State]) -> list[tuple[Any, ...]]:
    """(seconds, phase, blue and green instances there, green's with traffic), of one variant."""
    return [
        (
            (state.since - START).total_seconds(),
            str(state.phase),
            state.leg.blue[0],
            state.leg.green[0],
            state.leg.active[0],
        )
        for state in states
    ]
