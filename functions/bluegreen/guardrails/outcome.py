"""What became of a guardrail: it tripped, it held, or too little was seen to say that it held.

The counts are those of the metrics that its alarm watches, by the minute.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final, NamedTuple

from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.power import ENOUGH, UNTIL_IT_COUNTS, Minute, power, traffic_needed

A_MINUTE: Final = timedelta(minutes=1)
LAG: Final = timedelta(seconds=UNTIL_IT_COUNTS)
"""Until a minute that is over is published, judged by the alarm and seen by SageMaker."""

Values = Mapping[datetime, float]
"""What a metric had, by when each minute began; a minute that is missing had nothing."""


class Outcome(StrEnum):
    """What became of a guardrail."""

    TRIPPED = "TRIPPED"
    HEALTHY = "HEALTHY"
    NOT_ENOUGH_DATA = "NOT_ENOUGH_DATA"


class Bake(NamedTuple):
    """When a bake began, and when it ended or will end."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Counts:
    """What the metrics of a guardrail had.

    `green` are green's requests, `bad` those that are slow, or errors: of green alone, or of both
    fleets, whose requests are `both` then.
    """

    green: Values
    bad: Values = field(default_factory=dict)
    both: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What became of a guardrail, and what that rests on; None where it is not known.

    `rate` is the part of green's requests that were bad in all bakes. `power` is how likely its
    defect would have been found in the bake that says most, in which green got `requests`.
    """

    outcome: Outcome
    requests: int | None = None
    rate: float | None = None
    power: float | None = None


def counts_of(guardrail: Guardrail, series: Mapping[str, Values]) -> Counts:
    """The counts in the metrics of its alarm, by their ids there (`alarm.queries_of`).

    Of latency, a minute whose ranks are missing says nothing: its alarm had nothing to judge.
    """
    green = series["green"]
    if guardrail.of_latency:
        fast = series["fast"]
        ranked = {at: requests for at, requests in green.items() if at in fast}
        return Counts(ranked, {at: n * (1 - fast[at] / 100) for at, n in ranked.items()})
    return Counts(green, series["errors"], series.get("both", {}))


def result_of(
    guardrail: Guardrail, counts: Counts | None, bakes: Sequence[Bake], *, tripped: bool
) -> Result:
    """What became of a guardrail whose alarm watched these bakes; counts are None if unknown."""
    if counts is None:
        return Result(_outcome(0.0, tripped=tripped))
    of_each = ((power_in(guardrail, counts, bake), _green_in(counts, bake)) for bake in bakes)
    best, requests = max(of_each, default=(0.0, 0.0))
    rate = _rate(guardrail, counts, bakes)
    return Result(_outcome(best, tripped=tripped), round(requests), rate, best)


def _outcome(best: float, *, tripped: bool) -> Outcome:
    if tripped:
        return Outcome.TRIPPED
    return Outcome.HEALTHY if best >= ENOUGH else Outcome.NOT_ENOUGH_DATA


def power_in(guardrail: Guardrail, counts: Counts, bake: Bake) -> float:
    """How likely its defect would have been found in a bake that is over, 0 to 1."""
    return power(guardrail, _minutes(counts, _judged(bake)))


def power_to_come(guardrail: Guardrail, counts: Counts, bake: Bake, now: datetime) -> float:
    """The same of a bake that runs, if the rest of its minutes are as those seen until `now`.

    A minute counts as seen two minutes after its end; the first one is not taken for the others,
    since green had traffic in a part of it only.
    """
    judged = _judged(bake)
    known = _minutes(counts, (at for at in judged if at + A_MINUTE + LAG <= now))
    if not known:
        return 0.0
    paced = known[1:] or known
    usual = Minute(*(sum(values) / len(paced) for values in zip(*paced, strict=True)))
    return power(guardrail, [*known, *[usual] * (len(judged) - len(known))])


def requests_in(counts: Counts, bake: Bake) -> int:
    """How many requests green got in a bake, as far as they are counted."""
    return round(_green_in(counts, bake))


def green_needed(guardrail: Guardrail, counts: Counts, bake: Bake) -> int | None:
    """How many requests a minute green would need in such a bake, at its share of both fleets'.

    None where no number would be enough.
    """
    both = sum(counts.both.get(at, 0.0) for at in _begins(bake))
    share = min(1.0, _green_in(counts, bake) / both) if both else 1.0
    seconds = (bake.end - bake.start).total_seconds()
    needed = traffic_needed(guardrail, share, seconds) if share else None
    return None if needed is None else ceil(needed * share)


def _minutes(counts: Counts, begins: Iterable[datetime]) -> list[Minute]:
    return [Minute(counts.both.get(at, 0.0), counts.green.get(at, 0.0)) for at in begins]


def _judged(bake: Bake) -> list[datetime]:
    """The minutes of a bake that an alarm judges in time, from the one on in which it begins.

    The last one begins three minutes before the end of the bake.
    """
    return [at for at in _begins(bake) if at + A_MINUTE + LAG <= bake.end]


def _begins(bake: Bake) -> Iterator[datetime]:
    """When each minute begins that a bake has a part of."""
    at = bake.start.replace(second=0, microsecond=0)
    while at < bake.end:
        yield at
        at += A_MINUTE


def _green_in(counts: Counts, bake: Bake) -> float:
    return sum(counts.green.get(at, 0.0) for at in _begins(bake))


def _rate(guardrail: Guardrail, counts: Counts, bakes: Sequence[Bake]) -> float | None:
    """The part of bad requests, as the alarm takes it: errors of both less blue's expected ones."""
    minutes = {at for bake in bakes for at in _begins(bake)}
    green, bad, both = (
        sum(values.get(at, 0.0) for at in minutes)
        for values in (counts.green, counts.bad, counts.both)
    )
    if not green:
        return None
    of_blue = 0.0 if guardrail.by_config else guardrail.expected * max(0.0, both - green)
    return min(1.0, max(0.0, bad - of_blue) / green)
