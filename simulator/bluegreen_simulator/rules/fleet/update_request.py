"""An update as it was requested, with everything that is decided when it starts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cached_property
from math import ceil

from bluegreen.sagemaker.deployment_config import ROLLING, Policy
from bluegreen.sagemaker.traffic_steps import FleetStep, fleet_steps_of, instances_of
from bluegreen_simulator.rules.fleet.assumptions import ALARMS_READ, AlarmsRead
from bluegreen_simulator.rules.fleet.config import FleetConfig
from bluegreen_simulator.rules.fleet.phases import Counts
from bluegreen_simulator.rules.fleet.provisioning import NONE, Trouble


@dataclass(frozen=True)
class UpdateRequest:
    """An update from `blue` to `green`, which have their counts and weights decided.

    A policy without a maximum never times out (SageMaker's default is not documented).
    """

    blue: FleetConfig
    green: FleetConfig
    policy: Policy
    started_at: datetime
    trouble: Trouble = NONE
    alarms_read: AlarmsRead = ALARMS_READ

    @property
    def rolling(self) -> bool:
        """Whether it replaces a part of the fleet at a time."""
        return self.policy.mode == ROLLING

    @property
    def unguarded(self) -> bool:
        """Whether it tells nobody of its stages: a fleet in it is excluded from guardrails."""
        return bool(self.blue.exclusion or self.green.exclusion)

    @cached_property
    def _steps(self) -> tuple[FleetStep, ...]:
        return fleet_steps_of(self.policy, self.green.sizes)

    @property
    def steps(self) -> tuple[Counts, ...]:
        """For each step, the green instances of each variant that have traffic after it."""
        return tuple(step.instances for step in self._steps)

    @property
    def deadline(self) -> datetime | None:
        """When the maximum execution time, counted from the update's start, is over."""
        seconds = self.policy.maximum_seconds
        return None if seconds is None else self.started_at + timedelta(seconds=seconds)

    def bake_seconds(self, step: int) -> int:
        """How long to bake after step number `step`, counted from 1."""
        return self._steps[step - 1].bake_seconds

    def beside(self, active: Counts) -> Counts:
        """The blue instances with traffic beside so many green ones.

        As many lose it as green instances get it; in fleets of different sizes, in proportion.
        """
        pairs = zip(self.blue_parts(active), self.blue.sizes, strict=True)
        return tuple(ceil(part * size) for part, size in pairs)

    def parts(self, active: Counts) -> list[Fraction]:
        """Green's part of the traffic of each of its variants when so many instances have it."""
        return [Fraction(*pair) for pair in zip(active, self.green.sizes, strict=True)]

    def blue_parts(self, active: Counts) -> list[Fraction]:
        """Blue's part of the traffic of each of its variants beside so many green instances.

        A variant that green does not have loses its traffic when all of it has moved.
        """
        names = [variant.name for variant in self.green.variants]
        moved = dict(zip(names, self.parts(active), strict=True))
        slowest = min(moved.values())
        return [1 - moved.get(variant.name, slowest) for variant in self.blue.variants]

    @property
    def rollback_batch(self) -> Counts:
        """How many green instances of each variant a rollback replaces at a time."""
        size = self.policy.rollback_size
        if size is None:
            return self.green.sizes
        return tuple(instances_of(size.type, size.value, fleet) for fleet in self.green.sizes)
