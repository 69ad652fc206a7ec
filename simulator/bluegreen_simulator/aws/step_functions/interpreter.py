"""Step Functions: moto's interpreter of the Amazon States Language, on the virtual clock."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from antlr4.error.ErrorListener import (  # type: ignore[import-untyped] # antlr4 has no types
    ConsoleErrorListener,
)
from moto.core.exceptions import AWSError
from moto.stepfunctions import models
from moto.stepfunctions.exceptions import InvalidToken
from moto.stepfunctions.parser import models as parser_models
from moto.stepfunctions.parser.asl.component import eval_component
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk,
    state_task_service_dynamodb,
    state_task_service_events,
    state_task_service_sfn,
    state_task_service_sns,
    state_task_service_sqs,
    state_task_service_unsupported,
)
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.eval.callback import callback
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramRunning
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client

from bluegreen_simulator.aws.step_functions import (
    branches,
    catches,
    executions,
    integrations,
    jsonata,
    lists,
    log_delivery,
    machines,
    map_runs,
    nested,
    requests,
    service_errors,
    sizes,
    stops,
    threads,
)
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

REGISTERED: Final = (
    branches,
    catches,
    integrations,
    jsonata,
    lists,
    log_delivery,
    machines,
    map_runs,
    requests,
    service_errors,
    sizes,
)
"""Modules that are there for what they replace."""


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
    threads.install(world)
    executions.install(world)
    nested.install(world)
    stops.install(world)


def _original(owner: Any, name: str) -> Any:  # noqa: ANN401 - a piece of moto
    return ORIGINALS[owner, name]


@replaces(
    CommonStateField,
    "_eval_body",
    restores="entering a state is seen (journal: state_entered); a fault may stop it there",
    original="035f80caae12",
)
def _enter_state(self: Any, env: Any) -> None:  # noqa: ANN401 - moto has no types
    world, context = _State.world, env.states.context_object.context_object_data
    world.journal.write(
        world.clock.now(),
        "state_entered",
        execution=context["Execution"]["Name"],
        state=self.name,
        input=env.states.get_input(),  # which is a copy
    )
    if env.is_running() and not stops.stop_on_entering(self, env):
        _original(CommonStateField, "_eval_body")(self, env)


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


@replaces(
    ConsoleErrorListener,
    "syntaxError",
    restores="nothing of AWS: what is wrong with a definition is in the answer, not printed too",
    original="d2c12ad6def2",
)
def _print_nothing(self: Any, *_: object) -> None:  # noqa: ANN401 - antlr4 has no types
    del self


@cache
def _client(region: str, service: str) -> Any:  # noqa: ANN401 - a boto3 client
    return _original(boto_client, "boto_client_for")(region, service)


for _module in (
    boto_client,
    lambda_eval_utils,
    state_task_service_aws_sdk,
    state_task_service_dynamodb,
    state_task_service_events,
    state_task_service_sfn,
    state_task_service_sns,
    state_task_service_sqs,
    state_task_service_unsupported,
):

    @replaces(
        _module,
        "boto_client_for",
        restores="nothing of AWS: making a client for each task takes tens of milliseconds",
        original="1f44dc2ac8aa",
    )
    def _client_for(region: str, service: str, state_credentials: Any = None) -> Any:  # noqa: ANN401
        del state_credentials
        return _client(region, service)
