"""EventBridge in the embedded AWS: what a rule matches, where it goes, and when it cannot."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from account import (
    ACCOUNT,
    EVENTS,
    REGION,
    allow,
    bodies,
    invocations,
    make_function,
    make_queue,
    make_role,
    make_topic,
    messages,
    statement,
)
from bluegreen_simulator.aws.events import bus as events
from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.rules.faults.kinds import FaultPlan
from bluegreen_simulator.run.embedded import START, EmbeddedAws

RULES = f"arn:aws:events:{REGION}:{ACCOUNT}:rule"
ORDER = {"id": "o-1", "total": 120, "tags": ["new"], "customer": {"country": "DE"}}


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


def make_rule(aws: EmbeddedAws, name: str, pattern: Any, arn: str, **target: Any) -> None:
    client = aws.client("events")
    client.put_rule(Name=name, EventPattern=json.dumps(pattern))
    client.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": arn, **target}])


def send(aws: EmbeddedAws, detail: Any, detail_type: str = "Order Placed") -> None:
    """An event of a user, and the time for it to arrive."""
    entry = {"Source": "shop", "DetailType": detail_type, "Detail": json.dumps(detail)}
    aws.client("events").put_events(Entries=[entry])
    aws.clock.sleep(events.DELIVERY_SECONDS)


# ---- What matches --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["shop"]},
        {"source": ["other", "shop"], "detail-type": ["Order Placed"]},
        {"account": [ACCOUNT], "region": [REGION]},
        {"detail": {"customer": {"country": ["DE", "FR"]}}},
        {"detail": {"id": [{"prefix": "o-"}]}},
        {"detail": {"id": [{"anything-but": ["o-2"]}]}},
        {"detail": {"total": [{"numeric": [">", 100, "<=", 120]}]}},
        {"detail": {"tags": ["new", "old"]}},
        {"detail": {"coupon": [{"exists": False}]}},
    ],
)
def test_a_rule_delivers_what_its_pattern_matches(aws: EmbeddedAws, pattern: Any) -> None:
    url, arn = make_queue(aws, "orders")
    make_rule(aws, "orders", pattern, arn)
    send(aws, ORDER)
    assert [body["detail"] for body in bodies(aws, url)] == [ORDER]


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.sagemaker"]},
        {"source": ["shop"], "detail-type": ["Order Cancelled"]},
        {"account": ["210987654321"]},
        {"detail": {"customer": {"country": ["FR"]}}},
        {"detail": {"id": [{"prefix": "x-"}]}},
        {"detail": {"total": [{"numeric": ["<", 120]}]}},
        {"detail": {"coupon": [{"exists": True}]}},
    ],
)
def test_and_nothing_else(aws: EmbeddedAws, pattern: Any) -> None:
    url, arn = make_queue(aws, "orders")
    make_rule(aws, "orders", pattern, arn)
    send(aws, ORDER)
    assert messages(aws, url) == []


def test_a_disabled_rule_delivers_nothing_until_it_is_enabled(aws: EmbeddedAws) -> None:
    url, arn = make_queue(aws, "orders")
    make_rule(aws, "orders", {"source": ["shop"]}, arn)
    aws.client("events").disable_rule(Name="orders")
    send(aws, {"id": "while disabled"})
    aws.client("events").enable_rule(Name="orders")
    send(aws, {"id": "while enabled"})
    assert [body["detail"]["id"] for body in bodies(aws, url)] == ["while enabled"]


# ---- What arrives, and when ----------------------------------------------------------------


def test_an_event_of_aws_arrives_in_its_envelope_after_a_second(aws: EmbeddedAws) -> None:
    url, arn = make_queue(aws, "all")
    make_rule(aws, "all", {"source": ["aws.sagemaker"]}, arn)
    aws.clock.sleep(0.25)
    events.emit("aws.sagemaker", "Something Happened", {"n": 1}, ["arn:of:it"])
    aws.clock.sleep(0.75)
    assert messages(aws, url) == []
    aws.clock.sleep(0.25)
    (body,) = bodies(aws, url)
    assert len(body.pop("id")) == 36
    assert body == {
        "version": "0",
        "detail-type": "Something Happened",
        "source": "aws.sagemaker",
        "account": ACCOUNT,
        "time": "2026-01-05T09:00:00Z",
        "region": REGION,
        "resources": ["arn:of:it"],
        "detail": {"n": 1},
    }


def test_an_event_of_a_user_has_the_time_at_which_it_was_sent(aws: EmbeddedAws) -> None:
    url, arn = make_queue(aws, "all")
    make_rule(aws, "all", {"source": ["shop"]}, arn)
    aws.clock.sleep(3600)
    send(aws, ORDER)
    (body,) = bodies(aws, url)
    assert (body["time"], body["detail-type"]) == ("2026-01-05T10:00:00Z", "Order Placed")


def test_every_rule_and_every_target_gets_its_own(aws: EmbeddedAws) -> None:
    first, second = make_queue(aws, "first"), make_queue(aws, "second")
    make_rule(aws, "one", {"source": ["shop"]}, first[1])
    make_rule(aws, "two", {"source": ["shop"]}, second[1])
    more = {"Id": "more", "Arn": first[1]}
    aws.client("events").put_targets(Rule="two", Targets=[more])
    send(aws, ORDER)
    assert (len(messages(aws, first[0])), len(messages(aws, second[0]))) == (2, 1)


def test_a_dropped_event_is_in_the_journal_and_nowhere_else() -> None:
    with EmbeddedAws(faults=Faults(FaultPlan(drop_events=True))) as aws:
        url, arn = make_queue(aws, "all")
        make_rule(aws, "all", {"source": ["aws.sagemaker"]}, arn)
        events.emit("aws.sagemaker", "Something Happened", {"n": 1}, [])
        aws.clock.sleep(60)
        (entry,) = aws.journal.of_kind("event")
        assert (entry.data["detail"], entry.data["dropped"]) == ({"n": 1}, True)
        assert messages(aws, url) == []


# ---- To which targets ----------------------------------------------------------------------


def test_a_constant_input_takes_the_place_of_the_event(aws: EmbeddedAws) -> None:
    url, arn = make_queue(aws, "orders")
    make_rule(aws, "orders", {"source": ["shop"]}, arn, Input='{"go": true}')
    send(aws, ORDER)
    assert bodies(aws, url) == [{"go": True}]


@pytest.mark.parametrize(
    "member", [{"InputPath": "$.detail"}, {"InputTransformer": {"InputTemplate": '"x"'}}]
)
def test_another_kind_of_input_is_refused_loudly(aws: EmbeddedAws, member: Any) -> None:
    _, arn = make_queue(aws, "orders")
    make_rule(aws, "orders", {"source": ["shop"]}, arn, **member)
    with pytest.raises(NotImplementedError, match=f"{next(iter(member))} of a rule's target"):
        send(aws, ORDER)


def test_a_topic_publishes_the_event(aws: EmbeddedAws) -> None:
    topic = make_topic(aws, statement(EVENTS, "sns:Publish"))
    make_rule(aws, "orders", {"source": ["shop"]}, topic)
    send(aws, ORDER)
    (notification,) = aws.journal.of_kind("notification")
    assert notification.data["topic_arn"] == topic
    assert json.loads(notification.data["message"])["detail"] == ORDER


def test_a_state_machine_starts_with_the_event_as_its_input(aws: EmbeddedAws) -> None:
    done = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    states = aws.client("stepfunctions")
    role = make_role(aws, "machine", service="states")
    made = states.create_state_machine(name="m", definition=json.dumps(done), roleArn=role)
    arn = made["stateMachineArn"]
    starting = make_role(aws, "starter", allow("states:StartExecution", arn), service="events")
    make_rule(aws, "orders", {"source": ["shop"]}, arn, RoleArn=starting)
    send(aws, ORDER)
    (execution,) = states.list_executions(stateMachineArn=arn)["executions"]
    described = states.describe_execution(executionArn=execution["executionArn"])
    assert json.loads(described["input"])["detail"] == ORDER


def test_a_target_of_another_service_is_refused_loudly(aws: EmbeddedAws) -> None:
    stream = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s"
    make_rule(aws, "orders", {"source": ["shop"]}, stream)
    with pytest.raises(NotImplementedError, match="A target of kinesis"):
        send(aws, ORDER)


# ---- To functions, with permission ---------------------------------------------------------


def permit(aws: EmbeddedAws, **statement: str) -> None:
    plain = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}
    aws.client("lambda").add_permission(
        FunctionName="counter", StatementId="s", **{**plain, **statement}
    )


@pytest.mark.parametrize("source", [{"SourceArn": f"{RULES}/orders"}, {}])
def test_a_function_that_allows_the_rule_gets_the_event(
    aws: EmbeddedAws, source: dict[str, str]
) -> None:
    arn = make_function(aws, "counter", "count")
    permit(aws, **source)
    make_rule(aws, "orders", {"source": ["shop"]}, arn)
    send(aws, ORDER)
    aws.clock.sleep(1)
    assert invocations(aws, "counter") == [events.DELIVERY_SECONDS]


@pytest.mark.parametrize(
    "statement",
    [
        None,
        {"SourceArn": f"{RULES}/orders-of-others"},
        {"Principal": "s3.amazonaws.com"},
        {"Action": "lambda:GetFunction"},
    ],
    ids=["nobody is allowed", "another rule", "another service", "another action"],
)
def test_a_function_that_does_not_leaves_the_event_to_the_dead_letter_queue(
    aws: EmbeddedAws, statement: dict[str, str] | None
) -> None:
    url, queue = make_queue(aws, "dead")
    arn = make_function(aws, "counter", "count")
    if statement is not None:
        permit(aws, **statement)
    make_rule(aws, "orders", {"source": ["shop"]}, arn, DeadLetterConfig={"Arn": queue})
    send(aws, ORDER)
    aws.clock.sleep(1)
    (message,) = messages(aws, url)
    told = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert json.loads(message["Body"])["detail"] == ORDER
    assert told.pop("ERROR_MESSAGE") == "The rule may not invoke counter."
    assert told == {
        "ERROR_CODE": "NO_PERMISSIONS",
        "RULE_ARN": f"{RULES}/orders",
        "TARGET_ARN": arn,
    }
    assert invocations(aws, "counter") == []


def test_without_a_dead_letter_queue_the_event_is_lost(aws: EmbeddedAws) -> None:
    arn = make_function(aws, "counter", "count")
    make_rule(aws, "orders", {"source": ["shop"]}, arn)
    send(aws, ORDER)
    aws.clock.sleep(3600)
    assert invocations(aws, "counter") == []
    assert aws.clock.now() > START
