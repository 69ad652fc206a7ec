"""The traffic steps of a deployment: green's share in each of them, and how long each one bakes.

Sequence and lengths: SageMaker Developer Guide, "Use canary / linear / all-at-once traffic
shifting" and "Use rolling deployments". The last step is all of the fleet, and bakes for the
termination wait; in a rolling update it bakes as every other.

This is the one place in which steps are computed: the check, the schedule, the states that follow
a deployment and the engine of the embedded SageMaker all take them from here. They rest on one
assumption, how SageMaker rounds; a second computation would rest on it too, and so be no witness
for the first. The witnesses are tables by hand and AWS's own examples in the tests. Which stages
a deployment goes through, how long, and with which instances, is worked out twice on purpose:
`schedule` predicts a deployment that succeeds, the engine lives through one, and a property test
holds the two against each other.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bluegreen.sagemaker.deployment_config import (
    LONGEST_MAXIMUM_SECONDS,
    PROVISIONING_ALLOWANCE_SECONDS,
    PROVISIONING_MARGIN_SECONDS,
    ROLLING,
    SHORTEST_MAXIMUM_SECONDS,
    Policy,
)

ALL: Final = 100
"""All of the traffic, in percent."""

SHIFT_SECONDS: Final = 20
"""Assumed: how long ActivatingTraffic lasts; the traffic moves at its end."""


@dataclass(frozen=True)
class Step:
    """Green takes over `instances` of the fleet, `percent` of it, and bakes for `bake_seconds`.

    `replaces` says whether as many blue instances are deleted after the bake.
    """

    instances: int
    percent: int
    bake_seconds: int
    replaces: bool = False


@dataclass(frozen=True)
class FleetStep:
    """A step of all variants: the instances of each, the lowest share of them, and the bake."""

    instances: tuple[int, ...]
    percent: int
    bake_seconds: int


def instances_of(type_: str, value: int, fleet: int) -> int:
    """The instances of a canary or a linear step on a variant with `fleet` instances.

    `INSTANCE_COUNT` is the count itself. `CAPACITY_PERCENT` is rounded to the nearest whole
    number, halves down, never to zero. Neither is more than the fleet. How SageMaker rounds
    is not documented; its notebooks have 33 % of 3 instances be 1, and the rest is assumed.
    """
    if type_ == "CAPACITY_PERCENT":
        # The ceiling of fleet * value / 100 - 0.5, without floating point.
        value = max(1, -((50 - fleet * value) // 100))
    return min(value, fleet)


def percent_of(instances: int, fleet: int) -> int:
    """The share of a fleet, as a whole percent, halves up."""
    return (200 * instances + fleet) // (2 * fleet) if fleet else 0


def steps_of(policy: Policy, fleet: int) -> list[Step]:
    """The steps of `policy` on a variant with `fleet` instances, in order."""
    rolling = policy.mode == ROLLING
    partial = [
        Step(instances, percent_of(instances, fleet), policy.wait_seconds, replaces=rolling)
        for instances in _partial_sizes(policy, fleet)
    ]
    return [*partial, Step(fleet, ALL, bake_seconds(policy, ALL), replaces=True)]


def fleet_steps_of(policy: Policy, fleets: Sequence[int]) -> tuple[FleetStep, ...]:
    """The steps of `policy` on variants with so many instances each, in order.

    Variants of different sizes share the number of steps, that of the one with most; the others
    wait with all of their instances active (assumed).
    """
    paths = [steps_of(policy, fleet) for fleet in fleets] or [steps_of(policy, 0)]
    longest = max(paths, key=len)
    full = [path + [path[-1]] * (len(longest) - len(path)) for path in paths]
    return tuple(
        FleetStep(
            tuple(step.instances for step in together),
            min(step.percent for step in together),
            leading.bake_seconds,
        )
        for leading, *together in zip(longest, *full, strict=True)
    )


def _partial_sizes(policy: Policy, fleet: int) -> Iterator[int]:
    if policy.size is None or fleet < 1:
        return
    first = instances_of(policy.size.type, policy.size.value, fleet)
    if policy.mode in ("LINEAR", ROLLING):
        yield from range(first, fleet, first)
    elif first < fleet:
        yield first


def wait_seconds(policy: Policy, fleet: int) -> int:
    """The sum of all bakes of a deployment that succeeds."""
    return sum(step.bake_seconds for step in steps_of(policy, fleet))


def longest_wait_seconds(policy: Policy, fleets: Iterable[int]) -> int:
    """The sum of all bakes of the variant that takes longest; `fleets` are their instances."""
    return max((wait_seconds(policy, fleet) for fleet in fleets), default=0)


def default_maximum_seconds(policy: Policy, fleets: Iterable[int], start_seconds: int = 0) -> int:
    """What is sent as `MaximumExecutionTimeoutInSeconds` when the request names none.

    The waits, and an hour for each fleet or batch that is to be made, within the API's range. Where
    the config's own timeouts let an instance take `start_seconds` to come up, at least those and
    half an hour. SageMaker's own default is not documented, so one is always sent.
    """
    sizes = list(fleets)
    if policy.size is not None and 0 in sizes:
        return LONGEST_MAXIMUM_SECONDS  # nobody knows how many steps there are
    batches = max((len(steps_of(policy, fleet)) for fleet in sizes), default=1)
    made = batches if policy.mode == ROLLING else 1
    each = max(PROVISIONING_ALLOWANCE_SECONDS, start_seconds + PROVISIONING_MARGIN_SECONDS)
    wanted = longest_wait_seconds(policy, sizes) + made * each
    return max(SHORTEST_MAXIMUM_SECONDS, min(wanted, LONGEST_MAXIMUM_SECONDS))


def next_percent(steps: list[Step], percent: int, *, baking: bool) -> int:
    """Green's share in the step after `percent` (0: before the first).

    `baking` asks for the next step that bakes, which one with a wait of zero does not.
    """
    return next(
        (s.percent for s in steps if s.percent > percent and (s.bake_seconds or not baking)), ALL
    )


def replaced_percent(steps: list[Step], percent: int) -> int:
    """Green's share while blue instances are deleted, `percent` being the last that was seen."""
    return next(s.percent for s in steps if s.replaces and s.percent >= percent)


def bake_seconds(policy: Policy, percent: int) -> int:
    """How long the bake at green's share of `percent` lasts."""
    last = percent >= ALL and policy.mode != ROLLING
    return policy.termination_wait_seconds if last else policy.wait_seconds
