"""The SNS topic for people and programs."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from bluegreen.aws.errors import is_passing, message_of, passing_faults_as_unavailable
from bluegreen.deployment.notifications import Notification

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

        Empty if SNS took it. If SNS refuses, for example because the topic or its key was
        deleted, its message: a notification that fails must not stop a deployment.
        """
        body = json.dumps(notification.body())
        programs = dict.fromkeys(("sqs", "lambda", "http", "https"), body)
        attributes = {
            "Event": notification.event,
            "Severity": notification.severity,
            "EndpointName": notification.endpoint_name,
        }
        with passing_faults_as_unavailable():
            try:
                self._client.publish(
                    TopicArn=self._topic_arn,
                    Subject=notification.subject,
                    Message=json.dumps({"default": notification.text, **programs}),
                    MessageStructure="json",
                    MessageAttributes=_attributes(attributes),
                )
            except ClientError as error:
                if is_passing(error):
                    raise
                return message_of(error)
        return ""


def _attributes(values: Mapping[str, str]) -> dict[str, "MessageAttributeValueTypeDef"]:
    return {
        name: {"DataType": "String", "StringValue": value}
        for name, value in values.items()
        if value
    }
