"""How many AWS calls an event, a fact and a wake-up may cost: a plain request with two alarms."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from bluegreen_simulator.inputs.scenario import load
from bluegreen_simulator.rules.faults.kinds import EventFault, FaultPlan
from bluegreen_simulator.run.simulation import Outcome, simulate
from bluegreen_simulator.run.theatre import Theatre
from budgets.counted import Run, runs_in, runs_of

ROOT: Final = Path(__file__).parents[2]
SUCCEEDS, ROLLED_BACK = "canary-succeeds", "canary-rolled-back-in-first-bake"

NOTHING: Final = 4
"""What an event of one of our endpoints costs that changes nothing: lock, deployment, facts, and
one look at the endpoint."""

FACT: Final = 3
"""A claim, a message, and the note that it is out."""

EVENTS: Final = ("RelayEndpointEvent", "RelayAlarmEvent")


def with_a_neighbour(theatre: Theatre) -> None:
    """An endpoint beside ours that comes into service while ours is updated."""
    theatre.create_endpoint("neighbour", "churn-blue")


@cache
def outcome(scenario: str, *, twice: bool = False) -> Outcome:
    """A run of a sample; `twice`: every event comes twice."""
    plan = FaultPlan(events=(EventFault(duplicate=2),) if twice else ())
    given = load(ROOT / f"events/scenarios/{scenario}.yaml")
    ran = simulate(replace(given, plan=plan), ROOT / "template.yaml", with_a_neighbour)
    assert ran.misses == []
    return ran


def runs(scenario: str, function: str) -> list[Run]:
    return runs_of(function, outcome(scenario).journal)


def budget(run: Run) -> int:
    """What an endpoint event may cost by what came of it."""
    return NOTHING + FACT * run.facts + run.counts["SendTaskSuccess"]


def over_budget(found: list[Run]) -> list[str]:
    return [str(run) for run in found if len(run.calls) > budget(run)]


@pytest.mark.parametrize("scenario", [SUCCEEDS, ROLLED_BACK])
def test_an_endpoint_event_costs_four_calls_and_three_for_each_fact(scenario: str) -> None:
    found = runs(scenario, "RelayEndpointEvent")
    assert over_budget(found) == []
    assert {run.facts for run in found} == {0, 1}
    assert min(len(run.calls) for run in found if run.counts["DescribeEndpoint"]) == NOTHING


def test_an_event_of_an_endpoint_that_is_not_ours_costs_one_call() -> None:
    foreign = [run for run in runs(SUCCEEDS, "RelayEndpointEvent") if len(run.calls) < NOTHING]
    assert {run.calls for run in foreign} == {("GetItem",)}


@pytest.mark.parametrize("scenario", [SUCCEEDS, ROLLED_BACK])
def test_an_event_that_comes_twice_costs_nothing_more_than_one_that_changes_nothing(
    scenario: str,
) -> None:
    once = [run for run in runs(scenario, "RelayEndpointEvent") if run.facts]
    found = runs_of("RelayEndpointEvent", outcome(scenario, twice=True).journal)
    assert over_budget(found) == []
    assert sum(run.facts for run in found) == len(once)
    assert len(found) == 2 * len(runs(scenario, "RelayEndpointEvent"))


def test_an_alarm_event_tells_of_the_alarm_and_of_the_rollback() -> None:
    (run,) = runs(ROLLED_BACK, "RelayAlarmEvent")
    assert run.facts == 2
    watched, deployment, alarm, look = 1, 2, 1, 1
    assert len(run.calls) <= watched + deployment + alarm + look + 2 * FACT, run


@pytest.mark.parametrize("scenario", [SUCCEEDS, ROLLED_BACK])
def test_a_wake_up_reads_its_deployment_with_the_write_of_its_token(scenario: str) -> None:
    found = runs(scenario, "AwaitStage")
    assert {run.calls for run in found} == {("UpdateItem", "Query", "DescribeEndpoint")}


@pytest.mark.parametrize("scenario", [SUCCEEDS, ROLLED_BACK])
@pytest.mark.parametrize("twice", [False, True])
def test_an_endpoint_is_described_once_at_most_by_an_event_or_a_wake_up(
    scenario: str, *, twice: bool
) -> None:
    journal = outcome(scenario, twice=twice).journal
    found = [run for run in runs_in(journal) if run.function in {*EVENTS, "AwaitStage"}]
    assert max(run.counts["DescribeEndpoint"] for run in found) == 1


@pytest.mark.parametrize("scenario", [SUCCEEDS, ROLLED_BACK])
def test_a_tick_of_the_reconcile_asks_for_what_is_open_and_whether_it_runs(scenario: str) -> None:
    *during, after = runs(scenario, "Reconcile")
    assert {run.calls for run in during} == {("Query", "ListExecutions")}
    assert after.calls == ("Query",)


@pytest.mark.parametrize("scenario", [SUCCEEDS, ROLLED_BACK])
def test_a_lock_is_taken_in_three_calls(scenario: str) -> None:
    (run,) = runs(scenario, "AcquireEndpointLock")
    assert run.calls == ("Query", "TransactWriteItems", "DescribeEndpoint")


def test_the_end_of_an_execution_that_left_nothing_costs_one_call() -> None:
    """Lock and queue are read together."""
    (run,) = runs(ROLLED_BACK, "RelayExecutionEvent")
    assert run.calls == ("Query",)


@pytest.mark.parametrize("scenario", [SUCCEEDS, ROLLED_BACK])
def test_chat_costs_one_call_for_each_fact_that_it_is_told(scenario: str) -> None:
    assert {run.calls for run in runs(scenario, "TellChat")} == {("Publish",)}


def facts_of(ran: Outcome) -> Iterator[int]:
    return (run.facts for run in runs_in(ran.journal) if run.function != "TellChat")


@pytest.mark.parametrize("scenario", [SUCCEEDS, ROLLED_BACK])
def test_every_notification_is_counted(scenario: str) -> None:
    assert sum(facts_of(outcome(scenario))) == len(outcome(scenario).notifications)
