"""What is raised of Step Functions' refusals stands in a log: it says nothing of what was sent."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from bluegreen.aws.step_functions import Workflow
from bluegreen.contract.errors import ObservationUnavailable
from bluegreen.deployment.next_look import its_turn
from builders import canary_request
from made_up_keys import MADE_UP_KEYS

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:d"
TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAAS5p"  # noqa: S105 - stands for one
REASON = "what a person wrote"
CALLS: list[tuple[str, Callable[[Workflow], object]]] = [
    ("send_task_success", lambda workflow: workflow.wake(TOKEN, its_turn())),
    (
        "start_execution",
        lambda workflow: workflow.start(MACHINE, "name", canary_request(Reason=REASON)),
    ),
]


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = boto3.client("stepfunctions", region_name="eu-central-1", **MADE_UP_KEYS)
    with Stubber(client) as stubber:
        yield stubber
    stubber.assert_no_pending_responses()


@pytest.fixture
def workflow(stub: Stubber) -> Workflow:
    client: Any = stub.client
    return Workflow(client)


def refuses(stub: Stubber, operation: str, code: str, status: int) -> None:
    quoting = f"Invalid value '{TOKEN}' or '{REASON}'"
    stub.add_client_error(operation, code, quoting, http_status_code=status)


@pytest.mark.parametrize(("operation", "call"), CALLS)
def test_a_refusal_keeps_its_code_and_loses_its_words(
    stub: Stubber, workflow: Workflow, operation: str, call: Callable[[Workflow], object]
) -> None:
    refuses(stub, operation, "InvalidToken", 400)
    with pytest.raises(ClientError) as refusal:
        call(workflow)
    assert refusal.value.response["Error"]["Code"] == "InvalidToken"
    assert TOKEN not in str(refusal.value)
    assert REASON not in str(refusal.value)
    assert refusal.value.__suppress_context__


@pytest.mark.parametrize(("operation", "call"), CALLS)
def test_a_fault_that_may_pass_loses_its_words_too(
    stub: Stubber, workflow: Workflow, operation: str, call: Callable[[Workflow], object]
) -> None:
    refuses(stub, operation, "InternalFailure", 500)
    with pytest.raises(ObservationUnavailable) as fault:
        call(workflow)
    assert "InternalFailure" in str(fault.value)
    assert TOKEN not in str(fault.value)
    assert REASON not in str(fault.value)


def test_a_stale_token_is_ignored(stub: Stubber, workflow: Workflow) -> None:
    refuses(stub, "send_task_success", "TaskTimedOut", 400)
    workflow.wake(TOKEN, its_turn())


def test_an_execution_that_was_started_before_is_not_started_again(
    stub: Stubber, workflow: Workflow
) -> None:
    refuses(stub, "start_execution", "ExecutionAlreadyExists", 400)
    assert workflow.start(MACHINE, "name", canary_request()) is False
