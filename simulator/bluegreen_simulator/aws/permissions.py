"""IAM: a function's calls are allowed by the policies of its role, or they fail as on AWS."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from botocore.exceptions import ClientError
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.models import iam_backends

from bluegreen_simulator.world import World

_Arns = Callable[[str, Mapping[str, Any]], list[str]]


def _sagemaker(kind: str, member: str) -> _Arns:
    return lambda where, call: [f"arn:aws:sagemaker:{where}:{kind}/{call[member].lower()}"]


def _table(where: str, call: Mapping[str, Any]) -> list[str]:
    return [f"arn:aws:dynamodb:{where}:table/{call['TableName']}"]


def _everything(_where: str, _call: Mapping[str, Any]) -> list[str]:
    """Of an action that takes no resource."""
    return ["*"]


def _model_package(where: str, call: Mapping[str, Any]) -> list[str]:
    name: str = call["ModelPackageName"]
    return [name if name.startswith("arn:") else f"arn:aws:sagemaker:{where}:model-package/{name}"]


def _alarms(where: str, call: Mapping[str, Any]) -> list[str]:
    """Composite alarms are shown only to who may describe all alarms (API, DescribeAlarms)."""
    if "CompositeAlarm" in call.get("AlarmTypes", []) or "AlarmNames" not in call:
        return ["*"]
    return [f"arn:aws:cloudwatch:{where}:alarm:{name}" for name in call["AlarmNames"]]


def _both(first: _Arns, second: _Arns) -> _Arns:
    return lambda where, call: [*first(where, call), *second(where, call)]


_ENDPOINT: Final = _sagemaker("endpoint", "EndpointName")
_CONFIG: Final = _sagemaker("endpoint-config", "EndpointConfigName")

ACTIONS: Final[Mapping[tuple[str, str], tuple[str, _Arns]]] = {
    ("sagemaker", "DescribeEndpoint"): ("sagemaker:DescribeEndpoint", _ENDPOINT),
    ("sagemaker", "DescribeEndpointConfig"): ("sagemaker:DescribeEndpointConfig", _CONFIG),
    ("sagemaker", "UpdateEndpoint"): ("sagemaker:UpdateEndpoint", _both(_ENDPOINT, _CONFIG)),
    ("sagemaker", "DescribeModel"): ("sagemaker:DescribeModel", _sagemaker("model", "ModelName")),
    ("sagemaker", "DescribeModelPackage"): ("sagemaker:DescribeModelPackage", _model_package),
    ("sagemaker", "ListEndpoints"): ("sagemaker:ListEndpoints", _everything),
    ("dynamodb", "GetItem"): ("dynamodb:GetItem", _table),
    ("dynamodb", "Query"): ("dynamodb:Query", _table),
    ("dynamodb", "PutItem"): ("dynamodb:PutItem", _table),
    ("dynamodb", "UpdateItem"): ("dynamodb:UpdateItem", _table),
    ("dynamodb", "DeleteItem"): ("dynamodb:DeleteItem", _table),
    ("sns", "Publish"): ("sns:Publish", lambda _, call: [call["TopicArn"]]),
    ("stepfunctions", "SendTaskSuccess"): (
        "states:SendTaskSuccess",
        lambda where, _: [f"arn:aws:states:{where}:stateMachine:bluegreen-deployment"],
    ),
    ("cloudwatch", "DescribeAlarmHistory"): (
        "cloudwatch:DescribeAlarmHistory",
        lambda where, call: [f"arn:aws:cloudwatch:{where}:alarm:{call['AlarmName']}"],
    ),
    ("cloudwatch", "DescribeAlarms"): ("cloudwatch:DescribeAlarms", _alarms),
    ("cloudwatch", "GetMetricData"): ("cloudwatch:GetMetricData", _everything),
    ("application-autoscaling", "DescribeScalableTargets"): (
        "application-autoscaling:DescribeScalableTargets",
        _everything,
    ),
    ("service-quotas", "ListServiceQuotas"): ("servicequotas:ListServiceQuotas", _everything),
    ("iam", "SimulatePrincipalPolicy"): (
        "iam:SimulatePrincipalPolicy",
        lambda _, call: [call["PolicySourceArn"]],
    ),
    ("pricing", "GetProducts"): ("pricing:GetProducts", _everything),
}
"""Operation to IAM action and resources, from the Service Authorization Reference.

SageMaker's ARNs hold names in lower case. A task token tells its state machine to nobody but
Step Functions; there is one here.
"""


def check(
    world: World, role_arn: str, service: str, operation: str, call: Mapping[str, Any]
) -> None:
    """Raise AccessDeniedException unless the role allows the call on each of its resources."""
    for action, arn in _needed(f"{world.region}:{world.account_id}", service, operation, call):
        if not is_allowed(world, role_arn, action, arn):
            message = (
                f"User: {role_arn} is not authorized to perform: {action} on resource: {arn}"
                f" because no identity-based policy allows the {action} action"
            )
            error = {"Code": "AccessDeniedException", "Message": message}
            metadata = {"HTTPStatusCode": 400}
            answer: Any = {"Error": error, "ResponseMetadata": metadata}
            raise ClientError(answer, operation)


def _needed(
    where: str, service: str, operation: str, call: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """The actions that a call needs, each with a resource."""
    if (service, operation) not in ACTIONS:
        raise NotImplementedError(f"{service} {operation} is not modelled in permissions.ACTIONS.")
    action, arns_of = ACTIONS[service, operation]
    for arn in arns_of(where, call):
        yield action, arn


def is_allowed(world: World, role_arn: str, action: str, resource: str) -> bool:
    """Whether a policy of the role allows the action on the resource, and none denies it."""
    return decision(world, role_arn, action, resource) == "allowed"


def decision(world: World, role_arn: str, action: str, resource: str) -> str:
    """What IAM decides: `allowed`, `explicitDeny`, or `implicitDeny` where no policy says so."""
    results = {
        IAMPolicy({"policy_name": "p", "policy_document": document}).is_action_permitted(
            action, resource
        )
        for document in _documents(world, role_arn)
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
        text = document if isinstance(document, str) else json.dumps(document)
        _refuse_conditions(text)
        yield text


@cache
def _refuse_conditions(document: str) -> None:
    statements = json.loads(document)["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        if "Condition" in statement:
            raise NotImplementedError("Conditions in a role's policy are not modelled.")
