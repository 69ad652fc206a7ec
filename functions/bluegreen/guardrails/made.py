"""What a request's guardrails come to: for each variant that changes, in numbers, or why not."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from bluegreen.guardrails.asked import LATENCY, SERVER_ERRORS, Asked, AskedGuardrail
from bluegreen.guardrails.blue import Week, latency_of, rates_of
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.windows import (
    LATENCY_PERIODS,
    MINUTE,
    SHORTEST_LATENCY_BAKE,
    errors_period,
    latency_period,
)

LEAST_ABOVE_BLUE_MS: Final = 10
"""A limit is never nearer to blue's latency; what is within is noise."""

TWICE: Final = 2
"""Where blue fails often, its limit may be as great as the defect that is asked for: green must be
found when it is twice as bad as it may be."""

DIGITS: Final = 6


class WhyNot(StrEnum):
    """Why a guardrail that was asked for cannot be made for a variant."""

    BLUE_IS_NOT_KNOWN = "BLUE_IS_NOT_KNOWN"
    SHORT_BAKE = "SHORT_BAKE"
    LIMIT_OF_ALL = "LIMIT_OF_ALL"


class Waits(NamedTuple):
    """Seconds of the shortest bake, and of all of them together."""

    bake: int
    watched: int


@dataclass(frozen=True)
class NotMade:
    """A guardrail that is not made."""

    variant: str
    asked: AskedGuardrail
    why: WhyNot


@dataclass(frozen=True)
class Made:
    """What guardrails came to."""

    guardrails: tuple[Guardrail, ...] = ()
    not_made: tuple[NotMade, ...] = ()


def guardrails_of(
    asked: Asked,
    weeks: Mapping[str, Week],
    bake_seconds: int,
    alarm_of: Callable[[str, str], str],
    watched_seconds: int = 0,
) -> Made:
    """The guardrails of variants, by what each of them did in blue's last week.

    `bake_seconds` is the shortest bake, and not 0; `watched_seconds` are all bakes together, in
    any of which blue may have a burst. `alarm_of` names the alarm of a variant's key.
    """
    waits = Waits(bake_seconds, max(bake_seconds, watched_seconds))
    of_all = [
        _of_variant(each, variant, week, waits, alarm_of)
        for variant, week in weeks.items()
        for each in asked.guardrails
    ]
    return Made(
        tuple(each for each in of_all if isinstance(each, Guardrail)),
        tuple(each for each in of_all if isinstance(each, NotMade)),
    )


def _of_variant(
    asked: AskedGuardrail,
    variant: str,
    week: Week,
    waits: Waits,
    alarm_of: Callable[[str, str], str],
) -> Guardrail | NotMade:
    alarm = alarm_of(variant, asked.key)
    if asked.metric == LATENCY:
        return _of_latency(asked, variant, week, waits.bake, alarm)
    return _of_errors(asked, variant, week, waits, alarm)


def _of_errors(
    asked: AskedGuardrail, variant: str, week: Week, waits: Waits, alarm: str
) -> Guardrail | NotMade:
    period = errors_period(waits.bake)
    errors = week.server_errors if asked.metric == SERVER_ERRORS else week.client_errors
    rates = rates_of(week.requests, errors, period // MINUTE, waits.watched // MINUTE)
    limit = asked.max_rate if asked.margin is None else rates.expected + asked.margin
    assert limit is not None
    if max(limit, rates.expected) >= 1:
        return NotMade(variant, asked, WhyNot.LIMIT_OF_ALL)
    return Guardrail(
        alarm=alarm,
        variant=variant,
        metric=asked.metric,
        key=asked.key,
        limit=round(limit, DIGITS),
        defect=round(min(1.0, max(asked.defect, TWICE * limit)), DIGITS),
        period_seconds=period,
        expected=round(rates.expected, DIGITS),
        blue_rate=round(rates.surely, DIGITS),
        by_config=asked.metric in week.by_config,
    )


def _of_latency(
    asked: AskedGuardrail, variant: str, week: Week, bake_seconds: int, alarm: str
) -> Guardrail | NotMade:
    if bake_seconds < SHORTEST_LATENCY_BAKE:
        return NotMade(variant, asked, WhyNot.SHORT_BAKE)
    blue_ms = None if week.is_short else next(_blue_ms(asked, week), None)
    limit_ms = _limit_ms(asked, blue_ms)
    if limit_ms is None:
        return NotMade(variant, asked, WhyNot.BLUE_IS_NOT_KNOWN)
    return Guardrail(
        alarm=alarm,
        variant=variant,
        metric=LATENCY,
        key=asked.key,
        limit=round(1 - asked.percentile / 100, DIGITS),
        defect=asked.defect,
        period_seconds=latency_period(bake_seconds),
        periods=LATENCY_PERIODS,
        percentile=asked.percentile,
        limit_ms=round(limit_ms, 3),
        blue_ms=None if blue_ms is None else round(blue_ms, 3),
    )


def _blue_ms(asked: AskedGuardrail, week: Week) -> Iterator[float]:
    periods = week.latency_ms.get(asked.percentile)
    if periods:
        yield latency_of(periods)


def _limit_ms(asked: AskedGuardrail, blue_ms: float | None) -> float | None:
    if asked.max_milliseconds is not None:
        return asked.max_milliseconds
    if blue_ms is None or asked.max_ratio_to_blue is None:
        return None
    return max(asked.max_ratio_to_blue * blue_ms, blue_ms + LEAST_ABOVE_BLUE_MS)
