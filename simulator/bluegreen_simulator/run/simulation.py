"""Run a scenario on the embedded AWS, and compare how it ended with what was expected."""

import gc
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from bluegreen.contract.message import MessageBody
from bluegreen.contract.record import DeploymentRecord, DryRunResult, StageRecord
from bluegreen.contract.times import from_text
from bluegreen_simulator.aws.cloudformation.templates import written
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.aws.sagemaker.meters import Past
from bluegreen_simulator.inputs.faults import require_names
from bluegreen_simulator.inputs.scenario import Scenario
from bluegreen_simulator.run import faults
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.stack import Stack, transformed
from bluegreen_simulator.run.theatre import Fleet, Seen, Theatre

ENDPOINT: Final = "churn"
BLUE: Final = "churn-blue"
GREEN: Final = "churn-green"
WARM_UP_SECONDS: Final = 300
"""How long the blue fleet takes traffic before the deployment, so that alarms know their state."""

AFTERMATH_SECONDS: Final = 240
"""How long the world goes on at least when the execution has ended: retries of events come then."""

LONGEST_EXECUTION_NAME: Final = 80
Onlooker = Callable[[Theatre], None]
"""Is let in when the deployment is about to begin."""


@dataclass(frozen=True)
class Outcome:
    """How a scenario went: the record, what was told, what happened, what was not as expected.

    The record is the deployment's own, whichever execution concluded it. Where none did there is
    no record: it holds what AWS said of the first one, without a Verdict. `journal` begins with the
    deployment; `rows` is what stands in the table at the end; `executions` has those that adopted
    the deployment too. `on_schedule` are the functions that run in an idle stack as well.
    """

    record: DeploymentRecord
    notifications: list[MessageBody]
    journal: list[Entry]
    rows: list[dict[str, Any]]
    started_at: datetime
    wall_seconds: float
    misses: list[str]
    executions: list[Seen] = field(default_factory=list)
    on_schedule: frozenset[str] = frozenset()

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
        """How often a function ran for the deployment, retries included: none on a schedule."""
        ran = [entry for entry in self.journal if entry.kind == "lambda_invoked"]
        return sum(entry.data["function"] not in self.on_schedule for entry in ran)

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
    resources = written(template.read_text(encoding="utf-8"))["Resources"]
    return [
        name.removesuffix("Function")
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    ]


@cache
def _states(template: Path) -> list[str]:
    resources = written(template.read_text(encoding="utf-8"))["Resources"]
    files = [
        template.parent / resource["Properties"]["DefinitionUri"]
        for resource in resources.values()
        if resource["Type"] == "AWS::Serverless::StateMachine"
    ]
    return [
        state for file in files for state in written(file.read_text(encoding="utf-8"))["States"]
    ]


def simulate(scenario: Scenario, template: Path, onlooker: Onlooker | None = None) -> Outcome:
    """Run the scenario with the stack of `template`."""
    wall = time.monotonic()
    with _embedded(scenario) as aws:
        theatre = Theatre(aws)
        stack = theatre.deploy(template, **_parameters(template))
        prepare(scenario, theatre)
        theatre.begin_traffic(ENDPOINT, scenario.requests_per_second)
        theatre.advance(WARM_UP_SECONDS)
        started_at, already = aws.clock.now(), len(aws.journal.entries)
        if onlooker:
            onlooker(theatre)
        faults.begin(aws.world)
        first = _run(scenario, theatre)
        theatre.advance(AFTERMATH_SECONDS)
        theatre.await_rest()
        journal, rows = aws.journal.entries[already:], theatre.rows()
        executions = theatre.executions()
    _leave_what_stays()
    record = _record(first, rows)
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
        executions=executions,
        on_schedule=on_schedule(stack),
    )


@cache
def _leave_what_stays() -> None:
    """Once in a process, let the collector of garbage pass over what is loaded by then.

    That is 450,000 objects, of modules and of AWS's models, which stay until the process ends; to
    look through them takes a third of a second each time.
    """
    gc.freeze()


def _embedded(scenario: Scenario) -> EmbeddedAws:
    return EmbeddedAws(
        faults=scenario.faults(),
        seed=scenario.seed,
        alarms_read=scenario.alarms_read,
        metrics_by_config=scenario.metrics_by_config,
        missing_beside_scalar=scenario.missing_beside_scalar,
        newest_minute=scenario.newest_minute,
    )


def on_schedule(stack: Stack) -> frozenset[str]:
    """The functions of the stack that run on a schedule."""
    rules = [r["Properties"] for r in stack.template["Resources"].values() if _is_schedule(r)]
    ids = {target["Arn"]["Fn::GetAtt"][0] for rule in rules for target in rule["Targets"]}
    return frozenset(stack.resources[id_] for id_ in ids if id_ in stack.resources)


def _is_schedule(resource: Mapping[str, Any]) -> bool:
    """Whether a resource is a rule that sends events by the clock."""
    return "ScheduleExpression" in resource.get("Properties", {})


def _parameters(template: Path) -> dict[str, str]:
    """With which a scenario may ask for guardrails, where the template knows them."""
    known, wanted = transformed(template)["Parameters"], {"GuardrailAlarms": "OnRequest"}
    return {name: value for name, value in wanted.items() if name in known}


def prepare(scenario: Scenario, theatre: Theatre) -> None:
    """Make models, endpoint configs, endpoint and alarms as a person would, through the API."""
    theatre.make_config(BLUE, Fleet(scenario.blue, scenario.instances))
    theatre.make_config(GREEN, Fleet(scenario.green, scenario.green_instances))
    theatre.make_endpoint(ENDPOINT, BLUE)
    for past in _pasts(scenario):
        theatre.give_past(ENDPOINT, past)
    theatre.make_alarms(scenario.alarms)


def _pasts(scenario: Scenario) -> Iterator[Past]:
    """The time before the scenario begins: as it was first, and then as it is now."""
    past, rate = scenario.past, scenario.requests_per_second
    yield Past(past.minutes - past.changed_minutes, rate, past.changed_minutes, past.error_rate)
    yield Past(past.changed_minutes, rate)


def _run(scenario: Scenario, theatre: Theatre) -> Seen:
    """Start the execution, and wait for its end."""
    name, clock = _execution_name(scenario.id), theatre.aws.clock
    ended = clock.event()

    def listen(entry: Entry) -> None:
        if entry.kind == "execution_ended" and entry.data["execution"] == name:
            ended.set()

    theatre.aws.journal.listeners.append(listen)
    arn = theatre.start(scenario.request, name)
    ended.wait()
    return theatre.execution(arn)


def _execution_name(id_: str) -> str:
    """The scenario's id with what Step Functions takes in a name, which is 80 characters long."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", id_)[:LONGEST_EXECUTION_NAME]


def _record(first: Seen, rows: Sequence[Mapping[str, Any]]) -> DeploymentRecord:
    """The record that the first execution ended with, or that another one wrote to the table.

    Without one, what stands in its place where the workflow itself failed.
    """
    said = _said(first.said)
    if "Verdict" in said:
        return said
    kept = [row["Record"] for row in rows if _is_of(row, first.name) and "Record" in row]
    return _said(kept[0]) if kept else said


def _is_of(row: Mapping[str, Any], deployment_id: str) -> bool:
    key: str = row["sk"]
    return key.startswith("DEPLOYMENT#") and key.endswith(f"#{deployment_id}")


def _said(text: str) -> DeploymentRecord:
    try:
        body = json.loads(text)
    except ValueError:
        body = text
    said = {"Reason": text or "The execution left no record."}
    return cast("DeploymentRecord", body if isinstance(body, dict) else said)


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
