"""Composite alarms through boto3: their state, when it changes, what is told, what is refused."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from bluegreen_simulator.aws.cloudwatch import alarms as service
from integration.cloudwatch_account import START, Account, running_account

ARN = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:"
BOTH = ["MetricAlarm", "CompositeAlarm"]


@pytest.fixture
def account() -> Iterator[Account]:
    """An account with two metric alarms, both with INSUFFICIENT_DATA for ever."""
    with running_account() as account:
        for name in ("errors", "latency"):
            account.make_alarm(AlarmName=name, MetricName=name)
        account.pass_to(1)
        yield account


def compose(account: Account, rule: str, name: str = "any", **more: Any) -> None:
    account.cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule=rule, **more)


def set_state(account: Account, name: str, state: str) -> None:
    account.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")


def told(account: Account) -> list[str]:
    return [
        f"{entry.at:%H:%M:%S} {entry.data['name']} {entry.data['old']} -> {entry.data['new']}"
        for entry in account.aws.journal.of_kind("alarm")
    ]


def composite(account: Account, name: str = "any") -> dict[str, Any]:
    (alarm,) = account.all_described(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])
    return alarm


def test_a_new_one_takes_its_state_at_once(account: Account) -> None:
    compose(account, "ALARM(errors) OR ALARM(latency)", AlarmDescription="green fails")
    assert service.alarm_state("any") == "OK"
    assert told(account) == ["09:01:00 any INSUFFICIENT_DATA -> OK"]
    at = START.replace(minute=1)
    child = '{"value":"INSUFFICIENT_DATA","timestamp":"2026-01-05T09:00:00.000+0000"}'
    assert composite(account) == {
        "AlarmName": "any",
        "AlarmArn": f"{ARN}any",
        "AlarmDescription": "green fails",
        "AlarmConfigurationUpdatedTimestamp": at,
        "ActionsEnabled": True,
        "OKActions": [],
        "AlarmActions": [],
        "InsufficientDataActions": [],
        "AlarmRule": "ALARM(errors) OR ALARM(latency)",
        "StateValue": "OK",
        "StateReason": f"{ARN}any was created and its alarm rule evaluates to OK",
        "StateReasonData": (
            f'{{"triggeringAlarms":[{{"arn":"{ARN}errors","state":{child}}},'
            f'{{"arn":"{ARN}latency","state":{child}}}]}}'
        ),
        "StateUpdatedTimestamp": at,
        "StateTransitionedTimestamp": at,
    }


def test_it_changes_with_its_children_at_once(account: Account) -> None:
    compose(account, 'ALARM("errors") AND NOT ALARM("latency")')
    account.pass_to(2)
    set_state(account, "errors", "ALARM")
    account.pass_to(2, 1)
    set_state(account, "latency", "ALARM")
    assert told(account)[1:] == [
        "09:02:00 errors INSUFFICIENT_DATA -> ALARM",
        "09:02:00 any OK -> ALARM",
        "09:02:01 latency INSUFFICIENT_DATA -> ALARM",
        "09:02:01 any ALARM -> OK",
    ]


def test_an_evaluated_child_carries_it_along(account: Account) -> None:
    compose(account, "ALARM(errors)")
    account.cloudwatch.put_metric_data(
        Namespace="AWS/SageMaker",
        MetricData=[
            {
                "MetricName": "errors",
                "Value": 1.0,
                "Dimensions": [
                    {"Name": "EndpointName", "Value": "churn"},
                    {"Name": "VariantName", "Value": "main"},
                ],
            }
        ],
    )
    account.pass_to(3)
    assert told(account)[1:] == [
        "09:02:05 errors INSUFFICIENT_DATA -> ALARM",
        "09:02:05 any OK -> ALARM",
    ]


def test_its_event(account: Account) -> None:
    compose(account, "ALARM(errors)", AlarmDescription="green fails")
    account.pass_to(2)
    set_state(account, "errors", "ALARM")
    event = account.events()[-1]
    assert event == {
        "alarmName": "any",
        "state": {
            "value": "ALARM",
            "reason": f"{ARN}errors transitioned to ALARM at Monday 05 January, 2026 09:02:00 UTC",
            "reasonData": (
                f'{{"triggeringAlarms":[{{"arn":"{ARN}errors","state":{{"value":"ALARM",'
                '"timestamp":"2026-01-05T09:02:00.000+0000"}}]}'
            ),
            "timestamp": "2026-01-05T09:02:00.000+0000",
        },
        "previousState": {
            "value": "OK",
            "reason": f"{ARN}any was created and its alarm rule evaluates to OK",
            "reasonData": event["previousState"]["reasonData"],
            "timestamp": "2026-01-05T09:01:00.000+0000",
        },
        "configuration": {"description": "green fails", "alarmRule": "ALARM(errors)"},
    }


def test_its_topics_hear_of_it(account: Account) -> None:
    topic = account.aws.client("sns").create_topic(Name="on-call")["TopicArn"]
    compose(account, "ALARM(errors)", AlarmActions=[topic])
    set_state(account, "errors", "ALARM")
    (notification,) = account.aws.journal.of_kind("notification")
    assert notification.data["subject"] == 'ALARM: "any" in eu-central-1'
    message = json.loads(notification.data["message"])
    assert (message["AlarmName"], message["AlarmRule"]) == ("any", "ALARM(errors)")
    assert message["TriggeringChildren"] == [
        {
            "Arn": f"{ARN}errors",
            "State": {"Value": "ALARM", "Timestamp": "2026-01-05T09:01:00.000+0000"},
        }
    ]
    assert "Trigger" not in message


def test_its_history_is_shown_to_who_asks_for_its_type(account: Account) -> None:
    compose(account, "ALARM(errors)")
    set_state(account, "errors", "ALARM")
    history = account.cloudwatch.describe_alarm_history
    assert history(AlarmName="any")["AlarmHistoryItems"] == []
    items = history(AlarmName="any", AlarmTypes=BOTH)["AlarmHistoryItems"]
    assert [(item["AlarmType"], item["HistorySummary"]) for item in items] == [
        ("CompositeAlarm", "Alarm updated from OK to ALARM"),
        ("CompositeAlarm", "Alarm updated from INSUFFICIENT_DATA to OK"),
    ]
    data = json.loads(items[0]["HistoryData"])["newState"]["stateReasonData"]
    assert data["triggeringAlarms"][0]["arn"] == f"{ARN}errors"
    everything = history(AlarmTypes=BOTH)["AlarmHistoryItems"]
    assert {item["AlarmName"] for item in everything} == {"any", "errors"}


def test_callbacks_hear_of_it(account: Account) -> None:
    heard: list[tuple[str, str, str]] = []
    compose(account, "ALARM(errors)")
    service.on_state_change(lambda name, old, new: heard.append((name, old, new)))
    set_state(account, "errors", "ALARM")
    assert heard == [("errors", "INSUFFICIENT_DATA", "ALARM"), ("any", "OK", "ALARM")]


def test_composites_of_composites(account: Account) -> None:
    compose(account, "ALARM(errors)", "inner")
    compose(account, f'ALARM("{ARN}inner") AND TRUE', "outer")
    set_state(account, "errors", "ALARM")
    set_state(account, "errors", "OK")
    assert told(account)[2:] == [
        "09:01:00 errors INSUFFICIENT_DATA -> ALARM",
        "09:01:00 inner OK -> ALARM",
        "09:01:00 outer OK -> ALARM",
        "09:01:00 errors ALARM -> OK",
        "09:01:00 inner ALARM -> OK",
        "09:01:00 outer ALARM -> OK",
    ]


def test_a_state_that_was_set_holds_until_a_child_changes(account: Account) -> None:
    compose(account, "ALARM(errors) OR ALARM(latency)")
    set_state(account, "any", "ALARM")
    account.pass_to(60)
    assert composite(account)["StateReason"] == "a test"
    set_state(account, "latency", "OK")
    assert told(account)[1:] == [
        "09:01:00 any OK -> ALARM",
        "10:00:00 latency INSUFFICIENT_DATA -> OK",
        "10:00:00 any ALARM -> OK",
    ]


def test_a_child_set_to_the_state_it_has_changes_nothing(account: Account) -> None:
    compose(account, "ALARM(errors)")
    set_state(account, "any", "ALARM")
    set_state(account, "errors", "INSUFFICIENT_DATA")
    assert service.alarm_state("any") == "ALARM"


def test_one_written_over_keeps_its_state_and_is_evaluated(account: Account) -> None:
    compose(account, "ALARM(errors)")
    account.pass_to(2)
    compose(account, "FALSE")
    assert told(account) == ["09:01:00 any INSUFFICIENT_DATA -> OK"]
    assert composite(account)["StateReason"].endswith(
        "was created and its alarm rule evaluates to OK"
    )
    compose(account, "TRUE")
    assert told(account)[1:] == ["09:02:00 any OK -> ALARM"]
    changed = composite(account)
    assert changed["StateReason"] == f"{ARN}any was updated and its alarm rule evaluates to ALARM"
    assert changed["StateReasonData"] == '{"triggeringAlarms":[]}'
    set_state(account, "errors", "ALARM")
    assert len(told(account)) == 3


def test_its_actions_are_disabled_and_enabled(account: Account) -> None:
    compose(account, "ALARM(errors)", AlarmActions=["arn:aws:sns:eu-central-1:1:gone"])
    account.cloudwatch.disable_alarm_actions(AlarmNames=["any"])
    set_state(account, "errors", "ALARM")
    assert list(account.aws.journal.of_kind("alarm_action")) == []


def test_tags_are_put_with_it_once(account: Account) -> None:
    compose(account, "TRUE", Tags=[{"Key": "team", "Value": "ml"}])
    compose(account, "TRUE", Tags=[{"Key": "team", "Value": "other"}])
    tags = account.cloudwatch.list_tags_for_resource(ResourceARN=f"{ARN}any")["Tags"]
    assert tags == [{"Key": "team", "Value": "ml"}]


def test_deleting(account: Account) -> None:
    compose(account, "ALARM(errors) OR ALARM(latency)")
    delete = account.cloudwatch.delete_alarms
    delete(AlarmNames=["any", "errors", "never-there"])
    assert [service.alarm_state(name) for name in ("any", "errors", "latency")] == [
        None,
        None,
        "INSUFFICIENT_DATA",
    ]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["errors"], "Cannot delete errors as there are composite alarm(s) depending on it."),
        (
            ["errors", "latency"],
            "Cannot delete errors,latency as there are composite alarm(s) depending on them.",
        ),
        (["any"], "Cannot delete any as there are composite alarm(s) depending on it."),
        (["any", "top"], "Only one composite alarm can be deleted in one operation."),
    ],
)
def test_what_others_stand_on_is_not_deleted(
    account: Account, names: list[str], message: str
) -> None:
    compose(account, "ALARM(errors) OR ALARM(latency)")
    compose(account, "ALARM(any)", "top")
    refusal = account.refusal(lambda: account.cloudwatch.delete_alarms(AlarmNames=names))
    assert refusal == f"ValidationError: {message}"
    assert len(account.all_described(AlarmTypes=BOTH)) == 4


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"AlarmRule": "ALARM(errors) OR ALARM(nope) AND OK(gone)"},
            (
                "Could not save the composite alarm as alarms [nope, gone] in the alarm rule do not"
                " exist"
            ),
        ),
        (
            {"AlarmRule": "ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors)"},
            (
                "Could not save the composite alarm as alarms"
                " [arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors] in the alarm rule do not"
                " exist"
            ),
        ),
        (
            {"AlarmName": "self", "AlarmRule": "ALARM(self)"},
            "Could not save the composite alarm as alarms [self] in the alarm rule do not exist",
        ),
        (
            {"AlarmRule": "ALARM(errors) AND"},
            (
                "Error in AlarmRule [Unsupported token '<end>' at char 17, must be: '(', 'NOT',"
                " AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA]"
            ),
        ),
        (
            {"AlarmRule": "AT_LEAST(1, ALARM, (errors, latency))"},
            "AT_LEAST in an AlarmRule is not modelled yet by the simulator.",
        ),
        (
            {"AlarmRule": "TRUE" + " " * 10_237 + "OR TRUE"},
            "1 validation error detected: Value '"
            + ("TRUE" + " " * 10_237 + "OR TRUE")
            + "' at 'alarmRule' failed to satisfy constraint: Member must have length less than"
            " or equal to 10240",
        ),
        (
            {"AlarmName": "errors"},
            "errors is the name of an alarm of another type.",
        ),
        (
            {"ActionsSuppressor": "errors", "ActionsSuppressorWaitPeriod": 60},
            (
                "PutCompositeAlarm with ActionsSuppressor, ActionsSuppressorWaitPeriod is not"
                " modelled yet by the simulator."
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
def test_composite_alarms_that_are_refused(
    account: Account, members: dict[str, Any], message: str
) -> None:
    body = {"AlarmName": "any", "AlarmRule": "TRUE", **members}
    refusal = account.refusal(lambda: account.cloudwatch.put_composite_alarm(**body))
    assert refusal == f"ValidationError: {message}"
    assert account.all_described(AlarmTypes=["CompositeAlarm"]) == []


@pytest.mark.parametrize("rule", ["ALARM(any)", "OK(errors) OR NOT ALARM(top)"])
def test_cycles_are_not_modelled(account: Account, rule: str) -> None:
    compose(account, "ALARM(errors)")
    compose(account, "ALARM(any)", "middle")
    compose(account, "ALARM(middle)", "top")
    assert account.refusal(lambda: compose(account, rule)) == (
        "ValidationError: A cycle of composite alarms (the rule of any comes back to it) is not"
        " modelled yet by the simulator."
    )
    assert composite(account)["AlarmRule"] == "ALARM(errors)"


def test_a_metric_alarm_cannot_take_the_name_of_a_composite_one(account: Account) -> None:
    compose(account, "TRUE")
    assert account.refusal(lambda: account.make_alarm(AlarmName="any")) == (
        "ValidationError: any is the name of an alarm of another type."
    )


def test_an_alarm_can_be_in_so_many_rules_only(account: Account) -> None:
    for number in range(150):
        compose(account, "ALARM(errors)", f"c{number}")
    compose(account, "OK(errors)", "c0")
    assert account.refusal(lambda: compose(account, "ALARM(errors)")) == (
        "ValidationError: errors cannot be in the rules of more than 150 composite alarms."
    )


def test_other_regions_have_none(account: Account) -> None:
    compose(account, "TRUE")
    there: Any = boto3.client("cloudwatch", region_name="us-east-1")
    assert account.refusal(lambda: there.describe_alarms(AlarmTypes=BOTH)) == (
        "ValidationError: DescribeAlarms outside of eu-central-1 is not modelled yet by the"
        " simulator."
    )
