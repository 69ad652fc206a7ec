"""Guardrails on the whole embedded AWS: they held, had too little data, or aborted for that."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final
from unittest.mock import patch

import pytest

from bluegreen.check.report import Checked
from bluegreen.guardrails.alarm import queries_of
from bluegreen.guardrails.asked import Asked
from bluegreen.request.request import Request
from bluegreen_simulator.rules.faults.kinds import Death, FaultPlan
from bluegreen_simulator.rules.fleet.assumptions import AlarmsRead
from bluegreen_simulator.run import faults
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.theatre import Fleet, Theatre
from builders import canary_request
from guarded_deployments import ERRORS
from heavy import sampled
from shipped import ROOT

LONG: Final = 1800
TAGS: Final = {"bluegreen:stack": "bluegreen", "bluegreen:endpoint": "churn"}
"""Without them it would be a stranger's alarm."""


@contextmanager
def guarded(not_enough_data: str) -> Iterator[None]:
    """Let every request that passes the check have a guardrail on 5XX."""
    to_send: Any = Checked.to_send

    def with_guardrail(checked: Checked) -> Request:
        request: Request = to_send.fget(checked)
        asked = Asked.named("Default")
        return replace(request, asked=asked, not_enough_data=not_enough_data, guardrails=(ERRORS,))

    with patch.object(Checked, "to_send", property(with_guardrail)):
        yield


def deployed(
    aws: EmbeddedAws,
    per_second: float,
    not_enough_data: str,
    plan: FaultPlan | None = None,
    **parameters: str,
) -> tuple[Theatre, dict[str, Any]]:
    """An endpoint with so many requests, and the record of a canary of 25 % to a healthy config."""
    theatre = Theatre(aws)
    allowed = {"GuardrailAlarms": "OnRequest", **parameters}
    theatre.deploy(ROOT / "template.yaml", **allowed)
    for config in ("churn-blue", "churn-green"):
        theatre.make_config(config, Fleet({}, 4))
    theatre.make_endpoint("churn", "churn-blue")
    theatre.begin_traffic("churn", per_second)
    _make_alarm(aws)
    theatre.advance(300)
    faults.add(aws.world, plan or FaultPlan())
    request = canary_request(EndpointConfigName="churn-green")
    del request["DeploymentConfig"]["AutoRollbackConfiguration"]
    with guarded(not_enough_data):
        execution = theatre.start(request | {"AllowFindings": ["no-alarms", "bake-unprotected"]})
        theatre.advance(LONG)
    record: dict[str, Any] = json.loads(theatre.execution(execution).said)
    return theatre, record


def _make_alarm(aws: EmbeddedAws) -> None:
    queries: Any = queries_of(ERRORS, "churn", "churn-green")
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=ERRORS.alarm,
        Metrics=queries,
        EvaluationPeriods=1,
        Threshold=ERRORS.limit,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        Tags=[{"Key": key, "Value": value} for key, value in TAGS.items()],
    )


def told(theatre: Theatre, event: str) -> list[Any]:
    return [body for body in theatre.notifications() if body["Event"] == event]


def looks(aws: EmbeddedAws) -> int:
    entries = aws.journal.of_kind("lambda_invoked")
    return sum("AwaitStage" in entry.data["function"] for entry in entries)


def test_with_requests_enough_its_guardrail_held_and_the_message_says_by_how_many() -> None:
    with EmbeddedAws() as aws:
        theatre, record = deployed(aws, 20, "ABORT")
        assert record["Verdict"] == "SUCCEEDED"
        (row,) = record["Guardrails"]
        assert row["Outcome"] == "HEALTHY"
        assert row["Power"] >= 0.95
        assert row["Requests"] > 10_000  # all of 20 a second for 600 s in the last bake
        (end,) = told(theatre, "DEPLOYMENT_SUCCEEDED")
        assert end["Severity"] == "INFO"
        assert "Its guardrail held" in end["Message"]
        assert [each["Outcome"] for each in end["Guardrails"]] == ["HEALTHY"]
        assert "GuardrailAlarms" not in record["Request"]
        assert not [row for row in theatre.rows() if row["pk"].startswith("ALARM#")]


@pytest.mark.parametrize(("not_enough_data", "severity"), [("WARN", "WARNING"), ("PASS", "INFO")])
def test_with_few_requests_nothing_is_known_and_the_message_says_so(
    not_enough_data: str, severity: str
) -> None:
    with EmbeddedAws() as aws:
        theatre, record = deployed(aws, 0.05, not_enough_data)
        assert record["Verdict"] == "SUCCEEDED"
        (row,) = record["Guardrails"]
        assert (row["Outcome"], row["Power"] < 0.95) == ("NOT_ENOUGH_DATA", True)
        (end,) = told(theatre, "DEPLOYMENT_SUCCEEDED")
        assert end["Severity"] == severity
        assert "It was judged by too little data" in end["Message"]


@pytest.mark.parametrize("reading", sampled([AlarmsRead.EDGE, AlarmsRead.LEVEL], 2))
def test_with_abort_it_is_rolled_back_in_the_first_bake(reading: AlarmsRead) -> None:
    with EmbeddedAws(alarms_read=reading) as aws:
        theatre, record = deployed(aws, 0.05, "ABORT")
        assert (record["Verdict"], record["Trigger"]) == ("ROLLED_BACK", "ABORT")
        assert 'too little data would have judged it: 5XX of variant "main"' in record["Reason"]
        assert max(stage["TrafficPercent"] for stage in record["Stages"]) < 100
        (abort,) = told(theatre, "DEPLOYMENT_ABORTED")
        assert "requests to green so far" in abort["Message"]


DEATHS: Final = [
    ("AwaitStage", "PutMetricData", 1),
    ("AwaitStage", "DescribeAlarms", 1),
    ("AwaitStage", "GetMetricData", 1),
    ("AwaitStage", "Publish", 1),
    ("ConcludeDeployment", "GetMetricData", 1),
]


@pytest.mark.parametrize(("function", "operation", "nth"), sampled(DEATHS, 5))
def test_with_abort_it_is_rolled_back_whoever_dies_over_it(
    function: str, operation: str, nth: int
) -> None:
    plan = FaultPlan(deaths=(Death(function, operation, nth),))
    with EmbeddedAws() as aws:
        theatre, record = deployed(aws, 0.05, "ABORT", plan)
        ends = [entry.data["error"] for entry in aws.journal.of_kind("lambda_invoked")]
        assert ends.count("Runtime.ExitError") == 1
        assert (record["Verdict"], record["Trigger"]) == ("ROLLED_BACK", "ABORT")
        assert [row["Outcome"] for row in record["Guardrails"]] == ["NOT_ENOUGH_DATA"]
        for event in ("DEPLOYMENT_ABORTED", "DEPLOYMENT_ROLLED_BACK"):
            assert len({body["NotificationId"] for body in told(theatre, event)}) == 1
        assert not [row for row in theatre.rows() if row["pk"].startswith("ALARM#")]


@pytest.mark.slow
def test_with_abort_there_is_one_look_more_in_each_bake() -> None:
    counted = []
    for not_enough_data in ("WARN", "ABORT"):
        with EmbeddedAws() as aws:
            deployed(aws, 20, not_enough_data)
            counted.append(looks(aws))
    assert counted[1] - counted[0] == 2  # bakes


def test_without_an_abort_alarm_it_goes_on_and_the_message_says_that_it_cannot_be_stopped() -> None:
    with EmbeddedAws() as aws:
        theatre, record = deployed(aws, 0.05, "ABORT", AbortAlarm="false")
        assert record["Verdict"] == "SUCCEEDED"
        (abort,) = told(theatre, "DEPLOYMENT_ABORTED")
        assert "SageMaker cannot be stopped: the update has no abort alarm" in abort["Message"]
