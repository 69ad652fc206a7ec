"""A parent workflow sees whatever failed as States.TaskFailed, and yet can tell what it was."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bluegreen.request.request import STARTED_BY
from bluegreen_simulator.inputs.scenario import load
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.theatre import Fleet, Theatre

ROOT = Path(__file__).parents[2]
PARENT = (ROOT / "events/workflows/parent.json").read_text("utf-8")
SCENARIO = load(ROOT / "events/scenarios/canary-succeeds.yaml")
MACHINE = json.loads(PARENT)["States"]["Deploy"]["Arguments"]["StateMachineArn"]
ROLE = "arn:aws:iam::123456789012:role/a-team-s-own"
LONG = 3600


@pytest.fixture
def theatre() -> Iterator[Theatre]:
    """The stack, an endpoint with traffic, and two configs to go to: one fails half of it."""
    with EmbeddedAws() as aws:
        made = Theatre(aws)
        made.deploy(ROOT / "template.yaml")
        made.make_config("churn-blue", Fleet({}, 4))
        made.make_config("churn-green", Fleet({}, 4))
        made.make_config("churn-failing", Fleet({"error_rate": 0.5}, 4))
        made.make_endpoint("churn", "churn-blue")
        made.make_alarms(SCENARIO.alarms)
        made.begin_traffic("churn", 10)
        yield made


class Workflow:
    """A state machine of the user's own."""

    def __init__(self, theatre: Theatre, definition: str, role: str = ROLE) -> None:
        self.theatre = theatre
        self.client = theatre.aws.client("stepfunctions")
        self.arn = self.client.create_state_machine(
            name="parent", definition=definition, roleArn=role
        )["stateMachineArn"]

    def start(self, body: Any) -> str:
        started = self.client.start_execution(stateMachineArn=self.arn, input=json.dumps(body))
        arn: str = started["executionArn"]
        return arn

    def end(self, execution: str, after: float = LONG) -> Mapping[str, Any]:
        self.theatre.advance(after)
        ended: Mapping[str, Any] = self.client.describe_execution(executionArn=execution)
        return ended

    def history(self, execution: str) -> list[Mapping[str, Any]]:
        return [*self.client.get_execution_history(executionArn=execution)["events"]]


def request(config: str, **more: Any) -> dict[str, Any]:
    return {**SCENARIO.request, "EndpointConfigName": config, **more}


def output(ended: Mapping[str, Any]) -> Any:
    assert ended["status"] == "SUCCEEDED", ended
    return json.loads(ended["output"])


def test_the_example_goes_on_with_the_record_of_a_success(theatre: Theatre) -> None:
    parent = Workflow(theatre, PARENT)
    execution = parent.start(request("churn-green"))
    record = output(parent.end(execution))
    assert record["Verdict"] == "SUCCEEDED"
    assert record["Request"][STARTED_BY] == execution
    told = [entry.data["message"] for entry in theatre.aws.journal.of_kind("notification")]
    assert [text for text in told if f"Started by (claimed): {execution}" in text] == told[:1]


def test_the_example_knows_a_rollback_and_what_tripped(theatre: Theatre) -> None:
    parent = Workflow(theatre, PARENT)
    execution = parent.start(request("churn-failing"))
    assert output(parent.end(execution)) == {
        "Verdict": "ROLLED_BACK",
        "Trigger": "ALARM",
        "TrippedAlarms": ["churn-5xx"],
        "Serves": "churn-blue",
    }
    (failed,) = [e for e in parent.history(execution) if e["type"] == "TaskFailed"]
    details = failed["taskFailedEventDetails"]
    assert (details["error"], details["resource"]) == ("States.TaskFailed", "startExecution.sync:2")
    child = json.loads(details["cause"])
    assert (child["Status"], child["Error"]) == ("FAILED", "DeploymentRolledBack")
    assert json.loads(child["Cause"])["Verdict"] == "ROLLED_BACK"


def test_the_example_knows_a_rejection(theatre: Theatre) -> None:
    parent = Workflow(theatre, PARENT)
    ended = output(parent.end(parent.start(request("nowhere"))))
    assert ended["Verdict"] == "REJECTED"
    assert "nowhere" in ended["Reason"]


def test_a_child_that_is_stopped_has_no_error_of_ours(theatre: Theatre) -> None:
    parent = Workflow(theatre, PARENT)
    execution = parent.start(request("churn-green"))
    theatre.advance(60)
    (child,) = theatre.executions()
    theatre.stop(child.arn)
    ended = parent.end(execution, 60)
    assert (ended["status"], ended["error"]) == ("FAILED", "DeploymentNeedsAttention")
    assert json.loads(ended["cause"])["Status"] == "ABORTED"


def test_who_stops_the_parent_stops_the_deployment_which_is_rolled_back(theatre: Theatre) -> None:
    parent = Workflow(theatre, PARENT)
    execution = parent.start(request("churn-green"))
    theatre.advance(600)  # in the first bake
    parent.client.stop_execution(executionArn=execution)
    assert parent.client.describe_execution(executionArn=execution)["status"] == "ABORTED"
    theatre.advance(LONG)
    assert [each.status for each in theatre.executions()][:1] == ["ABORTED"]
    told = [body for body in theatre.notifications() if "Verdict" in body]
    assert [(body["Verdict"], body["Trigger"]) for body in told] == [("ROLLED_BACK", "ABORT")]


CAUGHT = {"Type": "Pass", "End": True}


def by_error(*errors: str) -> str:
    """A parent that catches these errors, each into a state of its own, in JSONPath."""
    catch = [{"ErrorEquals": [error], "ResultPath": "$.caught", "Next": error} for error in errors]
    deploy = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {
            "StateMachineArn": MACHINE,
            "Input.$": "$",
        },
        "Catch": catch,
        "End": True,
    }
    states = {"Deploy": deploy, **dict.fromkeys(errors, CAUGHT)}
    return json.dumps({"StartAt": "Deploy", "States": states})


def test_no_parent_catches_our_error_by_its_name(theatre: Theatre) -> None:
    parent = Workflow(theatre, by_error("DeploymentRejected", "States.TaskFailed", "States.ALL"))
    execution = parent.start(request("nowhere"))
    assert output(parent.end(execution))["caught"]["Error"] == "States.TaskFailed"
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for event in parent.history(execution)
        if "stateEnteredEventDetails" in event
    ]
    assert entered == ["Deploy", "States.TaskFailed"]
