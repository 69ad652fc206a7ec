"""The SNS topics: for people and programs, for chat, and for those who run bluegreen."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.aws.errors import words_of
from bluegreen.contract.message import MessageBody
from bluegreen.deployment.notification import Notification

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef


class NotificationsTopic:
    """Where every notification goes."""

    def __init__(self, client: "SNSClient", topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def publish(self, notification: Notification) -> str:
        """Send text to people and JSON to programs, with attributes to filter by.

        Empty if SNS took it. If it did not, for example because the topic or its key was deleted,
        or gave no answer, why not: a notification that fails must not stop a deployment.
        """
        body = json.dumps(notification.body())
        programs = dict.fromkeys(("sqs", "lambda", "http", "https"), body)
        attributes = {
            "Event": notification.event,
            "Severity": notification.severity,
            "EndpointName": notification.endpoint_name,
            "Stage": notification.details.get("Stage", ""),
        }
        try:
            self._client.publish(
                TopicArn=self._topic_arn,
                Subject=notification.subject,
                Message=json.dumps({"default": notification.text, **programs}),
                MessageStructure="json",
                MessageAttributes=_attributes(attributes),
            )
        except (BotoCoreError, ClientError) as error:
            return words_of(error)
        return ""


class ChatTopic:
    """Where Amazon Q Developer gets what it shows in Slack and Teams."""

    def __init__(self, client: "SNSClient", topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def publish(self, body: MessageBody, shown: Mapping[str, object]) -> None:
        """Send a notification as it is `shown`, with the same attributes to filter by.

        Raises what SNS or the SDK says where it is not taken: Lambda tries again.
        """
        names = ("Event", "Severity", "EndpointName", "Stage")
        self._client.publish(
            TopicArn=self._topic_arn,
            Message=json.dumps(shown),
            MessageAttributes=_attributes({name: str(body.get(name, "")) for name in names}),
        )


class OperationsTopic:
    """Where those who run bluegreen are told; it has no key that could fail with the others."""

    def __init__(self, client: "SNSClient", topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def publish(self, subject: str, text: str) -> str:
        """Send a text; empty if SNS took it, otherwise why not."""
        try:
            self._client.publish(TopicArn=self._topic_arn, Subject=subject[:99], Message=text)
        except (BotoCoreError, ClientError) as error:
            return words_of(error)
        return ""


def _attributes(values: Mapping[str, str]) -> dict[str, "MessageAttributeValueTypeDef"]:
    return {
        name: {"DataType": "String", "StringValue": value}
        for name, value in values.items()
        if value
    }
