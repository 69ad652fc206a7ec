"""CloudFormation: the resource types of our template that moto skips, or makes without effect.

moto's own engine resolves references, conditions and the order of things; a type is a class
whose `create_from_cloudformation_json` calls the API as anybody would.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

import boto3
import yaml
from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel
from moto.iam.models import Role

from bluegreen_simulator.aws.replacements import ORIGINALS, replaces
from bluegreen_simulator.world import World


class _Type(CloudFormationModel):  # type: ignore[misc] # moto has no types
    """One resource type; `attributes` are what `Ref` and `Fn::GetAtt` give."""

    type_name: ClassVar[str] = ""

    def __init__(self, physical_id: str, attributes: Mapping[str, str] | None = None) -> None:
        self._physical_id = physical_id
        self._attributes = attributes or {}

    @property
    def physical_resource_id(self) -> str:
        return self._physical_id

    def get_cfn_attribute(self, attribute_name: str) -> str:
        return self._attributes[attribute_name]

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in {"Arn", "Name"}

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.type_name

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: Mapping[str, Any],
        account_id: str,
        region_name: str,
        **_: object,
    ) -> "_Type":
        del account_id
        return cls.create(resource_name, cloudformation_json["Properties"], region_name)

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> "_Type":
        """Make it through the API, from its properties with every reference resolved."""
        raise NotImplementedError


class StateMachine(_Type):
    """Made in the backend that executes, from a definition in S3 with its substitutions."""

    type_name = "AWS::StepFunctions::StateMachine"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> "StateMachine":
        """Make it through the API, from its properties with every reference resolved."""
        states: Any = boto3.client("stepfunctions", region_name=region)
        machine = states.create_state_machine(
            name=properties.get("StateMachineName", name),
            definition=json.dumps(_definition(properties, region)),
            roleArn=properties["RoleArn"],
            type=properties.get("StateMachineType", "STANDARD"),
            loggingConfiguration=_logging(properties["LoggingConfiguration"]),
            tracingConfiguration={"enabled": properties["TracingConfiguration"]["Enabled"]},
        )
        arn = machine["stateMachineArn"]
        return cls(arn, {"Arn": arn, "Name": arn.rpartition(":")[2]})


def _definition(properties: Mapping[str, Any], region: str) -> Any:  # noqa: ANN401 - any YAML
    location = properties["DefinitionS3Location"]
    client = boto3.client("s3", region_name=region)
    stored = client.get_object(Bucket=location["Bucket"], Key=location["Key"])
    text = stored["Body"].read().decode()
    substitutions = properties["DefinitionSubstitutions"]
    return yaml.safe_load(re.sub(r"\$\{(\w+)\}", lambda match: str(substitutions[match[1]]), text))


def _logging(configuration: Mapping[str, Any]) -> dict[str, Any]:
    destinations = [
        {"cloudWatchLogsLogGroup": {"logGroupArn": d["CloudWatchLogsLogGroup"]["LogGroupArn"]}}
        for d in configuration["Destinations"]
    ]
    return {
        "level": configuration["Level"],
        "includeExecutionData": configuration["IncludeExecutionData"],
        "destinations": destinations,
    }


class EventInvokeConfig(_Type):
    """Retries and failure destination of asynchronous invocations."""

    type_name = "AWS::Lambda::EventInvokeConfig"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> "EventInvokeConfig":
        """Make it through the API, from its properties with every reference resolved."""
        boto3.client("lambda", region_name=region).put_function_event_invoke_config(
            FunctionName=properties["FunctionName"],
            MaximumRetryAttempts=int(properties["MaximumRetryAttempts"]),
            MaximumEventAgeInSeconds=int(properties["MaximumEventAgeInSeconds"]),
            DestinationConfig=properties["DestinationConfig"],
        )
        return cls(name)


class QueuePolicy(_Type):
    """Who may send to a queue."""

    type_name = "AWS::SQS::QueuePolicy"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> "QueuePolicy":
        """Make it through the API, from its properties with every reference resolved."""
        for queue in properties["Queues"]:
            boto3.client("sqs", region_name=region).set_queue_attributes(
                QueueUrl=queue, Attributes={"Policy": json.dumps(properties["PolicyDocument"])}
            )
        return cls(name)


class Permission(_Type):
    """Who may invoke a function."""

    type_name = "AWS::Lambda::Permission"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> "Permission":
        """Make it through the API, from its properties with every reference resolved."""
        boto3.client("lambda", region_name=region).add_permission(
            FunctionName=properties["FunctionName"],
            StatementId=name,
            Action=properties["Action"],
            Principal=properties["Principal"],
            SourceArn=properties["SourceArn"],
        )
        return cls(name)


TYPES: tuple[type[_Type], ...] = (StateMachine, EventInvokeConfig, QueuePolicy, Permission)


def install(world: World) -> None:
    """Let moto's engine know our types."""
    for our_type in TYPES:
        parsing.get_model_map()[our_type.type_name] = our_type
        parsing.get_name_type_map()[our_type.type_name] = ""
    del world


@replaces(
    parsing,
    "resource_class_from_type",
    restores="a type that nobody knows fails the stack; moto leaves it out with a warning",
    original="ca766bc34c19",
)
def _class_of(resource_type: str) -> Any:  # noqa: ANN401 - moto has no types
    found = ORIGINALS[parsing, "resource_class_from_type"](resource_type)
    if found is None:
        raise NotImplementedError(f"{resource_type} is not modelled in the embedded AWS.")
    return found


def _create_role(cls: Any, name: str, body: Any, *where: str, **more: Any) -> Any:  # noqa: ANN401
    create = ORIGINALS[Role, "create_from_cloudformation_json"].__func__
    role = create(cls, name, body, *where, **more)
    for arn in body["Properties"].get("ManagedPolicyArns", []):
        # AWS's own policies (logs, X-Ray) allow only what is not modelled here.
        if not arn.startswith("arn:aws:iam::aws:"):
            boto3.client("iam").attach_role_policy(PolicyArn=arn, RoleName=role.name)
    return role


_role_with_policies: Any = classmethod(_create_role)  # type: ignore[arg-type]
replaces(
    Role,
    "create_from_cloudformation_json",
    restores="a role made by a stack has its managed policies",
    original="05f0a3ccfb31",
)(_role_with_policies)
