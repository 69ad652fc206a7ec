"""What the account tells about a request: do endpoint and config exist, and which fleet."""

from collections.abc import Iterator, Mapping
from typing import Final

from bluegreen.domain.finding import Finding
from bluegreen.domain.observation import GONE, Observation
from bluegreen.domain.plan import longest_wait_seconds
from bluegreen.domain.policy import LONGEST_MAXIMUM_SECONDS
from bluegreen.domain.quoting import quoted
from bluegreen.domain.request import Request

RETAINED_COUNT: Final = "DesiredInstanceCount"


def green_fleet(
    request: Request, observation: Observation, config: Mapping[str, int]
) -> dict[str, int]:
    """The instances of each variant of the green fleet.

    `config` maps the requested config's variants to their InitialInstanceCount. Retained counts
    go by the variant's name (API of UpdateEndpoint, RetainAllVariantProperties).
    """
    if not request.retain_all_variant_properties or RETAINED_COUNT in request.exclude_retained:
        return dict(config)
    live = {variant.name: variant.desired_instances for variant in observation.variants}
    return {name: live.get(name) or count for name, count in config.items()}


def check_account(
    request: Request, observation: Observation, config: Mapping[str, int] | None
) -> Iterator[Finding]:
    """Yield what is wrong with a well-shaped request on this account.

    `config` is None when there is no such endpoint config.
    """
    if observation.status == GONE:
        yield _there_is_no("endpoint", request.endpoint_name, "EndpointName")
    if config is None:
        yield _there_is_no("endpoint config", request.endpoint_config_name, "EndpointConfigName")
    elif observation.live_config == request.endpoint_config_name:
        yield same_config(request.endpoint_config_name)
    elif observation.status != GONE and not observation.live_config:
        yield no_live_config(request.endpoint_name)
    elif observation.status != GONE:
        yield from _check_fleet(request, observation, config)


def _there_is_no(kind: str, name: str, member: str) -> Finding:
    found = f"{member} is {quoted(name)}; there is no such {kind} in this account and Region."
    fix = f"Allowed: the name of {kind.replace('endpoint', 'an endpoint', 1)} that exists."
    return Finding(f"{kind.replace(' ', '-')}-missing", "ERROR", found, fix)


def same_config(name: str) -> Finding:
    """The finding on a request for the config that the endpoint serves already."""
    message = f"EndpointConfigName is {quoted(name)}, which the endpoint serves already."
    return Finding("same-config", "ERROR", message, "Allowed: another endpoint config.")


def no_live_config(name: str) -> Finding:
    """The finding on an endpoint that no endpoint config stands behind."""
    message = (
        f"DescribeEndpoint shows no endpoint config of {quoted(name)}, as for inference"
        " components; whether it was rolled back could not be told."
    )
    return Finding("no-live-config", "ERROR", message, "Allowed: an endpoint with a config.")


def not_permitted(refusal: str) -> Finding:
    """The finding on what our role may not see."""
    fix = "Allowed: endpoints within the stack's EndpointNamePrefix, in this account and Region."
    return Finding("not-permitted", "ERROR", refusal, fix)


def _check_fleet(
    request: Request, observation: Observation, config: Mapping[str, int]
) -> Iterator[Finding]:
    fleet = green_fleet(request, observation, config)
    waits = longest_wait_seconds(request.policy, fleet.values())
    maximum = request.for_fleet(fleet.values()).policy.maximum_seconds
    if maximum is not None and maximum <= waits:
        yield _maximum_too_short(maximum, waits)
    for name, count in config.items():
        if fleet[name] != count:
            yield _count_retained(name, fleet[name], count)


def _maximum_too_short(maximum: int, waits: int) -> Finding:
    return Finding(
        "maximum-too-short",
        "ERROR",
        f"MaximumExecutionTimeoutInSeconds is {maximum}, and the waits alone take {waits} seconds.",
        f"Allowed: more than {waits} and at most {LONGEST_MAXIMUM_SECONDS}, with time for the green"
        " fleet to be made; or larger steps, or shorter waits.",
    )


def _count_retained(variant: str, live: int, configured: int) -> Finding:
    message = (
        f"Variant {quoted(variant)} keeps its {live} instances; its InitialInstanceCount"
        f" of {configured} in the new config is not used."
    )
    fix = "Set RetainAllVariantProperties to false for the count of the new config."
    return Finding("instance-count-retained", "WARNING", message, fix)
