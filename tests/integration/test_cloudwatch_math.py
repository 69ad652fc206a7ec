"""Alarms on percentiles and on metric math, through boto3."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bluegreen_simulator.aws.cloudwatch import alarms as service
from bluegreen_simulator.rules.metrics.statistic_set import Statistics
from integration.cloudwatch_account import MAIN, START, Account, named, running_account

NEVER = {
    "Namespace": None,
    "MetricName": None,
    "Dimensions": None,
    "Statistic": None,
    "Period": None,
}
"""What an alarm with Metrics has not."""

GREEN = {**MAIN, "EndpointConfigName": "green"}


def metric(id_: str, name: str, **more: Any) -> dict[str, Any]:
    of = {"Namespace": "AWS/SageMaker", "MetricName": name, "Dimensions": named(GREEN)}
    stat = {"Metric": of, "Period": 60, "Stat": "Sum", **more}
    return {"Id": id_, "MetricStat": stat, "ReturnData": False}


ERRORS, REQUESTS = metric("err", "Invocation5XXErrors"), metric("inv", "Invocations")
SHARE = {"Id": "share", "Expression": "IF(inv >= 20, err/inv, 0)", "Label": "share of errors"}
METRICS = [SHARE, ERRORS, REQUESTS]


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as account:
        yield account


def serve(account: Account, minute: int, requests: int, errors: int) -> None:
    """What the green fleet did in a minute, told at its end."""
    account.pass_to(minute + 1)
    at = account.aws.clock.now().replace(minute=minute)
    for name, total in (("Invocations", requests), ("Invocation5XXErrors", errors)):
        counts = {0.0: requests - total, 1.0: total}
        statistics = Statistics.of_values({v: n for v, n in counts.items() if n})
        service.publish("AWS/SageMaker", name, frozenset(GREEN.items()), at, statistics)


def test_the_share_of_errors_counts_from_enough_requests_on(account: Account) -> None:
    account.make_alarm(**NEVER, Metrics=METRICS, TreatMissingData="notBreaching")
    serve(account, 0, requests=19, errors=19)
    serve(account, 1, requests=600, errors=30)
    serve(account, 2, requests=600, errors=31)
    account.pass_to(10)
    assert account.changes() == [
        "09:00:05 INSUFFICIENT_DATA -> OK",
        "09:03:05 OK -> ALARM",
        "09:09:05 ALARM -> OK",
    ]


def test_the_event_of_a_metric_math_alarm(account: Account) -> None:
    account.make_alarm(**NEVER, Metrics=METRICS)
    serve(account, 0, requests=100, errors=10)
    account.pass_to(2)
    (event,) = account.events()
    assert event["state"] == {
        "value": "ALARM",
        "reason": (
            "Threshold Crossed: 1 out of the last 1 datapoints [0.1 (05/01/26 09:00:00)] was"
            " greater than the threshold (0.05) (minimum 1 datapoint for OK -> ALARM transition)."
        ),
        "reasonData": (
            '{"version":"1.0","queryDate":"2026-01-05T09:01:05.000+0000",'
            '"startDate":"2026-01-05T09:00:00.000+0000","period":60,"recentDatapoints":[0.1],'
            '"threshold":0.05,"evaluatedDatapoints":'
            '[{"timestamp":"2026-01-05T09:00:00.000+0000","value":0.1}]}'
        ),
        "timestamp": "2026-01-05T09:01:05.000+0000",
    }
    of_green = {"namespace": "AWS/SageMaker", "dimensions": GREEN}
    errors = {**of_green, "name": "Invocation5XXErrors"}
    requests = {**of_green, "name": "Invocations"}
    assert event["configuration"] == {
        "metrics": [
            {
                "id": "share",
                "expression": "IF(inv >= 20, err/inv, 0)",
                "label": "share of errors",
                "returnData": True,
            },
            {
                "id": "err",
                "metricStat": {"metric": errors, "period": 60, "stat": "Sum"},
                "returnData": False,
            },
            {
                "id": "inv",
                "metricStat": {"metric": requests, "period": 60, "stat": "Sum"},
                "returnData": False,
            },
        ]
    }


def test_a_metric_math_alarm_is_described_as_it_was_put(account: Account) -> None:
    account.make_alarm(**NEVER, Metrics=METRICS)
    described = account.described()
    assert described["Metrics"] == [{**SHARE, "ReturnData": True}, ERRORS, REQUESTS]
    assert described["Dimensions"] == []
    assert not {"Namespace", "MetricName", "Period", "Statistic"} & set(described)
    found = account.cloudwatch.describe_alarms_for_metric(
        Namespace="AWS/SageMaker", MetricName="Invocations", Dimensions=named(GREEN)
    )
    assert found["MetricAlarms"] == []


def test_a_topic_hears_of_the_metrics(account: Account) -> None:
    topic = account.aws.client("sns").create_topic(Name="on-call")["TopicArn"]
    account.make_alarm(**NEVER, Metrics=METRICS, AlarmActions=[topic])
    serve(account, 0, requests=100, errors=10)
    account.pass_to(2)
    (told,) = account.aws.journal.of_kind("notification")
    trigger = json.loads(told.data["message"])["Trigger"]
    assert "MetricName" not in trigger
    assert trigger["Threshold"] == 0.05
    assert trigger["Metrics"][0] == {**SHARE, "ReturnData": True}
    assert trigger["Metrics"][1]["MetricStat"]["Metric"]["Dimensions"] == [
        {"value": "churn", "name": "EndpointName"},
        {"value": "main", "name": "VariantName"},
        {"value": "green", "name": "EndpointConfigName"},
    ]


def test_one_metric_in_a_list_is_as_an_alarm_on_it(account: Account) -> None:
    latency = metric("m1", "ModelLatency", Stat="p95")
    account.make_alarm(**NEVER, Metrics=[{**latency, "ReturnData": True}], Threshold=100_000)
    slow = Statistics.of_values({5000.0: 90, 400_000.0: 10})
    service.publish("AWS/SageMaker", "ModelLatency", frozenset(GREEN.items()), START, slow)
    account.pass_to(2)
    data = json.loads(account.described()["StateReasonData"])
    assert (data["statistic"], data["evaluatedDatapoints"]) == (
        "p95",
        [{"timestamp": "2026-01-05T09:00:00.000+0000", "sampleCount": 100, "value": 400_000.0}],
    )


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ([ERRORS, REQUESTS], "Exactly one element of the metrics list should return data."),
        (
            [SHARE, {**ERRORS, "ReturnData": True}, REQUESTS],
            "Exactly one element of the metrics list should return data.",
        ),
        ([], "Exactly one element of the metrics list should return data."),
        ([SHARE, ERRORS], "Error in expression 'share' [Undefined variable 'inv']"),
        (
            [SHARE, ERRORS, {**REQUESTS, "Id": "Inv"}],
            (
                "The value Inv for parameter Id is invalid: it must begin with a lower-case letter,"
                " have only letters, digits and underscores, and stand there once."
            ),
        ),
        (
            [SHARE, ERRORS, REQUESTS, REQUESTS],
            (
                "The value inv for parameter Id is invalid: it must begin with a lower-case letter,"
                " have only letters, digits and underscores, and stand there once."
            ),
        ),
        (
            [{"Id": "e", "Expression": "RATE(err)"}, ERRORS],
            "Error in expression 'e' [Function RATE is not modelled yet by the simulator]",
        ),
        (
            [{"Id": "e", "Expression": "SUM(err)"}, ERRORS],
            "Error in expression 'e' [The result must be a single time series, and is S]",
        ),
        (
            [{"Id": "e", "Expression": "METRICS()"}, ERRORS],
            "Error in expression 'e' [The result must be a single time series, and is TS[]]",
        ),
        (
            [{"Id": "e", "Expression": "err +"}, ERRORS],
            "Error in expression 'e' [Unexpected end of the expression]",
        ),
        (
            [{"Id": "e"}],
            "The parameter Metrics.member.1.MetricStat is required.\n",
        ),
        (
            [SHARE, ERRORS, metric("inv", "Invocations", Period=300)],
            (
                "Error in expression 'share' [Metrics of different periods are not modelled yet by"
                " the simulator]"
            ),
        ),
        (
            [SHARE, ERRORS, metric("inv", "Invocations", Period=10)],
            "A high-resolution period (10 seconds) is not modelled yet by the simulator.",
        ),
        (
            [SHARE, ERRORS, metric("inv", "Invocations", Stat="IQM")],
            "The statistic IQM is not modelled yet by the simulator.",
        ),
        (
            [SHARE, ERRORS, {**REQUESTS, "AccountId": "111122223333"}],
            "A metric of another account (111122223333) is not modelled yet by the simulator.",
        ),
        (
            [SHARE, *(metric(f"m{n}", "Invocations") for n in range(11))],
            "Metrics must have at most 20 items: at most 10 metrics and 10 expressions.",
        ),
    ],
)
def test_metrics_that_are_refused(
    account: Account, metrics: list[dict[str, Any]], message: str
) -> None:
    put = account.refusal(lambda: account.make_alarm(**NEVER, Metrics=metrics))
    assert put == f"ValidationError: {message}"
    assert service.alarm_state("errors") is None


def test_its_own_account_may_be_named(account: Account) -> None:
    own = [{**query, "AccountId": "123456789012"} for query in METRICS]
    account.make_alarm(**NEVER, Metrics=own)
    assert service.alarm_state("errors") == "INSUFFICIENT_DATA"


@pytest.mark.parametrize(
    ("low", "changes"),
    [
        ("evaluate", ["09:01:05 INSUFFICIENT_DATA -> ALARM", "09:02:05 ALARM -> OK"]),
        ("ignore", ["09:02:05 INSUFFICIENT_DATA -> OK"]),
    ],
)
def test_a_percentile_of_few_samples(account: Account, low: str, changes: list[str]) -> None:
    account.make_alarm(
        MetricName="ModelLatency",
        Statistic=None,
        ExtendedStatistic="p95",
        Threshold=100_000,
        EvaluateLowSampleCountPercentile=low,
        TreatMissingData="ignore",
    )
    for minute, counts in enumerate([{400_000.0: 199}, {5000.0: 200}]):
        at = START.replace(minute=minute)
        account.pass_to(minute + 1)
        service.publish(
            "AWS/SageMaker",
            "ModelLatency",
            frozenset(MAIN.items()),
            at,
            Statistics.of_values(counts),
        )
    account.pass_to(10)
    assert account.changes() == changes
    assert account.described()["ExtendedStatistic"] == "p95"
    assert account.described()["EvaluateLowSampleCountPercentile"] == low
    event = account.events()[-1]["configuration"]["metrics"][0]["metricStat"]
    assert (event["stat"], "unit" in event) == ("p95", False)


def test_a_metric_that_only_sets_were_published_of_has_no_percentile(account: Account) -> None:
    account.make_alarm(Statistic=None, ExtendedStatistic="p95")
    statistics = {"Sum": 10.0, "SampleCount": 20.0, "Minimum": 0.0, "Maximum": 1.0}
    account.put_data(StatisticValues=statistics, Timestamp=START)
    account.pass_to(3)
    assert account.changes() == []


def test_only_data_of_the_unit_count(account: Account) -> None:
    account.make_alarm(Unit="Count")
    account.put_data(Value=1.0, Unit="Seconds")
    account.put_data(Value=1.0)
    account.pass_to(1, 10)
    assert account.changes() == []
    account.put_data(Value=1.0, Unit="Count")
    account.pass_to(2, 10)
    assert account.changes() == ["09:02:05 INSUFFICIENT_DATA -> ALARM"]
    assert json.loads(account.described()["StateReasonData"])["unit"] == "Count"
    assert account.events()[0]["configuration"]["metrics"][0]["metricStat"]["unit"] == "Count"


def test_ignoring_few_samples_of_an_expression_is_not_modelled(account: Account) -> None:
    low = {"EvaluateLowSampleCountPercentile": "ignore"}
    assert account.refusal(lambda: account.make_alarm(**NEVER, Metrics=METRICS, **low)) == (
        "ValidationError: EvaluateLowSampleCountPercentile ignore for an expression is not"
        " modelled yet by the simulator."
    )
