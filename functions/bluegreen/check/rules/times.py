"""Whether the waits watch anything, and whether they fit the maximum execution time."""

from collections.abc import Iterator
from typing import Final

from bluegreen.check.forecast import Forecast
from bluegreen.contract.findings import Finding
from bluegreen.sagemaker.deployment_config import LONGEST_MAXIMUM_SECONDS, ROLLING
from bluegreen.sagemaker.traffic_steps import longest_wait_seconds

MARGIN_SECONDS: Final = 1800
"""What a fleet, or a batch, may take to be made: users report up to half an hour."""


def check_times(forecast: Forecast) -> Iterator[Finding]:
    """Yield which bakes have no length, and a maximum that leaves too little time."""
    yield from _check_maximum(forecast)
    mode, policy = forecast.policy.mode, forecast.policy
    if not policy.longest_wait_seconds:
        yield _never_baked(mode)
    elif not policy.wait_seconds and mode != "ALL_AT_ONCE":
        yield _zero("WaitIntervalInSeconds", "no step before the last one is watched")
    elif not policy.termination_wait_seconds and mode != ROLLING:
        yield _zero("TerminationWaitInSeconds", "green with all of the traffic is not watched")


def _check_maximum(forecast: Forecast) -> Iterator[Finding]:
    waits = longest_wait_seconds(forecast.policy, forecast.green.values())
    maximum = forecast.maximum_seconds
    wanted = forecast.schedule.seconds + forecast.schedule.fleets_made * (
        MARGIN_SECONDS - forecast.provisioning_seconds
    )
    if maximum is not None and maximum <= waits:
        yield _too_short(maximum, waits)
    elif maximum is not None and maximum < wanted:
        yield _tight(maximum, waits, min(wanted, LONGEST_MAXIMUM_SECONDS))


def _too_short(maximum: int, waits: int) -> Finding:
    return Finding(
        "maximum-too-short",
        "ERROR",
        f"MaximumExecutionTimeoutInSeconds is {maximum}, and the waits alone take {waits} seconds.",
        f"Allowed: more than {waits} and at most {LONGEST_MAXIMUM_SECONDS}, with time for the green"
        " fleet to be made; or larger steps, or shorter waits.",
    )


def _tight(maximum: int, waits: int, wanted: int) -> Finding:
    message = (
        f"MaximumExecutionTimeoutInSeconds is {maximum}, and the waits take {waits}: what is left"
        " is little time to make the green instances, and SageMaker rolls back when it is over."
    )
    fix = f"Give {wanted} or more."
    if maximum == LONGEST_MAXIMUM_SECONDS:
        fix = "It may not be more: use larger steps or batches, or shorter waits."
    return Finding("maximum-tight", "WARNING", message, fix)


def _never_baked(mode: str) -> Finding:
    members = {
        "ALL_AT_ONCE": "TerminationWaitInSeconds is 0",
        ROLLING: "WaitIntervalInSeconds is 0",
    }
    zero = members.get(mode, "WaitIntervalInSeconds and TerminationWaitInSeconds are 0")
    message = f"{zero} with {mode}: there is no bake, and no alarm is ever watched."
    return Finding("no-bake", "WARNING", message, "Let the policy wait for 300 seconds or more.")


def _zero(member: str, what: str) -> Finding:
    return Finding(
        "bake-of-zero", "WARNING", f"{member} is 0: {what}.", f"Give {member} some time."
    )
