"""The stack's own alarms ring: by the metrics that Step Functions and Lambda publish."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from account import bodies, make_queue
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.theatre import Fleet, Theatre
from builders import canary_request
from shipped import ROOT


class Stack:
    """A stack, an endpoint that it may deploy to, and a queue that hears of its alarms."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws, self.theatre = aws, Theatre(aws)
        self.stack = self.theatre.deploy(ROOT / "template.yaml")
        for config in ("churn-blue", "churn-green"):
            self.theatre.make_config(config, Fleet({}, 4))
        self.theatre.make_endpoint("churn", "churn-blue")
        self.url, queue = make_queue(aws, "operations")
        aws.client("sns").subscribe(
            TopicArn=self.stack.resources["OperationsTopic"], Protocol="sqs", Endpoint=queue
        )
        self.theatre.advance(600)

    @property
    def machine(self) -> str:
        return self.stack.outputs["StateMachineArn"]

    def begin(self) -> str:
        request = canary_request()
        del request["DeploymentConfig"]["AutoRollbackConfiguration"]
        return self.theatre.start(request | {"AllowFindings": ["no-alarms", "bake-unprotected"]})

    def state(self, alarm: str) -> str:
        name = self.stack.resources[alarm]
        client = self.aws.client("cloudwatch")
        state: str = client.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]
        return state

    def rang(self) -> set[str]:
        """The alarms of which the operations topic has told."""
        told = [json.loads(body["Message"]) for body in bodies(self.aws, self.url)]
        return {message["AlarmName"] for message in told}

    def count(self, metric: str, statistic: str = "Sum") -> float:
        found = self.aws.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/States",
            MetricName=metric,
            Dimensions=[{"Name": "StateMachineArn", "Value": self.machine}],
            StartTime="2026-01-05T00:00:00Z",
            EndTime="2026-01-07T00:00:00Z",
            Period=86_400,
            Statistics=[statistic],
        )["Datapoints"]
        return float(sum(point[statistic] for point in found))


@pytest.fixture
def stack() -> Iterator[Stack]:
    with EmbeddedAws() as aws:
        yield Stack(aws)


def limited(stack: Stack, seconds: int) -> None:
    """Let an execution of the workflow last no longer than this."""
    client = stack.aws.client("stepfunctions")
    told: Any = client.describe_state_machine(stateMachineArn=stack.machine)
    definition = json.loads(told["definition"]) | {"TimeoutSeconds": seconds}
    client.update_state_machine(stateMachineArn=stack.machine, definition=json.dumps(definition))


def test_an_execution_that_is_stopped_rings(stack: Stack) -> None:
    execution = stack.begin()
    stack.theatre.advance(120)
    assert stack.state("WorkflowStoppedAlarm") != "ALARM"
    stack.aws.client("stepfunctions").stop_execution(executionArn=execution)
    stack.theatre.advance(360)
    assert stack.state("WorkflowStoppedAlarm") == "ALARM"
    assert stack.rang() == {stack.stack.resources["WorkflowStoppedAlarm"]}
    assert stack.state("WorkflowTimedOutAlarm") != "ALARM"
    assert stack.count("ExecutionsAborted") == 1


def test_an_execution_that_times_out_rings(stack: Stack) -> None:
    limited(stack, 200)
    stack.begin()
    stack.theatre.advance(560)
    assert stack.state("WorkflowTimedOutAlarm") == "ALARM"
    assert stack.state("WorkflowStoppedAlarm") != "ALARM"
    assert stack.rang() == {stack.stack.resources["WorkflowTimedOutAlarm"]}
    assert stack.count("ExecutionsTimedOut") == 2  # the one that adopted it has as little time


def test_one_that_succeeds_is_counted_and_rings_nothing(stack: Stack) -> None:
    stack.begin()
    stack.theatre.advance(3600)
    assert stack.count("ExecutionsStarted") == 1
    assert stack.count("ExecutionsSucceeded") == 1
    assert stack.count("ExecutionsAborted") + stack.count("ExecutionsFailed") == 0
    assert 600_000 < stack.count("ExecutionTime", "Average") < 3_600_000
    assert stack.state("WorkflowStoppedAlarm") != "ALARM"


def test_the_workflows_log_has_no_data_of_the_request(stack: Stack) -> None:
    stack.begin()
    stack.theatre.advance(3600)
    group = stack.stack.resources["StateMachineLogGroup"]
    events = stack.aws.client("logs").filter_log_events(logGroupName=group)["events"]
    logged = [json.loads(event["message"]) for event in events]
    assert (logged[0]["type"], logged[-1]["type"]) == ("ExecutionStarted", "ExecutionSucceeded")
    assert "churn-green" not in json.dumps([event["details"] for event in logged])
