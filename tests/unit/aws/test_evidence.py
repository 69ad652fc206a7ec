"""What a verdict rests on, as CloudWatch tells it; what it does not tell is not known."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import Stubber

from bluegreen.aws.evidence import EvidenceReader
from bluegreen.contract.errors import ObservationUnavailable, RequestRejected
from bluegreen.deployment.evidence import Bakes, Evidence, GreenFleet, Watch
from bluegreen.deployment.gate import Fleets, Span
from bluegreen.guardrails.outcome import Counts
from builders import at
from guarded_deployments import ERRORS as ERRORS_GUARDRAIL
from guarded_deployments import LATENCY, by_minute

BAKES = Bakes(at(320), at(1500))
GREEN = GreenFleet("churn", "churn-green", ("main",))


@pytest.fixture
def reader(stub: Stubber) -> EvidenceReader:
    client: Any = stub.client
    return EvidenceReader(client)


def dimensions(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


OURS = dimensions(EndpointName="churn", VariantName="main")
STAT: dict[str, Any] = {
    "Metric": {
        "Namespace": "AWS/SageMaker",
        "MetricName": "Invocation5XXErrors",
        "Dimensions": OURS,
    },
    "Period": 60,
    "Stat": "Average",
}
ERRORS = {
    "AlarmName": "errors",
    "StateValue": "OK",
    **STAT["Metric"],
    "Period": 60,
    "Statistic": "Average",
}
INVOCATIONS = {
    "Metric": {
        "Namespace": "AWS/SageMaker",
        "MetricName": "Invocations",
        "Dimensions": dimensions(
            EndpointName="churn", VariantName="main", EndpointConfigName="churn-green"
        ),
    },
    "Period": 60,
    "Stat": "Sum",
}


def result(id_: str, *values: float, **more: str) -> dict[str, Any]:
    times = [at(300 + 60 * minute) for minute in range(len(values))]
    return {"Id": id_, "Timestamps": times, "Values": list(values), **more}


def shows(
    stub: Stubber,
    *alarms: dict[str, Any],
    composites: tuple[Any, ...] = (),
    of_logs: tuple[Any, ...] = (),
) -> None:
    body = {"MetricAlarms": alarms, "CompositeAlarms": composites, "LogAlarms": of_logs}
    stub.add_response("describe_alarms", {kind: list(found) for kind, found in body.items()})


def measures(stub: Stubber, queries: dict[str, Any], **values: list[float]) -> None:
    """GetMetricData is asked for these queries, from minute to minute, and answers so."""
    asked = {
        "MetricDataQueries": [{"Id": id_, "MetricStat": stat} for id_, stat in queries.items()],
        "StartTime": at(300),
        "EndTime": at(1560),
        "ScanBy": "TimestampAscending",
    }
    results = [result(id_, *found) for id_, found in values.items()]
    stub.add_response("get_metric_data", {"MetricDataResults": results}, asked)


def test_the_datapoints_of_an_alarm_and_the_requests_of_green(
    stub: Stubber, reader: EvidenceReader
) -> None:
    shows(stub, ERRORS)
    measures(stub, {"w0": STAT, "r0": INVOCATIONS}, w0=[0.0, 0.0, 0.1], r0=[60.0, 59.6])
    evidence = reader.read(["errors", "errors"], GREEN, BAKES)
    assert evidence == Evidence((Watch("errors", "OK", 3, "main"),), {"main": 120})


@pytest.mark.parametrize(
    ("alarm", "variant"),
    [
        ({**ERRORS, "Dimensions": dimensions(EndpointName="other", VariantName="main")}, ""),
        ({**ERRORS, "Dimensions": dimensions(EndpointName="churn")}, ""),
        ({**ERRORS, "Dimensions": []}, ""),
    ],
)
def test_an_alarm_that_is_about_no_variant_of_ours(
    stub: Stubber, reader: EvidenceReader, alarm: dict[str, Any], variant: str
) -> None:
    shows(stub, alarm)
    stub.add_response("get_metric_data", {"MetricDataResults": [result("w0")]})
    fleet = GreenFleet("churn", "churn-green")
    assert reader.read(["errors"], fleet, BAKES) == Evidence((Watch("errors", "OK", 0, variant),))


@pytest.mark.parametrize(
    "metrics",
    [
        [{"Id": "e", "Expression": "m / 2"}, {"Id": "m", "MetricStat": STAT, "ReturnData": False}],
        [{"Id": "m", "MetricStat": STAT, "AccountId": "210987654321"}],
        [{"Id": "q", "Expression": "SELECT AVG(x) FROM y"}],
        [],
    ],
)
def test_what_cannot_be_counted_is_not_counted(
    stub: Stubber, reader: EvidenceReader, metrics: list[Any]
) -> None:
    shows(stub, {"AlarmName": "math", "StateValue": "ALARM", "Metrics": metrics})
    measures(stub, {"r0": INVOCATIONS}, r0=[])
    evidence = reader.read(["math"], GREEN, BAKES)
    assert evidence == Evidence((Watch("math", "ALARM"),), {"main": 0})


def test_one_metric_among_queries_alarms_without_a_metric_and_one_that_is_gone(
    stub: Stubber, reader: EvidenceReader
) -> None:
    one = {"AlarmName": "one", "StateValue": "OK", "Metrics": [{"Id": "m", "MetricStat": STAT}]}
    either = {"AlarmName": "either", "StateValue": "OK"}
    of_logs = {"AlarmName": "tracebacks", "StateValue": "OK", "Threshold": 5.0}
    shows(stub, one, composites=(either,), of_logs=(of_logs,))
    measures(stub, {"w2": STAT, "r0": INVOCATIONS}, w2=[1.0], r0=[1.0])
    evidence = reader.read(["gone", "either", "one", "tracebacks"], GREEN, BAKES)
    without_metric = (Watch("gone"), Watch("either", "OK"))
    watches = (*without_metric, Watch("one", "OK", 1, "main"), Watch("tracebacks", "OK"))
    assert evidence == Evidence(watches, {"main": 1})


@pytest.mark.parametrize("status", ["Forbidden", "InternalError"])
def test_values_that_may_be_missing_are_not_counted(
    stub: Stubber, reader: EvidenceReader, status: str
) -> None:
    shows(stub, ERRORS)
    results = [
        result("w0", 1.0, StatusCode=status),
        result("r0", 1.0, StatusCode=status),
    ]
    stub.add_response("get_metric_data", {"MetricDataResults": results})
    assert reader.read(["errors"], GREEN, BAKES) == Evidence((Watch("errors", "OK", None, "main"),))


def test_several_pages_are_put_together(stub: Stubber, reader: EvidenceReader) -> None:
    first = [result("r0", 1.0, StatusCode="PartialData")]
    stub.add_response("get_metric_data", {"MetricDataResults": first, "NextToken": "t"})
    second = [result("r0", 2.0, StatusCode="Complete")]
    stub.add_response("get_metric_data", {"MetricDataResults": second})
    assert reader.read([], GREEN, BAKES) == Evidence((), {"main": 3})


def test_without_a_bake_nothing_is_counted(stub: Stubber, reader: EvidenceReader) -> None:
    shows(stub, ERRORS)
    assert reader.read(["errors"], GREEN, None) == Evidence((Watch("errors", "OK", None, "main"),))


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "ValidationError"])
def test_what_cannot_be_read_is_not_known(stub: Stubber, reader: EvidenceReader, code: str) -> None:
    stub.add_client_error("describe_alarms", code, "not now", http_status_code=400)
    passes = code == "Throttling"
    with pytest.raises(ObservationUnavailable if passes else RequestRejected, match="not now"):
        reader.read(["errors"], GREEN, BAKES)
    shows(stub, ERRORS)
    stub.add_client_error("get_metric_data", code, "nor now", http_status_code=400)
    evidence = reader.read(["errors"], GREEN, BAKES)
    assert evidence == Evidence((Watch("errors", "OK", None, "main"),), unread="nor now")


# ---- Gates -----------------------------------------------------------------------------------

SPAN = Span(Fleets("churn", "churn-green", "churn-blue"), at(-600), at(1530))


def of_fleet(config: str) -> dict[str, Any]:
    by_config = [*OURS, *dimensions(EndpointConfigName=config)]
    return {**STAT, "Metric": {**STAT["Metric"], "Dimensions": by_config}}


def test_gates_are_read_in_the_same_call_and_an_alarm_that_was_seen_is_not_asked_for_again(
    stub: Stubber, reader: EvidenceReader
) -> None:
    shows(stub, ERRORS)
    seen = reader.look(["errors"])
    stats = {"w0": STAT, "g0": of_fleet("churn-green"), "b0": of_fleet("churn-blue")}
    asked = {
        "MetricDataQueries": [
            {"Id": id_, "MetricStat": stat} for id_, stat in {**stats, "r0": INVOCATIONS}.items()
        ],
        "StartTime": at(-600),
        "EndTime": at(1560),
        "ScanBy": "TimestampAscending",
    }
    times = [at(-600), at(240), at(300), at(1500), at(1560)]
    results = [
        {"Id": id_, "Timestamps": times, "Values": [1.0, 2.0, 3.0, 4.0, 5.0]}
        for id_ in ("w0", "g0", "r0")
    ]
    stub.add_response("get_metric_data", {"MetricDataResults": results}, asked)
    evidence = reader.read(["errors"], GREEN, BAKES, SPAN, seen)
    assert evidence.watches == (Watch("errors", "OK", 2, "main"),)  # only in the bakes
    assert evidence.green_requests == {"main": 7}
    (gate,) = evidence.gates or ()
    assert gate.watched == gate.green == tuple(zip(times[:4], (1.0, 2.0, 3.0, 4.0), strict=True))
    assert gate.blue == ()


def test_a_period_that_began_before_a_bake_and_ends_in_it_counts(
    stub: Stubber, reader: EvidenceReader
) -> None:
    shows(stub, {**ERRORS, "Period": 300})
    points = {"Timestamps": [at(0), at(60), at(1500)], "Values": [1.0, 1.0, 1.0]}
    stub.add_response("get_metric_data", {"MetricDataResults": [{"Id": "w0", **points}]})
    evidence = reader.read(["errors"], replace(GREEN, variants=()), BAKES)
    assert evidence.watches == (Watch("errors", "OK", 2, "main"),)


def test_gates_that_are_refused_cost_no_evidence(stub: Stubber, reader: EvidenceReader) -> None:
    shows(stub, ERRORS)
    stub.add_client_error("get_metric_data", "ValidationError", "an odd expression", 400)
    measures(stub, {"w0": STAT, "r0": INVOCATIONS}, w0=[0.0], r0=[60.0])
    evidence = reader.read(["errors"], GREEN, BAKES, SPAN)
    usual = Evidence((Watch("errors", "OK", 1, "main"),), {"main": 60})
    assert evidence == replace(usual, gates_unread="an odd expression")


def test_what_does_not_answer_now_is_not_asked_again(stub: Stubber, reader: EvidenceReader) -> None:
    shows(stub, ERRORS)
    stub.add_client_error("get_metric_data", "Throttling", "not now", 400)
    evidence = reader.read(["errors"], GREEN, BAKES, SPAN)
    assert (evidence.unread, evidence.gates_unread, evidence.gates) == ("not now", "", None)
    shows(stub, ERRORS)
    stub.add_client_error("get_metric_data", "AccessDenied", "not you", 400)
    evidence = reader.read(["errors"], GREEN, None, SPAN)
    assert (evidence.unread, evidence.gates_unread, evidence.gates) == ("", "not you", None)


# ---- Guardrails ------------------------------------------------------------------------------


def invocation(name: str, stat: str = "Sum", *, by_config: bool = False) -> dict[str, Any]:
    config = {"EndpointConfigName": "churn-green"} if by_config else {}
    metric = {
        "Namespace": "AWS/SageMaker",
        "MetricName": name,
        "Dimensions": dimensions(EndpointName="churn", VariantName="main", **config),
    }
    return {"Metric": metric, "Period": 60, "Stat": stat}


OF_ERRORS = {
    "q0_green": invocation("Invocations", by_config=True),
    "q0_both": invocation("Invocations"),
    "q0_errors": invocation("Invocation5XXErrors"),
}
OF_LATENCY = {
    "q1_green": invocation("ModelLatency", "SampleCount", by_config=True),
    "q1_both": invocation("Invocations"),
    "q1_fast": invocation("ModelLatency", "PR(:300000)", by_config=True),
}
GUARDED = replace(GREEN, guardrails=(ERRORS_GUARDRAIL, LATENCY))
ITS_ALARM = {
    "AlarmName": ERRORS_GUARDRAIL.alarm,
    "StateValue": "OK",
    "Metrics": [{"Id": "part", "Expression": "errors/green"}],
}


def test_what_guardrails_count_is_read_by_the_minute_in_the_same_call(
    stub: Stubber, reader: EvidenceReader
) -> None:
    shows(stub, ITS_ALARM)
    measures(
        stub,
        {"r0": INVOCATIONS, **OF_ERRORS, **OF_LATENCY},
        r0=[60.0, 60.0],
        q0_green=[60.0, 60.0],
        q0_both=[240.0, 240.0],
        q0_errors=[3.0],
        q1_green=[60.0, 60.0],
        q1_both=[240.0, 240.0],
        q1_fast=[90.0],
    )
    evidence = reader.read([ERRORS_GUARDRAIL.alarm], GUARDED, BAKES)
    assert evidence.watches == (Watch(ERRORS_GUARDRAIL.alarm, "OK", None, "main"),)
    slow: Any = pytest.approx(by_minute(300, 6))
    assert evidence.counts == {
        ERRORS_GUARDRAIL.alarm: Counts(
            by_minute(300, 60, 60), by_minute(300, 3), by_minute(300, 240, 240)
        ),
        LATENCY.alarm: Counts(by_minute(300, 60), slow),
    }


def test_errors_by_endpoint_config_are_those_of_green_alone(
    stub: Stubber, reader: EvidenceReader
) -> None:
    fleet = replace(GREEN, guardrails=(replace(ERRORS_GUARDRAIL, by_config=True),))
    stats = {
        "q0_green": invocation("Invocations", by_config=True),
        "q0_both": invocation("Invocations"),
        "q0_errors": invocation("Invocation5XXErrors", by_config=True),
    }
    measures(stub, stats, q0_green=[60.0], q0_both=[240.0], q0_errors=[3.0])
    counted = reader.count(fleet, BAKES)
    seen = Counts(by_minute(300, 60), by_minute(300, 3), by_minute(300, 240))
    assert counted.counts == {ERRORS_GUARDRAIL.alarm: seen}


@pytest.mark.parametrize("id_", ["q0_green", "q0_both", "q0_errors"])
def test_counts_of_which_a_metric_cannot_be_read_are_not_known(
    stub: Stubber, reader: EvidenceReader, id_: str
) -> None:
    results = [result(each, 1.0) for each in {**OF_ERRORS, **OF_LATENCY} if each != id_]
    results.append(result(id_, StatusCode="Forbidden"))
    stub.add_response("get_metric_data", {"MetricDataResults": results})
    assert set(reader.count(GUARDED, BAKES).counts) == {LATENCY.alarm}


def test_counts_that_cannot_be_asked_for(stub: Stubber, reader: EvidenceReader) -> None:
    stub.add_client_error("get_metric_data", "AccessDenied", "not you", http_status_code=400)
    assert reader.count(GUARDED, BAKES) == Evidence(unread="not you")
    stub.add_client_error("get_metric_data", "Throttling", "not now", http_status_code=400)
    with pytest.raises(ObservationUnavailable, match="not now"):
        reader.count(GUARDED, BAKES)
    shows(stub, ITS_ALARM)
    stub.add_client_error("get_metric_data", "Throttling", "not now", http_status_code=400)
    evidence = reader.read([ERRORS_GUARDRAIL.alarm], GUARDED, BAKES)
    assert (evidence.counts, evidence.unread) == ({}, "not now")
