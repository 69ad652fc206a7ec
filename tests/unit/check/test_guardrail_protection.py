"""Guardrails protect as alarms do: what they would see, when, and what the check then finds."""

from dataclasses import replace
from typing import Any

import pytest

from bluegreen.check.forecast import Forecast
from bluegreen.check.protection import Defect, Seen, protection_of
from bluegreen.check.situation import Alarm, Traffic
from bluegreen.guardrails.asked import Asked
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.sagemaker.deployment_config import Policy
from situations import (
    BLUE_FLEET,
    BOTH_FLEETS,
    GREEN_FLEET,
    alarm,
    all_at_once,
    canary,
    config,
    default_guardrails,
    errors,
    found_in,
    in_words,
    variant,
    watched_by,
)

OF_ERRORS, OF_REFUSALS, OF_LATENCY = default_guardrails()
TWO = {"main": 4, "second": 4}
BOTH = "INFO alarm-sees-both-fleets"
UNPROVEN = "WARNING alarm-metric-unproven"
UNSEEN = "WARNING defect-unseen"
CHANGED = replace(config(instances=TWO), variants=(variant(model="new"), variant("second")))
"""A config that changes one variant of two."""


def seen(forecast: Forecast) -> list[tuple[str, str, str]]:
    return [(row.defect, row.seen, row.alarm) for row in protection_of(forecast)]


def words(forecast: Forecast) -> list[str]:
    return in_words(found_in(forecast))


# ---- What they would see, and when -----------------------------------------------------------


@pytest.mark.parametrize(
    ("guardrails", "of_errors", "of_latency"),
    [
        ([OF_ERRORS], ("YES", OF_ERRORS.alarm), ("NO", "")),
        ([OF_REFUSALS], ("NO", ""), ("NO", "")),
        ([OF_LATENCY], ("NO", ""), ("YES", OF_LATENCY.alarm)),
        (default_guardrails(), ("YES", OF_ERRORS.alarm), ("YES", OF_LATENCY.alarm)),
        # An answer takes a minute at most, and a streamed one eight.
        ([replace(OF_LATENCY, limit_ms=59_999)], ("NO", ""), ("YES", OF_LATENCY.alarm)),
        ([replace(OF_LATENCY, limit_ms=60_000)], ("NO", ""), ("PERHAPS", OF_LATENCY.alarm)),
        ([replace(OF_LATENCY, limit_ms=480_000)], ("NO", ""), ("NO", "")),
        # A quarter of the requests is less than 30 % of them, but all of them are not.
        ([replace(OF_ERRORS, expected=0.3, limit=0.32)], ("YES", OF_ERRORS.alarm), ("NO", "")),
        ([replace(OF_ERRORS, period_seconds=900, periods=3)], ("NO", ""), ("NO", "")),
    ],
)
def test_a_guardrail_sees_what_its_metric_shows(
    guardrails: list[Guardrail], of_errors: tuple[str, str], of_latency: tuple[str, str]
) -> None:
    found = seen(watched_by(guardrails))
    assert found == [("5XX", *of_errors), ("LATENCY", *of_latency)]


@pytest.mark.parametrize(
    ("traffic", "expected"),
    [
        (None, "PERHAPS"),  # nobody knows how many come
        ({"main": Traffic(600)}, "YES"),
        # Of 3 a minute green has 3.75 in five minutes, and later 15.
        ({"main": Traffic(3)}, "YES"),
        ({"main": Traffic(1)}, "PERHAPS"),  # five in five minutes are more than chance at times
        ({"main": Traffic(0)}, "PERHAPS"),
    ],
)
def test_what_too_few_requests_show_is_not_sure(traffic: Any, expected: str) -> None:
    (of_errors, _) = protection_of(watched_by([OF_ERRORS], traffic=traffic))
    assert of_errors.seen == expected
    assert (of_errors.timing is not None) == (expected == "YES")


def test_it_says_when() -> None:
    first, second = protection_of(watched_by(default_guardrails(), all_at_once()))
    assert first.to_json() == {
        "VariantName": "main",
        "Defect": "5XX",
        "Seen": "YES",
        "AlarmName": "bluegreen-guardrail-churn/main/5xx",
        "Guardrail": "5xx",
        "EarliestAfterSeconds": 326,  # one second of a minute with ten requests, and 5
        "LatestAfterSeconds": 500,  # one second less than a minute too late, and 120
    }
    assert second.timing is not None
    # Three periods of 120 s, of the first of which a second is enough.
    assert (second.timing.earliest, second.timing.latest) == (320 + 241 + 5, 320 + 300 + 120)


def test_few_requests_take_longer_to_show() -> None:
    forecasts = [
        watched_by([OF_ERRORS], traffic={"main": Traffic(each)}) for each in (6000, 60, 10)
    ]
    latest = [forecast.timing_of_guardrail(OF_ERRORS).latest or 0 for forecast in forecasts]
    assert 0 < latest[0] < latest[1] < latest[2]


def test_the_sooner_of_an_alarm_and_a_guardrail_is_named() -> None:
    late, soon = errors(0.05, points=5), errors(0.05, name="soon")
    slow = replace(OF_ERRORS, periods=2)
    assert seen(watched_by([OF_ERRORS], alarms=[late]))[0] == ("5XX", "YES", OF_ERRORS.alarm)
    assert seen(watched_by([slow], alarms=[soon]))[0] == ("5XX", "YES", "soon")


def test_alarms_that_nobody_could_read_may_see_what_guardrails_do_not() -> None:
    forecast = watched_by([OF_ERRORS], alarms=[alarm()], knowing={"alarms": None})
    assert [row.seen for row in protection_of(forecast)] == ["YES", "NOT_KNOWN"]


def test_a_guardrail_is_of_its_variant_alone() -> None:
    forecast = watched_by([OF_ERRORS], instances=TWO, traffic={v: Traffic(600) for v in TWO})
    found = {(row.variant, row.defect): row.seen for row in protection_of(forecast)}
    assert found["main", Defect.ERRORS] is Seen.YES
    assert found["second", Defect.ERRORS] is Seen.NO


# ---- What the check finds --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guardrails", "case", "expected"),
    [
        ((), {}, ["ERROR no-alarms"]),
        (default_guardrails(), {}, []),
        (default_guardrails(), {"policy": all_at_once(300)}, []),
        ([OF_ERRORS], {}, ["WARNING defect-unseen"]),
        ([OF_LATENCY], {}, ["WARNING defect-unseen"]),
        ([OF_ERRORS], {"alarms": [alarm()]}, []),
        # An alarm that cannot trip is as bad beside guardrails, but the bakes are protected.
        (
            default_guardrails(),
            {"alarms": [alarm(dimensions={"EndpointName": "churn"})]},
            ["ERROR alarm-without-variant"],
        ),
        (
            default_guardrails(),
            {"alarms": [alarm(namespace="Churn")]},
            ["INFO alarm-not-judged"],
        ),
        (default_guardrails(), {"alarms": [Alarm("lines", log=True)]}, ["WARNING alarm-on-logs"]),
        # An alarm that exists no more is told of, and not that nothing is protected.
        (default_guardrails(), {"names": ["gone"]}, ["ERROR alarm-missing"]),
        # An alarm on what need not be published is not relied on where a guardrail sees the same.
        (
            default_guardrails(),
            {"alarms": [errors(0.05, dimensions=GREEN_FLEET)]},
            ["INFO alarm-metric-unproven"],
        ),
        ([OF_LATENCY], {"alarms": [errors(0.05, dimensions=GREEN_FLEET)]}, [UNPROVEN]),
        # A bake that is too short for any of them, and one that is not for alarms beside them.
        (default_guardrails(), {"policy": canary(wait=6)}, ["ERROR bake-unprotected"]),
        (default_guardrails(), {"policy": canary(wait=7)}, []),
        (
            [OF_LATENCY],
            {"policy": canary(wait=200), "alarms": [errors(0.05)]},
            ["INFO alarm-sees-both-fleets"],
        ),
        ([OF_LATENCY], {"policy": canary(wait=200)}, ["ERROR bake-unprotected", UNSEEN]),
        # Nobody knows what alarms that were not read would do in it.
        (
            [OF_LATENCY, OF_ERRORS],
            {"policy": canary(wait=6), "alarms": [alarm()], "knowing": {"alarms": None}},
            ["WARNING alarms-not-checked"],
        ),
        (
            default_guardrails(),
            {"unknown": {"traffic": "no"}, "traffic": None},
            ["INFO traffic-not-checked"],
        ),
        (
            default_guardrails(),
            {"roles_may_describe_alarms": {}},
            [],
        ),
        (
            default_guardrails(),
            {"unknown": {"roles": "no"}, "roles_may_describe_alarms": None},
            ["WARNING role-not-checked"],
        ),
    ],
)
def test_what_is_found_beside_guardrails(
    guardrails: list[Guardrail], case: dict[str, Any], expected: list[str]
) -> None:
    assert words(watched_by(guardrails, **case)) == expected


@pytest.mark.parametrize(
    ("guarded", "alarms", "expected"),
    [
        # Only what changes needs a guardrail, and one that cannot be made leaves it unwatched.
        (["main"], [], []),
        (["second"], [], ["ERROR variant-unwatched"]),
        (["second"], [errors(0.05), alarm(dimensions=BOTH_FLEETS)], [BOTH]),
        (["main", "second"], [], []),
        # Without any guardrail all variants are watched, or not.
        ([], [errors(0.05), alarm(dimensions=BOTH_FLEETS)], ["ERROR variant-unwatched", BOTH]),
    ],
)
def test_a_variant_that_does_not_change_needs_no_guardrail(
    guarded: list[str], alarms: list[Alarm], expected: list[str]
) -> None:
    guardrails = default_guardrails(*guarded) if guarded else []
    traffic = {name: Traffic(600) for name in TWO}
    case: dict[str, Any] = {
        "instances": TWO,
        "requested": CHANGED,
        "alarms": alarms,
        "traffic": traffic,
    }
    assert words(watched_by(guardrails, **case)) == sorted(expected)


def test_where_nothing_changes_all_variants_need_one() -> None:
    forecast = watched_by(default_guardrails("main"), instances=TWO)
    assert words(forecast) == ["ERROR variant-unwatched"]


def test_what_was_asked_for_and_is_not_made_is_not_told_twice() -> None:
    whole = {"asked": Asked.named("Default")}
    assert words(watched_by([OF_ERRORS], asking=whole)) == []
    only = {"asked": Asked("", Asked.named("Default").guardrails[:1])}
    assert words(watched_by([OF_ERRORS], asking=only)) == [UNSEEN]


def test_that_no_guardrail_can_be_made_is_said() -> None:
    (finding,) = found_in(watched_by([], asking={"asked": Asked.named("Default")}))
    assert finding.id == "no-alarms"
    assert "names no alarm, and none of its guardrails can be made." in finding.message
    (finding,) = found_in(watched_by([], asking={"asked": Asked.named("None")}))
    assert "names no alarm. Bakes" in finding.message


# ---- How many alarms there are ---------------------------------------------------------------

LATENCIES = [alarm(f"latency-{number}") for number in range(10)]


@pytest.mark.parametrize(
    ("own", "guards", "aborts", "expected"),
    [
        (9, 0, True, []),
        (10, 0, True, ["no-room-for-abort"]),
        (10, 0, False, ["no-room-for-abort"]),
        (6, 3, True, []),
        (7, 3, True, ["too-many-alarms"]),
        (7, 3, False, []),
        (8, 3, False, ["too-many-alarms"]),
        (10, 1, True, ["too-many-alarms"]),
        (0, 9, True, []),
        (0, 10, True, ["too-many-alarms"]),
    ],
)
def test_sagemaker_takes_ten_alarms(
    own: int, guards: int, aborts: bool, expected: list[str]
) -> None:
    guardrails = [replace(OF_ERRORS, alarm=f"guardrail-{n}") for n in range(guards)]
    forecast = watched_by(guardrails, alarms=LATENCIES[:own], makes_abort_alarm=aborts)
    about = {"no-room-for-abort", "too-many-alarms"}
    assert [f.id for f in found_in(forecast) if f.id in about] == expected


def test_how_many_of_each_there_are_is_said() -> None:
    forecast = watched_by(default_guardrails(), alarms=LATENCIES[:7])
    (message,) = [f.message for f in found_in(forecast) if f.id == "too-many-alarms"]
    assert message == (
        "The deployment has 11 alarms, and SageMaker takes 10 at most: 7 that the request names, 3"
        " of guardrails and the abort alarm of the stack."
    )
    forecast = watched_by(default_guardrails(), alarms=LATENCIES[:8], makes_abort_alarm=False)
    (message,) = [f.message for f in found_in(forecast) if f.id == "too-many-alarms"]
    assert message.endswith(": 8 that the request names and 3 of guardrails.")
    guardrails = [replace(OF_ERRORS, alarm=f"guardrail-{n}") for n in range(10)]
    (finding,) = [f for f in found_in(watched_by(guardrails)) if f.id == "too-many-alarms"]
    assert finding.message.endswith(": 10 of guardrails and the abort alarm of the stack.")
    assert finding.fix.startswith("Ask for fewer guardrails")


def test_an_alarm_of_a_guardrail_is_not_checked_as_one_of_the_requests_own() -> None:
    """It is made anew: what its state is now, or what it watches, means nothing."""
    before = alarm(OF_ERRORS.alarm, dimensions=BLUE_FLEET, state="ALARM")
    found = words(watched_by(default_guardrails(), alarms=[before]))
    assert found == ["WARNING alarm-named-twice"]


# ---- NotEnoughData ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "not_enough_data", "expected"),
    [
        (canary(wait=480, termination=480), "ABORT", []),
        (canary(wait=479, termination=600), "ABORT", ["WARNING not-enough-data-bake"]),
        (canary(wait=600, termination=479), "ABORT", ["WARNING not-enough-data-bake"]),
        (canary(wait=479, termination=479), "WARN", []),
        (canary(wait=479, termination=479), "PASS", []),
    ],
)
def test_a_bake_must_leave_time_to_judge_what_came(
    policy: Policy, not_enough_data: str, expected: list[str]
) -> None:
    asking = {"not_enough_data": not_enough_data}
    assert words(watched_by(default_guardrails(), policy, asking=asking)) == expected
    assert words(watched_by([], policy, asking=asking)) == ["ERROR no-alarms"]


@pytest.mark.parametrize("not_enough_data", ["PASS", "WARN", "ABORT"])
def test_without_an_abort_alarm_too_little_data_rolls_nothing_back(not_enough_data: str) -> None:
    id_ = "not-enough-data-no-abort"
    asking, policy = {"not_enough_data": not_enough_data}, canary(wait=300)
    found = words(watched_by(default_guardrails(), policy, asking=asking, makes_abort_alarm=False))
    cannot = [f"WARNING {id_}"] if not_enough_data == "ABORT" else []
    assert found == cannot


def test_the_bakes_that_are_too_short_to_judge_are_named() -> None:
    asking = {"not_enough_data": "ABORT"}
    forecast = watched_by(default_guardrails(), canary(wait=300), asking=asking)
    (finding,) = found_in(forecast)
    assert finding.id == "not-enough-data-bake"
    assert "Not so in the bake of 300 s at 25 % of the traffic: there" in finding.message
