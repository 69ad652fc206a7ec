"""What must come of a deployment by the counts alone, in plain formulas of its own.

None of this is the code that makes, plans or judges guardrails, nor the one that evaluates alarms:
it is written out once more, so that each is a witness for the other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import exp, lgamma, log, sqrt
from typing import Final, NamedTuple

BACK: Final = 2
"""Periods more than an alarm needs that it looks back where some have no datapoint."""

RANGE: Final = 6
"""Minutes that it looks back at least."""

MAY_PASS: Final = 0.005
"""The part of blue's stretches in which it may pass what is expected of it."""

DAY: Final = 1440
LATELY: Final = 15
TENTHS: Final = 0.1
"""The part of requests that may be slow."""

JUDGED_LATEST: Final = 3
"""Minutes before the end of a bake that the last minute begins which is still judged in it."""


class Minute(NamedTuple):
    """What one guardrail counts in a minute; None where there is no datapoint.

    Of latency `bad` are the slow ones of green, else errors: of green alone by config, or of both.
    """

    green: float | None = None
    bad: float = 0
    both: float = 0


Minutes = Mapping[int, Minute]
NOTHING: Final = Minute()


@dataclass(frozen=True)
class Gate:
    """A guardrail in numbers; `period` is in minutes, of which `periods` in a row count."""

    key: str
    limit: float
    defect: float
    period: int
    periods: int = 1
    expected: float = 0.0
    surely: float = 0.0
    by_config: bool = False
    limit_ms: float = 0.0


# ---- What guardrails come to ------------------------------------------------------------------


def of_errors(
    key: str,
    requests: Sequence[float],
    errors: Sequence[float],
    bakes: Sequence[int],
    *,
    by_config: bool,
) -> Gate:
    """The gate of `Default` by blue's minutes, for bakes of so many seconds each.

    Its period is for one of them; blue itself may not pass in all of them together.
    """
    margin, defect = (0.02, 0.2) if key == "5xx" else (0.1, 0.5)
    period = max(1, min(15, min(bakes) // 2 // 60))
    expected = _expected(requests, errors, period, sum(bakes) // 60)
    limit = expected + margin
    return Gate(
        key,
        limit,
        max(defect, 2 * limit),
        period,
        expected=expected,
        surely=_surely(requests, errors, period),
        by_config=by_config,
    )


def of_latency(p90: Sequence[float], bake: int) -> Gate:
    """The same, by blue's 90th percentile in each period."""
    blue = sorted(p90)[len(p90) - 1 - int(len(p90) * MAY_PASS)]
    limit_ms = max(1.5 * blue, blue + 10)
    period = max(1, min(5, bake // 5 // 60))
    return Gate("latency-p90", TENTHS, 0.5, period, 3, limit_ms=limit_ms)


def _expected(n: Sequence[float], e: Sequence[float], period: int, stretch: int) -> float:
    if len(n) < DAY:
        return (sum(e) + 3) / sum(n)
    lately = sum(e[-LATELY:]) / sum(n[-LATELY:]) if sum(n[-LATELY:]) else 0.0
    windows = list(zip(_sums(n, period), _sums(e, period), strict=True))
    low, high = sum(e) / sum(n), 1.0
    if _passes(windows, low, stretch - period + 1) <= MAY_PASS:
        return max(low, lately)
    for _ in range(25):
        middle = (low + high) / 2
        passes = _passes(windows, middle, stretch - period + 1) > MAY_PASS
        low, high = (middle, high) if passes else (low, middle)
    return max(high, lately)


def _passes(windows: Sequence[tuple[float, float]], b: float, in_a_stretch: int) -> float:
    """The part of stretches as long as all bakes in which an alarm for `b` would have gone off."""
    over = [e > b * n + 3 * sqrt(b * n) + 2 for n, e in windows]
    begins = range(len(over) - in_a_stretch + 1)
    last, passing = -1, 0
    for end in range(len(over)):
        last = end if over[end] else last
        passing += end >= in_a_stretch - 1 and last > end - in_a_stretch
    return int(passing) / len(begins)


def _surely(n: Sequence[float], e: Sequence[float], period: int) -> float:
    """Blue's rate but for bursts: its mean, or what most periods have, if that is less."""
    rates = sorted(
        bad / all_ for all_, bad in zip(_sums(n, period), _sums(e, period), strict=True) if all_
    )
    middle = len(rates) // 2
    usual = rates[middle] if len(rates) % 2 else (rates[middle - 1] + rates[middle]) / 2
    return min(sum(e) / sum(n), usual)


def _sums(values: Sequence[float], width: int) -> list[float]:
    return [sum(values[at : at + width]) for at in range(len(values) - width + 1)]


# ---- When an alarm goes off -------------------------------------------------------------------


def is_over(gate: Gate, window: Minute) -> bool:
    """Whether a period is over the limit by more than chance."""
    green, bad, both = window
    if not green:
        return False
    allowed = gate.limit * green
    if gate.limit_ms:
        return bad > allowed + 1.2 * sqrt(allowed) + 1
    expected = allowed if gate.by_config else gate.expected * (both - green) + allowed
    return bad > expected + 3 * sqrt(expected) + 2


def rate(gate: Gate, window: Minute) -> float:
    """Green's rate, which is the alarm's value where a period is over the limit."""
    green, bad, both = window
    assert green
    of_blue = 0.0 if gate.limit_ms or gate.by_config else gate.expected * (both - green)
    return (bad - of_blue) / green


def window(minutes: Minutes, end: int, length: int) -> Minute:
    """The sum of so many minutes, of which `end` is the last."""
    those = [minutes[at] for at in range(end - length + 1, end + 1) if at in minutes]
    green = [each.green for each in those if each.green is not None]
    return Minute(
        sum(green) if green else None,
        sum(each.bad for each in those),
        sum(each.both for each in those),
    )


def datapoints(gate: Gate, minutes: Minutes, end: int) -> list[Minute]:
    """The periods that an alarm judges when minute `end` is over, oldest first."""
    in_range = max(gate.periods + BACK, -(-RANGE // gate.period))
    ends = (end - back * gate.period for back in range(in_range))
    found = (window(minutes, at, gate.period) for at in ends)
    there = (each for each in found if each.green is not None or each.both)
    return list(islice(there, gate.periods))[::-1]


def is_in_alarm(gate: Gate, minutes: Minutes, end: int) -> bool:
    """Whether it is in ALARM by what there is when minute `end` is over."""
    judged = datapoints(gate, minutes, end)
    return len(judged) == gate.periods and all(is_over(gate, each) for each in judged)


def first_alarm(gate: Gate, minutes: Minutes, ends: range) -> int | None:
    """The first minute whose end lets it go off."""
    return next((end for end in ends if is_in_alarm(gate, minutes, end)), None)


# ---- What the counts prove --------------------------------------------------------------------


def power(gate: Gate, minutes: Sequence[Minute]) -> float:
    """How likely the defect is found, at least: periods that do not overlap, by Poisson counts."""
    best = 0.0
    for first in range(gate.period):
        starts = range(first, len(minutes) - gate.period + 1, gate.period)
        chances = [_chance(gate, minutes[at : at + gate.period]) for at in starts]
        missed = 1.0
        for at in range(0, len(chances) - gate.periods + 1, gate.periods):
            found = 1.0
            for chance in chances[at : at + gate.periods]:
                found *= chance
            missed *= 1 - found
        best = max(best, 1 - missed)
    return best


def _chance(gate: Gate, minutes: Sequence[Minute]) -> float:
    green = sum(each.green or 0 for each in minutes)
    blue = max(0.0, sum(each.both for each in minutes) - green)
    if not green:
        return 0.0
    allowed, bad = gate.limit * green, gate.defect * green
    if gate.limit_ms:
        return _above(bad, allowed + 1.2 * sqrt(allowed) + 1)
    if not gate.by_config:
        allowed, bad = allowed + gate.expected * blue, bad + gate.surely * blue
    return _above(bad, allowed + 3 * sqrt(allowed) + 2)


def _above(mean: float, count: float) -> float:
    """How likely a Poisson count is greater than that."""
    return max(
        0.0, 1 - sum(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(int(count) + 1))
    )


def found_in(
    gate: Gate, minutes: Sequence[Minute], draws: int, draw: Callable[[int, float], int]
) -> int:
    """In how many draws the alarm goes off in these minutes, if green has the defect.

    It looks every minute, over all periods that lie within, as it does; `draw` tells how many of so
    many happen that each happen with a probability.
    """
    return sum(_is_found(gate, minutes, draw) for _ in range(draws))


def _is_found(gate: Gate, minutes: Sequence[Minute], draw: Callable[[int, float], int]) -> bool:
    drawn = dict(enumerate(_with_defect(gate, minutes, draw)))
    ends = range(gate.period * gate.periods - 1, len(minutes))
    return first_alarm(gate, drawn, ends) is not None


def _with_defect(
    gate: Gate, minutes: Sequence[Minute], draw: Callable[[int, float], int]
) -> Iterator[Minute]:
    for each in minutes:
        green = int(each.green or 0)
        bad = draw(green, gate.defect)
        if not gate.limit_ms and not gate.by_config:
            bad += draw(max(0, int(each.both) - green), gate.surely)
        yield Minute(each.green, bad, each.both)
