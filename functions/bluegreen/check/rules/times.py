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
        yield _zero("WaitIntervalInSeconds", "until green has all of the traffic")
    elif not policy.termination_wait_seconds and mode != ROLLING:
        yield _zero("TerminationWaitInSeconds", "once green has all of the traffic")


def _check_maximum(forecast: Forecast) -> Iterator[Finding]:
    waits = longest_wait_seconds(forecast.policy, forecast.green.values())
    maximum = forecast.maximum_seconds
    wanted = forecast.schedule.seconds + forecast.schedule.fleets_made * (
        MARGIN_SECONDS - forecast.provisioning_seconds
    )
    if maximum is not None and maximum <= waits:
        yield _too_short(maximum, waits, wanted)
    elif maximum is not None and maximum < wanted:
        yield _tight(maximum, waits, wanted)


def _too_short(maximum: int, waits: int, wanted: int) -> Finding:
    message = (
        f"MaximumExecutionTimeoutInSeconds is {maximum}, but the waits alone take {waits} seconds."
    )
    return Finding("maximum-too-short", "ERROR", message, _enough(wanted))


def _tight(maximum: int, waits: int, wanted: int) -> Finding:
    message = (
        f"MaximumExecutionTimeoutInSeconds is {maximum} and the waits take {waits} seconds, which"
        " leaves little time to start the green instances. SageMaker rolls back when time is up."
    )
    return Finding("maximum-tight", "WARNING", message, _enough(wanted))


def _enough(wanted: int) -> str:
    if wanted > LONGEST_MAXIMUM_SECONDS:
        longest = f"It can be {LONGEST_MAXIMUM_SECONDS} at most"
        return f"{longest}: use larger steps or batches, or shorter waits."
    return f"Set it to {wanted} or more, or remove it."


def _never_baked(mode: str) -> Finding:
    members = {
        "ALL_AT_ONCE": "TerminationWaitInSeconds is 0",
        ROLLING: "WaitIntervalInSeconds is 0",
    }
    zero = members.get(mode, "WaitIntervalInSeconds and TerminationWaitInSeconds are 0")
    message = (
        f"{zero} with {mode}, so there is no bake: no alarm is ever watched, and the deployment"
        " cannot be aborted."
    )
    return Finding("no-bake", "WARNING", message, "Let green bake for 300 seconds or more.")


def _zero(member: str, when: str) -> Finding:
    message = f"{member} is 0, so no alarm is watched {when}."
    return Finding("bake-of-zero", "WARNING", message, f"Set {member} to 300, for example.")
