"""The samples of one metric, kept by the minute: CloudWatch's standard resolution."""

from datetime import UTC, datetime

from bluegreen_simulator.alarms.evaluation import Datapoint
from bluegreen_simulator.alarms.rule import Rule
from bluegreen_simulator.alarms.statistics import Statistics


class Series:
    """The statistics of each minute that has samples."""

    def __init__(self) -> None:
        self._minutes: dict[int, Statistics] = {}
        self._latest = 0

    def add(self, at: datetime, statistics: Statistics) -> None:
        """Put samples of the minute in which `at` lies to those that it has already."""
        minute = _minute_of(at)
        before = self._minutes.get(minute)
        self._minutes[minute] = before.merged(statistics) if before else statistics
        self._latest = max(self._latest, minute)

    def over(self, start: datetime, minutes: int) -> Statistics | None:
        """The statistics of so many minutes from `start` on; None if they have no samples."""
        first, merged = _minute_of(start), None
        for minute in range(first, first + minutes):
            found = self._minutes.get(minute)
            if found:
                merged = merged.merged(found) if merged else found
        return merged

    def in_range(self, rule: Rule, end: datetime) -> list[Datapoint | None]:
        """The periods of the rule's evaluation range up to `end`, oldest first.

        The last one ends with the last full minute: the range slides from minute to minute
        (CloudWatch User Guide, "Alarm evaluation window", SlidingWindow).
        """
        last = _minute_of(end)
        starts = range(last - rule.range_periods * rule.minutes, last, rule.minutes)
        return [self._datapoint(rule, datetime.fromtimestamp(start * 60, UTC)) for start in starts]

    def ends_before(self, rule: Rule, end: datetime) -> bool:
        """Whether all samples are older than the rule's evaluation range up to `end`."""
        return self._latest < _minute_of(end) - rule.range_periods * rule.minutes

    def _datapoint(self, rule: Rule, start: datetime) -> Datapoint | None:
        found = self.over(start, rule.minutes)
        if found is None:
            return None
        return Datapoint(start, found.value(rule.statistic), found.count)


def _minute_of(at: datetime) -> int:
    """The number of the minute since the epoch."""
    return int(at.timestamp()) // 60
