"""Which fleets answer requests, and how many of either fleet's instances there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from bluegreen_simulator.rules.fleet.config import FleetConfig, ProductionVariant
from bluegreen_simulator.rules.fleet.endpoint import Endpoint
from bluegreen_simulator.rules.fleet.phases import Counts, Phase
from bluegreen_simulator.rules.fleet.status import SERVING
from bluegreen_simulator.rules.fleet.update import Update


@dataclass(frozen=True)
class Fleet:
    """The instances of one variant of one config that have traffic; `share` is 0 to 1.

    The other members are those of the model's behaviour.
    """

    config: str
    variant: str
    share: float
    error_rate: float
    latency_ms: float
    client_error_rate: float = 0.0
    latency_spread: float = 0.0
    slow_start_seconds: float = 0.0
    slow_start_factor: float = 1.0


def fleets_of(endpoint: Endpoint) -> list[Fleet]:
    """The fleets with traffic, blue before green; their shares add up to 1.

    Requests go to variants by weight, and within a variant to blue and green by their part of
    the instances with traffic. Green's weights count once green has all of the traffic (assumed).
    """
    if endpoint.status not in SERVING:
        return []
    update, live = endpoint.updating, endpoint.live
    if update is None:
        return _blue_fleets(endpoint, _whole(live), live)
    blue, green, parts = update.order.blue, update.order.green, green_parts(update)
    weights = green if min(parts) == 1 else blue
    rest = update.order.blue_parts(green_active(update))
    return [*_blue_fleets(endpoint, rest, weights), *_fleets(green, parts, weights)]


def _whole(config: FleetConfig) -> list[Fraction]:
    """All of the traffic of each variant."""
    return [Fraction(1)] * len(config.variants)


def _blue_fleets(
    endpoint: Endpoint, parts: Sequence[Fraction], weights: FleetConfig
) -> list[Fleet]:
    """The live fleet, and beside it what an update left whose rollback failed."""
    if endpoint.stranded is None:
        return _fleets(endpoint.live, parts, weights)
    left = [p * part for p, part in zip(green_parts(endpoint.stranded), parts, strict=True)]
    own = [part - other for part, other in zip(parts, left, strict=True)]
    stranded = endpoint.stranded.order.green
    return [*_fleets(endpoint.live, own, weights), *_fleets(stranded, left, weights)]


def green_parts(update: Update) -> list[Fraction]:
    """Green's part of the traffic of each variant."""
    return update.order.parts(green_active(update))


def green_active(update: Update) -> Counts:
    """How many green instances of each variant have traffic."""
    return update.state.leg.active


def blue_existing(update: Update) -> Counts:
    """How many blue instances of each variant there are, those that are being deleted included."""
    leg = update.state.leg
    if leg.phase is not Phase.DELETING_BLUE:
        return leg.blue
    return tuple(map(sum, zip(leg.blue, leg.count, strict=True)))


def active_instances(endpoint: Endpoint) -> dict[tuple[str, str], int]:
    """How many instances have traffic, by endpoint config and variant; of serverless ones nothing.

    DescribeEndpoint does not tell: of blue it counts the instances that exist.
    """
    if endpoint.status not in SERVING:
        return {}
    update = endpoint.updating
    if update is None:
        return _active_blue(endpoint, _whole(endpoint.live))
    active = green_active(update)
    green = _by_variant(update.order.green, active)
    return _active_blue(endpoint, update.order.blue_parts(active)) | green


def _active_blue(endpoint: Endpoint, parts: Sequence[Fraction]) -> dict[tuple[str, str], int]:
    """Those of the live fleet, and beside it those that an update left whose rollback failed."""
    left = endpoint.stranded
    if left is None:
        return _by_variant(endpoint.live, _part_of(endpoint.live.sizes, parts))
    own = _by_variant(endpoint.live, _part_of(left.state.leg.blue, parts))
    return own | _by_variant(left.order.green, _part_of(left.state.leg.active, parts))


def _part_of(counts: Counts, parts: Sequence[Fraction]) -> Counts:
    return tuple(ceil(count * part) for count, part in zip(counts, parts, strict=True))


def _by_variant(config: FleetConfig, counts: Counts) -> dict[tuple[str, str], int]:
    return {
        (config.name, variant.name): count
        for variant, count in zip(config.variants, counts, strict=True)
        if not variant.serverless
    }


def traffic_percent(endpoint: Endpoint) -> int:
    """Green's share of the traffic in whole percent, halves up, the lowest over the variants."""
    if endpoint.update is None:
        return 0
    return int(min(green_parts(endpoint.update)) * 100 + Fraction(1, 2))


def instances(endpoint: Endpoint) -> tuple[int, int]:
    """How many blue and green instances there are; those being made or deleted do not count.

    After an update that went through, its green fleet is green until the next one begins.
    """
    if endpoint.status not in SERVING:
        return 0, 0
    live, update = _total(endpoint.live, endpoint.live.sizes), endpoint.update
    if update is None or update.state.phase is Phase.ROLLED_BACK:
        return live, 0
    if update.state.phase is Phase.COMPLETED:
        return 0, live
    leg = update.state.leg
    return _total(update.order.blue, leg.blue), _total(update.order.green, leg.green)


def _total(config: FleetConfig, counts: Counts) -> int:
    return 0 if config.serverless else sum(counts)


def _fleets(config: FleetConfig, parts: Sequence[Fraction], weights: FleetConfig) -> list[Fleet]:
    shares = {variant.name: Fraction(variant.weight) for variant in weights.variants}
    total = sum(shares.values())
    return [
        _fleet(config.name, variant, part * share / total)
        for variant, part in zip(config.variants, parts, strict=True)
        if part and (share := shares.get(variant.name))
    ]


def _fleet(config: str, variant: ProductionVariant, share: Fraction) -> Fleet:
    behavior = variant.behavior
    return Fleet(
        config=config,
        variant=variant.name,
        share=float(share),
        error_rate=behavior.error_rate,
        latency_ms=behavior.latency_ms,
        client_error_rate=behavior.client_error_rate,
        latency_spread=behavior.latency_spread,
        slow_start_seconds=behavior.slow_start_seconds,
        slow_start_factor=behavior.slow_start_factor,
    )
