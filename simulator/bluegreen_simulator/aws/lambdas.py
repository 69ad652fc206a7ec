"""Lambda: functions run in this process, each with its own environment, role and log."""

import contextlib
import importlib.util
import json
import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import boto3
from botocore.client import BaseClient
from moto.awslambda.models import LambdaFunction
from moto.awslambda_simple.models import LambdaSimpleBackend, lambda_simple_backends

from bluegreen.domain.times import to_text
from bluegreen_simulator.aws import permissions
from bluegreen_simulator.aws.replacements import ORIGINALS, replaces
from bluegreen_simulator.process import (
    FUNCTION_OUTPUT,
    RunningFunction,
    running,
    running_function,
)
from bluegreen_simulator.world import World

RETRY_AFTER_SECONDS: Final = (60, 120)
"""Between the attempts of an asynchronous invocation (Lambda Developer Guide, error handling)."""


class FunctionDied(BaseException):
    """A fault on demand: the function's process is gone."""


class RuntimeFault(Exception):
    """What Lambda's own runtime for Python reports, not the function: `name` as on AWS."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class _State:
    world: World
    handlers: dict[str, Callable[[Any, Any], Any]]


def install(world: World) -> None:
    """Begin without any warm function."""
    _State.world = world
    _State.handlers = {}


@dataclass(frozen=True)
class Result:
    """What an invocation gives: a payload, and whether it is an error's."""

    payload: Any
    failed: bool = False


@dataclass(frozen=True)
class Context:
    """What a handler is given beside the event (Lambda Developer Guide, Python context object)."""

    function_name: str
    memory_limit_in_mb: int
    invoked_function_arn: str
    aws_request_id: str
    timeout_seconds: int
    function_version: str = "$LATEST"

    def get_remaining_time_in_millis(self) -> int:
        """The whole timeout: computing takes no virtual time."""
        return 1000 * self.timeout_seconds


@replaces(
    LambdaSimpleBackend,
    "invoke",
    restores="a function runs, and its error is reported as such; moto echoes its input",
    original="1b029265c71d",
)
def _invoke(  # noqa: PLR0913, PLR0917 - moto's signature
    self: Any,  # noqa: ANN401 - moto has no types
    function_name: str,
    qualifier: str | None,
    body: Any,  # noqa: ANN401
    headers: Any,  # noqa: ANN401
    response_headers: Any,  # noqa: ANN401
) -> bytes:
    function = self.get_function(function_name, qualifier)
    event = json.loads(body) if body else {}
    if headers.get("X-Amz-Invocation-Type") == "Event":
        invoke_later(function, event)
        return b""
    result = run(function, event)
    if result.failed:
        response_headers["x-amz-function-error"] = "Unhandled"
    return json.dumps(result.payload).encode()


@replaces(
    LambdaFunction,
    "__init__",
    restores="a function keeps the log group that its LoggingConfig names",
    original="70a285222b4a",
)
def _make(self: Any, account_id: str, spec: Any, region: str, version: int = 1) -> None:  # noqa: ANN401
    ORIGINALS[LambdaFunction, "__init__"](self, account_id, spec, region, version)
    self.logs_group_name = spec.get("LoggingConfig", {}).get("LogGroup", self.logs_group_name)


@replaces(
    LambdaFunction,
    "get_configuration",
    restores="a function's configuration tells its log group",
    original="803fb04bffde",
)
def _configuration(self: Any, on_create: bool = False) -> dict[str, Any]:  # noqa: ANN401, FBT001, FBT002
    told = ORIGINALS[LambdaFunction, "get_configuration"](self, on_create)
    return {**told, "LoggingConfig": {"LogFormat": "Text", "LogGroup": self.logs_group_name}}


def invoke_later(function: LambdaFunction, event: Any) -> None:  # noqa: ANN401 - any JSON
    """Invoke asynchronously: retried when it fails, then given to the failure destination."""
    clock = _State.world.clock
    clock.spawn(partial(_attempt, function, event), f"invoke {function.function_name}")


def _attempt(function: LambdaFunction, event: Any) -> None:  # noqa: ANN401 - any JSON
    config = _invoke_config(function)
    waits = RETRY_AFTER_SECONDS[: config.get("MaximumRetryAttempts", 2)]
    result = run(function, event)
    for wait in waits:
        if not result.failed:
            return
        _State.world.clock.sleep(wait)
        result = run(function, event)
    if result.failed:
        _give_up(function, event, result, attempts=len(waits) + 1)


def _invoke_config(function: LambdaFunction) -> dict[str, Any]:
    backend = lambda_simple_backends[_State.world.account_id][_State.world.region]
    with contextlib.suppress(Exception):  # moto raises where AWS would have defaults
        config: dict[str, Any] = backend.get_function_event_invoke_config(function.function_name)
        return config
    return {}


def _give_up(function: LambdaFunction, event: Any, result: Result, *, attempts: int) -> None:  # noqa: ANN401
    """Send AWS's record of a failed asynchronous invocation to its destination, if it has one."""
    destinations = _invoke_config(function).get("DestinationConfig", {})
    queue = destinations.get("OnFailure", {}).get("Destination")
    if not queue:
        return
    record = {
        "version": "1.0",
        "timestamp": to_text(_State.world.clock.now()),
        "requestContext": {
            "functionArn": f"{function.function_arn}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": result.payload,
    }
    sqs = boto3.client("sqs", region_name=_State.world.region)
    url = sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(record))


def run(function: LambdaFunction, event: Any) -> Result:  # noqa: ANN401 - any JSON
    """Run the function's handler once, in the calling task."""
    world = _State.world
    began = world.clock.now()
    with running(_running(function)):
        result = _outcome(function, json.loads(json.dumps(event)))
    took = (world.clock.now() - began).total_seconds()
    if took > function.timeout:
        message = f"Task timed out after {function.timeout}.00 seconds"
        result = Result({"errorType": "Sandbox.Timedout", "errorMessage": message}, failed=True)
    world.journal.write(
        world.clock.now(),
        "lambda_invoked",
        function=function.function_name,
        error=result.payload["errorType"] if result.failed else None,
        message=result.payload["errorMessage"] if result.failed else None,
    )
    return result


def _running(function: LambdaFunction) -> RunningFunction:
    world = _State.world
    environment = {
        "AWS_ACCESS_KEY_ID": "embedded",
        "AWS_SECRET_ACCESS_KEY": "embedded",
        "AWS_SESSION_TOKEN": "embedded",
        "AWS_REGION": world.region,
        "AWS_DEFAULT_REGION": world.region,
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        **function.environment_vars,
    }

    def log(line: str) -> None:
        world.journal.write(world.clock.now(), "log", function=function.function_name, line=line)

    return RunningFunction(function.function_name, function.role, environment, log)


def _outcome(function: LambdaFunction, event: Any) -> Result:  # noqa: ANN401 - any JSON
    context = Context(
        function.function_name,
        function.memory_size,
        function.function_arn,
        f"request-{len(_State.world.journal.entries)}",
        function.timeout,
    )
    try:
        return Result(_through_json(_handler(function)(event, context)))
    except FunctionDied:
        message = f"RequestId: {context.aws_request_id} Error: Runtime exited"
        return Result({"errorType": "Runtime.ExitError", "errorMessage": message}, failed=True)
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
            if isinstance(handler, logging.StreamHandler) and logger.name == "bluegreen":  # type: ignore[union-attr]
                handler.setStream(FUNCTION_OUTPUT)


@replaces(
    BaseClient,
    "_make_api_call",
    restores="a function may call only what its role allows; a fault may strike after a call",
    original="75ba491f61ff",
)
def _make_api_call(self: Any, operation_name: str, api_params: Any) -> Any:  # noqa: ANN401
    call = partial(ORIGINALS[BaseClient, "_make_api_call"], self, operation_name, api_params)
    function = running_function()
    if function is None:
        return call()
    service, world = self.meta.service_model.service_name, _State.world
    permissions.check(world, function.role_arn, service, operation_name, api_params)
    try:
        answer = call()
    except Exception as error:
        _journal_call(function, service, operation_name, type(error).__name__)
        raise
    _journal_call(function, service, operation_name, None)
    if world.faults.strike(function.name, operation_name):
        raise FunctionDied
    return answer


def _journal_call(
    function: RunningFunction, service: str, operation: str, error: str | None
) -> None:
    world = _State.world
    world.journal.write(
        world.clock.now(),
        "api_call",
        function=function.name,
        service=service,
        operation=operation,
        error=error,
    )
