"""What commands print on the pages is what they print."""

import pytest

import event_loss
import idle_month
from pages.blocks import printed
from pages.commands import COMMANDS, Command, comparable
from performance_page import PAGE
from polling.bench import cells
from polling.deployments import LONG, SHORT, Deployment
from polling.measured import Cell, measure
from polling.tables import blocks, counts_row, delays_row


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_page_shows_what_the_command_prints(command: Command) -> None:
    shown = printed(command.page)[command.name]
    assert comparable(shown) == comparable(command.run()), "PYTHONPATH=tests python -m pages.write"


# ---- `make bench`, whose counts are the same everywhere --------------------------------------


@pytest.mark.slow
def test_the_page_shows_what_lost_events_cost_and_no_verdict_is_wrong() -> None:
    shown = printed(PAGE)["event-loss"]
    assert event_loss.table() + "\n" == shown
    assert "WRONG" not in shown


@pytest.mark.slow
def test_the_page_shows_what_an_idle_month_costs() -> None:
    assert idle_month.report() + "\n" == printed(PAGE)["idle-month"]


def of(deployment: Deployment) -> list[Cell]:
    return [cell for cell in cells() if cell.deployment == deployment]


def rows(block: str, deployment: Deployment) -> list[str]:
    """The rows of a block about a deployment."""
    parts = [part.splitlines() for part in printed(PAGE)[block].split("\n\n")]
    (found,) = [part for part in parts if part[0].startswith(f"{deployment.name} (")]
    return found


@pytest.mark.parametrize("cell", [of(SHORT[1])[1], of(SHORT[1])[-2]], ids=lambda c: c.way.name)
def test_the_page_shows_what_is_counted_which_is_the_same_each_time(cell: Cell) -> None:
    measured = measure(cell)
    assert counts_row(cell, measured) in rows("bench-counts", cell.deployment), "make bench"
    assert delays_row(cell, measured) in rows("bench-delays", cell.deployment), "make bench"
    assert measure(cell) == measured


@pytest.mark.slow
@pytest.mark.parametrize("deployment", [*SHORT, *LONG], ids=lambda each: each.name)
def test_the_page_shows_what_following_costs_in_every_way(deployment: Deployment) -> None:
    shown = printed(PAGE)
    now = blocks({cell: measure(cell) for cell in of(deployment)})
    ratios = now["bench"].splitlines()
    assert ratios[-1] in shown["bench"].splitlines(), "make bench"
    for block in ("bench-counts", "bench-delays"):
        assert now[block].splitlines() == rows(block, deployment), "make bench"
    if deployment in LONG:
        assert now["bench-dollars"] in shown["bench-dollars"]
    if deployment == LONG[-1]:
        assert now["bench-words"] == shown["bench-words"]


@pytest.mark.parametrize("deployment", [*SHORT, *LONG], ids=lambda each: each.name)
def test_transitions_are_so_many_times_fewer_than_those_of_a_look_every_30_seconds(
    deployment: Deployment,
) -> None:
    """Targets, at one and at eight hours; a deployment of ten minutes has none."""
    least = {"10 min": 1, "1 h": 10, "8 h": 80}[deployment.length]
    (row,) = [r for r in printed(PAGE)["bench"].splitlines() if r.startswith(deployment.name)]
    ours, theirs, *_ = row.removeprefix(deployment.name).split()
    assert int(theirs.replace(",", "")) >= least * int(ours)
