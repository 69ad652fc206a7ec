"""Executions that somebody stops, at every state: Step Functions does nothing more for them."""

from dataclasses import replace
from pathlib import Path

import pytest

from bluegreen_simulator.inputs.scenario import Scenario, load
from bluegreen_simulator.rules.faults.kinds import FaultPlan, Stop
from bluegreen_simulator.run.simulation import simulate

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
HEALTHY = load(ROOT / "events/scenarios/canary-succeeds.yaml")
FAILING = load(ROOT / "events/scenarios/canary-rolled-back-in-first-bake.yaml")
REJECTED = load(ROOT / "events/scenarios/policy-rejected.yaml")


def way_of(scenario: Scenario, stop: Stop | None = None) -> tuple[list[str], list[str | None]]:
    """The states that the execution entered, and how it ended."""
    plan = FaultPlan(stops=(stop,) if stop else ())
    outcome = simulate(replace(scenario, plan=plan), TEMPLATE)
    journal = [entry for entry in outcome.journal if entry.data.get("execution") == scenario.id]
    entered = [entry.data["state"] for entry in journal if entry.kind == "state_entered"]
    ended = [entry.data["status"] for entry in journal if entry.kind == "execution_ended"]
    return entered, ended


SCENARIOS = [HEALTHY, *(pytest.param(one, marks=pytest.mark.slow) for one in (FAILING, REJECTED))]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.id)
def test_a_stop_as_it_enters_a_state_is_the_end_of_an_execution(scenario: Scenario) -> None:
    whole, _ = way_of(scenario)
    for place, state in enumerate(whole, 1):
        if state in whole[: place - 1] and scenario is HEALTHY:
            continue  # each state once
        stop = Stop(state, nth=whole[:place].count(state))
        assert way_of(scenario, stop) == (whole[:place], ["ABORTED"])
