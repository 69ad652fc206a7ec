"""What the guardrails of a request come to in its situation: whom they guard, and what is not made.

Who has to be guarded, and of whom nothing could be counted, is known before blue's week is read; so
whoever reads it asks here what of it is wanted.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Final

from bluegreen.check.config_changes import changed_variants
from bluegreen.check.forecast import Forecast
from bluegreen.check.situation import Situation
from bluegreen.guardrails.asked import DEFAULT, LATENCY, NONE, Asked
from bluegreen.guardrails.guardrail import alarm_name
from bluegreen.guardrails.made import Made, guardrails_of
from bluegreen.guardrails.windows import SHORTEST_LATENCY_BAKE, latency_period, shortest_bake
from bluegreen.request.request import Request

NEVER: Final = "Never"
BY_DEFAULT: Final = "Default"
"""Values of the stack's parameter GuardrailAlarms: it makes none, or adds some by itself."""


class Obstacle(StrEnum):
    """Why there is nothing that guardrails could count."""

    ASYNCHRONOUS = "ASYNCHRONOUS"
    SERVERLESS = "SERVERLESS"
    INFERENCE_COMPONENTS = "INFERENCE_COMPONENTS"
    NO_BAKE = "NO_BAKE"
    NO_TRAFFIC = "NO_TRAFFIC"


@dataclass(frozen=True)
class Wanted:
    """What of blue's week guardrails are made of: of which variants, and which percentiles."""

    variants: tuple[str, ...]
    percentiles: tuple[float, ...]
    latency_period: int


@dataclass(frozen=True)
class Guarding:
    """What was asked of guardrails, and what it came to.

    `asked` is None where nobody asks for any; `assumed`: only the stack does. They are made unless
    the stack does not allow it, there is an `obstacle`, or blue's week is not known.
    """

    asked: Asked | None = None
    assumed: bool = False
    allowed: bool = True
    obstacle: Obstacle | None = None
    known: bool = True
    made: Made = field(default_factory=Made)

    @property
    def is_made(self) -> bool:
        """Whether nothing stood in the way of making them."""
        return self.asked is not None and self.allowed and self.obstacle is None and self.known

    def of(self, request: Request) -> Request:
        """The request with its guardrails; what only the stack asks for stands in it if made."""
        asked = self.asked if self.is_made else request.asked
        return replace(request, asked=asked, guardrails=self.made.guardrails)


def wanted_of(request: Request, situation: Situation) -> Wanted | None:
    """What has to be read of blue's week; None where no guardrail will be made.

    A request that retains its policy has to have been given it.
    """
    asked = _asked_of(request, situation)
    if not asked.guardrails or situation.guardrail_alarms == NEVER or request.retains_policy:
        return None
    if not situation.exists or not situation.endpoint.live_config:
        return None
    variants = _guarded(request, situation)
    if not variants or _obstacle(request, situation):
        return None
    bake = shortest_bake(request.policy)
    percentiles = {each.percentile for each in asked.guardrails if each.metric == LATENCY}
    if bake < SHORTEST_LATENCY_BAKE:
        percentiles = set()
    return Wanted(variants, tuple(sorted(percentiles)), latency_period(bake))


def guarding_of(forecast: Forecast) -> Guarding:
    """What the guardrails of a deployment come to."""
    request, situation = forecast.request, forecast.situation
    asked = _asked_of(request, situation)
    if not asked.guardrails or forecast.creates:
        return Guarding()
    guarding = Guarding(asked, assumed=request.asked is None)
    if situation.guardrail_alarms == NEVER:
        return replace(guarding, allowed=False)
    variants = [name for name in _guarded(request, situation) if forecast.has_traffic(name)]
    obstacle = _obstacle(request, situation) or (None if variants else Obstacle.NO_TRAFFIC)
    if not forecast.schedule.bakes:  # shifts of so few instances may be one, so that no wait comes
        obstacle = obstacle or Obstacle.NO_BAKE
    if obstacle:
        return replace(guarding, obstacle=obstacle)
    if situation.weeks is None or not situation.weeks.keys() >= set(variants):
        return replace(guarding, known=False)
    weeks = {name: situation.weeks[name] for name in variants}
    bake, alarm_of = shortest_bake(request.policy), _alarm_of(forecast)
    watched = sum(stage.seconds for stage in forecast.schedule.bakes)
    return replace(guarding, made=guardrails_of(asked, weeks, bake, alarm_of, watched))


def _alarm_of(forecast: Forecast) -> Callable[[str, str], str]:
    return partial(alarm_name, forecast.situation.stack_name, forecast.request.endpoint_name)


def _asked_of(request: Request, situation: Situation) -> Asked:
    """What the request asks for, or its stack where it names no alarm and says nothing."""
    if request.asked is not None:
        return request.asked
    return Asked.named(DEFAULT if _adds_some(request, situation) else NONE)


def _adds_some(request: Request, situation: Situation) -> bool:
    return situation.guardrail_alarms == BY_DEFAULT and not request.policy.alarms


def _guarded(request: Request, situation: Situation) -> tuple[str, ...]:
    """The variants that change; of an update to a model package, the one that gets it."""
    if situation.source is not None:
        replaced = situation.source.variant(request.variant_name)
        return (replaced["VariantName"],) if replaced else ()
    requested = situation.requested
    return changed_variants(situation.live, requested) if requested else ()


def _obstacle(request: Request, situation: Situation) -> Obstacle | None:
    """Asynchronous endpoints publish no invocations; inference components none by variant."""
    configs = [config for config in (situation.live, situation.requested) if config]
    variants = [v for config in configs for v in config.variants]
    if any(config.asynchronous for config in configs):
        return Obstacle.ASYNCHRONOUS
    if any(variant.serverless for variant in variants):
        return Obstacle.SERVERLESS
    if any(not variant.model for variant in variants):
        return Obstacle.INFERENCE_COMPONENTS
    return None if shortest_bake(request.policy) else Obstacle.NO_BAKE
