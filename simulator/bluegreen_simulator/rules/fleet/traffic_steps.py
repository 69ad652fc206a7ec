"""The steps in which a green fleet takes over the traffic, counted in instances.

Sequence: SageMaker Developer Guide, "Use canary / linear / all-at-once traffic shifting" and
"Use rolling deployments".
"""

from collections.abc import Sequence

from bluegreen.sagemaker.capacity import instances_of
from bluegreen.sagemaker.deployment_config import ROLLING, Policy


def steps_of(policy: Policy, sizes: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """For each step, how many instances of each variant have traffic after it.

    The last step is all of the fleet. Variants of different sizes share the number of steps,
    that of the one with most; the others wait with all of their instances active (assumed).
    """
    paths = [_path(policy, size) for size in sizes]
    longest = max(len(path) for path in paths)
    full = [path + [path[-1]] * (longest - len(path)) for path in paths]
    return tuple(zip(*full, strict=True))


def _path(policy: Policy, size: int) -> list[int]:
    if policy.size is None:
        return [size]
    step = instances_of(policy.size.type, policy.size.value, size)
    if policy.mode in ("LINEAR", ROLLING):
        return [*range(step, size, step), size]
    return [step, size] if step < size else [size]
