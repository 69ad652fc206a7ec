from datetime import UTC, datetime, timedelta

import pytest

from bluegreen_simulator.rules.metrics.math.error import MathError
from bluegreen_simulator.rules.metrics.math.parser import parse
from bluegreen_simulator.rules.metrics.queries import MathQuery, MetricQuery, Queries, Query
from bluegreen_simulator.rules.metrics.series import Series
from bluegreen_simulator.rules.metrics.statistic_set import Statistics

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
STARTS = [NINE + timedelta(minutes=minute) for minute in range(3)]
SUM_OF_A = MetricQuery("a", "Sum", 1)
SUM_OF_B = MetricQuery("b", "Sum", 1)


def math(expression: str, minutes: int | None = None) -> MathQuery:
    return MathQuery(parse(expression), minutes)


def series(*values: float | None, unit: str = "None") -> Series:
    made = Series()
    for at, value in zip(STARTS, values, strict=True):
        if value is not None:
            made.add(at, Statistics.of(value), unit)
    return made


def found(query: Query, **others: Query) -> tuple[float | None, ...]:
    data = {"a": series(1.0, None, 3.0), "b": series(10.0, 20.0, None, unit="Count")}
    return Queries({"q": query, **others}).series("q", data, STARTS)


def test_a_metric() -> None:
    assert found(SUM_OF_A) == (1.0, None, 3.0)
    assert found(MetricQuery("b", "Sum", 1, "Count")) == (10.0, 20.0, None)
    assert found(MetricQuery("b", "Sum", 1, "Seconds")) == (None, None, None)
    assert found(MetricQuery("unknown", "Sum", 1)) == (None, None, None)
    assert found(MetricQuery("a", "p95", 3)) == (3.0, 3.0, 3.0)


def test_expressions_on_metrics_and_on_each_other() -> None:
    assert found(math("x + y"), x=SUM_OF_A, y=SUM_OF_B) == (11.0, 20.0, 3.0)
    assert found(math("e * 2"), e=math("x + 1"), x=SUM_OF_A) == (4.0, None, 8.0)
    assert found(math("x / PERIOD(x)"), x=SUM_OF_A) == (1 / 60, None, 0.05)


def test_all_metrics_are_without_expressions() -> None:
    assert found(math("SUM(METRICS())"), x=SUM_OF_A, y=SUM_OF_B, e=math("x * 100")) == (
        11.0,
        20.0,
        3.0,
    )


def test_a_percentile_that_is_not_to_be_had_is_missing() -> None:
    data = Series()
    data.add(NINE, Statistics(10.0, 4, 1.0, 4.0))
    queries = Queries({"q": MetricQuery("a", "p95", 1)})
    assert queries.series("q", {"a": data}, STARTS[:1]) == (None,)


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ({"q": math("x + 1")}, "Undefined variable 'x'"),
        ({"q": math("q + 1")}, "Circular reference to 'q'"),
        ({"q": math("e + x"), "e": math("q"), "x": SUM_OF_A}, "Circular reference to 'q'"),
        ({"q": math("1")}, "An expression without metrics needs a Period"),
        ({"q": math("1", 1)}, "The result must be a single time series, and is S"),
        (
            {"q": math("METRICS()"), "x": SUM_OF_A},
            "The result must be a single time series, and is TS[]",
        ),
        (
            {"q": math("SUM(x)"), "x": SUM_OF_A},
            "The result must be a single time series, and is S",
        ),
        (
            {"q": math("x + y"), "x": SUM_OF_A, "y": MetricQuery("b", "Sum", 5)},
            "Metrics of different periods are not modelled yet by the simulator",
        ),
        (
            {"q": math("x * 2", 5), "x": SUM_OF_A},
            "Metrics of different periods are not modelled yet by the simulator",
        ),
        (
            {"q": math("[x] + [x]"), "x": SUM_OF_A},
            "Unsupported operand type(s) for +: TS[] and TS[]",
        ),
    ],
)
def test_what_cannot_be_computed(queries: dict[str, Query], message: str) -> None:
    with pytest.raises(MathError) as error:
        Queries(queries).check("q")
    assert str(error.value) == message


def test_an_expression_without_metrics_has_its_own_period() -> None:
    queries = Queries({"q": math("TIME_SERIES(5)", 5)})
    queries.check("q")
    assert queries.minutes("q") == 5
    assert queries.series("q", {}, STARTS) == (5.0, 5.0, 5.0)
