"""An execution that an earlier release began is stopped: another one of this release goes on."""

import json
from typing import Any, Final

import pytest

from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.stack import Stack, deploy
from heavy import sampled
from releases import rows
from releases.record import ROOT
from releases.resume import ASLEEP, Moment, Parked, filled, parked, replay, sleep_until

LONG: Final = 7200
"""Seconds in which every recorded deployment is over, and its adoption too."""

SLEEPING: Final = [
    each
    for each in parked()
    if each.folder.name == "canary-succeeds"
    and (each.state["State"], each.how) == ("AwaitStage", ASLEEP)
]


def stopped(execution: Parked) -> tuple[list[rows.Row], list[dict[str, Any]], list[str]]:
    """Stop it where it sleeps; what stands in the table, what was told after that, who ran."""
    with EmbeddedAws() as aws:
        stack = deploy(aws.world, ROOT / "template.yaml", execution.deployment["StackParameters"])
        states, machine = aws.client("stepfunctions"), stack.outputs["StateMachineArn"]
        ours = states.describe_state_machine(stateMachineArn=machine)["definition"]
        theirs = filled(execution.workflow(), aws, stack)
        states.update_state_machine(stateMachineArn=machine, definition=theirs)
        moment = Moment(aws, stack, execution)
        arn = replay(aws, machine, execution)
        states.update_state_machine(stateMachineArn=machine, definition=ours)
        sleep_until(aws, execution.state["At"])
        aws.clock.sleep(5)
        assert moment.came
        states.stop_execution(executionArn=arn)
        aws.clock.sleep(LONG)
        return rows.read(aws, stack), moment.told, names(aws, stack)


def names(aws: EmbeddedAws, stack: Stack) -> list[str]:
    """The executions that ran, the first one first."""
    found = aws.client("stepfunctions").list_executions(
        stateMachineArn=stack.outputs["StateMachineArn"]
    )["executions"]
    return [each["name"] for each in sorted(found, key=lambda each: each["startDate"])]


def test_there_are_some_that_sleep() -> None:
    assert len(SLEEPING) == 3


@pytest.mark.parametrize("execution", sampled(SLEEPING, 3), ids=str)
def test_its_deployment_is_adopted_and_concluded_under_its_own_id(execution: Parked) -> None:
    """Its update carries no abort alarm, so it cannot be aborted, and is followed to its end."""
    left, told, ran = stopped(execution)
    name = execution.deployment["Execution"]["Name"]
    first, adopter = ran
    assert first == name
    assert adopter.startswith(f"{name}-r2-")
    (kept,) = [row for row in left if row["sk"].startswith("DEPLOYMENT#")]
    record = json.loads(kept["Record"])
    assert (record["Verdict"], record["DeploymentId"]) == ("SUCCEEDED", name)
    assert record["ExecutionArn"].endswith(f":{adopter}")
    assert [body["Event"] for body in told if "Stage" not in body] == [
        "DEPLOYMENT_ABORTED",
        "DEPLOYMENT_SUCCEEDED",
    ]
    (lock,) = [row for row in left if row["sk"] == "LOCK"]
    assert set(lock) == {"pk", "sk", "EndpointName", "Fence"}
