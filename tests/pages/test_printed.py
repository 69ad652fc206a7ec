"""What commands print on the pages is what they print."""

import importlib.util
import re
import sys
from types import ModuleType

import pytest

from pages.blocks import printed
from pages.commands import COMMANDS, Command, comparable
from shipped import ROOT


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_page_shows_what_the_command_prints(command: Command) -> None:
    shown = printed(command.page)[command.name]
    assert comparable(shown) == comparable(command.run()), "PYTHONPATH=tests python -m pages.write"


def benchmark(name: str = "measure") -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / f"benchmarks/{name}.py")
    assert spec
    assert spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_page_shows_what_lost_events_cost_and_no_verdict_is_wrong() -> None:
    shown = printed(ROOT / "docs/how-it-works.md")["event-loss"]
    assert benchmark("event_loss").table() + "\n" == shown
    assert "WRONG" not in shown


@pytest.mark.slow
def test_the_page_shows_what_an_idle_month_costs() -> None:
    shown = printed(ROOT / "docs/how-it-works.md")["idle-month"]
    assert benchmark("idle_month").report() + "\n" == shown


@pytest.mark.slow
def test_the_page_shows_what_following_costs() -> None:
    """`make bench` itself takes minutes; its counts are the same everywhere."""
    measure, rows = benchmark(), printed(ROOT / "docs/how-it-works.md")["bench"].splitlines()[1:]
    assert len(rows) == 3
    for row in rows:
        _, seconds, virtual, transitions, polling, invocations = map(int, re.findall(r"\d+", row))
        outcome = measure.simulate(measure.canary(seconds), ROOT / "template.yaml")
        length = measure.length_of(outcome)
        assert (length, outcome.state_transitions) == (virtual, transitions)
        assert outcome.lambda_invocations == invocations
        assert round(length / measure.POLLING_SECONDS) * measure.POLLING_TRANSITIONS == polling
