"""State machines of a team's own on the embedded AWS: what they call works, or is refused."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from account import ACCOUNT, REGION, allow, make_role
from bluegreen_simulator.run.embedded import EmbeddedAws

ROLE = f"arn:aws:iam::{ACCOUNT}:role/a-team-s-own"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine"
LONG = 1200


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


@pytest.fixture
def served(aws: EmbeddedAws) -> EmbeddedAws:
    """The same with an endpoint `churn` on the config `blue`, and another config `green`."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model(
        ModelName="model", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "model:1"}
    )
    for name in ("blue", "green"):
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[VARIANT])
    sagemaker.create_endpoint(EndpointName="churn", EndpointConfigName="blue")
    aws.clock.sleep(LONG)
    return aws


VARIANT: Any = {
    "VariantName": "main",
    "ModelName": "model",
    "InitialInstanceCount": 2,
    "InstanceType": "ml.m5.xlarge",
}


def make(aws: EmbeddedAws, states: Mapping[str, Any], role: str = ROLE, name: str = "own") -> str:
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    made = aws.client("stepfunctions").create_state_machine(
        name=name, definition=definition, roleArn=role
    )
    arn: str = made["stateMachineArn"]
    return arn


def run(aws: EmbeddedAws, machine: str, body: Any = None) -> Mapping[str, Any]:
    client = aws.client("stepfunctions")
    begun = client.start_execution(stateMachineArn=machine, input=json.dumps(body or {}))
    aws.clock.sleep(LONG)
    ended: Mapping[str, Any] = client.describe_execution(executionArn=begun["executionArn"])
    return ended


def task(resource: str, **parameters: Any) -> dict[str, Any]:
    arn = f"arn:aws:states:::{resource}"
    return {"Type": "Task", "Resource": arn, "Parameters": parameters, "End": True}


def called(aws: EmbeddedAws, resource: str, **parameters: Any) -> Mapping[str, Any]:
    return run(aws, make(aws, {"Call": task(resource, **parameters)}))


# ---- SageMaker -------------------------------------------------------------------------------


@pytest.mark.parametrize("update", ["sagemaker", "aws-sdk:sagemaker"])
def test_the_usual_loop_updates_waits_and_looks(served: EmbeddedAws, update: str) -> None:
    name = {"EndpointName.$": "$.EndpointName"}
    config = {"EndpointConfigName.$": "$.EndpointConfigName"}
    is_there = {"Variable": "$.Endpoint.EndpointStatus", "StringEquals": "InService"}
    states = {
        "Update": {
            **task(f"{update}:updateEndpoint", **name, **config),
            "ResultPath": None,
            "Next": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Look"},
        "Look": {
            **task("aws-sdk:sagemaker:describeEndpoint", **name),
            "ResultPath": "$.Endpoint",
            "Next": "IsThere?",
        },
        "IsThere?": {
            "Type": "Choice",
            "Choices": [{**is_there, "Next": "Done"}],
            "Default": "Wait",
        },
        "Done": {"Type": "Succeed"},
    }
    for state in states.values():
        if "Next" in state:
            state.pop("End", None)
    wanted = {"EndpointName": "churn", "EndpointConfigName": "green"}
    ended = run(served, make(served, states), wanted)
    seen = json.loads(ended["output"])["Endpoint"]
    assert (seen["EndpointStatus"], seen["EndpointConfigName"]) == ("InService", "green")
    assert seen["LastModifiedTime"].startswith("2026-01-05T09:2")


@pytest.mark.parametrize(
    ("resource", "parameters", "arn"),
    [
        (
            "createModel",
            {"ModelName": "m", "ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": "m:1"}},
            "ModelArn",
        ),
        (
            "createEndpointConfig",
            {"EndpointConfigName": "c", "ProductionVariants": [VARIANT]},
            "EndpointConfigArn",
        ),
        (
            "createEndpoint",
            {"EndpointName": "other", "EndpointConfigName": "blue"},
            "EndpointArn",
        ),
    ],
)
def test_endpoints_are_made_from_a_workflow(
    served: EmbeddedAws, resource: str, parameters: dict[str, Any], arn: str
) -> None:
    ended = called(served, f"sagemaker:{resource}", **parameters)
    assert json.loads(ended["output"]).keys() == {arn}


@pytest.mark.parametrize(
    ("resource", "error", "cause"),
    [
        ("sagemaker", "SageMaker.AmazonSageMakerException", "Error Code: ValidationException"),
        ("aws-sdk:sagemaker", "SageMaker.SageMakerException", "Service: SageMaker, Status Code"),
    ],
)
def test_what_sagemaker_refuses_has_the_name_of_aws(
    served: EmbeddedAws, resource: str, error: str, cause: str
) -> None:
    wanted = {"EndpointName": "churn", "EndpointConfigName": "nowhere"}
    ended = called(served, f"{resource}:updateEndpoint", **wanted)
    assert (ended["status"], ended["error"]) == ("FAILED", error)
    assert "Could not find" in ended["cause"]
    assert cause in ended["cause"]


# ---- What is not there -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "resource",
    [
        "sagemaker:describeEndpoint",
        "sagemaker:createTrainingJob",
        "sagemaker:createTrainingJob.sync",
        "sagemaker:updateEndpoint.sync",
        "codebuild:startBuild",
        "athena:startQueryExecution.sync",
    ],
)
def test_an_integration_that_is_not_modelled_is_refused_by_its_name(
    aws: EmbeddedAws, resource: str
) -> None:
    assert refusal(aws, resource) == (
        "InvalidDefinition",
        f"arn:aws:states:::{resource} is not modelled in the embedded AWS.",
    )


@pytest.mark.parametrize(
    "resource", ["aws-sdk:sagemaker:putRecord", "aws-sdk:nowhere:describeEndpoint"]
)
def test_an_operation_that_no_service_has_is_refused_by_its_name(
    aws: EmbeddedAws, resource: str
) -> None:
    words = f"arn:aws:states:::{resource} is no operation of the AWS SDK."
    assert refusal(aws, resource) == ("InvalidDefinition", words)


def refusal(aws: EmbeddedAws, resource: str) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        make(aws, {"Call": task(resource)})
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize("resource", ["sagemaker", "aws-sdk:sagemaker"])
def test_a_member_that_the_api_does_not_have_is_refused_by_its_name(
    served: EmbeddedAws, resource: str
) -> None:
    ended = called(served, f"{resource}:updateEndpoint", EndpointName="churn", Colour="teal")
    assert ended["error"] == "States.Runtime"
    assert "The field 'Colour' is not supported by Step Functions" in ended["cause"]


def test_a_definition_that_is_none_is_refused_as_that(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError) as refused:
        aws.client("stepfunctions").create_state_machine(
            name="own", definition='{"StartAt": 5}', roleArn=ROLE
        )
    assert refused.value.response["Error"]["Code"] == "InvalidDefinition"


# ---- Workflows that start workflows ----------------------------------------------------------

INNER = {"executionArn": {"aB": 1}}
"""Its names are its own, and stay as they are."""


@pytest.fixture
def child(aws: EmbeddedAws) -> str:
    """A workflow that waits for ten minutes, and then fails as its input says, or not."""
    states = {
        "Wait": {"Type": "Wait", "Seconds": 600, "Next": "HowToEnd?"},
        "HowToEnd?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.fails", "IsPresent": True, "Next": "Fails"}],
            "Default": "Ends",
        },
        "Fails": {"Type": "Fail", "Error": "Mine", "Cause": '{"a": 1}'},
        "Ends": {"Type": "Succeed"},
    }
    return make(aws, states, name="child")


def nested(aws: EmbeddedAws, child: str, how: str, body: Any) -> Mapping[str, Any]:
    resource = f"states:startExecution{how}"
    return called(aws, resource, StateMachineArn=child, Input=body, Name="one")


@pytest.mark.parametrize(("how", "output"), [(".sync", json.dumps(INNER)), (".sync:2", INNER)])
def test_a_parent_waits_and_gets_what_the_child_put_out(
    aws: EmbeddedAws, child: str, how: str, output: Any
) -> None:
    begun = aws.clock.now()
    ended = nested(aws, child, how, INNER)
    told = json.loads(ended["output"])
    assert (told["Status"], told["Name"]) == ("SUCCEEDED", "one")
    shown = json.loads(told["Output"]) if isinstance(output, str) else told["Output"]
    assert (type(told["Output"]), shown) == (type(output), INNER)
    assert told["StopDate"] - told["StartDate"] == 600_000
    assert (ended["stopDate"] - begun).total_seconds() == 600


@pytest.mark.parametrize("how", [".sync", ".sync:2"])
def test_a_child_that_fails_is_states_task_failed_with_its_error_inside(
    aws: EmbeddedAws, child: str, how: str
) -> None:
    ended = nested(aws, child, how, {"fails": True})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    told = json.loads(ended["cause"])
    assert (told["Status"], told["Error"], told["Cause"]) == ("FAILED", "Mine", '{"a": 1}')
    assert told["ExecutionArn"] == f"{child.replace('stateMachine', 'execution')}:one"


def test_a_parent_that_does_not_wait_gets_the_childs_arn(aws: EmbeddedAws, child: str) -> None:
    told = json.loads(nested(aws, child, "", {"fails": True})["output"])
    assert told.keys() == {"ExecutionArn", "StartDate"}


def test_the_sdk_starts_and_describes_a_workflow_too(aws: EmbeddedAws, child: str) -> None:
    started = called(aws, "aws-sdk:sfn:startExecution", StateMachineArn=child, Input="{}")
    arn = json.loads(started["output"])["ExecutionArn"]
    states = {"Look": task("aws-sdk:sfn:describeExecution", ExecutionArn=arn)}
    told = json.loads(run(aws, make(aws, states, name="looks"))["output"])
    assert (told["ExecutionArn"], told["Status"]) == (arn, "SUCCEEDED")


RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
EXECUTIONS = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:child:*"
MANAGING = [allow(f"events:{what}", RULE) for what in ("PutTargets", "PutRule", "DescribeRule")]
WAITING = [*MANAGING, allow("states:DescribeExecution", EXECUTIONS)]


@pytest.mark.parametrize("how", ["", ".sync", ".sync:2"])
@pytest.mark.parametrize("allowed", [True, False])
def test_the_role_of_a_parent_has_to_let_it_start_the_child(
    aws: EmbeddedAws, child: str, how: str, allowed: bool
) -> None:
    machine = child if allowed else f"{MACHINE}:another"
    starting = allow("states:StartExecution", machine)
    role = make_role(aws, "parent", starting, *(WAITING if how else []), service="states")
    states = {"Call": task(f"states:startExecution{how}", StateMachineArn=child)}
    ended = run(aws, make(aws, states, role))
    assert (ended["status"] == "SUCCEEDED") is allowed
    assert allowed or "states:StartExecution" in ended["cause"]
    assert allowed or ended["error"] == "StepFunctions.AWSStepFunctionsException"


@pytest.mark.parametrize("missing", range(len(MANAGING)))
def test_a_machine_that_waits_needs_a_role_that_is_told_of_the_end(
    aws: EmbeddedAws, child: str, missing: int
) -> None:
    rest = [one for one in WAITING if one != MANAGING[missing]]
    role = make_role(aws, "parent", allow("states:*", "*"), *rest, service="states")
    waits = {"Call": task("states:startExecution.sync:2", StateMachineArn=child)}
    with pytest.raises(ClientError) as refused:
        make(aws, waits, role)
    error = refused.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"] == f"'{role}' is not authorized to create managed-rule."
    make(aws, {"Call": task("states:startExecution", StateMachineArn=child)}, role)


def test_a_task_that_waits_may_have_to_ask_how_it_ended(aws: EmbeddedAws, child: str) -> None:
    rights = [allow("states:StartExecution", child), *MANAGING]
    role = make_role(aws, "parent", *rights, service="states")
    states = {"Call": task("states:startExecution.sync", StateMachineArn=child)}
    ended = run(aws, make(aws, states, role))
    assert ended["status"] == "FAILED"
    assert "states:DescribeExecution" in ended["cause"]


def test_a_child_goes_on_that_the_role_does_not_let_stop(aws: EmbeddedAws, child: str) -> None:
    rights = [allow("states:StartExecution", child), *WAITING]
    role = make_role(aws, "parent", *rights, service="states")
    states = {"Call": task("states:startExecution.sync", StateMachineArn=child)}
    client = aws.client("stepfunctions")
    parent = client.start_execution(stateMachineArn=make(aws, states, role))["executionArn"]
    aws.clock.sleep(60)
    client.stop_execution(executionArn=parent)
    (found,) = client.list_executions(stateMachineArn=child)["executions"]
    assert found["status"] == "RUNNING"


@pytest.mark.parametrize(
    ("resource", "error"),
    [
        ("states:startExecution", "StepFunctions.ExecutionAlreadyExistsException"),
        ("states:startExecution.sync:2", "StepFunctions.ExecutionAlreadyExistsException"),
        ("aws-sdk:sfn:startExecution", "Sfn.ExecutionAlreadyExistsException"),
    ],
)
def test_a_name_that_was_used_is_refused_by_the_name_of_aws(
    aws: EmbeddedAws, child: str, resource: str, error: str
) -> None:
    aws.client("stepfunctions").start_execution(stateMachineArn=child, name="one", input='{"a":1}')
    ended = called(aws, resource, StateMachineArn=child, Name="one", Input={"a": 2})
    assert (ended["status"], ended["error"]) == ("FAILED", error)


def test_the_sdk_takes_json_where_a_text_is_meant(aws: EmbeddedAws, child: str) -> None:
    resource = "aws-sdk:sfn:startExecution"
    started = called(aws, resource, StateMachineArn=child, Input={"executionArn": {"aB": 1}})
    arn = json.loads(started["output"])["ExecutionArn"]
    told = aws.client("stepfunctions").describe_execution(executionArn=arn)
    assert json.loads(told["input"]) == INNER


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_a_child_wakes_its_parent_by_its_token(aws: EmbeddedAws, language: str) -> None:
    answer = {"TaskToken.$": "$.token", "Output": {"a": 1}}
    child = make(aws, {"Say": task("aws-sdk:sfn:sendTaskSuccess", **answer)}, name="wakes")
    resource = "states:startExecution.waitForTaskToken"
    if language == "JSONata":
        body = {"token": "{% $states.context.Task.Token %}"}
        state = task(resource)
        del state["Parameters"]
        arguments = {"StateMachineArn": child, "Input": body}
        state |= {"QueryLanguage": language, "Arguments": arguments}
    else:
        state = task(resource, StateMachineArn=child, Input={"token.$": "$$.Task.Token"})
    assert json.loads(run(aws, make(aws, {"Call": state}))["output"]) == {"a": 1}


def test_what_a_parent_waits_for_is_stopped_with_it(aws: EmbeddedAws, child: str) -> None:
    client = aws.client("stepfunctions")
    states = {"Call": task("states:startExecution.sync:2", StateMachineArn=child, Name="one")}
    parent = client.start_execution(stateMachineArn=make(aws, states))["executionArn"]
    aws.clock.sleep(60)
    client.stop_execution(executionArn=parent)
    (found,) = client.list_executions(stateMachineArn=child)["executions"]
    assert found["status"] == "ABORTED"


def test_what_nobody_waits_for_goes_on(aws: EmbeddedAws, child: str) -> None:
    client = aws.client("stepfunctions")
    wait = {"Type": "Wait", "Seconds": 3000, "End": True}
    start = task("states:startExecution", StateMachineArn=child) | {"Next": "Wait"}
    del start["End"]
    machine = make(aws, {"Call": start, "Wait": wait})
    parent = client.start_execution(stateMachineArn=machine)["executionArn"]
    aws.clock.sleep(60)
    client.stop_execution(executionArn=parent)
    (found,) = client.list_executions(stateMachineArn=child)["executions"]
    assert found["status"] == "RUNNING"


# ---- Roles -----------------------------------------------------------------------------------


@pytest.mark.parametrize("allowed", [True, False])
def test_a_task_acts_as_the_role_of_its_credentials(aws: EmbeddedAws, allowed: bool) -> None:
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/nowhere"
    rights = allow("dynamodb:GetItem", table)
    machine = make_role(aws, "machine", *([] if allowed else [rights]), service="states")
    other = make_role(aws, "other", *([rights] if allowed else []), service="states")
    get = task("dynamodb:getItem", TableName="nowhere", Key={"a": {"S": "b"}})
    ended = run(aws, make(aws, {"Get": {**get, "Credentials": {"RoleArn": other}}}, machine))
    refused = "DynamoDB.AmazonDynamoDBException"
    assert ended["error"] == ("DynamoDB.ResourceNotFoundException" if allowed else refused)


def test_a_level_of_logs_asks_for_no_rights_before_it_is_said_where_they_go(
    aws: EmbeddedAws,
) -> None:
    role = make_role(aws, "machine", service="states")
    machine = make(aws, {"Done": {"Type": "Succeed"}}, role)
    client = aws.client("stepfunctions")
    level: Any = {"level": "ALL"}
    client.update_state_machine(stateMachineArn=machine, loggingConfiguration=level)
    group = {"logGroupArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:own:*"}
    level["destinations"] = [{"cloudWatchLogsLogGroup": group}]
    with pytest.raises(ClientError) as refused:
        client.update_state_machine(stateMachineArn=machine, loggingConfiguration=level)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


# ---- What is caught, and under which name ------------------------------------------------------


def caught(aws: EmbeddedAws, state: dict[str, Any], *errors: str) -> Mapping[str, Any]:
    """Run a state that catches each of these errors; how that ends."""
    catch = [{"ErrorEquals": [error], "Next": "Caught"} for error in errors]
    states = {"Call": {**state, "Catch": catch}, "Caught": {"Type": "Succeed"}}
    return run(aws, make(aws, states))


def test_nothing_catches_what_ends_an_execution_in_any_case(aws: EmbeddedAws) -> None:
    broken = task("sqs:sendMessage", **{"QueueUrl.$": "$.nowhere", "MessageBody": "a"})
    ended = caught(aws, broken, "States.Runtime", "States.TaskFailed", "States.ALL")
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")


TOO_MUCH = task("aws-sdk:sqs:listQueues", QueueNamePrefix="ö" * 131_072)


@pytest.mark.parametrize(
    ("by", "status"),
    [
        ("States.ALL", "FAILED"),
        ("States.TaskFailed", "FAILED"),
        ("States.DataLimitExceeded", "SUCCEEDED"),
    ],
)
def test_too_much_data_is_caught_by_its_own_name_alone(
    aws: EmbeddedAws, by: str, status: str
) -> None:
    ended = caught(aws, TOO_MUCH, by)
    assert ended["status"] == status
    assert "States.DataLimitExceeded" in ended.get("error", ended.get("output"))


@pytest.mark.parametrize(("letters", "status"), [(131_071, "SUCCEEDED"), (131_072, "FAILED")])
def test_a_state_puts_out_262_144_bytes_of_utf_8(
    aws: EmbeddedAws, letters: int, status: str
) -> None:
    says = {"Type": "Pass", "Result": "ö" * letters, "End": True}  # and two quotation marks
    ended = run(aws, make(aws, {"Says": says}))
    assert ended["status"] == status
    assert ended.get("error") == (None if status == "SUCCEEDED" else "States.DataLimitExceeded")


NOWHERE = f"arn:aws:sns:{REGION}:{ACCOUNT}:nowhere"
QUEUE = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/nowhere"


@pytest.mark.parametrize(
    ("state", "error"),
    [
        (task("sns:publish", TopicArn=NOWHERE, Message="a"), "SNS.NotFoundException"),
        (
            task("sqs:sendMessage", QueueUrl=QUEUE, MessageBody="a"),
            "SQS.QueueDoesNotExistException",
        ),
        (
            task("dynamodb:getItem", TableName="nowhere", Key={"a": {"S": "b"}}),
            "DynamoDB.ResourceNotFoundException",
        ),
        (
            task("states:startExecution", StateMachineArn=f"{MACHINE}:nowhere"),
            "StepFunctions.StateMachineDoesNotExistException",
        ),
    ],
)
def test_what_a_service_refuses_has_the_name_of_aws(
    aws: EmbeddedAws, state: dict[str, Any], error: str
) -> None:
    assert json.loads(caught(aws, state, error)["output"])["Error"] == error
