"""Executions that somebody stops, at every state: Step Functions does nothing more for them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.inputs.scenario import Scenario, load
from bluegreen_simulator.rules.faults.kinds import FaultPlan, Stop
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.simulation import simulate
from bluegreen_simulator.run.theatre import Fleet, Theatre

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


@pytest.mark.slow
@pytest.mark.parametrize("scenario", [HEALTHY, FAILING, REJECTED], ids=lambda one: one.id)
def test_a_stop_as_it_enters_a_state_is_the_end_of_an_execution(scenario: Scenario) -> None:
    whole, _ = way_of(scenario)
    for place, state in enumerate(whole, 1):
        stop = Stop(state, nth=whole[:place].count(state))
        assert way_of(scenario, stop) == (whole[:place], ["ABORTED"])


STATES = [
    "IsAdoption?",
    "ValidatePolicy",
    "IsRequestAccepted?",
    "AcquireEndpointLock",
    "IsLockAcquired?",
    "StartUpdate",
    "AwaitStage",
    "IsSettled?",
    "ConcludeDeployment",
    "HowDidItEnd?",
    "DeploymentSucceeded",
]


def named_after[T](endpoint: str, body: T) -> T:
    """The parts of the scenario for an endpoint of another name."""
    renamed: T = json.loads(json.dumps(body).replace("churn", endpoint))
    return renamed


def test_whoever_stops_an_execution_at_any_state_ends_it_there() -> None:
    with EmbeddedAws() as aws:
        theatre, arns = Theatre(aws), dict[str, str]()
        theatre.deploy(TEMPLATE)

        def listen(entry: Entry) -> None:
            if entry.kind == "state_entered" and entry.data["execution"] == entry.data[
                "state"
            ].rstrip("?"):
                theatre.stop(arns[entry.data["state"]])

        for number in range(len(STATES)):
            for config in ("blue", "green"):
                theatre.make_config(f"e{number}-{config}", Fleet({}))
            theatre.make_endpoint(f"e{number}", f"e{number}-blue")
            theatre.make_alarms(named_after(f"e{number}", list(HEALTHY.alarms)))
        aws.journal.listeners.append(listen)
        for number, state in enumerate(STATES):
            name = state.replace("?", "")
            arns[state] = theatre.start(named_after(f"e{number}", HEALTHY.request), name)
        theatre.advance(1800)
        for state, arn in arns.items():
            assert (state, theatre.execution(arn).status) == (state, "ABORTED")
            assert entered(aws, theatre.execution(arn).name)[-1] == state


def entered(aws: EmbeddedAws, execution: str) -> list[str]:
    entries = aws.journal.of_kind("state_entered")
    return [entry.data["state"] for entry in entries if entry.data["execution"] == execution]


def test_an_outcome_has_the_record_and_the_executions_of_a_deployment_that_was_adopted() -> None:
    plan = FaultPlan(stops=(Stop("AwaitStage", nth=2),))
    outcome = simulate(replace(HEALTHY, plan=plan), TEMPLATE)
    first, *others = outcome.executions
    assert (first.name, first.status) == (HEALTHY.id, "ABORTED")
    assert [run.request["Adopt"]["DeploymentId"] for run in others] == [HEALTHY.id]
    assert outcome.record["DeploymentId"] == HEALTHY.id
    assert outcome.record["Verdict"] == json.loads(others[-1].said)["Verdict"]
    assert not [row for row in outcome.rows if "Open" in row]
