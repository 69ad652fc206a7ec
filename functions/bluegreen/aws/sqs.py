"""The queue of what is to be posted to the webhook, and the one of what cannot be."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class WebhookQueue:
    """Both queues, as the function sees them that is called with their messages."""

    def __init__(self, client: "SQSClient", url: str, dead_letter_url: str) -> None:
        self._client = client
        self._url = url
        self._dead_letter_url = dead_letter_url

    def show_again(self, receipt_handle: str, seconds: int) -> None:
        """Let a message come again after that time."""
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )

    def bury(self, body: str, reason: str) -> None:
        """Keep what will never be taken for the operators, with the reason as an attribute."""
        self._client.send_message(
            QueueUrl=self._dead_letter_url,
            MessageBody=body,
            MessageAttributes={"Reason": {"DataType": "String", "StringValue": reason}},
        )
