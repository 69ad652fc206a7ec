"""A list of metric data queries, of GetMetricData or of an alarm: metrics, and expressions on them.

Source: API reference, `MetricDataQuery`. All metrics that meet in an expression must have one
period, as in alarms ("Creating an alarm based on a metric math expression").
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from bluegreen_simulator.rules.metrics.math.error import MathError
from bluegreen_simulator.rules.metrics.math.functions import Scope
from bluegreen_simulator.rules.metrics.math.parser import Expression
from bluegreen_simulator.rules.metrics.math.values import (
    MISSING_BESIDE_SCALAR,
    MissingBesideScalar,
    Point,
    TimeSeries,
    Value,
    kind,
)
from bluegreen_simulator.rules.metrics.series import Series
from bluegreen_simulator.rules.metrics.statistic_names import calculation
from bluegreen_simulator.rules.metrics.statistic_set import Statistics

AllSeries = Mapping[Any, Series]
"""The samples of each metric, by the key that queries have for it."""


@dataclass(frozen=True)
class MetricQuery:
    """A statistic of a metric; `minutes` is its period."""

    metric: Hashable
    statistic: str
    minutes: int
    unit: str | None = None

    def over_each(self, data: AllSeries, starts: Sequence[datetime]) -> list[Statistics | None]:
        """The samples of each period."""
        series = data.get(self.metric)
        if series is None:
            return [None] * len(starts)
        return series.over_each(starts, self.minutes, self.unit)

    def points(self, data: AllSeries, starts: Sequence[datetime]) -> tuple[Point, ...]:
        """The statistic of each period."""
        of = calculation(self.statistic)
        found = self.over_each(data, starts)
        return tuple([of(statistics) if statistics else None for statistics in found])


@dataclass(frozen=True)
class MathQuery:
    """An expression; `minutes` is its period where it is told."""

    expression: Expression
    minutes: int | None = None


Query = MetricQuery | MathQuery


@dataclass(frozen=True)
class Queries:
    """Queries by their Ids, of which expressions may refer to others."""

    by_id: Mapping[str, Query]
    missing_beside_scalar: MissingBesideScalar = MISSING_BESIDE_SCALAR
    _metrics: Mapping[str, MetricQuery] = field(init=False)

    def __post_init__(self) -> None:
        metrics = {i: query for i, query in self.by_id.items() if isinstance(query, MetricQuery)}
        object.__setattr__(self, "_metrics", metrics)

    def reading(self, missing_beside_scalar: MissingBesideScalar) -> "Queries":
        """The same, computed by this reading of what is missing."""
        return replace(self, missing_beside_scalar=missing_beside_scalar)

    def needed(self, id_: str, above: tuple[str, ...] = ()) -> dict[str, MetricQuery]:
        """The metrics that a query stands on; MathError if a name stands for nothing."""
        if id_ in above:
            raise MathError(f"Circular reference to '{id_}'")
        query = self.by_id.get(id_)
        if query is None:
            raise MathError(f"Undefined variable '{id_}'")
        if isinstance(query, MetricQuery):
            return {id_: query}
        found = dict(self._metrics) if query.expression.all_metrics else {}
        for name in sorted(query.expression.names):
            found |= self.needed(name, (*above, id_))
        return found

    def minutes(self, id_: str) -> int:
        """The period of a query; MathError if it has none, or more than one."""
        periods = {query.minutes for query in self.needed(id_).values()}
        query = self.by_id[id_]
        if isinstance(query, MathQuery) and query.minutes:
            periods.add(query.minutes)
        if not periods:
            raise MathError("An expression without metrics needs a Period")
        if len(periods) > 1:
            raise MathError("Metrics of different periods are not modelled yet by the simulator")
        return periods.pop()

    def series(self, id_: str, data: AllSeries, starts: Sequence[datetime]) -> tuple[Point, ...]:
        """The datapoints of a query; MathError unless it results in a single time series."""
        query = self.by_id[id_]
        if isinstance(query, MetricQuery):
            return query.points(data, starts)
        value = self._value(query, data, starts)
        if not isinstance(value, TimeSeries):
            raise MathError(f"The result must be a single time series, and is {kind(value)}")
        return value.points

    def check(self, id_: str) -> None:
        """MathError unless the query can be computed, whatever the data."""
        self.minutes(id_)
        self.series(id_, {}, [])

    def _value(self, query: MathQuery, data: AllSeries, starts: Sequence[datetime]) -> Value:
        """Compute an expression, each of the queries that it names once."""

        @cache
        def value_of(id_: str) -> Value:
            named = self.by_id[id_]
            if isinstance(named, MetricQuery):
                return TimeSeries(named.points(data, starts), named.minutes * 60)
            return named.expression.compute(scope)

        def metrics() -> dict[str, TimeSeries]:
            found = {id_: value_of(id_) for id_ in self._metrics}
            return {id_: v for id_, v in found.items() if isinstance(v, TimeSeries)}

        scope = Scope(len(starts), value_of, metrics, self.missing_beside_scalar)
        return query.expression.compute(scope)
