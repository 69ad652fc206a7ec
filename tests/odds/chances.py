"""How likely a drawn deployment is stopped: its minutes are drawn anew, and walked through.

Blue, and so what its guardrails come to, stays as it was in the run.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from bluegreen_simulator.rules.traffic.chance import poisson
from bluegreen_simulator.rules.traffic.latencies import bins_of
from odds.agreement import planned, watched
from odds.deployments import MEDIAN_MS, SIGMA, Bake, Drawn, Green
from odds.runs import Run
from odds.walk import Gate, Minute, is_in_alarm

DRAWS: Final = 300
MINUTE: Final = 60
SEEN_AFTER: Final = 5
"""Seconds after the end of a minute at which alarms look at it."""

SURE: Final = 0.99


@dataclass(frozen=True)
class Parts:
    """Which parts of requests fail, are refused, and are slow."""

    failing: float
    refused: float
    slow: float


def chance_of(run: Run, draws: int = DRAWS) -> float:
    """How likely one of its alarms goes off in time."""
    chance = random.Random(f"anew {run.drawn.number}")  # noqa: S311 - nothing to guess
    gates = _gates(run)
    return sum(_is_stopped(run, gates, chance) for _ in range(draws)) / draws


def _gates(run: Run) -> dict[str, list[Gate]]:
    found: dict[str, list[Gate]] = {}
    for row, gate, _ in watched(run):
        found.setdefault(row["VariantName"], []).append(gate)
    return found


def _is_stopped(run: Run, gates: Mapping[str, Sequence[Gate]], chance: random.Random) -> bool:
    second = planned(run)[0].start.second
    return any(
        _goes_off(run.drawn, variant, those, second, chance) for variant, those in gates.items()
    )


def _goes_off(
    drawn: Drawn, variant: str, gates: Sequence[Gate], second: int, chance: random.Random
) -> bool:
    """Whether an alarm does, where green's first request comes in that second of minute 0."""
    length = drawn.bakes[-1].end - drawn.bakes[0].start
    last = (second + length - SEEN_AFTER - 1) // MINUTE - 1
    before = max(gate.period for gate in gates)
    minutes: list[dict[int, Minute]] = [{} for _ in gates]
    for end, share in enumerate([0.0] * before + list(_shares(drawn, second, last)), -before):
        for of, counted in zip(minutes, _drawn(drawn, variant, gates, share, chance), strict=True):
            of[end] = counted
        if any(is_in_alarm(gate, of, end) for gate, of in zip(gates, minutes, strict=True)):
            return True
    return False


@cache
def _shares(drawn: Drawn, second: int, last: int) -> list[float]:
    """Green's part of the requests in each minute, from that of its first request on."""
    begin = drawn.bakes[0].start - second
    return list(_traffic(drawn.bakes, begin, last + 1))


def _traffic(bakes: Sequence[Bake], begin: int, minutes: int) -> Iterator[float]:
    """Green's part of the requests in each minute from that second after UpdateEndpoint on."""
    for number in range(minutes):
        seconds = range(begin + number * MINUTE, begin + (number + 1) * MINUTE)
        yield sum(_share(bakes, second) for second in seconds) / MINUTE


def _share(bakes: Sequence[Bake], second: int) -> float:
    """Green keeps what it had until the next bake."""
    return max((bake.share for bake in bakes if bake.start <= second), default=0.0)


def _drawn(
    drawn: Drawn, variant: str, gates: Sequence[Gate], share: float, chance: random.Random
) -> list[Minute]:
    """What each gate counts in a minute."""
    if drawn.green is Green.SILENT:
        return [Minute()] * len(gates)
    green = poisson(chance, drawn.rate * share)
    blue = poisson(chance, drawn.rate * (1 - share))
    slow_from = next((gate.limit_ms for gate in gates if gate.limit_ms), 0.0)
    bad, well = _parts(drawn, variant, slow_from)
    own = chance.binomialvariate(green, bad.failing), chance.binomialvariate(green, bad.refused)
    others = chance.binomialvariate(blue, well.failing), chance.binomialvariate(blue, well.refused)
    slow = chance.binomialvariate(green, bad.slow)
    found = []
    for gate in gates:
        kind = int(gate.key == "4xx")
        errors = own[kind] + (0 if gate.by_config else others[kind])
        found.append(Minute(green or None, slow if gate.limit_ms else errors, green + blue))
    return found


@cache
def _parts(drawn: Drawn, variant: str, limit_ms: float) -> tuple[Parts, Parts]:
    """Of green, and of blue."""
    times = drawn.size if drawn.green is Green.SLOWER and variant == drawn.bad else 1.0
    behavior = drawn.behavior if variant == drawn.bad else drawn.well
    green, blue = behavior, drawn.well
    return (
        Parts(green["error_rate"], green["client_error_rate"], slow_part(times, limit_ms)),
        Parts(blue["error_rate"], blue["client_error_rate"], 0.0),
    )


def slow_part(times: float, limit_ms: float) -> float:
    """The part of answers so many times slower than blue's that take longer than the limit."""
    bins = bins_of(MEDIAN_MS * times, SIGMA)
    first = next((n for n, ms in enumerate(bins.lengths) if ms > limit_ms), len(bins.lengths))
    return bins.edges[-1] - bins.edges[first]


def within(chances: Sequence[float]) -> tuple[int, int]:
    """How many of some happen, at least and at most, with 99 % certainty; each has its chance."""
    likely = [1.0]
    for chance in chances:
        likely = [
            (likely[n] * (1 - chance) if n < len(likely) else 0.0)
            + (likely[n - 1] * chance if n else 0.0)
            for n in range(len(likely) + 1)
        ]
    beyond = (1 - SURE) / 2
    low = next(n for n in range(len(likely)) if sum(likely[: n + 1]) > beyond)
    high = next(n for n in reversed(range(len(likely))) if sum(likely[n:]) > beyond)
    return low, high
