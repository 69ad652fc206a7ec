"""Every event of SageMaker and of alarms, caught in a queue of the run's own."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from bluegreen_smoke.aws import exists
from bluegreen_smoke.run import Smoke
from bluegreen_smoke.steps import Step, Thing

ALARM_CHANGE: Final = "CloudWatch Alarm State Change"
SOURCES: Final = ["aws.sagemaker", "aws.cloudwatch"]
PATTERN: Final = {
    "source": SOURCES,
    "detail-type": [{"prefix": "SageMaker "}, ALARM_CHANGE],
}
TARGET: Final = "queue"
EMPTY_READS: Final = 3
"""So often in a row nothing, and the queue is believed to be empty."""


def steps(smoke: Smoke) -> list[Step]:
    """The step that begins to catch."""
    what = "a rule and a queue that receive every event of SageMaker and of alarms"
    return [Step("capture", what, lambda: _make(smoke), (_queue(smoke), _rule(smoke)))]


def _make(smoke: Smoke) -> str:
    events, queues = smoke.aws.client("events"), smoke.aws.client("sqs")
    rule = events.put_rule(Name=smoke.name, EventPattern=json.dumps(PATTERN))["RuleArn"]
    arn = f"arn:{smoke.partition}:sqs:{smoke.aws.region}:{smoke.account_id}:{smoke.name}"
    queues.create_queue(QueueName=smoke.name, Attributes={"Policy": _policy(arn, rule)})
    events.put_targets(Rule=smoke.name, Targets=[{"Id": TARGET, "Arn": arn}])
    return f"{smoke.name} catches {' and '.join(SOURCES)}"


def _policy(queue: str, rule: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _rule(smoke: Smoke) -> Thing:
    client = smoke.aws.client("events")

    def delete() -> None:
        targets = client.list_targets_by_rule(Rule=smoke.name)["Targets"]
        if targets:
            client.remove_targets(Rule=smoke.name, Ids=[target["Id"] for target in targets])
        client.delete_rule(Name=smoke.name)

    there = partial(exists, lambda: client.describe_rule(Name=smoke.name))
    return Thing(f"rule {smoke.name}", there, delete)


def _queue(smoke: Smoke) -> Thing:
    client = smoke.aws.client("sqs")

    def url() -> str:
        return str(client.get_queue_url(QueueName=smoke.name)["QueueUrl"])

    return Thing(
        f"queue {smoke.name}",
        lambda: exists(url),
        lambda: client.delete_queue(QueueUrl=url()),
    )


def caught(smoke: Smoke) -> list[dict[str, Any]]:
    """The events of this run's things that the queue holds; they are taken out of it."""
    return [event for event in _drained(smoke) if concerns(event, smoke.name)]


def concerns(event: dict[str, Any], name: str) -> bool:
    """Whether an event is about something whose name begins so; an ARN has it in lower case."""
    detail = event["detail"]
    names = [detail.get("EndpointName", ""), detail.get("alarmName", "")]
    ends = [arn.rpartition("/")[2].rpartition(":")[2] for arn in event.get("resources", [])]
    return any(found.startswith(name) for found in [*names, *ends])


def _drained(smoke: Smoke) -> Iterator[dict[str, Any]]:
    """What lies in the queue, until it has been empty a few times in a row."""
    client, empty = smoke.aws.client("sqs"), 0
    url = client.get_queue_url(QueueName=smoke.name)["QueueUrl"]
    wait = 0 if smoke.aws.embedded else 10
    while empty < EMPTY_READS:
        found = client.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait
        ).get("Messages", [])
        empty = 0 if found else empty + 1
        for message in found:
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            yield json.loads(message["Body"])
