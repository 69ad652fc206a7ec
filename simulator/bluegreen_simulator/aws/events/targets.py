"""EventBridge's targets: an event is sent, retried, and finally put into the dead-letter queue."""

import contextlib
import json
from collections.abc import Mapping
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError
from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda_simple.models import lambda_simple_backends

from bluegreen_simulator.aws.iam.authorization import is_allowed
from bluegreen_simulator.aws.iam.conditions import Keys
from bluegreen_simulator.aws.iam.principals import EVENTS, Role
from bluegreen_simulator.aws.iam.sending import refusal
from bluegreen_simulator.aws.iam.statements import Asked
from bluegreen_simulator.aws.iam.trust import is_made, may_assume
from bluegreen_simulator.aws.lambda_ import asynchronous
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.rules.faults.kinds import ApiError

MOST_RETRIES: Final = 185
LONGEST_AGE_SECONDS: Final = 86_400
"""The two limits of a target without a RetryPolicy (EventBridge User Guide, event retry policy)."""

LONGEST_WAIT_SECONDS: Final = 480
"""Between two attempts; before, the wait doubles from one second on.

AWS says "exponential back off and jitter" and no more. Assumed: no jitter, and such a bound that
185 attempts take about a day.
"""

LASTING: Final = frozenset({ApiError.DENIED, ApiError.KEY_DISABLED})
"""What EventBridge does not try again (EventBridge User Guide, event retry policy)."""

CODES: Final = {
    ApiError.THROTTLING: "THROTTLING",
    ApiError.INTERNAL: "ERROR_FROM_TARGET",
    ApiError.UNAVAILABLE: "ERROR_FROM_TARGET",
    ApiError.TIMEOUT: "TIMEOUT",
    ApiError.DENIED: "NO_PERMISSIONS",
    ApiError.KEY_DISABLED: "NO_PERMISSIONS",
}
"""ERROR_CODE of a dead letter; which of its codes AWS uses for which failure is assumed."""


class DeliveryError(Exception):
    """A target did not take an event; `code` as in dead letters; `passing`: it may yet."""

    def __init__(self, code: str, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.passing = passing


class _State:
    world: World


def install(world: World) -> None:
    """Deliver in this world."""
    _State.world = world


def deliver(rule: Any, target: Mapping[str, Any], event: Mapping[str, Any]) -> None:  # noqa: ANN401
    """Send the event to the target, as often as its RetryPolicy has it; in a task of its own."""
    body, clock, retries = _input(target, event), _State.world.clock, 0
    began = clock.now()
    while True:
        try:
            return _send(rule, target, body)
        except DeliveryError as error:
            wait = min(2**retries, LONGEST_WAIT_SECONDS)
            age = (clock.now() - began).total_seconds()
            limit = _limit_reached(target.get("RetryPolicy", {}), retries, age + wait)
            if limit or not error.passing:
                told = {"EXHAUSTED_RETRY_CONDITION": limit, "RETRY_ATTEMPTS": str(retries)}
                return _bury(rule, target, event, error, told if error.passing else {})
        clock.sleep(wait)
        retries += 1


def _limit_reached(policy: Mapping[str, int], retries: int, age: float) -> str:
    """The limit that forbids another attempt at that age; the event is buried at once (assumed)."""
    if retries >= policy.get("MaximumRetryAttempts", MOST_RETRIES):
        return "MaximumRetryAttempts"
    if age > policy.get("MaximumEventAgeInSeconds", LONGEST_AGE_SECONDS):
        return "MaximumEventAgeInSeconds"
    return ""


def _input(target: Mapping[str, Any], event: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    for member in ("InputPath", "InputTransformer"):
        if target.get(member):
            raise NotImplementedError(f"{member} of a rule's target is not modelled.")
    return json.loads(target["Input"]) if target.get("Input") else event


def _send(rule: Any, target: Mapping[str, Any], event: Any) -> None:  # noqa: ANN401 - any JSON
    arn, body = target["Arn"], json.dumps(event)
    name = arn.rpartition(":")[2]
    match arn.split(":")[2]:
        case "lambda":
            _may_call("lambda", "Invoke", name)
            _send_to_function(rule, name, event)
        case "sqs":
            _may_call("sqs", "SendMessage")
            _send_to_queue(rule, name, body)
        case "sns":
            _may_call("sns", "Publish")
            _send_to_topic(rule, arn, body)
        case "states":
            _may_call("stepfunctions", "StartExecution")
            _start_machine(rule, target, body)
        case other:
            raise NotImplementedError(f"A target of {other} is not modelled.")


def _may_call(service: str, operation: str, function: str = "") -> None:
    """DeliveryError when a fault says that the target's service does not take the call."""
    world = _State.world
    fault = world.faults.on_call(service, operation, function, world.clock.now())
    if fault:
        message = f"{operation} of {service} fails: {fault.error}"
        raise DeliveryError(CODES[fault.error], message, passing=fault.error not in LASTING)


def _call(service: str, operation: str, **params: Any) -> Any:  # noqa: ANN401 - any of boto3's
    client = boto3.client(service, region_name=_State.world.region)  # type: ignore[call-overload] # its name is not a literal
    try:
        return getattr(client, operation)(**params)
    except ClientError as error:
        raise DeliveryError("NO_RESOURCE", str(error)) from error


def _send_to_queue(rule: Any, name: str, body: str, **members: Any) -> None:  # noqa: ANN401 - likewise
    url = _call("sqs", "get_queue_url", QueueName=name)["QueueUrl"]
    _require(rule, f"arn:aws:sqs:{_where()}:{name}")
    _call("sqs", "send_message", QueueUrl=url, MessageBody=body, **members)


def _send_to_topic(rule: Any, arn: str, body: str) -> None:  # noqa: ANN401 - moto has no types
    _call("sns", "get_topic_attributes", TopicArn=arn)
    _require(rule, arn)
    _call("sns", "publish", TopicArn=arn, Message=body)


def _start_machine(rule: Any, target: Mapping[str, Any], body: str) -> None:  # noqa: ANN401 - likewise
    """As the role of the target, which has to trust EventBridge if it was made here."""
    arn, role = target["Arn"], target.get("RoleArn", "")
    _call("stepfunctions", "describe_state_machine", stateMachineArn=arn)
    if not (role and _may_start(role, arn, rule)):
        raise DeliveryError("NO_PERMISSIONS", f"The target's role may not start {arn}.")
    _call("stepfunctions", "start_execution", stateMachineArn=arn, input=body)


def _may_start(role: str, arn: str, rule: Any) -> bool:  # noqa: ANN401 - moto has no types
    if not is_made(_State.world, role):
        return True
    asked = Asked("states:StartExecution", arn)
    trusted = may_assume(_State.world, EVENTS, role, _keys(rule))
    return trusted and is_allowed(_State.world, Role(role), asked)


def _require(rule: Any, arn: str) -> None:  # noqa: ANN401 - moto has no types
    """DeliveryError unless the topic or queue, and its key, let the rule send there."""
    refused = refusal(_State.world, EVENTS, arn, _keys(rule))
    if refused:
        raise DeliveryError("NO_PERMISSIONS", refused)


def _keys(rule: Any) -> Keys:  # noqa: ANN401 - moto has no types
    """For which rule EventBridge asks."""
    return Keys.of({"aws:SourceArn": rule.arn, "aws:SourceAccount": _State.world.account_id})


def _where() -> str:
    return f"{_State.world.region}:{_State.world.account_id}"


def _send_to_function(rule: Any, name: str, event: Any) -> None:  # noqa: ANN401 - any JSON
    backend = lambda_simple_backends[_State.world.account_id][_State.world.region]
    try:
        function = backend.get_function(name)
    except UnknownFunctionException as error:
        raise DeliveryError("NO_RESOURCE", f"There is no function {name}.") from error
    asked = Asked("lambda:InvokeFunction", function.function_arn, _keys(rule))
    if not is_allowed(_State.world, EVENTS, asked):
        raise DeliveryError("NO_PERMISSIONS", f"The rule may not invoke {name}.")
    asynchronous.invoke_later(function, event)


def _bury(
    rule: Any,  # noqa: ANN401 - moto has no types
    target: Mapping[str, Any],
    event: Mapping[str, Any],
    error: DeliveryError,
    exhausted: Mapping[str, str],
) -> None:
    """Send the event to the target's dead-letter queue, if there is one, with what went wrong.

    It is lost where there is no such queue, or where its policy or its key does not let the rule.
    """
    queue = target.get("DeadLetterConfig", {}).get("Arn", "")
    attributes = {
        "RULE_ARN": rule.arn,
        "TARGET_ARN": target["Arn"],
        "ERROR_CODE": error.code,
        "ERROR_MESSAGE": str(error),
        **exhausted,
    }
    typed = {
        name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
    }
    if queue:
        with contextlib.suppress(DeliveryError):
            name = queue.rpartition(":")[2]
            _send_to_queue(rule, name, json.dumps(event), MessageAttributes=typed)
            _State.world.journal.write(_State.world.clock.now(), "dead_letter", queue=name)
