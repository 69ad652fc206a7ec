"""What must hold of the table, each as the cells that it is about and the figure that counts."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from bluegreen.guardrails.asked import DEFAULT
from odds.cells import Blue, Cell, Green, cells
from odds.counts import Counts
from odds.intervals import Interval, interval

AT_MOST: Final = 0.01
"""Of deployments of healthy greens may be stopped."""

AT_MOST_IN_BURSTS: Final = 0.02
AT_LEAST: Final = 0.95
"""Of greens that fail 20 % are found in the first bake, at 60 requests a minute or more."""

MISSED_AT_MOST: Final = 0.05
"""Of greens that are as bad as must be found may be called healthy."""


class Figure(NamedTuple):
    """How many draws of a cell it is about, of how many."""

    cell: Cell
    found: int
    draws: int

    @property
    def part(self) -> float:
        """0 to 1."""
        return self.found / self.draws

    def within(self, table: "Table") -> Interval:
        """What the part may be, with 99 % for all figures of the table at once."""
        return interval(self.found, self.draws, figures_of(table))


Table = Mapping[str, Counts]


def figures_of(table: Table) -> int:
    """How many parts it tells: found in the first bake, found, and not enough data, of each."""
    return 3 * len(table)


def stopped(table: Table, *, bursts: bool) -> Iterator[Figure]:
    """Healthy greens that were stopped, where blue comes in bursts or where it does not."""
    for cell in cells():
        if cell.is_healthy and (cell.blue is Blue.BURSTS) == bursts:
            counts = table[cell.name]
            yield Figure(cell, counts.tripped, counts.draws)


def found_first(table: Table) -> Iterator[Figure]:
    """Greens failing 20 % that were found in the first bake, where that is promised."""
    for cell in cells():
        if (
            (cell.green, cell.size, cell.preset) == (Green.SERVER, 0.2, DEFAULT)
            and (cell.blue in (Blue.CLEAN, Blue.HALF) and cell.share >= 0.25)
            and cell.per_minute >= 60
        ):
            counts = table[cell.name]
            yield Figure(cell, counts.first, counts.draws)


def missed(table: Table) -> Iterator[Figure]:
    """Greens just as bad as must be found, with enough data in the first bake and not found in it.

    Of all draws, so that few of them with enough data weigh little.
    """
    for cell in cells():
        if cell.is_at_the_defect:
            counts = table[cell.name]
            yield Figure(cell, counts.missed, counts.draws)


def called_healthy(table: Table) -> Iterator[Figure]:
    """The same that were called healthy in the end."""
    for cell in cells():
        if cell.is_at_the_defect:
            counts = table[cell.name]
            yield Figure(cell, counts.healthy, counts.draws)
