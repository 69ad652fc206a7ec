"""Step Functions: a workflow that starts another, and waits for its end where it says so."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback,
    state_task_service_sfn,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
    ResourceCondition,
)

from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.aws.step_functions import executions
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces
from bluegreen_simulator.time.clock import Event

DOCUMENTS: Final = frozenset({"input", "output"})
"""Members of an execution that are its own JSON, whose names stay as they are."""


class _State:
    world: World


def install(world: World) -> None:
    """Wait on the world's clock."""
    _State.world = world


@replaces(
    state_task_service_sfn.StateTaskServiceSfn,
    "_eval_service_task",
    restores="startExecution starts another workflow: moto passes the names of the state on",
    original="dc94f9e92201",
)
def _start(
    self: Any,  # noqa: ANN401 - moto has no types
    env: Any,  # noqa: ANN401
    resource_runtime_part: Any,  # noqa: ANN401
    normalised_parameters: Mapping[str, Any],
    state_credentials: Any,  # noqa: ANN401
) -> None:
    start = ORIGINALS[state_task_service_sfn.StateTaskServiceSfn, "_eval_service_task"]
    call = as_called(normalised_parameters)
    start(self, env, resource_runtime_part, call, state_credentials)
    if self.resource.condition in (ResourceCondition.Sync, ResourceCondition.Sync2):
        parent = env.states.context_object.context_object_data["Execution"]["Id"]
        role, child = env.aws_execution_details.role_arn, env.stack[-1]["executionArn"]
        executions.note_awaited(parent, role, child)
        executions.require(_State.world, role, "DescribeExecution", {"executionArn": child})


@replaces(
    state_task_service_sfn.StateTaskServiceSfn,
    "_normalise_response",
    restores="what a workflow learns of another has capital letters, and times as numbers",
    original="00e0b0a50b1d",
)
def _normalise_response(
    self: Any,  # noqa: ANN401 - moto has no types
    response: Any,  # noqa: ANN401
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    del self, boto_service_name, service_action_name
    if isinstance(response, dict):
        shown = as_shown(response)
        response.clear()
        response.update(shown)


def as_called(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a state as the API takes them: `StateMachineArn` is `stateMachineArn`."""
    return {f"{name[0].lower()}{name[1:]}": value for name, value in parameters.items()}


def as_shown(body: Mapping[str, Any]) -> dict[str, Any]:
    """A member of the API as a state shows it: `executionArn` is `ExecutionArn`."""
    return {f"{name[0].upper()}{name[1:]}": _shown(name, value) for name, value in body.items()}


def _shown(name: str, value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    return as_shown(value) if isinstance(value, dict) and name.lower() not in DOCUMENTS else value


@replaces(
    state_task_service_callback.StateTaskServiceCallback,
    "_eval_sync",
    restores="a workflow that waits for another one's end does so in virtual time",
    original="b8f76de4d514",
)
def _wait(
    self: Any,  # noqa: ANN401 - moto has no types
    env: Any,  # noqa: ANN401
    sync_resolver: Callable[[], Any],
    **_: object,
) -> Any:  # noqa: ANN401 - likewise
    del self
    with _ends() as some_end:
        found = sync_resolver()
        while env.is_running() and not found:
            some_end.wait()
            some_end.clear()
            found = sync_resolver()
    return found


@contextmanager
def _ends() -> Iterator[Event]:
    """Set whenever some execution ends. How soon AWS tells a workflow that waits is not known."""
    world = _State.world
    ended = world.clock.event()

    def listen(entry: Entry) -> None:
        if entry.kind == "execution_ended":
            ended.set()

    world.journal.listeners.append(listen)
    try:
        yield ended
    finally:
        world.journal.listeners.remove(listen)
