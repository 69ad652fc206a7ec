"""The workflow: starts a deployment or its adoption, looks at one or all, wakes one that waits."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.aws.errors import (
    code_of,
    passing_faults_as_unavailable,
    without_words,
    words_of,
)
from bluegreen.contract.request import RequestDocument
from bluegreen.contract.state import Adoption, LookAnswer, TurnAnswer
from bluegreen.contract.times import cut_to_milliseconds
from bluegreen.deployment.ownership import GONE, RUNNING, UNKNOWN, Execution

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import (
        DescribeExecutionOutputTypeDef,
        ExecutionListItemTypeDef,
    )

STARTED_BEFORE: Final = "ExecutionAlreadyExists"
NO_SUCH_EXECUTION: Final = "ExecutionDoesNotExist"
STALE: Final = frozenset({"TaskTimedOut", "TaskDoesNotExist"})

LONGEST_PAGE: Final = 1000
"""Executions that ListExecutions shows at once at the most; it takes few calls a second."""


@dataclass(frozen=True)
class Listed:
    """Executions by their ARNs; `unread` says why more are missing, "" if nothing went wrong."""

    executions: dict[str, Execution]
    unread: str = ""


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
        return _shown(found)

    def running(self, state_machine_arn: str) -> Listed:
        """The executions that run, as ListExecutions shows them; if it fails, those until then.

        It is "eventually consistent" (API, ListExecutions): one that has just begun may be missing,
        and one that has just ended may be there.
        """
        found: dict[str, Execution] = {}
        pages = self._client.get_paginator("list_executions").paginate(
            stateMachineArn=state_machine_arn,
            statusFilter=RUNNING,
            PaginationConfig={"PageSize": LONGEST_PAGE},
        )
        try:
            for page in pages:
                found |= {one["executionArn"]: _shown(one) for one in page["executions"]}
        except (BotoCoreError, ClientError) as error:
            return Listed(found, words_of(error))
        return Listed(found)

    def wake(self, token: str, answer: LookAnswer | TurnAnswer) -> None:
        """Wake the state that waits on the token; a stale token is ignored."""
        with passing_faults_as_unavailable():
            try:
                self._client.send_task_success(taskToken=token, output=json.dumps(answer))
            except ClientError as error:
                if code_of(error) not in STALE:
                    raise without_words(error) from None


def _shown(found: "DescribeExecutionOutputTypeDef | ExecutionListItemTypeDef") -> Execution:
    return Execution(found["status"], cut_to_milliseconds(found["startDate"]))


def execution_arn(state_machine_arn: str, name: str) -> str:
    """The ARN that an execution of that name has, before it is started."""
    return f"{state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
