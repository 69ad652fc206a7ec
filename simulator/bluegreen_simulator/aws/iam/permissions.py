"""IAM: the policies of a function's role allow its calls, or the calls fail as on AWS."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from botocore.exceptions import ClientError
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.iam.models import iam_backends
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import sagemaker_backends

from bluegreen_simulator.aws.iam.conditions import RESOURCE_TAG, Keys, holds, refuse_unknown
from bluegreen_simulator.aws.world import World

_Arns = Callable[[str, Mapping[str, Any]], list[str]]
"""The ARNs that a call is about, from `region:account` and its parameters; none: no matter."""


@dataclass(frozen=True)
class Action:
    """An IAM action that a call needs on each of some resources; `keys` are of its request."""

    name: str
    arns_of: _Arns
    keys: Keys = field(default_factory=dict)


def _sagemaker(kind: str, member: str) -> _Arns:
    return lambda where, call: [f"arn:aws:sagemaker:{where}:{kind}/{call[member].lower()}"]


def _member(name: str) -> _Arns:
    """The ARN that a member of the call is, if it is given."""
    return lambda _, call: [call[name]] if name in call else []


def _table(where: str, call: Mapping[str, Any]) -> list[str]:
    return [f"arn:aws:dynamodb:{where}:table/{call['TableName']}"]


def _everything(_where: str, _call: Mapping[str, Any]) -> list[str]:
    """Of an action that takes no resource."""
    return ["*"]


def _model_package(where: str, call: Mapping[str, Any]) -> list[str]:
    name: str = call["ModelPackageName"]
    return [name if name.startswith("arn:") else f"arn:aws:sagemaker:{where}:model-package/{name}"]


def _parameter(where: str, call: Mapping[str, Any]) -> list[str]:
    return [f"arn:aws:ssm:{where}:parameter/{call['Name'].removeprefix('/')}"]


def _state_machine(where: str, _call: Mapping[str, Any]) -> list[str]:
    """A task token tells its state machine to nobody but Step Functions; there is one here."""
    return [f"arn:aws:states:{where}:stateMachine:bluegreen-deployment"]


def _alarm(where: str, call: Mapping[str, Any]) -> list[str]:
    return [f"arn:aws:cloudwatch:{where}:alarm:{call['AlarmName']}"]


def _alarms(where: str, call: Mapping[str, Any]) -> list[str]:
    """Composite alarms are shown only to who may describe all alarms (API, DescribeAlarms)."""
    if "CompositeAlarm" in call.get("AlarmTypes", []) or "AlarmNames" not in call:
        return ["*"]
    return [f"arn:aws:cloudwatch:{where}:alarm:{name}" for name in call["AlarmNames"]]


def _both(first: _Arns, second: _Arns) -> _Arns:
    return lambda where, call: [*first(where, call), *second(where, call)]


def _creation(operation: str, made: _Arns, arns_of: _Arns | None = None) -> tuple[Action, ...]:
    """To create something: tagging it and passing its role on are actions of their own."""
    return (
        Action(f"sagemaker:{operation}", arns_of or made),
        Action("sagemaker:AddTags", _if_tagged(made), {"sagemaker:TaggingAction": operation}),
        Action("iam:PassRole", _member("ExecutionRoleArn"), PASSED_TO_SAGEMAKER),
    )


def _if_tagged(made: _Arns) -> _Arns:
    return lambda where, call: made(where, call) if call.get("Tags") else []


PASSED_TO_SAGEMAKER: Final = {"iam:PassedToService": "sagemaker.amazonaws.com"}
_ENDPOINT: Final = _sagemaker("endpoint", "EndpointName")
_CONFIG: Final = _sagemaker("endpoint-config", "EndpointConfigName")
_MODEL: Final = _sagemaker("model", "ModelName")

_PLAIN: Final[Mapping[tuple[str, str], _Arns]] = {
    ("sagemaker", "DescribeEndpoint"): _ENDPOINT,
    ("sagemaker", "DescribeEndpointConfig"): _CONFIG,
    ("sagemaker", "DescribeModel"): _MODEL,
    ("sagemaker", "DescribeModelPackage"): _model_package,
    ("sagemaker", "UpdateEndpoint"): _both(_ENDPOINT, _CONFIG),
    ("sagemaker", "UpdateModelPackage"): _member("ModelPackageArn"),
    ("sagemaker", "DeleteEndpointConfig"): _CONFIG,
    ("sagemaker", "DeleteModel"): _MODEL,
    ("sagemaker", "ListEndpoints"): _everything,
    ("sagemaker", "ListEndpointConfigs"): _everything,
    ("sagemaker", "ListModels"): _everything,
    ("sagemaker", "ListTags"): _member("ResourceArn"),
    ("dynamodb", "GetItem"): _table,
    ("dynamodb", "Query"): _table,
    ("dynamodb", "PutItem"): _table,
    ("dynamodb", "UpdateItem"): _table,
    ("dynamodb", "DeleteItem"): _table,
    ("sns", "Publish"): _member("TopicArn"),
    ("ssm", "GetParameter"): _parameter,
    ("stepfunctions", "SendTaskSuccess"): _state_machine,
    ("stepfunctions", "StartExecution"): _member("stateMachineArn"),
    ("cloudwatch", "DescribeAlarmHistory"): _alarm,
    ("cloudwatch", "DescribeAlarms"): _alarms,
    ("cloudwatch", "GetMetricData"): _everything,
    ("application-autoscaling", "DescribeScalableTargets"): _everything,
    ("service-quotas", "ListServiceQuotas"): _everything,
    ("iam", "SimulatePrincipalPolicy"): _member("PolicySourceArn"),
}
"""Calls that need the one action of their own name."""

_PREFIXES: Final = {"stepfunctions": "states", "service-quotas": "servicequotas"}
"""IAM's names of services, where they are not botocore's."""

ACTIONS: Final[Mapping[tuple[str, str], tuple[Action, ...]]] = {
    **{
        (service, operation): (Action(f"{_PREFIXES.get(service, service)}:{operation}", arns_of),)
        for (service, operation), arns_of in _PLAIN.items()
    },
    ("sagemaker", "CreateModel"): _creation("CreateModel", _MODEL),
    ("sagemaker", "CreateEndpointConfig"): _creation("CreateEndpointConfig", _CONFIG),
    ("sagemaker", "CreateEndpoint"): _creation(
        "CreateEndpoint", _ENDPOINT, _both(_ENDPOINT, _CONFIG)
    ),
}
"""Operation to IAM actions and resources, from the Service Authorization Reference.

SageMaker's ARNs hold names in lower case.
"""


def check(
    world: World, role_arn: str, service: str, operation: str, call: Mapping[str, Any]
) -> None:
    """Raise AccessDeniedException unless the role allows the call on each of its resources."""
    where = f"{world.region}:{world.account_id}"
    for action, arn in _needed(where, service, operation, call):
        keys = {**action.keys, **_resource_tags(world, arn)}
        if not is_allowed(world, role_arn, action.name, arn, keys):
            raise _denied(role_arn, action.name, arn, operation)


def _denied(role_arn: str, action: str, arn: str, operation: str) -> ClientError:
    message = (
        f"User: {role_arn} is not authorized to perform: {action} on resource: {arn}"
        f" because no identity-based policy allows the {action} action"
    )
    error = {"Code": "AccessDeniedException", "Message": message}
    answer: Any = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(answer, operation)


def _needed(
    where: str, service: str, operation: str, call: Mapping[str, Any]
) -> Iterator[tuple[Action, str]]:
    """The actions that a call needs, each with a resource."""
    if (service, operation) not in ACTIONS:
        raise NotImplementedError(f"{service} {operation} is not modelled in permissions.ACTIONS.")
    for action in ACTIONS[service, operation]:
        for arn in action.arns_of(where, call):
            yield action, arn


def _resource_tags(world: World, arn: str) -> dict[str, str]:
    """The condition keys that SageMaker knows of a resource; none of one that is not there."""
    if not arn.startswith("arn:aws:sagemaker:"):
        return {}
    backend = sagemaker_backends[world.account_id][world.region]
    try:
        resource = backend._get_resource_from_arn(arn)  # noqa: SLF001 - moto has no other way
    except ValidationError:
        return {}
    return {f"{RESOURCE_TAG}{tag['Key']}": tag["Value"] for tag in resource.tags}


def is_allowed(
    world: World, role_arn: str, action: str, resource: str, keys: Keys | None = None
) -> bool:
    """Whether a policy of the role allows the action on the resource, and none denies it."""
    return decision(world, role_arn, action, resource, keys) == "allowed"


def decision(
    world: World, role_arn: str, action: str, resource: str, keys: Keys | None = None
) -> str:
    """What IAM decides: `allowed`, `explicitDeny`, or `implicitDeny` where no policy says so."""
    results = {
        IAMPolicyStatement(statement).is_action_permitted(action, resource)
        for document in _documents(world, role_arn)
        for statement in _in_force(document, keys or {})
    }
    if PermissionResult.DENIED in results:
        return "explicitDeny"
    return "allowed" if PermissionResult.PERMITTED in results else "implicitDeny"


def _documents(world: World, role_arn: str) -> Iterable[str]:
    backend = iam_backends[world.account_id]["aws"]
    role = backend.get_role(role_arn.rpartition("/")[2])
    documents = [*role.policies.values()]
    for policy in role.managed_policies.values():
        documents += [version.document for version in policy.versions if version.is_default]
    for document in documents:
        yield document if isinstance(document, str) else json.dumps(document)


def _in_force(document: str, keys: Keys) -> Iterator[Mapping[str, Any]]:
    """The statements whose condition holds, without it; the others are as if not there."""
    for statement in _statements(document):
        condition = statement.get("Condition", {})
        if holds(condition, keys):
            yield {name: part for name, part in statement.items() if name != "Condition"}


@cache
def _statements(document: str) -> tuple[dict[str, Any], ...]:
    """The statements of a policy, whose conditions can all be read."""
    found = json.loads(document)["Statement"]
    statements = tuple(found) if isinstance(found, list) else (found,)
    for statement in statements:
        refuse_unknown(statement.get("Condition", {}))
    return statements
