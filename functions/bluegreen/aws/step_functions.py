"""The workflow: starts a deployment, and wakes one that waits on a task token."""

import json
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from bluegreen.aws.errors import code_of, passing_faults_as_unavailable
from bluegreen.contract.request import RequestDocument
from bluegreen.deployment.next_look import Answer

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

STARTED_BEFORE: Final = "ExecutionAlreadyExists"
STALE: Final = frozenset({"TaskTimedOut", "TaskDoesNotExist"})


class Workflow:
    """The executions of the state machine."""

    def __init__(self, client: "SFNClient") -> None:
        self._client = client

    def start(self, state_machine_arn: str, name: str, request: RequestDocument) -> bool:
        """Start the deployment of that name; False if it was started before."""
        with passing_faults_as_unavailable():
            try:
                self._client.start_execution(
                    stateMachineArn=state_machine_arn, name=name, input=json.dumps(request)
                )
            except ClientError as error:
                if code_of(error) != STARTED_BEFORE:
                    raise
                return False
        return True

    def wake(self, token: str, answer: Answer) -> None:
        """Wake the AwaitStage that waits on the token; a stale token is ignored."""
        with passing_faults_as_unavailable():
            try:
                self._client.send_task_success(taskToken=token, output=json.dumps(answer.to_json()))
            except ClientError as error:
                if code_of(error) not in STALE:
                    raise
