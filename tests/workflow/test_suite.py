"""The matrix of `scenario_suite.py`, each on the shipped template, workflow and handlers."""

from collections import Counter
from typing import Any

import pytest

from bluegreen.contract.times import from_text
from bluegreen_simulator.run.simulation import Outcome, simulate
from scenario_suite import Case, cases
from shipped import ROOT

CASES = cases()
EVERY = max(1, len(CASES) // 10)
SAMPLE = {case.scenario.id for case in CASES[::EVERY]}
LONG_ENOUGH_TO_BE_LOOKED_AT = 360


def marked(case: Case) -> Any:
    marks = [] if case.scenario.id in SAMPLE else [pytest.mark.slow]
    return pytest.param(case, id=case.scenario.id, marks=marks)


def stages_of(outcome: Outcome) -> list[tuple[str, int, int]]:
    return [
        (
            stage["Stage"],
            stage["TrafficPercent"],
            round((from_text(stage["EndedAt"]) - from_text(stage["StartedAt"])).total_seconds()),
        )
        for stage in outcome.record["Stages"]
    ]


@pytest.mark.parametrize("case", [marked(case) for case in CASES])
def test_a_scenario_ends_as_it_must(case: Case) -> None:
    outcome = simulate(case.scenario, ROOT / "template.yaml")
    record = outcome.record
    assert (record["Verdict"], record.get("Trigger")) == (case.verdict, case.trigger)
    assert tuple(record["TrippedAlarms"]) == case.tripped
    assert record.get("LiveEndpointConfigName") == case.live
    if case.exact:
        assert stages_of(outcome) == list(case.stages)
    else:
        assert_seen_as_far_as_could_be(outcome, case)
    assert_told(outcome, case)
    assert_free(outcome)


def assert_seen_as_far_as_could_be(outcome: Outcome, case: Case) -> None:
    """The stages are some of those that there were, and the long bakes are among them."""
    seen = [(stage, share) for stage, share, _ in stages_of(outcome)]
    there = iter([(stage, share) for stage, share, _ in case.stages])
    assert all(stage in there for stage in seen), seen
    must = {
        (stage, share)
        for stage, share, seconds in case.stages
        if stage == "BAKING" and seconds > LONG_ENOUGH_TO_BE_LOOKED_AT
    }
    assert must | {("PROVISIONING", 0)} <= set(seen)


def assert_told(outcome: Outcome, case: Case) -> None:
    """Each fact once (after a death perhaps twice, under the same id), the end at the end."""
    ids = {body["NotificationId"]: body["Event"] for body in outcome.notifications}
    assert (
        Counter(ids.values())
        == Counter(
            {
                "DEPLOYMENT_STARTED": 1,
                "STAGE_CHANGED": len(outcome.record["Stages"]),
                "ALARM_TRIPPED": len(case.tripped),
                end_of(case): 1,
            }
        )
        + Counter()
    )
    assert outcome.notifications[0]["Event"] == "DEPLOYMENT_STARTED"
    assert outcome.notifications[-1]["Event"] == end_of(case)
    if not case.scenario.plan.deaths:
        assert len(ids) == len(outcome.notifications)


def end_of(case: Case) -> str:
    failed = case.verdict == "ROLLBACK_FAILED"
    return case.verdict if failed else f"DEPLOYMENT_{case.verdict}"


def assert_free(outcome: Outcome) -> None:
    (lock,) = [row for row in outcome.rows if row["sk"] == "LOCK"]
    assert "OwnerExecutionArn" not in lock
    assert not [row for row in outcome.rows if row["pk"].startswith("ALARM#")]


def test_the_suite_is_as_large_as_it_should_be() -> None:
    assert len({case.scenario.id for case in CASES}) == len(CASES) >= 200
    assert 10 <= len(SAMPLE) <= 20
