"""The alarms of guardrails in the embedded CloudWatch: made, put right, told apart, removed."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from bluegreen.aws.guardrail_alarms import GuardrailAlarms
from bluegreen.contract.errors import RequestRejected
from bluegreen.guardrails.asked import SERVER_ERRORS, Asked
from bluegreen.guardrails.guardrail import Guardrail, alarm_name
from bluegreen.request.request import Request
from bluegreen_simulator.run.embedded import EmbeddedAws
from builders import CANARY
from guarded import METRICS, guardrail

ASKED: Final = Asked.from_json([{"Metric": SERVER_ERRORS, "MaxRate": 0.01}])


def request(*guardrails: Guardrail, **changes: Any) -> Request:
    wanted = guardrails or tuple(map(guardrail, METRICS))
    made = Request("churn", "churn-green", CANARY, asked=Asked.named("Default"), guardrails=wanted)
    return replace(made, **changes)


class Account:
    """A stack's alarms of guardrails, and the CloudWatch that they are in."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        self.client = aws.client("cloudwatch")
        self.alarms = self.of("bluegreen")
        self.calls: list[tuple[str, float]] = []
        self.client.meta.events.register("before-call", self._note)

    def of(self, stack: str) -> GuardrailAlarms:
        return GuardrailAlarms(self.client, stack, self.aws.clock)

    def there(self) -> dict[str, dict[str, Any]]:
        pages = self.client.get_paginator("describe_alarms").paginate()
        return {alarm["AlarmName"]: alarm for page in pages for alarm in page["MetricAlarms"]}

    def tags(self, name: str) -> dict[str, str]:
        arn = self.there()[name]["AlarmArn"]
        found = self.client.list_tags_for_resource(ResourceARN=arn)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in found}

    def make_foreign(self, name: str, **tags: str) -> dict[str, Any]:
        self.client.put_metric_alarm(
            AlarmName=name,
            Namespace="Mine",
            MetricName="Mine",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            Tags=[{"Key": key.replace("_", ":"), "Value": value} for key, value in tags.items()],
        )
        return self.there()[name]

    def ring(self, *names: str) -> None:
        for name in names:
            self.client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")

    def _note(self, model: Any, **_: Any) -> None:
        self.calls.append((model.name, self.aws.clock.now().timestamp()))


@pytest.fixture
def account() -> Iterator[Account]:
    with EmbeddedAws() as aws:
        yield Account(aws)


def test_they_are_made_with_their_tags_and_call_nobody(account: Account) -> None:
    account.alarms.make(request())
    assert [*account.there()] == [
        "bluegreen-guardrail-churn/main/4xx",
        "bluegreen-guardrail-churn/main/5xx",
    ]
    for name, alarm in account.there().items():
        assert account.tags(name) == {
            "bluegreen:stack": "bluegreen",
            "bluegreen:endpoint": "churn",
            "bluegreen:guardrail": "Default",
        }
        assert (alarm["ActionsEnabled"], alarm["AlarmActions"]) == (False, [])
        configs = {
            dimension["Value"]
            for query in alarm["Metrics"]
            for dimension in query.get("MetricStat", {}).get("Metric", {}).get("Dimensions", [])
            if dimension["Name"] == "EndpointConfigName"
        }
        assert configs == {"churn-green"}


def test_made_again_they_have_the_new_limit_config_and_text_and_their_old_state(
    account: Account,
) -> None:
    account.alarms.make(request())
    name = guardrail().alarm
    account.ring(name)
    account.alarms.make(
        request(guardrail(limit=0.01), asked=ASKED, endpoint_config_name="churn-next")
    )
    assert "TagResource" in dict(account.calls)
    alarm = account.there()[name]
    assert (alarm["Threshold"], alarm["StateValue"]) == (0.01, "ALARM")
    assert "churn-next" in str(alarm["Metrics"])
    assert account.tags(name)["bluegreen:guardrail"] == f"Metric={SERVER_ERRORS} MaxRate=0.01"
    assert account.tags(name)["bluegreen:stack"] == "bluegreen"


def test_who_asks_for_the_same_again_writes_no_tag(account: Account) -> None:
    account.alarms.make(request())
    account.alarms.make(request())
    assert "TagResource" not in dict(account.calls)


FOREIGN: Final[list[dict[str, str]]] = [
    {},
    {"team": "ml"},
    {"bluegreen_stack": "bluegreen"},
    {"bluegreen_stack": "bluegreen-two", "bluegreen_endpoint": "churn"},
    {"bluegreen_stack": "bluegreen", "bluegreen_endpoint": "fraud"},
]


@pytest.mark.parametrize("tags", FOREIGN, ids=str)
def test_an_alarm_of_somebody_else_is_named_and_not_written_over(
    account: Account, tags: dict[str, str]
) -> None:
    name = guardrail().alarm
    before = account.make_foreign(name, **tags)
    with pytest.raises(RequestRejected, match=rf"^There is an alarm {name} that this stack did"):
        account.alarms.make(request())
    assert account.there() == {name: before}


def test_where_two_of_three_are_of_somebody_else_nothing_is_written(account: Account) -> None:
    wanted = [guardrail(variant="a"), guardrail(variant="b"), guardrail(variant="c")]
    before = {each.alarm: account.make_foreign(each.alarm) for each in wanted[1:]}
    with pytest.raises(RequestRejected, match=rf"{wanted[1].alarm} \(and 1 more\)"):
        account.alarms.make(request(*wanted))
    assert account.there() == before


def test_no_more_than_three_a_second_are_put(account: Account) -> None:
    account.alarms.make(request(*(guardrail(variant=variant) for variant in "abcdefghij")))
    times = [at for operation, at in account.calls if operation == "PutMetricAlarm"]
    assert len(times) == 10
    assert min(b - a for a, b in zip(times, times[3:], strict=False)) >= 1


def test_which_are_in_alarm_is_said_of_the_request_s_alone(account: Account) -> None:
    account.alarms.make(request())
    account.alarms.make(request(guardrail(variant="other")))
    account.ring(guardrail().alarm, guardrail(variant="other").alarm)
    assert account.alarms.in_alarm(request()) == [guardrail().alarm]
    assert account.alarms.in_alarm(request(guardrail("4xx"))) == []


def test_all_of_ours_of_the_endpoint_are_removed_and_nothing_else(account: Account) -> None:
    account.alarms.make(request())
    account.alarms.make(request(guardrail(variant="from-before")))
    stay = [
        "churn-5xx",
        "bluegreen-abort-churn",
        "bluegreen-guardrail-churn/main/mine",
        "bluegreen-guardrail-churn-2/main/5xx",
    ]
    for name in stay:
        account.make_foreign(name, bluegreen_stack="bluegreen", bluegreen_endpoint="churn-2")
    assert account.of("bluegreen-two").remove("churn") == 0
    assert account.alarms.remove("CHURN") == 3
    assert sorted(account.there()) == sorted(stay)
    assert account.alarms.remove("churn") == 0


def test_more_than_a_page_and_more_than_one_call_deletes_are_removed(account: Account) -> None:
    for number in range(101):
        name = alarm_name("bluegreen", "churn", f"v{number}", "5xx")
        account.make_foreign(name, bluegreen_stack="bluegreen", bluegreen_endpoint="churn")
    assert account.alarms.remove("churn") == 101
    assert account.there() == {}
