"""Run a scenario on the embedded AWS, and compare how it ended with what was expected."""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from moto.dynamodb.models import dynamodb_backends
from samtranslator.yaml_helper import yaml_parse

from bluegreen.contract.message import MessageBody
from bluegreen.contract.record import DeploymentRecord, DryRunResult, StageRecord
from bluegreen.contract.times import from_text
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.aws.sagemaker.meters import add_traffic
from bluegreen_simulator.aws.sagemaker.service import settle
from bluegreen_simulator.inputs.alarms import as_request
from bluegreen_simulator.inputs.faults import require_names
from bluegreen_simulator.inputs.scenario import Scenario
from bluegreen_simulator.run import faults
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.stack import Stack, deploy

ENDPOINT: Final = "churn"
VARIANT: Final = "main"
BLUE: Final = "churn-blue"
GREEN: Final = "churn-green"
INSTANCE_TYPE: Final = "ml.m5.xlarge"
ROLE: Final = "arn:aws:iam::{account}:role/model-execution"
WARM_UP_SECONDS: Final = 300
"""How long the blue fleet takes traffic before the deployment, so that alarms know their state."""

AFTERMATH_SECONDS: Final = 240
"""How long the world goes on after the execution has ended: events' retries come until then."""

LONGEST_EXECUTION_NAME: Final = 80
Listener = Callable[[Entry, datetime], None]
"""Is told of each entry of the journal from the start of the deployment on, which comes second."""


@dataclass(frozen=True)
class Outcome:
    """How a scenario went: the record, what was told, what happened, what was not as expected.

    Where the workflow itself failed there is no record: it holds what AWS said, without a Verdict.
    `journal` begins with the deployment; `rows` is what stands in the table at the end.
    """

    record: DeploymentRecord
    notifications: list[MessageBody]
    journal: list[Entry]
    rows: list[dict[str, Any]]
    started_at: datetime
    wall_seconds: float
    misses: list[str]

    @property
    def checked(self) -> DryRunResult:
        """What a dry run ends with, which has no record."""
        return cast("DryRunResult", self.record)

    @property
    def state_transitions(self) -> int:
        """How many states were entered."""
        return sum(entry.kind == "state_entered" for entry in self.journal)

    @property
    def lambda_invocations(self) -> int:
        """How often a function ran, retries included."""
        return sum(entry.kind == "lambda_invoked" for entry in self.journal)

    def to_json(self) -> dict[str, Any]:
        """The record, and what `--json` prints beside it."""
        return {
            **self.record,
            "Notifications": self.notifications,
            "StateTransitions": self.state_transitions,
            "LambdaInvocations": self.lambda_invocations,
            "WallSeconds": round(self.wall_seconds, 3),
        }


def check_faults(scenario: Scenario, template: Path) -> None:
    """ScenarioError unless the functions, states and operations that its faults name exist."""
    require_names(scenario.plan, _functions(template), _states(template), "given.faults")


@cache
def _functions(template: Path) -> list[str]:
    resources = yaml_parse(template.read_text(encoding="utf-8"))["Resources"]
    return [
        name.removesuffix("Function")
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    ]


@cache
def _states(template: Path) -> list[str]:
    resources = yaml_parse(template.read_text(encoding="utf-8"))["Resources"]
    files = [
        template.parent / resource["Properties"]["DefinitionUri"]
        for resource in resources.values()
        if resource["Type"] == "AWS::Serverless::StateMachine"
    ]
    return [
        state for file in files for state in yaml_parse(file.read_text(encoding="utf-8"))["States"]
    ]


def simulate(scenario: Scenario, template: Path, listener: Listener | None = None) -> Outcome:
    """Run the scenario with the stack of `template`."""
    wall = time.monotonic()
    with EmbeddedAws(faults=scenario.faults()) as aws:
        stack = deploy(aws.world, template)
        _prepare(scenario, aws)
        add_traffic(ENDPOINT, scenario.requests_per_second)
        aws.clock.sleep(WARM_UP_SECONDS)
        started_at, already = aws.clock.now(), len(aws.journal.entries)
        if listener:
            aws.journal.listeners.append(lambda entry: listener(entry, started_at))
        faults.begin(aws.world)
        record = _run(scenario, aws, stack)
        aws.clock.sleep(AFTERMATH_SECONDS)
        journal, rows = aws.journal.entries[already:], _rows(aws, stack)
    wall_seconds = time.monotonic() - wall
    notifications = [e.data["body"] for e in journal if e.kind == "notification" and e.data["body"]]
    return Outcome(
        record=record,
        notifications=notifications,
        journal=journal,
        rows=rows,
        started_at=started_at,
        wall_seconds=wall_seconds,
        misses=misses(scenario.expected, record, notifications),
    )


def _prepare(scenario: Scenario, aws: EmbeddedAws) -> None:
    """Make models, endpoint configs, endpoint and alarms as a person would, through the API."""
    _make_config(aws, BLUE, scenario.blue, scenario.instances)
    _make_config(aws, GREEN, scenario.green, scenario.green_instances)
    sagemaker = aws.client("sagemaker")
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=BLUE)
    for alarm in scenario.alarms:
        aws.client("cloudwatch").put_metric_alarm(**as_request(alarm))
    settle(ENDPOINT)


def _make_config(aws: EmbeddedAws, name: str, behavior: Mapping[str, Any], instances: int) -> None:
    environment = {f"SIMULATED_{key.upper()}": str(value) for key, value in behavior.items()}
    sagemaker, account = aws.client("sagemaker"), aws.world.account_id
    sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=ROLE.format(account=account),
        PrimaryContainer={"Image": "model:1", "Environment": environment},
    )
    variant = {
        "VariantName": VARIANT,
        "ModelName": name,
        "InitialInstanceCount": instances,
        "InstanceType": INSTANCE_TYPE,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])


def _run(scenario: Scenario, aws: EmbeddedAws, stack: Stack) -> DeploymentRecord:
    """Start the execution, wait for its end, and read the record from its output or its cause."""
    ended = aws.clock.event()
    aws.journal.listeners.append(
        lambda entry: ended.set() if entry.kind == "execution_ended" else None
    )
    states = aws.client("stepfunctions")
    arn = states.start_execution(
        stateMachineArn=stack.outputs["StateMachineArn"],
        name=_execution_name(scenario.id),
        input=json.dumps(scenario.request),
    )["executionArn"]
    ended.wait()
    execution = states.describe_execution(executionArn=arn)
    return _record(execution.get("output") or execution.get("cause") or "")


def _execution_name(id_: str) -> str:
    """The scenario's id with what Step Functions takes in a name, which is 80 characters long."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", id_)[:LONGEST_EXECUTION_NAME]


def _record(text: str) -> DeploymentRecord:
    """The record, or what stands in its place where the workflow itself failed."""
    try:
        body = json.loads(text)
    except ValueError:
        body = text
    said = {"Reason": text or "The execution left no record."}
    return cast("DeploymentRecord", body if isinstance(body, dict) else said)


def _rows(aws: EmbeddedAws, stack: Stack) -> list[dict[str, Any]]:
    tables = dynamodb_backends[aws.world.account_id][aws.world.region].tables
    items = tables[stack.outputs["DeploymentsTableName"]].all_items()
    return [item.to_regular_json() for item in items]


def misses(
    expected: Mapping[str, Any], record: DeploymentRecord, notifications: Sequence[MessageBody]
) -> list[str]:
    """In words, each member of `expect` that is not so.

    A stage is written `BAKING 25 600`: stage, green's share in percent, seconds that it lasted.
    """
    found: dict[str, object] = {**record}
    found["Notifications"] = [body["Event"] for body in notifications]
    found["Stages"] = [_stage_in_words(stage) for stage in record.get("Stages", [])]
    return [
        f"{member}: expected {_in_words(wanted)}, got {_in_words(found.get(member))}"
        for member, wanted in expected.items()
        if found.get(member) != wanted
    ]


def _in_words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "absent" if value is None else str(value)


def _stage_in_words(stage: StageRecord) -> str:
    seconds = (from_text(stage["EndedAt"]) - from_text(stage["StartedAt"])).total_seconds()
    return f"{stage['Stage']} {stage['TrafficPercent']} {seconds:g}"
