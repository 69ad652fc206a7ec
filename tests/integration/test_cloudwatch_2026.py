"""Alarms as CloudWatch has them in 2026: on logs, warming up, by the clock; and what is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from account import make_queue
from bluegreen.aws.account import Account as Adapters
from bluegreen.aws.cloudwatch import Alarms
from bluegreen.aws.described_alarms import describe_alarms
from bluegreen.aws.evidence import EvidenceReader
from bluegreen.aws.newer_alarms import show_newer_alarms
from bluegreen.deployment.evidence import Evidence, GreenFleet, Watch
from bluegreen.deployment.gate import Fleets, Gate, Span
from bluegreen.settings import Settings
from bluegreen_cli.account import Account as CommandLine
from bluegreen_simulator.aws.cloudwatch import alarms as service
from builders import log_alarm
from integration.cloudwatch_account import START, Account, running_account
from older_sdk import older_client

ARN = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:tracebacks"
ALL_TYPES = ["MetricAlarm", "CompositeAlarm", "LogAlarm"]
FLEET = GreenFleet("churn", "churn-green")
SPAN = Span(Fleets("churn", "churn-green"), START, START)
QUERY: dict[str, Any] = log_alarm()["ScheduledQueryConfiguration"]


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as account:
        yield account


# ---- Alarms on logs --------------------------------------------------------------------------


def make_log_alarm(account: Account, **changes: Any) -> None:
    account.cloudwatch.put_log_alarm(**log_alarm(**changes))


def set_state(account: Account, state: Any) -> None:
    account.cloudwatch.set_alarm_state(
        AlarmName="tracebacks", StateValue=state, StateReason="a test"
    )


def names(account: Account, *types: Any) -> dict[str, list[str]]:
    page: Any = account.cloudwatch.describe_alarms(AlarmTypes=types)
    kinds = ("MetricAlarms", "CompositeAlarms", "LogAlarms")
    return {kind: [alarm["AlarmName"] for alarm in page[kind]] for kind in kinds}


def test_an_alarm_on_logs_is_described_as_it_was_put(account: Account) -> None:
    make_log_alarm(account, TreatMissingData="notBreaching", Tags=[{"Key": "team", "Value": "ml"}])
    (alarm,) = account.cloudwatch.describe_alarms(AlarmTypes=["LogAlarm"])["LogAlarms"]
    arn = "arn:aws:logs:eu-central-1:123456789012:scheduled-query:tracebacks"
    assert alarm == {
        "AlarmName": "tracebacks",
        "AlarmArn": ARN,
        "AlarmConfigurationUpdatedTimestamp": START,
        "ActionsEnabled": True,
        "OKActions": [],
        "AlarmActions": [],
        "InsufficientDataActions": [],
        "StateValue": "INSUFFICIENT_DATA",
        "StateReason": "Unchecked: Initial alarm creation",
        "StateUpdatedTimestamp": START,
        "StateTransitionedTimestamp": START,
        "ScheduledQueryConfiguration": {**QUERY, "QueryARN": arn},
        "QueryResultsToEvaluate": 3,
        "QueryResultsToAlarm": 2,
        "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    tags = account.cloudwatch.list_tags_for_resource(ResourceARN=ARN)["Tags"]
    assert tags == [{"Key": "team", "Value": "ml"}]


def test_it_is_shown_to_those_alone_who_ask_for_its_type(account: Account) -> None:
    make_log_alarm(account)
    account.make_alarm()
    account.cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule="ALARM(errors)")
    none: dict[str, list[str]] = {"MetricAlarms": [], "CompositeAlarms": [], "LogAlarms": []}
    assert names(account) == {**none, "MetricAlarms": ["errors"]}
    assert names(account, "LogAlarm") == {**none, "LogAlarms": ["tracebacks"]}
    assert names(account, *ALL_TYPES) == {
        "MetricAlarms": ["errors"],
        "CompositeAlarms": ["any"],
        "LogAlarms": ["tracebacks"],
    }


def test_its_state_is_that_which_was_set(account: Account) -> None:
    make_log_alarm(account)
    account.pass_to(10)
    assert service.alarm_state("tracebacks") == "INSUFFICIENT_DATA"
    set_state(account, "ALARM")
    account.pass_to(30)
    assert account.changes() == ["09:10:00 INSUFFICIENT_DATA -> ALARM"]
    make_log_alarm(account, Threshold=7.0)
    (alarm,) = account.cloudwatch.describe_alarms(AlarmTypes=["LogAlarm"])["LogAlarms"]
    assert (alarm["StateValue"], alarm["Threshold"]) == ("ALARM", 7.0)


def test_its_changes_are_told_and_in_its_history(account: Account) -> None:
    topic = account.aws.client("sns").create_topic(Name="on-call")["TopicArn"]
    queue, arn = make_queue(account.aws, "on-call")
    account.aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    make_log_alarm(account, AlarmActions=[topic], AlarmDescription="the model raises")
    set_state(account, "ALARM")
    (event,) = account.events()
    assert (event["alarmName"], event["state"]["value"]) == ("tracebacks", "ALARM")
    assert event["configuration"] == {"description": "the model raises"}
    assert account.aws.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    read = account.cloudwatch.describe_alarm_history
    assert not read(AlarmName="tracebacks")["AlarmHistoryItems"]
    (item,) = read(AlarmName="tracebacks", AlarmTypes=["LogAlarm"])["AlarmHistoryItems"]
    assert item["AlarmType"] == "LogAlarm"


def test_our_readers_find_it_and_its_trip(account: Account) -> None:
    make_log_alarm(account)
    account.pass_to(1)
    set_state(account, "ALARM")
    account.pass_to(2)
    set_state(account, "OK")
    client = account.cloudwatch
    shown = Alarms(client).shown("tracebacks", START)
    assert [change.state for change in shown] == ["OK", "OK", "ALARM"]
    read = EvidenceReader(client).read(["tracebacks"], FLEET, None)
    assert read == Evidence((Watch("tracebacks", "OK"),))
    (gate,) = EvidenceReader(client).read(["tracebacks"], FLEET, None, SPAN).gates or ()
    assert gate == Gate("tracebacks", "count(*)", "GreaterThanThreshold", 5.0)


def test_our_readers_find_it_through_an_sdk_that_does_not_know_it(
    account: Account, tmp_path: Path
) -> None:
    make_log_alarm(account)
    account.make_alarm(WarmUpConfiguration=warming(30, whole=True))
    client = older_client(tmp_path)
    read = EvidenceReader(client).read
    green = GreenFleet("churn", "churn-green")
    assert read(["tracebacks"], green, None) == Evidence((Watch("tracebacks"),))
    show_newer_alarms(client)
    assert read(["tracebacks"], green, None) == Evidence(
        (Watch("tracebacks", "INSUFFICIENT_DATA"),)
    )
    (warms_up,) = describe_alarms(client, ["errors"])["MetricAlarms"]
    assert warms_up["WarmUpConfiguration"] == warming(30, whole=True)


def test_functions_and_commands_find_it_though_their_sdk_does_not_know_it(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_log_alarm(account)
    today = boto3.client
    monkeypatch.setattr(
        boto3,
        "client",
        lambda service, **members: (
            older_client(tmp_path) if service == "cloudwatch" else today(service, **members)
        ),
    )
    monkeypatch.setenv("STACK_NAME", "bluegreen")
    monkeypatch.setenv("ABORT_ALARM", "true")
    monkeypatch.setenv("GUARDRAIL_ALARMS", "OnRequest")
    functions = Adapters(Settings(), account.aws.clock, print)
    assert functions.alarms.shown("tracebacks", START)
    (watch,) = functions.evidence.read(["tracebacks"], FLEET, None).watches or ()
    assert watch.state == "INSUFFICIENT_DATA"
    (gate,) = functions.evidence.read(["tracebacks"], FLEET, None, SPAN).gates or ()
    assert gate.metric == "count(*)"
    commands = CommandLine("bluegreen")
    for client in (functions.situations.cloudwatch, commands.cloudwatch):
        (alarm,) = describe_alarms(client, ["tracebacks"])["LogAlarms"]
        assert alarm["AlarmName"] == "tracebacks"


def test_one_that_cannot_be_evaluated_has_not_tripped(account: Account) -> None:
    make_log_alarm(account)
    account.pass_to(1)
    set_state(account, "OK")
    set_state(account, "INSUFFICIENT_DATA")
    shown = Alarms(account.cloudwatch).shown("tracebacks", START)
    assert {change.state for change in shown} == {"INSUFFICIENT_DATA", "OK"}


def test_it_is_deleted_as_others_are(account: Account) -> None:
    make_log_alarm(account)
    account.cloudwatch.delete_alarms(AlarmNames=["tracebacks"])
    assert service.alarm_state("tracebacks") is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"QueryResultsToAlarm": 4},
            "QueryResultsToAlarm must not be greater than QueryResultsToEvaluate.",
        ),
        (
            {"QueryResultsToEvaluate": 101},
            "QueryResultsToEvaluate must not be greater than 100.",
        ),
        (
            {
                "ScheduledQueryConfiguration": {
                    **QUERY,
                    "ScheduleConfiguration": {
                        "ScheduleExpression": "rate(1 minute)",
                        "StartTimeOffset": 60,
                        "EndTimeOffset": 60,
                    },
                }
            },
            "EndTimeOffset must be less than StartTimeOffset.",
        ),
        (
            {"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 5}},
            "PutLogAlarm with WarmUpConfiguration is not modelled yet by the simulator.",
        ),
        (
            {"ActionLogLineCount": 3},
            "PutLogAlarm with ActionLogLineCount is not modelled yet by the simulator.",
        ),
        (
            {"ComparisonOperator": "GreaterThanUpperThreshold"},
            (
                "Anomaly detection (ComparisonOperator GreaterThanUpperThreshold) is not modelled"
                " yet by the simulator."
            ),
        ),
        (
            {"AlarmActions": ["arn:aws:lambda:eu-central-1:123456789012:function:f"]},
            (
                "The alarm action arn:aws:lambda:eu-central-1:123456789012:function:f is not"
                " modelled yet by the simulator."
            ),
        ),
    ],
)
def test_alarms_on_logs_that_are_refused(
    account: Account, changes: dict[str, Any], message: str
) -> None:
    refusal = account.refusal(lambda: make_log_alarm(account, **changes))
    assert refusal == f"ValidationError: {message}"
    assert service.alarm_state("tracebacks") is None


def test_an_alarm_on_logs_stands_in_no_rule(account: Account) -> None:
    """AWS names metric alarms and composite ones as what a rule may hold."""
    make_log_alarm(account)
    put = account.cloudwatch.put_composite_alarm
    assert account.refusal(lambda: put(AlarmName="any", AlarmRule="ALARM(tracebacks)")) == (
        "ValidationError: An alarm on logs in an AlarmRule (tracebacks) is not modelled yet by the"
        " simulator."
    )


def test_a_name_has_one_type(account: Account) -> None:
    make_log_alarm(account)
    refused = "ValidationError: tracebacks is the name of an alarm of another type."
    assert account.refusal(lambda: account.make_alarm(AlarmName="tracebacks")) == refused


# ---- Warming up ------------------------------------------------------------------------------


def warming(minutes: int, *, whole: bool = False) -> dict[str, Any]:
    config = {"WarmUpPeriodDurationInMinutes": minutes}
    return config | ({"OnlyStartEvaluatingAfterWarmUpPeriodEnds": True} if whole else {})


def test_a_new_alarm_is_evaluated_when_its_whole_warm_up_is_over(account: Account) -> None:
    account.make_alarm(WarmUpConfiguration=warming(5, whole=True))
    for minute in range(8):
        account.pass_to(minute)
        account.put(1.0)
    account.pass_to(8)
    assert account.changes() == ["09:05:05 INSUFFICIENT_DATA -> ALARM"]
    assert account.described()["WarmUpConfiguration"] == warming(5, whole=True)
    assert account.described()["AlarmConfigurationUpdatedTimestamp"] == START


def test_a_warm_up_ends_early_when_the_window_is_full(account: Account) -> None:
    account.make_alarm(
        WarmUpConfiguration=warming(60), EvaluationPeriods=3, TreatMissingData="breaching"
    )
    for minute in range(4):
        account.pass_to(minute)
        account.put(0.0)
    account.pass_to(30)
    assert account.changes() == [
        "09:03:05 INSUFFICIENT_DATA -> OK",
        "09:10:05 OK -> ALARM",  # over is over: what is missing later breaches
    ]


@pytest.mark.parametrize(
    ("treatment", "changes"),
    [
        ("breaching", ["09:05:05 INSUFFICIENT_DATA -> ALARM"]),
        ("notBreaching", ["09:05:05 INSUFFICIENT_DATA -> OK"]),
        ("missing", []),
    ],
)
def test_without_data_missing_data_counts_from_the_end_of_the_warm_up(
    account: Account, treatment: str, changes: list[str]
) -> None:
    account.make_alarm(WarmUpConfiguration=warming(5), TreatMissingData=treatment)
    account.pass_to(30)
    assert account.changes() == changes


def test_an_update_lets_an_alarm_warm_up_anew(account: Account) -> None:
    config = warming(5, whole=True)
    account.make_alarm(TreatMissingData="breaching", WarmUpConfiguration=config)
    account.pass_to(10)
    account.make_alarm(TreatMissingData="breaching", WarmUpConfiguration=config, Threshold=0.5)
    assert account.described()["StateValue"] == "ALARM"
    account.pass_to(11)
    alarm = account.described()
    assert (alarm["StateValue"], alarm["StateReason"]) == (
        "INSUFFICIENT_DATA",
        "Unchecked: The alarm is warming up",
    )
    assert (alarm["AlarmConfigurationUpdatedTimestamp"] - START).total_seconds() == 600
    account.pass_to(30)
    assert account.changes() == [
        "09:05:05 INSUFFICIENT_DATA -> ALARM",
        "09:10:05 ALARM -> INSUFFICIENT_DATA",
        "09:15:05 INSUFFICIENT_DATA -> ALARM",
    ]


def test_a_warm_up_that_is_over_does_not_begin_anew_for_its_length(account: Account) -> None:
    account.make_alarm(TreatMissingData="breaching", WarmUpConfiguration=warming(5))
    account.pass_to(10)
    account.make_alarm(TreatMissingData="breaching", WarmUpConfiguration=warming(50))
    account.pass_to(30)
    assert account.changes() == ["09:05:05 INSUFFICIENT_DATA -> ALARM"]


def test_a_warm_up_ends_with_an_update_that_has_none(account: Account) -> None:
    account.make_alarm(TreatMissingData="breaching", WarmUpConfiguration=warming(50, whole=True))
    account.pass_to(10)
    account.make_alarm(TreatMissingData="breaching")
    account.pass_to(30)
    assert account.changes() == ["09:10:05 INSUFFICIENT_DATA -> ALARM"]


def test_an_alarm_that_warms_up_does_not_act(account: Account) -> None:
    topic = "arn:aws:sns:eu-central-1:123456789012:gone"
    actions = {"AlarmActions": [topic], "InsufficientDataActions": [topic]}
    account.make_alarm(
        TreatMissingData="breaching", WarmUpConfiguration=warming(5, whole=True), **actions
    )
    account.cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="a test")
    account.pass_to(4)
    assert account.described()["StateValue"] == "INSUFFICIENT_DATA"
    assert not list(account.aws.journal.of_kind("alarm_action"))
    account.pass_to(6)
    assert len(list(account.aws.journal.of_kind("alarm_action"))) == 1


# ---- Windows ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("window", "change"),
    [
        (None, "09:08:05 INSUFFICIENT_DATA -> OK"),
        ({"SlidingWindow": {}}, "09:08:05 INSUFFICIENT_DATA -> OK"),
        ({"WallClockWindow": {}}, "09:10:05 INSUFFICIENT_DATA -> OK"),
        ({"WallClockWindow": {"Timezone": "+05:30"}}, "09:10:05 INSUFFICIENT_DATA -> OK"),
    ],
)
def test_a_window_by_the_clock_waits_for_the_end_of_the_period(
    account: Account, window: dict[str, Any] | None, change: str
) -> None:
    account.make_alarm(Period=300, EvaluationWindow=window, Statistic="Sum")
    account.pass_to(7)
    account.put(0.01)
    account.pass_to(11)
    assert account.changes() == [change]
    assert account.described().get("EvaluationWindow") == window


# ---- Refused by name -------------------------------------------------------------------------


NO_METRIC = dict.fromkeys(
    ("Namespace", "MetricName", "Dimensions", "Statistic", "Period", "EvaluationPeriods")
)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {
                **NO_METRIC,
                "Threshold": None,
                "ComparisonOperator": None,
                "EvaluationCriteria": {"PromQLCriteria": {"Query": "up"}},
                "EvaluationInterval": 60,
            },
            (
                "PutMetricAlarm with EvaluationCriteria, EvaluationInterval is not modelled yet by"
                " the simulator."
            ),
        ),
        (
            {"ActionConfiguration": {"AlarmTagsPropagation": {"Enabled": True}}},
            "PutMetricAlarm with ActionConfiguration is not modelled yet by the simulator.",
        ),
        (
            {"EvaluationPeriods": None},
            "An alarm on a static threshold requires EvaluationPeriods.",
        ),
        (
            {"ComparisonOperator": None},
            "An alarm on a static threshold requires ComparisonOperator.",
        ),
        (
            {"Period": 120, "EvaluationWindow": {"WallClockWindow": {}}},
            "With a WallClockWindow the period must be 60, 300, 3600, 86400 or 604800.",
        ),
        (
            {"Period": 604800, "EvaluationWindow": {"WallClockWindow": {}}},
            "A WallClockWindow of a week is not modelled yet by the simulator.",
        ),
        (
            {"EvaluationWindow": {"WallClockWindow": {"Timezone": "Europe/Berlin"}}},
            (
                "The time zone Europe/Berlin of a WallClockWindow is not modelled yet by the"
                " simulator."
            ),
        ),
        (
            {"EvaluationWindow": {"WallClockWindow": {"Timezone": "UTC-05:31"}}},
            "The offset UTC-05:31 must be a multiple of 5 minutes.",
        ),
        (
            {"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 2881}},
            (
                "1 validation error detected: Value '2881' at"
                " 'warmUpConfiguration.warmUpPeriodDurationInMinutes' failed to satisfy constraint:"
                " Member must have value less than or equal to 2880"
            ),
        ),
        (
            {
                **NO_METRIC,
                "EvaluationPeriods": 1,
                "Metrics": [
                    {
                        "Id": "m",
                        "AccountId": "210987654321",
                        "MetricStat": {
                            "Metric": {"Namespace": "AWS/SageMaker", "MetricName": "Invocations"},
                            "Period": 60,
                            "Stat": "Sum",
                        },
                    }
                ],
            },
            ("A metric of another account (210987654321) is not modelled yet by the simulator."),
        ),
    ],
)
def test_alarms_that_are_refused(account: Account, changes: dict[str, Any], message: str) -> None:
    assert account.refusal(lambda: account.make_alarm(**changes)) == f"ValidationError: {message}"
    assert service.alarm_state("errors") is None


def test_rules_that_mute_alarms_are_refused(account: Account) -> None:
    account.make_alarm()
    with pytest.raises(ClientError, match="PutAlarmMuteRule"):
        account.cloudwatch.put_alarm_mute_rule(
            Name="at-night",
            Rule={"Schedule": {"Expression": "cron(0 2 * * *)", "Duration": "PT4H"}},
            MuteTargets={"AlarmNames": ["errors"]},
        )
