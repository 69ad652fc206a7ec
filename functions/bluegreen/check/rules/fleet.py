"""Whether the policy fits the fleet: its steps in whole instances, and the counts of variants.

SageMaker Developer Guide, "Use canary / linear traffic shifting", "Use rolling deployments", and
the API's TrafficRoutingConfig and RollingUpdatePolicy: at most half a fleet at once, at least
10 % of it in a linear step, 5 % in a batch. That a count is measured against each variant: assumed.
"""

from collections.abc import Iterator
from typing import Final

from bluegreen.check.forecast import Forecast
from bluegreen.check.situation import Config
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import quoted
from bluegreen.sagemaker.deployment_config import PERCENT_OF_MODE, ROLLING, CapacitySize
from bluegreen.sagemaker.traffic_steps import instances_of, percent_of

MEMBERS: Final = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize", ROLLING: "MaximumBatchSize"}


def check_fleet(forecast: Forecast) -> Iterator[Finding]:
    """Yield what is wrong with steps and counts on the instances of each variant."""
    serverless = {variant.name for variant in forecast.requested.variants if variant.serverless}
    for variant, count in forecast.green.items():
        if not count and variant not in serverless:
            yield _size_unknown(variant)
        if forecast.policy.size is not None and count:
            yield from _check_step(forecast, forecast.policy.size, variant, count)
        if forecast.policy.rollback_size is not None and count:
            yield from _check_rollback_batch(forecast.policy.rollback_size, variant, count)
    yield from _check_counts(forecast)


def _check_step(
    forecast: Forecast, size: CapacitySize, variant: str, fleet: int
) -> Iterator[Finding]:
    mode = forecast.policy.mode
    if fleet == 1:
        yield _fleet_of_one(mode, variant, retained=forecast.retains_counts)
        return
    instances = instances_of(size.type, size.value, fleet)
    if size.type == "INSTANCE_COUNT":
        low, high = _bounds(mode, fleet)
        if not low <= size.value <= high:
            fitting = _bounds_of_all(forecast)
            yield _out_of_bounds(mode, size.value, variant, fleet, fitting)
    elif (real := percent_of(instances, fleet)) != size.value:
        yield _rounded(forecast, size.value, variant, (instances, fleet, real))


def _bounds(mode: str, fleet: int) -> tuple[int, int]:
    """The fewest and the most instances of a fleet in one step; AWS names no least canary."""
    least, most = PERCENT_OF_MODE[mode]
    low = 1 if mode == "CANARY" else max(1, -(-fleet * least // 100))
    return low, fleet * most // 100


def _bounds_of_all(forecast: Forecast) -> tuple[int, int]:
    """The same for all variants that can be split at once: one count is measured against each."""
    bounds = [_bounds(forecast.policy.mode, count) for count in _split_fleets(forecast)]
    return max(low for low, _ in bounds), min(high for _, high in bounds)


def _split_fleets(forecast: Forecast) -> list[int]:
    """The instances of each variant that can be split."""
    return [count for count in forecast.green.values() if count > 1]


def _size_unknown(variant: str) -> Finding:
    message = (
        f"The number of instances of variant {quoted(variant)} is not known, as with InstancePools"
        " or a fleet that is scaled to zero. The plan and the checks of its steps may be wrong."
    )
    fix = "Set InitialInstanceCount, or accept that they may be wrong."
    return Finding("fleet-size-unknown", "WARNING", message, fix, variant)


def _check_rollback_batch(size: CapacitySize, variant: str, fleet: int) -> Iterator[Finding]:
    if size.type == "INSTANCE_COUNT" and size.value > fleet:
        message = (
            f"RollbackMaximumBatchSize is {size.value}, but variant {quoted(variant)} has only"
            f" {_counted(fleet)}."
        )
        fix = f"Use {_from_to(1, fleet)}, or remove it."
        yield Finding("rollback-batch-out-of-bounds", "ERROR", message, fix, variant)


def _fleet_of_one(mode: str, variant: str, *, retained: bool) -> Finding:
    message = (
        f"Variant {quoted(variant)} has only 1 instance, which cannot be split: {MEMBERS[mode]} is"
        " at most half of the fleet."
    )
    fix = "Use ALL_AT_ONCE, or scale the variant to 2 or more instances first."
    if not retained:
        fix = "Use ALL_AT_ONCE, or an InitialInstanceCount of 2 or more in the new config."
    return Finding("fleet-of-one", "ERROR", message, fix, variant)


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
    fix = f"Use {_from_to(low, high)}."
    if low > high:
        fix = "No count fits all variants. Use CAPACITY_PERCENT."
    return Finding(_IDS[mode], "ERROR", message, fix, variant)


def _counted(instances: int) -> str:
    return "1 instance" if instances == 1 else f"{instances} instances"


def _from_to(low: int, high: int) -> str:
    return _counted(low) if low == high else f"{low} to {_counted(high)}"


def _rounded(forecast: Forecast, asked: int, variant: str, real: tuple[int, int, int]) -> Finding:
    mode, (instances, fleet, percent) = forecast.policy.mode, real
    fleets = _split_fleets(forecast)
    least, most = PERCENT_OF_MODE[mode]
    within = least <= percent <= most
    rounded = (
        f"{MEMBERS[mode]} of variant {quoted(variant)}: {asked} % of {fleet} instances rounds to"
        f" {instances} ({percent} %)"
    )
    message = f"{rounded}." if within else f"{rounded}. Allowed: {least} to {most} %."
    fix = f"Set it to {percent} %, or use more instances."
    if not within:
        enough = max(_least_within(mode, asked, count) for count in fleets)
        fix = f"Set it to {enough} % or more."
    elif not all(_comes_out(percent, count) for count in fleets):
        fix = "Accept it, or use more instances: the other variants would round that percentage."
    return Finding("share-rounded", "INFO" if within else "WARNING", message, fix, variant)


def _comes_out(percent: int, fleet: int) -> bool:
    """Whether a percentage of a fleet is a whole number of instances, but for its last digit."""
    return percent_of(instances_of("CAPACITY_PERCENT", percent, fleet), fleet) == percent


def _least_within(mode: str, asked: int, fleet: int) -> int:
    """The next percentage whose instances are not fewer than AWS allows."""
    least, most = PERCENT_OF_MODE[mode]
    wider = range(asked + 1, most)
    parts = ((value, instances_of("CAPACITY_PERCENT", value, fleet)) for value in wider)
    return next((value for value, part in parts if percent_of(part, fleet) >= least), most)


def _check_counts(forecast: Forecast) -> Iterator[Finding]:
    for variant in forecast.requested.variants:
        live, configured = forecast.blue.get(variant.name, 0), variant.instances
        if not live or not configured or live == configured:
            continue
        if not forecast.retains_counts:
            yield _reset(variant.name, live, configured)
        elif _counts_of(forecast.situation.live).get(variant.name) != configured:
            yield _retained(variant.name, live, configured)


def _counts_of(config: Config | None) -> dict[str, int]:
    """The InitialInstanceCount of each variant; what auto scaling made of it is no change."""
    return {variant.name: variant.instances for variant in config.variants} if config else {}


def _retained(variant: str, live: int, configured: int) -> Finding:
    message = (
        f"Variant {quoted(variant)} keeps its {_counted(live)}. The InitialInstanceCount of"
        f" {configured} in the new config is not used."
    )
    fix = f"To go to {configured}, add DesiredInstanceCount to ExcludeRetainedVariantProperties."
    return Finding("instance-count-retained", "WARNING", message, fix, variant)


def _reset(variant: str, live: int, configured: int) -> Finding:
    message = (
        f"Variant {quoted(variant)} goes from {_counted(live)} to {configured}, the count in the"
        " new config."
    )
    fix = (
        f"To keep {live}, set RetainAllVariantProperties to true and do not exclude"
        " DesiredInstanceCount."
    )
    return Finding("instance-count-reset", "WARNING", message, fix, variant)
