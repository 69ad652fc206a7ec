"""A request in its situation, and what follows from both: fleets, steps, schedule, alarms."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from bluegreen.check.alarm_scope import AlarmScope, ComparedFleets, scope_of, variant_seen
from bluegreen.check.alarm_timing import ASYNCHRONOUS, REAL_TIME, AlarmTiming, Worst, timing_of
from bluegreen.check.situation import Alarm, Config, Situation
from bluegreen.request.request import Request
from bluegreen.sagemaker.deployment_config import Policy
from bluegreen.sagemaker.schedule import PROVISIONING_SECONDS, Schedule, creation_of, schedule_of
from bluegreen.sagemaker.traffic_steps import Step, steps_of

RETAINED_COUNT: Final = "DesiredInstanceCount"


@dataclass(frozen=True)
class Forecast:
    """A request whose endpoint config exists, `requested`, and whose endpoint does, or can be."""

    request: Request
    situation: Situation
    requested: Config
    provisioning_seconds: int = PROVISIONING_SECONDS

    @property
    def policy(self) -> Policy:
        """How traffic moves."""
        return self.request.policy

    @property
    def creates(self) -> bool:
        """Whether the endpoint is yet to be created, which no traffic and no alarm guards."""
        return not self.situation.exists

    @cached_property
    def retains_counts(self) -> bool:
        """Whether the green fleet gets the counts that the variants have now."""
        excluded = RETAINED_COUNT in self.request.exclude_retained
        return self.request.retain_all_variant_properties and not excluded

    @cached_property
    def blue(self) -> dict[str, int]:
        """The instances of each variant of the blue fleet."""
        return self.situation.live_instances

    @cached_property
    def green(self) -> dict[str, int]:
        """The instances of each variant of the green fleet.

        Retained counts go by the variant's name (API of UpdateEndpoint,
        RetainAllVariantProperties).
        """
        configured = {variant.name: variant.instances for variant in self.requested.variants}
        if not self.retains_counts:
            return configured
        return {name: self.blue.get(name) or count for name, count in configured.items()}

    @cached_property
    def schedule(self) -> Schedule:
        """The predicted stages of the deployment."""
        if self.creates:
            return creation_of(self.green, self.provisioning_seconds)
        return schedule_of(self.policy, self.blue, self.green, self.provisioning_seconds)

    @cached_property
    def fleets(self) -> ComparedFleets:
        """The two fleets, as far as alarms tell them apart."""
        live = self.situation.endpoint.live_config
        return ComparedFleets(self.request.endpoint_name, live, self.requested)

    @property
    def maximum_seconds(self) -> int | None:
        """The maximum execution time that is sent, whoever named it."""
        return self.with_maximum.policy.maximum_seconds

    @property
    def with_maximum(self) -> Request:
        """The request as it is sent, with a maximum execution time whoever named it."""
        return self.request.for_fleet(self.green.values(), self.start_seconds)

    @property
    def start_seconds(self) -> int:
        """How long green may take to come up by its own start timeouts; 0 where none are set."""
        return max((variant.start_seconds for variant in self.requested.variants), default=0)

    def _size_of(self, variant: str) -> int:
        """The instances of a variant; of the smallest one if there is none of that name."""
        return self.green.get(variant) or min(self.green.values(), default=0)

    def steps(self, variant: str) -> list[Step]:
        """The steps of a variant; of the smallest one if there is none of that name."""
        return steps_of(self.policy, self._size_of(variant))

    def shares(self, variant: str) -> list[float]:
        """Green's part of a variant's traffic after each step of the deployment."""
        fleet = self._size_of(variant)
        parts = [step.instances / fleet if fleet else 1.0 for step in self.steps(variant)]
        missing = max(map(len, map(self.steps, self.green)), default=0) - len(parts)
        return parts + [1.0] * missing

    @cached_property
    def alarms(self) -> dict[str, Alarm]:
        """The alarms of the request that exist, in its order; empty if nobody knows."""
        known: Mapping[str, Alarm] = self.situation.alarms or {}
        return {name: known[name] for name in self.policy.alarms if name in known}

    @cached_property
    def scopes(self) -> dict[str, AlarmScope]:
        """What each of them sees."""
        return {name: scope_of(alarm, self.fleets) for name, alarm in self.alarms.items()}

    @cached_property
    def timings(self) -> dict[str, AlarmTiming]:
        """When each of them trips on the worst green fleet."""
        return dict(self._timings())

    def _timings(self) -> Iterator[tuple[str, AlarmTiming]]:
        for name, alarm in self.alarms.items():
            variant = variant_seen(alarm, self.fleets) or min(self.green, default="")
            traffic = (self.situation.traffic or {}).get(variant)
            shares = self.shares(variant)
            scope = self.scopes[name]
            yield name, timing_of(alarm, scope, self.schedule, shares, traffic, worst=self.worst)

    @property
    def worst(self) -> Worst:
        """The worst that a request may add to a metric of this endpoint."""
        return ASYNCHRONOUS if self.requested.asynchronous else REAL_TIME
