"""The wording of CloudWatch, by sentences as its alarms' histories have them."""

from datetime import UTC, datetime, timedelta

import pytest

from bluegreen_simulator.rules.alarms.evaluation import Datapoint, evaluate
from bluegreen_simulator.rules.alarms.reason import reason_data_of, reason_of, stamp
from bluegreen_simulator.rules.alarms.rule import COMPARISONS, AlarmState, MissingData, Rule

START = datetime(2026, 7, 17, 4, 0, tzinfo=UTC)


def rule(
    datapoints: int = 3,
    periods: int = 3,
    missing: MissingData = MissingData.MISSING,
    comparison: str = "GreaterThanThreshold",
) -> Rule:
    return Rule("Average", 1, periods, datapoints, COMPARISONS[comparison], 0.005, missing)


def in_range(*values: float | None) -> list[Datapoint | None]:
    return [
        None if value is None else Datapoint(START + timedelta(minutes=minute), value, 600)
        for minute, value in enumerate(values)
    ]


def reason(alarm: Rule, *values: float | None) -> str:
    return reason_of(alarm, evaluate(alarm, in_range(*values), AlarmState.OK))


def test_into_alarm() -> None:
    assert reason(rule(), None, None, 0.01, 0.02, 0.03) == (
        "Threshold Crossed: 3 out of the last 3 datapoints [0.03 (17/07/26 04:04:00),"
        " 0.02 (17/07/26 04:03:00), 0.01 (17/07/26 04:02:00)] were greater than the threshold"
        " (0.005) (minimum 3 datapoints for OK -> ALARM transition)."
    )


def test_back_to_ok() -> None:
    assert reason(rule(), None, None, 0.01, 0.002, 0.002) == (
        "Threshold Crossed: 2 out of the last 3 datapoints [0.002 (17/07/26 04:04:00),"
        " 0.002 (17/07/26 04:03:00)] were not greater than the threshold (0.005)"
        " (minimum 1 datapoint for ALARM -> OK transition)."
    )


def test_one_of_one() -> None:
    one_of_one = rule(1, 1, comparison="GreaterThanOrEqualToThreshold")
    assert reason(one_of_one, None, None, 1.0) == (
        "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (17/07/26 04:02:00)] was greater"
        " than or equal to the threshold (0.005) (minimum 1 datapoint for OK -> ALARM transition)."
    )


def test_only_what_breaches_is_listed_and_the_way_back_needs_the_others() -> None:
    assert reason(rule(2), None, None, 0.01, 0.0, 0.03).startswith(
        "Threshold Crossed: 2 out of the last 3 datapoints [0.03 (17/07/26 04:04:00),"
        " 0.01 (17/07/26 04:02:00)] were greater"
    )
    assert reason(rule(2), None, None, 0.0, 0.0, 0.03).endswith(
        "(minimum 2 datapoints for ALARM -> OK transition)."
    )


@pytest.mark.parametrize(
    ("missing", "periods", "values", "expected"),
    [
        (
            "breaching",
            1,
            [None, None, None],
            (
                "no datapoints were received for 1 period"
                " and 1 missing datapoint was treated as [Breaching]."
            ),
        ),
        (
            "notBreaching",
            3,
            [None] * 5,
            (
                "no datapoints were received for 3 periods"
                " and 3 missing datapoints were treated as [NonBreaching]."
            ),
        ),
        (
            "breaching",
            3,
            [None, None, None, None, 1.0],
            (
                "1 datapoint was received for 3 periods"
                " and 2 missing datapoints were treated as [Breaching]."
            ),
        ),
        (
            "missing",
            3,
            [None, None, None, 0.0, 0.0],
            (
                "2 datapoints were received for 3 periods"
                " and 1 missing datapoint was treated as [Missing]."
            ),
        ),
    ],
)
def test_missing_datapoints(
    missing: str, periods: int, values: list[float | None], expected: str
) -> None:
    alarm = rule(1, periods, MissingData(missing))
    assert reason(alarm, *values) == f"Threshold Crossed: {expected}"


def test_insufficient_data() -> None:
    assert reason(rule(), *[None] * 5) == "Insufficient Data: 3 datapoints were unknown."
    assert reason(rule(1, 1), *[None] * 3) == "Insufficient Data: 1 datapoint was unknown."


def test_reason_data() -> None:
    alarm = rule(1, 2)
    evaluation = evaluate(alarm, in_range(None, None, 0.01, 0.02), AlarmState.OK)
    at = datetime(2026, 7, 17, 4, 4, 5, tzinfo=UTC)
    assert reason_data_of(alarm, evaluation, at) == {
        "version": "1.0",
        "queryDate": "2026-07-17T04:04:05.000+0000",
        "startDate": "2026-07-17T04:02:00.000+0000",
        "statistic": "Average",
        "period": 60,
        "recentDatapoints": [0.01, 0.02],
        "threshold": 0.005,
        "evaluatedDatapoints": [
            {"timestamp": "2026-07-17T04:03:00.000+0000", "sampleCount": 600, "value": 0.02},
            {"timestamp": "2026-07-17T04:02:00.000+0000", "sampleCount": 600, "value": 0.01},
        ],
    }


def test_reason_data_without_datapoints_has_no_start() -> None:
    alarm = rule()
    evaluation = evaluate(alarm, in_range(*[None] * 5), AlarmState.OK)
    data = reason_data_of(alarm, evaluation, START)
    assert "startDate" not in data
    assert (data["recentDatapoints"], data["evaluatedDatapoints"]) == ([], [])


def test_a_moment_has_milliseconds_and_no_colon_in_its_offset() -> None:
    moment = datetime(2026, 1, 5, 9, 0, 5, 7_999, tzinfo=UTC)
    assert stamp(moment) == "2026-01-05T09:00:05.007+0000"
