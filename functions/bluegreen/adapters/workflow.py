"""The workflow that sleeps on a task token, and how it is woken."""

import json
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from bluegreen.adapters.faults import code_of, no_answer
from bluegreen.domain.waiting import Answer

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

STALE: Final = frozenset({"TaskTimedOut", "TaskDoesNotExist"})


class Workflow:
    """The executions of the state machine, as far as they wait for an answer."""

    def __init__(self, client: "SFNClient") -> None:
        self._client = client

    def wake(self, token: str, answer: Answer) -> None:
        """Give the sleeping AwaitStage its answer; nobody sleeps on a stale token any more."""
        with no_answer():
            try:
                self._client.send_task_success(taskToken=token, output=json.dumps(answer.to_json()))
            except ClientError as error:
                if code_of(error) not in STALE:
                    raise
