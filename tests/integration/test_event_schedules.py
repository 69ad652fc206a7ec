"""EventBridge's scheduled rules in the embedded AWS: when they fire, with what, until when."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from account import ACCOUNT, REGION, bodies, invocations, make_function, make_queue, seconds
from bluegreen_simulator.aws.events import bus as events
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.stack import deploy
from bluegreen_simulator.time.tasks import DeadlockError

RULE_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/ticks"
HOUR = 3600
DAY = 24 * HOUR


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


def make_schedule(aws: EmbeddedAws, rate: str = "rate(1 hour)", name: str = "ticks") -> str:
    """A rule with a queue as its target; the queue's URL."""
    url, arn = make_queue(aws, name)
    client = aws.client("events")
    client.put_rule(Name=name, ScheduleExpression=rate)
    client.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    return url


def make_cleaner(aws: EmbeddedAws, rate: str = "rate(1 hour)") -> None:
    """A rule that runs the function `cleaner`, of whose metrics no alarm is made."""
    arn = make_function(aws, "cleaner", "chat")
    aws.client("lambda").add_permission(
        FunctionName="cleaner",
        StatementId="ticks",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=RULE_ARN,
    )
    client = aws.client("events")
    client.put_rule(Name="ticks", ScheduleExpression=rate)
    client.put_targets(Rule="ticks", Targets=[{"Id": "cleaner", "Arn": arn}])


def arrivals(aws: EmbeddedAws, url: str) -> list[str]:
    """The times of the events that came since this was asked last."""
    found = []
    while received := bodies(aws, url):
        found += [body["time"] for body in received]
        aws.client("sqs").purge_queue(QueueUrl=url)
    return sorted(found)


# ---- When a rule fires, and what arrives ---------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "period"),
    [
        ("rate(1 minute)", 60),
        ("rate(5 minutes)", 300),
        ("rate(1 hour)", HOUR),
        ("rate(12 hours)", 12 * HOUR),
        ("rate(1 day)", DAY),
        ("rate(10 days)", 10 * DAY),
    ],
)
def test_the_first_event_comes_after_a_period(aws: EmbeddedAws, rate: str, period: int) -> None:
    url = make_schedule(aws, rate)
    aws.clock.sleep(period)
    assert bodies(aws, url) == []
    aws.clock.sleep(events.DELIVERY_SECONDS)
    assert len(bodies(aws, url)) == 1


def test_an_event_comes_each_period_in_the_envelope_of_aws(aws: EmbeddedAws) -> None:
    url = make_schedule(aws)
    aws.clock.sleep(3 * HOUR + 60)
    received = bodies(aws, url)
    assert len({body.pop("id") for body in received}) == 3
    times = [f"2026-01-05T{hour}:00:00Z" for hour in (10, 11, 12)]
    assert sorted(received, key=lambda body: body["time"]) == [
        {
            "version": "0",
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT,
            "time": time,
            "region": REGION,
            "resources": [RULE_ARN],
            "detail": {},
        }
        for time in times
    ]


def test_a_function_runs_each_period(aws: EmbeddedAws) -> None:
    make_cleaner(aws, "rate(1 day)")
    aws.clock.sleep(3 * DAY)
    assert invocations(aws, "cleaner") == [DAY + 1, 2 * DAY + 1]


def test_targets_that_come_later_get_the_next_event_and_all_of_them(aws: EmbeddedAws) -> None:
    url = make_schedule(aws)
    other, arn = make_queue(aws, "other")
    aws.clock.sleep(HOUR + 60)
    target = {"Id": "other", "Arn": arn, "Input": json.dumps({"just": "this"})}
    aws.client("events").put_targets(Rule="ticks", Targets=[target])
    aws.clock.sleep(HOUR)
    assert (len(bodies(aws, url)), bodies(aws, other)) == (2, [{"just": "this"}])


def test_a_schedule_matches_no_event_and_no_pattern_a_tick(aws: EmbeddedAws) -> None:
    url = make_schedule(aws)
    all_url, arn = make_queue(aws, "all")
    client = aws.client("events")
    client.put_rule(Name="all", EventPattern=json.dumps({"account": [ACCOUNT]}))
    client.put_targets(Rule="all", Targets=[{"Id": "t", "Arn": arn}])
    events.emit("aws.sagemaker", "Something Happened", {}, [])
    entry = {"Source": "shop", "DetailType": "Order Placed", "Detail": "{}"}
    client.put_events(Entries=[entry])
    aws.clock.sleep(60)
    assert (len(bodies(aws, all_url)), bodies(aws, url)) == (2, [])
    aws.client("sqs").purge_queue(QueueUrl=all_url)
    aws.clock.sleep(HOUR)
    assert (bodies(aws, all_url), len(bodies(aws, url))) == ([], 1)


# ---- When it no longer does ----------------------------------------------------------------


def test_a_disabled_rule_rests_and_counts_anew_when_it_is_enabled(aws: EmbeddedAws) -> None:
    url, client = make_schedule(aws), aws.client("events")
    aws.clock.sleep(HOUR // 2)
    client.disable_rule(Name="ticks")
    aws.clock.sleep(2 * HOUR)
    assert arrivals(aws, url) == []
    client.enable_rule(Name="ticks")
    aws.clock.sleep(2 * HOUR + 60)
    assert arrivals(aws, url) == ["2026-01-05T12:30:00Z", "2026-01-05T13:30:00Z"]


def test_enabling_what_is_enabled_counts_anew_once(aws: EmbeddedAws) -> None:
    url = make_schedule(aws)
    aws.clock.sleep(HOUR // 2)
    aws.client("events").enable_rule(Name="ticks")
    aws.clock.sleep(2 * HOUR + 60)
    assert arrivals(aws, url) == ["2026-01-05T10:30:00Z", "2026-01-05T11:30:00Z"]


def test_a_rule_that_is_put_disabled_does_not_fire(aws: EmbeddedAws) -> None:
    url, client = make_schedule(aws), aws.client("events")
    client.put_rule(Name="ticks", ScheduleExpression="rate(1 hour)", State="DISABLED")
    aws.clock.sleep(2 * HOUR)
    assert arrivals(aws, url) == []


def test_a_deleted_rule_does_not_fire(aws: EmbeddedAws) -> None:
    url, client = make_schedule(aws), aws.client("events")
    aws.clock.sleep(HOUR + 60)
    client.remove_targets(Rule="ticks", Ids=["queue"])
    client.delete_rule(Name="ticks")
    aws.clock.sleep(5 * HOUR)
    assert arrivals(aws, url) == ["2026-01-05T10:00:00Z"]


def test_a_rule_that_is_put_again_has_its_new_rate_only(aws: EmbeddedAws) -> None:
    url, client = make_schedule(aws), aws.client("events")
    aws.clock.sleep(HOUR // 2)
    client.put_rule(Name="ticks", ScheduleExpression="rate(2 hours)")
    aws.clock.sleep(4 * HOUR + 60)
    assert arrivals(aws, url) == ["2026-01-05T11:30:00Z", "2026-01-05T13:30:00Z"]
    client.put_rule(Name="ticks", EventPattern=json.dumps({"source": ["shop"]}))
    aws.clock.sleep(4 * HOUR)
    assert arrivals(aws, url) == []


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 12 * * ? *)",
        "rate(1 minutes)",
        "rate(2 minute)",
        "rate(0 minutes)",
        "rate(5 weeks)",
        "rate(01 day)",
        "at(2026-01-05T09:00:00)",
        "daily",
    ],
)
def test_another_expression_is_refused_by_its_name(aws: EmbeddedAws, expression: str) -> None:
    client = aws.client("events")
    with pytest.raises(ClientError) as refused:
        client.put_rule(Name="ticks", ScheduleExpression=expression)
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"] == (
        f"ScheduleExpression {expression} is not modelled by the simulator."
    )
    assert client.list_rules()["Rules"] == []


# ---- It keeps nothing alive ----------------------------------------------------------------


def test_schedules_alone_do_not_keep_the_clock_going(aws: EmbeddedAws) -> None:
    urls = [make_schedule(aws, "rate(1 hour)", name) for name in ("one", "two")]
    with pytest.raises(DeadlockError):
        aws.clock.event().wait()
    assert seconds(aws) == HOUR
    assert [arrivals(aws, url) for url in urls] == [[], []]


def test_they_go_on_as_long_as_anybody_is_waited_for(aws: EmbeddedAws) -> None:
    make_cleaner(aws)
    aws.clock.call_later(3 * HOUR + 60, lambda: None, "somebody else")
    with pytest.raises(DeadlockError):
        aws.clock.event().wait()
    assert invocations(aws, "cleaner") == [HOUR + 1, 2 * HOUR + 1, 3 * HOUR + 1]
    assert seconds(aws) == 4 * HOUR


def test_somebody_who_no_longer_waits_does_not_count(aws: EmbeddedAws) -> None:
    make_cleaner(aws)
    aws.clock.call_later(3 * HOUR, lambda: None, "somebody else").cancel()
    with pytest.raises(DeadlockError):
        aws.clock.event().wait()
    assert invocations(aws, "cleaner") == []


def make_table(aws: EmbeddedAws) -> None:
    aws.client("dynamodb").create_table(
        TableName="rows",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )


def put_row(aws: EmbeddedAws, key: str, **attributes: str) -> None:
    item = {"pk": {"S": key}, **{name: {"S": value} for name, value in attributes.items()}}
    aws.client("dynamodb").put_item(TableName="rows", Item=item)
    aws.journal.write(aws.clock.now(), "notification", body={})  # something changes with it


def test_they_go_on_while_a_row_is_open_and_the_horizon_is_not_reached(aws: EmbeddedAws) -> None:
    make_cleaner(aws)
    make_table(aws)
    put_row(aws, "a", Open="Y")
    with pytest.raises(DeadlockError):
        aws.clock.event().wait()
    assert invocations(aws, "cleaner") == [hour * HOUR + 1 for hour in range(1, 73)]
    assert seconds(aws) == 73 * HOUR


def test_a_row_that_is_not_open_keeps_nothing_going(aws: EmbeddedAws) -> None:
    make_cleaner(aws)
    make_table(aws)
    put_row(aws, "a", State="closed")
    with pytest.raises(DeadlockError):
        aws.clock.event().wait()
    assert invocations(aws, "cleaner") == []


def test_the_owner_of_the_world_says_what_is_open_and_how_long(aws: EmbeddedAws) -> None:
    make_cleaner(aws)
    aws.journal.write(aws.clock.now(), "notification", body={})
    aws.world.is_open, aws.world.horizon = lambda: seconds(aws) < 9 * HOUR, timedelta(hours=5)
    aws.clock.call_later(3 * HOUR, lambda: put_off(aws), "a change")
    with pytest.raises(DeadlockError):
        aws.clock.event().wait()
    assert invocations(aws, "cleaner") == [hour * HOUR + 1 for hour in range(1, 9)]


def put_off(aws: EmbeddedAws) -> None:
    aws.journal.write(aws.clock.now(), "notification", body={})


def test_they_begin_anew_when_something_happens_after_all(aws: EmbeddedAws) -> None:
    make_cleaner(aws)
    with pytest.raises(DeadlockError):
        aws.clock.event().wait()
    aws.clock.sleep(HOUR // 2)
    aws.journal.write(aws.clock.now(), "fault", what="any")
    aws.clock.sleep(2 * HOUR + 60)
    assert invocations(aws, "cleaner") == [2.5 * HOUR + 1, 3.5 * HOUR + 1]


def test_metrics_and_alarms_that_are_looked_at_keep_no_schedule_going(aws: EmbeddedAws) -> None:
    make_cleaner(aws, "rate(5 minutes)")
    alarm = {
        "AlarmName": "errors",
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Dimensions": [{"Name": "FunctionName", "Value": "cleaner"}],
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 3,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    aws.client("cloudwatch").put_metric_alarm(**alarm)
    aws.clock.sleep(HOUR)
    with pytest.raises(DeadlockError):
        aws.clock.event().wait()
    assert len(invocations(aws, "cleaner")) <= 12


def test_on_a_clock_in_proportion_to_real_time_they_go_on_alone(aws: EmbeddedAws) -> None:
    make_cleaner(aws, "rate(1 minute)")
    third = aws.clock.event()
    aws.journal.listeners.append(
        lambda _: third.set() if len(invocations(aws, "cleaner")) == 3 else None
    )
    aws.clock.scale(6000)
    third.wait()
    assert invocations(aws, "cleaner")[-1] >= 3 * 60


def test_a_start_after_another_has_no_ticks_of_it() -> None:
    with EmbeddedAws() as aws:
        make_schedule(aws)
    with EmbeddedAws() as aws:
        url, _ = make_queue(aws, "ticks")
        aws.clock.sleep(3 * HOUR)
        assert bodies(aws, url) == []


# ---- From a template -----------------------------------------------------------------------


def template(folder: Path, schedule: dict[str, Any]) -> Path:
    function = {
        "Handler": "sample_handlers.chat",
        "Runtime": "python3.13",
        "Timeout": 60,
        "FunctionName": "cleaner",
        "Events": {"Daily": {"Type": "Schedule", "Properties": schedule}},
    }
    body = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {"Cleaner": {"Type": "AWS::Serverless::Function", "Properties": function}},
    }
    path = folder / "template.yaml"
    path.write_text(json.dumps(body), encoding="utf-8")
    return path


def test_a_schedule_of_a_function_runs_it(tmp_path: Path, aws: EmbeddedAws) -> None:
    schedule = {"Schedule": "rate(1 day)", "Description": "cleans up"}
    stack = deploy(aws.world, template(tmp_path, schedule))
    (rule,) = aws.client("events").list_rules()["Rules"]
    assert rule["Name"] == stack.resources["CleanerDaily"]
    assert [rule[name] for name in ("ScheduleExpression", "Description", "State")] == [
        *("rate(1 day)", "cleans up", "ENABLED")
    ]
    aws.clock.sleep(2 * DAY + 60)
    assert invocations(aws, "cleaner") == [DAY + 1, 2 * DAY + 1]


def test_a_disabled_schedule_of_a_function_does_not(tmp_path: Path, aws: EmbeddedAws) -> None:
    deploy(aws.world, template(tmp_path, {"Schedule": "rate(1 day)", "Enabled": False}))
    aws.clock.sleep(2 * DAY)
    assert invocations(aws, "cleaner") == []
