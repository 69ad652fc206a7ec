"""Which fleets answer requests, and how many of either fleet's instances there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from bluegreen_simulator.fleet.config import FleetConfig, ProductionVariant
from bluegreen_simulator.fleet.endpoint import Endpoint
from bluegreen_simulator.fleet.update import Phase, Update


@dataclass(frozen=True)
class Fleet:
    """The instances of one variant of one config that have traffic; `share` is 0 to 1."""

    config: str
    variant: str
    share: float
    error_rate: float
    latency_ms: float


def fleets_of(endpoint: Endpoint) -> list[Fleet]:
    """The fleets with traffic, blue before green; their shares add up to 1.

    Requests go to variants by weight, and within a variant to blue and green by their part of
    the instances with traffic. Green's weights count once green has all of the traffic (assumed).
    """
    update = endpoint.updating
    if update is None:
        return _fleets(endpoint.live, _parts_of_all(endpoint.live), endpoint.live)
    blue, green, parts = update.order.blue, update.order.green, green_parts(update)
    weights = green if min(parts) == 1 else blue
    rest = [1 - part for part in parts]
    return [*_fleets(blue, rest, weights), *_fleets(green, parts, weights)]


def green_parts(update: Update) -> list[Fraction]:
    """Green's part of the traffic of each variant."""
    return [
        Fraction(active, size)
        for active, size in zip(green_active(update), update.order.green.sizes, strict=True)
    ]


def green_active(update: Update) -> tuple[int, ...]:
    """How many green instances of each variant have traffic."""
    activated = update.state.activated
    return update.order.steps[activated - 1] if activated else (0,) * len(update.order.green.sizes)


def blue_active(update: Update) -> tuple[int, ...]:
    """How many blue instances of each variant have traffic.

    As many lose it as green instances get it; in fleets of different sizes, in proportion.
    """
    return tuple(
        -int(-(1 - part) * size // 1)
        for part, size in zip(green_parts(update), update.order.blue.sizes, strict=True)
    )


def traffic_percent(endpoint: Endpoint) -> int:
    """Green's share of the traffic in whole percent, halves up, the lowest over the variants."""
    if endpoint.update is None:
        return 0
    return int(min(green_parts(endpoint.update)) * 100 + Fraction(1, 2))


def instances(endpoint: Endpoint) -> tuple[int, int]:
    """How many blue and green instances there are; those being made or deleted do not count.

    After an update that went through, its green fleet is green until the next one begins.
    """
    live, update = sum(endpoint.live.sizes), endpoint.update
    if update is None or update.state.phase is Phase.ROLLED_BACK:
        return live, 0
    if update.state.phase is Phase.COMPLETED:
        return 0, live
    phase = update.state.phase
    blue = 0 if phase is Phase.DELETING_BLUE else sum(update.order.blue.sizes)
    green = 0 if phase in (Phase.CREATING, Phase.DELETING_GREEN) else sum(update.order.green.sizes)
    return blue, green


def _fleets(config: FleetConfig, parts: Sequence[Fraction], weights: FleetConfig) -> list[Fleet]:
    total = sum(Fraction(variant.weight) for variant in weights.variants)
    rows = zip(config.variants, parts, weights.variants, strict=True)
    return [
        _fleet(config.name, variant, part * Fraction(weighed.weight) / total)
        for variant, part, weighed in rows
        if part and weighed.weight
    ]


def _parts_of_all(config: FleetConfig) -> list[Fraction]:
    return [Fraction(1)] * len(config.variants)


def _fleet(config: str, variant: ProductionVariant, share: Fraction) -> Fleet:
    behavior = variant.behavior
    return Fleet(config, variant.name, float(share), behavior.error_rate, behavior.latency_ms)
