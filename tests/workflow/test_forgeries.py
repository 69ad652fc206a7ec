"""Inputs that only bluegreen itself writes, written by somebody else: they conclude nothing."""

import json
from typing import Any, Final

import pytest

from bluegreen_simulator.run.theatre import Seen
from search.world import World, a_world

RIGHT: Final = {"EndpointName": "churn", "Fence": 1}


def adopt(world: World, id_: str, **members: Any) -> Seen:
    """An execution that claims to adopt a deployment, some minutes later."""
    started_at = world.theatre.execution(arn_of(world, id_)).started_at
    stamp = started_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    adoption = {**RIGHT, "DeploymentId": id_, "StartedAt": stamp, **members}
    arn = world.theatre.start({"Adopt": adoption}, f"forged-{len(world.theatre.executions())}")
    world.pass_time(60)
    return world.theatre.execution(arn)


def arn_of(world: World, id_: str) -> str:
    machine = world.stack.outputs["StateMachineArn"]
    return f"{machine.replace(':stateMachine:', ':execution:')}:{id_}"


def record_of(world: World, id_: str) -> dict[str, Any]:
    said = world.theatre.execution(arn_of(world, id_)).said
    record: dict[str, Any] = json.loads(said)
    return record


def begun(world: World) -> tuple[str, str]:
    """One deployment that runs, and one that waits for its endpoint."""
    first = world.request("churn", policy="canary", on_busy="REJECT", healthy=True)
    world.pass_time(60)
    return first, world.request("churn", policy="canary", on_busy="QUEUE", healthy=True)


def test_a_forged_adoption_of_what_runs_or_waits_changes_nothing() -> None:
    with a_world() as world:
        running, waiting = begun(world)
        forged = [adopt(world, id_) for id_ in (running, waiting)]
        assert [(each.status, each.error) for each in forged] == [("FAILED", "LockLost")] * 2
        world.settle()
        for id_ in (running, waiting):
            record = record_of(world, id_)
            assert (record["Verdict"], record["ExecutionArn"]) == ("SUCCEEDED", arn_of(world, id_))


MALFORMED: Final[list[dict[str, Any]]] = [
    {"Fence": 0},
    {"Fence": -1},
    {"Fence": 1.5},
    {"Fence": "1"},
    {"DeploymentId": "d" * 81},
    {"DeploymentId": 7},
    {"StartedAt": "2026"},
    {"StartedAt": None},
    {"EndpointName": "e" * 64},
]


def test_what_bluegreen_cannot_have_written_is_no_adoption() -> None:
    with a_world() as world:
        running, _ = begun(world)
        for members in MALFORMED:
            forged = adopt(world, running, **members)
            assert (members, forged.error) == (members, "DeploymentRejected")
            assert "Adopt" in json.loads(forged.said)["Reason"]


def test_a_forged_adoption_of_what_has_concluded_leaves_the_abort_alarm_alone() -> None:
    with a_world() as world:
        first, _ = begun(world)
        world.pass_time(300)
        assert world.abort("churn")["DeploymentId"] == first
        world.settle()
        assert record_of(world, first)["Trigger"] == "ABORT"
        world.aws.journal.entries.clear()
        forged = adopt(world, first)
        assert json.loads(forged.said) == record_of(world, first)
        calls = [each.data["operation"] for each in world.aws.journal.of_kind("api_call")]
        assert "Publish" not in calls
        assert "PutMetricData" not in calls


@pytest.mark.parametrize("fence", [1, 7])
def test_an_adoption_of_what_never_was_writes_no_record(fence: int) -> None:
    with a_world() as world:
        running, _ = begun(world)
        before = len(world.rows())
        forged = adopt(world, running, Fence=fence, EndpointName="fraud")
        assert (forged.status, forged.error) == ("FAILED", "LockLost")
        assert len(world.rows()) == before


def test_whoever_has_a_token_can_wake_a_workflow_and_tell_it_nothing() -> None:
    with a_world() as world:
        running, _ = begun(world)
        (token,) = {row["Token"] for row in world.rows() if "AsleepOn" in row}
        answer = {"Observation": {}, "Settled": True, "Overdue": False, "WaitSeconds": [60]}
        forged = {**answer, "EndpointName": "fraud", "Fence": 0, "Problem": {"Error": "forged"}}
        world.aws.client("stepfunctions").send_task_success(
            taskToken=token, output=json.dumps(forged)
        )
        world.settle()
        record = record_of(world, running)
        assert (record["Verdict"], record["EndpointName"]) == ("SUCCEEDED", "churn")
        assert len(world.theatre.executions()) == 2  # nobody had to adopt it
