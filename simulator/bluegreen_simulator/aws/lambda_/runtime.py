"""Lambda's runtime: a handler runs in this process, with environment, role, log and timeout."""

import importlib.util
import json
import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, SupportsIndex

from moto.awslambda.models import LambdaFunction

from bluegreen_simulator.aws.lambda_ import handlers, logs
from bluegreen_simulator.aws.lambda_.log_lines import TIMED_OUT
from bluegreen_simulator.aws.lambda_.process import (
    FUNCTION_OUTPUT,
    RunningFunction,
    running,
    running_function,
)
from bluegreen_simulator.aws.world import World

FOREVER: Final = float("inf")


class FunctionDied(BaseException):
    """A fault on demand: the function's process is gone."""


class FunctionTimedOut(BaseException):
    """The function's timeout has passed, and its process is gone."""


class RuntimeFault(Exception):
    """What Lambda's own runtime for Python reports, not the function: `name` as on AWS."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class _State:
    world: World
    handlers: dict[str, Callable[[Any, Any], Any]]
    sleep: Callable[[float | SupportsIndex], None]


def install(world: World) -> None:
    """Begin without any warm function; nobody sleeps beyond a function's timeout."""
    _State.world = world
    _State.handlers = {}
    logs.install(world)
    _State.sleep = time.sleep  # noqa: TID251 - the clock's, which puts the real one back
    time.sleep = _sleep_of_process  # noqa: TID251 - likewise


@dataclass
class Invocation(RunningFunction):
    """A function while it runs, until its deadline; `read_timeout` is of the client that calls."""

    deadline: datetime
    read_timeout: float = 0


def sleep(seconds: float) -> None:
    """Sleep in virtual time; FunctionTimedOut when the function that sleeps has less left."""
    clock, function = _State.world.clock, running_function()
    if isinstance(function, Invocation):
        left = (function.deadline - clock.now()).total_seconds()
        if seconds > left:
            clock.sleep(left)
            raise FunctionTimedOut
    clock.sleep(seconds)


def hang() -> None:
    """Do nothing until the timeout of the function that runs has passed."""
    sleep(FOREVER)


def _sleep_of_process(seconds: float | SupportsIndex) -> None:
    if running_function() is None:
        _State.sleep(seconds)
    else:
        sleep(float(seconds))


@dataclass(frozen=True)
class Result:
    """What an invocation gives: a payload, whether it is an error's, and its log."""

    payload: Any
    failed: bool = False
    log: tuple[str, ...] = ()


@dataclass(frozen=True)
class Context:
    """What a handler is given beside the event (Lambda Developer Guide, Python context object)."""

    function_name: str
    memory_limit_in_mb: int
    invoked_function_arn: str
    aws_request_id: str
    timeout_seconds: int
    log_group_name: str
    log_stream_name: str
    function_version: str = "$LATEST"

    def get_remaining_time_in_millis(self) -> int:
        """The whole timeout: computing takes no virtual time."""
        return 1000 * self.timeout_seconds


def run(function: LambdaFunction, event: Any) -> Result:  # noqa: ANN401 - any JSON
    """Run the function's handler once, in the calling task."""
    world = _State.world
    began = world.clock.now()
    log = logs.begin(function)
    with running(_invocation(function, log)):
        result = _outcome(function, json.loads(json.dumps(event)), log)
    if (world.clock.now() - began).total_seconds() > function.timeout:  # in whom it invoked itself
        result = _timed_out(function)
    log.end(result.payload if result.failed else None)
    world.journal.write(
        world.clock.now(),
        "lambda_invoked",
        function=function.function_name,
        error=result.payload["errorType"] if result.failed else None,
        message=result.payload["errorMessage"] if result.failed else None,
        seconds=(world.clock.now() - began).total_seconds(),
    )
    return replace(result, log=tuple(log.lines))


def _timed_out(function: LambdaFunction) -> Result:
    message = f"Task timed out after {function.timeout}.00 seconds"
    return _killed(function, TIMED_OUT, message)


def _killed(function: LambdaFunction, error: str, message: str) -> Result:
    renew(function)
    return Result({"errorType": error, "errorMessage": message}, failed=True)


def renew(function: LambdaFunction) -> None:
    """Its process is gone; the next run finds a new one, with nothing in its memory."""
    _State.handlers.pop(function.function_name, None)
    logs.forget_environment(function)


def _invocation(function: LambdaFunction, log: logs.Log) -> Invocation:
    world = _State.world
    environment = {
        "AWS_ACCESS_KEY_ID": "embedded",
        "AWS_SECRET_ACCESS_KEY": "embedded",
        "AWS_SESSION_TOKEN": "embedded",
        "AWS_REGION": world.region,
        "AWS_DEFAULT_REGION": world.region,
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_LOG_GROUP_NAME": log.group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log.stream,
        **function.environment_vars,
    }
    deadline = world.clock.now() + timedelta(seconds=function.timeout)
    return Invocation(function.function_name, function.role, environment, log.line, deadline)


def _outcome(function: LambdaFunction, event: Any, log: logs.Log) -> Result:  # noqa: ANN401 - any JSON
    context = Context(
        function.function_name,
        function.memory_size,
        function.function_arn,
        log.run.request_id,
        function.timeout,
        log.group,
        log.stream,
    )
    try:
        if _State.world.faults.hangs(function.function_name):
            hang()
        return Result(_through_json(_handler(function)(event, context)))
    except FunctionTimedOut:
        return _timed_out(function)
    except FunctionDied:
        message = f"RequestId: {context.aws_request_id} Error: Runtime exited"
        return _killed(function, "Runtime.ExitError", message)
    except RuntimeFault as error:
        return Result({"errorType": error.name, "errorMessage": str(error)}, failed=True)
    except Exception as error:  # noqa: BLE001 - whatever a function raises is its result
        payload = {"errorMessage": str(error), "errorType": type(error).__name__}
        trace = traceback.format_tb(error.__traceback__)
        return Result({**payload, "stackTrace": trace}, failed=True)


def _through_json(answer: Any) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(json.dumps(answer))
    except TypeError as error:
        message = f"Unable to marshal response: {error}"
        raise RuntimeFault("Runtime.MarshalError", message) from error


def _handler(function: LambdaFunction) -> Callable[[Any, Any], Any]:
    """The function's handler, from a module of its own: no other function shares its globals."""
    refused = handlers.refusal(_State.world, function.handler)
    if refused:  # before anything of its module is even looked for
        raise RuntimeFault("NotImplemented", refused)
    name = function.function_name
    if name not in _State.handlers:
        module_name, _, attribute = function.handler.rpartition(".")
        module = _fresh_module(module_name)
        if not hasattr(module, attribute):
            message = f"Handler '{attribute}' missing on module '{module_name}'"
            raise RuntimeFault("Runtime.HandlerNotFound", message)
        _State.handlers[name] = getattr(module, attribute)
        _redirect_logs()
    return _State.handlers[name]


def _fresh_module(name: str) -> Any:  # noqa: ANN401 - a module
    try:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            raise ImportError(f"No module named '{name}'")  # noqa: TRY301 - as import itself would
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except ImportError as error:
        message = f"Unable to import module '{name}': {error}"
        raise RuntimeFault("Runtime.ImportModuleError", message) from error
    return module


def _redirect_logs() -> None:
    """Let every logger that was made to print, print to the log of the running function."""
    for logger in list(logging.Logger.manager.loggerDict.values()):
        for handler in getattr(logger, "handlers", []):
            if isinstance(handler, logging.StreamHandler) and logger.name == "bluegreen":  # type: ignore[union-attr] # only loggers have handlers
                handler.setStream(FUNCTION_OUTPUT)
