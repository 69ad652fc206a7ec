"""The predicted course of a deployment, by literal tables.

Sequences: facts B1, from the developer guide's pages on each mode. A fleet or a batch is made in
300 seconds, a shift takes 20 and a deletion 30 (assumed).
"""

from itertools import pairwise
from typing import Any

import pytest

from bluegreen.check.report import check_situation, plan_of
from bluegreen.request.request import Request
from bluegreen.sagemaker.deployment_config import Policy
from bluegreen.sagemaker.observation import Observation
from bluegreen.sagemaker.schedule import PlannedStage, Schedule, creation_of, schedule_of
from builders import GREEN
from situations import (
    all_at_once,
    canary,
    case_of,
    config,
    count,
    linear,
    percent,
    rolling,
    situation,
)


def schedule(
    policy: Policy, blue: int = 4, green: int | None = None, provisioning: int = 300
) -> Schedule:
    clones = {"main": blue if green is None else green}
    return schedule_of(policy, {"main": blue}, clones, provisioning)


def rows(made: Schedule) -> list[tuple[str, int, int, int, int, int]]:
    return [
        (
            str(s.stage),
            s.traffic_percent,
            s.starts_after,
            s.seconds,
            s.blue_instances,
            s.green_instances,
        )
        for s in made.stages
    ]


def test_all_at_once() -> None:
    assert rows(schedule(all_at_once(300))) == [
        ("PROVISIONING", 0, 0, 300, 4, 4),
        ("SHIFTING", 100, 300, 20, 4, 4),
        ("BAKING", 100, 320, 300, 4, 4),
        ("TERMINATING", 100, 620, 30, 4, 4),
    ]


def test_canary() -> None:
    assert rows(schedule(canary(percent(25), 600, 900))) == [
        ("PROVISIONING", 0, 0, 300, 4, 4),
        ("SHIFTING", 25, 300, 20, 4, 4),
        ("BAKING", 25, 320, 600, 4, 4),
        ("SHIFTING", 100, 920, 20, 4, 4),
        ("BAKING", 100, 940, 900, 4, 4),
        ("TERMINATING", 100, 1840, 30, 4, 4),
    ]


def test_linear_bakes_for_the_interval_and_last_for_the_termination_wait() -> None:
    assert rows(schedule(linear(percent(33), 180, 120), 3)) == [
        ("PROVISIONING", 0, 0, 300, 3, 3),
        ("SHIFTING", 33, 300, 20, 3, 3),
        ("BAKING", 33, 320, 180, 3, 3),
        ("SHIFTING", 67, 500, 20, 3, 3),
        ("BAKING", 67, 520, 180, 3, 3),
        ("SHIFTING", 100, 700, 20, 3, 3),
        ("BAKING", 100, 720, 120, 3, 3),
        ("TERMINATING", 100, 840, 30, 3, 3),
    ]


def test_a_last_linear_step_that_is_smaller() -> None:
    made = schedule(linear(count(4), 60, 60), 10)
    assert [(s.traffic_percent, s.seconds) for s in made.bakes] == [(40, 60), (80, 60), (100, 60)]


def test_rolling_makes_bakes_and_replaces_batch_by_batch() -> None:
    assert rows(schedule(rolling(percent(33), 180), 3)) == [
        ("PROVISIONING", 0, 0, 300, 3, 1),
        ("SHIFTING", 33, 300, 20, 3, 1),
        ("BAKING", 33, 320, 180, 3, 1),
        ("TERMINATING", 33, 500, 30, 3, 1),
        ("PROVISIONING", 33, 530, 300, 2, 2),
        ("SHIFTING", 67, 830, 20, 2, 2),
        ("BAKING", 67, 850, 180, 2, 2),
        ("TERMINATING", 67, 1030, 30, 2, 2),
        ("PROVISIONING", 67, 1060, 300, 1, 3),
        ("SHIFTING", 100, 1360, 20, 1, 3),
        ("BAKING", 100, 1380, 180, 1, 3),
        ("TERMINATING", 100, 1560, 30, 1, 3),
    ]


def test_rolling_with_a_smaller_last_batch() -> None:
    made = schedule(rolling(count(2), 60), 5)
    counts = [(s.traffic_percent, s.blue_instances, s.green_instances) for s in made.bakes]
    assert counts == [(40, 5, 2), (80, 3, 4), (100, 1, 5)]


def test_rolling_to_a_larger_fleet_takes_blue_away_in_proportion() -> None:
    made = schedule(rolling(count(2), 60), blue=4, green=8)
    counts = [(s.traffic_percent, s.blue_instances, s.green_instances) for s in made.bakes]
    assert counts == [(25, 4, 2), (50, 3, 4), (75, 2, 6), (100, 1, 8)]


@pytest.mark.parametrize(
    ("size", "blue", "green", "expected"),
    [
        (1, 5, 3, [(33, 5, 1), (67, 4, 2), (100, 2, 3)]),  # 10 / 3 and 5 / 3, rounded up
        (1, 3, 5, [(20, 3, 1), (40, 3, 2), (60, 2, 3), (80, 2, 4), (100, 1, 5)]),
        (1, 1, 2, [(50, 1, 1), (100, 1, 2)]),
        (2, 4, 3, [(67, 4, 2), (100, 2, 3)]),  # 4 / 3
    ],
)
def test_blue_instances_beside_a_green_fleet_of_another_size(
    size: int, blue: int, green: int, expected: list[tuple[int, int, int]]
) -> None:
    made = schedule(rolling(count(size), 60), blue, green)
    counts = [(s.traffic_percent, s.blue_instances, s.green_instances) for s in made.bakes]
    assert counts == expected


def test_a_batch_that_replaces_no_whole_blue_instance_deletes_none() -> None:
    made = schedule(rolling(count(1), 60), blue=1, green=2)
    assert [(str(s.stage), s.traffic_percent, s.seconds) for s in made.stages] == [
        ("PROVISIONING", 0, 300),
        ("SHIFTING", 50, 20),
        ("BAKING", 50, 60),
        ("PROVISIONING", 50, 300),
        ("SHIFTING", 100, 20),
        ("BAKING", 100, 60),
        ("TERMINATING", 100, 30),
    ]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (all_at_once(0), ["PROVISIONING", "SHIFTING", "TERMINATING"]),
        (
            canary(wait=0, termination=60),
            ["PROVISIONING", "SHIFTING", "SHIFTING", "BAKING", "TERMINATING"],
        ),
        (
            canary(wait=60, termination=0),
            ["PROVISIONING", "SHIFTING", "BAKING", "SHIFTING", "TERMINATING"],
        ),
        (rolling(count(4), wait=0), ["PROVISIONING", "SHIFTING", "TERMINATING"]),
    ],
)
def test_a_bake_of_no_length_is_no_stage(policy: Policy, expected: list[str]) -> None:
    made = schedule(policy)
    assert [str(stage.stage) for stage in made.stages] == expected
    assert all(one.ends_after == other.starts_after for one, other in pairwise(made.stages))


def test_a_fleet_of_one_has_one_step() -> None:
    made = schedule(canary(count(1), 600, 900), 1)
    assert [(s.traffic_percent, s.seconds) for s in made.bakes] == [(100, 900)]


def test_variants_share_the_steps_of_the_longest_and_the_lowest_share() -> None:
    fleets = {"main": 2, "second": 4}
    made = schedule_of(linear(count(1), 60, 120), fleets, fleets)
    counts = [(s.traffic_percent, s.seconds, s.green_instances) for s in made.bakes]
    assert counts == [(25, 60, 6), (50, 60, 6), (75, 60, 6), (100, 120, 6)]


def test_fleets_that_nobody_knows_have_a_schedule_too() -> None:
    made = schedule_of(canary(), {}, {})
    assert [str(s.stage) for s in made.stages] == [
        "PROVISIONING",
        "SHIFTING",
        "BAKING",
        "TERMINATING",
    ]
    assert (made.most_instances, made.seconds) == (0, 950)
    assert Schedule("CANARY", (), 0, 0).seconds == 0


@pytest.mark.parametrize(
    ("policy", "provisioning", "least", "predicted", "most"),
    [
        (all_at_once(300), 300, 470, 650, 2150),
        (canary(wait=600, termination=900), 300, 1690, 1870, 3370),
        (linear(percent(25), 300, 120), 300, 1250, 1430, 2930),
        (rolling(count(2), 60), 300, 460, 820, 3820),  # two batches
        (rolling(count(1), 60), 300, 920, 1640, 7640),  # four batches
        (all_at_once(300), 120, 470, 470, 2150),
        (all_at_once(300), 60, 410, 410, 2150),  # quicker than the quickest
        (all_at_once(300), 1800, 470, 2150, 2150),
        (all_at_once(300), 2400, 470, 2750, 2750),  # slower than the slowest
        (rolling(count(2), 60), 900, 460, 2020, 3820),
    ],
)
def test_the_length_with_the_quickest_and_the_slowest_provisioning(
    policy: Policy, provisioning: int, least: int, predicted: int, most: int
) -> None:
    made = schedule(policy, provisioning=provisioning)
    assert (made.least_seconds, made.seconds, made.most_seconds) == (least, predicted, most)


@pytest.mark.parametrize(
    ("policy", "fleets"),
    [
        (all_at_once(), 1),
        (canary(), 1),
        (linear(), 1),
        (rolling(count(1)), 4),
        (rolling(count(2)), 2),
    ],
)
def test_how_often_instances_are_made(policy: Policy, fleets: int) -> None:
    assert schedule(policy).fleets_made == fleets


@pytest.mark.parametrize(
    ("policy", "blue", "green", "most"),
    [
        (all_at_once(), 4, 4, 8),
        (canary(), 4, 6, 10),
        (rolling(count(1)), 4, 4, 5),
        (rolling(count(2)), 4, 4, 6),
        (rolling(count(2)), 5, 5, 7),
    ],
)
def test_the_most_instances_at_once(policy: Policy, blue: int, green: int, most: int) -> None:
    assert schedule(policy, blue, green).most_instances == most


@pytest.mark.parametrize(
    ("policy", "blue", "green", "extra", "of_blue", "of_green"),
    [
        # 3,600 s: 300 + 20 + 3,250 + 30.
        (all_at_once(3250), 4, 4, 4.0, 4.0, 4.0),
        (all_at_once(3250), 4, 6, 6.0, 4.0, 6.0),
        # 7,200 s: 300 + 20 + 3,600 + 20 + 3,230 + 30.
        (canary(wait=3600, termination=3230), 4, 4, 8.0, 8.0, 8.0),
        # Two batches of 3,600 s: beside 4 blue ones 2 green, beside 2 blue ones 4 green.
        (rolling(count(2), 3250), 4, 4, 4.0, 6.0, 6.0),
        # Three: 3 + 1, 2 + 2, 1 + 3.
        (rolling(count(1), 3250), 3, 3, 3.0, 6.0, 6.0),
    ],
)
def test_instance_hours(
    policy: Policy, blue: int, green: int, extra: float, of_blue: float, of_green: float
) -> None:
    made = schedule(policy, blue, green)
    assert made.extra_instance_hours == pytest.approx(extra)
    assert made.instance_hours == pytest.approx((of_blue, of_green))


def test_a_stage_as_json() -> None:
    stage = schedule(canary(count(1), 600)).stages[2]
    assert isinstance(stage, PlannedStage)
    assert stage.to_json() == {
        "Stage": "BAKING",
        "TrafficPercent": 25,
        "StartsAfterSeconds": 320,
        "Seconds": 600,
        "BlueInstances": 4,
        "GreenInstances": 4,
    }


# ---- Creation --------------------------------------------------------------------------------


def test_an_endpoint_that_is_created_comes_up_and_no_more() -> None:
    made = creation_of({"main": 4, "second": 2}, 300)
    assert made.mode == "CREATION"
    assert rows(made) == [("PROVISIONING", 0, 0, 300, 0, 6)]
    assert (made.blue, made.green, made.seconds, made.fleets_made) == (0, 6, 300, 1)
    assert (made.least_seconds, made.most_seconds) == (120, 1800)
    assert (made.shifts, made.bakes, made.most_instances) == ((), (), 6)
    assert made.instance_hours == pytest.approx((0, 0.5))
    assert made.extra_instance_hours == pytest.approx(0.5)


def test_how_long_a_creation_takes_is_what_is_assumed() -> None:
    made = creation_of({"main": 4}, 1000)
    assert (made.seconds, made.provisioning_seconds) == (1000, 1000)
    assert (made.least_seconds, made.most_seconds) == (120, 1800)


@pytest.mark.parametrize("policy", [canary(), linear(), all_at_once(), rolling()])
def test_of_an_endpoint_that_is_not_there_every_policy_makes_a_creation(policy: Policy) -> None:
    gone: dict[str, Any] = {"endpoint": Observation("Gone"), "live": None}
    forecast = case_of(policy, requested=config(instances={"main": 3, "second": 2}), **gone)
    assert forecast.creates
    assert (forecast.blue, forecast.green) == ({}, {"main": 3, "second": 2})
    assert forecast.schedule == creation_of({"main": 3, "second": 2}, 300)
    plan = plan_of(forecast)
    assert (plan["Mode"], len(plan["Stages"])) == ("CREATION", 1)
    assert (plan["LeastSeconds"], plan["PredictedSeconds"], plan["MostSeconds"]) == (120, 300, 1800)


def test_of_an_endpoint_that_is_there_it_makes_an_update() -> None:
    forecast = case_of()
    assert not forecast.creates
    assert forecast.schedule.mode == "CANARY"
    assert len(forecast.schedule.stages) == 6


def test_a_creation_takes_as_long_as_is_said_that_a_fleet_takes() -> None:
    request = Request("churn", GREEN, canary())
    gone = situation(endpoint=Observation("Gone"), live=None)
    forecast = check_situation(request, gone, provisioning_seconds=1000).forecast
    assert forecast is not None
    assert forecast.schedule.seconds == 1000
