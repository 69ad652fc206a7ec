from datetime import UTC, datetime, timedelta

from bluegreen_simulator.rules.metrics.series import Series, range_before
from bluegreen_simulator.rules.metrics.statistic_set import Statistics

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


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


def test_a_period_that_was_asked_for_has_the_samples_that_come_later() -> None:
    series = Series()
    for minute in (1, 2):
        series.add(at(minute), Statistics.of(1.0))
    for late, expected in ((2, 3), (1, 4), (0, 4), (3, 4), (4, 4)):
        series.over(at(1), 2)
        series.over(at(3), 2)
        series.add(at(late), Statistics.of(1.0))
        found = series.over(at(1), 2)
        assert found is not None
        assert found.count == expected
    assert series.over(at(3), 2) == Statistics(2.0, 2, 1.0, 1.0)
    assert series.over(at(3), 2, "Count") is None
    series.add(at(4), Statistics.of(5.0), "Count")
    assert series.over(at(3), 2, "Count") == Statistics.of(5.0)
    assert series.over(at(3), 2) == Statistics(7.0, 3, 1.0, 5.0)


def test_units_are_kept_apart() -> None:
    series = Series()
    series.add(at(1), Statistics.of(2.0), "Seconds")
    series.add(at(1), Statistics.of(500.0), "Milliseconds")
    series.add(at(1), Statistics.of(7.0))
    assert series.units == ["Seconds", "Milliseconds", "None"]
    assert series.over(at(1), 1, "Seconds") == Statistics.of(2.0)
    assert series.over(at(1), 1, "None") == Statistics.of(7.0)
    assert series.over(at(1), 1, "Count") is None
    assert series.over(at(1), 1) == Statistics(509.0, 3, 2.0, 500.0)


def test_the_range_ends_with_the_last_full_minute() -> None:
    assert range_before(at(5, 5), 1, 3) == [at(2), at(3), at(4)]
    assert range_before(at(5), 1, 3) == [at(2), at(3), at(4)]


def test_longer_periods_slide_by_the_minute() -> None:
    assert range_before(at(11, 5), 5, 3) == [at(-4), at(1), at(6)]
    assert range_before(at(12, 5), 5, 3) == [at(-3), at(2), at(7)]


def test_when_the_data_has_left_the_range() -> None:
    series = Series()
    assert series.ends_before(at(1))
    series.add(at(1, 30), Statistics.of(1.0))
    assert not series.ends_before(at(1, 59))
    assert series.ends_before(at(2))
