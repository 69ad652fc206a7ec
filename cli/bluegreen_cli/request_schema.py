"""The JSON Schemas of requests and of policy documents, made from the shapes that check them.

They refuse nothing that the check takes. What JSON Schema cannot say, only the check says:
what is there in the account, and how a percentage comes out in whole instances.
"""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from bluegreen.contract.json_shape import Choice, Flag, ListOf, Shape, Structure, Text, Whole
from bluegreen.registry.group_policy import DOCUMENT
from bluegreen.request.request import ONLY_WITH_PACKAGE, REQUEST
from bluegreen.sagemaker.deployment_config import (
    LONGEST_WAIT_SECONDS,
    PERCENT_OF_MODE,
    POLICIES,
    ROLLING,
    SIZE_OF_MODE,
)

JsonSchema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
ANY_TEXT: Final = Text(0).pattern

DESCRIPTIONS: Final = {
    "EndpointName": "The endpoint that is to be updated.",
    "EndpointConfigName": "The endpoint config that the endpoint is to serve, the green one; or"
    " give ModelPackageArn.",
    "ModelPackageArn": "An approved model package, in place of EndpointConfigName: the green config"
    " is made as the live one is, with a new model.",
    "VariantName": "The variant whose model is replaced; needed where the endpoint has several.",
    "OnRollback": "What the model registry is told when the deployment is rolled back;"
    " REJECT_MODEL_PACKAGE unless it is given.",
    "DeploymentConfig": "The policy and its alarms, as UpdateEndpoint takes them.",
    "DeploymentConfigName": "A policy by name, as Canary10Percent5Minutes, in place of one in"
    " DeploymentConfig, which may then hold alarms only.",
    "BlueGreenUpdatePolicy": "A whole second fleet takes over the traffic, in one step or more.",
    "TrafficRoutingConfiguration": "How the traffic moves to the green fleet.",
    "TrafficRoutingConfiguration.Type": "All at once, one canary before the rest, or equal steps.",
    "TrafficRoutingConfiguration.WaitIntervalInSeconds": "How long each step but the last one"
    " bakes.",
    "CanarySize": "The first step of CANARY, at most half of the fleet.",
    "LinearStepSize": "Each step of LINEAR, a tenth to a half of the fleet.",
    "TerminationWaitInSeconds": "How long the last step bakes before the blue fleet is deleted.",
    "MaximumExecutionTimeoutInSeconds": "After how long SageMaker rolls back; left out, the waits"
    " and an hour for each fleet or batch.",
    "RollingUpdatePolicy": "Batches of instances are replaced one after the other.",
    "RollingUpdatePolicy.WaitIntervalInSeconds": "How long each batch bakes, the last one too.",
    "MaximumBatchSize": "The largest batch, a twentieth to a half of the fleet.",
    "RollbackMaximumBatchSize": "The largest batch of a rollback; left out, the whole fleet.",
    "Type": "Whether Value counts instances or percent of the fleet.",
    "Value": "How many instances, or how many percent.",
    "AutoRollbackConfiguration": "What rolls the deployment back.",
    "Alarms": "CloudWatch alarms of the endpoint's account and Region; one in ALARM rolls back.",
    "AlarmName": "The name of a metric alarm.",
    "RetainAllVariantProperties": "Whether variants keep their instance counts and weights; true"
    " unless it is given.",
    "ExcludeRetainedVariantProperties": "What is taken from the new config all the same.",
    "VariantPropertyType": "A property of variants that is not retained.",
    "OnBusy": "What to do while the endpoint has another deployment; only REJECT is built yet.",
    "RequestedBy": "Who asks, in free text; shown as claimed.",
    "Reason": "Why, in free text; shown as claimed.",
    "AllowFindings": "Ids of ERROR findings that are accepted; each becomes a WARNING.",
    "DryRun": "Whether to check and plan only, and change nothing.",
}
"""By member, or by structure and member where one name means two things."""


def request_schema() -> JsonSchema:
    """The schema of a request, in draft 2020-12."""
    title = "A request for a deployment by bluegreen"
    return _document(title, REQUEST) | _policies() | _target()


def policy_schema() -> JsonSchema:
    """The schema of a policy document, in draft 2020-12."""
    title = "The policy by which bluegreen deploys the models of a model package group"
    return _document(title, DOCUMENT) | _policies()


SCHEMAS: Final[Mapping[str, Callable[[], JsonSchema]]] = {
    "request": request_schema,
    "policy": policy_schema,
}
"""By what they are for; each stands in docs/ as `<name>.schema.json`."""


def text(name: str) -> str:
    """A schema as it stands in its file."""
    return json.dumps(SCHEMAS[name](), indent=2, sort_keys=True) + "\n"


def _document(title: str, shape: Structure) -> JsonSchema:
    return {"$schema": DIALECT, "title": title} | _schema_of(shape, "")


def _schema_of(shape: Shape, name: str) -> JsonSchema:
    match shape:
        case Text():
            return _text(shape) | RULES.get(name, {})
        case Choice():
            return {"enum": list(shape.values)} | RULES.get(name, {})
        case Whole():
            most = {} if shape.most is None else {"maximum": shape.most}
            return {"type": "integer", "minimum": shape.least} | most
        case Flag():
            return {"type": "boolean"}
        case ListOf():
            bounds = {"minItems": shape.least, "maxItems": shape.most}
            return {"type": "array", "items": _schema_of(shape.item, name), **bounds}
        case Structure():
            return _structure(shape, name) | RULES.get(name, {})


def _text(shape: Text) -> JsonSchema:
    pattern = {} if shape.pattern == ANY_TEXT else {"pattern": f"^(?:{shape.pattern})$"}
    return {"type": "string", "maxLength": shape.longest} | pattern


def _structure(shape: Structure, name: str) -> JsonSchema:
    members = {
        member: _described(name, member) | _schema_of(content, member)
        for member, content in shape.members.items()
    }
    body = {"type": "object", "properties": members, "additionalProperties": False}
    return body | ({"required": list(shape.required)} if shape.required else {})


def _described(structure: str, member: str) -> JsonSchema:
    own = DESCRIPTIONS.get(f"{structure}.{member}")
    return {"description": own or DESCRIPTIONS[member]}


def _when(condition: JsonSchema, then: JsonSchema) -> JsonSchema:
    return {"if": condition, "then": then}


def _is(member: str, value: object) -> JsonSchema:
    return {"properties": {member: {"const": value}}, "required": [member]}


def _percent(bounds: tuple[int, int]) -> JsonSchema:
    least, most = bounds
    inside = {"properties": {"Value": {"minimum": least, "maximum": most}}}
    return {"allOf": [_when(_is("Type", "CAPACITY_PERCENT"), inside)]}


def _routing() -> JsonSchema:
    """Each Type with the size that it needs, and without those of others."""
    sized = [_sized(mode, size) for mode, size in SIZE_OF_MODE.items()]
    none: JsonSchema = {"properties": dict.fromkeys(SIZE_OF_MODE.values(), False)}
    return {"allOf": [_when(_is("Type", "ALL_AT_ONCE"), none), *sized]}


def _sized(mode: str, size: str) -> JsonSchema:
    others = dict.fromkeys((other for other in SIZE_OF_MODE.values() if other != size), False)
    then = {"properties": others, "required": [size, "WaitIntervalInSeconds"]}
    return _when(_is("Type", mode), then)


def _target() -> JsonSchema:
    """One thing to deploy, and what says more of a model package only with one."""
    targets = ("EndpointConfigName", "ModelPackageArn")
    return {
        "oneOf": [{"required": [target]} for target in targets],
        "dependentRequired": {member: ["ModelPackageArn"] for member in ONLY_WITH_PACKAGE},
    }


def _policies() -> JsonSchema:
    """One policy at most; nothing excluded from a retention that there is not."""
    policy = {"anyOf": [{"required": [policy]} for policy in POLICIES]}
    alarms_only = {"properties": {"DeploymentConfig": {"not": policy}}}
    none_excluded = {"properties": {"ExcludeRetainedVariantProperties": {"maxItems": 0}}}
    return {
        "allOf": [
            _when({"required": ["DeploymentConfigName"]}, alarms_only),
            _when(_is("RetainAllVariantProperties", False), none_excluded),  # noqa: FBT003 - JSON
        ]
    }


def _names() -> str:
    """The pattern of the names of policies, with their numbers' ranges."""
    percent = {mode: _number(*bounds) for mode, bounds in PERCENT_OF_MODE.items()}
    canary = f"Canary{percent['CANARY']}Percent"
    linear = f"Linear{percent['LINEAR']}PercentEvery"
    rolling = f"Rolling{percent[ROLLING]}PercentEvery"
    minutes = _number(1, LONGEST_WAIT_SECONDS // 60)
    return f"^(?:AllAtOnce|(?:{canary}|{linear}|{rolling}){minutes}Minutes?)$"


def _number(least: int, most: int) -> str:
    """A number from `least`, at most 10, to `most`, a whole number of tens, in a pattern."""
    below_ten = f"[{least}-9]|" if least < 10 else ""  # noqa: PLR2004 - of one digit
    return f"0*(?:{below_ten}[1-{most // 10 - 1}][0-9]|{most})"


RULES: Final[Mapping[str, JsonSchema]] = {
    "DeploymentConfig": {"not": {"required": list(POLICIES)}},
    "DeploymentConfigName": {"pattern": _names()},
    "TrafficRoutingConfiguration": _routing(),
    "CanarySize": _percent(PERCENT_OF_MODE["CANARY"]),
    "LinearStepSize": _percent(PERCENT_OF_MODE["LINEAR"]),
    "MaximumBatchSize": _percent(PERCENT_OF_MODE[ROLLING]),
    "RollbackMaximumBatchSize": _percent((1, 100)),
    "OnBusy": {"enum": ["REJECT"]},
}
"""What is asked beyond the shape of a member, by its name."""


if __name__ == "__main__":
    print(text(sys.argv[1]), end="")  # noqa: T201 - what it is run for
