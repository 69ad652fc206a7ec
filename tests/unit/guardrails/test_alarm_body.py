"""What PutMetricAlarm is sent for a guardrail: a body that the API takes, in words for people."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from bluegreen.guardrails.alarm import alarm_of, queries_of
from bluegreen.guardrails.guardrail import Guardrail, alarm_name

ERRORS = Guardrail(
    "bluegreen-guardrail-churn/main/5xx",
    "main",
    "Invocation5XXErrors",
    "5xx",
    limit=0.025,
    defect=0.2,
    period_seconds=300,
    expected=0.005,
)
LATENCY = replace(
    ERRORS, metric="ModelLatency", key="latency-p90", limit=0.1, limit_ms=312.5, periods=3
)
LONGEST_DESCRIPTION = 1024


def body_of(guardrail: Guardrail) -> Any:
    return alarm_of(guardrail, "churn", "churn-green")


@pytest.mark.parametrize("guardrail", [ERRORS, replace(ERRORS, by_config=True), LATENCY])
def test_the_api_takes_the_body(guardrail: Guardrail) -> None:
    model = get_session().get_service_model("cloudwatch").operation_model("PutMetricAlarm")
    assert model.input_shape is not None
    report = ParamValidator().validate(body_of(guardrail), model.input_shape)
    assert not report.has_errors(), report.generate_report()


def test_it_goes_off_over_the_limit_in_all_of_its_periods_and_calls_nobody() -> None:
    body = body_of(LATENCY)
    assert body["Metrics"] == queries_of(LATENCY, "churn", "churn-green")
    assert (body["EvaluationPeriods"], body["DatapointsToAlarm"]) == (3, 3)
    assert (body["Threshold"], body["ComparisonOperator"]) == (0.1, "GreaterThanThreshold")
    assert body["TreatMissingData"] == "notBreaching"
    assert body["ActionsEnabled"] is False
    assert "AlarmActions" not in body


def test_who_finds_it_in_the_console_reads_what_it_is() -> None:
    assert body_of(ERRORS)["AlarmDescription"] == (
        "Rolls back a deployment of endpoint churn when more than 2.5 % of green's requests to"
        " variant main end in Invocation5XXErrors, counted over 300 seconds, and chance does not"
        " explain it. bluegreen makes it, and puts it right for each deployment; `bluegreen forget"
        " churn` removes it."
    )
    assert (
        "more than 10 % of green's requests to variant main take longer than 312.5 ms, counted over"
        " 300 seconds, 3 times in a row" in body_of(LATENCY)["AlarmDescription"]
    )


def test_with_the_longest_names_it_is_not_too_long() -> None:
    name = alarm_name("s" * 128, "e" * 63, "v" * 63, "latency-p99.9")
    body = alarm_of(replace(LATENCY, alarm=name, variant="v" * 63), "e" * 63, "c" * 63)
    assert len(body["AlarmName"]) <= 255
    assert len(body["AlarmDescription"]) <= LONGEST_DESCRIPTION
