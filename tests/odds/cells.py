"""The cells of the table: what green does, what blue does, and how much of it there is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final

from bluegreen.guardrails.asked import DEFAULT, PRESETS, STRICT

RATES: Final = (10, 60, 600, 6000)
"""Requests a minute, of both fleets."""

SHARES: Final = (0.1, 0.25, 0.5, 1.0)
"""Of the first step; 100 % is all at once."""

BAKE: Final = 600
"""Seconds, of each step."""

LINEAR: Final = 0.0
"""A share that stands for ten linear steps of 10 % each."""

BOTH: Final = (False, True)
"""Errors of both fleets, less blue's, and by endpoint config."""


class Blue(StrEnum):
    """What blue has been like for a week, and is now; green has it too, beside its defect."""

    CLEAN = "0 %"
    HALF = "0.5 %"
    TWO = "2 %"
    BURSTS = "bursts"
    DAY = "by time of day"


class Green(StrEnum):
    """What is wrong with green."""

    HEALTHY = "healthy"
    QUICK = "healthy at once"
    SERVER = "5XX"
    CLIENT = "4XX"
    SLOWER = "slower"
    SLOW_PART = "slow part"
    SILENT = "no metrics"


@dataclass(frozen=True)
class Cell:
    """One cell; `size` is the part of green's requests that is bad, or how many times slower it is.

    A healthy green starts slowly, unless it is healthy at once. `variants` share the requests, and
    one of them is bad. `sigma` is that of the logarithm of latencies. The deployment is a canary
    of `share` and then all, or by ten linear steps.
    """

    green: Green
    size: float = 0.0
    blue: Blue = Blue.HALF
    share: float = 0.25
    rate: int = 60
    by_config: bool = False
    sigma: float = 0.5
    preset: str = DEFAULT
    variants: int = 1

    @property
    def steps(self) -> tuple[float, ...]:
        """Green's share in each bake."""
        if self.share == LINEAR:
            return tuple(step / 10 for step in range(1, 11))
        return (1.0,) if self.share == 1 else (self.share, 1.0)

    @property
    def per_minute(self) -> float:
        """The requests a minute of the variant that is bad."""
        return self.rate / self.variants

    @property
    def is_healthy(self) -> bool:
        """Whether green is."""
        return self.green in (Green.HEALTHY, Green.QUICK)

    @property
    def keys(self) -> Sequence[str]:
        """The guardrails that it is about."""
        if self.is_healthy:
            return ("5xx", "4xx", "latency-p90")
        if self.green in (Green.SLOWER, Green.SLOW_PART):
            return ("latency-p90",)
        return ("4xx",) if self.green is Green.CLIENT else ("5xx",)

    @property
    def is_at_the_defect(self) -> bool:
        """Whether green is just as bad as its guardrail must find."""
        if self.green not in (Green.SERVER, Green.CLIENT, Green.SLOW_PART):
            return False
        defects = {asked.key: asked.defect for asked in PRESETS[self.preset]}
        return self.size == defects[self.keys[0]]

    @property
    def name(self) -> str:
        """What no other cell is called."""
        size = f" {self.size:g}" if self.size else ""
        words = [
            f"{self.green}{size}",
            f"blue {self.blue}",
            "linear" if self.share == LINEAR else f"share {self.share:.0%}",
            f"{self.rate} a minute",
            *(["by config"] if self.by_config else []),
            *([f"sigma {self.sigma:g}"] if self.sigma != 0.5 else []),
            *([f"{self.variants} variants"] if self.variants != 1 else []),
            *([self.preset] if self.preset != DEFAULT else []),
        ]
        return ", ".join(words)


WAYS: Final = tuple(product(SHARES, RATES))
CALM: Final = (Blue.CLEAN, Blue.HALF, Blue.TWO)


def cells() -> Iterator[Cell]:
    """All of them, what has to hold first; those that differ in `by_config` alone in a row."""
    yield from _healthy()
    yield from _at_the_defect()
    yield from _errors()
    yield from _latency()
    yield from _special()


def _healthy() -> Iterator[Cell]:
    for blue, share, rate, by_config in product(Blue, (*SHARES, LINEAR), RATES, BOTH):
        yield Cell(Green.HEALTHY, 0.0, blue, share, rate, by_config)
    for share, rate in product((*SHARES, LINEAR), RATES):
        yield Cell(Green.HEALTHY, share=share, rate=rate, sigma=1.0)
    for blue, share, rate in product(Blue, (0.25, 1.0), RATES):
        yield Cell(Green.HEALTHY, 0.0, blue, share, rate, preset=STRICT)
    for blue, rate in product((Blue.HALF, Blue.BURSTS), RATES):
        yield Cell(Green.HEALTHY, 0.0, blue, LINEAR, rate, preset=STRICT)


def _at_the_defect() -> Iterator[Cell]:
    for blue, (share, rate), by_config in product(Blue, WAYS, BOTH):
        yield Cell(Green.SERVER, 0.2, blue, share, rate, by_config)
    for blue, (share, rate) in product(CALM, WAYS):
        yield Cell(Green.CLIENT, 0.5, blue, share, rate)
    for blue, share, rate, by_config in product(CALM, (0.25, 1.0), RATES, BOTH):
        yield Cell(Green.SERVER, 0.05, blue, share, rate, by_config, preset=STRICT)
    for share, rate in product((0.25, 1.0), RATES):
        yield Cell(Green.CLIENT, 0.2, Blue.HALF, share, rate, preset=STRICT)
    for (preset, size), (share, rate) in product(((DEFAULT, 0.5), (STRICT, 0.25)), WAYS):
        yield Cell(Green.SLOW_PART, size, share=share, rate=rate, preset=preset)


def _errors() -> Iterator[Cell]:
    for size, blue, (share, rate), by_config in product((1.0, 0.05, 0.01), Blue, WAYS, BOTH):
        yield Cell(Green.SERVER, size, blue, share, rate, by_config)
    for blue, (share, rate), by_config in product(Blue, WAYS, BOTH):
        yield Cell(Green.CLIENT, 1.0, blue, share, rate, by_config)


def _latency() -> Iterator[Cell]:
    for size, blue, (share, rate) in product((1.2, 2.0, 10.0), (Blue.HALF, Blue.DAY), WAYS):
        yield Cell(Green.SLOWER, size, blue, share, rate)
    for size, (share, rate) in product((1.2, 2.0, 10.0), WAYS):
        yield Cell(Green.SLOWER, size, share=share, rate=rate, sigma=1.0)
    for size, (share, rate) in product((1.2, 2.0), WAYS):
        yield Cell(Green.SLOWER, size, share=share, rate=rate, preset=STRICT)


def _special() -> Iterator[Cell]:
    for (share, rate), by_config in product(WAYS, BOTH):
        yield Cell(Green.SERVER, 0.2, Blue.HALF, share, rate, by_config, variants=2)
    for share, rate in WAYS:
        yield Cell(Green.SILENT, 0.2, share=share, rate=rate)
    for share, rate in WAYS:
        yield Cell(Green.QUICK, share=share, rate=rate)
