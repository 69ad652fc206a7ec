"""What the gates of a deployment saw is kept with its record; nothing fails by it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from bluegreen.deployment.series import LARGEST
from bluegreen_simulator.inputs.scenario import Scenario, load
from bluegreen_simulator.rules.faults.kinds import (
    ApiError,
    ApiFault,
    Death,
    FaultPlan,
    LambdaTimeout,
)
from bluegreen_simulator.run.simulation import Outcome, simulate

ROOT: Final = Path(__file__).parents[2]
TEMPLATE: Final = ROOT / "template.yaml"
FAILING: Final = load(ROOT / "events/scenarios/canary-rolled-back-in-first-bake.yaml")


def run(scenario: Scenario, *faults: ApiFault) -> Outcome:
    return simulate(replace(scenario, plan=FaultPlan(apis=faults)), TEMPLATE)


def series_of(outcome: Outcome) -> Any:
    (row,) = (row for row in outcome.rows if "Record" in row)
    return json.loads(row["Series"]) if "Series" in row else None


@pytest.fixture(scope="module")
def usual() -> Outcome:
    return run(FAILING)


def test_the_series_of_both_fleets_are_kept_with_their_limit(usual: Outcome) -> None:
    kept = series_of(usual)
    assert (kept["StartedAt"], kept["Seconds"]) == ("2026-01-05T08:55:00.000Z", 60)
    assert len(json.dumps(kept)) <= LARGEST
    errors = kept["Gates"][0]
    assert (errors["AlarmName"], errors["Limit"]) == ("churn-5xx", 0.05)
    assert errors["Metric"] == "Average of Invocation5XXErrors"
    assert max(value for _, value in errors["Green"]) == pytest.approx(0.5, abs=0.05)
    assert {value for _, value in errors["Blue"]} == {0.0}
    assert errors["Watched"][-1][1] == 0.125
    assert errors["Blue"][0][0] < errors["Green"][0][0]


def metrics_denied(times: int) -> ApiFault:
    fault = ApiFault("cloudwatch", ApiError.DENIED, "GetMetricData", "ConcludeDeployment")
    return replace(fault, times=times)


def test_gates_that_are_refused_cost_no_evidence(usual: Outcome) -> None:
    outcome = run(FAILING, metrics_denied(1))
    assert series_of(outcome) is None
    assert outcome.record == usual.record
    assert told(outcome) == told(usual)


def test_where_no_metric_is_told_the_verdict_is_the_same_and_no_later(usual: Outcome) -> None:
    outcome = run(FAILING, metrics_denied(9))
    assert series_of(outcome) is None
    assert outcome.record["Verdict"] == usual.record["Verdict"]
    assert "GreenRequests" not in outcome.record
    assert outcome.state_transitions == usual.state_transitions
    assert told(outcome) == told(usual)


def told(outcome: Outcome) -> list[tuple[Any, Any]]:
    entries = [entry for entry in outcome.journal if entry.kind == "notification"]
    return [(entry.at, entry.data["body"] and entry.data["body"]["Event"]) for entry in entries]


DEATHS: Final = [
    FaultPlan(deaths=(Death("ConcludeDeployment", "GetMetricData"),)),
    FaultPlan(lambda_timeouts=(LambdaTimeout("ConcludeDeployment", "GetMetricData", before=True),)),
]


@pytest.mark.parametrize("plan", DEATHS, ids=["dies", "hangs"])
def test_who_dies_while_it_reads_them_reads_them_again(usual: Outcome, plan: FaultPlan) -> None:
    outcome = simulate(replace(FAILING, plan=plan), TEMPLATE)
    (again, *_), (first, *_) = series_of(outcome)["Gates"], series_of(usual)["Gates"]
    assert again["Green"][: len(first["Green"]) - 1] == first["Green"][:-1]  # it may end later
    assert outcome.record["Reason"] == usual.record["Reason"]
    assert [event for _, event in told(outcome)] == [event for _, event in told(usual)]


def test_a_deployment_that_changed_nothing_has_no_series() -> None:
    request = {**FAILING.request, "EndpointConfigName": "churn-gren"}
    outcome = simulate(replace(FAILING, request=request), TEMPLATE)
    assert outcome.record["Verdict"] == "REJECTED"
    assert series_of(outcome) is None
