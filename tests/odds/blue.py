"""What blue is like at each moment, and weeks of it, by which guardrails are made."""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import islice
from math import pi, sin
from random import Random
from typing import Final, NamedTuple

from bluegreen.guardrails.asked import PERCENTILE, Asked
from bluegreen.guardrails.blue import Week
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.made import guardrails_of
from bluegreen.guardrails.windows import MINUTE, latency_period
from odds.cells import BAKE, Blue, Cell
from odds.chance import count, percentile_90, seeded

WEEKS: Final = 10
"""Of each kind of blue, of which each draw has one."""

MINUTES_OF_A_WEEK: Final = 7 * 1440
HOUR: Final = 60
MEDIAN_MS: Final = 50.0

STEADY: Final = {Blue.CLEAN: 0.0, Blue.HALF: 0.005, Blue.TWO: 0.02}
BETWEEN_BURSTS: Final = 0.002
BURSTS_A_DAY: Final = 6
BURST_MINUTES: Final = (2, 8)
IN_BURSTS: Final = (0.05, 0.06, 0.07, 0.08, 0.09, 0.1)
"""The part of requests that fail in a burst, one of these."""

OF_THE_DAY: Final = 0.005
SWING: Final = 0.8
"""By time of day there are 0.2 to 1.8 times as many requests, and errors among them."""


class Moment(NamedTuple):
    """A minute: how many times the usual requests there are, and which part of them fails."""

    traffic: float
    failing: float


def moments(blue: Blue, chance: Random, start: int = 0) -> Iterator[Moment]:
    """Blue from a minute of the day on, for ever."""
    if blue is Blue.BURSTS:
        yield from _in_bursts(chance)
    if blue is Blue.DAY:
        while True:
            times = 1 + SWING * sin(2 * pi * (start // HOUR % 24) / 24)
            yield Moment(times, OF_THE_DAY * times)
            start += 1
    while True:
        yield Moment(1.0, STEADY[blue])


def _in_bursts(chance: Random) -> Iterator[Moment]:
    """Bursts begin at any minute; the first minutes may lie in one that has begun before."""
    pause = 1440 / BURSTS_A_DAY
    length = sum(BURST_MINUTES) / 2
    bursting = chance.random() < length / (length + pause)
    while True:
        if bursting:
            failing = chance.choice(IN_BURSTS)
            yield from [Moment(1.0, failing)] * chance.randint(*BURST_MINUTES)
        yield from [Moment(1.0, BETWEEN_BURSTS)] * int(chance.expovariate(1 / pause))
        bursting = True


def guardrails(cell: Cell, week: int, *, by_config: bool = False) -> Mapping[str, Guardrail]:
    """The guardrails of a cell by their keys, by one of blue's weeks."""
    watched = BAKE * len(cell.steps)
    made = _guardrails(cell.blue, cell.per_minute, cell.sigma, week, cell.preset, watched)
    return made[by_config]


@cache
def _guardrails(
    blue: Blue, rate: float, sigma: float, number: int, preset: str, watched: int
) -> tuple[Mapping[str, Guardrail], Mapping[str, Guardrail]]:
    """Without errors by endpoint config, and with them."""
    weeks = {"main": _week(blue, rate, sigma, number)}
    made = guardrails_of(Asked.named(preset), weeks, BAKE, lambda _, key: key, watched).guardrails
    by_config = [each if each.of_latency else replace(each, by_config=True) for each in made]
    return {each.key: each for each in made}, {each.key: each for each in by_config}


@cache
def _week(blue: Blue, rate: float, sigma: float, number: int) -> Week:
    chance = seeded(f"week {blue} {rate} {sigma} {number}")
    week = list(islice(moments(blue, chance), MINUTES_OF_A_WEEK))
    server = [count(chance, rate * at.traffic * at.failing) for at in week]
    client = [count(chance, rate * at.traffic * at.failing) for at in week]
    well = [count(chance, rate * at.traffic * (1 - 2 * at.failing)) for at in week]
    requests = [sum(of) for of in zip(well, server, client, strict=True)]
    width = latency_period(BAKE) // MINUTE
    answered = [sum(well[at : at + width]) for at in range(0, MINUTES_OF_A_WEEK, width)]
    latency = [MEDIAN_MS * percentile_90(chance, n, sigma) for n in answered if n]
    return Week(
        requests=array("I", requests),
        server_errors=array("I", server),
        client_errors=array("I", client),
        latency_ms={PERCENTILE: array("d", latency)},
    )
