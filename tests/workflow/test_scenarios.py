"""The scenarios of `events/scenarios`, on the shipped template, workflow and handlers."""

from pathlib import Path

import pytest

from bluegreen_simulator.inputs.scenario import load
from bluegreen_simulator.run.simulation import Outcome, simulate
from heavy import sampled

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "events" / "scenarios").glob("*.yaml"))
TEMPLATE = ROOT / "template.yaml"
REPEATS = 20


def run(path: Path) -> Outcome:
    return simulate(load(path), TEMPLATE)


def timeline(outcome: Outcome) -> list[tuple[object, ...]]:
    """Everything that happened, with its virtual time."""
    return [(entry.at, entry.kind, str(entry.data)) for entry in outcome.journal]


@pytest.mark.parametrize("path", sampled(SCENARIOS, 5), ids=lambda path: path.stem)
def test_a_scenario_ends_as_it_expects(path: Path) -> None:
    scenario = load(path)
    assert {"Verdict", "Stages", "Notifications"} <= set(scenario.expected)
    assert run(path).misses == []


@pytest.mark.parametrize("path", sampled(SCENARIOS[::6], 5), ids=lambda path: path.stem)
def test_a_second_run_is_the_same_to_the_millisecond(path: Path) -> None:
    assert timeline(run(path)) == timeline(run(path))


@pytest.mark.slow
@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_twenty_runs_are_the_same_to_the_millisecond(path: Path) -> None:
    first = timeline(run(path))
    assert all(timeline(run(path)) == first for _ in range(REPEATS - 1))
