"""Guardrails in a deployment: their alarms are made first, waited for, and gone once forgotten."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from bluegreen.aws.guardrail_alarms import GuardrailAlarms
from bluegreen.guardrails.alarm import alarm_of
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen_simulator.rules.faults.kinds import Death, FaultPlan
from bluegreen_simulator.run import faults
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.theatre import Fleet, Theatre
from builders import canary_request
from guarded import guarded, guardrail
from heavy import sampled
from shipped import ROOT

LONG: Final = 1800
GUARDRAIL: Final = guardrail()
ALARM: Final = GUARDRAIL.alarm


class Stack:
    """A stack that makes alarms on request, and an endpoint with traffic and no alarm at all."""

    def __init__(self, aws: EmbeddedAws, allowed: str) -> None:
        self.aws = aws
        self.theatre = Theatre(aws)
        self.stack = self.theatre.deploy(ROOT / "template.yaml", GuardrailAlarms=allowed)
        self.of_the_stack = {*self.stack.resources.values()}
        self.theatre.make_config("churn-blue", Fleet({}, 4))
        self.theatre.make_endpoint("churn", "churn-blue")
        self.theatre.begin_traffic("churn", 10)
        self.theatre.advance(300)

    def begin(self, config: str, behavior: dict[str, Any] | None) -> str:
        """Deploy a config, which is made if it is said how it behaves; the execution's ARN."""
        if behavior is not None:
            self.theatre.make_config(config, Fleet(behavior, 4))
        request = canary_request(EndpointConfigName=config)
        del request["DeploymentConfig"]["AutoRollbackConfiguration"]
        return self.theatre.start(request | {"AllowFindings": ["no-alarms", "bake-unprotected"]})

    def ended(self, execution: str, seconds: int = LONG) -> dict[str, Any]:
        self.theatre.advance(seconds)
        record: dict[str, Any] = json.loads(self.theatre.execution(execution).said)
        return record

    def deployed(self, config: str, **behavior: Any) -> dict[str, Any]:
        return self.ended(self.begin(config, behavior))

    def rolled_back(self) -> None:
        """Deploy a config that fails, until the moment in which its execution has ended."""
        execution = self.begin("churn-failing", {"error_rate": 0.5})
        while self.theatre.execution(execution).status == "RUNNING":
            self.theatre.advance(10)
        assert self.alarms()[ALARM] == "ALARM"

    def alarms(self) -> dict[str, str]:
        found = self.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
        made = [each for each in found if each["AlarmName"] not in self.of_the_stack]
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in made}

    def errors(self) -> list[str | None]:
        """Of each run of StartUpdate, what it ended with."""
        entries = self.aws.journal.of_kind("lambda_invoked")
        return [e.data["error"] for e in entries if "StartUpdate" in e.data["function"]]

    def calls(self, operation: str) -> int:
        """How often StartUpdate called it."""
        calls = [entry.data for entry in self.aws.journal.of_kind("api_call")]
        return sum("StartUpdate" in c["function"] and c["operation"] == operation for c in calls)

    def forget(self) -> str:
        name = self.stack.outputs["ForgetEndpointFunctionName"]
        client, payload = self.aws.client("lambda"), json.dumps({"EndpointName": "churn"})
        answer = client.invoke(FunctionName=name, Payload=payload)["Payload"].read()
        message: str = json.loads(answer)["Message"]
        return message


@pytest.fixture
def asking() -> Iterator[list[Guardrail]]:
    """What the check comes to for every request that passes it."""
    guardrails = [GUARDRAIL]
    with guarded(guardrails):
        yield guardrails


@pytest.fixture
def stack(asking: list[Guardrail]) -> Iterator[Stack]:
    assert asking
    with EmbeddedAws() as aws:
        yield Stack(aws, "OnRequest")


def test_a_green_that_fails_is_rolled_back_by_an_alarm_that_nobody_had_to_write(
    stack: Stack,
) -> None:
    record = stack.deployed("churn-failing", error_rate=0.5)
    assert (record["Verdict"], record["Trigger"]) == ("ROLLED_BACK", "ALARM")
    assert record["TrippedAlarms"] == [ALARM]
    assert not [row for row in stack.theatre.rows() if row["pk"].startswith("ALARM#")]
    assert stack.deployed("churn-green")["Verdict"] == "SUCCEEDED"


def test_the_next_config_is_deployed_within_minutes_of_a_rollback(stack: Stack) -> None:
    stack.rolled_back()
    second = stack.begin("churn-green", {})
    stack.theatre.advance(300)
    assert stack.theatre.endpoint("churn")["EndpointStatus"] == "Updating"
    record = stack.ended(second)
    assert (record["Verdict"], record["TrippedAlarms"]) == ("SUCCEEDED", [])
    assert "GuardrailInAlarm" in stack.errors()


@pytest.mark.slow
@pytest.mark.parametrize("by_config", sampled([False, True], 2), ids=["both fleets", "by config"])
def test_the_same_config_again_waits_until_its_errors_are_counted_no_more(
    stack: Stack, asking: list[Guardrail], by_config: bool
) -> None:
    """While blue alone is called there are new datapoints, and old ones count no more."""
    asking[:] = [replace(GUARDRAIL, period_seconds=900, by_config=by_config)]
    stack.rolled_back()
    second = stack.begin("churn-failing", None)
    waited = 0
    while stack.theatre.endpoint("churn")["EndpointStatus"] != "Updating":
        stack.theatre.advance(60)
        waited += 60
    assert waited <= 1200
    assert {*stack.errors()[1:-1]} == {"GuardrailInAlarm"}
    assert stack.ended(second)["Verdict"] == "ROLLED_BACK"


@pytest.mark.slow
def test_an_alarm_that_stays_in_alarm_rejects_the_deployment_in_the_end(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GuardrailAlarms, "in_alarm", lambda *_: [ALARM])
    record = stack.ended(stack.begin("churn-green", {}), seconds=3300)
    assert record["Verdict"] == "REJECTED"
    rings = f"The alarm {ALARM} of a guardrail of endpoint churn is still in ALARM, by requests"
    assert record["Reason"].startswith(rings)
    assert stack.errors() == ["GuardrailInAlarm"] * 51


CALLS = [
    ("DescribeAlarms", 2),  # which of the names are taken
    ("ListTagsForResource", 1),
    ("TagResource", 1),
    ("PutMetricAlarm", 2),
    ("DescribeAlarms", 3),  # which are in ALARM
    ("UpdateEndpoint", 1),
]


@pytest.mark.parametrize(("operation", "nth"), sampled(CALLS, 3))
def test_who_dies_while_they_are_made_makes_them_all_the_same(
    stack: Stack, asking: list[Guardrail], operation: str, nth: int
) -> None:
    stack.aws.client("cloudwatch").put_metric_alarm(
        **alarm_of(GUARDRAIL, "churn", "churn-before"),
        Tags=[
            {"Key": "bluegreen:stack", "Value": "bluegreen"},
            {"Key": "bluegreen:endpoint", "Value": "churn"},
            {"Key": "bluegreen:guardrail", "Value": "Strict"},
        ],
    )
    asking[:] = [replace(GUARDRAIL, limit=0.03)]
    death = Death("StartUpdate", operation, nth)
    faults.add(stack.aws.world, FaultPlan(deaths=(death,)))
    assert stack.deployed("churn-green")["Verdict"] == "SUCCEEDED"
    assert stack.errors() == ["Runtime.ExitError", None]
    assert stack.calls("UpdateEndpoint") == 1
    (alarm,) = stack.aws.client("cloudwatch").describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
    assert alarm["Threshold"] == 0.03
    found = stack.aws.client("cloudwatch").list_tags_for_resource(ResourceARN=alarm["AlarmArn"])
    assert {"Key": "bluegreen:guardrail", "Value": "Default"} in found["Tags"]


@pytest.mark.parametrize("nth", sampled([2, 1, 3], 3))
def test_who_dies_between_two_alarms_makes_both_before_the_update(
    stack: Stack, asking: list[Guardrail], nth: int
) -> None:
    asking[:] = [GUARDRAIL, guardrail("4xx")]
    death = Death("StartUpdate", "PutMetricAlarm", nth)  # the first is the abort alarm
    faults.add(stack.aws.world, FaultPlan(deaths=(death,)))
    assert stack.deployed("churn-green")["Verdict"] == "SUCCEEDED"
    assert stack.errors() == ["Runtime.ExitError", None]
    assert stack.calls("UpdateEndpoint") == 1
    named = stack.theatre.endpoint("churn")["LastDeploymentConfig"]["AutoRollbackConfiguration"]
    assert {alarm["AlarmName"] for alarm in named["Alarms"]} == {*stack.alarms()}
    assert "2 alarms of guardrails" in stack.forget()
    assert stack.alarms() == {}


def test_for_an_update_that_sagemaker_has_taken_none_is_made_again(stack: Stack) -> None:
    death = Death("StartUpdate", "UpdateEndpoint", 1)
    faults.add(stack.aws.world, FaultPlan(deaths=(death,)))
    assert stack.deployed("churn-green")["Verdict"] == "SUCCEEDED"
    assert stack.calls("PutMetricAlarm") == 2  # the abort alarm, and ours


def test_an_alarm_of_somebody_else_stays_as_it_is_and_the_endpoint_too(stack: Stack) -> None:
    stack.aws.client("cloudwatch").put_metric_alarm(**alarm_of(GUARDRAIL, "churn", "theirs"))
    record = stack.deployed("churn-green")
    assert record["Verdict"] == "REJECTED"
    assert f"There is an alarm {ALARM} that this stack did not make" in record["Reason"]
    assert stack.calls("UpdateEndpoint") == 0
    (alarm,) = stack.aws.client("cloudwatch").describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
    assert "theirs" in str(alarm["Metrics"])


def test_a_stack_that_may_make_none_says_so_and_changes_nothing(asking: list[Guardrail]) -> None:
    assert asking
    with EmbeddedAws() as aws:
        stack = Stack(aws, "Never")
        record = stack.deployed("churn-green")
        assert record["Verdict"] == "REJECTED"
        assert "The alarms of the guardrails cannot be made: " in record["Reason"]
        assert [*stack.alarms()] == ["bluegreen-abort-churn"]


def test_whoever_asks_for_no_guardrail_gets_no_alarm(stack: Stack, asking: list[Guardrail]) -> None:
    asking.clear()
    assert stack.deployed("churn-green")["Verdict"] == "SUCCEEDED"
    assert [*stack.alarms()] == ["bluegreen-abort-churn"]
    assert stack.calls("ListTagsForResource") == stack.calls("TagResource") == 0
    assert stack.calls("PutMetricAlarm") == 1


def test_what_is_forgotten_leaves_no_alarm(stack: Stack) -> None:
    stack.deployed("churn-green")
    assert [*stack.alarms()] == ["bluegreen-abort-churn", ALARM]
    assert "its abort alarm, 1 alarm of guardrails and 1 record" in stack.forget()
    assert stack.alarms() == {}
