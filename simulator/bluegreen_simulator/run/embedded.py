"""The embedded AWS: moto in this process, on a virtual clock, with our services installed."""

import os
import random
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from types import TracebackType
from typing import Any, Final, Self, Unpack

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.session import Session
from moto import mock_aws
from moto.moto_api._internal import mock_random

from bluegreen_simulator.aws import api_faults, dynamodb, kms, sns, sts, unread_members
from bluegreen_simulator.aws.cloudformation import requests as cloudformation
from bluegreen_simulator.aws.cloudwatch import alarms as cloudwatch
from bluegreen_simulator.aws.cloudwatch import service_metrics
from bluegreen_simulator.aws.events import bus as events
from bluegreen_simulator.aws.events import schedules as event_schedules
from bluegreen_simulator.aws.iam import managed_policies, policy_simulator  # noqa: F401 - the first is registered
from bluegreen_simulator.aws.journal import Journal
from bluegreen_simulator.aws.lambda_ import functions as lambdas
from bluegreen_simulator.aws.lambda_.process import separated
from bluegreen_simulator.aws.logs import groups as logs
from bluegreen_simulator.aws.sagemaker import runtime as sagemaker_runtime
from bluegreen_simulator.aws.sagemaker import service as sagemaker
from bluegreen_simulator.aws.step_functions import interpreter as step_functions
from bluegreen_simulator.aws.step_functions import roles as step_functions_roles
from bluegreen_simulator.aws.world import Assumed, World
from bluegreen_simulator.moto import faster, served_answers  # noqa: F401 - registered
from bluegreen_simulator.moto.faster.once import session
from bluegreen_simulator.moto.replacements import apply_all
from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.run.chance import seeded
from bluegreen_simulator.run.openness import is_open
from bluegreen_simulator.time.clock import VirtualClock

START: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SERVICES: Final = (
    events,
    event_schedules,
    lambdas,
    api_faults,
    policy_simulator,
    cloudwatch,
    service_metrics,
    sagemaker,
    sagemaker_runtime,
    step_functions,
    step_functions_roles,
    kms,
    dynamodb,
    logs,
    sns,
    sts,
    unread_members,
    cloudformation,
)
CONFIG: Final = {  # neither starts a container on this machine
    "batch": {"use_docker": False},
    "lambda": {"use_docker": False},
    "stepfunctions": {"execute_state_machine": True},
}
ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "embedded",
    "AWS_SECRET_ACCESS_KEY": "embedded",
    "AWS_SESSION_TOKEN": "embedded",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "TZ": "UTC",
}
"""No credentials, profiles or settings of the user have a part in it."""

NOT_OURS: Final = ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION")


class EmbeddedAws:
    """One AWS of its own, from entering to leaving it; the caller is its clock's main task.

    Only one at a time in a process, since moto's backends are the process's own. Each start is
    the same: time, random numbers and names begin anew. With a `seed` requests come and are
    answered by chance, the same for the same seed. `assumed` is what nobody knows of AWS.
    """

    def __init__(
        self,
        start: datetime = START,
        faults: Faults | None = None,
        seed: int | None = None,
        **assumed: Unpack[Assumed],
    ) -> None:
        self.clock = VirtualClock(start)
        self.journal = Journal()
        self.world = World(self.clock, self.journal, faults or Faults(), **assumed)
        self.world.chance = None if seed is None else seeded(seed)
        self.world.is_open = partial(is_open, self.world)
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as exits:
            exits.enter_context(_environment())
            exits.enter_context(separated())
            exits.enter_context(_seeded())
            exits.enter_context(self.clock.running())
            exits.enter_context(mock_aws(config=CONFIG))
            exits.enter_context(_clients_are_shared())
            apply_all()
            for service in SERVICES:
                service.install(self.world)
            self._exits = exits.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._exits.__exit__(kind, error, traceback)

    def client(self, service: str) -> Any:  # noqa: ANN401 - any of boto3's clients
        """A boto3 client of the embedded AWS."""
        client: Any = boto3.client
        return client(service, region_name=self.world.region)


SHORT: Final = Config(user_agent="embedded")
"""For every client: botocore makes its long name anew for each call."""

UNSIGNED_CALLS: Final = SHORT.merge(Config(signature_version=UNSIGNED))
FOUND_UNSIGNED: Final = {
    "cloudformation",
    "cloudwatch",
    "dynamodb",
    "events",
    "iam",
    "kms",
    "lambda",
    "logs",
    "sagemaker",
    "sns",
    "ssm",
    "stepfunctions",
}
"""Services whose calls moto tells apart without a signature, which is a third of a call's time."""

_boto3_client: Final[Any] = boto3.client
_create_client: Final[Any] = Session.create_client


@cache
def _make_client(service_name: str, config: Config | None = None, **more: str | None) -> Any:  # noqa: ANN401
    ours = UNSIGNED_CALLS if service_name in FOUND_UNSIGNED else SHORT
    client: Any = session().client
    return client(service_name, config=(config or Config()).merge(ours), **more)


def _client_of_session(self: Any, service_name: str, *more: Any, **named: Any) -> Any:  # noqa: ANN401 - any of botocore's
    """What a session of botocore gives; its own for who tells it a Region, keys or an address."""
    if more or not named.keys() <= {"config"}:
        return _create_client(self, service_name, *more, **named)
    return _make_client(service_name, **named)


@contextmanager
def _clients_are_shared() -> Iterator[None]:
    """Let all who ask for the same client have one: making one takes up to 60 milliseconds."""
    boto3.client = _make_client
    Session.create_client = _client_of_session  # type: ignore[method-assign] # put back at the end
    try:
        yield
    finally:
        boto3.client = _boto3_client
        Session.create_client = _create_client  # type: ignore[method-assign] # likewise


@contextmanager
def _environment() -> Iterator[None]:
    before = dict(os.environ)  # noqa: TID251 - put back at the end
    os.environ.update(ENVIRONMENT)  # noqa: TID251 - what boto3 reads
    for name in NOT_OURS:
        os.environ.pop(name, None)  # noqa: TID251 - likewise
    time.tzset()
    try:
        yield
    finally:
        os.environ.clear()  # noqa: TID251 - likewise
        os.environ.update(before)  # noqa: TID251 - likewise
        time.tzset()


@contextmanager
def _seeded() -> Iterator[None]:
    """The same random numbers at each start: moto's, Step Functions' jitter, every UUID."""
    before, uuid4 = random.getstate(), uuid.uuid4
    random.seed(0)
    mock_random.seed(0)
    uuid.uuid4 = mock_random.uuid4
    try:
        yield
    finally:
        random.setstate(before)
        uuid.uuid4 = uuid4
