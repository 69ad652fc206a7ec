"""CloudFormation: the resource types of our template that moto skips, or creates without effect.

A type is a class whose `create` calls the API as anybody would, so that what cannot be asked of
the embedded AWS cannot stand in a template either.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import boto3
import yaml
from botocore.validate import ParamValidator
from moto.core.common_models import CloudFormationModel
from moto.iam.models import iam_backends
from moto.kms import models as kms_models

from bluegreen_simulator.aws.iam.principals import CHATBOT
from bluegreen_simulator.aws.iam.trust import may_assume
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces


class ResourceType(CloudFormationModel):  # type: ignore[misc] # moto has no types
    """One resource type; `attributes` are what `Fn::GetAtt` gives, the physical id is `Ref`."""

    type_name: ClassVar[str] = ""
    name_property: ClassVar[str] = ""
    """The property that names the resource; CloudFormation makes a name when it is absent."""

    def __init__(self, physical_id: str, attributes: Mapping[str, str] | None = None) -> None:
        self._physical_id = physical_id
        self._attributes = attributes or {}

    @property
    def physical_resource_id(self) -> str:
        """What `Ref` gives."""
        return self._physical_id

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """What `Fn::GetAtt` gives."""
        return self._attributes[attribute_name]

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Whether `Fn::GetAtt` knows the attribute; moto asks before it makes an output."""
        return attr in {"Arn", "Name"}

    @classmethod
    def cloudformation_name_type(cls) -> str:
        """Nothing, to moto: it would ask its own type of the same name."""
        return ""

    @classmethod
    def cloudformation_type(cls) -> str:
        """The type's name in templates."""
        return cls.type_name

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: Mapping[str, Any],
        account_id: str,
        region_name: str,
        **_: object,
    ) -> "ResourceType":
        """Called by moto's engine, with every reference resolved."""
        del account_id
        properties = cloudformation_json["Properties"]
        name = properties.get(cls.name_property, resource_name)
        return cls.create(name, properties, region_name)

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> Self:
        """Make it through the API, from its properties with every reference resolved."""
        raise NotImplementedError


def client_of(service: str, region: str) -> Any:  # noqa: ANN401 - any of boto3's clients
    """A client of the embedded AWS."""
    client: Any = boto3.client
    return client(service, region_name=region)


def _without(properties: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name not in names}


class Function(ResourceType):
    """A function with all of its properties; moto's own type drops architecture and tracing."""

    type_name = "AWS::Lambda::Function"
    name_property = "FunctionName"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> Self:
        """CreateFunction; tags have another shape there, and moto's numbers are texts."""
        tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
        variables = properties.get("Environment", {}).get("Variables", {})
        texts = {name: str(value) for name, value in variables.items()}
        call = {**properties, "FunctionName": name, "Tags": tags}
        call["Environment"] = {"Variables": texts}
        made = client_of("lambda", region).create_function(**call)
        return cls(made["FunctionName"], {"Arn": made["FunctionArn"]})


class Permission(ResourceType):
    """Who may invoke a function; moto's own type keeps it in a shape that nobody can read."""

    type_name = "AWS::Lambda::Permission"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> Self:
        """AddPermission."""
        client_of("lambda", region).add_permission(StatementId=name, **properties)
        return cls(name)


class EventInvokeConfig(ResourceType):
    """Retries and failure destination of asynchronous invocations."""

    type_name = "AWS::Lambda::EventInvokeConfig"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> Self:
        """PutFunctionEventInvokeConfig."""
        client_of("lambda", region).put_function_event_invoke_config(**properties)
        return cls(name)


class EventSourceMapping(ResourceType):
    """A queue whose messages a function gets; moto's own type is made by its name, and twice."""

    type_name = "AWS::Lambda::EventSourceMapping"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> Self:
        """CreateEventSourceMapping."""
        del name
        return cls(client_of("lambda", region).create_event_source_mapping(**properties)["UUID"])


class StateMachine(ResourceType):
    """Made in the backend that executes, from a definition in S3 with its substitutions."""

    type_name = "AWS::StepFunctions::StateMachine"
    name_property = "StateMachineName"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> Self:
        """CreateStateMachine."""
        own = ("StateMachineName", "DefinitionS3Location", "DefinitionSubstitutions")
        call = _camel_case(_without(properties, *own, "StateMachineType"))
        made = client_of("stepfunctions", region).create_state_machine(
            name=name,
            type=properties["StateMachineType"],
            definition=json.dumps(_definition(properties, region), separators=(",", ":")),
            **call,
        )
        arn = made["stateMachineArn"]
        return cls(arn, {"Arn": arn, "Name": name})


def _definition(properties: Mapping[str, Any], region: str) -> Any:  # noqa: ANN401 - any YAML
    """The definition, JSON or YAML, with `${Name}` replaced where a substitution is given."""
    location = properties["DefinitionS3Location"]
    stored = client_of("s3", region).get_object(Bucket=location["Bucket"], Key=location["Key"])
    given = {f"${{{k}}}": str(v) for k, v in properties["DefinitionSubstitutions"].items()}
    text: str = stored["Body"].read().decode()
    substituted = re.sub(r"\$\{\w+\}", lambda match: given.get(match[0], match[0]), text)
    return yaml.load(substituted, Loader=yaml.CSafeLoader)  # the one in C: six times as quick


def _camel_case(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The same with member names as this API alone writes them: `logGroupArn`."""
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: _camel_case(value[name]) for name in value}
    return [_camel_case(item) for item in value] if isinstance(value, list) else value


class Role(ResourceType):
    """A role with all of its policies; moto's own type leaves managed ones off."""

    type_name = "AWS::IAM::Role"
    name_property = "RoleName"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> Self:
        """CreateRole and PutRolePolicy; as AttachRolePolicy, of which there are dozens, does."""
        client = client_of("iam", region)
        trust = json.dumps(properties["AssumeRolePolicyDocument"])
        own = ("AssumeRolePolicyDocument", "Policies", "ManagedPolicyArns")
        call = {**_without(properties, *own), "RoleName": name}
        made = client.create_role(AssumeRolePolicyDocument=trust, **call)["Role"]
        for policy in properties.get("Policies", []):
            # AWS takes a document without a version, as SAM makes them; moto refuses it.
            document = {"Version": "2012-10-17", **policy["PolicyDocument"]}
            call = {**policy, "PolicyDocument": json.dumps(document), "RoleName": name}
            client.put_role_policy(**call)
        account = made["Arn"].split(":")[4]
        for arn in properties.get("ManagedPolicyArns", []):
            iam_backends[account]["aws"].attach_role_policy(arn, name)
        return cls(name, {"Arn": made["Arn"]})


class Table(ResourceType):
    """A table with its backups; moto's own type leaves point-in-time recovery off."""

    type_name = "AWS::DynamoDB::Table"
    name_property = "TableName"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> Self:
        """CreateTable, and UpdateContinuousBackups."""
        recovery = "PointInTimeRecoverySpecification"
        client = client_of("dynamodb", region)
        call = {**_without(properties, recovery), "TableName": name}
        made = client.create_table(**call)["TableDescription"]
        if recovery in properties:
            client.update_continuous_backups(TableName=name, **{recovery: properties[recovery]})
        return cls(name, {"Arn": made["TableArn"]})


class Key(ResourceType):
    """A key whose policy can be read; moto's own type keeps a policy that breaks DescribeKey."""

    type_name = "AWS::KMS::Key"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> Self:
        """CreateKey, and EnableKeyRotation."""
        del name  # a key has none
        client = client_of("kms", region)
        policy = json.dumps(properties["KeyPolicy"])
        call = _without(properties, "KeyPolicy", "EnableKeyRotation")
        made = client.create_key(Policy=policy, **call)["KeyMetadata"]
        if properties.get("EnableKeyRotation"):
            client.enable_key_rotation(KeyId=made["KeyId"])
        return cls(made["KeyId"], {"Arn": made["Arn"]})


@replaces(
    kms_models,
    "generate_private_key",
    restores="a symmetric key has no private half; making one takes up to half a second",
    original="cdf2b67aac14",
)
def _private_half(key_spec: str) -> Any:  # noqa: ANN401 - moto has no types
    if key_spec == "SYMMETRIC_DEFAULT":
        return None
    return ORIGINALS[kms_models, "generate_private_key"](key_spec)


class LogGroup(ResourceType):
    """A log group with its key; moto's own type leaves the key off."""

    type_name = "AWS::Logs::LogGroup"
    name_property = "LogGroupName"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> Self:
        """CreateLogGroup, and PutRetentionPolicy."""
        client = client_of("logs", region)
        call = _camel_case(_without(properties, "LogGroupName", "RetentionInDays"))
        client.create_log_group(logGroupName=name, **call)
        if "RetentionInDays" in properties:
            days = int(properties["RetentionInDays"])
            client.put_retention_policy(logGroupName=name, retentionInDays=days)
        (made,) = client.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        return cls(name, {"Arn": made["arn"]})


class QueuePolicy(ResourceType):
    """Who may send to a queue."""

    type_name = "AWS::SQS::QueuePolicy"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> Self:
        """SetQueueAttributes of each queue."""
        policy = {"Policy": json.dumps(properties["PolicyDocument"])}
        for queue in properties["Queues"]:
            client_of("sqs", region).set_queue_attributes(QueueUrl=queue, Attributes=policy)
        return cls(name)


class TopicPolicy(ResourceType):
    """Who may publish to a topic, in place of its default policy."""

    type_name = "AWS::SNS::TopicPolicy"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> Self:
        """SetTopicAttributes of each topic."""
        policy = json.dumps(properties["PolicyDocument"])
        for topic in properties["Topics"]:
            client_of("sns", region).set_topic_attributes(
                TopicArn=topic, AttributeName="Policy", AttributeValue=policy
            )
        return cls(name)


class Subscription(ResourceType):
    """Who gets what is sent to a topic; an e-mail address is not written to, and never confirms."""

    type_name = "AWS::SNS::Subscription"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> Self:
        """Subscribe."""
        attributes = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in _without(properties, "TopicArn", "Protocol", "Endpoint").items()
        }
        answer = client_of("sns", region).subscribe(
            TopicArn=properties["TopicArn"],
            Protocol=properties["Protocol"],
            Endpoint=properties["Endpoint"],
            Attributes=attributes,
        )
        del name
        return cls(answer["SubscriptionArn"])


class SlackChannelConfiguration(ResourceType):
    """A Slack channel that Amazon Q Developer tells what comes to topics: nothing is sent to it.

    Its properties are checked by the API's model, and its role has to trust the service (assumed).
    """

    type_name = "AWS::Chatbot::SlackChannelConfiguration"
    NAMES: ClassVar[Mapping[str, str]] = {
        "SlackWorkspaceId": "SlackTeamId",
        "GuardrailPolicies": "GuardrailPolicyArns",
    }
    """Members of CreateSlackChannelConfiguration that have another name there."""

    world: ClassVar[World]
    """Whose roles are asked."""

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> Self:
        """What CreateSlackChannelConfiguration would refuse is refused; nothing is made."""
        client = client_of("chatbot", region)
        call = {cls.NAMES.get(key, key): value for key, value in properties.items()}
        shape = client.meta.service_model.operation_model(
            "CreateSlackChannelConfiguration"
        ).input_shape
        problems = ParamValidator().validate(call, shape)
        if problems.has_errors():
            raise ValueError(problems.generate_report())
        if not may_assume(cls.world, CHATBOT, call["IamRoleArn"]):
            raise ValueError(f"Amazon Q Developer may not act as {call['IamRoleArn']}.")
        del name
        return cls(f"arn:aws:chatbot::{call['ConfigurationName']}")


class Alarm(ResourceType):
    """An alarm, evaluated as every other."""

    type_name = "AWS::CloudWatch::Alarm"
    name_property = "AlarmName"

    @classmethod
    def create(cls, name: str, properties: Mapping[str, Any], region: str) -> Self:
        """PutMetricAlarm."""
        client = client_of("cloudwatch", region)
        client.put_metric_alarm(**{**properties, "AlarmName": name})
        (made,) = client.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return cls(name, {"Arn": made["AlarmArn"]})


TYPES: tuple[type[ResourceType], ...] = (
    Function,
    Permission,
    EventInvokeConfig,
    EventSourceMapping,
    StateMachine,
    Role,
    Table,
    Key,
    LogGroup,
    QueuePolicy,
    TopicPolicy,
    Subscription,
    SlackChannelConfiguration,
    Alarm,
)
