from dataclasses import replace

import pytest

from bluegreen.sagemaker.deployment_config import CapacitySize, Policy
from bluegreen.sagemaker.traffic_steps import (
    FleetStep,
    default_maximum_seconds,
    fleet_steps_of,
    replaced_percent,
    steps_of,
    wait_seconds,
)


def policy(mode: str, kind: str = "", value: int = 0) -> Policy:
    size = CapacitySize(kind, value) if kind else None
    return Policy(mode, wait_seconds=300, termination_wait_seconds=900, size=size)


@pytest.mark.parametrize(
    ("mode", "kind", "value", "fleet", "instances", "percents"),
    [
        ("ALL_AT_ONCE", "", 0, 3, [3], [100]),
        ("CANARY", "CAPACITY_PERCENT", 25, 4, [1, 4], [25, 100]),
        ("CANARY", "CAPACITY_PERCENT", 30, 3, [1, 3], [33, 100]),
        ("CANARY", "CAPACITY_PERCENT", 30, 4, [1, 4], [25, 100]),
        ("CANARY", "CAPACITY_PERCENT", 30, 10, [3, 10], [30, 100]),
        ("CANARY", "CAPACITY_PERCENT", 10, 3, [1, 3], [33, 100]),
        ("CANARY", "INSTANCE_COUNT", 2, 10, [2, 10], [20, 100]),
        ("CANARY", "CAPACITY_PERCENT", 50, 1, [1], [100]),
        ("CANARY", "CAPACITY_PERCENT", 50, 2, [1, 2], [50, 100]),
        ("LINEAR", "CAPACITY_PERCENT", 20, 10, [2, 4, 6, 8, 10], [20, 40, 60, 80, 100]),
        ("LINEAR", "CAPACITY_PERCENT", 20, 3, [1, 2, 3], [33, 67, 100]),
        ("LINEAR", "CAPACITY_PERCENT", 20, 4, [1, 2, 3, 4], [25, 50, 75, 100]),
        ("LINEAR", "CAPACITY_PERCENT", 33, 3, [1, 2, 3], [33, 67, 100]),
        ("LINEAR", "CAPACITY_PERCENT", 40, 10, [4, 8, 10], [40, 80, 100]),
        ("LINEAR", "CAPACITY_PERCENT", 50, 1, [1], [100]),
        ("LINEAR", "INSTANCE_COUNT", 4, 10, [4, 8, 10], [40, 80, 100]),
        ("LINEAR", "INSTANCE_COUNT", 3, 7, [3, 6, 7], [43, 86, 100]),
    ],
)
def test_steps(
    mode: str, kind: str, value: int, fleet: int, instances: list[int], percents: list[int]
) -> None:
    steps = steps_of(policy(mode, kind, value), fleet)
    assert [step.instances for step in steps] == instances
    assert [step.percent for step in steps] == percents
    assert [step.bake_seconds for step in steps] == [*[300] * (len(instances) - 1), 900]


def test_variants_of_different_sizes_take_the_steps_of_the_longest_and_wait_with_all() -> None:
    assert fleet_steps_of(policy("LINEAR", "CAPACITY_PERCENT", 20), [3, 10]) == (
        FleetStep((1, 2), 20, 300),
        FleetStep((2, 4), 40, 300),
        FleetStep((3, 6), 60, 300),
        FleetStep((3, 8), 80, 300),
        FleetStep((3, 10), 100, 900),
    )


def test_the_share_of_a_step_is_the_lowest_of_the_variants() -> None:
    steps = fleet_steps_of(policy("CANARY", "CAPACITY_PERCENT", 30), [3, 4])
    assert steps == (FleetStep((1, 1), 25, 300), FleetStep((3, 4), 100, 900))


def test_of_a_fleet_that_nobody_knows_there_is_one_step() -> None:
    assert fleet_steps_of(policy("LINEAR", "INSTANCE_COUNT", 1), []) == (FleetStep((0,), 100, 900),)


@pytest.mark.parametrize(
    ("kind", "value", "fleet", "instances", "percents"),
    [
        ("CAPACITY_PERCENT", 33, 3, [1, 2, 3], [33, 67, 100]),
        ("CAPACITY_PERCENT", 50, 5, [2, 4, 5], [40, 80, 100]),
        ("INSTANCE_COUNT", 2, 4, [2, 4], [50, 100]),
        ("CAPACITY_PERCENT", 50, 1, [1], [100]),
    ],
)
def test_a_rolling_update_bakes_after_every_batch_and_replaces_it(
    kind: str, value: int, fleet: int, instances: list[int], percents: list[int]
) -> None:
    rolling = Policy("ROLLING", 180, 0, CapacitySize(kind, value))
    steps = steps_of(rolling, fleet)
    assert [(step.instances, step.percent) for step in steps] == list(
        zip(instances, percents, strict=True)
    )
    assert {(step.bake_seconds, step.replaces) for step in steps} == {(180, True)}
    assert wait_seconds(rolling, fleet) == 180 * len(steps)


def test_the_default_maximum_of_a_rolling_update_has_an_hour_for_each_batch() -> None:
    rolling = Policy("ROLLING", 180, 0, CapacitySize("CAPACITY_PERCENT", 33))
    assert default_maximum_seconds(rolling, [3]) == 3 * 180 + 3 * 3600
    assert default_maximum_seconds(rolling, [30]) == 11340
    assert default_maximum_seconds(replace(rolling, wait_seconds=3600), [30]) == 21600
    tiny = CapacitySize("INSTANCE_COUNT", 1)
    assert default_maximum_seconds(replace(rolling, size=tiny), [9]) == 28800


def test_blue_is_deleted_once_in_a_blue_green_update_and_after_every_batch_of_a_rolling_one() -> (
    None
):
    linear = steps_of(policy("LINEAR", "CAPACITY_PERCENT", 25), 4)
    rolling = steps_of(Policy("ROLLING", 180, 0, CapacitySize("CAPACITY_PERCENT", 25)), 4)
    assert [replaced_percent(linear, percent) for percent in (0, 25, 100)] == [100, 100, 100]
    assert [replaced_percent(rolling, percent) for percent in (0, 25, 100)] == [25, 25, 100]


def test_the_default_maximum_is_the_waits_and_an_hour_within_the_range_of_the_api() -> None:
    linear = policy("LINEAR", "CAPACITY_PERCENT", 20)
    assert wait_seconds(linear, 10) == 4 * 300 + 900
    assert default_maximum_seconds(linear, [10]) == 5700
    long = Policy("LINEAR", 3600, 3600, CapacitySize("INSTANCE_COUNT", 1))
    assert default_maximum_seconds(long, [20]) == 28800


@pytest.mark.parametrize(
    ("start_seconds", "each"), [(0, 3600), (1800, 3600), (1801, 3601), (7200, 9000)]
)
def test_the_default_maximum_covers_the_start_timeouts_of_each_fleet_or_batch(
    start_seconds: int, each: int
) -> None:
    at_once = Policy("ALL_AT_ONCE", 0, 600)
    assert default_maximum_seconds(at_once, [4], start_seconds) == 600 + each
    rolling = Policy("ROLLING", 180, 0, CapacitySize("CAPACITY_PERCENT", 50))
    assert default_maximum_seconds(rolling, [4], start_seconds) == 2 * (180 + each)
    assert default_maximum_seconds(rolling, [4], 28000) == 28800


def test_the_variant_that_takes_longest_decides_the_default_maximum() -> None:
    linear = Policy("LINEAR", 1200, 600, CapacitySize("CAPACITY_PERCENT", 10))
    assert default_maximum_seconds(linear, [2]) == 1200 + 600 + 3600
    assert default_maximum_seconds(linear, [2, 10]) == 9 * 1200 + 600 + 3600
