"""The JSON Schemas of requests and of policy documents, made from the shapes that check them.

They accept everything that the check accepts. The check knows more than JSON Schema can say: what
exists in the account, and how many whole instances a percentage makes.
"""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from bluegreen.contract.json_shape import (
    Choice,
    Flag,
    ListOf,
    Number,
    Shape,
    Structure,
    Text,
    Whole,
    WordOrList,
)
from bluegreen.registry.group_policy import DOCUMENT
from bluegreen.request.request import ONLY_WITH_PACKAGE, REQUEST, STARTED_BY
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
    "EndpointName": "The endpoint to update.",
    "EndpointConfigName": "The endpoint config that the endpoint should serve, the green one."
    " Required unless ModelPackageArn is given.",
    "ModelPackageArn": "An approved model package to deploy, instead of EndpointConfigName. The"
    " green endpoint config is a clone of the live one with a new model.",
    "VariantName": "The variant whose model is replaced. Required if the endpoint has several.",
    "OnRollback": "What happens to the model package if the deployment is rolled back. The default"
    " is REJECT_MODEL_PACKAGE in the policy of a group, and ANNOTATE in a request. A package is"
    " rejected only if the policy of its group names the endpoint and the alarm.",
    "OnRejection": "What happens if a person rejects the model package while it is deployed: abort"
    " the deployment, or only tell of it. The default is TELL.",
    "KeepModelLifeCycle": "Whether to leave the ModelLifeCycle of model packages to the team that"
    " sets it. The default is false: bluegreen writes there how the deployment ended.",
    "DeploymentConfig": "The deployment policy and its alarms, as UpdateEndpoint takes them.",
    "DeploymentConfigName": "A policy by its name, for example Canary10Percent5Minutes, instead of"
    " a policy in DeploymentConfig. DeploymentConfig can then hold alarms only.",
    "BlueGreenUpdatePolicy": "A second fleet takes over the traffic, in one step or several.",
    "TrafficRoutingConfiguration": "How the traffic shifts to the green fleet.",
    "TrafficRoutingConfiguration.Type": "All at once, one canary before the rest, or equal steps.",
    "TrafficRoutingConfiguration.WaitIntervalInSeconds": "How long each step bakes, except the last"
    " one.",
    "CanarySize": "The first step of CANARY, at most 50 percent of the fleet.",
    "LinearStepSize": "Each step of LINEAR, 10 to 50 percent of the fleet.",
    "TerminationWaitInSeconds": "How long the last step bakes before the blue fleet is deleted.",
    "MaximumExecutionTimeoutInSeconds": "After how long SageMaker rolls back. The default is the"
    " sum of the waits, plus an hour for each fleet or batch, or more if its start timeouts allow"
    " more.",
    "RollingUpdatePolicy": "The instances are replaced in batches, one batch after another.",
    "RollingUpdatePolicy.WaitIntervalInSeconds": "How long each batch bakes, including the last"
    " one.",
    "MaximumBatchSize": "The size of a batch, 5 to 50 percent of the fleet.",
    "RollbackMaximumBatchSize": "The size of a batch in a rollback. The default is the whole"
    " fleet.",
    "Type": "Whether Value is a number of instances or a percentage of the fleet.",
    "Value": "The number of instances, or the percentage.",
    "AutoRollbackConfiguration": "What makes SageMaker roll the deployment back.",
    "Alarms": "CloudWatch alarms of the endpoint's account and Region. If one of them goes into"
    " ALARM, SageMaker rolls back.",
    "AlarmName": "The name of a metric alarm.",
    "RetainDeploymentConfig": "Whether to use the policy and the alarms of the endpoint's last"
    " update again, instead of DeploymentConfig or DeploymentConfigName. The default is false.",
    "Guardrails": "What must hold of the green fleet. bluegreen makes alarms of it: Default or"
    " Strict, which allow a little more than blue does, None, or a list of limits.",
    "Metric": "Invocation5XXErrors, Invocation4XXErrors or ModelLatency.",
    "MaxRate": "The greatest part of green's requests that may end in the error, for example 0.01.",
    "Percentile": "The percentile of ModelLatency that is limited. The default is 90.",
    "MaxMilliseconds": "What that percentile may be at most.",
    "MaxRatioToBlue": "What it may be at most, as so many times blue's.",
    "NotEnoughData": "What to do if the guardrails had too little data to judge the green fleet:"
    " nothing, warn, or roll back. The default is WARN.",
    "RetainAllVariantProperties": "Whether the variants keep their instance counts and weights. The"
    " default is true.",
    "ExcludeRetainedVariantProperties": "Properties that are taken from the new endpoint config"
    " although RetainAllVariantProperties is true.",
    "VariantPropertyType": "A property of the variants that is not retained.",
    "OnBusy": "What to do if another deployment of the endpoint is running: end REJECTED, wait"
    " until it has ended, or abort it and wait. The default is REJECT. SUPERSEDE works only where"
    " the stack allows it.",
    "QueueTimeoutSeconds": "With OnBusy QUEUE: after how many seconds of waiting to end REJECTED."
    " The default is 28800.",
    "ApprovedAt": "When the model package was approved. Its place in the queue goes by it: the"
    " newest approval is deployed. Deployments that an approval starts have it.",
    "RequestedBy": "Who asks for the deployment, as free text. Shown as claimed.",
    "Reason": "Why, as free text. Shown as claimed.",
    "AllowFindings": "Ids of ERROR findings to accept. Each becomes a WARNING.",
    STARTED_BY: "The execution of another workflow that starts this one, as Step Functions has such"
    " a workflow say. Shown as claimed.",
    "DryRun": "Whether to only check and plan, and deploy nothing. In the policy of a group each"
    " approval is only rehearsed.",
}
"""By member, or by structure and member if one name has two meanings."""


def request_schema() -> JsonSchema:
    """The schema of a request, in draft 2020-12."""
    title = "A request for a deployment by bluegreen"
    return _document(title, REQUEST) | _policies() | _target()


def policy_schema() -> JsonSchema:
    """The schema of a policy document, in draft 2020-12."""
    title = "A deployment policy of a model package group for bluegreen"
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


def _schema_of(shape: Shape, name: str) -> JsonSchema:  # noqa: PLR0911 - a case for each shape
    match shape:
        case Text():
            return _text(shape) | RULES.get(name, {})
        case Choice():
            return {"enum": list(shape.values)} | RULES.get(name, {})
        case Whole():
            most = {} if shape.most is None else {"maximum": shape.most}
            return {"type": "integer", "minimum": shape.least} | most
        case Number():
            return {"type": "number", "minimum": shape.least, "maximum": shape.most}
        case WordOrList():
            return {"anyOf": [_schema_of(shape.word, name), _schema_of(shape.items, name)]}
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
    """One policy at most; nothing that only makes sense with something that is not there."""
    policy = {"anyOf": [{"required": [policy]} for policy in POLICIES]}
    alarms_only = {"properties": {"DeploymentConfig": {"not": policy}}}
    others = ("DeploymentConfig", "DeploymentConfigName")
    no_other: JsonSchema = {"properties": dict.fromkeys(others, False)}
    none_excluded = {"properties": {"ExcludeRetainedVariantProperties": {"maxItems": 0}}}
    return {
        "allOf": [
            _when({"required": ["DeploymentConfigName"]}, alarms_only),
            _when(_is("RetainDeploymentConfig", True), no_other),  # noqa: FBT003 - JSON
            _when(_is("RetainAllVariantProperties", False), none_excluded),  # noqa: FBT003 - JSON
            _when({"required": ["QueueTimeoutSeconds"]}, _is("OnBusy", "QUEUE")),
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
}
"""What is asked beyond the shape of a member, by its name."""


if __name__ == "__main__":
    print(text(sys.argv[1]), end="")  # noqa: T201 - what it is run for
