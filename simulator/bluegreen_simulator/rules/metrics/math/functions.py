"""The functions of metric math that are modelled; all others are refused by their names.

Source: CloudWatch User Guide, "Functions supported for metric math" and "Using IF expressions".
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bluegreen_simulator.rules.metrics.math.error import MathError
from bluegreen_simulator.rules.metrics.math.values import (
    MISSING_BESIDE_SCALAR,
    MissingBesideScalar,
    Point,
    TimeSeries,
    Value,
    kind,
    mapped,
)

REPEAT: Final = "REPEAT"
LINEAR: Final = "LINEAR"
NOT_MODELLED: Final = frozenset(
    {
        *("ANOMALY_DETECTION_BAND", "DATAPOINT_COUNT", "DATE", "DAY", "DB_PERF_INSIGHTS", "DIFF"),
        *("DIFF_TIME", "EPOCH", "FIRST", "HOUR", "INSIGHT_RULE_METRIC", "LAMBDA", "LAST", "LOG"),
        *("LOG10", "METRIC_COUNT", "MINUTE", "MONTH", "RATE", "REMOVE_EMPTY", "RUNNING_SUM"),
        *("SEARCH", "SERVICE_QUOTA", "SLICE", "SORT", "STDDEV", "YEAR"),
    }
)


@dataclass(frozen=True)
class Scope:
    """What an expression can see: the range's length, what its names stand for, what gaps are."""

    size: int
    value_of: Callable[[str], Value]
    metrics: Callable[[], Mapping[str, TimeSeries]]
    missing_beside_scalar: MissingBesideScalar = MISSING_BESIDE_SCALAR


@dataclass(frozen=True)
class Word:
    """An argument that is no value: REPEAT, LINEAR, or a text in quotes."""

    text: str


Argument = Value | Word
Function = Callable[..., Value]


def function_of(name: str) -> Function:
    """The function of that name: takes the scope and the arguments."""
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    if name in NOT_MODELLED:
        raise MathError(f"Function {name} is not modelled yet by the simulator")
    raise MathError(f"Unknown function {name}")


def _metrics(scope: Scope, part: Argument = Word("")) -> Value:
    """All metrics of the request, or those with the text in their Id."""
    if not isinstance(part, Word):
        raise _wrong("METRICS", part)
    return [series for id_, series in scope.metrics().items() if part.text in id_]


def _period(_scope: Scope, value: Argument) -> Value:
    """The period of a metric in seconds."""
    if not isinstance(value, TimeSeries) or value.period is None:
        raise MathError("PERIOD takes a metric, not the result of an expression")
    return float(value.period)


def _time_series(scope: Scope, value: Argument) -> Value:
    """The scalar at every timestamp."""
    if not isinstance(value, float):
        raise _wrong("TIME_SERIES", value)
    return TimeSeries(_points(scope, value))


def _of_each(name: str, function: Callable[[float], float]) -> Function:
    def apply(_scope: Scope, value: Argument) -> Value:
        if isinstance(value, TimeSeries | list):
            return mapped(function, value)
        raise _wrong(name, value)

    return apply


def _aggregate(name: str, of: Callable[[list[Point]], Point]) -> Function:
    """A scalar of one time series, or the time series of an array's values at each timestamp."""

    def apply(scope: Scope, value: Argument) -> Value:
        if isinstance(value, TimeSeries):
            found = of(list(value.points))
            return math.nan if found is None else found
        if isinstance(value, list):
            at_once = ([series.points[i] for series in value] for i in range(scope.size))
            return TimeSeries(tuple(_of_some(of, points) for points in at_once))
        raise _wrong(name, value)

    return apply


def _of_some(of: Callable[[list[Point]], Point], points: list[Point]) -> Point:
    return of(points) if any(point is not None for point in points) else None


def _present(of: Callable[[list[float]], float]) -> Callable[[list[Point]], Point]:
    """The same over those that are there (assumed for MIN and MAX; for SUM it is no matter)."""

    def apply(points: list[Point]) -> Point:
        there = [point for point in points if point is not None]
        return of(there) if there else None

    return apply


def _average(points: list[Point]) -> Point:
    """Missing values are treated as 0."""
    return sum(point or 0.0 for point in points) / len(points) if points else None


def _if(
    scope: Scope,
    condition: Argument,
    true: Argument,
    false: Argument | None = None,
) -> Value:
    """By "Using IF expressions": a missing value is 0 where the condition is true."""
    kinds = [_kind(a) for a in (condition, true, false) if a is not None]
    empty: Value = TimeSeries((None,) * scope.size)
    if kinds[0] == "TS" and set(kinds[1:]) <= {"S", "TS"}:
        points = zip(*(_points(scope, a) for a in (condition, true, false)), strict=True)
        return TimeSeries(tuple(_chosen(*point) for point in points))
    if kinds[0] == "S" and set(kinds[1:]) == {"TS"}:
        chosen = true if condition else false
        return empty if chosen is None or isinstance(chosen, Word) else chosen
    raise MathError(f"IF cannot take ({', '.join(kinds)})")


def _points(scope: Scope, value: Argument | None) -> tuple[Point, ...]:
    if isinstance(value, TimeSeries):
        return value.points
    point = value if isinstance(value, float) and not math.isnan(value) else None
    return (point,) * scope.size


def _chosen(condition: Point, true: Point, false: Point) -> Point:
    if condition is None:
        return None
    return (0.0 if true is None else true) if condition else false


def _fill(scope: Scope, value: Argument, filler: Argument) -> Value:
    """Fill the missing values of one or several time series."""
    if isinstance(value, list):
        return [_filled(scope, series, filler) for series in value]
    if isinstance(value, TimeSeries):
        return _filled(scope, value, filler)
    raise _wrong("FILL", value)


def _filled(scope: Scope, series: TimeSeries, filler: Argument) -> TimeSeries:
    if isinstance(filler, Word) and filler.text in {REPEAT, LINEAR}:
        return TimeSeries(_interpolated(series.points, repeat=filler.text == REPEAT))
    if isinstance(filler, Word | list):
        raise _wrong("FILL", filler)
    fillers = _points(scope, filler)
    pairs = zip(series.points, fillers, strict=True)
    return TimeSeries(tuple(other if point is None else point for point, other in pairs))


def _interpolated(points: tuple[Point, ...], *, repeat: bool) -> tuple[Point, ...]:
    """REPEAT the value before a gap, or draw a line over it; nothing before the first value."""
    filled, known = list(points), [i for i, point in enumerate(points) if point is not None]
    for before, after in zip(known, [*known[1:], len(points)], strict=True):
        start, end = points[before], points[after] if after < len(points) else None
        assert start is not None
        for i in range(before + 1, after):
            share = (i - before) / (after - before)
            if repeat or end is not None:
                filled[i] = start if repeat or end is None else start + (end - start) * share
    return tuple(filled)


def _kind(argument: Argument) -> str:
    return f"{argument.text!r}" if isinstance(argument, Word) else kind(argument)


def _wrong(name: str, argument: Argument) -> MathError:
    return MathError(f"{name} cannot take {_kind(argument)}")


FUNCTIONS: Final[dict[str, Function]] = {
    "ABS": _of_each("ABS", abs),
    "AVG": _aggregate("AVG", _average),
    "CEIL": _of_each("CEIL", math.ceil),
    "FILL": _fill,
    "FLOOR": _of_each("FLOOR", math.floor),
    "IF": _if,
    "MAX": _aggregate("MAX", _present(max)),
    "METRICS": _metrics,
    "MIN": _aggregate("MIN", _present(min)),
    "PERIOD": _period,
    "SUM": _aggregate("SUM", _present(sum)),
    "TIME_SERIES": _time_series,
}
