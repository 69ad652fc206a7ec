"""Draws a deployment: what both fleets and green got by the minute, from before its first shift on.

Requests come as a Poisson process, and each fails or is slow by itself. The shift lies at a random
second of its minute, so the first and the last minute of a step are partly another's.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from random import Random
from typing import Final, NamedTuple

from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.power import UNTIL_IT_COUNTS, Minute
from odds.blue import MEDIAN_MS, Moment, moments
from odds.cells import BAKE, Blue, Cell, Green
from odds.chance import Table, drawn_from, part_above, table_of

MINUTE: Final = 60
BEFORE: Final = 5
"""Minutes before the first shift that a period may reach back to."""

SLOW_START: Final = BAKE // 5
"""Seconds for which all requests to healthy instances are slow, when their first ones come."""

DAY: Final = 1440

FAILING5, FAILING4, FAST, SLOW, NEW, BLUE5, BLUE4, BLUE_FAST = range(8)
"""Requests to green, and to blue."""


class Piece(NamedTuple):
    """A part of a minute: green's share in it, and that of instances that have just begun."""

    part: float
    share: float
    new: float


class Stream(NamedTuple):
    """Requests of one kind in a part of a minute."""

    kind: int
    table: Table
    part: float


class Deployment:
    """What comes, by the minute, drawn as far as it is looked at.

    Minute 0 is `BEFORE` minutes before that of the first shift, in which green gets its first
    request in second `shift`. Each count stands in a list as its sum before each minute: `green5`
    and `green4` are green's errors among `both5` and `both4`, `answered` those of green's requests
    that did not fail, `slow` those of them that took longer than the limit, and `new` those of them
    that did so because their instances had just begun.
    """

    def __init__(self, cell: Cell, latency: Guardrail | None, chance: Random) -> None:
        self.shift = chance.randrange(MINUTE)
        self.bakes = len(cell.steps)
        self.green, self.both = [0], [0]
        self.green5, self.both5 = [0], [0]
        self.green4, self.both4 = [0], [0]
        self.answered, self.slow, self.new = [0], [0], [0]
        self._chance = chance
        self._coming = _streams(cell, self.shift, latency, chance)
        self._silent = cell.green is Green.SILENT

    def look(self, end: int) -> None:
        """Draw all minutes to that one."""
        for _ in range(len(self.green), end + 2):
            self._add(next(self._coming))

    def ends(self, lag: int) -> range:
        """The minutes whose end is seen in time, so much later, from that of the shift on."""
        seconds = self.shift + self.bakes * BAKE - lag
        return range(BEFORE, BEFORE + seconds // MINUTE)

    def after(self, end: int, lag: int) -> int:
        """Seconds after the first shift at which the end of that minute is seen."""
        return (end - BEFORE + 1) * MINUTE + lag - self.shift

    def of_bake(self, number: int) -> list[Minute]:
        """The whole minutes of a bake of which an alarm is judged in time."""
        begin = self.shift + number * BAKE
        first, last = -(-begin // MINUTE), (begin + BAKE - UNTIL_IT_COUNTS) // MINUTE
        self.look(BEFORE + last)
        both = pairwise(self.both[BEFORE + first : BEFORE + last + 1])
        green = pairwise(self.green[BEFORE + first : BEFORE + last + 1])
        return [Minute(n[1] - n[0], g[1] - g[0]) for n, g in zip(both, green, strict=True)]

    def _add(self, streams: Sequence[Stream]) -> None:
        of = [0] * 8
        for kind, table, part in streams:
            found = drawn_from(table, self._chance)
            of[kind] += found if part == 1 else self._chance.binomialvariate(found, part)
        five, four, fast, slow, new, blue5, blue4, blue_fast = of
        slow += new
        both = five + four + fast + slow + blue5 + blue4 + blue_fast
        told = 0 if self._silent else 1
        self.green.append(self.green[-1] + told * (five + four + fast + slow))
        self.both.append(self.both[-1] + both)
        self.green5.append(self.green5[-1] + told * five)
        self.both5.append(self.both5[-1] + five + blue5)
        self.green4.append(self.green4[-1] + told * four)
        self.both4.append(self.both4[-1] + four + blue4)
        self.answered.append(self.answered[-1] + told * (fast + slow))
        self.slow.append(self.slow[-1] + told * slow)
        self.new.append(self.new[-1] + told * new)


def _streams(
    cell: Cell, shift: int, latency: Guardrail | None, chance: Random
) -> Iterator[tuple[Stream, ...]]:
    """Of each minute."""
    start = chance.randrange(DAY) if cell.blue is Blue.DAY else 0
    slow = _slow(cell, latency) if latency else None
    pieces, known = _pieces(cell.steps, shift), _known(cell, slow)
    for minute in zip(moments(cell.blue, chance, start), pieces, strict=False):
        if minute not in known:
            known[minute] = _of_minute(cell, *minute, slow)
        yield known[minute]


@lru_cache(maxsize=100)
def _known(
    _cell: Cell, _slow: float | None
) -> dict[tuple[Moment, tuple[Piece, ...]], tuple[Stream, ...]]:
    """The streams of minutes that have been met."""
    return {}


def _of_minute(
    cell: Cell, moment: Moment, pieces: Sequence[Piece], slow: float | None
) -> tuple[Stream, ...]:
    """What comes in a minute; latencies only where `slow`, the part above the limit, is told."""
    return tuple(
        Stream(kind, table_of(mean), piece.part)
        for piece in pieces
        for kind, mean in _means(cell, moment, piece, slow)
        if mean > 0
    )


def _means(
    cell: Cell, moment: Moment, piece: Piece, slow: float | None
) -> Iterator[tuple[int, float]]:
    """How many requests of each kind a whole minute like that has on average.

    Client errors are told apart only where the cell is about them.
    """
    rate, blue = cell.per_minute * moment.traffic, moment.failing
    blue4 = blue if "4xx" in cell.keys else 0.0
    five = max(blue, cell.size) if cell.green in (Green.SERVER, Green.SILENT) else blue
    four = max(blue4, cell.size) if cell.green is Green.CLIENT else blue4
    green, other = rate * piece.share, rate * (1 - piece.share)
    new = rate * piece.new if cell.green is Green.HEALTHY else 0.0
    yield FAILING5, green * min(five, 1 - four)
    yield FAILING4, green * four
    well = max(0.0, 1 - five - four)
    yield FAST, (green if slow is None else green - new) * well * (1 - (slow or 0.0))
    if slow is not None:
        yield SLOW, (green - new) * well * slow
        yield NEW, new * well
    yield BLUE5, other * blue
    yield BLUE4, other * blue4
    yield BLUE_FAST, other * (1 - blue - blue4)


def _slow(cell: Cell, latency: Guardrail) -> float:
    """The part of green's answers that are slower than the limit."""
    if cell.green is Green.SLOW_PART:
        return cell.size
    times = cell.size if cell.green is Green.SLOWER else 1.0
    return part_above(latency.limit_ms, MEDIAN_MS * times, cell.sigma)


@lru_cache(maxsize=1000)
def _pieces(steps: Sequence[float], shift: int) -> list[tuple[Piece, ...]]:
    """Of each minute; before the first shift green has nothing."""
    end = shift + len(steps) * BAKE
    begins = [shift + number * BAKE for number in range(len(steps))]
    cuts = {0, end, *range(0, end, MINUTE), *begins, *(at + SLOW_START for at in begins)}
    minutes: list[list[Piece]] = [[] for _ in range(-(-end // MINUTE))]
    for begin, until in pairwise(sorted(cuts)):
        minutes[begin // MINUTE].append(_piece(steps, begin - shift, (until - begin) / MINUTE))
    return [(Piece(1.0, 0.0, 0.0),)] * BEFORE + [tuple(minute) for minute in minutes]


def _piece(steps: Sequence[float], after: int, part: float) -> Piece:
    """The part of a minute that begins so many seconds after the first shift."""
    if after < 0:
        return Piece(part, 0.0, 0.0)
    number = after // BAKE
    added = steps[number] - (steps[number - 1] if number else 0.0)
    return Piece(part, steps[number], added if after % BAKE < SLOW_START else 0.0)
