"""The plan of a deployment: the steps green's share takes, and how long each one bakes.

Sequence and lengths: SageMaker Developer Guide, "Use canary / linear / all-at-once traffic
shifting". The last step is all of the fleet, and bakes for the termination wait.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bluegreen.domain.capacity import instances_of
from bluegreen.domain.policy import (
    LONGEST_MAXIMUM_SECONDS,
    PROVISIONING_ALLOWANCE_SECONDS,
    SHORTEST_MAXIMUM_SECONDS,
    Policy,
)


@dataclass(frozen=True)
class Step:
    """Green takes over `instances` of the fleet, `percent` of it, and bakes for `bake_seconds`."""

    instances: int
    percent: int
    bake_seconds: int


def percent_of(instances: int, fleet: int) -> int:
    """The share of a fleet, as a whole percent, halves up."""
    return (200 * instances + fleet) // (2 * fleet) if fleet else 0


def steps_of(policy: Policy, fleet: int) -> list[Step]:
    """The steps of `policy` on a variant with `fleet` instances, in order."""
    partial = [
        Step(instances, percent_of(instances, fleet), policy.wait_seconds)
        for instances in _partial_sizes(policy, fleet)
    ]
    return [*partial, Step(fleet, 100, policy.termination_wait_seconds)]


def _partial_sizes(policy: Policy, fleet: int) -> Iterator[int]:
    if policy.size is None or fleet < 1:
        return
    first = instances_of(policy.size.type, policy.size.value, fleet)
    if policy.mode == "LINEAR":
        yield from range(first, fleet, first)
    elif first < fleet:
        yield first


def wait_seconds(policy: Policy, fleet: int) -> int:
    """The sum of all bakes of a deployment that succeeds."""
    return sum(step.bake_seconds for step in steps_of(policy, fleet))


def default_maximum_seconds(policy: Policy, fleet: int) -> int:
    """What is sent as `MaximumExecutionTimeoutInSeconds` when the request names none.

    The waits, and an hour for the provisioning of the one green fleet, within the API's range.
    SageMaker's own default is not documented, so one is always sent.
    """
    wanted = wait_seconds(policy, fleet) + PROVISIONING_ALLOWANCE_SECONDS
    return max(SHORTEST_MAXIMUM_SECONDS, min(wanted, LONGEST_MAXIMUM_SECONDS))


def next_percent(steps: list[Step], percent: int, *, baking: bool) -> int:
    """Green's share in the step after `percent` (0: before the first).

    `baking` asks for the next step that bakes, which one with a wait of zero does not.
    """
    return next(
        (s.percent for s in steps if s.percent > percent and (s.bake_seconds or not baking)), 100
    )


def bake_seconds(policy: Policy, percent: int) -> int:
    """How long the bake at green's share of `percent` lasts."""
    return policy.termination_wait_seconds if percent >= 100 else policy.wait_seconds  # noqa: PLR2004
