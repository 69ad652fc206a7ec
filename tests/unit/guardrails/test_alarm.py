"""The expressions of the alarms, computed as the embedded CloudWatch does, by hand-made counts."""

from typing import Any

import pytest

from bluegreen.guardrails.alarm import expression_of, label_of, queries_of
from bluegreen.guardrails.guardrail import METRICS, Guardrail
from bluegreen_simulator.rules.metrics.math.functions import Scope
from bluegreen_simulator.rules.metrics.math.parser import parse
from bluegreen_simulator.rules.metrics.math.values import (
    MISSING_BESIDE_SCALAR,
    MissingBesideScalar,
    TimeSeries,
)

BOTH = Guardrail(
    "a", "main", "Invocation5XXErrors", "5xx", 0.025, 0.2, 300, expected=0.005, blue_rate=0.005
)
GREEN = Guardrail("a", "main", "Invocation4XXErrors", "4xx", 0.1, 0.5, 300, by_config=True)
LATENCY = Guardrail(
    "a", "main", "ModelLatency", "latency-p90", 0.1, 0.5, 120, 3, percentile=90, limit_ms=300
)


def value(
    guardrail: Guardrail,
    missing: MissingBesideScalar = MISSING_BESIDE_SCALAR,
    **counts: float | None,
) -> float | None:
    """The value of one period."""
    series = {name: TimeSeries((count,), 60) for name, count in counts.items()}
    scope = Scope(1, series.__getitem__, lambda: series, missing)
    result = parse(expression_of(guardrail)).compute(scope)
    assert isinstance(result, TimeSeries)
    return result.points[0]


@pytest.mark.parametrize(
    ("both", "green", "errors", "rate"),
    [
        (400, 100, 0, 0),
        (400, 100, 4, 0),  # what is expected
        (400, 100, 12, 0),  # 4 and three times 2 and 2
        (400, 100, 13, 0.115),  # less blue's 1.5
        (400, 100, 100, 0.985),
        (100, 100, 9, 0),
        (100, 100, 10, 0.1),
        (400, 0, 400, 0),
        (1000, 10, 14, 0),  # blue's
    ],
)
def test_the_value_is_greens_rate_where_it_is_over_the_limit_by_more_than_chance(
    both: float, green: float, errors: float, rate: float
) -> None:
    assert value(BOTH, both=both, green=green, errors=errors) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("green", "errors", "rate"), [(100, 21, 0), (100, 22, 0.22), (0, 50, 0), (10, 10, 1.0)]
)
def test_of_green_alone_it_is_its_own_rate(green: float, errors: float, rate: float) -> None:
    assert value(GREEN, both=400, green=green, errors=errors) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("green", "fast", "rate"),
    [(100, 90, 0), (100, 86, 0), (100, 85, 0.15), (10, 50, 0.5), (2, 50, 0)],
)
def test_of_latency_it_is_the_part_of_the_slow_ones(green: float, fast: float, rate: float) -> None:
    assert value(LATENCY, both=400, green=green, fast=fast) == pytest.approx(rate)


@pytest.mark.parametrize("guardrail", [BOTH, GREEN, LATENCY])
def test_without_a_request_to_green_there_is_nothing(guardrail: Guardrail) -> None:
    assert not value(guardrail, both=100, green=None, errors=50, fast=None)
    assert not value(guardrail, both=None, green=None, errors=None, fast=None)


@pytest.mark.parametrize("guardrail", [BOTH, GREEN, LATENCY])
@pytest.mark.parametrize("missing", MissingBesideScalar)
def test_while_only_blue_has_requests_it_is_0(
    guardrail: Guardrail, missing: MissingBesideScalar
) -> None:
    """An alarm without new datapoints goes on by old ones, long after green is gone."""
    counts = {"both": 100, "green": None, "errors": None, "fast": None}
    assert value(guardrail, missing, **counts) == 0


@pytest.mark.parametrize(("guardrail", "rate"), [(GREEN, 0.5), (LATENCY, 0.5)])
def test_of_green_alone_nothing_of_blue_is_needed(guardrail: Guardrail, rate: float) -> None:
    assert value(guardrail, both=None, green=100, errors=50, fast=50) == rate


def test_a_value_that_is_not_0_is_over_the_limit() -> None:
    for errors in range(401):
        rate = value(BOTH, both=400, green=100, errors=float(errors))
        assert rate is not None
        assert rate == 0 or rate > BOTH.limit


def metrics(guardrail: Guardrail) -> list[tuple[str, str, str, int, list[str]]]:
    return [
        (
            query["Id"],
            query["MetricStat"]["Metric"]["MetricName"],
            query["MetricStat"]["Stat"],
            query["MetricStat"]["Period"],
            [each["Value"] for each in query["MetricStat"]["Metric"]["Dimensions"]],
        )
        for query in queries_of(guardrail, "churn", "churn-green")
        if "MetricStat" in query
    ]


def test_errors_of_both_fleets_are_taken_apart_by_greens_requests() -> None:
    both, green = ["churn", "main"], ["churn", "main", "churn-green"]
    assert metrics(BOTH) == [
        ("green", "Invocations", "Sum", 300, green),
        ("both", "Invocations", "Sum", 300, both),
        ("errors", "Invocation5XXErrors", "Sum", 300, both),
    ]
    assert metrics(GREEN) == [
        ("green", "Invocations", "Sum", 300, green),
        ("both", "Invocations", "Sum", 300, both),
        ("errors", "Invocation4XXErrors", "Sum", 300, green),
    ]
    assert metrics(LATENCY) == [
        ("green", "ModelLatency", "SampleCount", 120, green),
        ("both", "Invocations", "Sum", 120, both),
        ("fast", "ModelLatency", "PR(:300000)", 120, green),
    ]


@pytest.mark.parametrize("guardrail", [BOTH, GREEN, LATENCY])
def test_one_query_alone_is_the_alarms(guardrail: Guardrail) -> None:
    queries: list[Any] = queries_of(guardrail, "churn", "churn-green")
    assert [query["Id"] for query in queries if query["ReturnData"]] == ["part"]
    assert len([query for query in queries if "MetricStat" in query]) == METRICS
    assert len(expression_of(guardrail)) < 2048
    assert "e-" not in expression_of(guardrail)


def test_small_numbers_have_no_exponent() -> None:
    tiny = Guardrail("a", "m", "Invocation5XXErrors", "5xx", 0.020001, 0.2, 60, expected=0.000001)
    assert expression_of(tiny).startswith("IF((green>0) AND (errors>(0.000001*(both-green)+0.02")


@pytest.mark.parametrize(
    ("guardrail", "label"),
    [
        (BOTH, "part of green's requests with Invocation5XXErrors"),
        (LATENCY, "part of green's requests slower than 300 ms"),
    ],
)
def test_the_value_is_labelled(guardrail: Guardrail, label: str) -> None:
    assert label_of(guardrail) == label
