"""Metric math: the User Guide's own tables and examples, and what an expression may not have."""

import pytest

from bluegreen_simulator.rules.metrics.math.error import MathError
from bluegreen_simulator.rules.metrics.math.functions import FUNCTIONS, NOT_MODELLED, Scope
from bluegreen_simulator.rules.metrics.math.parser import parse
from bluegreen_simulator.rules.metrics.math.values import (
    MissingBesideScalar,
    TimeSeries,
    Value,
    kind,
)

SIZE = 5


def drawn(drawing: str) -> tuple[float | None, ...]:
    """AWS's notation: - is missing; the latest stands last."""
    return tuple(None if sign == "-" else float(sign) for sign in drawing.split())


def computed(expression: str, **metrics: str) -> Value:
    series = {name: TimeSeries(drawn(drawing), 60) for name, drawing in metrics.items()}
    size = len(next(iter(series.values())).points) if series else SIZE
    scope = Scope(size, series.__getitem__, lambda: series)
    return parse(expression).compute(scope)


def points(expression: str, **metrics: str) -> tuple[float | None, ...]:
    value = computed(expression, **metrics)
    assert isinstance(value, TimeSeries), kind(value)
    return value.points


@pytest.mark.parametrize(
    ("expression", "as_missing", "as_zero"),
    [
        ("m + 3", "8 - 4", "8 3 4"),
        ("3 - m", "-2 - 2", "-2 3 2"),
        ("m > 0", "1 - 1", "1 0 1"),
        ("m == 0 OR 0", "0 - 0", "0 1 0"),
        ("IF(m > 0, m, 7)", "5 - 1", "5 7 1"),
        ("IF(m > 0 AND n > 3, 1, 0)", "1 - 0", "1 0 0"),
        ("100 / m", "20 - 100", "20 - 100"),
        ("SUM([m, n] * 2)", "18 - 2", "18 0 2"),
        ("m + n", "9 - 1", "9 - 1"),
        ("-m", "-5 - -1", "-5 - -1"),
        ("ABS(m)", "5 - 1", "5 - 1"),
    ],
)
def test_a_missing_datapoint_beside_a_scalar_by_either_reading(
    expression: str, as_missing: str, as_zero: str
) -> None:
    series = {"m": TimeSeries(drawn("5 - 1"), 60), "n": TimeSeries(drawn("4 - -"), 60)}
    for reading, wanted in zip(MissingBesideScalar, (as_missing, as_zero), strict=True):
        scope = Scope(3, series.__getitem__, lambda: series, reading)
        value = parse(expression).compute(scope)
        assert isinstance(value, TimeSeries)
        assert value.points == drawn(wanted), reading


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("metric1 < metric2", "0 0 1 0"),
        ("metric1 >= 30", "1 0 0 0"),
        ("metric1 > 15 AND metric2 > 15", "1 0 0 0"),
    ],
)
def test_the_table_of_comparisons(expression: str, result: str) -> None:
    assert points(expression, metric1="30 20 0 0", metric2="20 - 20 -") == drawn(result)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("IF(metric1, metric2, metric3)", "30 0 20 - -"),
        ("IF(metric1, 5, metric3)", "5 5 20 - -"),
        ("IF(metric1, metric2, 5)", "30 0 5 5 -"),
        ("IF(metric1, metric2)", "30 0 - - -"),
        ("IF(metric1, 5)", "5 5 - - -"),
        ("IF(metric1, 10, 2)", "10 10 2 2 -"),
        ("IF(1, metric2, metric3)", "30 - 0 0 30"),
        ("IF(0, metric2, metric3)", "0 0 20 - 20"),
        ("IF(-3, metric2)", "30 - 0 0 30"),
        ("IF(0, metric2)", "- - - - -"),
    ],
)
def test_the_tables_of_if(expression: str, result: str) -> None:
    metrics = {"metric1": "1 1 0 0 -", "metric2": "30 - 0 0 30", "metric3": "0 0 20 - 20"}
    assert points(expression, **metrics) == drawn(result)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("IF(inv >= 20, err/inv, 0)", "0.05 0 - 0 0.5"),
        ("IF(inv < 400, inv)", "100 10 - 50 20"),
        ("err / inv", "0.05 0.5 - 0 0.5"),
        ("inv / err", "20 2 0 - 2"),
        ("err + inv", "105 15 5 50 30"),
        ("err - inv", "-95 -5 5 -50 -10"),
        ("err * inv", "500 50 0 0 200"),
        ("5 * err", "25 25 25 - 50"),
        ("err ^ 2", "25 25 25 - 100"),
        ("2 ^ err", "32 32 32 - 1024"),
        ("-err", "-5 -5 -5 - -10"),
        ("100 - 100 * err / inv", "95 50 - 100 50"),
        ("err/0", "- - - - -"),
        ("err == 5", "1 1 1 - 0"),
        ("5 != err", "0 0 0 - 1"),
        ("err <= 5 && inv >= 50", "1 0 0 0 0"),
        ("err > 5 || inv > 50", "1 0 0 0 1"),
        ("err > 5 OR inv > 50 AND inv < 200", "1 0 0 0 1"),
        ("(err > 5 OR inv > 50) AND inv < 60", "0 0 0 0 1"),
        ("ABS(err - inv)", "95 5 5 50 10"),
        ("CEIL(err/inv)", "1 1 - 0 1"),
        ("FLOOR(inv/3)", "33 3 - 16 6"),
        ("FILL(err, 0)", "5 5 5 0 10"),
        ("FILL(inv, err)", "100 10 5 50 20"),
        ("FILL(inv, MAX(inv))", "100 10 100 50 20"),
        ("FILL(inv, REPEAT)", "100 10 10 50 20"),
        ("FILL(inv, LINEAR)", "100 10 30 50 20"),
        ("SUM([err, inv])", "105 15 5 50 30"),
        ("SUM(METRICS())", "105 15 5 50 30"),
        ("SUM(METRICS('inv'))", "100 10 - 50 20"),
        ('SUM([METRICS("inv"), METRICS("err")])', "105 15 5 50 30"),
        ("AVG([err, inv])", "52.5 7.5 2.5 25 15"),
        ("MIN([err, inv])", "5 5 5 50 10"),
        ("MAX([err, inv])", "100 10 5 50 20"),
        ("SUM(100/[err, inv])", "21 30 20 2 15"),
        ("SUM([err, inv]/inv)", "1.05 1.5 - 1 1.5"),
        ("MIN(ABS(-[err, inv]))", "5 5 5 50 10"),
        ("SUM(FILL(METRICS(), 1))", "105 15 6 51 30"),
        ("inv - MIN(inv)", "90 0 - 40 10"),
        ("inv + SUM(err)", "125 35 - 75 45"),
        ("inv * 0 + AVG(err)", "5 5 - 5 5"),
        ("inv / PERIOD(inv) * 60", "100 10 - 50 20"),
        ("TIME_SERIES(MAX(err))", "10 10 10 10 10"),
        ("TIME_SERIES(0) + err", "5 5 5 0 10"),
    ],
)
def test_expressions(expression: str, result: str) -> None:
    found = points(expression, err="5 5 5 - 10", inv="100 10 - 50 20")
    assert found == pytest.approx(drawn(result))


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("10 - 3 - 2", 5.0),
        ("12 / 3 * 2", 8.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("-2 ^ 2", -4.0),
        ("2 ^ -1", 0.5),
        ("- - 3", 3.0),
        ("50.25 + .75", 51.0),
        ("2 < 3", 1.0),
        ("1 + 1 == 2 AND 3 > 4", 0.0),
        ("0 OR 2", 1.0),
        ("1 OR 0 AND 0", 1.0),
        ("(1 OR 0) AND 0", 0.0),
        ("\t1\n+ 1 ", 2.0),
    ],
)
def test_scalars(expression: str, result: float) -> None:
    assert computed(expression) == result


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("FILL(m, LINEAR)", "- 1 2 3 -"),
        ("FILL(m, REPEAT)", "- 1 1 3 3"),
        ("FILL(m, 7)", "7 1 7 3 7"),
        ("AVG([m, m])", "- 1 - 3 -"),
        ("m > 0", "- 1 - 1 -"),
        ("m * 10 ^ 300 * 10 ^ 300", "- - - - -"),
        ("m ^ 0.5 - (-m) ^ 0.5", "- 1 - 1.7320508075688772 -"),
        ("TIME_SERIES(AVG(m))", "0.8 0.8 0.8 0.8 0.8"),
    ],
)
def test_gaps(expression: str, result: str) -> None:
    assert points(expression, m="- 1 - 3 -") == drawn(result)


@pytest.mark.parametrize(
    "expression",
    ["m - MIN(m)", "MAX(m) / m", "FILL(m, MIN(m))", "TIME_SERIES(MAX(m))", "m > MAX(m)"],
)
def test_nothing_is_made_of_the_least_of_nothing(expression: str) -> None:
    assert points(expression, m="- - -") == (None, None, None)
    assert points("IF(MIN(m) > 0, m, m)", m="- - -") == (None, None, None)


def test_a_long_expression_is_no_deep_one() -> None:
    assert computed("+".join(["1"] * 1000)) == 1000.0
    assert points("-".join(["m"] * 1000), m="1") == (-998.0,)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "Unexpected end of the expression"),
        ("m1 +", "Unexpected end of the expression"),
        ("(m1", "Unexpected end of the expression"),
        ("m1 m2", "Unexpected 'm2'"),
        ("m1)", "Unexpected ')'"),
        ("* m1", "Unexpected '*'"),
        ("[]", "Unexpected ']'"),
        ("m1 & m2", "Unexpected '&'"),
        ("m1 = m2", "Unexpected '='"),
        ("__import__('os')", "Unknown function __import__"),
        ("m1; m2", "Unexpected ';'"),
        ("1e3", "Unexpected 'e3'"),
        ("METRICS(“4xx”)", "Unexpected '“'"),
        ("²", "Unexpected '²'"),
        ("ä + m1", "Unexpected 'ä'"),
        ("m1\N{NO-BREAK SPACE}+ 1", "Unexpected '\N{NO-BREAK SPACE}'"),
        ('METRICS(")', "Unexpected '\"'"),
        ("METRICS('a)", "Unexpected '''"),
        ("SUM", "Unexpected 'SUM'"),
        ("REPEAT", "Unexpected 'REPEAT'"),
        ("TRUE", "Unexpected 'TRUE'"),
        ("NOT m1", "Unexpected 'NOT'"),
        ("abs(m1)", "Unexpected '('"),
        ("FOO(m1)", "Unknown function FOO"),
        ("RATE(m1)", "Function RATE is not modelled yet by the simulator"),
        (
            "ANOMALY_DETECTION_BAND(m1, 2)",
            "Function ANOMALY_DETECTION_BAND is not modelled yet by the simulator",
        ),
        (
            "SEARCH('{AWS/SageMaker,EndpointName} Invocations', 'Sum', 60)",
            "Function SEARCH is not modelled yet by the simulator",
        ),
        (
            'SELECT AVG(CPUUtilization) FROM "AWS/EC2"',
            "A Metrics Insights query (SELECT) is not modelled yet by the simulator",
        ),
        ("ABS(m1, m2)", "ABS takes 1 arguments, not 2"),
        ("ABS()", "ABS takes 1 arguments, not 0"),
        ("IF(m1)", "IF takes 2 to 3 arguments, not 1"),
        ("FILL(m1)", "FILL takes 2 arguments, not 1"),
        ("METRICS('a', 'b')", "METRICS takes 0 to 1 arguments, not 2"),
        ("MAX(m1, m2)", "MAX takes 1 arguments, not 2"),
        ("(" * 60 + "m1" + ")" * 60, "The expression is nested too deeply"),
        ("-" * 60 + "m1", "The expression is nested too deeply"),
    ],
)
def test_no_expressions(expression: str, message: str) -> None:
    with pytest.raises(MathError) as error:
        parse(expression)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("[m1] + [m1]", "Unsupported operand type(s) for +: TS[] and TS[]"),
        ("[m1] > 1", "Unsupported operand type(s) for >: TS[] and S"),
        ("m1 AND METRICS()", "Unsupported operand type(s) for AND: TS and TS[]"),
        ("[m1, 5]", "An array holds time series, no scalars"),
        ("ABS(5)", "ABS cannot take S"),
        ("SUM(5)", "SUM cannot take S"),
        ("SUM('x')", "SUM cannot take 'x'"),
        ("METRICS(m1)", "METRICS cannot take TS"),
        ("FILL(5, m1)", "FILL cannot take S"),
        ("FILL(m1, [m1])", "FILL cannot take TS[]"),
        ("FILL(m1, 'x')", "FILL cannot take 'x'"),
        ("TIME_SERIES(m1)", "TIME_SERIES cannot take TS"),
        ("IF(1, 2, 3)", "IF cannot take (S, S, S)"),
        ("IF(1, m1, 3)", "IF cannot take (S, TS, S)"),
        ("IF([m1], 1, 2)", "IF cannot take (TS[], S, S)"),
        ("IF(m1, REPEAT, 2)", "IF cannot take (TS, 'REPEAT', S)"),
        ("PERIOD(m1 * 2)", "PERIOD takes a metric, not the result of an expression"),
        ("PERIOD(5)", "PERIOD takes a metric, not the result of an expression"),
    ],
)
def test_expressions_of_the_wrong_kind(expression: str, message: str) -> None:
    with pytest.raises(MathError) as error:
        computed(expression, m1="1 2")
    assert str(error.value) == message


def test_what_an_expression_names() -> None:
    parsed = parse("IF(inv >= 20, err/inv, SUM(METRICS()))")
    assert (parsed.names, parsed.all_metrics) == (frozenset({"inv", "err"}), True)
    assert not parse("inv").all_metrics


def test_no_function_is_modelled_and_not() -> None:
    assert not NOT_MODELLED & set(FUNCTIONS)
