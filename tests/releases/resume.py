"""Let an execution of an earlier release go on from a recorded state, on this release's handlers.

The execution has the recorded name, start and input, and the earlier release's workflow as it is;
one state is put before it, which waits until the recorded moment and then hands the recorded
document to the recorded state. Until then the account has the same calls at the same times as it
had when the release was recorded, without any function of ours; the rows come at that moment.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from bluegreen.sagemaker.package_name import PackageName
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.aws.sagemaker.meters import add_traffic
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.stack import Stack, deploy
from releases import rows
from releases.record import HERE, ROOT, STATES, TOKEN, end_of, endpoint_in, package_in, text_of

WORKFLOW: Final = "deployment.asl.yaml"
ENTERED, ASLEEP, AFTER_ERROR = "is entered", "is asleep", "comes after an error"
NEXT_AFTER_ERROR: Final = "WaitAfterError"
"""The state that AwaitStage goes to when its function fails, with the same document."""


@dataclass(frozen=True)
class Parked:
    """An execution of an earlier release at one of its states; `how` is one of three."""

    folder: Path
    state_file: str
    how: str

    def __str__(self) -> str:
        state = self.state_file.removesuffix(".json")
        return f"{self.folder.parent.name} {self.folder.name} {state} {self.how}"

    @property
    def deployment(self) -> dict[str, Any]:
        """Its deployment, whole: what was called before, and how it ended."""
        return _read(self.folder / "deployment.json")

    @property
    def state(self) -> dict[str, Any]:
        """The state document and the rows."""
        return _read(self.folder / self.state_file)

    @property
    def is_asleep(self) -> bool:
        """Whether the earlier release's function has run, and its token stands in the rows."""
        return self.how == ASLEEP

    @property
    def enters(self) -> str:
        """The state of the workflow in which it goes on."""
        name: str = self.state["State"]
        return NEXT_AFTER_ERROR if self.how == AFTER_ERROR else name

    @property
    def told_before(self) -> int:
        """How many notifications the earlier release had sent."""
        return int(self.state["NotificationsAsleep" if self.is_asleep else "NotificationsBefore"])

    def states(self) -> list[tuple[str, str]]:
        """The states that the earlier release entered from here on, and when."""
        files = sorted(self.folder.glob("[0-9]*.json"))
        entered = [_read(path) for path in files if path.name >= self.state_file]
        return [(state["State"], state["At"]) for state in entered]

    def workflow(self) -> dict[str, Any]:
        """The earlier release's workflow, entered at the state, at its moment."""
        recorded = _workflow(self.folder.parent)
        assert "Resume" not in recorded["States"]
        assert self.enters in recorded["States"]
        resume = {
            "Type": "Wait",
            "Timestamp": self.state["At"],
            "Output": self.state["Input"],
            "Next": self.enters,
        }
        return beginning_with(resume, recorded)

    def rows(self, token: str = "") -> list[rows.Row]:
        """The rows of the table; those of who sleeps hold the token of the task that sleeps."""
        found = {rows.key_of(row): row for row in self.state["Rows"]}
        if self.is_asleep:
            text = json.dumps(self.state["RowsAsleep"]).replace(TOKEN, token)
            found |= {rows.key_of(row): row for row in json.loads(text)}
        return list(found.values())


@cache
def _read(path: Path) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return body


@cache
def _workflow(release: Path) -> dict[str, Any]:
    body: dict[str, Any] = yaml.safe_load((release / WORKFLOW).read_text(encoding="utf-8"))
    return body


def releases() -> list[Path]:
    """The folders of all releases, the oldest first."""
    found = [path.parent for path in HERE.glob(f"*/{WORKFLOW}")]
    return sorted(found, key=lambda folder: [int(part) for part in folder.name.split(".")])


def parked() -> Iterator[Parked]:
    """Every state of every recorded deployment of every release."""
    for release in releases():
        for path in sorted(release.glob("*/[0-9]*.json")):
            yield Parked(path.parent, path.name, ENTERED)
            if "RowsAsleep" in _read(path):
                yield Parked(path.parent, path.name, ASLEEP)
    yield from (Parked(p.parent, p.name, AFTER_ERROR) for p in _first_bakes())


def _first_bakes() -> Iterator[Path]:
    """A bake of a success in each release, long enough for five minutes in WaitAfterError."""
    for release in releases():
        states = sorted((release / "canary-succeeds").glob("*-AwaitStage.json"))
        yield next(path for path in states if _read(path)["Endpoint"]["Stage"] == "BAKING")


def beginning_with(resume: dict[str, Any], workflow: dict[str, Any]) -> dict[str, Any]:
    """The workflow with this state before it, and without those that are left behind by it.

    Step Functions refuses a definition with a state that no transition leads to.
    """
    states = {"Resume": resume, **workflow["States"]}
    reached, found = set[str](), {"Resume"}
    while found:
        reached |= found
        found = {name for each in found for name in _following(states[each])} - reached
    kept = {name: state for name, state in states.items() if name in reached}
    return {**workflow, "StartAt": "Resume", "States": kept}


def _following(state: dict[str, Any]) -> Iterator[str]:
    """The states that it may lead to."""
    for part in (state, *state.get("Choices", []), *state.get("Catch", [])):
        yield from (part[member] for member in ("Next", "Default") if member in part)


@dataclass(frozen=True)
class Resumed:
    """How a resumed execution ended: as in the fixture, and what stands in the account then."""

    end: dict[str, Any]
    execution: dict[str, Any]
    states: list[tuple[str, str]]
    endpoint_then: dict[str, Any]
    told_before: list[dict[str, Any]]
    told: list[dict[str, Any]]
    rows: list[rows.Row]
    package: dict[str, Any] | None


def resume(parked: Parked) -> Resumed:
    """Bring the account to the recorded moment, put the rows in, and go on to the end."""
    deployment = parked.deployment
    with EmbeddedAws() as aws:
        stack = deploy(aws.world, ROOT / "template.yaml", deployment["StackParameters"])
        arn = stack.outputs["StateMachineArn"]
        definition = filled(parked.workflow(), aws, stack)
        states = aws.client("stepfunctions")
        states.update_state_machine(stateMachineArn=arn, definition=definition)
        moment = Moment(aws, stack, parked)
        end = end_of(aws, replay(aws, arn, parked))
        aws.clock.sleep(5)
        return Resumed(
            end=end,
            execution=states.describe_execution(executionArn=deployment["Execution"]["Id"]),
            states=moment.states,
            endpoint_then=moment.endpoint_then,
            told_before=moment.told_before,
            told=moment.told,
            rows=rows.read(aws, stack),
            package=package_in(aws, deployment["Execution"]["Input"]),
        )


def _put_policy(aws: EmbeddedAws, request: dict[str, Any]) -> None:
    """The policy of a package's group, which says what the request says.

    Release 0.1 rejected any package by the request alone, and no policy was recorded.
    """
    name = PackageName.of(request.get("ModelPackageArn"))
    if name is not None:
        policy = {member: request[member] for member in ("EndpointName", "DeploymentConfig")}
        aws.client("ssm").put_parameter(
            Name=f"/bluegreen/policies/{name.group}", Value=json.dumps(policy), Type="String"
        )


def filled(workflow: dict[str, Any], aws: EmbeddedAws, stack: Stack) -> str:
    """The workflow as CloudFormation creates it: with the ARNs of this release's functions."""

    def value_of(name: re.Match[str]) -> str:
        if name[1] == "Partition":
            return "aws"
        function = stack.resources[name[1].removesuffix("Arn")]
        found = aws.client("lambda").get_function(FunctionName=function)
        arn: str = found["Configuration"]["FunctionArn"]
        return arn

    return re.sub(r"\$\{(\w+)\}", value_of, json.dumps(workflow))


def replay(aws: EmbeddedAws, machine: str, parked: Parked) -> str:
    """The recorded calls at their times, the traffic, and the start; the execution's ARN."""
    deployment = parked.deployment
    execution, traffic = deployment["Execution"], deployment["Traffic"]
    calls = deployment["Calls"][: parked.state["CallsBefore"]]
    for call in [call for call in calls if call["By"] == "a person"]:
        _call(aws, call)
    sleep_until(aws, traffic["At"])
    add_traffic(traffic["EndpointName"], traffic["RequestsPerSecond"])
    sleep_until(aws, execution["StartTime"])
    _put_policy(aws, execution["Input"])
    arn: str = aws.client("stepfunctions").start_execution(
        stateMachineArn=machine,
        name=execution["Name"],
        input=json.dumps(execution["Input"]),
    )["executionArn"]
    for call in [call for call in calls if call["By"] != "a person"]:
        _call(aws, call)
    return arn


def _call(aws: EmbeddedAws, call: dict[str, Any]) -> None:
    sleep_until(aws, call["At"])
    client = aws.client(call["Service"])
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", call["Operation"]).lower()
    getattr(client, name)(**call["Members"])


def sleep_until(aws: EmbeddedAws, moment: str) -> None:
    """Let time go on until a recorded moment, if that is still to come."""
    left = (datetime.fromisoformat(moment) - aws.clock.now()).total_seconds()
    if left > 0:
        aws.clock.sleep(left)


class Moment:
    """Puts the rows in at the recorded moment; keeps apart what is told before and after it."""

    def __init__(self, aws: EmbeddedAws, stack: Stack, parked: Parked) -> None:
        self._aws, self._stack, self._parked = aws, stack, parked
        self.states: list[tuple[str, str]] = []
        self.endpoint_then: dict[str, Any] = {}
        self.told_before: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []
        self._endpoint: dict[str, Any] = {}
        self._entered = self._asleep = False
        aws.journal.listeners.append(self._hear)

    def _hear(self, entry: Entry) -> None:
        if entry.kind == "endpoint":
            self._endpoint = endpoint_in(entry)
        if entry.kind == "notification" and entry.data["body"]:
            told = self.told if self.came else self.told_before
            told.append(entry.data["body"])
        if entry.kind == "state_entered":
            self._enter(entry.data["state"])
        if entry.kind == "lambda_invoked":
            self._fall_asleep(entry)

    @property
    def came(self) -> bool:
        """Whether the recorded moment is over."""
        return self._asleep if self._parked.is_asleep else self._entered

    def _enter(self, state: str) -> None:
        if state in STATES:
            self.states.append((state, text_of(self._aws.clock.now())))
        if state == self._parked.enters and not self._entered:
            self._entered = True
            self._put_rows_in()

    def _put_rows_in(self) -> None:
        self.endpoint_then = self._endpoint
        state = self._parked.state
        assert self._aws.clock.now() == datetime.fromisoformat(state["At"])
        rows.replace_all(self._aws, self._stack, state["Rows"])

    def _fall_asleep(self, run: Entry) -> None:
        """Once this release's function has run in AwaitStage, the rows are the earlier one's."""
        if not self._parked.is_asleep or not self._entered or self._asleep:
            return
        if run.data["function"] == self._stack.resources["AwaitStageFunction"]:
            assert run.data["error"] is None, run.data["message"]
            self._asleep = True
            rows.replace_all(self._aws, self._stack, self._parked.rows(self._token()))

    def _token(self) -> str:
        """The token of the task that sleeps now."""
        execution = self._parked.deployment["Execution"]["Id"]
        states = self._aws.client("stepfunctions")
        events = states.get_execution_history(executionArn=execution)["events"]
        scheduled = [e["taskScheduledEventDetails"] for e in events if e["type"] == "TaskScheduled"]
        token: str = json.loads(scheduled[-1]["parameters"])["Payload"]["TaskToken"]
        return token
