import pytest

from bluegreen.domain.plan import default_maximum_seconds, steps_of, wait_seconds
from bluegreen.domain.policy import CapacitySize, Policy


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
        ("LINEAR", "CAPACITY_PERCENT", 20, 10, [2, 4, 6, 8, 10], [20, 40, 60, 80, 100]),
        ("LINEAR", "CAPACITY_PERCENT", 20, 3, [1, 2, 3], [33, 67, 100]),
        ("LINEAR", "CAPACITY_PERCENT", 20, 4, [1, 2, 3, 4], [25, 50, 75, 100]),
        ("LINEAR", "INSTANCE_COUNT", 4, 10, [4, 8, 10], [40, 80, 100]),
    ],
)
def test_steps(
    mode: str, kind: str, value: int, fleet: int, instances: list[int], percents: list[int]
) -> None:
    steps = steps_of(policy(mode, kind, value), fleet)
    assert [step.instances for step in steps] == instances
    assert [step.percent for step in steps] == percents
    assert [step.bake_seconds for step in steps] == [*[300] * (len(instances) - 1), 900]


def test_the_default_maximum_is_the_waits_and_an_hour_within_the_range_of_the_api() -> None:
    linear = policy("LINEAR", "CAPACITY_PERCENT", 20)
    assert wait_seconds(linear, 10) == 4 * 300 + 900
    assert default_maximum_seconds(linear, 10) == 5700
    long = Policy("LINEAR", 3600, 3600, CapacitySize("INSTANCE_COUNT", 1))
    assert default_maximum_seconds(long, 20) == 28800
