"""Calls over HTTP with drawn bodies, and what is wrong with each answer."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from bluegreen_simulator.aws.iam.actions import ACTIONS
from fuzz.draws import Draw

SERVICES: Final = (
    "application-autoscaling",
    "cloudformation",
    "cloudwatch",
    "dynamodb",
    "events",
    "iam",
    "kms",
    "lambda",
    "logs",
    "s3",
    "sagemaker",
    "sagemaker-metrics",
    "sagemaker-runtime",
    "scheduler",
    "secretsmanager",
    "service-quotas",
    "sns",
    "sqs",
    "ssm",
    "stepfunctions",
    "sts",
    "xray",
)
"""What the stack, its functions and the clients of the docs call."""

BROKEN: Final = 500
INTERNAL: Final = "failed inside the embedded AWS"
CONFIG: Final = Config(
    retries={"total_max_attempts": 1},
    read_timeout=120,
    s3={"addressing_style": "path"},
    inject_host_prefix=False,
)


class Clients:
    """Clients of the AWS at an address, and the answer that the last call got."""

    def __init__(self, address: str) -> None:
        self._session = botocore.session.Session()
        self._session.set_credentials("anything", "anything")
        self._address = address
        self.answer: Mapping[str, Any] = {}

    @cache  # noqa: B019 - as many as there are services
    def __call__(self, service: str) -> Any:
        """The client of a service."""
        client: Any = self._session.create_client(
            service, region_name="eu-central-1", endpoint_url=self._address, config=CONFIG
        )
        client.meta.events.register("before-parse", self._keep)
        return client

    def _keep(self, response_dict: Mapping[str, Any], **_: Any) -> None:
        self.answer = response_dict


@dataclass(frozen=True)
class Called:
    """A call, how it was answered, and what is wrong with that; `code` is the error's."""

    service: str
    operation: str
    body: Mapping[str, Any] = field(repr=False)
    code: str = ""
    message: str = ""
    problem: str = ""

    def __str__(self) -> str:
        return f"{self.service} {self.operation}: {self.problem or self.message}\n    {self.body}"


def every_operation(seed: int) -> list[tuple[str, str]]:
    """Each operation of each service, in some order."""
    session, chance = botocore.session.Session(), random.Random(seed)  # noqa: S311 - nothing secret
    every = [
        (service, operation)
        for service in SERVICES
        for operation in session.get_service_model(service).operation_names
    ]
    chance.shuffle(every)
    return every


def some_of_ours(count: int, seed: int) -> list[tuple[str, str]]:
    """Operations that functions and workflows call, each as often as the others."""
    ours, chance = sorted(ACTIONS), random.Random(seed)  # noqa: S311 - nothing secret
    return [chance.choice(ours) for _ in range(count)]


def call(clients: Clients, service: str, operation: str, draw: Draw) -> Called:
    """Call it with a body that botocore allows."""
    client = clients(service)
    model = client.meta.service_model.operation_model(operation)
    for _ in range(100):
        body = draw.body(model.input_shape)
        called = Called(service, operation, body)
        clients.answer = {}
        try:
            client._make_api_call(operation, body)
        except ClientError as error:
            return _refused(called, error, clients.answer)
        except BotoCoreError as error:
            if isinstance(error, HTTPClientError) or clients.answer:
                return replace(called, problem=f"{type(error).__name__}: {error}")
            continue  # the client itself cannot send it
        return replace(called, problem=_page(clients.answer))
    return Called(service, operation, {}, problem="no body was drawn that can be sent")


def _refused(called: Called, error: ClientError, answer: Mapping[str, Any]) -> Called:
    code, message = error.response["Error"].get("Code", ""), error.response["Error"]["Message"]
    refused = replace(called, code=code, message=message)
    return replace(refused, problem=_page(answer) or _odd(refused, answer))


def _odd(refused: Called, answer: Mapping[str, Any]) -> str:
    """What is wrong with an error that can be read."""
    if (not refused.code or refused.code.isdigit()) and answer["body"]:
        return f"status {answer['status_code']} without a code: {answer['body']!r}"
    if refused.code == "NotImplemented" and "not modelled" not in refused.message:
        return f"it is not refused by its name: {refused.message}"
    if answer["status_code"] == BROKEN and not re.match(rf"\w+ of .+ {INTERNAL}", refused.message):
        return f"it broke without a reason: {refused.message}"
    return ""


def _page(answer: Mapping[str, Any]) -> str:
    body = bytes(answer.get("body") or b"")[:500]
    kind = answer["headers"].get("content-type", "") if answer else ""
    is_page = body.lstrip().lower().startswith((b"<!doctype html", b"<html"))
    return f"a page of HTML: {body!r}" if is_page or "text/html" in kind else ""
