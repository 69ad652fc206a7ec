"""Whether the policy fits the fleet: its steps in whole instances, and the counts of variants.

SageMaker Developer Guide, "Use canary / linear traffic shifting", "Use rolling deployments", and
the API's TrafficRoutingConfig and RollingUpdatePolicy: at most half a fleet at once, at least
10 % of it in a linear step, 5 % in a batch. That a count is measured against each variant: assumed.
"""

from collections.abc import Iterator
from typing import Final

from bluegreen.check.forecast import Forecast
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import quoted
from bluegreen.sagemaker.capacity import instances_of
from bluegreen.sagemaker.deployment_config import PERCENT_OF_MODE, ROLLING, CapacitySize
from bluegreen.sagemaker.traffic_steps import percent_of

MEMBERS: Final = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize", ROLLING: "MaximumBatchSize"}


def check_fleet(forecast: Forecast) -> Iterator[Finding]:
    """Yield what is wrong with steps and counts on the instances of each variant."""
    serverless = {variant.name for variant in forecast.requested.variants if variant.serverless}
    for variant, count in forecast.green.items():
        if not count and variant not in serverless:
            yield _size_unknown(variant)
        if forecast.policy.size is not None and count:
            yield from _check_step(forecast.policy.mode, forecast.policy.size, variant, count)
        if forecast.policy.rollback_size is not None and count:
            yield from _check_rollback_batch(forecast.policy.rollback_size, variant, count)
    yield from _check_counts(forecast)


def _check_step(mode: str, size: CapacitySize, variant: str, fleet: int) -> Iterator[Finding]:
    least, most = PERCENT_OF_MODE[mode]
    if fleet == 1:
        yield _fleet_of_one(mode, variant)
        return
    instances = instances_of(size.type, size.value, fleet)
    if size.type == "INSTANCE_COUNT":
        low, high = max(1, -(-fleet * least // 100)), fleet * most // 100
        low = 1 if mode == "CANARY" else low  # AWS names no least canary
        if not low <= size.value <= high:
            yield _out_of_bounds(mode, size.value, variant, fleet, (low, high))
    elif (real := percent_of(instances, fleet)) != size.value:
        yield _rounded(mode, size.value, variant, (instances, fleet, real))


def _size_unknown(variant: str) -> Finding:
    message = (
        f"The number of instances of variant {quoted(variant)} is not known, as with InstancePools"
        " or a fleet that is scaled to zero. The plan and the checks of its steps may be wrong."
    )
    fix = "Set InitialInstanceCount, or accept that they may be wrong."
    return Finding("fleet-size-unknown", "WARNING", message, fix)


def _check_rollback_batch(size: CapacitySize, variant: str, fleet: int) -> Iterator[Finding]:
    if size.type == "INSTANCE_COUNT" and size.value > fleet:
        message = (
            f"RollbackMaximumBatchSize is {size.value}, but variant {quoted(variant)} has only"
            f" {_counted(fleet)}."
        )
        fix = f"Use {_from_to(1, fleet)}, or remove it."
        yield Finding("rollback-batch-out-of-bounds", "ERROR", message, fix)


def _fleet_of_one(mode: str, variant: str) -> Finding:
    message = (
        f"Variant {quoted(variant)} has only 1 instance, which cannot be split: {MEMBERS[mode]} is"
        " at most half of the fleet."
    )
    fix = "Use ALL_AT_ONCE, or scale the variant to 2 or more instances first."
    return Finding("fleet-of-one", "ERROR", message, fix)


_IDS: Final = {
    "CANARY": "canary-out-of-bounds",
    "LINEAR": "step-out-of-bounds",
    ROLLING: "batch-out-of-bounds",
}


def _out_of_bounds(
    mode: str, value: int, variant: str, fleet: int, bounds: tuple[int, int]
) -> Finding:
    least, most = PERCENT_OF_MODE[mode]
    low, high = bounds
    share = f"{100 * value / fleet:.3g} %"
    message = (
        f"{MEMBERS[mode]} is {_counted(value)}, {share} of the {fleet} instances of variant"
        f" {quoted(variant)}. Allowed: {least} to {most} %."
    )
    fix = f"Use {_from_to(low, high)}." if low <= high else "Use more instances."
    return Finding(_IDS[mode], "ERROR", message, fix)


def _counted(instances: int) -> str:
    return "1 instance" if instances == 1 else f"{instances} instances"


def _from_to(low: int, high: int) -> str:
    return _counted(low) if low == high else f"{low} to {_counted(high)}"


def _rounded(mode: str, asked: int, variant: str, real: tuple[int, int, int]) -> Finding:
    instances, fleet, percent = real
    least, most = PERCENT_OF_MODE[mode]
    within = least <= percent <= most
    rounded = (
        f"{MEMBERS[mode]} of variant {quoted(variant)}: {asked} % of {fleet} instances rounds to"
        f" {instances} ({percent} %)"
    )
    message = f"{rounded}." if within else f"{rounded}. Allowed: {least} to {most} %."
    fix = f"Set it to {percent} %, or use more instances."
    if not within:
        fix = f"Set it to {asked + 1} % or more."
    return Finding("share-rounded", "INFO" if within else "WARNING", message, fix)


def _check_counts(forecast: Forecast) -> Iterator[Finding]:
    for variant in forecast.requested.variants:
        live, configured = forecast.blue.get(variant.name, 0), variant.instances
        if live and configured and live != configured:
            yield (_retained if forecast.retains_counts else _reset)(variant.name, live, configured)


def _retained(variant: str, live: int, configured: int) -> Finding:
    message = (
        f"Variant {quoted(variant)} keeps its {_counted(live)}. The InitialInstanceCount of"
        f" {configured} in the new config is not used."
    )
    fix = f"To go to {configured}, set RetainAllVariantProperties to false."
    return Finding("instance-count-retained", "WARNING", message, fix)


def _reset(variant: str, live: int, configured: int) -> Finding:
    message = (
        f"Variant {quoted(variant)} goes from {_counted(live)} to {configured}, the count in the"
        " new config."
    )
    fix = (
        f"To keep {live}, set RetainAllVariantProperties to true and do not exclude"
        " DesiredInstanceCount."
    )
    return Finding("instance-count-reset", "WARNING", message, fix)
