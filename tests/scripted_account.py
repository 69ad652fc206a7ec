"""An account for operations: a real table, and a SageMaker that shows what a test scripts."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from bluegreen.aws.dynamodb.claims import Claims
from bluegreen.aws.dynamodb.deployments import Deployments
from bluegreen.aws.dynamodb.keys import RowKey
from bluegreen.aws.dynamodb.locks import Locks
from bluegreen.aws.dynamodb.open_rows import OpenRows
from bluegreen.aws.dynamodb.queue import Queue
from bluegreen.aws.dynamodb.table import Table
from bluegreen.aws.evidence import DescribedAlarms
from bluegreen.aws.step_functions import Listed
from bluegreen.contract.errors import RequestRejected
from bluegreen.deployment.evidence import Evidence, Watch
from bluegreen.deployment.notification import Notification
from bluegreen.deployment.ownership import Execution
from bluegreen.deployment.tripped_alarms import AlarmChange
from bluegreen.request.request import Request
from bluegreen.sagemaker.observation import Observation
from bluegreen_simulator.run.embedded import EmbeddedAws
from builders import BLUE, START, settled

BEFORE = settled(BLUE, modified=-86400)
MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:d"


class HandClock:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class ScriptedEndpoints:
    """Shows one observation after the other; the last one stays."""

    script: Sequence[Observation]
    refusal: str = ""
    updates: list[Request] = field(default_factory=list)
    created: list[Request] = field(default_factory=list)

    def look(self, name: str) -> Observation:
        assert name == "churn"
        first, *rest = self.script
        self.script = rest or [first]
        return first

    def create(self, request: Request) -> None:
        self.created.append(request)

    def update(self, request: Request, abort_alarm: str = "") -> None:
        self.updates.append(request.to_send(abort_alarm))
        if self.refusal:
            raise RequestRejected(f"SageMaker refused UpdateEndpoint: {self.refusal}")


@dataclass
class Topic:
    """Keeps what is published; while it is `deaf`, SNS takes nothing."""

    told: list[Notification]
    deaf: bool = False

    def publish(self, notification: Notification) -> str:
        if self.deaf:
            return "the key is disabled"
        self.told.append(notification)
        return ""


@dataclass
class ScriptedWorkflow:
    """The executions as a test sets them, by ARN; others run, and none is listed until it says so.

    What is looked at, woken and started is kept.
    """

    executions: dict[str, Execution] = field(default_factory=dict)
    listed: Listed = field(default_factory=lambda: Listed({}))
    lists: int = 0
    looked: list[str] = field(default_factory=list)
    woken: list[tuple[str, Any]] = field(default_factory=list)
    started: list[tuple[str, Any]] = field(default_factory=list)

    def running(self, machine: str) -> Listed:
        assert machine == MACHINE
        self.lists += 1
        return self.listed

    def look(self, arn: str) -> Execution:
        self.looked.append(arn)
        return self.executions.get(arn, Execution("RUNNING"))

    def wake(self, token: str, answer: Any) -> None:
        self.woken.append((token, answer))

    def start(self, _machine: str, name: str, document: Any) -> bool:
        self.started.append((name, document))
        return True


@dataclass
class ScriptedAbortAlarms:
    """The abort alarms: `ringing` ones are in ALARM; `deaf`: CloudWatch takes nothing."""

    ringing: set[str] = field(default_factory=set)
    published: list[tuple[str, float]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    deaf: bool = False

    def name_of(self, name: str) -> str:
        return f"bluegreen-abort-{name}"

    def make(self, name: str) -> None:
        assert name

    def publish(self, name: str, value: float) -> str:
        if self.deaf:
            return "denied"
        self.published.append((name, value))
        return ""

    def rings(self, name: str) -> bool:
        return name in self.ringing

    def remove(self, name: str) -> None:
        self.removed.append(name)


@dataclass
class Operators:
    """Those who run bluegreen."""

    told: list[str] = field(default_factory=list)

    def publish(self, subject: str, text: str) -> str:
        self.told.append(f"{subject}: {text}")
        return ""


class StrictTable(Table):
    """Refuses what DynamoDB refuses and moto takes in a transaction: a value that nothing uses."""

    def _call(
        self, key: RowKey, expression: str, values: Mapping[str, Any], condition: str
    ) -> dict[str, Any]:
        used = {*re.findall(r":(\w+)", f"{expression} {condition}")}
        assert used == values.keys(), "API, ExpressionAttributeValues"
        return super()._call(key, expression, values, condition)


def make_table(aws: EmbeddedAws) -> Table:
    """A table with the keys and the index of the template's."""
    client, keys = aws.client("dynamodb"), {"pk": "HASH", "sk": "RANGE"}
    names = [*keys, "Open"]
    schema = [{"AttributeName": k, "KeyType": v} for k, v in keys.items()]
    of_index = [{"AttributeName": "Open", "KeyType": "HASH"}, {**schema[0], "KeyType": "RANGE"}]
    client.create_table(
        TableName="deployments",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in names],
        KeySchema=schema,
        GlobalSecondaryIndexes=[
            {"IndexName": "Open", "KeySchema": of_index, "Projection": {"ProjectionType": "ALL"}}
        ],
    )
    return StrictTable(client, "deployments", HandClock())


@contextmanager
def scripted_account() -> Iterator[Any]:
    """The account; a lock that is taken is that of an execution that runs."""
    with EmbeddedAws() as aws:
        table, told = make_table(aws), list[Notification]()
        settings = SimpleNamespace(
            model_execution_roles=(),
            state_machine_arn=MACHINE,
            makes_abort_alarms=False,
            allows_supersede=True,
            reports_bucket="",
        )
        yield SimpleNamespace(
            settings=settings,
            clock=HandClock(),
            endpoints=ScriptedEndpoints([BEFORE]),
            alarms=SimpleNamespace(
                history=lambda _name, _since: [],
                shown=lambda _name, since: [AlarmChange(since, "ALARM")],
            ),
            evidence=SimpleNamespace(
                look=lambda _alarms: DescribedAlarms({}),
                read=lambda alarms, _green, _bakes, _span=None, _seen=None: Evidence(
                    tuple(Watch(name, "OK", 1) for name in alarms), {"main": 10}
                ),
            ),
            abort_alarms=ScriptedAbortAlarms(),
            guardrail_alarms=SimpleNamespace(
                make=lambda _request: None, in_alarm=lambda _request: ()
            ),
            topic=Topic(told),
            told=told,
            operations=Operators(),
            workflow=ScriptedWorkflow(),
            locks=Locks(table),
            queue=Queue(table),
            open_rows=OpenRows(table),
            deployments=Deployments(table),
            claims=Claims(table),
            logged=(logged := list[tuple[str, dict[str, Any]]]()),
            log_error=lambda phrase, **fields: logged.append((phrase, fields)),
        )
