"""The samples of one metric, kept by the minute: CloudWatch's standard resolution."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce

from bluegreen_simulator.rules.metrics.statistic_set import Statistics

MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_UNIT = "None"
"""The unit of data that was published without one."""


class Series:
    """The statistics of each minute that has samples, by unit: units are never put together.

    Only who asks for no unit gets all of them in one, which AWS says does not work well.
    """

    def __init__(self) -> None:
        self._units: dict[str, dict[int, Statistics]] = {}
        self._latest = 0
        self._same: Statistics | None = None
        self._same_since = self._same_until = 0
        self._periods: dict[tuple[int, int, str | None], Statistics | None] = {}

    @property
    def units(self) -> list[str]:
        """The units in which the metric was published."""
        return list(self._units)

    def add(self, at: datetime, statistics: Statistics, unit: str = NO_UNIT) -> None:
        """Put samples of the minute in which `at` lies to those that it has already."""
        minute, minutes = minute_of(at), self._units.setdefault(unit, {})
        if minute in minutes:
            statistics = minutes[minute].merged(statistics)
        minutes[minute] = statistics
        if minute < self._latest:
            self._periods.clear()
        self._latest = max(self._latest, minute)
        if minute <= self._same_until:
            self._same = None

    def steady(self, first: int, end: int, unit: str | None = None) -> Statistics | None:
        """The samples of every minute from `first` to before `end`, if those are all the same.

        None if they are not, or if that is not known. As long as they stay the same, what comes
        back is the same object.
        """
        if self._same_until < self._latest:
            self._look_on()
        known = self._same_since <= first and end <= self._same_until + 1
        alone = len(self._units) == 1 and unit in {None, *self._units}
        return self._same if known and alone else None

    def _look_on(self) -> None:
        """Follow the minutes in a row with the same samples up to the latest."""
        (minutes, *_), last = self._units.values(), self._latest
        samples, goes_on = minutes.get(last), last == self._same_until + 1
        if goes_on and samples and self._same and samples.is_like(self._same):
            self._same_until = last
        else:
            self._same, self._same_since, self._same_until = samples, last, last

    def over(self, start: datetime, minutes: int, unit: str | None = None) -> Statistics | None:
        """The statistics of so many minutes from `start` on; None if they have no samples."""
        return self.over_each([start], minutes, unit)[0]

    def over_each(
        self, starts: Sequence[datetime], minutes: int, unit: str | None = None
    ) -> list[Statistics | None]:
        """The same of each period: those of an alarm's range are asked for in each minute."""
        of_units, known = self._of(unit), self._periods
        periods = [((start - EPOCH) // MINUTE, minutes, unit) for start in starts]
        if minutes == 1 and len(of_units) == 1:
            return [of_units[0].get(minute) for minute, _, _ in periods]
        return [known[each] if each in known else self._together(*each) for each in periods]

    def _together(self, first: int, minutes: int, unit: str | None) -> Statistics | None:
        """The same of one period, which is remembered when there are samples of later minutes."""
        period = first, minutes, unit
        if period in self._periods:
            return self._periods[period]
        found = [
            of_unit[minute]
            for of_unit in self._of(unit)
            for minute in range(first, first + minutes)
            if minute in of_unit
        ]
        together = reduce(Statistics.merged, found) if found else None
        if first + minutes <= self._latest:
            self._periods[period] = together
        return together

    def ends_before(self, moment: datetime) -> bool:
        """Whether all samples are older than the minute of `moment`."""
        return self.ends_before_minute(minute_of(moment))

    def ends_before_minute(self, minute: int) -> bool:
        """Whether all samples are older than the minute with that number."""
        return self._latest < minute

    def _of(self, unit: str | None) -> Sequence[dict[int, Statistics]]:
        if unit is None:
            return list(self._units.values())
        return [self._units[unit]] if unit in self._units else []


def range_before(
    end: datetime, minutes: int, periods: int, clock: int | None = None
) -> Sequence[datetime]:
    """When the last so many periods begin, oldest first, each so many minutes long.

    The last one ends with the last full minute: the range slides from minute to minute
    (CloudWatch User Guide, "Alarm evaluation window", SlidingWindow). By a `clock` that is so many
    minutes ahead of UTC it ends where a period does, such as the hour (WallClockWindow).
    """
    first, last = minutes_before(end, minutes, periods, clock)
    return [EPOCH + start * MINUTE for start in range(first, last, minutes)]


def minutes_before(
    end: datetime, minutes: int, periods: int, clock: int | None = None
) -> tuple[int, int]:
    """The number of the first minute of those periods, and of the one after the last."""
    last = minute_of(end)
    if clock is not None:
        last -= (last + clock) % minutes
    return last - periods * minutes, last


def minute_of(at: datetime) -> int:
    """The number of the minute since the epoch."""
    return (at - EPOCH) // MINUTE
