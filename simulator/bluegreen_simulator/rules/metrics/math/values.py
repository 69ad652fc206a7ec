"""The values of metric math, and what its operators make of them.

Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics". A time series has
one place for each period of the range, None where there is no datapoint. Between two time series
a missing datapoint counts as 0, unless both lack it; beside a scalar it stays missing, unless a
run says otherwise.
What is no finite number, such as a quotient by 0, is dropped.
"""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, cast

from bluegreen_simulator.rules.metrics.math.error import MathError

Point = float | None


class MissingBesideScalar(StrEnum):
    """What a missing datapoint is where an operator has a time series and a scalar."""

    MISSING = "missing"
    ZERO = "zero"


MISSING_BESIDE_SCALAR: Final = MissingBesideScalar.MISSING
"""Assumed. The guide's only sentence would speak for zero, if it means scalars at all.

"Missing values in a time series are treated as 0", it says of operators, in "Using math
expressions with CloudWatch metrics"; all of its examples are of two time series.
"""


@dataclass(frozen=True)
class TimeSeries:
    """The datapoints of the range, oldest first; `period` in seconds where it is a metric's."""

    points: tuple[Point, ...]
    period: int | None = None

    def each(self, function: Callable[[float], float]) -> "TimeSeries":
        """The function of each datapoint."""
        return TimeSeries(tuple(_computed(function, point) for point in self.points))


Scalar = float
Array = list[TimeSeries]
Value = Scalar | TimeSeries | Array
Binary = Callable[[float, float], float]

ARITHMETIC: Final[dict[str, Binary]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": math.pow,
}
LOGIC: Final[dict[str, Binary]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "AND": lambda left, right: bool(left) and bool(right),
    "OR": lambda left, right: bool(left) or bool(right),
}


def kind(value: Value) -> str:
    """S, TS or TS[], as the User Guide abbreviates them."""
    if isinstance(value, TimeSeries):
        return "TS"
    return "TS[]" if isinstance(value, list) else "S"


def combined(
    sign: str,
    left: Value,
    right: Value,
    missing: MissingBesideScalar = MISSING_BESIDE_SCALAR,
) -> Value:
    """The result of an operator between two values."""
    if missing is MissingBesideScalar.ZERO:
        left, right = _without_gaps(left, right), _without_gaps(right, left)
    function = ARITHMETIC.get(sign)
    if function:
        return _arithmetic(sign, function, left, right)
    if isinstance(left, list) or isinstance(right, list):
        raise _unsupported(sign, left, right)
    return _of_two(LOGIC[sign], left, right)


def negated(value: Value) -> Value:
    """Unary minus."""
    return mapped(operator.neg, value)


def mapped(function: Callable[[float], float], value: Value) -> Value:
    """The function of a scalar, of each datapoint, or of those of each time series."""
    if isinstance(value, list):
        return [series.each(function) for series in value]
    if isinstance(value, TimeSeries):
        return value.each(function)
    return _or_nan(_computed(function, value))


def _without_gaps(value: Value, other: Value) -> Value:
    """The value beside the other one, as if it had a 0 wherever beside a scalar it has nothing."""
    if not isinstance(other, Scalar):
        return value
    if isinstance(value, list):
        return [_filled(series) for series in value]
    return _filled(value) if isinstance(value, TimeSeries) else value


def _filled(series: TimeSeries) -> TimeSeries:
    return TimeSeries(tuple(point or 0.0 for point in series.points), series.period)


def _arithmetic(sign: str, function: Binary, left: Value, right: Value) -> Value:
    if isinstance(left, list):
        if isinstance(right, list):
            raise _unsupported(sign, left, right)
        return [_of_two_series(function, series, right) for series in left]
    if isinstance(right, list):
        return [_of_two_series(function, left, series) for series in right]
    return _of_two(function, left, right)


def _of_two_series(
    function: Binary, left: Scalar | TimeSeries, right: Scalar | TimeSeries
) -> TimeSeries:
    value = _of_two(function, left, right)
    assert isinstance(value, TimeSeries)
    return value


def _of_two(
    function: Binary, left: Scalar | TimeSeries, right: Scalar | TimeSeries
) -> Scalar | TimeSeries:
    if isinstance(left, TimeSeries):
        if isinstance(right, TimeSeries):
            pairs = zip(left.points, right.points, strict=True)
            return TimeSeries(tuple(_of_points(function, *pair) for pair in pairs))
        return TimeSeries(tuple(_beside(function, point, right) for point in left.points))
    if isinstance(right, TimeSeries):
        return TimeSeries(
            tuple(None if p is None else _computed(function, left, p) for p in right.points)
        )
    return _or_nan(_computed(function, left, right))


def _of_points(function: Binary, left: Point, right: Point) -> Point:
    if left is None and right is None:
        return None
    return _computed(function, left or 0.0, right or 0.0)


def _beside(function: Binary, point: Point, scalar: Scalar) -> Point:
    return None if point is None else _computed(function, point, scalar)


def _computed(function: Callable[..., float], *arguments: Point) -> Point:
    """The function's value; None if an argument is missing or no finite number comes out."""
    if None in arguments or any(map(math.isnan, cast("tuple[float, ...]", arguments))):
        return None
    try:
        value = float(function(*arguments))
    except (ArithmeticError, ValueError):
        return None
    return value if math.isfinite(value) else None


def _or_nan(value: Point) -> Scalar:
    return math.nan if value is None else value


def _unsupported(sign: str, left: Value, right: Value) -> MathError:
    return MathError(f"Unsupported operand type(s) for {sign}: {kind(left)} and {kind(right)}")
