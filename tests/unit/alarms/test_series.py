from datetime import UTC, datetime, timedelta

from bluegreen_simulator.alarms.evaluation import Datapoint
from bluegreen_simulator.alarms.rule import COMPARISONS, Rule
from bluegreen_simulator.alarms.series import Series
from bluegreen_simulator.alarms.statistics import Statistics

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def rule(minutes: int, periods: int) -> Rule:
    return Rule("Average", minutes, periods, 1, COMPARISONS["LessThanThreshold"], 1.0)


def at(minute: int, second: int = 0) -> datetime:
    return NINE + timedelta(minutes=minute, seconds=second)


def test_samples_of_a_minute_come_together() -> None:
    series = Series()
    series.add(at(1), Statistics.of(1.0))
    series.add(at(1, 59), Statistics.of(5.0))
    series.add(at(2), Statistics.of(100.0))
    assert series.over(at(1), 1) == Statistics(6.0, 2, 1.0, 5.0)
    assert series.over(at(1), 2) == Statistics(106.0, 3, 1.0, 100.0)
    assert series.over(at(3), 60) is None


def test_the_range_ends_with_the_last_full_minute() -> None:
    series = Series()
    series.add(at(3), Statistics.of(3.0, 2))
    series.add(at(5), Statistics.of(5.0))
    three = series.in_range(rule(1, 1), at(5, 5))
    assert three == [None, Datapoint(at(3), 3.0, 2), None]


def test_longer_periods_slide_by_the_minute() -> None:
    series = Series()
    for minute in range(12):
        series.add(at(minute), Statistics.of(float(minute)))
    five_minutes = rule(5, 1)
    assert series.in_range(five_minutes, at(11, 5)) == [
        Datapoint(at(-4), 0.0, 1),
        Datapoint(at(1), 3.0, 5),
        Datapoint(at(6), 8.0, 5),
    ]
    assert series.in_range(five_minutes, at(12, 5))[2] == Datapoint(at(7), 9.0, 5)


def test_when_the_data_has_left_the_range() -> None:
    series = Series()
    assert series.ends_before(rule(1, 1), at(4, 5))
    series.add(at(1), Statistics.of(1.0))
    assert not series.ends_before(rule(1, 1), at(4, 5))
    assert series.ends_before(rule(1, 1), at(5, 5))
