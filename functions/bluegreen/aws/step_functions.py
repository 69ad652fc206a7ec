"""The workflow: starts a deployment or its adoption, looks at one, wakes one that waits."""

import json
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.aws.errors import code_of, passing_faults_as_unavailable, without_words
from bluegreen.contract.request import RequestDocument
from bluegreen.contract.state import Adoption, LookAnswer, TurnAnswer
from bluegreen.contract.times import cut_to_milliseconds
from bluegreen.deployment.ownership import GONE, UNKNOWN, Execution

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

STARTED_BEFORE: Final = "ExecutionAlreadyExists"
NO_SUCH_EXECUTION: Final = "ExecutionDoesNotExist"
STALE: Final = frozenset({"TaskTimedOut", "TaskDoesNotExist"})


class Workflow:
    """The executions of the state machine."""

    def __init__(self, client: "SFNClient") -> None:
        self._client = client

    def start(self, state_machine_arn: str, name: str, request: RequestDocument | Adoption) -> bool:
        """Start the deployment or the adoption of that name; False if it was started before."""
        with passing_faults_as_unavailable():
            try:
                self._client.start_execution(
                    stateMachineArn=state_machine_arn, name=name, input=json.dumps(request)
                )
            except ClientError as error:
                if code_of(error) != STARTED_BEFORE:
                    raise without_words(error) from None
                return False
        return True

    def look(self, execution_arn: str) -> Execution:
        """The execution as DescribeExecution shows it; its status is UNKNOWN without an answer."""
        try:
            found = self._client.describe_execution(executionArn=execution_arn)
        except ClientError as error:
            return Execution(GONE if code_of(error) == NO_SUCH_EXECUTION else UNKNOWN)
        except BotoCoreError:
            return Execution(UNKNOWN)
        return Execution(found["status"], cut_to_milliseconds(found["startDate"]))

    def wake(self, token: str, answer: LookAnswer | TurnAnswer) -> None:
        """Wake the state that waits on the token; a stale token is ignored."""
        with passing_faults_as_unavailable():
            try:
                self._client.send_task_success(taskToken=token, output=json.dumps(answer))
            except ClientError as error:
                if code_of(error) not in STALE:
                    raise without_words(error) from None


def execution_arn(state_machine_arn: str, name: str) -> str:
    """The ARN that an execution of that name has, before it is started."""
    return f"{state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
