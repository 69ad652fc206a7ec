"""A request in its situation, and what follows from both: fleets, steps, schedule, alarms."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from bluegreen.check.alarm_scope import (
    AlarmScope,
    ComparedFleets,
    Sight,
    scope_of,
    sights_of,
    variant_seen,
)
from bluegreen.check.alarm_timing import (
    ASYNCHRONOUS,
    LONGEST_ANSWER_MICROSECONDS,
    REAL_TIME,
    AlarmTiming,
    Worst,
    timing_of,
)
from bluegreen.check.guardrail_timing import timing_of_guardrail
from bluegreen.check.situation import Alarm, Config, Situation, Traffic
from bluegreen.request.request import Request
from bluegreen.sagemaker.deployment_config import Policy
from bluegreen.sagemaker.schedule import PROVISIONING_SECONDS, Schedule, creation_of, schedule_of
from bluegreen.sagemaker.traffic_steps import Step, steps_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bluegreen.guardrails.guardrail import Guardrail

RETAINED_COUNT: Final = "DesiredInstanceCount"
RETAINED_WEIGHT: Final = "DesiredWeight"


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

    @property
    def retains_weights(self) -> bool:
        """Whether the variants keep the weights that they have now (API, VariantProperty)."""
        excluded = RETAINED_WEIGHT in self.request.exclude_retained
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
        shown = self.situation.shown
        return ComparedFleets(self.request.endpoint_name, live, self.requested, shown)

    def has_traffic(self, variant: str) -> bool:
        """Whether a variant gets requests: its weight is not 0."""
        return self._weights.get(variant, 1.0) > 0

    @cached_property
    def _weights(self) -> dict[str, float]:
        """The weights of green's variants; retained ones are those of the endpoint now."""
        configured = {variant.name: variant.weight for variant in self.requested.variants}
        if not self.retains_weights:
            return configured
        now = self._weights_now
        return configured | {name: now[name] for name in configured.keys() & now.keys()}

    @cached_property
    def _weights_now(self) -> dict[str, float]:
        """The weights of blue's variants: the endpoint's, where it shows them, or its config's."""
        live = self.situation.live
        configured = {v.name: v.weight for v in live.variants} if live else {}
        shown = {v.name: v.weight for v in self.situation.endpoint.variants if v.weight is not None}
        return configured | shown

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

    @property
    def has_unread_alarms(self) -> bool:
        """Whether the request names alarms of which nothing could be read."""
        return bool(self.policy.alarms) and self.situation.alarms is None

    @cached_property
    def scopes(self) -> dict[str, AlarmScope]:
        """What each of them sees."""
        return {name: scope_of(alarm, self.fleets) for name, alarm in self.alarms.items()}

    @cached_property
    def sights(self) -> dict[str, list[Sight]]:
        """What each metric of each of them shows."""
        return {name: sights_of(alarm, self.fleets) for name, alarm in self.alarms.items()}

    @cached_property
    def timings(self) -> dict[str, AlarmTiming]:
        """When each of them trips on the worst green fleet."""
        return {
            name: AlarmTiming(
                self.timing_of(alarm, self.worst).earliest,
                self.timing_of(alarm, self.surely).latest,
            )
            for name, alarm in self.alarms.items()
        }

    def timing_of(self, alarm: Alarm, worst: Worst, *, whole: bool = False) -> AlarmTiming:
        """When one of them trips, if each of green's requests adds that to its metrics.

        `whole`: at the latest, even though a minute may have none of the few that green gets.
        """
        variant = variant_seen(alarm, self.fleets) or min(self.green, default="")
        scope, traffic = self.scopes[alarm.name], self.traffic_of(alarm)
        shares = self.shares(variant)
        return timing_of(alarm, scope, self.schedule, shares, traffic, worst=worst, whole=whole)

    @property
    def guardrails(self) -> "tuple[Guardrail, ...]":
        """The guardrails of the request, whose alarms are yet to be made."""
        return self.request.guardrails

    def guards_of(self, variant: str) -> "list[Guardrail]":
        """Those of a variant."""
        return [each for each in self.guardrails if each.variant == variant]

    @property
    def asked_metrics(self) -> set[str]:
        """What guardrails are asked to watch, made or not."""
        asked = self.request.asked
        return {each.metric for each in asked.guardrails} if asked else set()

    def timing_of_guardrail(self, guardrail: "Guardrail") -> AlarmTiming:
        """When one of them trips, if each of green's requests is bad in its way."""
        shares, traffic = self.shares(guardrail.variant), self.traffic_to(guardrail.variant)
        return timing_of_guardrail(guardrail, self.schedule, shares, traffic)

    def earliest_of_guardrail(self, guardrail: "Guardrail") -> int | None:
        """The same at the earliest, if requests enough come; None: not while it bakes."""
        shares = self.shares(guardrail.variant)
        return timing_of_guardrail(guardrail, self.schedule, shares, None).earliest

    def knows(self, alarm: Alarm) -> bool:
        """Whether the catalogue has the namespace of each of its metrics."""
        return all(sight.standing is not None for sight in self.sights[alarm.name])

    def warms_up(self, alarm: Alarm) -> bool:
        """Whether its warm-up lasts into the first bake; so it does if nobody knows the time."""
        until, now = alarm.warms_up_until, self.situation.now
        if until is None or now is None:
            return until is not None
        return until > now + timedelta(seconds=self.schedule.first_traffic.ends_after)

    def traffic_of(self, alarm: Alarm) -> Traffic | None:
        """The traffic of the variant that an alarm is about; None: it is not known."""
        return self.traffic_to(variant_seen(alarm, self.fleets))

    def traffic_to(self, variant: str) -> Traffic | None:
        """The traffic of a variant; None: it is not known.

        New weights may change it: the mean and the least are those of the lighter one, the most
        is that of the heavier one. Of what has no weight now no request is sure to come.
        """
        came = (self.situation.traffic or {}).get(variant)
        now, new = self._part_of(variant, self._weights_now), self._part_of(variant, self._weights)
        if now == new or variant not in self._weights_now:
            return came
        if not now:
            return Traffic(0.0)
        return came.between(new / now) if came else None

    def _part_of(self, variant: str, weights: "Mapping[str, float]") -> float:
        """The part of the endpoint's requests that weights give to a variant."""
        total = sum(weights.values())
        return weights.get(variant, 0.0) / total if total else 0.0

    @property
    def surely(self) -> Worst:
        """The worst that a request surely may add, streamed or not: so late may every answer be."""
        if self.requested.asynchronous:
            return ASYNCHRONOUS
        return {**REAL_TIME, "ModelLatency": LONGEST_ANSWER_MICROSECONDS}

    @property
    def worst(self) -> Worst:
        """The worst that a request may add to a metric of this endpoint."""
        return ASYNCHRONOUS if self.requested.asynchronous else REAL_TIME
