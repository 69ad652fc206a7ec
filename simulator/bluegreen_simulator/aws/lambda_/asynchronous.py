"""Lambda's asynchronous invocations: retried when they fail, given up after a while."""

import contextlib
import json
from datetime import timedelta
from functools import partial
from typing import Any, Final

import boto3
from moto.awslambda.models import LambdaFunction
from moto.awslambda_simple.models import lambda_simple_backends

from bluegreen.contract.times import to_text
from bluegreen_simulator.aws.lambda_ import roles
from bluegreen_simulator.aws.lambda_.runtime import Result, run
from bluegreen_simulator.aws.world import World

RETRY_AFTER_SECONDS: Final = (60, 120)
LONGEST_AGE_SECONDS: Final = 21_600
"""Between the attempts, and how old an event may become before the next one.

Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation".
"""


class _State:
    world: World


def install(world: World) -> None:
    """Wait on this world's clock."""
    _State.world = world


def invoke_later(function: LambdaFunction, event: Any) -> None:  # noqa: ANN401 - any JSON
    """Invoke asynchronously: retried when it fails, then given to the failure destination."""
    clock = _State.world.clock
    clock.spawn(partial(_attempt, function, event), f"invoke {function.function_name}")


def _attempt(function: LambdaFunction, event: Any) -> None:  # noqa: ANN401 - any JSON
    config, clock = _invoke_config(function), _State.world.clock
    waits = RETRY_AFTER_SECONDS[: config.get("MaximumRetryAttempts", 2)]
    oldest = clock.now() + timedelta(
        seconds=config.get("MaximumEventAgeInSeconds", LONGEST_AGE_SECONDS)
    )
    result, attempts, condition = run(function, event), 1, "RetriesExhausted"
    for wait in waits:
        if not result.failed:
            return
        if clock.now() + timedelta(seconds=wait) > oldest:
            condition = "EventAgeExceeded"
            break
        clock.sleep(wait)
        result, attempts = run(function, event), attempts + 1
    if result.failed:
        _give_up(function, event, result, condition, attempts)


def _invoke_config(function: LambdaFunction) -> dict[str, Any]:
    backend = lambda_simple_backends[_State.world.account_id][_State.world.region]
    with contextlib.suppress(Exception):  # moto raises where AWS would have defaults
        config: dict[str, Any] = backend.get_function_event_invoke_config(function.function_name)
        return config
    return {}


def _give_up(
    function: LambdaFunction,
    event: Any,  # noqa: ANN401 - any JSON
    result: Result,
    condition: str,
    attempts: int,
) -> None:
    """Send AWS's record of a failed asynchronous invocation to its destination, if it has one.

    It is lost where the function's role, or the queue's key, does not let it.
    """
    destinations = _invoke_config(function).get("DestinationConfig", {})
    queue = destinations.get("OnFailure", {}).get("Destination")
    if not queue or roles.refusal_to_send(function.role, queue):
        return
    record = {
        "version": "1.0",
        "timestamp": to_text(_State.world.clock.now()),
        "requestContext": {
            "functionArn": f"{function.function_arn}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": result.payload,
    }
    sqs, name = boto3.client("sqs", region_name=_State.world.region), queue.rpartition(":")[2]
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(record))
    _State.world.journal.write(_State.world.clock.now(), "dead_letter", queue=name)
