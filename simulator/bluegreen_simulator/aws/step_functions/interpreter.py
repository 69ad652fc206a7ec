"""Step Functions: moto's interpreter of the Amazon States Language, on the virtual clock."""

import copy
import json
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from moto.core.exceptions import AWSError
from moto.stepfunctions import models
from moto.stepfunctions.exceptions import InvalidToken
from moto.stepfunctions.parser import models as parser_models
from moto.stepfunctions.parser.asl.component import eval_component
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.eval.callback import callback
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramRunning, ProgramStopped
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.stepfunctions.parser.backend.execution import (
    BaseExecutionWorkerCommunication,
    Execution,
)

from bluegreen.contract.times import to_text
from bluegreen_simulator.aws.step_functions import jsonata
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces
from bluegreen_simulator.time.clock import Event

if TYPE_CHECKING:
    from bluegreen_simulator.time.tasks import Task

INTERPRETER: Final = "moto.stepfunctions.parser"
EVALUATOR: Final = jsonata
"""The module that registers how JSONata is evaluated."""


class _State:
    world: World


class TaskTimedOut(AWSError):  # type: ignore[misc] # moto has no types
    """The task that a token stands for is over."""

    TYPE = "TaskTimedOut"
    STATUS = 400


def install(world: World) -> None:
    """Let the interpreter run on the world's clock."""
    _State.world = world
    models.stepfunctions_backends = parser_models.stepfunctions_parser_backends
    put_threads_on_the_clock()


class VirtualThread:
    """`threading.Thread`, as far as the interpreter uses it: a task of the virtual clock."""

    def __init__(
        self,
        target: Callable[..., object],
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        name: str = "state",
        *,
        daemon: bool = True,
    ) -> None:
        del daemon  # Every task ends with its clock.
        self._function = lambda: target(*args, **(kwargs or {}))
        self._name = name
        self._task: Task | None = None

    def start(self) -> None:
        """Run when its turn comes."""
        self._task = _State.world.clock.spawn(self._function, self._name)

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""
        assert self._task is not None
        self._task.join(timeout)

    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._task is not None and not self._task.done


class VirtualThreading:
    """The module `threading`, as far as the interpreter uses it."""

    Thread = VirtualThread
    Lock = threading.Lock
    RLock = threading.RLock

    @staticmethod
    def Event() -> Event:  # noqa: N802 - the name in `threading`
        """A flag to wait for in virtual time."""
        return _State.world.clock.event()


def put_threads_on_the_clock() -> int:
    """Give the interpreter's modules our threads and events; how many modules use them."""
    ours = {
        id(threading): VirtualThreading,
        id(threading.Thread): VirtualThread,
        id(threading.Event): VirtualThreading.Event,
    }
    changed = 0
    for module in [m for name, m in sys.modules.items() if name.startswith(INTERPRETER)]:
        names = [name for name, value in vars(module).items() if id(value) in ours]
        for name in names:
            setattr(module, name, ours[id(getattr(module, name))])
        changed += any(value in ours.values() for value in vars(module).values() if callable(value))
    return changed


def _original(owner: Any, name: str) -> Any:  # noqa: ANN401 - a piece of moto
    return ORIGINALS[owner, name]


@replaces(
    CommonStateField,
    "_eval_body",
    restores="entering a state is seen (journal: state_entered)",
    original="035f80caae12",
)
def _enter_state(self: Any, env: Any) -> None:  # noqa: ANN401 - moto has no types
    world, context = _State.world, env.states.context_object.context_object_data
    world.journal.write(
        world.clock.now(),
        "state_entered",
        execution=context["Execution"]["Name"],
        state=self.name,
        input=copy.deepcopy(env.states.get_input()),
    )
    _original(CommonStateField, "_eval_body")(self, env)


@replaces(
    BaseExecutionWorkerCommunication,
    "terminated",
    restores="a text as output is JSON, a stop has its error; the end is seen (execution_ended)",
    original="360372a6a57b",
)
def _terminated(self: Any) -> None:  # noqa: ANN401 - moto has no types
    self._reflect_execution_status()
    world, execution = _State.world, self.execution
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


@replaces(
    Execution,
    "get_start_execution_details",
    restores="an execution's StartTime in the context object is a text",
    original="d2b1067cddcc",
)
def _start_execution_details(self: Any) -> Any:  # noqa: ANN401 - moto has no types
    details = _original(Execution, "get_start_execution_details")(self)
    details.start_time = to_text(details.start_time)
    return details


@replaces(
    parser_models.StepFunctionsParserBackend,
    "start_execution",
    restores="an execution without a name gets a UUID as its name",
    original="0f8d9dd57baf",
)
def _start_execution(
    self: Any,  # noqa: ANN401
    state_machine_arn: str,
    name: str | None = None,
    execution_input: str | None = None,
    trace_header: Any = None,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    start = _original(parser_models.StepFunctionsParserBackend, "start_execution")
    return start(self, state_machine_arn, name or str(uuid4()), execution_input, trace_header)


@replaces(
    callback.CallbackEndpoint,
    "interrupt_all",
    restores="an answer to a task that is over is refused with TaskTimedOut",
    original="d5b1c5de4a0b",
)
def _interrupt_all(self: Any) -> None:  # noqa: ANN401 - moto has no types
    self.report(callback.CallbackConsumerTimeout())
    _original(callback.CallbackEndpoint, "interrupt_all")(self)


def _answer(backend: Any, token: str, deliver: Callable[[Any], bool]) -> None:  # noqa: ANN401
    """Deliver an answer to whoever sleeps on the token, in whichever execution."""
    for execution in backend._get_executions():  # noqa: SLF001 - moto has no other way
        environment = execution.exec_worker.env
        pool = environment and environment.callback_pool_manager
        if not pool or pool.get(token) is None:
            continue
        if not environment.is_running() or pool.get(token).consumer_error is not None:
            raise TaskTimedOut("Task Timed Out: 'Provided task does not exist anymore'")
        deliver(pool)
        return
    raise InvalidToken("'Invalid token'")


@replaces(
    parser_models.StepFunctionsParserBackend,
    "send_task_success",
    restores="a token is refused once its task or its execution is over",
    original="2e95c66f0d67",
)
def _send_task_success(self: Any, task_token: str, outcome: str) -> None:  # noqa: ANN401
    success = callback.CallbackOutcomeSuccess(callback_id=task_token, output=outcome)
    _answer(self, task_token, lambda pool: pool.notify(callback_id=task_token, outcome=success))


@replaces(
    parser_models.StepFunctionsParserBackend,
    "send_task_failure",
    restores="a token is refused once its task or its execution is over",
    original="2d5a9597cf1d",
)
def _send_task_failure(
    self: Any,  # noqa: ANN401
    task_token: str,
    error: str | None = None,
    cause: str | None = None,
) -> None:
    failure = callback.CallbackOutcomeFailure(callback_id=task_token, error=error, cause=cause)
    _answer(self, task_token, lambda pool: pool.notify(callback_id=task_token, outcome=failure))


def _free_sleepers(env: Any) -> None:  # noqa: ANN401 - moto has no types
    pool = env.callback_pool_manager._pool  # noqa: SLF001 - moto has no other way
    for endpoint in list(pool.values()):
        endpoint.interrupt_all()


@replaces(
    Environment,
    "set_stop",
    restores="StopExecution ends a task that sleeps on its token",
    original="163c10d46b1c",
)
def _set_stop(self: Any, stop_date: Any, cause: str | None, error: str | None) -> None:  # noqa: ANN401
    _original(Environment, "set_stop")(self, stop_date, cause, error)
    _free_sleepers(self)


@replaces(
    Environment,
    "set_timed_out",
    restores="the state machine's own timeout ends a task that sleeps on its token",
    original="853b04bf9e6a",
)
def _set_timed_out(self: Any) -> None:  # noqa: ANN401 - moto has no types
    _original(Environment, "set_timed_out")(self)
    _free_sleepers(self)


@replaces(
    Environment,
    "set_error",
    restores="an execution that was stopped stays ABORTED, whatever its task says then",
    original="6447409d4056",
)
def _set_error(self: Any, error: Any) -> None:  # noqa: ANN401 - moto has no types
    if isinstance(self.program_state(), ProgramRunning):
        _original(Environment, "set_error")(self, error)


@cache
def _parse(definition: str) -> Any:  # noqa: ANN401 - moto has no types
    return _original(AmazonStateLanguageParser, "parse")(definition)


replaces(
    AmazonStateLanguageParser,
    "parse",
    restores="nothing of AWS: a definition is parsed once, which takes tens of milliseconds",
    original="a59a7d18760f",
)(staticmethod(_parse))


@replaces(
    eval_component.EvalComponent,
    "_log_exception",
    restores="nothing of AWS: moto prints the whole program for each error, read or not",
    original="2125c07bc2ee",
)
def _log_exception(self: Any, exception: Exception) -> None:  # noqa: ANN401 - moto has no types
    del self, exception


@replaces(
    eval_component.EvalComponent,
    "_log_failure_event_exception",
    restores="nothing of AWS: likewise",
    original="7d7aa73b14ee",
)
def _log_failure_event_exception(self: Any, failure_event_exception: Exception) -> None:  # noqa: ANN401
    del self, failure_event_exception


@cache
def _client(region: str, service: str) -> Any:  # noqa: ANN401 - a boto3 client
    return _original(boto_client, "boto_client_for")(region, service)


for _module in (boto_client, lambda_eval_utils):

    @replaces(
        _module,
        "boto_client_for",
        restores="nothing of AWS: making a client for each task takes tens of milliseconds",
        original="1f44dc2ac8aa",
    )
    def _client_for(region: str, service: str, state_credentials: Any = None) -> Any:  # noqa: ANN401
        del state_credentials
        return _client(region, service)
