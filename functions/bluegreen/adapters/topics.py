"""The SNS topic for people and programs."""

import json
from typing import TYPE_CHECKING

from bluegreen.adapters.faults import no_answer
from bluegreen.domain.notification import Notification

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class NotificationsTopic:
    """Where every notification goes."""

    def __init__(self, client: "SNSClient", topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def publish(self, notification: Notification) -> None:
        """Send: text for people, JSON for programs, attributes to filter by."""
        body = json.dumps(notification.body())
        programs = dict.fromkeys(("sqs", "lambda", "http", "https"), body)
        attributes = {
            "Event": notification.event,
            "Severity": notification.severity,
            "EndpointName": notification.endpoint_name,
        }
        with no_answer():
            self._client.publish(
                TopicArn=self._topic_arn,
                Subject=notification.subject,
                Message=json.dumps({"default": notification.text, **programs}),
                MessageStructure="json",
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in attributes.items()
                    if value
                },
            )
