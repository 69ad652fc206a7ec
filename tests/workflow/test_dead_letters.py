"""What lands in the two dead-letter queues of the stack says by itself whose it is."""

import json
from collections.abc import Mapping
from typing import Any, Final

from bluegreen_simulator.aws.events.bus import emit
from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.rules.faults.kinds import ApiError, ApiFault, FaultPlan, Window
from registry_account import ROOT, Registry, running_registry

FUNCTIONS: Final = {
    "RelayEndpointEventFunction": "EndpointEvent",
    "RelayAlarmEventFunction": "AlarmEvent",
    "RelayApprovalEventFunction": "ApprovalEvent",
}
"""Each function that a rule calls, and its event's name in the template."""

SAMPLES: Final = ("endpoint-state-change", "alarm-state-change", "model-package-state-change")
LONG: Final = 7200
"""Seconds in which every retry has come to its end."""


def sample(name: str) -> Mapping[str, Any]:
    body: Mapping[str, Any] = json.loads((ROOT / f"events/{name}.json").read_text("utf-8"))
    return body


def failing(*services: str) -> Faults:
    """All calls of these services fail, until after the last retry."""
    apis = tuple(ApiFault(s, ApiError.THROTTLING, window=Window(0, LONG - 60)) for s in services)
    return Faults(FaultPlan(apis=apis))


def send_one_of_each(registry: Registry) -> None:
    for name in SAMPLES:
        body = sample(name)
        emit(body["source"], body["detail-type"], body["detail"], body["resources"])
    registry.sleep(LONG)


def messages(registry: Registry, queue: str) -> list[dict[str, Any]]:
    client = registry.aws.client("sqs")
    found: list[dict[str, Any]] = client.receive_message(
        QueueUrl=registry.stack.resources[queue],
        MessageAttributeNames=["All"],
        MaxNumberOfMessages=10,
    ).get("Messages", [])
    return found


def arns_of(registry: Registry) -> dict[str, str]:
    """Of each function its own ARN, by that of its rule."""
    functions, rules = registry.aws.client("lambda"), registry.aws.client("events")
    return {
        rules.describe_rule(Name=registry.stack.resources[f"{function}{event}"])["Arn"]: (
            functions.get_function_configuration(FunctionName=registry.stack.resources[function])
        )["FunctionArn"]
        for function, event in FUNCTIONS.items()
    }


def test_what_was_not_delivered_names_its_rule_and_its_function() -> None:
    with running_registry(faults=failing("lambda")) as registry:
        send_one_of_each(registry)
        found = [m["MessageAttributes"] for m in messages(registry, "UndeliveredEventsQueue")]
        told = {a["RULE_ARN"]["StringValue"]: a["TARGET_ARN"]["StringValue"] for a in found}
        assert told == arns_of(registry)
        assert messages(registry, "UnprocessedEventsQueue") == []


def test_what_was_not_processed_names_its_function_and_holds_the_event() -> None:
    with running_registry(faults=failing("dynamodb", "sagemaker")) as registry:
        send_one_of_each(registry)
        bodies = [json.loads(m["Body"]) for m in messages(registry, "UnprocessedEventsQueue")]
        functions = {body["requestContext"]["functionArn"] for body in bodies}
        assert functions == {f"{arn}:$LATEST" for arn in arns_of(registry).values()}
        kinds = {sample(name)["detail-type"] for name in SAMPLES}
        assert {body["requestPayload"]["detail-type"] for body in bodies} == kinds
        assert messages(registry, "UndeliveredEventsQueue") == []
