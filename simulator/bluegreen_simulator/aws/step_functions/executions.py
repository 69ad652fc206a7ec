"""Step Functions: executions, from their start to their end, which is at once when it comes."""

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final, NamedTuple
from uuid import uuid4

from botocore.exceptions import ClientError
from moto.stepfunctions.exceptions import (
    ExecutionDoesNotExist,
    InvalidExecutionInput,
    ValidationException,
)
from moto.stepfunctions.parser import models as parser_models
from moto.stepfunctions.parser.api import (
    ExecutionAbortedEventDetails,
    ExecutionTimedOutEventDetails,
    HistoryEventType,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped
from moto.stepfunctions.parser.backend.execution import (
    BaseExecutionWorkerCommunication,
    Execution,
)
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from bluegreen.contract.text import is_nested_deeper
from bluegreen.contract.times import to_text
from bluegreen_simulator.aws.iam.permissions import check
from bluegreen_simulator.aws.iam.trust import is_made
from bluegreen_simulator.aws.step_functions import threads
from bluegreen_simulator.aws.step_functions.sizes import LARGEST, size_of
from bluegreen_simulator.aws.step_functions.status_events import emit_status_change
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.constraints import summary
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces
from bluegreen_simulator.time.clock import current_task
from bluegreen_simulator.time.tasks import Task

RUNNING: Final = "RUNNING"
KEPT_FOR: Final = timedelta(days=90)
"""How long an execution can be seen after its end (Step Functions service quotas)."""

DEEPEST_INPUT: Final = 3000
"""Levels of nesting that an execution's input may have; assumed, and all that Python can follow."""

_TOO_LONG: Final = f"Member must have length less than or equal to {LARGEST}"
TOO_LONG: Final = summary([f"Value at 'input' failed to satisfy constraint: {_TOO_LONG}"])
"""As AWS says it of any member that is too long; it does not repeat what is sensitive."""


class _State:
    world: World
    awaited: "dict[str, _Waiting]"


def install(world: World) -> None:
    """Run in this world."""
    _State.world = world
    _State.awaited = {}


class _Waiting(NamedTuple):
    """Who waits for an execution: another one, in a task of it, as a role allows."""

    parent: str
    role: str
    task: Task | None


def note_awaited(parent: str, role: str, child: str) -> None:
    """An execution waits, in the task that runs, for another one; both by their ARNs.

    That one is stopped with the execution, or with its branch that waits.
    """
    _State.awaited[child] = _Waiting(parent, role, current_task())


@replaces(
    Execution,
    "get_start_execution_details",
    restores="an execution's StartTime in the context object is a text",
    original="d2b1067cddcc",
)
def _start_execution_details(self: Any) -> Any:  # noqa: ANN401 - moto has no types
    details = ORIGINALS[Execution, "get_start_execution_details"](self)
    details.start_time = to_text(details.start_time)
    return details


@replaces(
    parser_models.StepFunctionsParserBackend,
    "start_execution",
    restores="without a name it gets a UUID; a bad name or input is refused; after 90 days a name"
    " is free",
    original="0f8d9dd57baf",
)
def _start_execution(
    self: Any,  # noqa: ANN401
    state_machine_arn: str,
    name: str | None = None,
    execution_input: str | None = None,
    trace_header: Any = None,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    start = ORIGINALS[parser_models.StepFunctionsParserBackend, "start_execution"]
    forget_what_is_old(self)
    if name:
        self._validate_name(name)
    if execution_input is not None:
        _require_input(execution_input)
    return start(self, state_machine_arn, name or str(uuid4()), execution_input, trace_header)


def _require_input(text: str) -> None:
    """Refuse what is too much, no JSON, or (ours) nested too deeply to be followed."""
    if size_of(text) > LARGEST:
        raise ValidationException(TOO_LONG)
    if is_nested_deeper(text, DEEPEST_INPUT):
        raise InvalidExecutionInput(f"The input is nested deeper than {DEEPEST_INPUT} levels.")
    try:
        json.loads(text)
    except ValueError as error:
        raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from error


@replaces(
    ExecutionWorker,
    "start",
    restores="an execution has tasks of its own, which end with it; an event tells its start",
    original="0b502dd3a4e5",
)
def _start_worker(self: Any) -> None:  # noqa: ANN401 - moto has no types
    execution = self._execution_communication.execution
    threads.begin(self._execution_logic, "execution", execution)
    emit_status_change(execution)


def forget_what_is_old(backend: Any) -> None:  # noqa: ANN401 - moto has no types
    """Let executions go that ended 90 days ago; nobody knows their names any more."""
    oldest = _State.world.clock.now() - KEPT_FOR
    for machine in backend.state_machines:
        machine.executions[:] = [
            one for one in machine.executions if one.stop_date is None or one.stop_date > oldest
        ]


def let_begin(execution: Any) -> None:  # noqa: ANN401 - moto has no types
    """Give one that was just started its turn, so that it has a history and can be stopped."""
    if execution.exec_worker.env is None:
        _State.world.clock.sleep(0)


def stop(execution: Any, error: str | None = None, cause: str | None = None) -> None:  # noqa: ANN401
    """End an execution at once, whatever its state does; a function that runs for it goes on.

    One that has ended stays as it is.
    """
    clock = _State.world.clock
    let_begin(execution)
    if execution.status == RUNNING:
        execution.stop(stop_date=clock.now(), error=error, cause=cause)
        details = ExecutionAbortedEventDetails(error=error, cause=cause)
        told = EventDetails(executionAbortedEventDetails=details)
        _end(execution, HistoryEventType.ExecutionAborted, told)
        execution.exec_worker._execution_communication.terminated()  # noqa: SLF001 - moto has no other way


def _end(execution: Any, kind: HistoryEventType, details: EventDetails) -> None:  # noqa: ANN401
    """Write the last event of its history, and end what it does."""
    environment = execution.exec_worker.env
    environment.event_history_context.source_event_id = 0
    environment.event_manager.add_event(environment.event_history_context, kind, details)
    environment.event_manager.is_complete = True
    threads.end_all_of(execution, current_task())
    _stop_awaited(execution.exec_arn)


def stop_what_these_await(tasks: Iterable[Task]) -> None:
    """Stop the executions that tasks waited for, whose branch or iteration was ended."""
    ended = set(tasks)
    _stop_all([child for child, who in _State.awaited.items() if who.task in ended])


def _stop_awaited(parent: str) -> None:
    """Stop what an execution waited for."""
    _stop_all([child for child, who in _State.awaited.items() if who.parent == parent])


def _stop_all(children: Iterable[str]) -> None:
    """Stop them, as StopExecution does; what has ended, or the role does not let stop, goes on.

    (Developer Guide, "Run a Job (.sync)": when an execution is stopped, or another branch or
    iteration fails, Step Functions tries to cancel what a task has started and waits for.)
    """
    world = _State.world
    backend = parser_models.stepfunctions_parser_backends[world.account_id][world.region]
    for child in children:
        role = _State.awaited.pop(child).role
        with suppress(ClientError, ExecutionDoesNotExist):
            require(world, role, "StopExecution", {"executionArn": child})
            stop(backend.describe_execution(child))


def require(world: World, role: str, operation: str, call: dict[str, str]) -> None:
    """Raise an error as AWS does unless a role allows a call; one never made here allows all."""
    if is_made(world, role):
        check(world, role, "stepfunctions", operation, call)


@replaces(
    EventManager,
    "add_event",
    restores="nothing comes after the last event of a history",
    original="cb430fa2e3fe",
)
def _add_event(self: Any, *args: Any, **kwargs: Any) -> int:  # noqa: ANN401 - moto has no types
    if getattr(self, "is_complete", False):
        return 0
    number: int = ORIGINALS[EventManager, "add_event"](self, *args, **kwargs)
    return number


@replaces(
    Environment,
    "set_timed_out",
    restores="the state machine's own timeout ends a task that sleeps on its token",
    original="853b04bf9e6a",
)
def _set_timed_out(self: Any) -> None:  # noqa: ANN401 - moto has no types
    ORIGINALS[Environment, "set_timed_out"](self)
    task = current_task()
    if task and not self.is_frame():
        details = EventDetails(executionTimedOutEventDetails=ExecutionTimedOutEventDetails())
        _end(task.owner, HistoryEventType.ExecutionTimedOut, details)


@replaces(
    BaseExecutionWorkerCommunication,
    "terminated",
    restores="a text as output is JSON, a stop has its error; the end is seen (execution_ended)",
    original="360372a6a57b",
)
def _terminated(self: Any) -> None:  # noqa: ANN401 - moto has no types
    world, execution = _State.world, self.execution
    if execution.status != RUNNING:
        return
    self._reflect_execution_status()
    ended_as = execution.exec_worker.env.program_state()
    if isinstance(ended_as, ProgramStopped):
        execution.error, execution.cause = ended_as.error, ended_as.cause
    if isinstance(execution.output, str):
        execution.output = json.dumps(execution.output)
    world.journal.write(
        world.clock.now(),
        "execution_ended",
        execution=execution.name,
        status=execution.status,
        error=execution.error,
    )
    emit_status_change(execution)
