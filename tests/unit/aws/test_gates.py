"""What the alarms of a deployment watch, by fleet where SageMaker tells the fleets apart."""

from typing import Any

import pytest
from botocore.stub import Stubber

from bluegreen.aws.gates import described, gate_queries, gates_of, points_of
from bluegreen.contract.errors import RequestRejected
from bluegreen.deployment.gate import Fleets, Gate
from builders import at, log_alarm

FLEETS = Fleets("churn", "churn-green", "churn-blue")
TIMES = [at(300), at(360)]


def read(stub: Stubber, *alarms: str, fleets: Fleets = FLEETS) -> tuple[Gate, ...]:
    client: Any = stub.client
    found = described(client, alarms)
    queries = gate_queries(alarms, found, fleets)
    return gates_of(alarms, found, points_of(client, queries, at(300), at(900)))


def metric(name: str, namespace: str = "AWS/SageMaker", **dimensions: str) -> dict[str, Any]:
    named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": named}


def stat(name: str, namespace: str = "AWS/SageMaker", **dimensions: str) -> dict[str, Any]:
    return {"Metric": metric(name, namespace, **dimensions), "Period": 60, "Stat": "Average"}


OURS = {"EndpointName": "churn", "VariantName": "main"}
ERRORS = {
    "AlarmName": "errors",
    **metric("Invocation5XXErrors", **OURS),
    "Statistic": "Average",
    "Period": 60,
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 0.02,
}
CUSTOM = {**ERRORS, **metric("Drift", "Ours", **OURS)}
SHARE = {
    "AlarmName": "share",
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 5,
    "Metrics": [
        {"Id": "m1", "MetricStat": stat("Errors", **OURS), "ReturnData": False},
        {"Id": "m10", "MetricStat": stat("Invocations", **OURS), "ReturnData": False},
        {"Id": "e", "Expression": "100 * m1 / m10", "Label": "share of errors"},
    ],
}


def shows(stub: Stubber, *alarms: dict[str, Any], composites: tuple[Any, ...] = ()) -> None:
    body = {"MetricAlarms": list(alarms), "CompositeAlarms": list(composites)}
    stub.add_response("describe_alarms", body)


def answers(stub: Stubber, queries: list[dict[str, Any]], **values: list[float]) -> None:
    """GetMetricData is asked for exactly these queries, and answers so."""
    asked = {
        "MetricDataQueries": queries,
        "StartTime": at(300),
        "EndTime": at(900),
        "ScanBy": "TimestampAscending",
    }
    results = [
        {"Id": id_, "Timestamps": TIMES[: len(found)], "Values": found}
        for id_, found in values.items()
    ]
    stub.add_response("get_metric_data", {"MetricDataResults": results}, asked)


def points(*values: float) -> tuple[Any, ...]:
    return tuple(zip(TIMES, values, strict=False))


def test_a_metric_of_sagemaker_is_read_of_both_fleets_and_of_each(stub: Stubber) -> None:
    shows(stub, ERRORS)
    queries = [
        {"Id": "w0", "MetricStat": stat("Invocation5XXErrors", **OURS)},
        {
            "Id": "g0",
            "MetricStat": stat("Invocation5XXErrors", **OURS, EndpointConfigName="churn-green"),
        },
        {
            "Id": "b0",
            "MetricStat": stat("Invocation5XXErrors", **OURS, EndpointConfigName="churn-blue"),
        },
    ]
    answers(stub, queries, w0=[0.01, 0.02], g0=[0.04], b0=[0.0, 0.0])
    (gate,) = read(stub, "errors")
    assert gate == Gate(
        "errors",
        "Average of Invocation5XXErrors",
        "GreaterThanThreshold",
        0.02,
        points(0.01, 0.02),
        points(0.04),
        points(0.0, 0.0),
    )
    assert gate.by_fleet


def test_an_alarm_on_one_fleet_is_read_of_the_other_too(stub: Stubber) -> None:
    """Its limit is compared with blue, though the alarm sees green alone."""
    pinned = metric("Invocation5XXErrors", **OURS, EndpointConfigName="churn-green")
    shows(stub, {**ERRORS, **pinned})
    blue = stat("Invocation5XXErrors", **OURS, EndpointConfigName="churn-blue")
    green = stat("Invocation5XXErrors", **OURS, EndpointConfigName="churn-green")
    queries = [{"Id": id_, "MetricStat": s} for id_, s in (("w0", green), ("g0", green))]
    answers(stub, [*queries, {"Id": "b0", "MetricStat": blue}], w0=[0.1], g0=[0.1], b0=[0.0])
    (gate,) = read(stub, "errors")
    assert (gate.green, gate.blue) == (points(0.1), points(0.0))


def test_of_an_expression_each_metric_is_put_for_the_fleet(stub: Stubber) -> None:
    shows(stub, SHARE)
    queries: list[dict[str, Any]] = []
    for id_, config in (("w0", ""), ("g0", "churn-green"), ("b0", "churn-blue")):
        of = OURS | ({"EndpointConfigName": config} if config else {})
        queries += [
            {"Id": f"{id_}_m1", "MetricStat": stat("Errors", **of), "ReturnData": False},
            {"Id": f"{id_}_m10", "MetricStat": stat("Invocations", **of), "ReturnData": False},
            {"Id": id_, "Expression": f"100 * {id_}_m1 / {id_}_m10"},
        ]
    answers(stub, queries, w0=[2.0], g0=[4.0], b0=[])
    (gate,) = read(stub, "share")
    assert (gate.metric, gate.limit) == ("share of errors", 5.0)
    assert (gate.watched, gate.green, gate.blue) == (points(2.0), points(4.0), ())


@pytest.mark.parametrize(
    "alarm",
    [
        CUSTOM,
        {**ERRORS, **metric("Invocation5XXErrors", EndpointName="churn")},
        {**ERRORS, **metric("Invocation5XXErrors", EndpointName="other", VariantName="main")},
    ],
)
def test_a_metric_that_is_not_told_by_fleet_is_read_of_both_together(
    stub: Stubber, alarm: dict[str, Any]
) -> None:
    shows(stub, alarm)
    of = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    both = stat(alarm["MetricName"], alarm["Namespace"], **of)
    answers(stub, [{"Id": "w0", "MetricStat": both}], w0=[0.5])
    (gate,) = read(stub, "errors")
    assert (gate.watched, gate.green, gate.blue) == (points(0.5), None, None)
    assert not gate.by_fleet


def test_an_expression_is_not_told_by_fleet_if_one_of_its_metrics_is_not(stub: Stubber) -> None:
    """Errors of both fleets over the requests of one would be a wrong share."""
    ours, custom = stat("Invocations", **OURS), stat("Errors", "Ours", **OURS)
    metrics = [
        {"Id": "m1", "MetricStat": custom, "ReturnData": False},
        {"Id": "m2", "MetricStat": ours, "ReturnData": False},
        {"Id": "e", "Expression": "m1 / m2"},
    ]
    shows(stub, {**SHARE, "Metrics": metrics})
    queries: list[dict[str, Any]] = [
        {"Id": "w0_m1", "MetricStat": custom, "ReturnData": False},
        {"Id": "w0_m2", "MetricStat": ours, "ReturnData": False},
        {"Id": "w0", "Expression": "w0_m1 / w0_m2"},
    ]
    answers(stub, queries, w0=[0.5])
    (gate,) = read(stub, "share")
    assert (gate.metric, gate.green, gate.blue) == ("m1 / m2", None, None)


def test_a_band_has_no_limit_in_figures(stub: Stubber) -> None:
    band = {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)"}
    metrics = [{"Id": "m1", "MetricStat": stat("Drift", "Ours", **OURS)}, band]
    shows(stub, {"AlarmName": "odd", "Metrics": metrics, "ThresholdMetricId": "band"})
    answers(stub, [{"Id": "w0", "MetricStat": stat("Drift", "Ours", **OURS)}], w0=[3.0])
    (gate,) = read(stub, "odd")
    assert (gate.metric, gate.limit, gate.watched) == ("Average of Drift", None, points(3.0))


@pytest.mark.parametrize(
    "query",
    [
        {"MetricStat": stat("Invocations", **OURS), "AccountId": "210987654321"},
        {"Expression": "SELECT AVG(Invocations) FROM SCHEMA(x)"},
        {"Expression": "SUM(METRICS())"},
    ],
)
def test_what_cannot_be_asked_with_others_has_no_series(
    stub: Stubber, query: dict[str, Any]
) -> None:
    shows(stub, {**SHARE, "Metrics": [{"Id": "q", **query}]})
    assert read(stub, "share") == (Gate("share", "", "GreaterThanThreshold", 5.0),)


def test_a_composite_alarm_and_one_that_is_gone_have_no_series(stub: Stubber) -> None:
    shows(stub, composites=({"AlarmName": "either", "AlarmRule": "ALARM(a)"},))
    assert read(stub, "gone", "either") == (Gate("gone"), Gate("either"))


def test_an_alarm_on_logs_has_its_limit_and_no_series(stub: Stubber) -> None:
    stub.add_response("describe_alarms", {"LogAlarms": [log_alarm()]})
    told = Gate("tracebacks", "count(*)", "GreaterThanThreshold", 5.0)
    assert read(stub, "tracebacks") == (told,)


def test_where_blue_is_not_known_only_green_is_read(stub: Stubber) -> None:
    shows(stub, ERRORS)
    of_green = stat("Invocation5XXErrors", **OURS, EndpointConfigName="churn-green")
    queries = [
        {"Id": "w0", "MetricStat": stat("Invocation5XXErrors", **OURS)},
        {"Id": "g0", "MetricStat": of_green},
    ]
    answers(stub, queries, w0=[0.0], g0=[0.0])
    (gate,) = read(stub, "errors", fleets=Fleets("churn", "churn-green"))
    assert (gate.green, gate.blue) == (points(0.0), None)


def test_alarms_that_cloudwatch_refuses_are_not_known(stub: Stubber) -> None:
    stub.add_client_error("describe_alarms", "AccessDenied", "You may not look.")
    with pytest.raises(RequestRejected, match="You may not look"):
        read(stub, "errors")


def test_a_series_that_cloudwatch_keeps_back_is_not_known_and_the_others_are(
    stub: Stubber,
) -> None:
    shows(stub, ERRORS)
    results = [
        {"Id": "w0", "Timestamps": TIMES[:1], "Values": [0.1]},
        {"Id": "g0", "Timestamps": [], "Values": [], "StatusCode": "Forbidden"},
    ]
    stub.add_response("get_metric_data", {"MetricDataResults": results})
    (gate,) = read(stub, "errors")
    assert (gate.watched, gate.green, gate.blue) == (points(0.1), None, ())


def test_an_expression_that_tells_the_fleets_apart_is_about_the_one_that_it_names(
    stub: Stubber,
) -> None:
    """As the alarms of guardrails: errors of both fleets, judged by the requests of green."""
    named = {
        "green": stat("Invocations", **OURS, EndpointConfigName="churn-green"),
        "errors": stat("Invocation5XXErrors", **OURS),
    }
    metrics = [{"Id": id_, "MetricStat": each, "ReturnData": False} for id_, each in named.items()]
    part = {"Id": "part", "Expression": "errors/green", "Label": "part of requests"}
    limit = {"Threshold": 0.025, "ComparisonOperator": "GreaterThanThreshold"}
    shows(stub, {"AlarmName": "guarded", "Metrics": [*metrics, part], **limit})
    asked: list[dict[str, Any]] = []
    for by in ("w0", "g0"):
        asked += [
            {"Id": f"{by}_{id_}", "MetricStat": each, "ReturnData": False}
            for id_, each in named.items()
        ]
        asked.append({"Id": by, "Expression": f"{by}_errors/{by}_green"})
    answers(stub, asked, w0=[0.0, 0.2], g0=[0.0, 0.2])
    (gate,) = read(stub, "guarded")
    assert (gate.watched, gate.green, gate.blue) == (points(0.0, 0.2), points(0.0, 0.2), None)
    assert gate.metric == "part of requests"
