"""Which alarm would see which defect of which variant, and when."""

import pytest

from bluegreen.check.protection import Defect, Seen, Watch, protection_of
from bluegreen.check.situation import Alarm
from situations import BOTH_FLEETS, GREEN_FLEET, alarm, all_at_once, canary, case_of, errors

REFUSED = errors(0.05, name="refused", metric="Invocation4XXErrors")
OWN = alarm("own", namespace="Churn")


def told(watches: list[Watch]) -> list[tuple[str, str, str]]:
    return [(watch.defect, watch.seen, watch.alarm) for watch in watches]


@pytest.mark.parametrize(
    ("alarms", "of_errors", "of_latency"),
    [
        ([errors(0.05), alarm()], ("YES", "errors"), ("YES", "latency")),
        ([errors(0.05)], ("YES", "errors"), ("NO", "")),
        ([alarm()], ("NO", ""), ("YES", "latency")),
        ([REFUSED], ("NO", ""), ("NO", "")),
        (
            [errors(0.05, dimensions=GREEN_FLEET), alarm()],
            ("PERHAPS", "errors"),
            ("YES", "latency"),
        ),
        ([errors(0.05, expression=True)], ("PERHAPS", "errors"), ("NO", "")),
        ([OWN], ("NOT_KNOWN", "own"), ("NOT_KNOWN", "own")),
        ([OWN, errors(0.05)], ("YES", "errors"), ("NOT_KNOWN", "own")),
        ([Alarm("either", composite=True)], ("NOT_KNOWN", "either"), ("NOT_KNOWN", "either")),
        ([errors(0.05, "SampleCount")], ("NO", ""), ("NO", "")),
        # The sooner one is named.
        ([errors(0.05, name="late", points=3), errors(0.05)], ("YES", "errors"), ("NO", "")),
    ],
)
def test_what_an_alarm_would_see(
    alarms: list[Alarm], of_errors: tuple[str, str], of_latency: tuple[str, str]
) -> None:
    found = told(protection_of(case_of(alarms=alarms)))
    assert found == [("5XX", *of_errors), ("LATENCY", *of_latency)]


def test_it_says_when_from_the_earliest_to_the_latest() -> None:
    first, _ = protection_of(case_of(all_at_once(), alarms=[errors(0.05), alarm()]))
    assert first.to_json() == {
        "VariantName": "main",
        "Defect": "5XX",
        "Seen": "YES",
        "AlarmName": "errors",
        "EarliestAfterSeconds": 329,  # all of 3 seconds of a minute, and 5
        "LatestAfterSeconds": 503,
    }


def test_each_variant_that_gets_requests_has_its_rows() -> None:
    forecast = case_of(instances={"main": 4, "second": 4}, alarms=[errors(0.05)], traffic=None)
    found = {(watch.variant, watch.defect): watch.seen for watch in protection_of(forecast)}
    assert found == {
        ("main", Defect.ERRORS): Seen.YES,
        ("main", Defect.LATENCY): Seen.NO,
        ("second", Defect.ERRORS): Seen.NO,
        ("second", Defect.LATENCY): Seen.NO,
    }


def test_alarms_that_nobody_could_read_are_not_said_to_see_nothing() -> None:
    found = protection_of(case_of(alarms=[errors(0.05)], knowing={"alarms": None}))
    assert {watch.seen for watch in found} == {Seen.NOT_KNOWN}


def test_an_alarm_that_comes_after_every_bake_sees_nothing() -> None:
    slow = alarm(dimensions=BOTH_FLEETS, period=300, points=3)
    found = protection_of(case_of(all_at_once(termination=300), alarms=[slow]))
    assert {watch.seen for watch in found} == {Seen.NO}


def test_without_a_bake_there_is_nothing_to_see() -> None:
    assert protection_of(case_of(canary(wait=0, termination=0))) == []
