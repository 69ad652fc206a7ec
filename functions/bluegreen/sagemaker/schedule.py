"""The schedule of a deployment that succeeds: its stages, their lengths, and both fleets.

Sequence: SageMaker Developer Guide, as in `traffic_steps`. How long SageMaker takes to make, shift
and delete is published nowhere: what is assumed here is what the embedded SageMaker does, and
`least_seconds` to `most_seconds` says how far off provisioning may be.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bluegreen.contract.plan import PlannedStageDocument
from bluegreen.sagemaker.deployment_config import ROLLING, Policy
from bluegreen.sagemaker.observation import Stage
from bluegreen.sagemaker.traffic_steps import ALL, SHIFT_SECONDS, fleet_steps_of, steps_of

PROVISIONING_SECONDS: Final = 300
"""Assumed: how long a fleet, or a batch of it, is being created, where nobody says."""

LEAST_PROVISIONING_SECONDS: Final = 120
MOST_PROVISIONING_SECONDS: Final = 1800
"""Users report a few minutes to half an hour."""

DELETION_SECONDS: Final = 30
"""Assumed: how long the instances of a fleet, or of a batch, are being deleted."""

HOUR: Final = 3600
CREATION: Final = "CREATION"
"""The mode of a schedule in which an endpoint is created."""


@dataclass(frozen=True)
class PlannedStage:
    """A stage; times in whole seconds after UpdateEndpoint, counts summed over the variants.

    `traffic_percent` is green's share as in a record: of SHIFTING, after the shift. The counts
    are the instances that are billed during the stage: being made and being deleted included.
    """

    stage: Stage
    traffic_percent: int
    starts_after: int
    seconds: int
    blue_instances: int
    green_instances: int

    @property
    def ends_after(self) -> int:
        """When it is over."""
        return self.starts_after + self.seconds

    def to_json(self) -> PlannedStageDocument:
        """The stage as it stands in a plan."""
        return {
            "Stage": str(self.stage),
            "TrafficPercent": self.traffic_percent,
            "StartsAfterSeconds": self.starts_after,
            "Seconds": self.seconds,
            "BlueInstances": self.blue_instances,
            "GreenInstances": self.green_instances,
        }


@dataclass(frozen=True)
class Schedule:
    """The stages of a deployment on fleets of `blue` and `green` instances."""

    mode: str
    stages: tuple[PlannedStage, ...]
    blue: int
    green: int
    provisioning_seconds: int = PROVISIONING_SECONDS

    @property
    def seconds(self) -> int:
        """The predicted length of the whole deployment."""
        return self.stages[-1].ends_after if self.stages else 0

    @property
    def fleets_made(self) -> int:
        """How many times instances are made: once, or once for each batch."""
        return sum(stage.stage is Stage.PROVISIONING for stage in self.stages)

    @property
    def least_seconds(self) -> int:
        """Its length with the quickest provisioning."""
        quicker = min(LEAST_PROVISIONING_SECONDS, self.provisioning_seconds)
        return self.seconds - self.fleets_made * (self.provisioning_seconds - quicker)

    @property
    def most_seconds(self) -> int:
        """Its length with the slowest provisioning."""
        slower = max(MOST_PROVISIONING_SECONDS, self.provisioning_seconds)
        return self.seconds + self.fleets_made * (slower - self.provisioning_seconds)

    @property
    def shifts(self) -> tuple[PlannedStage, ...]:
        """The stages at whose end traffic moves."""
        return tuple(stage for stage in self.stages if stage.stage is Stage.SHIFTING)

    @property
    def first_traffic(self) -> PlannedStage:
        """The stage at whose end green gets its first request."""
        return self.shifts[0]

    @property
    def bakes(self) -> tuple[PlannedStage, ...]:
        """The stages in which alarms are watched."""
        return tuple(stage for stage in self.stages if stage.stage is Stage.BAKING)

    @property
    def extra_instance_hours(self) -> float:
        """Instance-hours beyond those of the blue fleet alone: an upper bound.

        It holds as much as if instances were billed from the moment they are asked for, which
        AWS does not say.
        """
        extra = (
            s.seconds * (s.blue_instances + s.green_instances - self.blue) for s in self.stages
        )
        return sum(extra) / HOUR

    @property
    def instance_hours(self) -> tuple[float, float]:
        """The instance-hours of the blue and of the green fleet during the deployment."""
        blue = sum(stage.seconds * stage.blue_instances for stage in self.stages)
        green = sum(stage.seconds * stage.green_instances for stage in self.stages)
        return blue / HOUR, green / HOUR

    @property
    def most_instances(self) -> int:
        """The most instances that there are at once."""
        return max((s.blue_instances + s.green_instances for s in self.stages), default=0)


def schedule_of(
    policy: Policy,
    blue: Mapping[str, int],
    green: Mapping[str, int],
    provisioning_seconds: int = PROVISIONING_SECONDS,
) -> Schedule:
    """The schedule of a policy on two fleets, which are their instances by variant."""
    parts = _rolling if policy.mode == ROLLING else _blue_green
    stages: list[PlannedStage] = []
    for stage, percent, seconds, counts in parts(policy, blue, green, provisioning_seconds):
        if seconds:
            start = stages[-1].ends_after if stages else 0
            stages.append(PlannedStage(stage, percent, start, seconds, *counts))
    totals = sum(blue.values()), sum(green.values())
    return Schedule(policy.mode, tuple(stages), *totals, provisioning_seconds)


def creation_of(green: Mapping[str, int], provisioning_seconds: int) -> Schedule:
    """The schedule of an endpoint's creation: it comes up, and then takes all traffic."""
    count = sum(green.values())
    stage = PlannedStage(Stage.PROVISIONING, 0, 0, provisioning_seconds, 0, count)
    return Schedule(CREATION, (stage,), 0, count, provisioning_seconds)


Part = tuple[Stage, int, int, tuple[int, int]]
"""A stage, green's share, how long, and the instances of blue and green."""


def _blue_green(
    policy: Policy, blue: Mapping[str, int], green: Mapping[str, int], provisioning: int
) -> Iterator[Part]:
    both = sum(blue.values()), sum(green.values())
    yield Stage.PROVISIONING, 0, provisioning, both
    for step in fleet_steps_of(policy, list(green.values())):
        yield Stage.SHIFTING, step.percent, SHIFT_SECONDS, both
        yield Stage.BAKING, step.percent, step.bake_seconds, both
    yield Stage.TERMINATING, ALL, DELETION_SECONDS, both


def _rolling(
    policy: Policy, blue: Mapping[str, int], green: Mapping[str, int], provisioning: int
) -> Iterator[Part]:
    """Each batch is made beside all blue instances that are left, and then replaces as many."""
    fleet, before = min(green.values(), default=0), sum(blue.values())
    left, made, share = before, 0, 0
    for step in steps_of(policy, fleet):
        made = step.instances
        yield Stage.PROVISIONING, share, provisioning, (left, made)
        share = step.percent
        yield Stage.SHIFTING, share, SHIFT_SECONDS, (left, made)
        yield Stage.BAKING, share, step.bake_seconds, (left, made)
        rest = -(-before * (fleet - made) // fleet) if fleet else 0  # rounded up
        yield Stage.TERMINATING, share, DELETION_SECONDS if rest < left else 0, (left, made)
        left = rest
