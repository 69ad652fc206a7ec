"""Which instances have traffic after each step, by literal tables."""

import pytest

from bluegreen.sagemaker.deployment_config import CapacitySize, Policy
from bluegreen_simulator.rules.fleet.traffic_steps import steps_of


def policy(mode: str, type_: str, value: int) -> Policy:
    return Policy(mode, 300, 120, CapacitySize(type_, value))


@pytest.mark.parametrize(
    ("percent", "fleet", "active"),
    [
        (30, 3, [1, 3]),
        (30, 4, [1, 4]),
        (30, 10, [3, 10]),
        (25, 4, [1, 4]),
        (50, 2, [1, 2]),
        (30, 1, [1]),  # a canary of the whole fleet is no canary
    ],
)
def test_canary_percent(percent: int, fleet: int, active: list[int]) -> None:
    steps = steps_of(policy("CANARY", "CAPACITY_PERCENT", percent), [fleet])
    assert steps == tuple((count,) for count in active)


@pytest.mark.parametrize(
    ("percent", "fleet", "active"),
    [
        (20, 10, [2, 4, 6, 8, 10]),
        (20, 3, [1, 2, 3]),
        (20, 4, [1, 2, 3, 4]),
        (33, 3, [1, 2, 3]),
        (40, 10, [4, 8, 10]),
        (50, 1, [1]),
    ],
)
def test_linear_percent(percent: int, fleet: int, active: list[int]) -> None:
    steps = steps_of(policy("LINEAR", "CAPACITY_PERCENT", percent), [fleet])
    assert steps == tuple((count,) for count in active)


def test_instance_count() -> None:
    assert steps_of(policy("CANARY", "INSTANCE_COUNT", 2), [7]) == ((2,), (7,))
    assert steps_of(policy("LINEAR", "INSTANCE_COUNT", 3), [7]) == ((3,), (6,), (7,))


def test_all_at_once() -> None:
    assert steps_of(Policy("ALL_AT_ONCE", 0, 300), [5]) == ((5,),)


def test_variants_of_different_sizes_take_the_steps_of_the_longest() -> None:
    steps = steps_of(policy("LINEAR", "CAPACITY_PERCENT", 20), [10, 3])
    assert steps == ((2, 1), (4, 2), (6, 3), (8, 3), (10, 3))
