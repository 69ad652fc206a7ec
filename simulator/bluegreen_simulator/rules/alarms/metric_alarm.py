"""A metric alarm: the query that it watches, and the rule that decides its state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import is_
from typing import Any

from bluegreen_simulator.rules.alarms.evaluation import Datapoint, Evaluation, evaluate
from bluegreen_simulator.rules.alarms.rule import AlarmState, Rule
from bluegreen_simulator.rules.alarms.warm_up import WarmUp
from bluegreen_simulator.rules.metrics.math.values import Point
from bluegreen_simulator.rules.metrics.queries import AllSeries, MetricQuery, Queries
from bluegreen_simulator.rules.metrics.series import minutes_before, range_before
from bluegreen_simulator.rules.metrics.statistic_names import calculation
from bluegreen_simulator.rules.metrics.statistic_set import Statistics

Samples = tuple[Statistics | None, ...]
"""What each minute of the range has, of each metric that is watched: None for no samples."""


@dataclass(frozen=True)
class MetricAlarm:
    """The query with that Id, and the rule that its datapoints are judged by."""

    queries: Queries
    id_: str
    rule: Rule

    def evaluate(self, data: AllSeries, end: datetime, current: AlarmState) -> Evaluation:
        """The state that the data up to the minute of `end` asks for."""
        return evaluate(self.rule, self.in_range(data, end), current)

    def state(self, data: AllSeries, end: datetime, current: str) -> AlarmState:
        """The state that `evaluate` comes to.

        It is computed anew only where the samples in the range are not the same all along, or not
        the same as last time: no expression knows what time it is.
        """
        samples = self._steady(data, end)
        if samples is None:
            return self.evaluate(data, end, AlarmState(current)).state
        known = self._known.get(current)
        if known is None or not all(map(is_, known[0], samples)):
            state = self.evaluate(data, end, AlarmState(current)).state
            known = self._known[current] = samples, state
        return known[1]

    @cached_property
    def _known(self) -> dict[str, tuple[Samples, AlarmState]]:
        """From each state, the samples that came last, and what state they led to."""
        return {}

    @cached_property
    def _needed(self) -> list[MetricQuery]:
        return list(self.queries.needed(self.id_).values())

    def _steady(self, data: AllSeries, end: datetime) -> Samples | None:
        """What all minutes of the range have in common, of each metric; None if they differ."""
        found, (first, last) = list[Statistics | None](), self._minutes(end)
        for query in self._needed:
            series = data.get(query.metric)
            if series is None or series.ends_before_minute(first):
                found.append(None)
                continue
            samples = series.steady(first, last, query.unit)
            if samples is None:
                return None
            found.append(samples)
        return tuple(found)

    def warms_up(self, warm_up: WarmUp, data: AllSeries, end: datetime, now: datetime) -> bool:
        """Whether the warm-up goes on."""
        window = self.in_range(data, end)[-self.rule.evaluation_periods :]
        return warm_up.goes_on(window, now)

    def in_range(self, data: AllSeries, end: datetime) -> list[Datapoint | None]:
        """The periods of the evaluation range, oldest first, None where there is no data."""
        query = self.queries.by_id[self.id_]
        if isinstance(query, MetricQuery) and query.metric not in data:
            return [None] * self.rule.range_periods
        starts = self._starts(end)
        if isinstance(query, MetricQuery):
            found = zip(starts, query.over_each(data, starts), strict=True)
            return [_datapoint(query, start, samples) for start, samples in found]
        points = zip(starts, self._computed(data, starts), strict=True)
        return [None if value is None else Datapoint(at, value, None) for at, value in points]

    def _computed(self, data: AllSeries, starts: Sequence[datetime]) -> Sequence[Point]:
        """What the expression makes of its metrics; computed anew when they are not as before."""
        points = [query.points(data, starts) for query in self._needed]
        if self._last.get("points") != points:
            self._last.update(points=points, computed=self.queries.series(self.id_, data, starts))
        computed: Sequence[Point] = self._last["computed"]
        return computed

    @cached_property
    def _last(self) -> dict[str, Any]:
        return {}

    def rests(self, data: AllSeries, end: datetime) -> bool:
        """Whether nothing it watches has data in the range, so that time alone changes nothing."""
        found = [data[query.metric] for query in self._needed if query.metric in data]
        first, _ = self._minutes(end)
        return all(series.ends_before_minute(first) for series in found)

    def _starts(self, end: datetime) -> Sequence[datetime]:
        rule = self.rule
        return range_before(end, rule.minutes, rule.range_periods, rule.clock)

    def _minutes(self, end: datetime) -> tuple[int, int]:
        rule = self.rule
        return minutes_before(end, rule.minutes, rule.range_periods, rule.clock)


def _datapoint(query: MetricQuery, start: datetime, samples: Statistics | None) -> Datapoint | None:
    value = calculation(query.statistic)(samples) if samples else None
    return Datapoint(start, value, samples.count) if samples and value is not None else None
