"""CloudFormation: topics, queues, and who may send to them; a channel of Slack."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, Self

from botocore.exceptions import ClientError, ParamValidationError
from botocore.validate import ParamValidator

from bluegreen_simulator.aws.cloudformation.base_type import (
    Properties,
    ResourceType,
    changed_names,
    undone_if_it_fails,
    without,
)
from bluegreen_simulator.aws.cloudformation.calls import call, client_of
from bluegreen_simulator.aws.iam.principals import CHATBOT
from bluegreen_simulator.aws.iam.trust import may_assume
from bluegreen_simulator.aws.world import World

OF_A_QUEUE: Final = (
    "DelaySeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)


class Topic(ResourceType):
    """A topic, with the subscriptions that stand in it."""

    type_name = "AWS::SNS::Topic"
    name_property = "TopicName"
    longest_name = 256
    replaced_by = frozenset({"TopicName", "FifoTopic"})
    known = frozenset({"DisplayName", "KmsMasterKeyId", "Subscription", "Tags", "TopicName"})

    @classmethod
    def is_taken(cls, name: str, region: str) -> bool:
        """Whether there is one, which CreateTopic would give again."""
        topics = client_of("sns", region).list_topics()["Topics"]
        return name in [topic["TopicArn"].rpartition(":")[2] for topic in topics]

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """CreateTopic and Subscribe."""
        attributes = without(properties, "Subscription", "Tags", "TopicName")
        params = {"Attributes": attributes, "Tags": properties.get("Tags", [])}
        arn = call("sns", "CreateTopic", region, Name=name, **params)["TopicArn"]
        topic = cls(arn, {"TopicArn": arn, "TopicName": name})
        with undone_if_it_fails() as undo:
            undo.callback(topic.delete, {}, region)
            for one in properties.get("Subscription", []):
                call("sns", "Subscribe", region, TopicArn=arn, **one)
        return topic

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """SetTopicAttributes; the rest is not modelled."""
        changed = changed_names(properties, before)
        if set(changed) - {"DisplayName", "KmsMasterKeyId"}:
            return super().update(properties, before, region)
        for name in changed:
            value = {"AttributeName": name, "AttributeValue": properties.get(name, "")}
            call("sns", "SetTopicAttributes", region, TopicArn=self.physical_id, **value)
        return self

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteTopic."""
        del properties
        call("sns", "DeleteTopic", region, TopicArn=self.physical_id)


class TopicPolicy(ResourceType):
    """Who may publish to a topic, in place of its default policy."""

    type_name = "AWS::SNS::TopicPolicy"
    replaced_by = frozenset({"Topics"})

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """SetTopicAttributes of each topic."""
        policy = cls(name, {"Id": name})
        return policy.update(properties, {}, region)

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """The same."""
        del before
        for topic in properties["Topics"]:
            value = {"AttributeName": "Policy", "AttributeValue": properties["PolicyDocument"]}
            call("sns", "SetTopicAttributes", region, TopicArn=topic, **value)
        return self

    def delete(self, properties: Properties, region: str) -> None:
        """Nothing: the topics keep the policy, where AWS gives them the default one again."""


class Subscription(ResourceType):
    """Who gets what is sent to a topic; an e-mail address is not written to, and never confirms."""

    type_name = "AWS::SNS::Subscription"
    replaced_by = frozenset({"Endpoint", "Protocol", "TopicArn"})

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """Subscribe."""
        own = ("TopicArn", "Protocol", "Endpoint")
        params = {name: properties[name] for name in own if name in properties}
        attributes = without(properties, *own, "Region")
        answer = call("sns", "Subscribe", region, **params, Attributes=attributes)
        del name
        return cls(answer["SubscriptionArn"], {"Arn": answer["SubscriptionArn"]})

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """SetSubscriptionAttributes."""
        for name in changed_names(properties, before):
            value = {"AttributeName": name, "AttributeValue": properties.get(name, "")}
            arn = {"SubscriptionArn": self.physical_id}
            call("sns", "SetSubscriptionAttributes", region, **arn, **value)
        return self

    def delete(self, properties: Properties, region: str) -> None:
        """Unsubscribe."""
        del properties
        call("sns", "Unsubscribe", region, SubscriptionArn=self.physical_id)


class Queue(ResourceType):
    """A queue."""

    type_name = "AWS::SQS::Queue"
    name_property = "QueueName"
    longest_name = 80
    replaced_by = frozenset({"QueueName", "FifoQueue"})
    known = frozenset({*OF_A_QUEUE, "QueueName", "Tags"})

    @classmethod
    def is_taken(cls, name: str, region: str) -> bool:
        """Whether there is one, which CreateQueue would give again."""
        try:
            client_of("sqs", region).get_queue_url(QueueName=name)
        except ClientError:
            return False
        return True

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """CreateQueue."""
        tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
        params = {"Attributes": without(properties, "QueueName", "Tags"), "tags": tags}
        url = call("sqs", "CreateQueue", region, QueueName=name, **params)["QueueUrl"]
        wanted = {"QueueUrl": url, "AttributeNames": ["QueueArn"]}
        arn = call("sqs", "GetQueueAttributes", region, **wanted)["Attributes"]["QueueArn"]
        return cls(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """SetQueueAttributes; new tags are not modelled."""
        changed = changed_names(properties, before)
        if set(changed) - {*OF_A_QUEUE}:
            return super().update(properties, before, region)
        attributes = {name: properties.get(name, "") for name in changed}
        call("sqs", "SetQueueAttributes", region, QueueUrl=self.physical_id, Attributes=attributes)
        return self

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteQueue."""
        del properties
        call("sqs", "DeleteQueue", region, QueueUrl=self.physical_id)


class QueuePolicy(ResourceType):
    """Who may send to a queue."""

    type_name = "AWS::SQS::QueuePolicy"
    replaced_by = frozenset({"Queues"})

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """SetQueueAttributes of each queue."""
        return cls(name, {"Id": name}).update(properties, {}, region)

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """The same."""
        del before
        _set_policy(properties, properties["PolicyDocument"], region)
        return self

    def delete(self, properties: Properties, region: str) -> None:
        """SetQueueAttributes without a policy."""
        _set_policy(properties, "", region)


def _set_policy(properties: Properties, policy: Any, region: str) -> None:  # noqa: ANN401 - any JSON
    for queue in properties["Queues"]:
        call("sqs", "SetQueueAttributes", region, QueueUrl=queue, Attributes={"Policy": policy})


class SlackChannelConfiguration(ResourceType):
    """A Slack channel that Amazon Q Developer tells what comes to topics: nothing is sent to it.

    Its properties are checked by the API's model, and its role has to trust the service (assumed).
    """

    type_name = "AWS::Chatbot::SlackChannelConfiguration"
    replaced_by = frozenset({"SlackWorkspaceId", "ConfigurationName"})
    NAMES: ClassVar[Mapping[str, str]] = {
        "SlackWorkspaceId": "SlackTeamId",
        "GuardrailPolicies": "GuardrailPolicyArns",
    }
    """Members of CreateSlackChannelConfiguration that have another name there."""

    world: ClassVar[World]
    """Whose roles are asked."""

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """What CreateSlackChannelConfiguration would refuse is refused; nothing is made."""
        params = {cls.NAMES.get(key, key): value for key, value in properties.items()}
        model = client_of("chatbot", region).meta.service_model
        shape = model.operation_model("CreateSlackChannelConfiguration").input_shape
        problems = ParamValidator().validate(params, shape)
        if problems.has_errors():
            raise ParamValidationError(report=problems.generate_report())
        if not may_assume(cls.world, CHATBOT, params["IamRoleArn"]):
            raise ValueError(f"Amazon Q Developer may not act as {params['IamRoleArn']}.")
        del name
        return cls(f"arn:aws:chatbot::{params['ConfigurationName']}")

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """Likewise."""
        del before
        return self.create("", properties, region)

    def delete(self, properties: Properties, region: str) -> None:
        """Nothing: there is nothing."""


TYPES: tuple[type[ResourceType], ...] = (
    Topic,
    TopicPolicy,
    Subscription,
    Queue,
    QueuePolicy,
    SlackChannelConfiguration,
)
