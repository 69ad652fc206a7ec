"""The table of odds: what must hold of it, that it is as computed, and that its page has it."""

from collections.abc import Iterable, Iterator, Mapping

import pytest

from bluegreen.guardrails import alarm as guardrail_alarm
from odds import claims
from odds.cells import Blue, Cell, Green, cells
from odds.claims import Figure, figures_of
from odds.counts import Counts, counted
from odds.examples import EXAMPLES, are_about
from odds.intervals import interval
from odds.run import together
from odds.stored import stored
from odds.write import PAGE, page

ANOTHER = 1
FRESH = 200
"""Draws of a few cells, with another seed."""

SOME = (
    Cell(Green.HEALTHY, blue=Blue.BURSTS, rate=600),
    Cell(Green.SERVER, 0.2),
    Cell(Green.SERVER, 0.2, Blue.TWO, rate=10),
    Cell(Green.SERVER, 0.05, share=0.5, rate=600),
    Cell(Green.CLIENT, 1.0, Blue.DAY, 0.1),
    Cell(Green.SLOWER, 2.0, share=1.0, rate=600),
)


@pytest.fixture(scope="module")
def table() -> Mapping[str, Counts]:
    return stored()


def test_each_cell_has_its_counts(table: Mapping[str, Counts]) -> None:
    names = [cell.name for cell in cells()]
    beside = [
        f"{those[0].name} | {each}"
        for those in together()
        if are_about(those[0])
        for each in EXAMPLES
    ]
    assert len(set(names)) == len(names)
    assert set(table) == {*names, *beside}


def test_the_page_is_what_the_counts_say(table: Mapping[str, Counts]) -> None:
    assert PAGE.read_text("utf-8") == page(table), "PYTHONPATH=tests python -m odds.write"


# ---- What must hold ----------------------------------------------------------------------------


def over(figures: Iterable[Figure], limit: float, table: Mapping[str, Counts]) -> list[Figure]:
    """Those that are over a limit, and not by chance alone."""
    return [figure for figure in figures if figure.within(table).low > limit]


def test_healthy_greens_are_hardly_ever_stopped(table: Mapping[str, Counts]) -> None:
    calm, bursts = (claims.stopped(table, bursts=each) for each in (False, True))
    assert over(calm, claims.AT_MOST, table) == []
    assert over(bursts, claims.AT_MOST_IN_BURSTS, table) == []


def test_green_failing_20_percent_is_found_in_the_first_bake(table: Mapping[str, Counts]) -> None:
    figures = list(claims.found_first(table))
    assert [each for each in figures if each.within(table).high < claims.AT_LEAST] == []
    assert len(figures) == 2 * 3 * 3 * 2 + 3 * 2 * 2  # of two variants from 600 a minute on


def test_a_green_as_bad_as_must_be_found_is_hardly_ever_called_healthy(
    table: Mapping[str, Counts],
) -> None:
    assert over(claims.missed(table), claims.MISSED_AT_MOST, table) == []
    assert over(claims.called_healthy(table), claims.MISSED_AT_MOST, table) == []


def test_without_metrics_of_green_nothing_is_found_and_nothing_called_healthy(
    table: Mapping[str, Counts],
) -> None:
    for cell in cells():
        if cell.green is Green.SILENT:
            counts = table[cell.name]
            assert counts.unknown == {"5xx": counts.draws}


# ---- That it is as computed --------------------------------------------------------------------


def fresh(cell: Cell) -> Iterator[tuple[str, Counts]]:
    those = next(those for those in together() if cell in those)
    found = counted(those, FRESH, ANOTHER)
    return ((name, found[name]) for name in [each.name for each in those])


def differs(stored_: Counts, new: Counts, figures: int) -> bool:
    pairs = ((stored_.first, new.first), (stored_.tripped, new.tripped))
    return not all(
        interval(old, stored_.draws, figures).meets(interval(found, new.draws, figures))
        for old, found in pairs
    )


@pytest.mark.parametrize("cell", SOME, ids=lambda cell: cell.name)
def test_fresh_draws_come_to_the_same(cell: Cell, table: Mapping[str, Counts]) -> None:
    for name, new in fresh(cell):
        assert not differs(table[name], new, figures_of(table)), (table[name], new)


@pytest.mark.parametrize(
    ("name", "value", "cell"),
    [
        ("SIGMAS", 0, Cell(Green.HEALTHY, 0.0, Blue.TWO, 0.1)),
        ("SIGMAS", 8, Cell(Green.SERVER, 0.2)),
        ("SLOW_SIGMAS", 8, Cell(Green.SLOW_PART, 0.5)),
    ],
)
def test_an_alarm_with_another_bound_is_noticed(
    name: str,
    value: float,
    cell: Cell,
    table: Mapping[str, Counts],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guardrail_alarm, name, value)
    assert any(differs(table[each], new, figures_of(table)) for each, new in fresh(cell))
