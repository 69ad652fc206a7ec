"""The user's AWS account, or the embedded AWS, as the command line uses it."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.aws.dynamodb.history import History
from bluegreen.aws.dynamodb.table import Table
from bluegreen.aws.sagemaker.endpoints import Endpoints
from bluegreen.aws.sns import NotificationsTopic
from bluegreen.contract.command import AbortCommand, CommandAnswer, ForgetCommand
from bluegreen.contract.record import DeploymentRecord, DryRunResult
from bluegreen.contract.request import RequestDocument
from bluegreen.sagemaker.observation import Observation

RUNNING: Final = "RUNNING"
ONCE: Final = Config(read_timeout=910, retries={"mode": "standard", "total_max_attempts": 1})
"""A function may take a quarter of an hour, and is not to be invoked a second time meanwhile."""


@dataclass(frozen=True)
class Execution:
    """The state of an execution; there is no record while it runs, nor if it left none.

    `dry_run` is what it ended with if it only checked.
    """

    status: str
    record: DeploymentRecord | None
    dry_run: DryRunResult | None = None

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.status != RUNNING


class StackMissingError(Exception):
    """There is no stack of that name, or it is of a release that lacks what is asked for."""


class CommandFailedError(Exception):
    """A function of the stack failed on what it was invoked with."""


class Account:
    """One account by the user's ordinary credentials, profile and region."""

    def __init__(self, stack_name: str, endpoint_url: str | None = None) -> None:
        self._stack_name = stack_name
        self._endpoint_url = endpoint_url

    def _client(self, service: str, config: Config | None = None) -> Any:  # noqa: ANN401 - any of boto3's clients
        client: Any = boto3.client
        return client(service, endpoint_url=self._endpoint_url, config=config)

    @cached_property
    def _states(self) -> Any:  # noqa: ANN401 - a boto3 client
        return self._client("stepfunctions")

    @cached_property
    def _endpoints(self) -> Endpoints:
        sagemaker = self._client("sagemaker")
        return Endpoints(sagemaker, sagemaker)

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The outputs of the stack; StackMissingError when it is not there."""
        try:
            found = self._client("cloudformation").describe_stacks(StackName=self._stack_name)
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            raise StackMissingError(
                f"There is no stack {self._stack_name} in this account and Region."
                " Name your stack with --stack-name."
            ) from error
        return {o["OutputKey"]: o["OutputValue"] for o in found["Stacks"][0]["Outputs"]}

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
            FunctionName=self._output(output), Payload=json.dumps(command)
        )
        body: Any = json.loads(found["Payload"].read())
        if "FunctionError" in found:
            raise CommandFailedError(body.get("errorMessage", found["FunctionError"]))
        return cast("CommandAnswer", body)

    def _output(self, name: str) -> str:
        if name not in self.outputs:
            raise StackMissingError(
                f"The stack {self._stack_name} has no output {name}. It was deployed from an"
                " earlier release: deploy this one."
            )
        return self.outputs[name]

    @cached_property
    def history(self) -> History:
        """The deployments of the stack that have ended."""
        return History(Table(self._client("dynamodb"), self._output("DeploymentsTableName")))

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

    def progress(self, endpoint: str) -> str:
        """What is happening to an endpoint now, in a line; empty if it does not exist."""
        observation = self._endpoints.look(endpoint)
        return _in_words(observation) if observation.live_config else ""


def _object_in(text: str | None) -> dict[str, Any]:
    try:
        body = json.loads(text or "{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _in_words(observation: Observation) -> str:
    green = observation.pending
    if green is None:
        return f"{observation.status}, serves {observation.live_config}"
    doing = {status.status for variant in green.variants for status in variant.statuses}
    doing |= {
        f"blue {status.status}" for variant in observation.variants for status in variant.statuses
    }
    return f"{observation.status} to {green.config}: {', '.join(sorted(doing)) or 'waiting'}"
