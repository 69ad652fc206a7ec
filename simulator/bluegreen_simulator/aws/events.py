"""EventBridge: events of AWS and of users, matched by rules, delivered to their targets."""

import json
from collections.abc import Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, Final

import boto3
from moto.awslambda_simple.models import lambda_simple_backends
from moto.events.models import Rule, events_backends
from moto.moto_api._internal import mock_random

from bluegreen.domain.times import to_text
from bluegreen_simulator.aws import lambdas
from bluegreen_simulator.aws.replacements import replaces
from bluegreen_simulator.world import World

DELIVERY_SECONDS: Final = 1
"""From event to target; AWS publishes no figure (assumed)."""


class DeliveryError(Exception):
    """A target did not take an event; `code` as in EventBridge's dead letters."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class _State:
    world: World


def install(world: World) -> None:
    """Deliver in this world."""
    _State.world = world


def emit(source: str, detail_type: str, detail: Mapping[str, Any], resources: list[str]) -> None:
    """Send an event of AWS itself to the default bus, unless a fault drops it."""
    world = _State.world
    dropped = world.faults.drop_events
    world.journal.write(
        world.clock.now(),
        "event",
        source=source,
        detail_type=detail_type,
        detail=dict(detail),
        dropped=dropped,
    )
    if dropped:
        return
    event = {
        "version": "0",
        "id": str(mock_random.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": world.account_id,
        "time": _seconds(world.clock.now()),
        "region": world.region,
        "resources": resources,
        "detail": dict(detail),
    }
    bus = events_backends[world.account_id][world.region].describe_event_bus("default")
    for rule in bus.rules.values():
        _match(rule, event)


def _seconds(moment: datetime) -> str:
    return to_text(moment).partition(".")[0] + "Z"


@replaces(
    Rule,
    "send_to_targets",
    restores="events reach Lambda, Step Functions, SNS and SQS, a moment later",
    original="472e002e2dab",
)
def _send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:  # noqa: ANN401, FBT001, FBT002
    del transform_input
    event = {**original_event, "time": _seconds(_State.world.clock.now())}
    _match(self, event)


def _match(rule: Any, event: Mapping[str, Any]) -> None:  # noqa: ANN401 - moto has no types
    if rule.state != "ENABLED" or not rule.event_pattern.matches_event(event):
        return
    for target in rule.targets:
        deliver = partial(_deliver, rule, target, event)
        _State.world.clock.call_later(DELIVERY_SECONDS, deliver, f"deliver to {target['Id']}")


def _deliver(rule: Any, target: Mapping[str, Any], event: Mapping[str, Any]) -> None:  # noqa: ANN401
    try:
        _send(rule, target, _input(target, event))
    except DeliveryError as error:
        _bury(rule, target, event, error)


def _input(target: Mapping[str, Any], event: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    for member in ("InputPath", "InputTransformer"):
        if target.get(member):
            raise NotImplementedError(f"{member} of a rule's target is not modelled.")
    return json.loads(target["Input"]) if target.get("Input") else event


def _send(rule: Any, target: Mapping[str, Any], event: Any) -> None:  # noqa: ANN401 - any JSON
    arn, region = target["Arn"], _State.world.region
    name = arn.rpartition(":")[2]
    match arn.split(":")[2]:
        case "lambda":
            _send_to_function(rule, name, event)
        case "sqs":
            sqs = boto3.client("sqs", region_name=region)
            url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps(event))
        case "sns":
            sns = boto3.client("sns", region_name=region)
            sns.publish(TopicArn=arn, Message=json.dumps(event))
        case "states":
            states = boto3.client("stepfunctions", region_name=region)
            states.start_execution(stateMachineArn=arn, input=json.dumps(event))
        case other:
            raise NotImplementedError(f"A target of {other} is not modelled.")


def _send_to_function(rule: Any, name: str, event: Any) -> None:  # noqa: ANN401 - any JSON
    backend = lambda_simple_backends[_State.world.account_id][_State.world.region]
    function = backend.get_function(name)
    if not any(_allows(statement, rule.arn) for statement in function.policy.statements):
        raise DeliveryError("NO_PERMISSIONS", f"The rule may not invoke {name}.")
    lambdas.invoke_later(function, event)


def _allows(statement: Mapping[str, Any], rule_arn: str) -> bool:
    """Whether a statement of a function's policy lets the rule invoke it."""
    condition = statement.get("Condition") or {"ArnLike": {"AWS:SourceArn": "*"}}
    return (
        statement["Action"] == "lambda:InvokeFunction"
        and statement["Principal"] == {"Service": "events.amazonaws.com"}
        and fnmatchcase(rule_arn, condition["ArnLike"]["AWS:SourceArn"])
    )


def _bury(
    rule: Any,  # noqa: ANN401 - moto has no types
    target: Mapping[str, Any],
    event: Mapping[str, Any],
    error: DeliveryError,
) -> None:
    """Send the event to the target's dead-letter queue, with EventBridge's message attributes."""
    queue = target.get("DeadLetterConfig", {}).get("Arn")
    if not queue:
        return
    attributes = {
        "RULE_ARN": rule.arn,
        "TARGET_ARN": target["Arn"],
        "ERROR_CODE": error.code,
        "ERROR_MESSAGE": str(error),
    }
    sqs = boto3.client("sqs", region_name=_State.world.region)
    url = sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
    sqs.send_message(
        QueueUrl=url,
        MessageBody=json.dumps(event),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    )
