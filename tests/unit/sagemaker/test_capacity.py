"""The assumed rounding of capacity sizes, by literal tables."""

import pytest

from bluegreen.sagemaker.traffic_steps import instances_of


@pytest.mark.parametrize(
    ("percent", "fleet", "instances"),
    [
        (33, 3, 1),  # 0.99
        (30, 3, 1),  # 0.9
        (30, 4, 1),  # 1.2
        (30, 10, 3),  # 3
        (25, 4, 1),  # 1
        (25, 2, 1),  # 0.5 down is 0, but never none
        (50, 3, 1),  # 1.5 down
        (50, 5, 2),  # 2.5 down
        (35, 10, 3),  # 3.5 down
        (36, 10, 4),  # 3.6
        (45, 10, 4),  # 4.5 down
        (1, 1000, 10),
        (10, 1, 1),  # 0.1, but never none
        (29, 100, 29),  # 0.29 * 100 is 28.999999999999996 in floating point
        (57, 50, 28),  # 28.5 down
        (100, 7, 7),
        (200, 3, 3),  # not more than there are
    ],
)
def test_percent_is_the_nearest_count_with_halves_down(
    percent: int, fleet: int, instances: int
) -> None:
    assert instances_of("CAPACITY_PERCENT", percent, fleet) == instances


@pytest.mark.parametrize(("count", "fleet", "instances"), [(1, 4, 1), (3, 4, 3), (9, 4, 4)])
def test_count_is_itself_and_not_more_than_the_fleet(
    count: int, fleet: int, instances: int
) -> None:
    assert instances_of("INSTANCE_COUNT", count, fleet) == instances
