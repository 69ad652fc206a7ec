"""What is raised of Step Functions' refusals stands in a log: it says nothing of what was sent.

A list of what runs raises nothing: it is kept as far as it goes.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final, NoReturn

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.stub import Stubber

from bluegreen.aws.step_functions import Listed, Workflow
from bluegreen.contract.errors import ObservationUnavailable
from bluegreen.deployment.next_look import its_turn
from bluegreen.deployment.ownership import RUNNING, Execution
from builders import START, canary_request
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


# ---- What runs ---------------------------------------------------------------------------------


def arn(name: str) -> str:
    return f"{MACHINE.replace('stateMachine', 'execution')}:{name}"


def item(name: str) -> dict[str, Any]:
    """An execution as ListExecutions shows it, with a start in microseconds."""
    return {
        "executionArn": arn(name),
        "stateMachineArn": MACHINE,
        "name": name,
        "status": "RUNNING",
        "startDate": START + timedelta(microseconds=1999),
    }


def shows(stub: Stubber, *names: str, before: str = "", after: str = "") -> None:
    """A page, and the call that asks for it by the token of the page before, if there was one."""
    asked = {"stateMachineArn": MACHINE, "statusFilter": "RUNNING", "maxResults": 1000}
    answer = {"executions": [item(name) for name in names]}
    stub.add_response(
        "list_executions",
        answer | ({"nextToken": after} if after else {}),
        asked | ({"nextToken": before} if before else {}),
    )


RUNS: Final = Execution(RUNNING, START + timedelta(milliseconds=1))


def test_all_that_run_are_listed_in_pages_of_a_thousand(stub: Stubber, workflow: Workflow) -> None:
    shows(stub, "d1", "d2", after="next")
    shows(stub, "d3", before="next")
    assert workflow.running(MACHINE) == Listed({arn(name): RUNS for name in ("d1", "d2", "d3")})


REFUSALS: Final = [
    ("ThrottlingException", 400),
    ("InternalFailure", 500),
    ("AccessDeniedException", 400),
    ("InvalidToken", 400),
    ("StateMachineDoesNotExist", 400),
]


@pytest.mark.parametrize(("code", "status"), REFUSALS)
def test_of_a_list_that_ends_with_a_refusal_the_pages_until_then_are_kept(
    stub: Stubber, workflow: Workflow, code: str, status: int
) -> None:
    shows(stub, "d1", after="next")
    stub.add_client_error("list_executions", code, "because", http_status_code=status)
    assert workflow.running(MACHINE) == Listed({arn("d1"): RUNS}, "because")


def test_of_a_list_that_gets_no_answer_nothing_is_kept(
    stub: Stubber, workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(*_: Any) -> NoReturn:
        raise ReadTimeoutError(endpoint_url="states")

    monkeypatch.setattr(stub.client, "_make_request", hang)
    listed = workflow.running(MACHINE)
    assert (listed.executions, bool(listed.unread)) == ({}, True)
