"""Lambda's API: functions are made, keep their log group, and run when they are invoked."""

import json
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.awslambda_simple.models import LambdaSimpleBackend

from bluegreen_simulator.aws import (
    api_faults,
    api_gaps,  # noqa: F401 - its replacement is registered
    function_calls,
    lambda_events,
    lambda_runtime,
)
from bluegreen_simulator.aws.replacements import ORIGINALS, replaces
from bluegreen_simulator.world import World


def install(world: World) -> None:
    """Begin without any warm function."""
    lambda_runtime.install(world)
    lambda_events.install(world)
    function_calls.install(world)
    api_faults.install(world)


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
        lambda_events.invoke_later(function, event)
        return b""
    result = lambda_runtime.run(function, event)
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
