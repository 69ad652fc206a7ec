"""Whether the waits watch anything, and whether they fit the maximum execution time."""

from collections.abc import Iterator
from typing import Final

from bluegreen.check.forecast import Forecast
from bluegreen.check.situation import ConfigVariant
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import quoted
from bluegreen.sagemaker.deployment_config import (
    LONGEST_MAXIMUM_SECONDS,
    PERCENT_OF_MODE,
    PROVISIONING_MARGIN_SECONDS,
    ROLLING,
)
from bluegreen.sagemaker.traffic_steps import longest_wait_seconds

PARTS_OF_MODE: Final = {"LINEAR": "larger steps", ROLLING: "larger batches"}
"""What makes a deployment shorter beside shorter waits, by mode."""


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
    maximum, made = forecast.maximum_seconds, forecast.schedule.fleets_made
    each = max(PROVISIONING_MARGIN_SECONDS, forecast.start_seconds)
    wanted = forecast.schedule.seconds + made * (each - forecast.provisioning_seconds)
    fix, slow = _enough(wanted, forecast), _slow_start(forecast)
    if maximum is not None and maximum <= waits:
        yield _too_short(maximum, waits, slow, fix)
    elif maximum is not None and maximum < wanted:
        yield _tight(maximum, waits, slow, fix)


def _slow_start(forecast: Forecast) -> str:
    """What the config lets the slowest variant take to come up, where that is unusually long."""
    if forecast.start_seconds <= PROVISIONING_MARGIN_SECONDS:
        return ""
    slowest = max(forecast.requested.variants, key=lambda variant: variant.start_seconds)
    each = " of each batch" if forecast.policy.mode == ROLLING else ""
    return (
        f" Variant {quoted(slowest.name)} allows the instances{each} {slowest.start_seconds}"
        f" seconds to come up ({_timeouts(slowest)})."
    )


def _timeouts(variant: ConfigVariant) -> str:
    return ", ".join(f"{name} {seconds}" for name, seconds in variant.start_timeouts.items())


def _too_short(maximum: int, waits: int, slow: str, fix: str) -> Finding:
    message = (
        f"MaximumExecutionTimeoutInSeconds is {maximum}, but the waits alone take {waits} seconds."
        f"{slow}"
    )
    return Finding("maximum-too-short", "ERROR", message, fix)


def _tight(maximum: int, waits: int, slow: str, fix: str) -> Finding:
    message = (
        f"MaximumExecutionTimeoutInSeconds is {maximum} and the waits take {waits} seconds, which"
        f" leaves little time to start the green instances.{slow} SageMaker rolls back when time is"
        " up."
    )
    return Finding("maximum-tight", "WARNING", message, fix)


def _enough(wanted: int, forecast: Forecast) -> str:
    """A maximum that is long enough; where there is none, what makes the deployment shorter."""
    if wanted <= LONGEST_MAXIMUM_SECONDS:
        return f"Set it to {wanted} or more, or remove it."
    ways = [PARTS_OF_MODE[forecast.policy.mode]] if _parts_can_grow(forecast) else []
    ways.append("shorter waits")
    if forecast.start_seconds > PROVISIONING_MARGIN_SECONDS:
        ways.append("start timeouts no longer than the containers need")
    return f"It can be {LONGEST_MAXIMUM_SECONDS} at most: use {' or '.join(ways)}."


def _parts_can_grow(forecast: Forecast) -> bool:
    """Whether a step or a batch is less than the largest that AWS allows, in some variant."""
    if forecast.policy.mode not in PARTS_OF_MODE:
        return False
    _, most = PERCENT_OF_MODE[forecast.policy.mode]
    firsts = [(forecast.steps(variant)[0].instances, n) for variant, n in forecast.green.items()]
    return any(first < fleet * most // 100 for first, fleet in firsts)


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
