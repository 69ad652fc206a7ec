"""Lambda's API: functions are made, keep their log group, and run when they are invoked."""

import json
from typing import Any, NoReturn

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaFunction
from moto.awslambda_simple.models import LambdaSimpleBackend

from bluegreen_simulator.aws.lambda_ import asynchronous, calls, handlers, queues, roles, runtime
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces
from bluegreen_simulator.moto.unmodelled_calls import NOT_IMPLEMENTED


class _State:
    world: World


class RefusedFunction(LambdaClientError):  # type: ignore[misc] # moto has no types
    """A function that is not modelled."""

    code = NOT_IMPLEMENTED

    def __init__(self, message: str) -> None:
        super().__init__("NotImplemented", message)


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
    event = json.loads(body) if body else {}
    if headers.get("X-Amz-Invocation-Type") == "Event":
        asynchronous.invoke_later(function, event)
        return b""
    result = _run_apart(function, event)
    if result.failed:
        response_headers["x-amz-function-error"] = "Unhandled"
    return json.dumps(result.payload).encode()


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
