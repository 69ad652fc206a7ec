"""Blue as it was in its last week, replayed minute by minute: what is usual, and what may come.

A mean would stop healthy green fleets wherever traffic or errors come in waves. So every stretch
of the week that is as long as the bakes together is looked at as an alarm would look at it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import sqrt
from typing import Final

from bluegreen.guardrails.chance import SIGMAS, SMALL_COUNT

DAY: Final = 1440
"""Minutes; of a shorter time little is known."""

LATELY: Final = 15
"""Minutes: what blue does now may be worse than anything of its week."""

MAY_PASS: Final = 0.005
"""The part of stretches in which blue itself may pass what is expected of it."""

UNSEEN_ERRORS: Final = 3
"""That many may come where none was seen: the rule of three, at 95 %."""


@dataclass(frozen=True)
class Week:
    """What a variant did, by the minute, oldest first, from its first minute with a request on.

    Each of `requests`, `server_errors` and `client_errors` has a value for each minute until now,
    0 where there was none. `latency_ms` has by percentile its value in each period in which there
    was one, and `by_config` the metrics that SageMaker publishes of it by endpoint config.
    """

    requests: Sequence[float] = ()
    server_errors: Sequence[float] = ()
    client_errors: Sequence[float] = ()
    latency_ms: Mapping[float, Sequence[float]] = field(default_factory=dict)
    by_config: frozenset[str] = frozenset()

    @property
    def is_short(self) -> bool:
        """Whether it is less than a day."""
        return len(self.requests) < DAY


@dataclass(frozen=True)
class Rates:
    """Parts of blue's requests: `surely` end in an error, `expected` may by chance or in bursts."""

    surely: float
    expected: float


def rates_of(
    requests: Sequence[float], errors: Sequence[float], period: int, watched: int
) -> Rates:
    """The rates of an error, as alarms see it that count over `period` of the minutes `watched`."""
    total, bad = sum(requests), sum(errors)
    of_period = _sums(requests, period), _sums(errors, period)
    surely = min(bad / total if total else 0.0, _median_rate(*of_period))
    if len(requests) < DAY:
        return Rates(surely, min(1.0, (bad + UNSEEN_ERRORS) / total) if total else 1.0)
    lately = _rate(sum(errors[-LATELY:]), sum(requests[-LATELY:]))
    usual = max(_rate(bad, total), _least_expected(*of_period, max(1, watched - period + 1)))
    return Rates(surely, min(1.0, max(usual, lately)))


def latency_of(periods: Sequence[float]) -> float:
    """Blue's latency, of its percentile in each period: what it passes in 0.5 % of them."""
    return _but_for(sorted(periods), MAY_PASS)


def _rate(errors: float, requests: float) -> float:
    return errors / requests if requests else 0.0


def _median_rate(requests: Sequence[float], errors: Sequence[float]) -> float:
    """The rate of most periods, which bursts do not change."""
    from statistics import median  # noqa: PLC0415 - only who makes guardrails needs it

    return median([e / n for n, e in zip(requests, errors, strict=True) if n] or [0.0])


def _least_expected(requests: Sequence[float], errors: Sequence[float], periods: int) -> float:
    """The least rate that blue passes by more than chance in 0.5 % of its stretches at most.

    `periods` are how many periods end in a stretch, one each minute.
    """
    needed = [_needed(n, e) for n, e in zip(requests, errors, strict=True)]
    return _but_for(sorted(_greatest(needed, periods)), MAY_PASS)


def _needed(requests: float, errors: float) -> float:
    """The rate at which so many errors of so many requests are just within chance."""
    above = errors - SMALL_COUNT
    if above <= 0 or not requests:
        return 0.0
    root = (sqrt(SIGMAS**2 + 4 * above) - SIGMAS) / 2
    return min(1.0, root**2 / requests)


def _sums(values: Sequence[float], minutes: int) -> list[float]:
    """The sum of so many minutes, at each minute at which they end."""
    until = [0.0, *accumulate(values)]
    return [later - before for before, later in zip(until, until[minutes:], strict=False)]


def _greatest(values: Sequence[float], width: int) -> list[float]:
    """The greatest of each `width` values in a row."""
    best = list(values)
    done = 1
    while done < width:
        step = min(done, width - done)
        best = [max(pair) for pair in zip(best, best[step:], strict=False)]
        done += step
    return best


def _but_for(ordered: Sequence[float], part: float) -> float:
    """The value that only such a part of them exceeds; 0 where there is none."""
    return ordered[len(ordered) - 1 - int(part * len(ordered))] if ordered else 0.0
