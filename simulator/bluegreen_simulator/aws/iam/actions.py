"""Which IAM actions each call needs, and on which resources.

From the Service Authorization Reference. SageMaker's ARNs hold names in lower case.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Call = Mapping[str, Any]
"""The parameters of a call."""

_Arns = Callable[[str, Call], list[str]]
"""The ARNs that a call is about, from `region:account` and its parameters; none: no matter."""


@dataclass(frozen=True)
class Action:
    """An IAM action that a call needs on each of some resources; `keys` are of its request."""

    name: str
    arns_of: _Arns
    keys: Mapping[str, str] = field(default_factory=dict)


def _sagemaker(kind: str, member: str) -> _Arns:
    return lambda where, call: [f"arn:aws:sagemaker:{where}:{kind}/{call[member].lower()}"]


def _member(name: str) -> _Arns:
    """The ARN that a member of the call is, if it is given."""
    return lambda _, call: [call[name]] if name in call else []


def _everything(_where: str, _call: Call) -> list[str]:
    """Of an action that takes no resource."""
    return ["*"]


def _both(first: _Arns, second: _Arns) -> _Arns:
    return lambda where, call: [*first(where, call), *second(where, call)]


def _if(member: str, arns_of: _Arns) -> _Arns:
    """The ARNs where a member of the call holds something."""
    return lambda where, call: arns_of(where, call) if call.get(member) else []


# ---- The ARNs of each service --------------------------------------------------------------


def _model_package(where: str, call: Call) -> list[str]:
    name: str = call["ModelPackageName"]
    return [name if name.startswith("arn:") else f"arn:aws:sagemaker:{where}:model-package/{name}"]


def _parameter(where: str, call: Call) -> list[str]:
    return [f"arn:aws:ssm:{where}:parameter/{call['Name'].removeprefix('/')}"]


def _function(where: str, call: Call) -> list[str]:
    name: str = call["FunctionName"]
    return [name if name.startswith("arn:") else f"arn:aws:lambda:{where}:function:{name}"]


def _object(_where: str, call: Call) -> list[str]:
    return [f"arn:aws:s3:::{call['Bucket']}/{call['Key']}"]


def _queue(where: str, call: Call) -> list[str]:
    return [f"arn:aws:sqs:{where}:{call['QueueUrl'].rpartition('/')[2]}"]


def _alarm(where: str, call: Call) -> list[str]:
    return [f"arn:aws:cloudwatch:{where}:alarm:{call['AlarmName']}"]


def _named_alarms(where: str, call: Call) -> list[str]:
    return [f"arn:aws:cloudwatch:{where}:alarm:{name}" for name in call["AlarmNames"]]


def _unless_composite(arns_of: _Arns, member: str) -> _Arns:
    """Composite alarms are shown only to who may see all alarms (API, DescribeAlarms)."""
    return lambda where, call: (
        ["*"]
        if "CompositeAlarm" in call.get("AlarmTypes", []) or member not in call
        else arns_of(where, call)
    )


def _table(where: str, call: Call) -> list[str]:
    return [_table_arn(where, call["TableName"])]


def _table_arn(where: str, name: str) -> str:
    return name if name.startswith("arn:") else f"arn:aws:dynamodb:{where}:table/{name}"


def _table_or_index(where: str, call: Call) -> list[str]:
    (table,) = _table(where, call)
    return [f"{table}/index/{call['IndexName']}" if "IndexName" in call else table]


def _tables(where: str, call: Call) -> list[str]:
    return [_table_arn(where, name) for name in call["RequestItems"]]


def _parts(member: str) -> _Arns:
    """The tables of those parts of a transaction that are such a write."""
    return lambda where, call: [
        arn
        for item in call["TransactItems"]
        if member in item
        for arn in _table(where, item[member])
    ]


# ---- The actions of each call --------------------------------------------------------------


PASSED_TO_SAGEMAKER: Final = {"iam:PassedToService": "sagemaker.amazonaws.com"}
_ENDPOINT: Final = _sagemaker("endpoint", "EndpointName")
_CONFIG: Final = _sagemaker("endpoint-config", "EndpointConfigName")
_MODEL: Final = _sagemaker("model", "ModelName")


def _creation(operation: str, made: _Arns, arns_of: _Arns | None = None) -> tuple[Action, ...]:
    """To create something: tagging it and passing its role on are actions of their own."""
    return (
        Action(f"sagemaker:{operation}", arns_of or made),
        Action("sagemaker:AddTags", _if("Tags", made), {"sagemaker:TaggingAction": operation}),
        Action("iam:PassRole", _member("ExecutionRoleArn"), PASSED_TO_SAGEMAKER),
    )


def _alarm_creation(operation: str) -> tuple[Action, ...]:
    return (
        Action(f"cloudwatch:{operation}", _alarm),
        Action("cloudwatch:TagResource", _if("Tags", _alarm)),
    )


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
    ("sagemaker", "AddTags"): _member("ResourceArn"),
    ("sagemaker", "DeleteTags"): _member("ResourceArn"),
    ("dynamodb", "GetItem"): _table,
    ("dynamodb", "Query"): _table_or_index,
    ("dynamodb", "Scan"): _table_or_index,
    ("dynamodb", "PutItem"): _table,
    ("dynamodb", "UpdateItem"): _table,
    ("dynamodb", "DeleteItem"): _table,
    ("dynamodb", "BatchGetItem"): _tables,
    ("dynamodb", "BatchWriteItem"): _tables,
    ("sns", "Publish"): _member("TopicArn"),
    ("sqs", "SendMessage"): _queue,
    ("sqs", "ChangeMessageVisibility"): _queue,
    ("ssm", "GetParameter"): _parameter,
    ("s3", "GetObject"): _object,
    ("s3", "PutObject"): _object,
    ("lambda", "Invoke"): _function,
    ("stepfunctions", "StartExecution"): _member("stateMachineArn"),
    ("stepfunctions", "ListExecutions"): _member("stateMachineArn"),
    ("stepfunctions", "DescribeExecution"): _member("executionArn"),
    ("stepfunctions", "StopExecution"): _member("executionArn"),
    ("stepfunctions", "SendTaskSuccess"): _everything,
    ("stepfunctions", "SendTaskFailure"): _everything,
    ("stepfunctions", "SendTaskHeartbeat"): _everything,
    ("cloudwatch", "DescribeAlarmHistory"): _unless_composite(_alarm, "AlarmName"),
    ("cloudwatch", "DescribeAlarms"): _unless_composite(_named_alarms, "AlarmNames"),
    ("cloudwatch", "DeleteAlarms"): _named_alarms,
    ("cloudwatch", "SetAlarmState"): _alarm,
    ("cloudwatch", "TagResource"): _member("ResourceARN"),
    ("cloudwatch", "ListTagsForResource"): _member("ResourceARN"),
    ("cloudwatch", "GetMetricData"): _everything,
    ("cloudwatch", "PutMetricData"): _everything,
    ("application-autoscaling", "DescribeScalableTargets"): _everything,
    ("service-quotas", "ListServiceQuotas"): _everything,
    ("iam", "SimulatePrincipalPolicy"): _member("PolicySourceArn"),
}
"""Calls that need one action, that of their own name or of `_NAMES`."""

_PREFIXES: Final = {"stepfunctions": "states", "service-quotas": "servicequotas"}
"""IAM's names of services, where they are not botocore's."""

_NAMES: Final = {("lambda", "Invoke"): "lambda:InvokeFunction"}
"""Actions that have another name than their call."""

ACTIONS: Final[Mapping[tuple[str, str], tuple[Action, ...]]] = {
    **{
        (service, operation): (
            Action(
                _NAMES.get((service, operation), f"{_PREFIXES.get(service, service)}:{operation}"),
                arns_of,
            ),
        )
        for (service, operation), arns_of in _PLAIN.items()
    },
    ("sagemaker", "CreateModel"): _creation("CreateModel", _MODEL),
    ("sagemaker", "CreateEndpointConfig"): _creation("CreateEndpointConfig", _CONFIG),
    ("sagemaker", "CreateEndpoint"): _creation(
        "CreateEndpoint", _ENDPOINT, _both(_ENDPOINT, _CONFIG)
    ),
    ("cloudwatch", "PutMetricAlarm"): _alarm_creation("PutMetricAlarm"),
    ("cloudwatch", "PutCompositeAlarm"): _alarm_creation("PutCompositeAlarm"),
    ("cloudwatch", "PutLogAlarm"): _alarm_creation("PutLogAlarm"),
    ("dynamodb", "TransactWriteItems"): (
        Action("dynamodb:PutItem", _parts("Put")),
        Action("dynamodb:UpdateItem", _parts("Update")),
        Action("dynamodb:DeleteItem", _parts("Delete")),
        Action("dynamodb:ConditionCheckItem", _parts("ConditionCheck")),
    ),
    ("dynamodb", "TransactGetItems"): (Action("dynamodb:GetItem", _parts("Get")),),
}
"""Operation to the IAM actions that it needs."""


def needed(service: str, operation: str, where: str, call: Call) -> Iterator[tuple[Action, str]]:
    """The actions that a call needs, each with a resource; NotImplementedError by name."""
    if (service, operation) not in ACTIONS:
        raise NotImplementedError(f"{service} {operation} is not modelled in actions.ACTIONS.")
    for action in ACTIONS[service, operation]:
        for arn in dict.fromkeys(action.arns_of(where, call)):
            yield action, arn
