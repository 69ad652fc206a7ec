"""Over which periods guardrails count, so that what they watch fits into a bake."""

from math import ceil
from typing import Final

from bluegreen.sagemaker.deployment_config import PERCENT_OF_MODE, ROLLING, Policy

MINUTE: Final = 60
LONGEST_ERRORS_PERIOD: Final = 900
LONGEST_LATENCY_PERIOD: Final = 300
SHORTEST_LATENCY_BAKE: Final = 300
"""Seconds; in a shorter bake three periods in a row do not fit beside a slow start."""

LATENCY_PERIODS_IN_A_BAKE: Final = 5
LATENCY_PERIODS: Final = 3
"""In a row; one slow period, such as that of a start, is no defect."""


def shortest_bake(policy: Policy) -> int:
    """The seconds of the shortest bake of a deployment that succeeds; 0 where nothing bakes."""
    waits = [policy.termination_wait_seconds]
    if policy.mode == ROLLING:
        waits = [policy.wait_seconds]
    elif policy.size is not None:
        waits.append(policy.wait_seconds)
    return min((wait for wait in waits if wait), default=0)


def watched_seconds(policy: Policy) -> int:
    """The seconds of all bakes of a deployment that succeeds together, or more.

    Of steps of so many instances the fleet decides how many there are; then it is as many as the
    least part of a fleet that a step may be comes to.
    """
    if policy.mode == ROLLING:
        return _steps(policy) * policy.wait_seconds
    return (_steps(policy) - 1) * policy.wait_seconds + policy.termination_wait_seconds


def _steps(policy: Policy) -> int:
    if policy.size is None:
        return 1
    if policy.mode == "CANARY":
        return 2
    percent = policy.size.value
    if policy.size.type == "INSTANCE_COUNT":
        percent = PERCENT_OF_MODE[policy.mode][0]
    return ceil(100 / percent)


def errors_period(bake_seconds: int) -> int:
    """Half of a bake, in whole minutes of 60 to 900 seconds."""
    return _whole_minutes(bake_seconds / 2, LONGEST_ERRORS_PERIOD)


def latency_period(bake_seconds: int) -> int:
    """A fifth of a bake, in whole minutes of 60 to 300 seconds; three of them count."""
    return _whole_minutes(bake_seconds / LATENCY_PERIODS_IN_A_BAKE, LONGEST_LATENCY_PERIOD)


def _whole_minutes(seconds: float, longest: int) -> int:
    return max(MINUTE, min(longest, int(seconds // MINUTE) * MINUTE))
