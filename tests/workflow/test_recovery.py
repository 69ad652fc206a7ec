"""Executions that are stopped, functions that outlive them, adopters that are stopped too."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bluegreen_simulator.inputs.scenario import Scenario, load
from bluegreen_simulator.rules.faults.kinds import (
    ApiError,
    ApiFault,
    Death,
    EventFault,
    FaultPlan,
    Pause,
    Stop,
)
from bluegreen_simulator.run.simulation import Outcome, simulate
from everycall.stage import AFTER_A_TICK, BETWEEN_TICKS, a_stage
from everycall.trial import calls_in
from heavy import sampled
from releases import rows as table_rows
from search.invariants import broken
from search.world import a_world
from workflow.promises import breaches

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
HEALTHY = load(ROOT / "events/scenarios/canary-succeeds.yaml")
NO_EVENTS = EventFault(detail_type="Step Functions Execution Status Change", drop=True)


def run(plan: FaultPlan, scenario: Scenario = HEALTHY) -> Outcome:
    outcome = simulate(replace(scenario, plan=plan), TEMPLATE)
    assert breaches(outcome) == []
    return outcome


def how(outcome: Outcome) -> tuple[str, str | None]:
    return outcome.record["Verdict"], outcome.record.get("Trigger")


def updates(outcome: Outcome) -> int:
    return sum(
        entry.kind == "api_call"
        and entry.data["operation"] == "UpdateEndpoint"
        and entry.data["error"] is None
        for entry in outcome.journal
    )


STOPPED_AT = [
    # state, nth, verdict and trigger
    ("StartUpdate", 1, ("FAILED", "ABORT")),
    ("AwaitStage", 1, ("ROLLED_BACK", "ABORT")),
    ("AwaitStage", 2, ("ROLLED_BACK", "ABORT")),
    ("IsSettled?", 1, ("ROLLED_BACK", "ABORT")),
    ("AwaitStage", 3, ("ROLLED_BACK", "ABORT")),
    ("ConcludeDeployment", 1, ("SUCCEEDED", None)),
]


@pytest.mark.parametrize(
    ("state", "nth", "end", "told"),
    sampled([(*row, told) for row in STOPPED_AT for told in (True, False)], 6),
)
def test_a_deployment_whose_execution_is_stopped_is_aborted_and_concluded(
    state: str, nth: int, end: tuple[str, str | None], told: bool
) -> None:
    lost = () if told else (NO_EVENTS,)
    outcome = run(FaultPlan(stops=(Stop(state, nth=nth),), events=lost))
    assert how(outcome) == end
    assert outcome.executions[0].status == "ABORTED"
    events = [body["Event"] for body in outcome.notifications]
    assert events.count("DEPLOYMENT_ABORTED") == 1
    assert events[-1] == f"DEPLOYMENT_{end[0]}"


@pytest.mark.parametrize(
    "state", sampled(["IsRequestAccepted?", "IsAdoption?", "ValidatePolicy"], 3)
)
def test_who_is_stopped_before_it_has_its_lock_owes_no_verdict(state: str) -> None:
    plan = FaultPlan(stops=(Stop(state),))
    outcome = simulate(replace(HEALTHY, plan=plan), TEMPLATE)
    assert [each.status for each in outcome.executions] == ["ABORTED"]
    assert (outcome.notifications, updates(outcome)) == ([], 0)
    assert [row for row in outcome.rows if "Open" in row or "OwnerExecutionArn" in row] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "function", ["AcquireEndpointLock", "StartUpdate", "AwaitStage", "ConcludeDeployment"]
)
def test_a_deployment_that_is_stopped_right_after_any_call_is_concluded(
    function: str, subtests: pytest.Subtests
) -> None:
    made = calls_in(simulate(HEALTHY, TEMPLATE).journal)
    for call in [call for call in made if call.function == function]:
        with subtests.test(str(call)):
            stop = Stop(function=function, operation=call.operation, nth=call.succeeded)
            outcome = simulate(replace(HEALTHY, plan=FaultPlan(stops=(stop,))), TEMPLATE)
            if "Verdict" in outcome.record:
                assert breaches(outcome) == []
                assert how(outcome) in {
                    ("ROLLED_BACK", "ABORT"),
                    ("FAILED", "ABORT"),
                    ("SUCCEEDED", None),
                }
            else:  # it had no lock yet
                assert (function, updates(outcome)) == ("AcquireEndpointLock", 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "state", sampled(["AwaitStage", "IsSettled?", "ConcludeDeployment", "HowDidItEnd?"], 4)
)
def test_adopters_that_are_stopped_three_times_in_a_row_are_adopted_themselves(state: str) -> None:
    outcome = run(FaultPlan(stops=(Stop(state, executions=3),)))
    assert how(outcome) in {("ROLLED_BACK", "ABORT"), ("SUCCEEDED", None)}
    stopped = [each for each in outcome.executions if each.status == "ABORTED"]
    assert len(stopped) >= (3 if state in {"AwaitStage", "IsSettled?"} else 1)
    events = [body["Event"] for body in outcome.notifications]
    assert events.count("DEPLOYMENT_ABORTED") <= 1


@pytest.mark.slow
def test_two_who_find_a_dead_owner_in_the_same_second_start_one_adopter() -> None:
    twice = EventFault(detail_type="Step Functions Execution Status Change", duplicate=3)
    outcome = run(FaultPlan(stops=(Stop("AwaitStage", nth=2),), events=(twice,)))
    assert how(outcome) == ("ROLLED_BACK", "ABORT")
    assert len(outcome.executions) == 2


PAUSES = [
    (operation, nth, before)
    for operation, nth in (
        ("DescribeEndpoint", 1),
        ("GetItem", 1),
        ("PutMetricAlarm", 1),
        ("UpdateItem", 1),
        ("TransactWriteItems", 1),
        ("DescribeAlarms", 1),
        ("UpdateEndpoint", 1),
        ("DescribeEndpoint", 2),
        ("TransactWriteItems", 2),
    )
    for before in (True, False)
]


@pytest.mark.parametrize(("operation", "nth", "before"), sampled(PAUSES, 9))
def test_no_update_begins_that_no_deployment_follows(
    operation: str, nth: int, before: bool
) -> None:
    """StartUpdate stands still for 90 s at a call, while its execution is stopped and adopted."""
    pause = Pause("StartUpdate", operation, 90, nth, before=before)
    stop = Stop(function="StartUpdate", operation=operation, nth=nth, before=before)
    outcome = run(FaultPlan(pauses=(pause,), stops=(stop,)))
    assert outcome.executions[0].status == "ABORTED"
    assert updates(outcome) <= 1
    if updates(outcome):
        assert how(outcome) == ("ROLLED_BACK", "ABORT")
    else:
        assert how(outcome) == ("FAILED", "ABORT")


@pytest.mark.parametrize("before", [True, False])
def test_who_stands_still_between_its_claim_and_sns_tells_what_nobody_else_tells(
    before: bool,
) -> None:
    """StartUpdate stands still for 90 s when it tells that it began: the reconcile comes by."""
    with a_stage() as stage:
        stage.set_up()
        stage.advance((BETWEEN_TICKS - AFTER_A_TICK).total_seconds() - 75)
        stage.let(FaultPlan(pauses=(Pause("StartUpdate", "Publish", 90, before=before),)))
        stage.request()
        stage.settle()
        told = [e.data["body"] for e in stage.journal if e.kind == "notification"]
        events = [body["Event"] for body in told if body]
        assert events.count("DEPLOYMENT_STARTED") == 1
        assert events[-1] == "DEPLOYMENT_SUCCEEDED"


@pytest.mark.parametrize("error", sampled([ApiError.DENIED, ApiError.THROTTLING], 2))
def test_an_owner_that_cannot_be_seen_is_not_replaced_and_operators_are_told(
    error: ApiError,
) -> None:
    unseen = ApiFault("stepfunctions", error, "DescribeExecution", "Reconcile")
    unseen_too = ApiFault("stepfunctions", error, "DescribeExecution", "RelayExecutionEvent")
    lasting = [replace(each, times=40) for each in (unseen, unseen_too)]
    outcome = run(FaultPlan(stops=(Stop("AwaitStage", nth=2),), apis=tuple(lasting)))
    assert how(outcome) in {("SUCCEEDED", None), ("ROLLED_BACK", "ABORT")}
    ringing = [entry.data for entry in outcome.journal if entry.kind == "alarm"]
    assert any("ReconcileFails" in one["name"] and one["new"] == "ALARM" for one in ringing)


@pytest.mark.parametrize("error", sampled([ApiError.DENIED, ApiError.THROTTLING], 2))
def test_where_what_runs_is_not_listed_it_is_described_and_operators_hear_nothing(
    error: ApiError,
) -> None:
    unlisted = ApiFault("stepfunctions", error, "ListExecutions", "Reconcile", times=100)
    stopped = FaultPlan(stops=(Stop("AwaitStage", nth=2),), events=(NO_EVENTS,))
    listed, outcome = run(stopped), run(replace(stopped, apis=(unlisted,)))
    assert how(outcome) == ("ROLLED_BACK", "ABORT")
    assert outcome.notifications == listed.notifications
    ringing = [entry.data["name"] for entry in outcome.journal if entry.kind == "alarm"]
    assert not any("ReconcileFails" in name for name in ringing)
    logged = [e.data["line"] for e in outcome.journal if e.kind == "log"]
    assert any("executions not listed" in str(line) for line in logged)


UNSEEN = ApiFault(
    "stepfunctions", ApiError.UNAVAILABLE, "DescribeExecution", "RelayExecutionEvent", times=3
)
HALF_ADOPTED = [
    FaultPlan(apis=(UNSEEN,)),
    FaultPlan(deaths=(Death("RelayExecutionEvent", "TransactWriteItems"),)),
    FaultPlan(deaths=(Death("RelayExecutionEvent", "StartExecution", before=True),)),
]


@pytest.mark.parametrize(
    "plan", sampled(HALF_ADOPTED, 3), ids=["unseen", "adopted", "about to start"]
)
def test_what_is_half_adopted_when_its_adopter_dies_is_adopted_in_the_same_bake(
    plan: FaultPlan,
) -> None:
    """The canary bakes from second 320 to second 620; the reconcile comes at second 600."""
    with a_world() as world:
        world.request("churn", policy="canary", on_busy="REJECT", healthy=True)
        world.go_wrong(plan)
        world.pass_time(400)
        world.stop(0)
        world.pass_time(2000)
        (row,) = [row for row in world.rows() if "Record" in row]
        record = json.loads(row["Record"])
        assert (record["Verdict"], record["Trigger"]) == ("ROLLED_BACK", "ABORT")
        bakes = [each for each in record["Stages"] if each["Stage"] == "BAKING"]
        assert [bake["TrafficPercent"] for bake in bakes] == [33]
        assert broken(world) == []


@pytest.mark.parametrize(
    ("used_again", "adopted_at"),
    [(False, "2026-01-05T09:25:01.000Z"), (True, "2026-01-05T09:20:01.000Z")],
)
def test_an_owner_that_step_functions_knows_no_more_is_adopted(
    used_again: bool, adopted_at: str
) -> None:
    """Its rows stand in an account that never had it, or has another of its name.

    An execution that is not found counts as dead when its lock is ten minutes old, one of another
    start at once.
    """
    with a_world() as world:
        world.request("churn", policy="canary", on_busy="REJECT", healthy=True)
        world.pass_time(200)
        rows = world.rows()
    with a_world() as later:
        table_rows.replace_all(later.aws, later.stack, rows)
        if used_again:
            later.pass_time(5)
            later.request("fraud", policy="canary", on_busy="REJECT", healthy=True)
        later.pass_time(2400)
        found = {row["pk"]: row for row in later.rows() if "Record" in row}
        assert found["ENDPOINT#churn"]["AdoptedAt"] == adopted_at
        assert json.loads(found["ENDPOINT#churn"]["Record"])["Verdict"] == "ROLLED_BACK"
        assert [row for row in later.rows() if "OwnerExecutionArn" in row or "Open" in row] == []
        if used_again:  # and the one that has its name is left alone
            other = json.loads(found["ENDPOINT#fraud"]["Record"])
            assert other["Verdict"] == "SUCCEEDED"
            assert "AdoptedAt" not in found["ENDPOINT#fraud"]


@pytest.mark.slow
def test_an_alarm_that_is_deleted_meanwhile_is_mentioned_at_the_end() -> None:
    with a_world() as world:
        world.request("churn", policy="canary", on_busy="REJECT", healthy=False)
        world.pass_time(200)
        world.aws.client("cloudwatch").delete_alarms(AlarmNames=["churn-5xx"])
        world.pass_time(2400)
        end = [entry for entry in world.aws.journal.of_kind("notification") if entry.data["body"]][
            -1
        ]
        assert end.data["body"]["Message"] == (
            "SUCCEEDED: Endpoint churn now serves d00-config."
            " Green got 3,067 requests in its bakes."
            ' The alarm "churn-5xx" was deleted meanwhile, and has watched nothing since.'
        )
        assert end.data["attributes"]["Severity"] == "WARNING"
        (row,) = [row for row in world.rows() if "Record" in row]
        record = json.loads(row["Record"])
        assert record["Watched"] == [{"AlarmName": "churn-5xx", "Present": False}]


SNS_IS_GONE = ["the topic is deleted", "the key is disabled", "sns refuses"]


@pytest.mark.parametrize("how_gone", sampled(SNS_IS_GONE, 3))
def test_without_sns_a_deployment_is_concluded_its_lock_is_free_and_operators_are_told(
    how_gone: str,
) -> None:
    with a_world() as world:
        topic = world.stack.outputs["NotificationsTopicArn"]
        if how_gone == "the topic is deleted":
            world.aws.client("sns").delete_topic(TopicArn=topic)
        elif how_gone == "the key is disabled":
            key = world.stack.resources["Key"]
            world.aws.client("kms").disable_key(KeyId=key)
        else:
            refused = ApiFault("sns", ApiError.DENIED, function="", times=100_000)
            world.go_wrong(FaultPlan(apis=(refused,)))
        world.request("churn", policy="all-at-once", on_busy="REJECT", healthy=True)
        world.pass_time(3600)
        (first,) = [each for each in world.theatre.executions() if each.name == "d00"]
        assert (first.status, json.loads(first.said)["Verdict"]) == ("SUCCEEDED", "SUCCEEDED")
        (row,) = [row for row in world.rows() if "Record" in row]
        assert json.loads(row["Record"])["Verdict"] == "SUCCEEDED"
        (lock,) = [row for row in world.rows() if row["sk"] == "LOCK"]
        assert "OwnerExecutionArn" not in lock
        ringing = [e.data for e in world.aws.journal.of_kind("alarm") if e.data["new"] == "ALARM"]
        assert any("ReconcileFails" in one["name"] for one in ringing)
        if how_gone != "sns refuses":
            told = [e for e in world.aws.journal.of_kind("notification") if not e.data["body"]]
            assert any("ReconcileFails" in str(entry.data["subject"]) for entry in told)
        if how_gone == "the key is disabled":
            world.aws.client("kms").enable_key(KeyId=key)
            world.pass_time(600)
            late = [body["Event"] for body in world.theatre.notifications() if body.get("Late")]
            assert late[0] == "DEPLOYMENT_STARTED"
            assert late[-1] == "DEPLOYMENT_SUCCEEDED"
            assert broken(world) == []


@pytest.mark.parametrize("service", sampled(["dynamodb", "sagemaker", "stepfunctions"], 3))
def test_an_await_stage_that_fails_for_good_costs_time_and_never_the_verdict(service: str) -> None:
    denied = ApiFault(service, ApiError.DENIED, function="AwaitStage", times=100_000)
    outcome = run(FaultPlan(apis=(denied,)))
    assert how(outcome) == ("SUCCEEDED", None)
    told = [e.data["subject"] for e in outcome.journal if e.kind == "notification"]
    ringing = [e.data["name"] for e in outcome.journal if e.kind == "alarm"]
    if service != "stepfunctions":
        assert "bluegreen: AwaitStage fails" in told
        assert any("WorkflowFails" in name for name in ringing)
