"""CloudWatch through boto3: what is evaluated when, what is told of it, what is refused."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.cloudwatch.exceptions import CloudWatchException

from account import make_queue
from bluegreen_simulator.aws.cloudwatch import alarms as service
from bluegreen_simulator.aws.cloudwatch.requests import OF_METRICS, check_limits
from bluegreen_simulator.aws.sagemaker.meters import add_traffic
from bluegreen_simulator.rules.alarms.evaluation import NewestMinute
from bluegreen_simulator.rules.metrics.statistic_set import Statistics
from bluegreen_simulator.time.tasks import DeadlockError
from integration.cloudwatch_account import MAIN, START, Account, in_words, named, running_account

ARN = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:errors"


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as account:
        yield account


def test_a_new_alarm_has_insufficient_data(account: Account) -> None:
    account.make_alarm()
    alarm = account.described()
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert alarm["StateReason"] == "Unchecked: Initial alarm creation"
    assert "StateReasonData" not in alarm
    account.pass_to(10)
    assert account.changes() == []


def test_data_above_the_threshold_leads_to_alarm_at_the_next_evaluation(account: Account) -> None:
    account.make_alarm()
    account.put(0.01)
    account.pass_to(1)
    account.put(0.08)
    account.pass_to(2, 4)
    assert service.alarm_state("errors") == "OK"
    account.pass_to(2, 6)
    assert account.changes() == ["09:01:05 INSUFFICIENT_DATA -> OK", "09:02:05 OK -> ALARM"]
    assert service.alarm_state("errors") == "ALARM"
    assert service.alarm_state("another") is None
    alarm = account.described()
    assert alarm["StateValue"] == "ALARM"
    assert alarm["StateReason"] == (
        "Threshold Crossed: 1 out of the last 1 datapoints [0.08 (05/01/26 09:01:00)] was greater"
        " than the threshold (0.05) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    assert json.loads(alarm["StateReasonData"])["recentDatapoints"] == [0.08]
    changed = START + timedelta(minutes=2, seconds=5)
    assert (alarm["StateUpdatedTimestamp"], alarm["StateTransitionedTimestamp"]) == (
        changed,
        changed,
    )


def test_an_evaluation_may_not_see_the_newest_minute_yet() -> None:
    with running_account(newest_minute=NewestMinute.LATE) as account:
        account.make_alarm()
        account.put(0.01)
        account.pass_to(1)
        account.put(0.08)
        account.pass_to(3, 6)
        changes, (_, event) = account.changes(), account.events()
    assert changes == ["09:02:05 INSUFFICIENT_DATA -> OK", "09:03:05 OK -> ALARM"]
    data = json.loads(event["state"]["reasonData"])
    assert data["queryDate"] == "2026-01-05T09:03:05.000+0000"
    assert data["startDate"] == "2026-01-05T09:01:00.000+0000"


def test_a_datapoint_counts_for_six_minutes(account: Account) -> None:
    account.make_alarm(TreatMissingData="notBreaching")
    account.put(0.08)
    account.pass_to(10)
    assert account.changes() == [
        "09:00:05 INSUFFICIENT_DATA -> OK",
        "09:01:05 OK -> ALARM",
        "09:07:05 ALARM -> OK",
    ]


def test_the_event_of_a_change(account: Account) -> None:
    account.make_alarm(AlarmDescription="green fails")
    account.put(0.01)
    account.pass_to(1)
    account.put(0.08)
    account.pass_to(2, 6)
    first, second = account.events()
    assert (first["previousState"]["value"], first["state"]["value"]) == ("INSUFFICIENT_DATA", "OK")
    assert first["previousState"] == {
        "value": "INSUFFICIENT_DATA",
        "reason": "Unchecked: Initial alarm creation",
        "timestamp": "2026-01-05T09:00:00.000+0000",
    }
    assert second["alarmName"] == "errors"
    assert second["previousState"] == first["state"]
    assert second["state"]["value"] == "ALARM"
    assert second["state"]["timestamp"] == "2026-01-05T09:02:05.000+0000"
    assert second["state"]["reasonData"] == (
        '{"version":"1.0","queryDate":"2026-01-05T09:02:05.000+0000",'
        '"startDate":"2026-01-05T09:01:00.000+0000","statistic":"Average","period":60,'
        '"recentDatapoints":[0.08],"threshold":0.05,"evaluatedDatapoints":'
        '[{"timestamp":"2026-01-05T09:01:00.000+0000","sampleCount":1.0,"value":0.08}]}'
    )
    assert second["configuration"] == {
        "description": "green fails",
        "metrics": [
            {
                "id": first["configuration"]["metrics"][0]["id"],
                "metricStat": {
                    "metric": {
                        "namespace": "AWS/SageMaker",
                        "name": "Invocation5XXErrors",
                        "dimensions": MAIN,
                    },
                    "period": 60,
                    "stat": "Average",
                },
                "returnData": True,
            }
        ],
    }


def test_a_rule_hears_of_the_alarm(account: Account) -> None:
    queue, _ = make_queue(account.aws, "heard")
    arn = "arn:aws:sqs:eu-central-1:123456789012:heard"
    pattern = {"source": ["aws.cloudwatch"], "resources": [ARN]}
    events = account.aws.client("events")
    events.put_rule(Name="alarms", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="alarms", Targets=[{"Id": "queue", "Arn": arn}])
    account.make_alarm(TreatMissingData="breaching")
    account.pass_to(1)
    messages = account.aws.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    event = json.loads(messages[0]["Body"])
    assert (event["resources"], event["detail"]["state"]["value"]) == ([ARN], "ALARM")


@pytest.mark.parametrize(
    ("treatment", "changes"),
    [
        (None, ["09:02:05 INSUFFICIENT_DATA -> ALARM", "09:08:05 ALARM -> INSUFFICIENT_DATA"]),
        ("missing", ["09:02:05 INSUFFICIENT_DATA -> ALARM", "09:08:05 ALARM -> INSUFFICIENT_DATA"]),
        (
            "notBreaching",
            ["09:00:05 INSUFFICIENT_DATA -> OK", "09:02:05 OK -> ALARM", "09:08:05 ALARM -> OK"],
        ),
        ("breaching", ["09:00:05 INSUFFICIENT_DATA -> ALARM"]),
        ("ignore", ["09:02:05 INSUFFICIENT_DATA -> ALARM"]),
    ],
)
def test_one_breach_and_then_silence(
    account: Account, treatment: str | None, changes: list[str]
) -> None:
    account.make_alarm(TreatMissingData=treatment)
    account.pass_to(1)
    account.put(1.0)
    account.pass_to(60)
    assert account.changes() == changes


def test_an_alarm_on_dynamodb_ignores_missing_data_unless_told_otherwise(account: Account) -> None:
    account.make_alarm(Namespace="AWS/DynamoDB", MetricName="ThrottledRequests")
    service.publish(
        "AWS/DynamoDB", "ThrottledRequests", frozenset(MAIN.items()), START, Statistics.of(1.0)
    )
    account.pass_to(60)
    assert account.changes() == ["09:01:05 INSUFFICIENT_DATA -> ALARM"]


def test_two_of_three(account: Account) -> None:
    account.make_alarm(EvaluationPeriods=3, DatapointsToAlarm=2)
    for minute, value in enumerate([0.0, 0.1, 0.0, 0.0, 0.1, 0.0, 0.1, 0.0, 0.0]):
        account.pass_to(minute)
        account.put(value)
    account.pass_to(9, 10)
    assert account.changes() == [
        "09:01:05 INSUFFICIENT_DATA -> OK",
        "09:07:05 OK -> ALARM",
        "09:08:05 ALARM -> OK",
    ]


def test_other_dimensions_are_another_metric(account: Account) -> None:
    account.make_alarm()
    account.put_data({**MAIN, "EndpointConfigName": "green"}, Value=1.0)
    account.put_data({"EndpointName": "churn"}, Value=1.0)
    account.put_data({}, Value=1.0)
    account.pass_to(2)
    assert account.changes() == []


def test_sets_of_values_are_samples(account: Account) -> None:
    account.make_alarm(Statistic="Average", Threshold=0.25)
    statistics = {"Sum": 10.0, "SampleCount": 20.0, "Minimum": 0.0, "Maximum": 1.0}
    account.put_data(StatisticValues=statistics, Timestamp=START)
    account.put_data(Values=[0.0, 1.0], Counts=[18.0, 1.0], Timestamp=START)
    account.put_data(Values=[1.0], Timestamp=START + timedelta(seconds=59))
    account.pass_to(1, 6)
    # 12 of 40 samples are 1.
    assert json.loads(account.described()["StateReasonData"])["evaluatedDatapoints"] == [
        {"timestamp": "2026-01-05T09:00:00.000+0000", "sampleCount": 40.0, "value": 0.3}
    ]
    assert account.described()["StateValue"] == "ALARM"


def test_what_the_simulator_publishes_is_read_as_any_metric(account: Account) -> None:
    green = {**MAIN, "EndpointConfigName": "green"}
    for dimensions, count in ((MAIN, 600), (green, 150), (MAIN, 300)):
        statistics = Statistics(sum=15.0, count=count, minimum=0.0, maximum=1.0)
        at = START.astimezone(timezone(timedelta(hours=1)))
        service.publish(
            "AWS/SageMaker", "Invocation5XXErrors", frozenset(dimensions.items()), at, statistics
        )
    found = account.cloudwatch.get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=named(MAIN),
        StartTime=START - timedelta(minutes=1),
        EndTime=START + timedelta(minutes=9),
        Period=120,
        Statistics=["Sum", "SampleCount", "Maximum"],
    )["Datapoints"]
    assert found == [
        {
            "Timestamp": START - timedelta(minutes=1),
            "Unit": "None",
            "Sum": 30.0,
            "SampleCount": 900.0,
            "Maximum": 1.0,
        }
    ]
    listed = account.cloudwatch.list_metrics(Namespace="AWS/SageMaker")["Metrics"]
    assert [{d["Name"]: d["Value"] for d in metric["Dimensions"]} for metric in listed] == [
        MAIN,
        green,
    ]


def test_set_alarm_state_holds_until_the_next_evaluation(account: Account) -> None:
    account.make_alarm(TreatMissingData="notBreaching")
    account.pass_to(30)
    account.cloudwatch.set_alarm_state(
        AlarmName="errors", StateValue="ALARM", StateReason="a test", StateReasonData='{"why": 1}'
    )
    assert account.described()["StateValue"] == "ALARM"
    assert account.events()[-1]["state"]["reason"] == "a test"
    account.pass_to(31)
    assert account.changes() == [
        "09:00:05 INSUFFICIENT_DATA -> OK",
        "09:30:00 OK -> ALARM",
        "09:30:05 ALARM -> OK",
    ]
    newest = account.cloudwatch.describe_alarm_history(AlarmName="errors")["AlarmHistoryItems"][0]
    assert json.loads(newest["HistoryData"])["oldState"] == {
        "stateValue": "ALARM",
        "stateReason": "a test",
        "stateReasonData": {"why": 1},
    }


def test_the_same_state_set_again_is_no_change(account: Account) -> None:
    account.make_alarm(TreatMissingData="notBreaching")
    account.pass_to(30)
    account.cloudwatch.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="a test")
    assert account.described()["StateReason"] == "a test"
    assert account.changes() == ["09:00:05 INSUFFICIENT_DATA -> OK"]
    assert len(account.events()) == 1


def test_set_alarm_state_of_no_alarm(account: Account) -> None:
    state = {"AlarmName": "errors", "StateValue": "ALARM", "StateReason": "a test"}
    refusal = account.refusal(lambda: account.cloudwatch.set_alarm_state(**state))
    assert refusal == 'ResourceNotFound: There is no alarm "errors".'


def test_reason_data_must_be_json(account: Account) -> None:
    account.make_alarm()
    state = {"AlarmName": "errors", "StateValue": "ALARM", "StateReason": "a test"}
    refusal = account.refusal(
        lambda: account.cloudwatch.set_alarm_state(**state, StateReasonData="{")
    )
    assert refusal == "InvalidFormat: StateReasonData is no JSON."
    assert service.alarm_state("errors") == "INSUFFICIENT_DATA"


def test_alarms_of_other_services_are_not_modelled(account: Account) -> None:
    scaling = account.aws.client("application-autoscaling")
    target = {
        "ServiceNamespace": "dynamodb",
        "ResourceId": "table/any",
        "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
    }
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
    metric = {"PredefinedMetricType": "DynamoDBReadCapacityUtilization"}
    tracking = {"TargetValue": 50.0, "PredefinedMetricSpecification": metric}
    put = {**target, "PolicyName": "p", "PolicyType": "TargetTrackingScaling"}
    assert account.refusal(
        lambda: scaling.put_scaling_policy(**put, TargetTrackingScalingPolicyConfiguration=tracking)
    ) == (
        "ValidationException: An alarm that another service makes is not modelled yet by the"
        " simulator."
    )


def test_an_alarm_written_over_keeps_its_state(account: Account) -> None:
    account.make_alarm(TreatMissingData="breaching")
    account.pass_to(1)
    account.make_alarm(TreatMissingData="notBreaching")
    assert account.described()["StateValue"] == "ALARM"
    assert account.described()["StateReason"].endswith("treated as [Breaching].")
    account.pass_to(2)
    assert account.changes() == ["09:00:05 INSUFFICIENT_DATA -> ALARM", "09:01:05 ALARM -> OK"]


def test_callbacks_hear_of_changes(account: Account) -> None:
    heard: list[tuple[str, str, str]] = []
    service.on_state_change(lambda name, old, new: heard.append((name, old, new)))
    account.make_alarm(TreatMissingData="notBreaching")
    account.pass_to(1)
    assert heard == [("errors", "INSUFFICIENT_DATA", "OK")]


@pytest.fixture
def with_history(account: Account) -> Account:
    """Five changes: at 09:01:05 to OK, then ALARM and OK in turn, until 09:05:05."""
    account.make_alarm(AlarmName="another", TreatMissingData="breaching")
    account.make_alarm()
    for minute, value in enumerate([0.0, 0.1, 0.0, 0.1, 0.0]):
        account.pass_to(minute)
        account.put(value)
    account.pass_to(5, 10)
    return account


ALL = [
    "09:05:05 ALARM to OK",
    "09:04:05 OK to ALARM",
    "09:03:05 ALARM to OK",
    "09:02:05 OK to ALARM",
    "09:01:05 INSUFFICIENT_DATA to OK",
]


def test_history_is_newest_first(with_history: Account) -> None:
    assert with_history.history() == ALL
    assert with_history.history(HistoryItemType="StateUpdate") == ALL
    assert with_history.history(ScanBy="TimestampAscending") == ALL[::-1]
    everything = with_history.cloudwatch.describe_alarm_history()["AlarmHistoryItems"]
    assert {item["AlarmName"] for item in everything} == {"errors", "another"}


def test_an_item_of_the_history(with_history: Account) -> None:
    item = with_history.cloudwatch.describe_alarm_history(AlarmName="errors", MaxRecords=1)[
        "AlarmHistoryItems"
    ][0]
    assert (item["AlarmName"], item["AlarmType"]) == ("errors", "MetricAlarm")
    assert item["HistoryItemType"] == "StateUpdate"
    assert item["HistorySummary"] == "Alarm updated from ALARM to OK"
    data = json.loads(item["HistoryData"])
    assert data["version"] == "1.0"
    assert data["oldState"]["stateValue"] == "ALARM"
    assert data["newState"]["stateValue"] == "OK"
    assert data["newState"]["stateReasonData"]["recentDatapoints"] == [0.0]


@pytest.mark.parametrize("scan", ["TimestampDescending", "TimestampAscending"])
def test_history_in_pages(with_history: Account, scan: str) -> None:
    pages = with_history.cloudwatch.get_paginator("describe_alarm_history").paginate(
        AlarmName="errors", ScanBy=scan, MaxRecords=2
    )
    found = [[in_words(item) for item in page["AlarmHistoryItems"]] for page in pages]
    every = ALL if scan == "TimestampDescending" else ALL[::-1]
    assert found == [every[0:2], every[2:4], every[4:]]


def test_a_change_between_two_pages_disturbs_neither(with_history: Account) -> None:
    client = with_history.cloudwatch
    first = client.describe_alarm_history(AlarmName="errors", MaxRecords=2)
    with_history.cloudwatch.set_alarm_state(
        AlarmName="errors", StateValue="ALARM", StateReason="a test"
    )
    assert with_history.history(MaxRecords=2, NextToken=first["NextToken"]) == ALL[2:4]


def test_history_between_dates(with_history: Account) -> None:
    two, four = START + timedelta(minutes=2), START + timedelta(minutes=4)
    assert with_history.history(StartDate=two, EndDate=four) == ALL[2:4]
    assert with_history.history(StartDate=four + timedelta(seconds=5)) == ALL[:2]


def test_history_outlives_its_alarm(with_history: Account) -> None:
    with_history.cloudwatch.delete_alarms(AlarmNames=["errors"])
    assert service.alarm_state("errors") is None
    assert with_history.history() == ALL


def test_a_token_of_no_page_is_refused(with_history: Account) -> None:
    with pytest.raises(ClientError, match="InvalidNextToken"):
        with_history.history(NextToken="7000")
    with pytest.raises(ClientError, match="less than or equal to 100"):
        with_history.history(MaxRecords=101)
    with pytest.raises(ClientError, match="not modelled"):
        with_history.history(HistoryItemType="Action")


def test_topics_hear_of_their_state(account: Account) -> None:
    sns, sqs = account.aws.client("sns"), account.aws.client("sqs")
    topic = sns.create_topic(Name="on-call")["TopicArn"]
    queue = sqs.create_queue(QueueName="on-call")["QueueUrl"]
    arn = "arn:aws:sqs:eu-central-1:123456789012:on-call"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    account.make_alarm(AlarmActions=[topic], TreatMissingData="notBreaching")
    account.make_alarm(AlarmName="mute", AlarmActions=[topic], ActionsEnabled=False)
    account.put(1.0)
    account.pass_to(10)
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    bodies = [json.loads(message["Body"]) for message in messages]
    assert [body["Subject"] for body in bodies] == ['ALARM: "errors" in eu-central-1']
    told = json.loads(bodies[0]["Message"])
    assert (told["AlarmName"], told["OldStateValue"], told["NewStateValue"]) == (
        "errors",
        "OK",
        "ALARM",
    )
    assert told["StateChangeTime"] == "2026-01-05T09:01:05.000+0000"
    assert told["Trigger"]["MetricName"] == "Invocation5XXErrors"
    assert told["Trigger"]["Dimensions"] == [
        {"value": "churn", "name": "EndpointName"},
        {"value": "main", "name": "VariantName"},
    ]


def test_a_topic_that_is_not_there_only_fails(account: Account) -> None:
    topic = "arn:aws:sns:eu-central-1:123456789012:gone"
    account.make_alarm(OKActions=[topic], TreatMissingData="notBreaching")
    account.pass_to(1)
    actions = [entry.data for entry in account.aws.journal.of_kind("alarm_action")]
    assert actions == [{"name": "errors", "action": topic, "error": "The topic does not exist."}]


NO_METRIC = {
    "Namespace": None,
    "MetricName": None,
    "Dimensions": None,
    "Statistic": None,
    "Period": None,
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"ExtendedStatistic": "p95"},
            "An alarm on a single metric requires Statistic or ExtendedStatistic, not both.",
        ),
        (
            {"Statistic": None},
            "An alarm on a single metric requires Statistic or ExtendedStatistic, not both.",
        ),
        (
            {"ExtendedStatistic": "wm98", "Statistic": None},
            "The statistic wm98 is not modelled yet by the simulator.",
        ),
        (
            {"EvaluateLowSampleCountPercentile": "skip"},
            (
                "Option skip is not supported. Supported options for parameter"
                " EvaluateLowSampleCountPercentile are evaluate and ignore."
            ),
        ),
        (
            {"Period": 10},
            "A high-resolution alarm (Period 10) is not modelled yet by the simulator.",
        ),
        ({"Period": 90}, "Period must be 10, 20, 30 or a multiple of 60."),
        ({"Threshold": None}, "An alarm on a static threshold requires Threshold."),
        ({"MetricName": None}, "An alarm on a static threshold requires MetricName."),
        (
            {"DatapointsToAlarm": 2},
            "DatapointsToAlarm must not be greater than EvaluationPeriods.",
        ),
        (
            {"EvaluationPeriods": 1441},
            "EvaluationPeriods * Period must not be greater than 86400.",
        ),
        (
            {"Period": 3600, "EvaluationPeriods": 169},
            "EvaluationPeriods * Period must not be greater than 604800.",
        ),
        (
            {"TreatMissingData": "Missing"},
            (
                "Option Missing is not supported. Supported options for parameter TreatMissingData"
                " are missing, notBreaching, breaching, ignore."
            ),
        ),
        (
            {"ComparisonOperator": "GreaterThanUpperThreshold"},
            (
                "Anomaly detection (ComparisonOperator GreaterThanUpperThreshold) is not modelled"
                " yet by the simulator."
            ),
        ),
        (
            {"ThresholdMetricId": "ad1"},
            "PutMetricAlarm with ThresholdMetricId is not modelled yet by the simulator.",
        ),
        (
            {"AlarmActions": ["arn:aws:automate:eu-central-1:ec2:stop"]},
            (
                "The alarm action arn:aws:automate:eu-central-1:ec2:stop is not modelled yet by the"
                " simulator."
            ),
        ),
        (
            {"Metrics": [{"Id": "e", "Expression": "1"}]},
            (
                "An alarm with Metrics cannot have Namespace, MetricName, Dimensions, Period,"
                " Statistic."
            ),
        ),
    ],
)
def test_alarms_that_are_refused(account: Account, changes: dict[str, Any], message: str) -> None:
    assert account.refusal(lambda: account.make_alarm(**changes)) == f"ValidationError: {message}"
    assert service.alarm_state("errors") is None


@pytest.mark.parametrize("statistic", ["p101", "90"])
def test_an_alarm_on_an_unknown_percentile_is_refused(account: Account, statistic: str) -> None:
    told = account.refusal(lambda: account.make_alarm(Statistic=None, ExtendedStatistic=statistic))
    assert told == (
        f"InvalidParameterValue: The value {statistic} for parameter ExtendedStatistic is not"
        " supported."
    )


def test_a_statistic_must_be_one_of_the_api(account: Account) -> None:
    with pytest.raises(ClientError, match="enum value set"):
        account.make_alarm(Statistic="Mean")


@pytest.mark.usefixtures("account")
def test_all_is_in_one_region() -> None:
    there: Any = boto3.client("cloudwatch", region_name="us-east-1")
    with pytest.raises(ClientError, match="outside of eu-central-1 is not modelled"):
        there.describe_alarms()


def test_an_alarm_is_described_as_it_was_put(account: Account) -> None:
    account.make_alarm(ActionsEnabled=False, Tags=[{"Key": "team", "Value": "ml"}])
    assert account.described() == {
        "AlarmName": "errors",
        "AlarmArn": ARN,
        "AlarmConfigurationUpdatedTimestamp": START,
        "ActionsEnabled": False,
        "OKActions": [],
        "AlarmActions": [],
        "InsufficientDataActions": [],
        "StateValue": "INSUFFICIENT_DATA",
        "StateReason": "Unchecked: Initial alarm creation",
        "StateUpdatedTimestamp": START,
        "StateTransitionedTimestamp": START,
        "MetricName": "Invocation5XXErrors",
        "Namespace": "AWS/SageMaker",
        "Statistic": "Average",
        "Dimensions": named(MAIN),
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0.05,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    tags = account.cloudwatch.list_tags_for_resource(ResourceARN=ARN)["Tags"]
    assert tags == [{"Key": "team", "Value": "ml"}]


@pytest.fixture
def with_many(account: Account) -> Account:
    """Four alarms in the states OK, ALARM, OK and INSUFFICIENT_DATA, and a composite one."""
    topic = "arn:aws:sns:eu-central-1:123456789012:on-call"
    account.make_alarm(AlarmName="churn-5xx", TreatMissingData="notBreaching")
    account.make_alarm(AlarmName="churn-latency", TreatMissingData="breaching", Period=120)
    account.make_alarm(AlarmName="fraud", TreatMissingData="notBreaching", OKActions=[topic])
    account.make_alarm(AlarmName="new", MetricName="ModelLatency")
    account.cloudwatch.put_composite_alarm(AlarmName="churn", AlarmRule="ALARM(churn-latency)")
    account.pass_to(1)
    return account


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["churn-5xx", "churn-latency", "fraud", "new"]),
        ({"AlarmTypes": ["CompositeAlarm"]}, ["churn"]),
        (
            {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "AlarmNamePrefix": "churn"},
            ["churn-5xx", "churn-latency", "churn"],
        ),
        ({"AlarmTypes": ["LogAlarm"]}, []),
        ({"AlarmNames": ["new", "gone", "churn"]}, ["new"]),
        ({"AlarmNamePrefix": "churn-"}, ["churn-5xx", "churn-latency"]),
        ({"StateValue": "OK"}, ["churn-5xx", "fraud"]),
        ({"StateValue": "ALARM", "AlarmNamePrefix": "f"}, []),
        ({"ActionPrefix": "arn:aws:sns"}, ["fraud"]),
        ({"ActionPrefix": "arn:aws:lambda"}, []),
    ],
)
def test_filters_are_taken_together(
    with_many: Account, filters: dict[str, Any], names: list[str]
) -> None:
    assert [alarm["AlarmName"] for alarm in with_many.all_described(**filters)] == names


def test_alarms_come_in_pages(with_many: Account) -> None:
    paginator = with_many.cloudwatch.get_paginator("describe_alarms")
    pages = paginator.paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"], MaxRecords=2)
    found = [
        [alarm["AlarmName"] for alarm in (*page["MetricAlarms"], *page["CompositeAlarms"])]
        for page in pages
    ]
    assert found == [["churn-5xx", "churn-latency"], ["fraud", "new"], ["churn"]]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"NextToken": "7"}, "InvalidNextToken: The NextToken is invalid."),
        (
            {"AlarmNames": ["a"], "AlarmNamePrefix": "a"},
            "ValidationError: AlarmNames and AlarmNamePrefix cannot be given both.",
        ),
        (
            {"ChildrenOfAlarmName": "churn"},
            (
                "ValidationError: DescribeAlarms with ChildrenOfAlarmName is not modelled yet by"
                " the simulator."
            ),
        ),
    ],
)
def test_descriptions_that_are_refused(
    with_many: Account, params: dict[str, Any], message: str
) -> None:
    refusal = with_many.refusal(lambda: with_many.cloudwatch.describe_alarms(**params))
    assert refusal == message


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["churn-5xx", "churn-latency", "fraud"]),
        ({"Period": 120}, ["churn-latency"]),
        ({"Statistic": "Sum"}, []),
        ({"Unit": "Count"}, []),
        ({"MetricName": "ModelLatency"}, ["new"]),
        ({"Dimensions": [{"Name": "EndpointName", "Value": "churn"}]}, []),
    ],
)
def test_alarms_of_a_metric(with_many: Account, filters: dict[str, Any], names: list[str]) -> None:
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocation5XXErrors"}
    wanted = {**metric, "Dimensions": named(MAIN), **filters}
    found = with_many.cloudwatch.describe_alarms_for_metric(**wanted)["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in found] == names


def test_actions_are_disabled_and_enabled(account: Account) -> None:
    topic = "arn:aws:sns:eu-central-1:123456789012:gone"
    account.make_alarm(OKActions=[topic], AlarmActions=[topic])
    account.cloudwatch.disable_alarm_actions(AlarmNames=["errors"])
    assert account.described()["ActionsEnabled"] is False
    for state, enable in (("OK", True), ("ALARM", False)):
        account.cloudwatch.set_alarm_state(AlarmName="errors", StateValue=state, StateReason="")
        if enable:
            account.cloudwatch.enable_alarm_actions(AlarmNames=["errors"])
    taken = [entry.data["name"] for entry in account.aws.journal.of_kind("alarm_action")]
    assert taken == ["errors"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"Period": 1},
            (
                "ValidationError: A high-resolution period (1 seconds) is not modelled yet by the"
                " simulator."
            ),
        ),
        (
            {"Period": 90},
            (
                "InvalidParameterValue: The parameter Period must be a value in the set"
                " [ 1, 5, 10, 20, 30 ] or multiple of 60."
            ),
        ),
        (
            {"EndTime": START},
            (
                "InvalidParameterValue: The parameter StartTime must be less than the parameter"
                " EndTime."
            ),
        ),
        (
            {"EndTime": START + timedelta(milliseconds=900)},
            (
                "InvalidParameterValue: The parameter StartTime must be less than the parameter"
                " EndTime."
            ),
        ),
        (
            {"EndTime": START + timedelta(minutes=1441)},
            (
                "InvalidParameterCombination: You have requested up to 1,441 datapoints, which"
                " exceeds the limit of 1,440. You may reduce the datapoints requested by increasing"
                " Period, or decreasing the time range."
            ),
        ),
        (
            {"Statistics": ["Sum", "Median"]},
            (
                "InvalidParameterValue: The parameter Statistics.member.2 must be a value in the"
                " set [ SampleCount, Average, Sum, Minimum, Maximum ]."
            ),
        ),
        (
            {"ExtendedStatistics": ["p95"]},
            "InvalidParameterCombination: Must specify either Statistics or ExtendedStatistics",
        ),
    ],
)
def test_statistics_that_are_refused(
    account: Account, changes: dict[str, Any], message: str
) -> None:
    body = {"Namespace": "N", "MetricName": "M", "Period": 60, "Statistics": ["Sum"]}
    times = {"StartTime": START, "EndTime": START + timedelta(minutes=1440)}
    statistics = account.cloudwatch.get_metric_statistics
    assert statistics(**body, **times)["Datapoints"] == []
    assert account.refusal(lambda: statistics(**{**body, **times, **changes})) == message


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ("GetMetricStatistics", "The parameter Namespace is required."),
        (
            "GetMetricData",
            (
                "1 validation error detected: Value null at 'metricDataQueries' failed to satisfy"
                " constraint: Member must not be null"
            ),
        ),
    ],
)
def test_a_request_that_lacks_something_is_refused(operation: str, message: str) -> None:
    with pytest.raises(CloudWatchException) as refused:
        check_limits(operation, {})
    expected = "MissingParameter" if operation in OF_METRICS else "ValidationError"
    assert (refused.value.code, refused.value.message) == (expected, message)


@pytest.mark.parametrize(
    ("prepare", "seconds"),
    [
        (lambda account: account.make_alarm(TreatMissingData="breaching"), 5),
        (lambda account: (account.make_alarm(), account.put(1.0)), 7 * 60 + 5),
        (lambda account: account.put(1.0), 0),
    ],
)
def test_evaluation_rests_when_nothing_can_change(
    account: Account, prepare: Callable[[Account], object], seconds: int
) -> None:
    prepare(account)
    with pytest.raises(DeadlockError):
        account.aws.clock.event().wait()
    assert account.aws.clock.now() == START + timedelta(seconds=seconds)


def test_data_ahead_of_its_time_is_waited_for(account: Account) -> None:
    account.make_alarm(TreatMissingData="notBreaching")
    account.put_data(Value=1.0, Timestamp=START + timedelta(minutes=30))
    account.pass_to(40)
    assert account.changes() == [
        "09:00:05 INSUFFICIENT_DATA -> OK",
        "09:31:05 OK -> ALARM",
        "09:37:05 ALARM -> OK",
    ]


def test_traffic_of_a_failing_model_leads_to_alarm(account: Account) -> None:
    sagemaker = account.aws.client("sagemaker")
    environment = {
        "SIMULATED_ERROR_RATE": "0.1",
        "SIMULATED_LATENCY_MS": "40",
        "SIMULATED_PROVISIONING_SECONDS": "0",
    }
    sagemaker.create_model(
        ModelName="churn-blue",
        ExecutionRoleArn="arn:aws:iam::123456789012:role/model",
        PrimaryContainer={"Image": "model:1", "Environment": environment},
    )
    variant = {
        "VariantName": "main",
        "ModelName": "churn-blue",
        "InitialInstanceCount": 2,
        "InstanceType": "ml.m5.xlarge",
    }
    sagemaker.create_endpoint_config(EndpointConfigName="blue", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="churn", EndpointConfigName="blue")
    account.make_alarm(Dimensions=named({**MAIN, "EndpointConfigName": "blue"}))
    account.make_alarm(
        AlarmName="latency", MetricName="ModelLatency", Threshold=39_999.0, Statistic="Maximum"
    )
    account.make_alarm(AlarmName="idle", MetricName="Invocations", Threshold=601.0, Statistic="Sum")
    add_traffic("churn", 10)
    account.pass_to(2)
    changes = [(e.data["name"], e.data["new"]) for e in account.aws.journal.of_kind("alarm")]
    assert changes == [("errors", "ALARM"), ("latency", "ALARM"), ("idle", "OK")]
    assert {f"{e.at:%H:%M:%S}" for e in account.aws.journal.of_kind("alarm")} == {"09:01:05"}


def tags_of(account: Account) -> dict[str, str]:
    found = account.cloudwatch.list_tags_for_resource(ResourceARN=ARN)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


def test_tags_come_with_a_new_alarm_or_by_a_call_of_their_own_and_go_with_it(
    account: Account,
) -> None:
    first, other = [{"Key": "team", "Value": "ml"}], [{"Key": "team", "Value": "web"}]
    account.make_alarm(Tags=first)
    account.make_alarm(Tags=other)
    assert tags_of(account) == {"team": "ml"}
    account.cloudwatch.tag_resource(ResourceARN=ARN, Tags=[*other, {"Key": "on", "Value": ""}])
    assert tags_of(account) == {"team": "web", "on": ""}
    account.cloudwatch.delete_alarms(AlarmNames=["errors"])
    not_there = "ResourceNotFoundException"
    with pytest.raises(ClientError, match=not_there):
        tags_of(account)
    with pytest.raises(ClientError, match=not_there):
        account.cloudwatch.tag_resource(ResourceARN=ARN, Tags=first)
    account.make_alarm()
    assert tags_of(account) == {}
