"""What commands print on the pages is what they print."""

import importlib.util
import re
from types import ModuleType

import pytest

from pages.blocks import printed
from pages.commands import COMMANDS, Command, comparable
from shipped import ROOT


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_page_shows_what_the_command_prints(command: Command) -> None:
    shown = printed(command.page)[command.name]
    assert comparable(shown) == comparable(command.run()), "PYTHONPATH=tests python -m pages.write"


def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("measure", ROOT / "benchmarks/measure.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_page_shows_what_following_costs() -> None:
    """`make bench` itself takes minutes; its counts are the same everywhere."""
    measure, rows = benchmark(), printed(ROOT / "docs/how-it-works.md")["bench"].splitlines()[1:]
    assert len(rows) == 3
    for row in rows:
        _, seconds, virtual, transitions, polling, invocations = map(int, re.findall(r"\d+", row))
        outcome = measure.simulate(measure.canary(seconds), ROOT / "template.yaml")
        length = round((outcome.journal[-1].at - outcome.journal[0].at).total_seconds())
        assert (length, outcome.state_transitions) == (virtual, transitions)
        assert outcome.lambda_invocations == invocations
        assert round(length / measure.POLLING_SECONDS) * measure.POLLING_TRANSITIONS == polling
