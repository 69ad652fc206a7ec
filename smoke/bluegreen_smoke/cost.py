"""What a smoke run costs: instance-hours, and money if AWS gives a price."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

PROVISIONING_SECONDS: Final = 600
"""Assumed for one fleet of small instances: minutes, and AWS promises no figure."""

SHIFT_SECONDS: Final = 60
DELETION_SECONDS: Final = 120
ALARM_SECONDS: Final = 180
"""From a datapoint to the rollback: a period, its evaluation, and CloudWatch's own delay."""

SETTLING_SECONDS: Final = 120
"""Between two deployments: events are read, metrics asked for."""

BAKE_SECONDS: Final = 60
"""Both bakes of the canary that succeeds, and the last one of the other."""

TRIPPED_BAKE_SECONDS: Final = 300
"""The first bake of the canary that rolls back: longer than an alarm takes to trip."""


@dataclass(frozen=True)
class Part:
    """A part of the run in which so many fleets exist for so many seconds."""

    what: str
    fleets: int
    seconds: int


def parts() -> list[Part]:
    """The run as its steps go, at its longest: the alarm trips late, provisioning is billed."""
    shifted = PROVISIONING_SECONDS + SHIFT_SECONDS
    succeeds = shifted + BAKE_SECONDS + SHIFT_SECONDS + BAKE_SECONDS + DELETION_SECONDS
    tripped = max(ALARM_SECONDS, TRIPPED_BAKE_SECONDS)
    rolls_back = shifted + tripped + SHIFT_SECONDS + DELETION_SECONDS
    return [
        Part("the endpoint is created", 1, PROVISIONING_SECONDS),
        Part("the canary that succeeds", 2, succeeds),
        Part("the canary that rolls back", 2, rolls_back),
        Part("looking, comparing and deleting", 1, 2 * SETTLING_SECONDS + DELETION_SECONDS),
    ]


def instance_hours(run: Sequence[Part], instances: int) -> float:
    """The hours of all instances together, `instances` being those of one fleet."""
    return instances * sum(part.fleets * part.seconds for part in run) / 3600


def in_words(run: Sequence[Part], instances: int, kind: str, price: float | None) -> list[str]:
    """The cost, line by line; `price` is a list price in USD an hour that AWS gave, or None."""
    lines = [
        f"  {part.what}: {instances} instances x {part.fleets} fleet{'s'[: part.fleets - 1]}"
        f" x {part.seconds} s"
        for part in run
    ]
    hours, seconds = instance_hours(run, instances), sum(part.seconds for part in run)
    money = f", {hours * price:.2f} USD at the list price of {price} USD an hour" if price else ""
    unknown = "" if price else "; the price is not known, because the Price List API gave none"
    return [
        f"This run costs at most, in about {round(seconds / 60)} minutes:",
        *lines,
        f"  together {hours:.2f} instance-hours of {kind}{money}{unknown}",
        "  and cents for everything else: KMS key and alarms by the hour, events, queues, logs.",
        "  The time for provisioning is an assumption; if it takes longer, it costs more.",
    ]
