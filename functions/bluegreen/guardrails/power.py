"""What counts prove: how likely a guardrail would have found its defect in them.

A lower bound: only periods that do not overlap are counted, and of blue only what surely fails.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from math import ceil, prod
from typing import Final, NamedTuple

from bluegreen.guardrails.chance import chance_to_pass, most_errors, most_slow
from bluegreen.guardrails.guardrail import Guardrail

ENOUGH: Final = 0.95
"""With less, a guardrail that did not trip says nothing."""

MINUTE: Final = 60
UNTIL_IT_COUNTS: Final = 120
"""Seconds: until a minute is published, judged by the alarm and seen by SageMaker."""

MOST_PER_MINUTE: Final = 1_000_000
LONGEST_BAKE: Final = 3600


class Minute(NamedTuple):
    """What a variant got in a minute: requests of both fleets, and those of green among them."""

    both: float
    green: float


def power(guardrail: Guardrail, minutes: Sequence[Minute]) -> float:
    """How likely it finds its defect in these minutes of a bake, 0 to 1.

    They are the whole ones of which its alarm is judged in time: the last begins three minutes
    before the bake ends.
    """
    width = guardrail.period_seconds // MINUTE
    both = [0.0, *accumulate(minute.both for minute in minutes)]
    green = [0.0, *accumulate(minute.green for minute in minutes)]
    chances = [
        chance_in_period(guardrail, both[end] - both[end - width], green[end] - green[end - width])
        for end in range(width, len(minutes) + 1)
    ]
    return max((_of_tiles(guardrail, chances[first::width]) for first in range(width)), default=0.0)


def planned_power(
    guardrail: Guardrail, per_minute: float, share: float, bake_seconds: float
) -> float:
    """The same of a bake in which the variant gets so many requests a minute, green its share."""
    minutes = max(0, int((bake_seconds - UNTIL_IT_COUNTS) // MINUTE))
    return power(guardrail, [Minute(per_minute, per_minute * share)] * minutes)


def traffic_needed(guardrail: Guardrail, share: float, bake_seconds: float) -> int | None:
    """How many requests a minute would be enough in a bake; None where no number would."""
    return _least(lambda rate: planned_power(guardrail, rate, share, bake_seconds), MOST_PER_MINUTE)


def bake_needed(guardrail: Guardrail, per_minute: float, share: float) -> int | None:
    """How many seconds of a bake would be enough, in whole minutes, periods as they are."""
    lengths = range(MINUTE, LONGEST_BAKE + 1, MINUTE)
    enough = (s for s in lengths if planned_power(guardrail, per_minute, share, s) >= ENOUGH)
    return next(enough, None)


def chance_in_period(guardrail: Guardrail, both: float, green: float) -> float:
    """How likely one period of so many requests is over the limit, if green has the defect."""
    bad, allowed = guardrail.defect * green, guardrail.limit * green
    if green <= 0:
        return 0.0
    if guardrail.of_latency:
        return chance_to_pass(bad, most_slow(allowed))
    if guardrail.by_config:
        return chance_to_pass(bad, most_errors(allowed))
    blue = max(0.0, both - green)
    expected = guardrail.expected * blue + allowed
    return chance_to_pass(bad + guardrail.blue_rate * blue, most_errors(expected))


def _of_tiles(guardrail: Guardrail, chances: Sequence[float]) -> float:
    """How likely one of some periods that do not overlap trips it, or one group in a row."""
    periods = guardrail.periods
    groups = [chances[i : i + periods] for i in range(0, len(chances) - periods + 1, periods)]
    return 1.0 - _none_of(prod(group) for group in groups)


def _none_of(chances: Iterable[float]) -> float:
    return prod(1.0 - chance for chance in chances)


def _least(enough: Callable[[int], float], most: int) -> int | None:
    """The least number with which a power that rises is enough."""
    if enough(most) < ENOUGH:
        return None
    low, high = 0, most
    while high - low > 1:
        middle = ceil((low + high) / 2)
        low, high = (low, middle) if enough(middle) >= ENOUGH else (middle, high)
    return high
