"""The steps of traffic: shares, instances and bakes, against a count by hand."""

from itertools import pairwise, product

import pytest
from hypothesis import example, given

from bluegreen.sagemaker.deployment_config import CapacitySize, Policy
from bluegreen.sagemaker.traffic_steps import default_maximum_seconds, steps_of, wait_seconds
from property.strategies import any_policies_and_fleets, policies_and_fleets

Given = tuple[Policy, int]


def linear(type_: str, value: int, wait: int = 3600) -> Policy:
    return Policy("LINEAR", wait, 600, CapacitySize(type_, value))


def canary(type_: str, value: int) -> Policy:
    return Policy("CANARY", 300, 600, CapacitySize(type_, value))


PERCENTS = [
    *(linear("CAPACITY_PERCENT", percent) for percent in range(10, 51)),
    *(canary("CAPACITY_PERCENT", percent) for percent in range(1, 51)),
]
SOME = (*range(1, 12), 50, 99, 100, 101, 199, 200, 201)
COUNTS = [make("INSTANCE_COUNT", count) for count in SOME for make in (linear, canary)]


def first_of(policy: Policy, fleet: int) -> int:
    """The first step in instances, in the words of the documents: of percents the nearest."""
    assert policy.size
    if policy.size.type == "INSTANCE_COUNT":
        return min(policy.size.value, fleet)
    whole, rest = divmod(fleet * policy.size.value, 100)
    return max(1, whole + (rest > 50))


def partial_steps(policy: Policy, fleet: int) -> int:
    """How many steps come before the whole fleet, counted by hand."""
    if policy.size is None:
        return 0
    first = first_of(policy, fleet)
    return -(-fleet // first) - 1 if policy.mode == "LINEAR" else int(first < fleet)


@given(policies_and_fleets())
def test_shares_rise_strictly_and_end_at_all(given: Given) -> None:
    shares = [step.percent for step in steps_of(*given)]
    assert all(before < after for before, after in pairwise([0, *shares]))
    assert shares[-1] == 100


@given(any_policies_and_fleets())
def test_instances_rise_strictly_and_end_at_the_fleet(given: Given) -> None:
    instances = [step.instances for step in steps_of(*given)]
    assert all(before < after for before, after in pairwise([0, *instances]))
    assert instances[-1] == given[1]


@pytest.mark.parametrize("policies", [PERCENTS, COUNTS], ids=["percents", "counts"])
def test_steps_are_equal_up_to_the_whole_of_every_fleet(
    policies: list[Policy],
) -> None:
    for policy, fleet in product(policies, range(1, 201)):
        number, first = partial_steps(policy, fleet), first_of(policy, fleet)
        by_hand = [*(first * step for step in range(1, number + 1)), fleet]
        assert [step.instances for step in steps_of(policy, fleet)] == by_hand


@given(any_policies_and_fleets())
def test_the_bakes_add_up_to_the_wait(given: Given) -> None:
    policy, fleet = given
    expected = partial_steps(policy, fleet) * policy.wait_seconds + policy.termination_wait_seconds
    assert wait_seconds(policy, fleet) == expected
    assert sum(step.bake_seconds for step in steps_of(policy, fleet)) == expected


@example((linear("CAPACITY_PERCENT", 10), 20))
@given(any_policies_and_fleets())
def test_the_default_maximum_leaves_an_hour_beyond_the_waits_unless_it_is_clamped(
    given: Given,
) -> None:
    policy, fleet = given
    maximum, waits = default_maximum_seconds(policy, [fleet]), wait_seconds(policy, fleet)
    assert 600 <= maximum <= 28_800
    assert maximum in (waits + 3600, 28_800)
    assert maximum == 28_800 or maximum > waits
