"""Faults of events, and targets that do not take one: retries, then the dead-letter queue."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from account import (
    ACCOUNT,
    REGION,
    bodies,
    invocations,
    make_function,
    make_queue,
    messages,
    seconds,
)
from bluegreen_simulator.aws.events import bus as events
from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.rules.faults.kinds import ApiError, ApiFault, EventFault, FaultPlan, Window
from bluegreen_simulator.run.embedded import START, EmbeddedAws

RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/all"
ENDPOINT_CHANGE = "SageMaker Endpoint State Change"
DEPLOYMENT_CHANGE = "SageMaker Endpoint Deployment State Change"
ARRIVAL = events.DELIVERY_SECONDS


@contextmanager
def running(**members: Any) -> Iterator[EmbeddedAws]:
    """With these faults, which begin at once."""
    with EmbeddedAws(faults=Faults(FaultPlan(**members))) as aws:
        aws.world.faults.begin(START)
        yield aws


def make_rule(aws: EmbeddedAws, arn: str, **target: Any) -> None:
    client = aws.client("events")
    client.put_rule(Name="all", EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    client.put_targets(Rule="all", Targets=[{"Id": "t", "Arn": arn, **target}])


def send(n: int, detail_type: str = ENDPOINT_CHANGE) -> None:
    events.emit("aws.sagemaker", detail_type, {"n": n}, [])


def sent_at(message: dict[str, Any]) -> float:
    return int(message["Attributes"]["SentTimestamp"]) / 1000 - START.timestamp()


def arrivals(aws: EmbeddedAws, url: str) -> list[tuple[float, int]]:
    """When which event lay in the queue."""
    return [
        (sent_at(message), json.loads(message["Body"])["detail"]["n"])
        for message in messages(aws, url)
    ]


# ---- On the way ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (EventFault(), [(1, 0), (1, 1), (11, 2)]),
        (EventFault(drop=True), []),
        (EventFault(ENDPOINT_CHANGE, drop=True), [(1, 1)]),
        (EventFault(drop=True, times=1), [(1, 1), (11, 2)]),
        (EventFault(drop=True, window=Window(5)), [(1, 0), (1, 1)]),
        (EventFault(delay=600), [(601, 0), (601, 1), (611, 2)]),
        (EventFault(DEPLOYMENT_CHANGE, delay=600), [(1, 0), (11, 2), (601, 1)]),
        (EventFault(DEPLOYMENT_CHANGE, duplicate=3), [(1, 0), *[(1, 1)] * 3, (11, 2)]),
        (EventFault(reorder=True), [(1, 1), (1, 0), (71, 2)]),
        (EventFault(DEPLOYMENT_CHANGE, reorder=True), [(1, 0), (11, 2), (11, 1)]),
    ],
)
def test_events_arrive_as_the_faults_have_it(
    fault: EventFault, expected: list[tuple[float, int]]
) -> None:
    with running(events=(fault,)) as aws:
        url, arn = make_queue(aws, "all")
        make_rule(aws, arn)
        send(0)
        send(1, DEPLOYMENT_CHANGE)
        aws.clock.sleep(10)
        send(2)
        aws.clock.sleep(700)
        assert arrivals(aws, url) == expected


def test_an_event_of_a_clock_that_is_off_arrives_in_time_with_other_times() -> None:
    with running(events=(EventFault(skew=-300),)) as aws:
        url, arn = make_queue(aws, "all")
        make_rule(aws, arn)
        send(0)
        aws.clock.sleep(ARRIVAL)
        assert [body["time"] for body in bodies(aws, url)] == ["2026-01-05T08:55:00Z"]


def test_copies_of_an_event_have_one_id() -> None:
    with running(events=(EventFault(duplicate=2),)) as aws:
        url, arn = make_queue(aws, "all")
        make_rule(aws, arn)
        send(0)
        aws.clock.sleep(ARRIVAL)
        first, second = bodies(aws, url)
        assert first == second


def test_the_journal_says_which_event_a_fault_has_hit() -> None:
    with running(events=(EventFault(ENDPOINT_CHANGE, delay=5),)) as aws:
        send(0)
        send(1, DEPLOYMENT_CHANGE)
        hit = [entry.data for entry in aws.journal.of_kind("fault")]
        assert hit == [{"what": "EventFault", "detail_type": ENDPOINT_CHANGE}]


# ---- At the target -------------------------------------------------------------------------


def throttled(until: float) -> ApiFault:
    return ApiFault("lambda", ApiError.THROTTLING, "Invoke", "counter", window=Window(0, until))


def make_counter(aws: EmbeddedAws, **target: Any) -> str:
    """A function that counts the events that it gets."""
    arn = make_function(aws, "counter", "count")
    aws.client("lambda").add_permission(
        FunctionName="counter",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=RULE,
    )
    make_rule(aws, arn, **target)
    return arn


def dead_letters(aws: EmbeddedAws, url: str) -> list[dict[str, str]]:
    return [
        {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        for message in messages(aws, url)
    ]


@pytest.mark.parametrize(
    ("until", "taken"),
    [(0.5, 1), (1.5, 2), (2.5, 4), (8, 8), (9, 16), (1000, 1472), (1473, 1952)],
)
def test_a_target_that_is_throttled_is_tried_again_after_1_2_4_and_at_most_480_seconds(
    until: float, taken: float
) -> None:
    with running(apis=(throttled(until),)) as aws:
        make_counter(aws)
        send(0)
        aws.clock.sleep(3600)
        assert invocations(aws, "counter") == [taken]


@pytest.mark.parametrize(
    ("policy", "condition", "retries", "buried"),
    [
        ({"MaximumRetryAttempts": 0}, "MaximumRetryAttempts", "0", 1),
        ({"MaximumRetryAttempts": 3}, "MaximumRetryAttempts", "3", 8),
        ({"MaximumEventAgeInSeconds": 60}, "MaximumEventAgeInSeconds", "5", 32),
        (
            {"MaximumRetryAttempts": 20, "MaximumEventAgeInSeconds": 3600},
            "MaximumEventAgeInSeconds",
            "15",
            3392,
        ),
        ({}, "MaximumRetryAttempts", "185", 84992),
    ],
)
def test_an_event_that_is_never_taken_is_buried_with_what_went_wrong(
    policy: dict[str, int], condition: str, retries: str, buried: float
) -> None:
    with running(apis=(throttled(100_000),)) as aws:
        url, queue = make_queue(aws, "dead")
        make_counter(aws, RetryPolicy=policy, DeadLetterConfig={"Arn": queue})
        send(0)
        aws.clock.sleep(buried + 1)
        (message,) = messages(aws, url)
        told = message["MessageAttributes"]
        assert sent_at(message) == buried
        assert told["EXHAUSTED_RETRY_CONDITION"]["StringValue"] == condition
        assert told["RETRY_ATTEMPTS"]["StringValue"] == retries
        assert invocations(aws, "counter") == []


def test_a_dead_letter_has_the_attributes_of_eventbridge() -> None:
    with running(apis=(throttled(100),)) as aws:
        url, queue = make_queue(aws, "dead")
        policy = {"MaximumRetryAttempts": 2}
        function = make_counter(aws, RetryPolicy=policy, DeadLetterConfig={"Arn": queue})
        send(0)
        aws.clock.sleep(60)
        assert dead_letters(aws, url) == [
            {
                "RULE_ARN": RULE,
                "TARGET_ARN": function,
                "ERROR_CODE": "THROTTLING",
                "ERROR_MESSAGE": "Invoke of lambda fails: ThrottlingException",
                "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
                "RETRY_ATTEMPTS": "2",
            }
        ]


@pytest.mark.parametrize("service", ["lambda", "sqs", "sns", "states"])
def test_a_target_that_is_not_there_is_not_tried_again(service: str) -> None:
    last = {"lambda": "function:gone", "states": "stateMachine:gone"}.get(service, "gone")
    arn = f"arn:aws:{service}:{REGION}:{ACCOUNT}:{last}"
    with running() as aws:
        url, queue = make_queue(aws, "dead")
        make_rule(aws, arn, DeadLetterConfig={"Arn": queue})
        send(0)
        aws.clock.sleep(ARRIVAL)
        (letter,) = dead_letters(aws, url)
        assert (letter["ERROR_CODE"], letter["TARGET_ARN"]) == ("NO_RESOURCE", arn)
        assert "RETRY_ATTEMPTS" not in letter


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ApiError.INTERNAL, "ERROR_FROM_TARGET"),
        (ApiError.UNAVAILABLE, "ERROR_FROM_TARGET"),
        (ApiError.TIMEOUT, "TIMEOUT"),
    ],
)
@pytest.mark.parametrize("service", ["sns", "stepfunctions"])
def test_other_targets_fail_likewise(service: str, error: ApiError, code: str) -> None:
    kind = {"sns": "sns", "stepfunctions": "states"}[service]
    arn = f"arn:aws:{kind}:{REGION}:{ACCOUNT}:stateMachine:any"
    with running(apis=(ApiFault(service, error),)) as aws:
        url, queue = make_queue(aws, "dead")
        policy = {"MaximumRetryAttempts": 1}
        make_rule(aws, arn, RetryPolicy=policy, DeadLetterConfig={"Arn": queue})
        send(0)
        aws.clock.sleep(60)
        assert [letter["ERROR_CODE"] for letter in dead_letters(aws, url)] == [code]


@pytest.mark.parametrize("error", [ApiError.DENIED, ApiError.KEY_DISABLED])
def test_a_target_that_refuses_is_not_tried_again(error: ApiError) -> None:
    with running(apis=(ApiFault("sns", error),)) as aws:
        url, queue = make_queue(aws, "dead")
        topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:any"
        make_rule(aws, topic, DeadLetterConfig={"Arn": queue})
        send(0)
        aws.clock.sleep(ARRIVAL)
        (letter,) = dead_letters(aws, url)
        assert (letter["ERROR_CODE"], letter["TARGET_ARN"]) == ("NO_PERMISSIONS", topic)
        assert "RETRY_ATTEMPTS" not in letter


def test_a_queue_that_fails_for_a_while_gets_the_event_then() -> None:
    with running(apis=(ApiFault("sqs", ApiError.INTERNAL, window=Window(0, 4)),)) as aws:
        url, arn = make_queue(aws, "all")
        make_rule(aws, arn)
        send(0)
        aws.clock.sleep(60)
        assert arrivals(aws, url) == [(4, 0)]


def test_without_a_dead_letter_queue_and_with_one_that_is_gone_the_event_is_lost() -> None:
    with running(apis=(throttled(100),)) as aws:
        gone = f"arn:aws:sqs:{REGION}:{ACCOUNT}:gone"
        policy = {"MaximumRetryAttempts": 0}
        make_counter(aws, RetryPolicy=policy, DeadLetterConfig={"Arn": gone})
        send(0)
        aws.clock.sleep(300)
        assert invocations(aws, "counter") == []
        assert seconds(aws) == 300
