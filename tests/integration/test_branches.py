"""Parallel and Map of a team's own state machines: branches in virtual time, and how they end."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from account import ACCOUNT, bodies, make_queue
from bluegreen_simulator.run.embedded import EmbeddedAws

ROLE = f"arn:aws:iam::{ACCOUNT}:role/a-team-s-own"
LONG = 5000
FAILS = {"Type": "Fail", "Error": "Mine", "Cause": "because"}


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


def in_turn(*states: dict[str, Any]) -> dict[str, Any]:
    """A branch of states, one after the other."""
    names = [f"S{number}" for number in range(1, len(states) + 1)]
    after: list[dict[str, Any]] = [{"Next": name} for name in names[1:]] + [{"End": True}]
    linked = {
        name: state if state["Type"] == "Fail" else {**state, **following}
        for name, state, following in zip(names, states, after, strict=True)
    }
    return {"StartAt": "S1", "States": linked}


def wait(seconds: int) -> dict[str, Any]:
    return {"Type": "Wait", "Seconds": seconds}


def says(value: Any) -> dict[str, Any]:
    return {"Type": "Pass", "Result": value}


def parallel(*branches: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": list(branches), **more}


def make(aws: EmbeddedAws, *states: dict[str, Any], name: str = "own") -> str:
    client = aws.client("stepfunctions")
    definition = json.dumps(in_turn(*states))
    made = client.create_state_machine(name=name, definition=definition, roleArn=ROLE)
    arn: str = made["stateMachineArn"]
    return arn


def start(aws: EmbeddedAws, machine: str, body: Any = None) -> str:
    client = aws.client("stepfunctions")
    started = client.start_execution(stateMachineArn=machine, input=json.dumps(body or {}))
    arn: str = started["executionArn"]
    return arn


def describe(aws: EmbeddedAws, execution: str) -> Mapping[str, Any]:
    told: Mapping[str, Any] = aws.client("stepfunctions").describe_execution(executionArn=execution)
    return told


def run(aws: EmbeddedAws, *states: dict[str, Any], body: Any = None) -> Mapping[str, Any]:
    execution = start(aws, make(aws, *states), body)
    aws.clock.sleep(LONG)
    return describe(aws, execution)


def took(ended: Mapping[str, Any]) -> float:
    seconds: float = (ended["stopDate"] - ended["startDate"]).total_seconds()
    return seconds


def types(aws: EmbeddedAws, execution: str) -> list[str]:
    history = aws.client("stepfunctions").get_execution_history(executionArn=execution)
    return [event["type"] for event in history["events"]]


# ---- Parallel --------------------------------------------------------------------------------


def test_branches_run_at_the_same_time_and_give_their_outputs_in_order(aws: EmbeddedAws) -> None:
    slow, quick = in_turn(wait(20), says("slow")), in_turn(wait(10), says("quick"))
    ended = run(aws, parallel(slow, quick))
    assert (took(ended), json.loads(ended["output"])) == (20, ["slow", "quick"])


def test_branches_have_branches(aws: EmbeddedAws) -> None:
    inner = parallel(in_turn(wait(30), says(1)), in_turn(says(2)))
    ended = run(aws, parallel(in_turn(inner), in_turn(wait(10), says(3))))
    assert (took(ended), json.loads(ended["output"])) == (30, [[1, 2], 3])


def test_the_first_that_fails_ends_the_others_and_is_caught_by_its_name(aws: EmbeddedAws) -> None:
    catch = [{"ErrorEquals": ["Mine"], "ResultPath": "$.caught", "Next": "S2"}]
    failing = parallel(in_turn(wait(10), FAILS), in_turn(wait(2000), says(1)), Catch=catch)
    ended = run(aws, failing, wait(5))
    assert took(ended) == 15
    assert json.loads(ended["output"])["caught"] == {"Error": "Mine", "Cause": "because"}
    told = types(aws, ended["executionArn"])
    assert "ParallelStateFailed" in told
    assert told[-1] == "ExecutionSucceeded"


def test_it_is_tried_again_from_the_beginning(aws: EmbeddedAws) -> None:
    retry = [{"ErrorEquals": ["Mine"], "IntervalSeconds": 10, "MaxAttempts": 2, "BackoffRate": 1.0}]
    deep = in_turn(parallel(in_turn(wait(5), FAILS), in_turn(wait(2000))))
    ended = run(aws, parallel(deep, in_turn(wait(2000)), Retry=retry))
    assert (ended["status"], ended["error"], took(ended)) == ("FAILED", "Mine", 35)


def test_one_that_is_stopped_ends_all_of_its_branches(aws: EmbeddedAws) -> None:
    execution = start(aws, make(aws, parallel(in_turn(wait(60)), in_turn(wait(2000)))))
    aws.clock.sleep(10)
    aws.client("stepfunctions").stop_execution(executionArn=execution)
    aws.clock.sleep(LONG)
    assert describe(aws, execution)["status"] == "ABORTED"
    assert types(aws, execution)[-1] == "ExecutionAborted"


def call(resource: str, **parameters: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{resource}",
        "Parameters": parameters,
    }


def test_what_another_branch_waits_for_is_stopped_and_its_token_is_void(aws: EmbeddedAws) -> None:
    child = make(aws, wait(3000), name="child")
    queue, _ = make_queue(aws, "tokens")
    body = {"token.$": "$$.Task.Token"}
    ended = run(
        aws,
        parallel(
            in_turn(call("states:startExecution.sync:2", StateMachineArn=child)),
            in_turn(call("sqs:sendMessage.waitForTaskToken", QueueUrl=queue, MessageBody=body)),
            in_turn(wait(20), FAILS),
        ),
    )
    assert (ended["error"], took(ended)) == ("Mine", 20)
    client = aws.client("stepfunctions")
    (found,) = client.list_executions(stateMachineArn=child)["executions"]
    assert (found["status"], found["stopDate"]) == ("ABORTED", ended["stopDate"])
    (asked,) = bodies(aws, queue)
    with pytest.raises(client.exceptions.TaskTimedOut):
        client.send_task_success(taskToken=asked["token"], output="{}")


def test_an_error_of_aws_goes_on_from_a_branch_by_its_name(aws: EmbeddedAws) -> None:
    child = make(aws, FAILS, name="child")
    waits = in_turn(call("states:startExecution.sync:2", StateMachineArn=child))
    catch = [{"ErrorEquals": ["States.TaskFailed"], "Next": "S2"}]
    ended = run(aws, parallel(waits, Catch=catch), wait(1))
    assert json.loads(ended["output"])["Error"] == "States.TaskFailed"


# ---- Map -------------------------------------------------------------------------------------


def each(*states: dict[str, Any], **more: Any) -> dict[str, Any]:
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, **in_turn(*states)}
    return {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, **more}


@pytest.mark.parametrize(("at_a_time", "seconds"), [(0, 40), (1, 100), (2, 60)])
def test_a_map_has_as_many_items_under_way_as_it_says(
    aws: EmbeddedAws, at_a_time: int, seconds: int
) -> None:
    state = each({"Type": "Wait", "SecondsPath": "$"}, MaxConcurrency=at_a_time)
    ended = run(aws, state, body={"items": [10, 20, 30, 40]})
    assert (took(ended), json.loads(ended["output"])) == (seconds, [10, 20, 30, 40])


def test_a_map_of_nothing_gives_nothing(aws: EmbeddedAws) -> None:
    ended = run(aws, each(wait(10)), body={"items": []})
    assert (took(ended), json.loads(ended["output"])) == (0, [])


def test_an_item_that_fails_ends_the_others(aws: EmbeddedAws) -> None:
    child = make(aws, wait(3000), name="child")
    starts = call("states:startExecution.sync", StateMachineArn=child)
    fails_soon = parallel(in_turn(wait(20), FAILS), in_turn(starts))
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "S2"}]
    ended = run(aws, each(fails_soon, Catch=catch), wait(1), body={"items": [1, 2]})
    assert (took(ended), json.loads(ended["output"])["Error"]) == (21, "Mine")
    found = aws.client("stepfunctions").list_executions(stateMachineArn=child)["executions"]
    assert [one["status"] for one in found] == ["ABORTED", "ABORTED"]


def test_an_endpoint_s_times_stay_readable_through_branches(aws: EmbeddedAws) -> None:
    sagemaker = aws.client("sagemaker")
    model = {"Image": "model:1"}
    sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer=model)
    variant: Any = {
        "VariantName": "main",
        "ModelName": "m",
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.xlarge",
    }
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="churn", EndpointConfigName="c")
    look = in_turn(call("aws-sdk:sagemaker:describeEndpoint", EndpointName="churn"))
    ended = run(aws, parallel(look, look), wait(1))
    for seen in json.loads(ended["output"]):
        assert seen["CreationTime"] == "2026-01-05T09:00:00.000Z"
    events = aws.client("stepfunctions").get_execution_history(executionArn=ended["executionArn"])
    results = [
        e["taskSucceededEventDetails"]["output"]
        for e in events["events"]
        if "taskSucceededEventDetails" in e
    ]
    assert len(results) == 2
    assert all('"CreationTime": "2026-01-05T09:00:00.000Z"' in text for text in results)
