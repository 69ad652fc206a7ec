"""Lambda and queues in the embedded AWS: batches, failures, waiting, who may, dead letters."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from account import allow, invocations, make_function, messages
from bluegreen_simulator.run.embedded import EmbeddedAws

QUEUE = "arn:aws:sqs:eu-central-1:123456789012:jobs"
ON_QUEUE = tuple(
    allow(f"sqs:{name}", QUEUE)
    for name in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
)


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


def make(aws: EmbeddedAws, **attributes: str) -> str:
    made = {"VisibilityTimeout": "300", **attributes}
    url: str = aws.client("sqs").create_queue(QueueName="jobs", Attributes=made)["QueueUrl"]
    return url


def connect(aws: EmbeddedAws, handler: str, *statements: Any, **more: Any) -> None:
    make_function(aws, "work", handler, *(statements or ON_QUEUE))
    aws.client("lambda").create_event_source_mapping(
        EventSourceArn=QUEUE, FunctionName="work", **{"BatchSize": 1, **more}
    )


def send(aws: EmbeddedAws, url: str, body: Any) -> None:
    aws.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(body))


def test_a_function_gets_a_message_at_once_and_what_it_handled_is_gone(aws: EmbeddedAws) -> None:
    url = make(aws)
    connect(aws, "fail_what_says_so")
    send(aws, url, {})
    aws.clock.sleep(1)
    assert len(invocations(aws, "work")) == 1
    aws.clock.sleep(3600)
    assert len(invocations(aws, "work")) == 1
    assert messages(aws, url) == []


@pytest.mark.parametrize(
    ("handler", "body", "reports", "times"),
    [
        ("fail_what_says_so", {"fails": True}, True, 4),
        ("fail_what_says_so", {"fails": True}, False, 1),  # nobody asked which ones failed
        ("fail", {}, True, 4),
    ],
)
def test_what_fails_comes_again_when_it_is_visible_and_at_last_is_a_dead_letter(
    aws: EmbeddedAws, handler: str, body: Any, *, reports: bool, times: int
) -> None:
    sqs = aws.client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    redrive = {"deadLetterTargetArn": QUEUE.replace("jobs", "dead"), "maxReceiveCount": 4}
    url = make(aws, RedrivePolicy=json.dumps(redrive))
    types = ["ReportBatchItemFailures"] if reports else []
    connect(aws, handler, FunctionResponseTypes=types)
    send(aws, url, body)
    aws.clock.sleep(7200)
    ended = [round(second) for second in invocations(aws, "work")]
    assert ended == [300 * number for number in range(times)]
    assert len(messages(aws, dead)) == (times > 1)
    letters = [entry.data["queue"] for entry in aws.journal.of_kind("dead_letter")]
    assert letters == ["dead"] * (times > 1)


def test_only_so_many_run_at_once(aws: EmbeddedAws) -> None:
    url = make(aws)
    connect(aws, "sleep_ten_seconds", ScalingConfig={"MaximumConcurrency": 2})
    for _ in range(5):
        send(aws, url, {})
    aws.clock.sleep(60)
    ended = [round(second) for second in invocations(aws, "work")]
    assert ended == [10, 10, 20, 20, 30]


@pytest.mark.parametrize("lacking", range(3))
def test_a_role_that_may_not_read_the_queue_is_refused(aws: EmbeddedAws, lacking: int) -> None:
    make(aws)
    given = [statement for number, statement in enumerate(ON_QUEUE) if number != lacking]
    name = ON_QUEUE[lacking]["Action"].partition(":")[2]
    with pytest.raises(ClientError, match=f"permissions to call {name} on SQS"):
        connect(aws, "fail_what_says_so", *given)


def test_a_queue_that_shows_a_message_again_too_early_is_refused(aws: EmbeddedAws) -> None:
    make(aws, VisibilityTimeout="59")
    with pytest.raises(ClientError, match="59 seconds is less than Function timeout: 60 seconds"):
        connect(aws, "fail_what_says_so")


def test_a_message_waits_while_the_role_may_not_decrypt_it(aws: EmbeddedAws) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    url = make(aws, KmsMasterKeyId=key)
    connect(aws, "fail_what_says_so")
    send(aws, url, {})
    aws.clock.sleep(60)
    assert invocations(aws, "work") == []
    assert len(messages(aws, url)) == 1
