"""The user's AWS account, or the embedded AWS, as the command line uses it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.aws.dynamodb.claims import Claims
from bluegreen.aws.dynamodb.deployments import Deployments
from bluegreen.aws.dynamodb.history import History
from bluegreen.aws.dynamodb.locks import Locks
from bluegreen.aws.dynamodb.queue import Queue
from bluegreen.aws.dynamodb.table import Table
from bluegreen.aws.newer_alarms import show_newer_alarms
from bluegreen.aws.sagemaker.endpoints import Endpoints
from bluegreen.aws.sns import NotificationsTopic
from bluegreen.clock import Clock, SystemClock
from bluegreen.contract.command import AbortCommand, CommandAnswer, ForgetCommand
from bluegreen.contract.request import RequestDocument
from bluegreen_cli.moment import Execution

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_cloudwatch import CloudWatchClient

    from bluegreen.contract.record import DeploymentRecord, DryRunResult

PATIENT: Final = Config(
    connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3}
)
ONCE: Final = Config(read_timeout=910, retries={"mode": "standard", "total_max_attempts": 1})
"""A function may take a quarter of an hour, and is not to be invoked a second time meanwhile."""

CLOCKS: Final = timedelta(seconds=5)
"""By how much the clocks of this machine and of AWS may differ without our minding."""


class StackMissingError(Exception):
    """There is no stack of that name, or it is of a release that lacks what is asked for."""


class Outputs(dict[str, str]):
    """The outputs of a stack by their names; StackMissingError for one that it does not have."""

    def __init__(self, stack_name: str, found: Mapping[str, Any]) -> None:
        """Shape of `found`: `Stack` (CloudFormation API), whose Outputs may be absent."""
        super().__init__({o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])})
        self._stack, self._status = stack_name, found.get("StackStatus", "")

    def __missing__(self, name: str) -> str:
        if not self:
            raise StackMissingError(
                f"The stack {self._stack} has no outputs; it is {self._status}. Finish its"
                " deployment, or name your stack with --stack-name."
            )
        raise StackMissingError(
            f"The stack {self._stack} has no output {name}. It was deployed from an"
            " earlier release: deploy this one."
        )


class CommandFailedError(Exception):
    """A function of the stack failed on what it was invoked with."""


@dataclass(frozen=True)
class ClockOfAws:
    """Our clock, put right by what AWS's is `ahead` of it."""

    ours: Clock
    ahead: timedelta

    def now(self) -> "datetime":
        """The present moment by AWS's clock."""
        return self.ours.now() + self.ahead

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        self.ours.sleep(seconds)


class Account:
    """One account by the user's ordinary credentials, profile and region.

    `answered_at` is when AWS answered last by its own clock, to the second, if it said so;
    without `keeps_time` nobody asks.
    """

    def __init__(
        self, stack_name: str, endpoint_url: str | None = None, *, keeps_time: bool = True
    ) -> None:
        self.stack_name = stack_name
        self.answered_at: datetime | None = None
        self._endpoint_url = endpoint_url
        self._keeps_time = keeps_time

    def _client(self, service: str, config: Config | None = None) -> Any:  # noqa: ANN401 - any of boto3's clients
        client: Any = boto3.client
        return client(service, endpoint_url=self._endpoint_url, config=config)

    def _keeping_time(self, client: Any) -> Any:  # noqa: ANN401 - any of boto3's clients
        if self._keeps_time:
            client.meta.events.register("after-call", self._note_time)
        return client

    def clock(self, ours: Clock) -> Clock:
        """Ours, unless AWS told another time when it answered last: its times go by its own."""
        if self.answered_at is None:
            return ours
        ahead = self.answered_at - ours.now()
        return ClockOfAws(ours, ahead) if abs(ahead) > CLOCKS else ours

    def _note_time(self, http_response: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own
        """Note when AWS answered, by its own clock."""
        try:
            self.answered_at = parsedate_to_datetime(http_response.headers["date"])
        except (KeyError, TypeError, ValueError):
            return

    @cached_property
    def _states(self) -> Any:  # noqa: ANN401 - a boto3 client
        return self._client("stepfunctions")

    @cached_property
    def endpoints(self) -> Endpoints:
        """SageMaker endpoints."""
        sagemaker = self._keeping_time(self._client("sagemaker", PATIENT))
        return Endpoints(sagemaker, lambda: sagemaker)

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient":
        """CloudWatch itself, for its alarms and their metrics."""
        client: CloudWatchClient = self._client("cloudwatch", PATIENT)
        return show_newer_alarms(client)

    @cached_property
    def deployments(self) -> Deployments:
        """The deployments in the stack's table."""
        return Deployments(self._table)

    @cached_property
    def locks(self) -> Locks:
        """Who has which endpoint."""
        return Locks(self._table)

    @cached_property
    def queue(self) -> Queue:
        """Who waits for which endpoint."""
        return Queue(self._table)

    @cached_property
    def claims(self) -> Claims:
        """What people were told."""
        return Claims(self._table)

    @cached_property
    def _table(self) -> Table:
        client = self._client("dynamodb", PATIENT)
        return Table(client, self.outputs["DeploymentsTableName"], SystemClock())

    @property
    def guardrail_alarms(self) -> str:
        """The stack's parameter GuardrailAlarms; empty where nobody can say.

        A stack of an earlier release makes no alarms of guardrails.
        """
        try:
            found = self._stack.get("Parameters", [])
        except (StackMissingError, BotoCoreError, ClientError):
            return ""
        values: dict[str, str] = {each["ParameterKey"]: each["ParameterValue"] for each in found}
        return values.get("GuardrailAlarms", "Never")

    @cached_property
    def outputs(self) -> Outputs:
        """The outputs of the stack; StackMissingError when it, or one of them, is not there."""
        return Outputs(self.stack_name, self._stack)

    @cached_property
    def _stack(self) -> Mapping[str, Any]:
        """Shape: `Stack` (CloudFormation API)."""
        cloudformation = self._keeping_time(self._client("cloudformation"))
        try:
            found = cloudformation.describe_stacks(StackName=self.stack_name)
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            raise StackMissingError(
                f"There is no stack {self.stack_name} in this account and Region."
                " Name your stack with --stack-name."
            ) from error
        stack: Mapping[str, Any] = found["Stacks"][0]
        return stack

    @property
    def caller(self) -> str:
        """The ARN of whose credentials these are; empty where AWS does not say."""
        try:
            arn: str = self._client("sts").get_caller_identity()["Arn"]
        except (BotoCoreError, ClientError):
            return ""
        return arn

    def invoke(self, output: str, command: AbortCommand | ForgetCommand) -> CommandAnswer:
        """What the function answers whose name is an output of the stack.

        CommandFailedError, with the function's words, if it fails.
        """
        found = self._client("lambda", ONCE).invoke(
            FunctionName=self.outputs[output], Payload=json.dumps(command)
        )
        body: Any = json.loads(found["Payload"].read())
        if "FunctionError" in found:
            raise CommandFailedError(body.get("errorMessage", found["FunctionError"]))
        return cast("CommandAnswer", body)

    @cached_property
    def history(self) -> History:
        """The deployments of the stack that have ended."""
        return History(self._table)

    def abort(self, endpoint: str, reason: str) -> CommandAnswer:
        """What the stack answers when it is asked to abort; CommandFailedError if it fails."""
        return self.invoke(
            "AbortDeploymentFunctionName",
            {"EndpointName": endpoint, "Reason": reason, "RequestedBy": self.caller},
        )

    @cached_property
    def topic(self) -> NotificationsTopic:
        """The stack's topic for people and programs."""
        return NotificationsTopic(self._client("sns"), self.outputs["NotificationsTopicArn"])

    def start_execution(self, name: str, request: RequestDocument) -> None:
        """Start a deployment with this name."""
        self._states.start_execution(
            stateMachineArn=self.outputs["StateMachineArn"], name=name, input=json.dumps(request)
        )

    def execution(self, name: str) -> Execution:
        """The state of the deployment of this name."""
        arn = self.outputs["StateMachineArn"].replace(":stateMachine:", ":execution:")
        found = self._states.describe_execution(executionArn=f"{arn}:{name}")
        body = _object_in(found.get("output") or found.get("cause"))
        return Execution(
            found["status"],
            cast("DeploymentRecord", body) if "Verdict" in body else None,
            cast("DryRunResult", body) if body.get("DryRun") is True else None,
        )


def _object_in(text: str | None) -> dict[str, Any]:
    try:
        body = json.loads(text or "{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
