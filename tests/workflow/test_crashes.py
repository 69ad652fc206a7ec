"""A function dies right after one of its API calls: nothing is lost, nothing is done twice."""

from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from bluegreen_simulator.inputs.scenario import Scenario, load
from bluegreen_simulator.rules.faults.kinds import Death, FaultPlan
from bluegreen_simulator.run.simulation import Outcome, simulate
from everycall.kinds import Call
from everycall.trial import calls_in
from heavy import sampled

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
HEALTHY = load(ROOT / "events/scenarios/canary-succeeds.yaml")
FAILING = load(ROOT / "events/scenarios/canary-rolled-back-in-first-bake.yaml")
BOTH = {"healthy": HEALTHY, "failing": FAILING}

SAMPLE = [
    ("ValidatePolicy", "DescribeEndpoint", 1),
    ("AcquireEndpointLock", "TransactWriteItems", 1),
    ("AcquireEndpointLock", "DescribeEndpoint", 1),
    ("StartUpdate", "TransactWriteItems", 1),  # the update is about to be asked for
    ("StartUpdate", "UpdateEndpoint", 1),
    ("StartUpdate", "UpdateItem", 1),  # that SageMaker took it is noted
    ("StartUpdate", "TransactWriteItems", 2),  # the first stage is recorded, its facts are claimed
    ("StartUpdate", "Publish", 1),
    ("StartUpdate", "Publish", 2),
    ("AwaitStage", "UpdateItem", 1),
    ("AwaitStage", "DescribeEndpoint", 1),
    ("RelayEndpointEvent", "TransactWriteItems", 1),
    ("RelayEndpointEvent", "TransactWriteItems", 2),
    ("RelayEndpointEvent", "UpdateItem", 1),
    ("RelayEndpointEvent", "Publish", 1),
    ("RelayEndpointEvent", "SendTaskSuccess", 1),
    ("ConcludeDeployment", "DescribeEndpoint", 1),
    ("ConcludeDeployment", "TransactWriteItems", 1),  # the record is written
    ("ConcludeDeployment", "UpdateItem", 1),  # the last notification is claimed
    ("ConcludeDeployment", "Publish", 1),
    ("ConcludeDeployment", "TransactWriteItems", 2),  # all that it holds is given up
]
DYING = ("StartUpdate", "AwaitStage", "RelayEndpointEvent", "ConcludeDeployment")


def run(scenario: Scenario, *deaths: Death) -> Outcome:
    return simulate(replace(scenario, plan=FaultPlan(deaths=deaths)), TEMPLATE)


def updates(outcome: Outcome) -> int:
    return sum(
        entry.kind == "api_call" and entry.data["operation"] == "UpdateEndpoint"
        for entry in outcome.journal
    )


def assert_nothing_lost_or_done_twice(outcome: Outcome, scenario: Scenario, dying: str) -> None:
    told = Counter(body["NotificationId"] for body in outcome.notifications)
    verdict = outcome.record["Verdict"]
    if verdict == "FAILED":  # Only when it died before it asked for the update.
        assert (dying, updates(outcome)) in {("ValidatePolicy", 0), ("AcquireEndpointLock", 0)} | {
            ("StartUpdate", 0)
        }
    else:
        assert verdict == scenario.expected["Verdict"]
        assert updates(outcome) == 1
    assert [body["Event"] for body in outcome.notifications if "Verdict" in body] == [
        f"DEPLOYMENT_{verdict}"
    ] * (told.most_common(1)[0][1] if dying == "ConcludeDeployment" else 1)
    assert max(told.values()) <= 2
    stages = {body["NotificationId"] for body in outcome.notifications if "Stage" in body}
    assert len(stages) == len(outcome.record["Stages"])
    assert not [row for row in outcome.rows if row["pk"].startswith("ALARM#")]
    (lock,) = [row for row in outcome.rows if row["sk"] == "LOCK"] or [{}]
    assert "OwnerExecutionArn" not in lock


@pytest.mark.parametrize(("function", "operation", "nth"), sampled(SAMPLE, 5))
def test_a_death_right_after_a_call(function: str, operation: str, nth: int) -> None:
    outcome = run(HEALTHY, Death(function, operation, nth))
    assert_nothing_lost_or_done_twice(outcome, HEALTHY, function)


@cache
def calls_of(scenario: str) -> tuple[Call, ...]:
    """Every call that AWS does not refuse when nobody dies."""
    made = calls_in(simulate(BOTH[scenario], TEMPLATE).journal)
    return tuple(call for call in made if call.succeeded)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", BOTH)
@pytest.mark.parametrize("function", DYING)
def test_a_death_after_any_call(scenario: str, function: str, subtests: pytest.Subtests) -> None:
    for call in calls_of(scenario):
        if call.function != function:
            continue
        with subtests.test(str(call)):
            outcome = run(BOTH[scenario], Death(function, call.operation, call.succeeded))
            assert_nothing_lost_or_done_twice(outcome, BOTH[scenario], function)


@pytest.mark.parametrize(
    "function", sampled(["ConcludeDeployment", "StartUpdate", "RelayEndpointEvent"], 3)
)
def test_who_dies_between_publishing_and_its_note_of_it_may_tell_again_under_the_same_id(
    function: str,
) -> None:
    outcome = run(HEALTHY, Death(function, "Publish"))
    told = Counter(body["NotificationId"] for body in outcome.notifications)
    assert [count for _, count in told.most_common(2)] == [2, 1]


def test_who_dies_before_publishing_has_its_fact_told_later() -> None:
    outcome = run(HEALTHY, Death("StartUpdate", "TransactWriteItems", 2))
    assert [body["Event"] for body in outcome.notifications].count("DEPLOYMENT_STARTED") == 1
