"""SNS in the embedded AWS: what it refuses, what subscribers get, what the journal tells."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from account import bodies, invocations, make_function, make_queue, messages, statement
from bluegreen_simulator.run.embedded import EmbeddedAws

STRUCTURED = json.dumps({"default": "for people", "sqs": json.dumps({"for": "programs"})})


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


@pytest.fixture
def topic(aws: EmbeddedAws) -> str:
    arn: str = aws.client("sns").create_topic(Name="news")["TopicArn"]
    return arn


def subscribe(aws: EmbeddedAws, topic: str, **attributes: str) -> str:
    url, arn = make_queue(aws, "subscriber")
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return url


def publish(aws: EmbeddedAws, topic: str, message: str, **more: Any) -> None:
    aws.client("sns").publish(TopicArn=topic, Message=message, **more)


def attribute(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


@pytest.mark.parametrize(
    ("subject", "refused"),
    [
        ("s" * 99, False),
        ("s" * 100, True),
        ("two\nlines", True),
        ("a\ttab", True),
        ("schön", True),
        ("[churn] rolled back: 5% > 1%", False),
    ],
)
def test_a_subject_is_short_plain_and_of_one_line(
    aws: EmbeddedAws, topic: str, subject: str, *, refused: bool
) -> None:
    if refused:
        with pytest.raises(ClientError) as error:
            publish(aws, topic, "m", Subject=subject)
        assert error.value.response["Error"]["Code"] == "InvalidParameter"
        assert "Subject" in error.value.response["Error"]["Message"]
    else:
        publish(aws, topic, "m", Subject=subject)
    told = [entry.data["subject"] for entry in aws.journal.of_kind("notification")]
    assert told == [subject] * (not refused)


@pytest.mark.parametrize(
    ("message", "refused"),
    [("m" * 262_144, False), ("m" * 262_145, True), ("ö" * 131_073, True)],
    ids=["as long as may be", "longer", "longer in bytes"],
)
def test_a_message_has_at_most_256_kib(
    aws: EmbeddedAws, topic: str, message: str, *, refused: bool
) -> None:
    if refused:
        with pytest.raises(ClientError, match="Message too long"):
            publish(aws, topic, message)
    else:
        publish(aws, topic, message)
    assert len(list(aws.journal.of_kind("notification"))) == (not refused)


def test_a_queue_gets_the_body_that_is_meant_for_queues(aws: EmbeddedAws, topic: str) -> None:
    url = subscribe(aws, topic, RawMessageDelivery="true")
    publish(aws, topic, STRUCTURED, MessageStructure="json")
    assert bodies(aws, url) == [{"for": "programs"}]


def test_without_raw_delivery_it_comes_in_an_envelope(aws: EmbeddedAws, topic: str) -> None:
    url = subscribe(aws, topic)
    publish(aws, topic, STRUCTURED, MessageStructure="json", Subject="hello")
    (envelope,) = bodies(aws, url)
    assert (envelope["Type"], envelope["Subject"]) == ("Notification", "hello")
    assert json.loads(envelope["Message"]) == {"for": "programs"}


@pytest.mark.parametrize(
    ("message", "problem"),
    [('{"sqs": "{}"}', "No default entry"), ("plain text", "failed to parse")],
)
def test_a_message_for_several_protocols_needs_a_default(
    aws: EmbeddedAws, topic: str, message: str, problem: str
) -> None:
    with pytest.raises(ClientError, match=problem) as error:
        publish(aws, topic, message, MessageStructure="json")
    assert error.value.response["Error"]["Code"] == "InvalidParameter"


def test_a_subscriber_filters_by_the_attributes_of_messages(aws: EmbeddedAws, topic: str) -> None:
    policy = json.dumps({"Severity": ["CRITICAL"]})
    url = subscribe(aws, topic, RawMessageDelivery="true", FilterPolicy=policy)
    for severity in ("INFO", "CRITICAL"):
        publish(aws, topic, severity, MessageAttributes={"Severity": attribute(severity)})
    assert [message["Body"] for message in messages(aws, url)] == ["CRITICAL"]


def test_what_is_published_is_in_the_journal_once_however_many_subscribe(
    aws: EmbeddedAws, topic: str
) -> None:
    subscribe(aws, topic)
    aws.clock.sleep(5)
    attributes = {"Event": attribute("DEPLOYMENT_STARTED")}
    publish(aws, topic, STRUCTURED, MessageStructure="json", MessageAttributes=attributes)
    (entry,) = aws.journal.of_kind("notification")
    assert entry.at == aws.clock.now()
    assert entry.data == {
        "topic_arn": topic,
        "subject": None,
        "message": "for people",
        "body": {"for": "programs"},
        "attributes": {"Event": "DEPLOYMENT_STARTED"},
    }


def test_a_message_to_nobodys_topic_is_refused_and_not_in_the_journal(
    aws: EmbeddedAws, topic: str
) -> None:
    with pytest.raises(ClientError) as error:
        publish(aws, f"{topic}-of-nobody", "m")
    assert error.value.response["Error"]["Code"] == "NotFound"
    assert list(aws.journal.of_kind("notification")) == []


# ---- Functions and encrypted queues ----------------------------------------------------------


def make_reader(aws: EmbeddedAws, topic: str, **attributes: str) -> str:
    """A function that prints what it is called with, and is subscribed; its ARN."""
    arn = make_function(aws, "reader", "print_event")
    aws.client("sns").subscribe(
        TopicArn=topic, Protocol="lambda", Endpoint=arn, Attributes=attributes
    )
    return arn


def let_in(aws: EmbeddedAws, topic: str) -> None:
    aws.client("lambda").add_permission(
        FunctionName="reader",
        StatementId="topic",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic,
    )


def test_a_function_gets_the_body_that_is_meant_for_functions(
    aws: EmbeddedAws, topic: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make_reader(aws, topic)
    let_in(aws, topic)
    message = json.dumps({"default": "for people", "lambda": "for functions"})
    attributes = {"Event": attribute("TEST")}
    call = {"MessageStructure": "json", "Subject": "hello", "MessageAttributes": attributes}
    publish(aws, topic, message, **call)
    aws.clock.sleep(1)
    (record,) = json.loads(capsys.readouterr().out)["Records"]
    told = record["Sns"]
    assert (record["EventSource"], told["TopicArn"]) == ("aws:sns", topic)
    assert (told["Message"], told["Subject"]) == ("for functions", "hello")
    assert told["MessageAttributes"] == {"Event": {"Type": "String", "Value": "TEST"}}


def test_a_function_gets_nothing_that_its_filter_does_not_let_through(
    aws: EmbeddedAws, topic: str
) -> None:
    make_reader(aws, topic, FilterPolicy=json.dumps({"Event": ["TEST"]}))
    let_in(aws, topic)
    publish(aws, topic, "m")
    publish(aws, topic, "m", MessageAttributes={"Event": attribute("OTHER")})
    aws.clock.sleep(1)
    assert invocations(aws, "reader") == []


@pytest.mark.parametrize("source", ["", "arn:aws:sns:eu-central-1:123456789012:other"])
def test_a_function_gets_nothing_of_a_topic_that_may_not_invoke_it(
    aws: EmbeddedAws, topic: str, source: str
) -> None:
    make_reader(aws, topic)
    if source:
        let_in(aws, source)
    publish(aws, topic, "m")
    aws.clock.sleep(1)
    assert invocations(aws, "reader") == []


def test_a_function_that_is_gone_gets_nothing(aws: EmbeddedAws, topic: str) -> None:
    make_reader(aws, topic)
    aws.client("lambda").delete_function(FunctionName="reader")
    publish(aws, topic, "m")
    aws.clock.sleep(1)
    assert invocations(aws, "reader") == []


SNS = {"Service": "sns.amazonaws.com"}


@pytest.mark.parametrize("by_queue", [True, False])
@pytest.mark.parametrize("by_key", [True, False])
def test_an_encrypted_queue_gets_what_its_policy_and_its_key_let_the_topic_send(
    aws: EmbeddedAws, topic: str, *, by_queue: bool, by_key: bool
) -> None:
    kms, sqs = aws.client("kms"), aws.client("sqs")
    root = {"AWS": "arn:aws:iam::123456789012:root"}
    using = [statement(SNS, ["kms:GenerateDataKey", "kms:Decrypt"])] if by_key else []
    key = kms.create_key(Policy=document(statement(root, "kms:*"), *using))["KeyMetadata"]["KeyId"]
    sending = statement(SNS, "sqs:SendMessage", Condition={"ArnEquals": {"aws:SourceArn": topic}})
    policy = {"Policy": document(sending)} if by_queue else {}
    url = sqs.create_queue(QueueName="secret", Attributes={"KmsMasterKeyId": key, **policy})
    arn = "arn:aws:sqs:eu-central-1:123456789012:secret"
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    publish(aws, topic, "m")
    assert len(messages(aws, url["QueueUrl"])) == (by_queue and by_key)


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def test_what_is_sent_to_chat_is_no_notification_in_the_journal(
    aws: EmbeddedAws, topic: str
) -> None:
    publish(aws, topic, json.dumps({"version": "1.0", "source": "custom"}))
    assert list(aws.journal.of_kind("notification")) == []
    assert len(list(aws.journal.of_kind("chat_message"))) == 1
