"""The states that AWS's own tables of examples name, and those its page tells in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bluegreen_simulator.rules.alarms.evaluation import Datapoint, Evaluation, evaluate
from bluegreen_simulator.rules.alarms.rule import COMPARISONS, AlarmState, MissingData, Rule

OK, ALARM, UNKNOWN = AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA
RETAINED = None
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
TREATMENTS = (
    MissingData.MISSING,
    MissingData.IGNORE,
    MissingData.BREACHING,
    MissingData.NOT_BREACHING,
)


def rule(datapoints: int, periods: int = 3, missing: MissingData = MissingData.MISSING) -> Rule:
    greater = COMPARISONS["GreaterThanThreshold"]
    return Rule("Average", 1, periods, datapoints, greater, 50.0, missing)


def in_range(drawing: str) -> list[Datapoint | None]:
    """AWS's notation: 0 does not breach, X does, - is missing; the latest stands last."""
    values = {"0": 10.0, "X": 90.0}
    return [
        Datapoint(START + timedelta(minutes=minute), values[sign], 1) if sign in values else None
        for minute, sign in enumerate(drawing.split())
    ]


def evaluated(
    drawing: str, datapoints: int, missing: MissingData, current: AlarmState = OK
) -> Evaluation:
    return evaluate(rule(datapoints, missing=missing), in_range(drawing), current)


@pytest.mark.parametrize("current", [OK, ALARM, UNKNOWN])
@pytest.mark.parametrize(
    ("datapoints", "drawing", "filled", "states"),
    [
        (3, "0 - X - X", 0, (OK, OK, OK, OK)),
        (3, "0 - - - -", 2, (OK, OK, OK, OK)),
        (3, "- - - - -", 3, (UNKNOWN, RETAINED, ALARM, OK)),
        (3, "0 X X - X", 0, (ALARM, ALARM, ALARM, ALARM)),
        (3, "- - X - -", 2, (ALARM, RETAINED, ALARM, OK)),
        (2, "0 - X - X", 0, (ALARM, ALARM, ALARM, ALARM)),
        (2, "0 0 X 0 X", 0, (ALARM, ALARM, ALARM, ALARM)),
        (2, "0 - X - -", 1, (OK, OK, ALARM, OK)),
        (2, "- - - - 0", 2, (OK, OK, ALARM, OK)),
        (2, "- - - X -", 2, (ALARM, RETAINED, ALARM, OK)),
    ],
)
def test_the_tables_of_aws(
    datapoints: int,
    drawing: str,
    filled: int,
    states: tuple[AlarmState | None, ...],
    current: AlarmState,
) -> None:
    found = [evaluated(drawing, datapoints, missing, current) for missing in TREATMENTS]
    assert [evaluation.state for evaluation in found] == [state or current for state in states]
    assert {evaluation.filled for evaluation in found} == {filled}


@pytest.mark.parametrize(
    ("drawing", "datapoints", "state"),
    [
        ("- - - - X", 3, OK),
        ("- - - X -", 3, OK),
        ("- - - X 0", 3, OK),
        ("- - X - 0", 3, OK),
        ("- - - - X", 2, OK),
        ("- - - X X", 2, ALARM),
        ("X - - - -", 3, ALARM),
        ("0 X X - -", 3, OK),
        ("0 0 X X X", 3, ALARM),
        ("X X X X 0", 3, OK),
        ("X X X X 0", 2, ALARM),
        ("- - - - X", 1, ALARM),
    ],
)
def test_an_early_breach_does_not_alarm_alone(
    drawing: str, datapoints: int, state: AlarmState
) -> None:
    assert evaluated(drawing, datapoints, MissingData.MISSING).state is state


@pytest.mark.parametrize("current", [OK, ALARM, UNKNOWN])
def test_ignore_retains_the_state_until_enough_speaks_against_it(current: AlarmState) -> None:
    assert evaluated("- - - - X", 3, MissingData.IGNORE, current).state is current
    assert evaluated("- - - X X", 2, MissingData.IGNORE, current).state is ALARM
    assert evaluated("- - - X 0", 2, MissingData.IGNORE, current).state is OK


@pytest.mark.parametrize(
    ("minutes", "periods", "in_range"),
    [
        (5, 3, 5),  # the guide's example
        (1, 1, 6),  # observed: a datapoint counts for six minutes
        (1, 2, 6),
        (1, 4, 6),
        (1, 5, 7),
        (2, 1, 3),
        (5, 1, 3),
    ],
)
def test_the_range_is_longer_than_the_evaluation_periods(
    minutes: int, periods: int, in_range: int
) -> None:
    assert replace(rule(1, periods), minutes=minutes).range_periods == in_range


def test_one_of_one_stays_in_alarm_while_the_breach_is_in_range() -> None:
    one_of_one = rule(1, periods=1, missing=MissingData.NOT_BREACHING)
    states = [
        evaluate(one_of_one, in_range(drawing), OK).state
        for drawing in ("- - X", "- X -", "X - -", "- - -")
    ]
    assert states == [ALARM, ALARM, ALARM, OK]


def test_the_latest_datapoints_count_from_however_far_back() -> None:
    found = evaluated("X 0 - 0 X", 2, MissingData.BREACHING)
    assert [point.at.minute for point in found.datapoints] == [1, 3, 4]
    assert found.state is OK


@pytest.mark.parametrize(
    ("name", "breaching"),
    [
        ("GreaterThanThreshold", [False, False, True]),
        ("GreaterThanOrEqualToThreshold", [False, True, True]),
        ("LessThanThreshold", [True, False, False]),
        ("LessThanOrEqualToThreshold", [True, True, False]),
    ],
)
def test_comparisons(name: str, breaching: list[bool]) -> None:
    compared = Rule("Sum", 1, 1, 1, COMPARISONS[name], 50.0)
    assert [compared.breaches(value) for value in (49.0, 50.0, 51.0)] == breaching
