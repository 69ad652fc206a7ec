"""What an alarm sees of its data, on the way from the samples to its state."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bluegreen_simulator.rules.alarms.evaluation import Datapoint
from bluegreen_simulator.rules.alarms.metric_alarm import MetricAlarm
from bluegreen_simulator.rules.alarms.rule import COMPARISONS, AlarmState, MissingData, Rule
from bluegreen_simulator.rules.metrics.math.parser import parse
from bluegreen_simulator.rules.metrics.queries import (
    AllSeries,
    MathQuery,
    MetricQuery,
    Queries,
    Query,
)
from bluegreen_simulator.rules.metrics.series import Series
from bluegreen_simulator.rules.metrics.statistic_names import samples_needed
from bluegreen_simulator.rules.metrics.statistic_set import Statistics

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
OK, ALARM, UNKNOWN = AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA


def at(minute: int) -> datetime:
    return NINE + timedelta(minutes=minute)


def rule(
    minutes: int = 1,
    periods: int = 1,
    missing: MissingData = MissingData.MISSING,
    needed: float = 0,
) -> Rule:
    greater = COMPARISONS["GreaterThanThreshold"]
    return Rule("p95", minutes, periods, 1, greater, 100.0, missing, samples_needed=needed)


def data(*counts: dict[float, float]) -> Series:
    made = Series()
    for minute, values in enumerate(counts):
        if values:
            made.add(at(minute), Statistics.of_values(values))
    return made


def test_a_percentile_is_seen_with_its_samples() -> None:
    alarm = MetricAlarm(Queries({"m1": MetricQuery("latency", "p95", 2)}), "m1", rule(2))
    series = data({5.0: 90}, {400.0: 10}, {5.0: 10}, {}, {}, {})
    assert alarm.in_range({"latency": series}, at(6)) == [
        Datapoint(at(0), 400.0, 100),
        Datapoint(at(2), 5.0, 10),
        None,
    ]


def test_an_expression_is_seen_without_samples() -> None:
    queries = Queries({"e": MathQuery(parse("m * 2")), "m": MetricQuery("latency", "Sum", 1)})
    series = data({5.0: 2}, {}, {400.0: 1})
    assert MetricAlarm(queries, "e", rule()).in_range({"latency": series}, at(3)) == [
        *[None] * 3,
        Datapoint(at(0), 20.0, None),
        None,
        Datapoint(at(2), 800.0, None),
    ]


@pytest.mark.parametrize("current", [OK, ALARM, UNKNOWN])
@pytest.mark.parametrize(
    ("samples", "state"), [(199, None), (200, ALARM), (0, UNKNOWN)], ids=["few", "enough", "none"]
)
def test_too_few_samples_for_a_percentile_change_nothing(
    samples: int, state: AlarmState | None, current: AlarmState
) -> None:
    few = rule(needed=samples_needed("p95"))
    alarm = MetricAlarm(Queries({"m1": MetricQuery("latency", "p95", 1)}), "m1", few)
    series = data({400.0: samples} if samples else {})
    found = alarm.evaluate({"latency": series}, at(1), current).state
    assert found == (state or current)


@pytest.mark.parametrize(
    ("samples", "state"),
    [
        ((200, 200), ALARM),
        ((100, 100), OK),  # as many as are needed, but in no period
        ((199, 500), OK),
        ((500, 199), OK),
        ((0, 200), ALARM),  # a period without data is a matter of TreatMissingData
    ],
)
def test_each_period_that_counts_needs_its_samples(
    samples: tuple[int, int], state: AlarmState
) -> None:
    alarm = MetricAlarm(
        Queries({"m1": MetricQuery("latency", "p95", 1)}), "m1", rule(1, 2, needed=200)
    )
    minutes: list[dict[float, float]] = [{400.0: count} if count else {} for count in samples]
    series = data(*minutes)
    assert alarm.evaluate({"latency": series}, at(2), OK).state is state


def test_few_samples_keep_an_alarm_in_alarm_as_well_as_ok() -> None:
    alarm = MetricAlarm(Queries({"m1": MetricQuery("latency", "p95", 1)}), "m1", rule(needed=200))
    healthy = data({5.0: 199})
    assert alarm.evaluate({"latency": healthy}, at(1), ALARM).state is ALARM
    assert alarm.evaluate({"latency": data({5.0: 200})}, at(1), ALARM).state is OK


@pytest.mark.parametrize(
    ("minutes", "clock", "now", "ends"),
    [
        (1, 0, 7, 7),
        (5, 0, 7, 5),
        (5, 0, 10, 10),
        (60, 0, 59, 0),
        (60, 30, 29, -30),  # half past ten is full by a clock that is half an hour ahead
        (60, 30, 31, 30),
        (60, -30, 31, 30),
        (24 * 60, 0, 0, -9 * 60),  # midnight before nine
        (24 * 60, 330, 0, -9 * 60 - 330),
    ],
)
def test_a_window_by_the_clock_ends_with_a_full_period(
    minutes: int, clock: int, now: int, ends: int
) -> None:
    by_clock = replace(rule(minutes, 2), clock=clock)
    alarm = MetricAlarm(Queries({"m1": MetricQuery("latency", "Sum", minutes)}), "m1", by_clock)
    series = Series()
    series.add(at(ends) - timedelta(minutes=minutes), Statistics.of(3.0))
    series.add(at(ends), Statistics.of(5.0))
    last = alarm.in_range({"latency": series}, at(now))[-1]
    assert last == Datapoint(at(ends - minutes), 3.0, 1)


def test_a_window_that_slides_ends_with_the_last_minute() -> None:
    alarm = MetricAlarm(Queries({"m1": MetricQuery("latency", "Sum", 5)}), "m1", rule(5))
    last = alarm.in_range({"latency": data({1.0: 1}, {1.0: 1})}, at(7))[-1]
    assert last is None
    assert alarm.in_range({"latency": data({1.0: 1}, {1.0: 1}, {7.0: 1})}, at(7))[-1] == Datapoint(
        at(2), 7.0, 1
    )


def test_it_rests_when_all_that_it_stands_on_has_left_the_range() -> None:
    queries = Queries(
        {
            "e": MathQuery(parse("x + y")),
            "x": MetricQuery("old", "Sum", 1),
            "y": MetricQuery("new", "Sum", 1),
            "z": MetricQuery("other", "Sum", 1),
        }
    )
    alarm = MetricAlarm(queries, "e", rule())
    series = {
        "old": data({1.0: 1}),
        "new": data({}, {}, {1.0: 1}),
        "other": data({}, {}, {}, {1: 1}),
    }
    assert not alarm.rests(series, at(8))
    assert alarm.rests(series, at(9))
    assert alarm.rests({}, at(0))


def test_a_filled_expression_has_data_for_ever() -> None:
    filled: dict[str, Query] = {
        "e": MathQuery(parse("FILL(m, 500)")),
        "m": MetricQuery("latency", "Sum", 1),
    }
    alarm = MetricAlarm(Queries(filled), "e", rule(missing=MissingData.NOT_BREACHING))
    assert alarm.evaluate({}, at(0), OK).state is ALARM


STEADY: list[tuple[Query, ...]] = [
    (MetricQuery("errors", "Sum", 1),),
    (MetricQuery("errors", "p95", 1),),
    (MetricQuery("errors", "Maximum", 3, "Count"),),
    (
        MathQuery(parse("100 * m / n")),
        MetricQuery("errors", "Sum", 3),
        MetricQuery("all", "Sum", 3),
    ),
    (
        MathQuery(parse("MAX([m, n])")),
        MetricQuery("errors", "p95", 1),
        MetricQuery("all", "Sum", 1),
    ),
]
KINDS = [{0.0: 60}, {0.0: 60}, {0.0: 59, 400.0: 1}, {400.0: 60}, {0.0: 50, 400.0: 10}]


@pytest.mark.parametrize("queries", STEADY, ids=range(len(STEADY)))
@pytest.mark.parametrize("missing", MissingData)
@pytest.mark.parametrize("clock", [None, 60])
def test_the_state_is_the_one_that_an_evaluation_comes_to(
    queries: tuple[Query, ...], missing: MissingData, clock: int | None
) -> None:
    names, drawn = dict(zip("emn", queries, strict=False)), random.Random(7)  # noqa: S311 - drawn for a test
    minutes = queries[-1].minutes or 1
    asked = replace(rule(minutes, 2, missing, needed=55), clock=clock if minutes == 3 else None)
    alarm, state, series = MetricAlarm(Queries(names), "e", asked), UNKNOWN, dict[str, Series]()
    kind, stretch = KINDS[0], 0
    for minute in range(300):
        if not stretch:
            kind, stretch = drawn.choice([*KINDS, {}]), drawn.choice([1, 2, 30])
        stretch -= 1
        for name in ("errors", "all"):
            if not kind or (name == "all" and minute < 30):
                continue
            unit = "Count" if minute > 200 and drawn.random() < 0.1 else "None"
            added = series.setdefault(name, Series())
            for _ in range(drawn.choice([1, 1, 1, 2]) if stretch < 2 else 1):
                added.add(at(minute), Statistics.of_values(kind), unit)
            if drawn.random() < 0.03:
                added.add(at(minute - 1), Statistics.of_values({400.0: 9}))
        evaluated = alarm.evaluate(series, at(minute + 1), state).state
        for current in (state, OK, ALARM, UNKNOWN):
            expected = alarm.evaluate(series, at(minute + 1), current).state
            assert alarm.state(series, at(minute + 1), current) == expected, minute
        state = evaluated


def test_an_alarm_is_not_computed_anew_while_its_samples_stay_the_same() -> None:
    series, asked = Series(), list[datetime]()

    class Counting(MetricAlarm):
        def in_range(self, data: AllSeries, end: datetime) -> list[Datapoint | None]:
            asked.append(end)
            return super().in_range(data, end)

    alarm = Counting(Queries({"m1": MetricQuery("latency", "p95", 1)}), "m1", rule())
    for minute in range(60):
        series.add(at(minute), Statistics.of_values({5.0 if minute < 30 else 400.0: 60}))
        state = alarm.state({"latency": series}, at(minute + 1), UNKNOWN)
        assert state is (OK if minute < 30 else ALARM)
    assert asked == [at(minute) for minute in (*range(1, 7), *range(31, 37))]
