"""Endpoint configs as the engine sees them: production variants with counts and behaviour."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from bluegreen_simulator.rules.fleet.assumptions import (
    CAPACITY_REASON,
    EXCLUDED_INSTANCES,
    PING_HEALTH_CHECK_SECONDS,
    PING_REASON,
)
from bluegreen_simulator.rules.fleet.behavior import Behavior, ProvisioningError


@dataclass(frozen=True)
class ProductionVariant:
    """A variant and the instances it should have; `weight` is its part of the traffic.

    A serverless variant, which has a `serverless` config, is as one instance to the engine.
    `marketplace` says that a container of it comes from AWS Marketplace.
    """

    name: str
    instances: int
    weight: float = 1.0
    instance_type: str = "ml.m5.large"
    behavior: Behavior = field(default_factory=Behavior)
    serverless: Mapping[str, Any] | None = None
    marketplace: bool = False

    @property
    def exclusion(self) -> str:
        """Why SageMaker updates it without deployment guardrails; empty: it does not."""
        if self.serverless:
            return "serverless"
        if self.marketplace:
            return "a container from AWS Marketplace"
        return "ml.inf1 instances" if self.instance_type.startswith(EXCLUDED_INSTANCES) else ""


@dataclass(frozen=True)
class Failure:
    """A fleet that cannot be made: after how long that shows, and SageMaker's words for it."""

    after: timedelta
    reason: str


@dataclass(frozen=True)
class FleetConfig:
    """An endpoint config with the counts and weights its fleet has, or is to have.

    `shown` are members of it that DescribeEndpoint shows as they are.
    """

    name: str
    variants: tuple[ProductionVariant, ...]
    shown: Mapping[str, Any] = field(default_factory=dict)

    @property
    def exclusion(self) -> str:
        """Why SageMaker updates it without deployment guardrails; empty: it does not."""
        return next((why for variant in self.variants if (why := variant.exclusion)), "")

    @property
    def serverless(self) -> bool:
        """Whether it has no instances."""
        return any(variant.serverless for variant in self.variants)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The instances of each variant."""
        return tuple(variant.instances for variant in self.variants)

    @property
    def provisioning(self) -> timedelta:
        """How long the fleet takes to come up: as long as its slowest variant."""
        slowest = max(variant.behavior.provisioning_seconds for variant in self.variants)
        return timedelta(seconds=slowest)

    @property
    def failure(self) -> Failure | None:
        """The first thing that keeps the fleet from coming up, None if nothing does."""
        failures = [failure for variant in self.variants if (failure := _failure_of(variant))]
        return min(failures, key=lambda failure: failure.after, default=None)

    def retaining(self, live: "FleetConfig", properties: Collection[str]) -> "FleetConfig":
        """This config with properties of the live fleet, variant by variant of the same name.

        `properties` are those of RetainAllVariantProperties without the excluded ones, by their
        names in the API: DesiredInstanceCount, DesiredWeight.
        """
        running = {variant.name: variant for variant in live.variants}
        return replace(
            self,
            variants=tuple(
                _retaining(variant, running[variant.name], properties)
                if variant.name in running
                else variant
                for variant in self.variants
            ),
        )

    def ordered_like(self, live: "FleetConfig") -> "FleetConfig":
        """This config with its variants in the order of another one, those that are new last."""
        order = {variant.name: at for at, variant in enumerate(live.variants)}
        variants = sorted(self.variants, key=lambda each: order.get(each.name, len(order)))
        return replace(self, variants=tuple(variants))

    def rescaled(self, changes: Mapping[str, Mapping[str, float]]) -> "FleetConfig":
        """This config with DesiredInstanceCount and DesiredWeight changed, by variant name."""
        variants = (_rescaled(variant, changes.get(variant.name, {})) for variant in self.variants)
        return replace(self, variants=tuple(variants))


def _failure_of(variant: ProductionVariant) -> Failure | None:
    behavior = variant.behavior
    if behavior.provisioning_error is ProvisioningError.INSUFFICIENT_INSTANCE_CAPACITY:
        return Failure(timedelta(seconds=behavior.provisioning_seconds), CAPACITY_REASON)
    if behavior.provisioning_error is ProvisioningError.PING_HEALTH_CHECK_FAILED:
        after = timedelta(seconds=PING_HEALTH_CHECK_SECONDS)
        return Failure(after, PING_REASON.format(variant=variant.name))
    return None


def _retaining(
    variant: ProductionVariant, live: ProductionVariant, properties: Collection[str]
) -> ProductionVariant:
    if "DesiredInstanceCount" in properties and not live.serverless:
        variant = replace(variant, instances=live.instances)
    if "DesiredWeight" in properties:
        variant = replace(variant, weight=live.weight)
    return variant


def _rescaled(variant: ProductionVariant, change: Mapping[str, float]) -> ProductionVariant:
    return replace(
        variant,
        instances=int(change.get("DesiredInstanceCount", variant.instances)),
        weight=float(change.get("DesiredWeight", variant.weight)),
    )
