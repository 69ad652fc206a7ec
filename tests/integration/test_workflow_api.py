"""The API of Step Functions: machines, executions and histories, and what it refuses."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from account import ACCOUNT, REGION
from bluegreen_simulator.run.embedded import EmbeddedAws

ROLE = f"arn:aws:iam::{ACCOUNT}:role/a-team-s-own"
ACTIVITY = f"arn:aws:states:{REGION}:{ACCOUNT}:activity:by-hand"
AGAIN = {"Variable": "$.a", "IsPresent": True, "Next": "A"}
WAITS = {"Type": "Wait", "Seconds": 60, "End": True}
OF_MANY = {
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    "StartAt": "W",
    "States": {"W": WAITS},
}
MAP_RUN = f"arn:aws:states:{REGION}:{ACCOUNT}:mapRun:own/m:1"


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


def definition(**states: Any) -> str:
    return json.dumps({"StartAt": next(iter(states)), "States": states})


def make(aws: EmbeddedAws, text: str = definition(Waits=WAITS), **more: Any) -> str:
    call = {"name": "own", "roleArn": ROLE, "definition": text, **more}
    arn: str = aws.client("stepfunctions").create_state_machine(**call)["stateMachineArn"]
    return arn


def refusal(call: Callable[..., Any], **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**members)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


# ---- Histories and lists -----------------------------------------------------------------------


@pytest.fixture
def ended(aws: EmbeddedAws) -> str:
    """An execution with four events."""
    client = aws.client("stepfunctions")
    execution: str = client.start_execution(stateMachineArn=make(aws))["executionArn"]
    aws.clock.sleep(100)
    return execution


def ids(history: Mapping[str, Any]) -> list[int]:
    return [event["id"] for event in history["events"]]


@pytest.mark.parametrize(
    ("backwards", "pages"), [(False, [[1, 2, 3], [4]]), (True, [[4, 3, 2], [1]])]
)
def test_a_history_comes_in_pages_in_either_order(
    aws: EmbeddedAws, ended: str, backwards: bool, pages: list[list[int]]
) -> None:
    history = aws.client("stepfunctions").get_execution_history
    call = {"executionArn": ended, "reverseOrder": backwards, "maxResults": 3}
    first = history(**call)
    second = history(**call, nextToken=first["nextToken"])
    assert [ids(first), ids(second)] == pages
    assert "nextToken" not in second
    other = {**call, "reverseOrder": not backwards}
    assert refusal(history, **other, nextToken=first["nextToken"])[0] == "InvalidToken"
    assert refusal(history, **call, nextToken="none")[0] == "InvalidToken"


def test_a_history_leaves_data_out_where_it_is_told_to(aws: EmbeddedAws, ended: str) -> None:
    history = aws.client("stepfunctions").get_execution_history
    whole = history(executionArn=ended)["events"]
    bare = history(executionArn=ended, includeExecutionData=False)["events"]
    assert whole[0]["executionStartedEventDetails"]["input"] == "{}"
    assert bare[0]["executionStartedEventDetails"].keys() == {"inputDetails", "roleArn"}
    assert bare[2]["stateExitedEventDetails"].keys() == {"name", "outputDetails"}


def test_an_execution_has_a_history_as_soon_as_it_is_started(aws: EmbeddedAws) -> None:
    client = aws.client("stepfunctions")
    execution = client.start_execution(stateMachineArn=make(aws))["executionArn"]
    told = client.get_execution_history(executionArn=execution)["events"]
    assert [event["type"] for event in told] == ["ExecutionStarted", "WaitStateEntered"]


def test_executions_are_listed_by_status_and_in_pages(aws: EmbeddedAws) -> None:
    client = aws.client("stepfunctions")
    waits = {"Type": "Wait", "SecondsPath": "$.s", "End": True}
    text = json.dumps({"StartAt": "W", "TimeoutSeconds": 50, "States": {"W": waits}})
    machine = make(aws, text)
    for number, seconds in enumerate((10, 100, 20)):
        body = json.dumps({"s": seconds})
        client.start_execution(stateMachineArn=machine, name=f"n{number}", input=body)
        aws.clock.sleep(1)
    aws.clock.sleep(100)
    listed = client.list_executions(stateMachineArn=machine)["executions"]
    assert [(one["name"], one["status"]) for one in listed] == [
        ("n1", "TIMED_OUT"),
        ("n2", "SUCCEEDED"),
        ("n0", "SUCCEEDED"),
    ]
    assert all((one["stopDate"] - one["startDate"]).total_seconds() <= 50 for one in listed)
    only = client.list_executions(stateMachineArn=machine, statusFilter="TIMED_OUT")["executions"]
    assert [one["name"] for one in only] == ["n1"]
    pages = client.get_paginator("list_executions").paginate(
        stateMachineArn=machine, PaginationConfig={"PageSize": 2}
    )
    assert [[one["name"] for one in page["executions"]] for page in pages] == [["n1", "n2"], ["n0"]]


def test_executions_that_run_are_listed_by_their_start_whatever_ends_between_two_pages(
    aws: EmbeddedAws,
) -> None:
    client = aws.client("stepfunctions")
    machine = make(aws, json.dumps({"StartAt": "W", "States": {"W": WAITS}}))
    for number in range(4):
        client.start_execution(stateMachineArn=machine, name=f"n{number}", input="{}")
        aws.clock.sleep(0.25)
    asked = {"stateMachineArn": machine, "statusFilter": "RUNNING", "maxResults": 2}
    first = client.list_executions(**asked)
    assert [one["name"] for one in first["executions"]] == ["n3", "n2"]
    for one in first["executions"]:
        described = client.describe_execution(executionArn=one["executionArn"])
        assert one == {key: described[key] for key in one}
    for name in ("n2", "n1"):
        client.stop_execution(executionArn=f"{machine.replace('stateMachine', 'execution')}:{name}")
    second = client.list_executions(**asked, nextToken=first["nextToken"])
    assert [one["name"] for one in second["executions"]] == ["n0"]
    assert "nextToken" not in second
    other = {**asked, "statusFilter": "ABORTED", "nextToken": first["nextToken"]}
    for wrong in (other, {**asked, "nextToken": "no token"}):
        assert refusal(client.list_executions, **wrong)[0] == "InvalidToken"


def test_machines_are_listed_in_pages(aws: EmbeddedAws) -> None:
    for name in "abc":
        make(aws, name=name)
        aws.clock.sleep(1)
    client = aws.client("stepfunctions")
    pages = client.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 2})
    assert [[one["name"] for one in page["stateMachines"]] for page in pages] == [["a", "b"], ["c"]]
    assert refusal(client.list_state_machines, maxResults=1001)[0] == "ValidationException"


def test_executions_are_listed_of_one_machine_or_of_one_map_run(aws: EmbeddedAws) -> None:
    client, machine = aws.client("stepfunctions"), make(aws)
    both = {"stateMachineArn": machine, "mapRunArn": MAP_RUN}
    pending = {"stateMachineArn": machine, "statusFilter": "PENDING_REDRIVE"}
    for wrong in ({}, both, pending):
        assert refusal(client.list_executions, **wrong)[0] == "ValidationException"
    code, message = refusal(client.list_executions, mapRunArn=MAP_RUN)
    assert (code, message.endswith("mapRunArn is not modelled.")) == ("NotImplemented", True)


# ---- Map Runs ----------------------------------------------------------------------------------


def test_a_map_run_is_listed_at_once_told_of_and_changed(aws: EmbeddedAws) -> None:
    client = aws.client("stepfunctions")
    text = definition(Many={"Type": "Map", "ItemProcessor": OF_MANY, "End": True})
    began = client.start_execution(stateMachineArn=make(aws, text), input="[1, 2]")
    (listed,) = client.list_map_runs(executionArn=began["executionArn"])["mapRuns"]
    run = listed["mapRunArn"]
    client.update_map_run(mapRunArn=run, maxConcurrency=1)
    told = client.describe_map_run(mapRunArn=run)
    assert (told["status"], told["maxConcurrency"]) == ("RUNNING", 1)
    beyond = {"mapRunArn": run, "toleratedFailurePercentage": 101.0}
    assert refusal(client.update_map_run, **beyond)[0] == "ValidationException"
    aws.clock.sleep(100)
    assert client.describe_map_run(mapRunArn=run)["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("arn", "code"), [(MAP_RUN, "ResourceNotFound"), ("arn:aws:states:none", "InvalidArn")]
)
def test_a_map_run_that_is_not_there_is_refused(aws: EmbeddedAws, arn: str, code: str) -> None:
    client = aws.client("stepfunctions")
    client.start_execution(stateMachineArn=make(aws))
    assert refusal(client.describe_map_run, mapRunArn=arn)[0] == code
    assert refusal(client.update_map_run, mapRunArn=arn)[0] == code


# ---- Input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "InvalidExecutionInput"),
        ("", "InvalidExecutionInput"),
        ('"' + "ö" * 131_071 + 'a"', "ValidationException"),
    ],
)
def test_input_is_json_of_262_144_bytes_at_the_most(aws: EmbeddedAws, text: str, code: str) -> None:
    client, machine = aws.client("stepfunctions"), make(aws)
    call = {"stateMachineArn": machine, "input": text}
    assert refusal(client.start_execution, **call)[0] == code
    client.start_execution(stateMachineArn=machine, input='"' + "ö" * 131_071 + '"')


# ---- Machines ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (definition(A={"Type": "Pass", "Next": "B"}), "Missing 'Next' target: B at /States/A/Next"),
        (
            definition(A={"Type": "Choice", "Choices": [AGAIN], "Default": "B"}),
            "Missing 'Default' target: B at /States/A/Default",
        ),
        (
            definition(A={"Type": "Succeed"}, B={"Type": "Succeed"}),
            'State "B" is not reachable. at /States/B',
        ),
        (
            definition(
                A={
                    "Type": "Parallel",
                    "End": True,
                    "Branches": [{"StartAt": "B", "States": {"C": {"Type": "Succeed"}}}],
                }
            ),
            "Missing 'Next' target: B at /States/A/Branches[0]/StartAt",
        ),
        (definition(A={"Type": "Pass"}), "Missing 'Next' or 'End' at /States/A"),
        (
            definition(A={"Type": "Task", "Resource": ACTIVITY, "End": True}),
            f"{ACTIVITY} is not modelled in the embedded AWS.",
        ),
        ("nonsense", "mismatched input"),
    ],
)
def test_a_definition_that_cannot_run_is_refused(
    aws: EmbeddedAws, text: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    code, message = refusal(make, aws=aws, text=text)
    assert code == "InvalidDefinition"
    assert words in message
    assert capfd.readouterr() == ("", "")


def test_a_machine_is_made_again_only_if_it_is_the_same(aws: EmbeddedAws) -> None:
    first = make(aws)
    assert make(aws, roleArn=f"{ROLE}-2") == first
    other = definition(A={"Type": "Succeed"})
    assert refusal(make, aws=aws, text=other)[0] == "StateMachineAlreadyExists"
    tracing = {"enabled": True}
    assert refusal(make, aws=aws, tracingConfiguration=tracing)[0] == "StateMachineAlreadyExists"


def test_an_execution_keeps_the_machine_that_it_began_with(aws: EmbeddedAws) -> None:
    client, machine = aws.client("stepfunctions"), make(aws)
    execution = client.start_execution(stateMachineArn=machine)["executionArn"]
    aws.clock.sleep(10)
    changed = definition(A={"Type": "Fail"})
    client.update_state_machine(stateMachineArn=machine, definition=changed)
    aws.clock.sleep(100)
    assert client.describe_execution(executionArn=execution)["status"] == "SUCCEEDED"
    told = client.describe_state_machine_for_execution(executionArn=execution)
    assert (told["definition"], told["roleArn"]) == (definition(Waits=WAITS), ROLE)
    assert client.describe_state_machine(stateMachineArn=machine)["definition"] == changed
    nowhere = f"{execution}x"
    refused = refusal(client.describe_state_machine_for_execution, executionArn=nowhere)
    assert refused[0] == "ExecutionDoesNotExist"


def test_a_machine_that_is_deleted_stops_what_runs_of_it(aws: EmbeddedAws) -> None:
    client, machine = aws.client("stepfunctions"), make(aws)
    client.start_execution(stateMachineArn=machine, name="n")
    aws.clock.sleep(10)
    client.delete_state_machine(stateMachineArn=machine)
    (over,) = aws.journal.of_kind("execution_ended")
    assert (over.data["execution"], over.data["status"]) == ("n", "ABORTED")
    assert refusal(client.start_execution, stateMachineArn=machine)[0] == "StateMachineDoesNotExist"


# ---- What is not there -------------------------------------------------------------------------


def test_what_is_not_modelled_is_refused_by_its_name(aws: EmbeddedAws, ended: str) -> None:
    client = aws.client("stepfunctions")
    code, message = refusal(make, aws=aws, name="express", type="EXPRESS")
    assert (code, message.split(". ")[1]) == (
        "NotImplemented",
        "A state machine of type EXPRESS is not modelled.",
    )
    code, message = refusal(client.redrive_execution, executionArn=ended)
    assert (code, message.split(" of ")[0]) == ("NotImplemented", "RedriveExecution")
    code, message = refusal(client.validate_state_machine_definition, definition="{}")
    assert (code, message.split(" of ")[0]) == ("NotImplemented", "ValidateStateMachineDefinition")


def test_a_standard_machine_is_not_started_synchronously(aws: EmbeddedAws) -> None:
    plain = Config(inject_host_prefix=False)
    client = boto3.client("stepfunctions", region_name=REGION, config=plain)
    code, message = refusal(client.start_sync_execution, stateMachineArn=make(aws))
    assert code == "StateMachineTypeNotSupported"
    assert message == "This operation is not supported by this type of state machine"
