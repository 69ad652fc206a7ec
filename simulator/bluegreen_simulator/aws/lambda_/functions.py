"""Lambda's API: functions are made, keep their log group, and run when they are invoked."""

import base64
import json
from collections.abc import MutableMapping
from typing import Any, Final, NoReturn

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.awslambda_simple.models import LambdaSimpleBackend

from bluegreen_simulator.aws.lambda_ import (
    asynchronous,
    calls,
    handlers,
    logs,
    queues,
    roles,
    runtime,
)
from bluegreen_simulator.aws.lambda_.log_lines import tail
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces
from bluegreen_simulator.moto.unmodelled_calls import NOT_IMPLEMENTED

UPDATED: Final = frozenset(
    {
        "FunctionName",
        "Description",
        "Handler",
        "MemorySize",
        "Role",
        "Runtime",
        "Timeout",
        "VpcConfig",
        "Environment",
        "Layers",
        "LoggingConfig",
    }
)
"""The members of UpdateFunctionConfiguration that change something; moto passes over others."""


class _State:
    world: World


class RefusedFunction(LambdaClientError):  # type: ignore[misc] # moto has no types
    """A function that is not modelled."""

    code = NOT_IMPLEMENTED

    def __init__(self, message: str) -> None:
        super().__init__("NotImplemented", message)


class InvalidPayload(LambdaClientError):  # type: ignore[misc] # likewise
    """A payload that is no JSON."""

    def __init__(self, reason: str) -> None:
        message = (
            f"Could not parse request body into json: Could not parse payload into json: {reason}"
        )
        super().__init__("InvalidRequestContentException", message)


def install(world: World) -> None:
    """Begin without any warm function."""
    _State.world = world
    roles.install(world)
    runtime.install(world)
    asynchronous.install(world)
    queues.install(world)
    calls.install(world)


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
    _require_handler(function)
    roles.require_trust(function)
    event = _event(body)
    kind = headers.get("X-Amz-Invocation-Type")
    if kind == "DryRun":
        return b""
    if kind == "Event":
        asynchronous.invoke_later(function, event)
        return b""
    result = _run_apart(function, event)
    _tell(result, response_headers)
    return json.dumps(result.payload).encode()


def _event(body: str | bytes) -> Any:  # noqa: ANN401 - any JSON
    """What Invoke is given: any JSON, and nothing at all counts as {}."""
    try:
        return json.loads(body or "{}")
    except ValueError as error:  # that it is no UTF-8 is one too
        raise InvalidPayload(str(error)) from error


def _tell(result: runtime.Result, headers: MutableMapping[str, str]) -> None:
    """What the answer says beside the payload; moto leaves the log off unless it is asked for."""
    headers["x-amz-executed-version"] = "$LATEST"
    headers["x-amz-log-result"] = base64.b64encode(tail(result.log)).decode()
    if result.failed:
        headers["x-amz-function-error"] = "Unhandled"


@replaces(
    LambdaResponse,
    "invoke",
    restores="Invoke means the qualifier that is given; moto runs $LATEST whatever it is",
    original="8f68f0bf023a",
)
def _invoke_request(self: Any) -> Any:  # noqa: ANN401 - moto has no types
    qualifier = self.querystring.get("Qualifier", ["$LATEST"])[0]
    if qualifier != "$LATEST":
        raise RefusedFunction(f"Invoke with the Qualifier {qualifier} is not modelled.")
    if self.headers.get("X-Amz-Client-Context"):
        raise RefusedFunction("Invoke with a ClientContext is not modelled.")
    return ORIGINALS[LambdaResponse, "invoke"](self)


def _run_apart(function: LambdaFunction, event: Any) -> runtime.Result:  # noqa: ANN401 - any JSON
    """Run it in a task of its own, and wait for it: it goes on when nobody waits any more."""
    results: list[runtime.Result] = []
    name = f"run {function.function_name}"
    _State.world.clock.spawn(lambda: results.append(runtime.run(function, event)), name).join()
    return results[0]


@replaces(
    LambdaFunction,
    "__init__",
    restores="a role that does not trust Lambda is refused; a function keeps its LoggingConfig's"
    " log group",
    original="70a285222b4a",
)
def _make(self: Any, account_id: str, spec: Any, region: str, version: int = 1) -> None:  # noqa: ANN401
    roles.require_at_creation(spec["Role"])
    ORIGINALS[LambdaFunction, "__init__"](self, account_id, spec, region, version)
    _set_log(self, spec.get("LoggingConfig", {}))


def _set_log(function: Any, config: dict[str, str]) -> None:  # noqa: ANN401 - moto has no types
    function.logging_config = config
    function.logs_group_name = config.get("LogGroup", logs.default_group(function.function_name))


@replaces(
    LambdaFunction,
    "get_configuration",
    restores="a function's configuration tells its log group",
    original="803fb04bffde",
)
def _configuration(self: Any, on_create: bool = False) -> dict[str, Any]:  # noqa: ANN401, FBT001, FBT002
    told = ORIGINALS[LambdaFunction, "get_configuration"](self, on_create)
    return {**told, "LoggingConfig": logs.config_of(self)}


@replaces(
    LambdaFunction,
    "update_configuration",
    restores="what moto passes over is refused; the next run finds the new configuration",
    original="eca1cdec066f",
)
def _update(self: Any, config_updates: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    ignored = sorted(config_updates.keys() - UPDATED)
    if ignored:
        told = f"{', '.join(ignored)} of UpdateFunctionConfiguration"
        raise RefusedFunction(f"{told} is not modelled in the embedded AWS.")
    if "LoggingConfig" in config_updates:
        _set_log(self, config_updates["LoggingConfig"])
    runtime.renew(self)
    updated: dict[str, Any] = ORIGINALS[LambdaFunction, "update_configuration"](
        self, config_updates
    )
    return updated


def _require_handler(function: LambdaFunction) -> None:
    """Refuse to run what is not ours; anybody may make it, as people's own stacks do."""
    refused = handlers.refusal(_State.world, function.handler)
    if refused:
        raise RefusedFunction(refused)


@replaces(
    LambdaFunction,
    "invoke",
    restores="what only a container could run is refused; moto runs the code that was uploaded",
    original="dadc324f30ae",
)
def _run_in_a_container(self: Any, body: Any, headers: Any, response_headers: Any) -> NoReturn:  # noqa: ANN401
    del body, headers, response_headers
    raise NotImplementedError(
        f"To run {self.function_name} for what comes by InvokeAsync, or from a topic, a stream, a "
        "table or a log, takes a container. Use Invoke."
    )
