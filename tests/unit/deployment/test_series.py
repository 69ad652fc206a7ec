"""The series that are kept of gates: what is worst of every few minutes, in 32 KB."""

import json
import math

import pytest

from bluegreen.deployment.gate import Gate, Points
from bluegreen.deployment.series import LARGEST, kept_series
from builders import at


def minutes(*values: float, start: float = 0) -> Points:
    return tuple((at(start + 60 * n), value) for n, value in enumerate(values))


def gate(watched: Points, comparison: str = "GreaterThanThreshold") -> Gate:
    return Gate("churn-5xx", "Average of Errors", comparison, 0.05, watched, watched[:1], ())


def test_what_fits_is_kept_as_it_is() -> None:
    kept = kept_series([gate(minutes(0, 0.1, 0.2))], at(0))
    assert kept == {
        "StartedAt": "2026-01-05T09:00:00.000Z",
        "Seconds": 60,
        "Gates": [
            {
                "AlarmName": "churn-5xx",
                "Metric": "Average of Errors",
                "Comparison": "GreaterThanThreshold",
                "Limit": 0.05,
                "Watched": [(0, 0.0), (60, 0.1), (120, 0.2)],
                "Green": [(0, 0.0)],
                "Blue": [],
            }
        ],
    }


def test_what_could_not_be_read_is_absent() -> None:
    assert kept_series([Gate("composite")], at(0))["Gates"] == [{"AlarmName": "composite"}]


def test_values_are_rounded_and_those_before_the_start_are_left_out() -> None:
    points = (*minutes(9, start=-60), *minutes(0.123456, 123456.7, math.nan, math.inf))
    (series,) = kept_series([gate(points)], at(0))["Gates"]
    assert series["Watched"] == [(0, 0.1235), (60, 123500.0)]


LONG = 8 * 60
"""Minutes of the longest update."""


@pytest.mark.parametrize(
    ("comparison", "worst"),
    [("GreaterThanThreshold", 1.0), ("LessThanOrEqualToThreshold", -1.0), ("", 1.0)],
)
def test_of_a_span_the_value_is_kept_that_is_nearest_to_tripping(
    comparison: str, worst: float
) -> None:
    values = [0.12345] * LONG
    values[300], values[301] = 1.0, -1.0
    gates = [gate(minutes(*values), comparison) for _ in range(10)]
    gates = [
        Gate(g.alarm, g.metric, comparison, 0.05, g.watched, g.watched, g.watched) for g in gates
    ]
    kept = kept_series(gates, at(0))
    assert kept["Seconds"] > 60
    span = 300 * 60 // kept["Seconds"] * kept["Seconds"]
    for series in kept["Gates"]:
        assert dict(series["Green"])[span] == worst
        assert len(series["Green"]) == LONG * 60 // kept["Seconds"]


@pytest.mark.parametrize("days", [0.3, 2])
@pytest.mark.parametrize("name", ["churn-5xx", "\N{SNOWMAN}" * 255, "\x00\n<script>" * 25])
def test_the_longest_series_of_ten_gates_fit(days: float, name: str) -> None:
    points = minutes(*(n * 0.123456789e-7 for n in range(int(days * 1440))))
    gates = [Gate(name, "m" * 80, "LessThanThreshold", 1 / 3, points, points, points)] * 10
    kept = kept_series(gates, at(0))
    assert len(json.dumps(kept).encode()) <= LARGEST
    assert all(series["Watched"] for series in kept["Gates"])


def test_what_never_fits_is_kept_without_datapoints() -> None:
    points = tuple((at(7200 * n), float(n)) for n in range(1000))
    kept = kept_series([Gate("a", watched=points, green=points, blue=points)] * 10, at(0))
    assert kept["Gates"] == [{"AlarmName": "a"}] * 10
