"""A metric alarm: the query that it watches, and the rule that decides its state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bluegreen_simulator.rules.alarms.evaluation import Datapoint, Evaluation, evaluate
from bluegreen_simulator.rules.alarms.rule import AlarmState, Rule
from bluegreen_simulator.rules.alarms.warm_up import WarmUp
from bluegreen_simulator.rules.metrics.queries import AllSeries, MetricQuery, Queries
from bluegreen_simulator.rules.metrics.series import range_before
from bluegreen_simulator.rules.metrics.statistic_names import calculation


@dataclass(frozen=True)
class MetricAlarm:
    """The query with that Id, and the rule that its datapoints are judged by."""

    queries: Queries
    id_: str
    rule: Rule

    def evaluate(self, data: AllSeries, end: datetime, current: AlarmState) -> Evaluation:
        """The state that the data up to the minute of `end` asks for."""
        return evaluate(self.rule, self.in_range(data, end), current)

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
            return [_of_metric(query, data, start) for start in starts]
        points = zip(starts, self.queries.series(self.id_, data, starts), strict=True)
        return [None if value is None else Datapoint(at, value, None) for at, value in points]

    def rests(self, data: AllSeries, end: datetime) -> bool:
        """Whether nothing it watches has data in the range, so that time alone changes nothing."""
        needed = self.queries.needed(self.id_).values()
        found = [data[query.metric] for query in needed if query.metric in data]
        if not found:
            return True
        return all(series.ends_before(self._starts(end)[0]) for series in found)

    def _starts(self, end: datetime) -> Sequence[datetime]:
        rule = self.rule
        return range_before(end, rule.minutes, rule.range_periods, rule.clock)


def _of_metric(query: MetricQuery, data: AllSeries, start: datetime) -> Datapoint | None:
    found = query.over(data, start)
    value = calculation(query.statistic)(found) if found else None
    return Datapoint(start, value, found.count) if found and value is not None else None
