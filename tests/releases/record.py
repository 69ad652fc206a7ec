"""Record how this release deploys: `PYTHONPATH=tests python -m releases.record 0.1` (its number).

It runs each deployment on the embedded AWS, and as each state of the workflow is entered writes
down the state document and the rows of the table, and for AwaitStage the rows while it sleeps.
"""

import copy
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from unittest import mock

from botocore.client import BaseClient
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField

from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.aws.lambda_.process import running_function
from bluegreen_simulator.aws.sagemaker.meters import add_traffic
from bluegreen_simulator.aws.sagemaker.service import settle
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.stack import Stack, deploy
from releases import rows
from releases.deployments import DEPLOYMENTS, ENDPOINT, PACKAGE, Recorded

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
WORKFLOW: Final = ROOT / "statemachine/deployment.asl.yaml"
REQUESTS_PER_SECOND: Final = 10
WARM_UP_SECONDS: Final = 180
LONGEST_SECONDS: Final = 7200
"""How long an execution is waited for, several times as long as each takes."""

STATES: Final = (
    "ValidatePolicy",
    "AcquireEndpointLock",
    "StartUpdate",
    "AwaitStage",
    "ConcludeDeployment",
)
"""Those that call a function; all others only compute from the state document."""

TOKEN: Final = "<the token of the task that sleeps>"  # noqa: S105 - stands for one
READS: Final = ("Describe", "List", "Get", "Search")


def text_of(moment: datetime) -> str:
    """A moment as ISO 8601, in UTC."""
    return moment.isoformat().replace("+00:00", "Z")


class Recorder:
    """One deployment while it runs: the calls that change the account, and the states."""

    def __init__(self, aws: EmbeddedAws, stack: Stack) -> None:
        self._aws, self._stack = aws, stack
        self.calls: list[dict[str, Any]] = []
        self.states: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []
        self.execution: dict[str, Any] = {}
        self._endpoint: dict[str, Any] = {}
        self._env: Any = None
        aws.journal.listeners.append(self._hear)

    def _now(self) -> str:
        return text_of(self._aws.clock.now())

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear of every call, and of every state that is entered."""
        call, enter = BaseClient._make_api_call, CommonStateField._eval_body  # type: ignore[attr-defined] # private, and not in the stubs

        def calling(client: Any, operation: str, members: Any) -> Any:
            answer = call(client, operation, members)
            self._take_call(client.meta.service_model.service_name, operation, members)
            return answer

        def entering(state: Any, env: Any) -> None:
            if state.name in STATES:
                self._take_state(state.name, env)
            enter(state, env)

        with (
            mock.patch.object(BaseClient, "_make_api_call", calling),
            mock.patch.object(CommonStateField, "_eval_body", entering),
        ):
            yield

    def _take_call(self, service: str, operation: str, members: Any) -> None:
        if service in {"sagemaker", "cloudwatch"} and not operation.startswith(READS):
            function = running_function()
            call = {
                "At": self._now(),
                "By": self._logical_id(function.name) if function else "a person",
                "Service": service,
                "Operation": operation,
                "Members": members,
            }
            self.calls.append(json.loads(json.dumps(call)))

    def _logical_id(self, physical_id: str) -> str:
        return next(k for k, v in self._stack.resources.items() if v == physical_id)

    def _take_state(self, name: str, env: Any) -> None:
        context = env.states.context_object.context_object_data
        self._env = env
        self.execution = copy.deepcopy(dict(context["Execution"]))
        self.states.append(
            {
                "State": name,
                "At": self._now(),
                "Input": copy.deepcopy(env.states.get_input()),
                "Endpoint": self._endpoint,
                "CallsBefore": len(self.calls),
                "NotificationsBefore": len(self.told),
                "Rows": rows.read(self._aws, self._stack),
            }
        )

    def _hear(self, entry: Entry) -> None:
        if entry.kind == "endpoint":
            self._endpoint = endpoint_in(entry)
        if entry.kind == "notification" and entry.data["body"]:
            self.told.append(entry.data["body"])
        if entry.kind == "lambda_invoked" and self.states:
            function = self._logical_id(entry.data["function"])
            if function == "AwaitStageFunction" and self.states[-1]["State"] == "AwaitStage":
                self._take_sleep()

    def _take_sleep(self) -> None:
        """The rows that AwaitStage's function has changed, in which its token stands."""
        state = self.states[-1]
        token = self._env.states.context_object.context_object_data["Task"]["Token"]
        before = {rows.key_of(row): row for row in state["Rows"]}
        text = json.dumps(
            [r for r in rows.read(self._aws, self._stack) if r != before.get(rows.key_of(r))]
        )
        assert token in text
        state["RowsAsleep"] = json.loads(text.replace(token, TOKEN))
        state["NotificationsAsleep"] = len(self.told)


def endpoint_in(entry: Entry) -> dict[str, Any]:
    """What the simulated endpoint is at, as the fixture says it."""
    return {
        "Status": entry.data["status"],
        "Stage": entry.data["stage"],
        "TrafficPercent": entry.data["traffic_percent"],
        "EndpointConfigName": entry.data["config"],
    }


def record(deployment: Recorded) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Run a deployment; what stands in `deployment.json`, and what in the file of each state."""
    with EmbeddedAws() as aws:
        stack = deploy(aws.world, ROOT / "template.yaml", deployment.parameters)
        recorder = Recorder(aws, stack)
        with recorder.listening():
            deployment.make(aws, deployment.green)
            settle(ENDPOINT)
            traffic = {"At": text_of(aws.clock.now()), "RequestsPerSecond": REQUESTS_PER_SECOND}
            add_traffic(ENDPOINT, REQUESTS_PER_SECOND)
            aws.clock.sleep(WARM_UP_SECONDS)
            ended = run(aws, stack, deployment)
            aws.clock.sleep(5)
        body = {
            "StackParameters": dict(deployment.parameters),
            "Traffic": {"EndpointName": ENDPOINT, **traffic},
            "Calls": recorder.calls,
            "Execution": {k: recorder.execution[k] for k in ("Id", "Name", "StartTime", "Input")},
            "End": {
                **ended,
                "Notifications": recorder.told,
                "RowKeys": [list(rows.key_of(row)) for row in rows.read(aws, stack)],
                "ModelPackage": package_in(aws, deployment.request),
            },
        }
        return body, recorder.states


def run(aws: EmbeddedAws, stack: Stack, deployment: Recorded) -> dict[str, Any]:
    """Start the execution and wait for its end; how it ended."""
    states = aws.client("stepfunctions")
    arn = states.start_execution(
        stateMachineArn=stack.outputs["StateMachineArn"],
        name=deployment.name,
        input=json.dumps(deployment.request),
    )["executionArn"]
    return end_of(aws, arn)


def end_of(aws: EmbeddedAws, arn: str) -> dict[str, Any]:
    """Wait for an execution's end: its status, its error, the record."""
    ended = aws.clock.event()
    aws.journal.listeners.append(
        lambda entry: ended.set() if entry.kind == "execution_ended" else None
    )
    assert ended.wait(LONGEST_SECONDS), "The execution has not ended."
    found = aws.client("stepfunctions").describe_execution(executionArn=arn)
    return {
        "Status": found["status"],
        "Error": found.get("error"),
        "Record": json.loads(found.get("output") or found.get("cause") or "null"),
    }


def package_in(aws: EmbeddedAws, request: Any) -> dict[str, Any] | None:
    """What the model registry says of the package that a request names."""
    if request.get("ModelPackageArn") != PACKAGE:
        return None
    found = aws.client("sagemaker").describe_model_package(ModelPackageName=PACKAGE)
    cycle = found.get("ModelLifeCycle", {})
    return {
        "ModelApprovalStatus": found["ModelApprovalStatus"],
        "ModelLifeCycle": {k: cycle[k] for k in ("Stage", "StageStatus") if k in cycle},
        "CustomerMetadataProperties": found.get("CustomerMetadataProperties", {}),
    }


def write(path: Path, body: Any) -> None:
    """JSON that a person can read and a diff can show."""
    text = json.dumps(body, indent=2, sort_keys=True, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def main(release: str) -> None:
    """Write the folder of a release."""
    for deployment in DEPLOYMENTS:
        body, states = record(deployment)
        folder = HERE / release / deployment.name
        folder.mkdir(parents=True)
        write(folder / "deployment.json", body)
        for number, state in enumerate(states, 1):
            write(folder / f"{number:02}-{state['State']}.json", state)
    shutil.copy(WORKFLOW, HERE / release)


if __name__ == "__main__":
    main(*sys.argv[1:])
