"""Alarms: CloudWatch's M out of N, against a model that counts by hand."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bluegreen_simulator.rules.alarms.evaluation import Datapoint, evaluate
from bluegreen_simulator.rules.alarms.rule import COMPARISONS, AlarmState, MissingData, Rule

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
RISES = {
    "GreaterThanThreshold": (5.0, 5.1),
    "GreaterThanOrEqualToThreshold": (4.9, 5.0),
    "LessThanThreshold": (5.0, 4.9),
    "LessThanOrEqualToThreshold": (5.1, 5.0),
}
"""For each comparison with 5, a value that is just in order and one that just breaches."""

Range = list[Datapoint | None]
ALARM, OK, UNKNOWN = AlarmState.ALARM, AlarmState.OK, AlarmState.INSUFFICIENT_DATA


@st.composite
def rules(draw: st.DrawFn) -> tuple[str, Rule]:
    """A comparison's name and a rule with it: M of N datapoints, compared with 5."""
    periods = draw(st.integers(1, 6))
    comparison = draw(st.sampled_from(sorted(COMPARISONS)))
    missing = draw(st.sampled_from(MissingData))
    needed = draw(st.integers(1, periods))
    rule = Rule("Average", 1, periods, needed, COMPARISONS[comparison], 5.0, missing)
    return comparison, rule


def points(comparison: str, row: str) -> Range:
    """A row as in the User Guide's tables: X breaches, 0 does not, - is missing."""
    fine, bad = RISES[comparison]
    values = {"X": bad, "0": fine}
    return [
        None if mark == "-" else Datapoint(START + timedelta(minutes=index), values[mark], 1)
        for index, mark in enumerate(row)
    ]


def rows(rule: Rule, marks: str) -> st.SearchStrategy[str]:
    """Rows of the evaluation range, oldest first."""
    return st.text(marks, min_size=rule.range_periods, max_size=rule.range_periods)


STATES = st.sampled_from(AlarmState)


@given(rules(), STATES, st.data())
def test_without_missing_data_m_of_the_last_n_decide(
    given: tuple[str, Rule], current: AlarmState, data: st.DataObject
) -> None:
    comparison, rule = given
    row = data.draw(rows(rule, "X0"))
    breaching = row[-rule.evaluation_periods :].count("X")
    expected = ALARM if breaching >= rule.datapoints_to_alarm else OK
    found = evaluate(rule, points(comparison, row), current)
    assert found.state is expected
    assert found.filled == 0
    assert len(found.datapoints) == rule.evaluation_periods


def model(rule: Rule, row: str, current: AlarmState) -> set[AlarmState]:
    """The states that the User Guide allows, by counting; all it leaves open are among them."""
    found = row.replace("-", "")[-rule.evaluation_periods :]
    lacking, breaching = rule.evaluation_periods - len(found), found.count("X")
    if rule.missing_data is MissingData.BREACHING:
        breaching += lacking
    if breaching >= rule.datapoints_to_alarm:
        return {ALARM}
    filled_up = rule.missing_data in (MissingData.BREACHING, MissingData.NOT_BREACHING)
    if filled_up or lacking == 0 or "0" in found:
        return {OK}
    if rule.missing_data is MissingData.IGNORE:
        return {current}
    if not found:
        return {UNKNOWN}
    return {ALARM, OK}


@given(rules(), STATES, st.data())
def test_missing_data_is_treated_as_told(
    given: tuple[str, Rule], current: AlarmState, data: st.DataObject
) -> None:
    comparison, rule = given
    row = data.draw(rows(rule, "X0-"))
    found = evaluate(rule, points(comparison, row), current)
    assert found.state in model(rule, row, current)


@given(rules(), STATES)
def test_with_no_data_at_all_the_treatment_alone_decides(
    given: tuple[str, Rule], current: AlarmState
) -> None:
    comparison, rule = given
    expected = {
        MissingData.MISSING: UNKNOWN,
        MissingData.IGNORE: current,
        MissingData.BREACHING: ALARM,
        MissingData.NOT_BREACHING: OK,
    }
    nothing = points(comparison, "-" * rule.range_periods)
    assert evaluate(rule, nothing, current).state is expected[rule.missing_data]


@given(rules(), STATES, st.data())
def test_one_more_breaching_datapoint_never_ends_an_alarm(
    given: tuple[str, Rule], current: AlarmState, data: st.DataObject
) -> None:
    comparison, rule = given
    row = data.draw(rows(rule, "X0-"))
    index = data.draw(st.integers(0, len(row) - 1))
    worse = row[:index] + ("X" if row[index] == "0" else row[index]) + row[index + 1 :]
    if evaluate(rule, points(comparison, row), current).state is ALARM:
        assert evaluate(rule, points(comparison, worse), current).state is ALARM


@given(rules(), STATES, st.data())
def test_what_lies_before_the_last_n_datapoints_does_not_count(
    given: tuple[str, Rule], current: AlarmState, data: st.DataObject
) -> None:
    comparison, rule = given
    recent = data.draw(
        st.text("X0", min_size=rule.evaluation_periods, max_size=rule.evaluation_periods)
    )
    states = {
        evaluate(rule, points(comparison, older + recent), current).state
        for older in ("--", "XX", "00", "X-")
    }
    assert len(states) == 1
