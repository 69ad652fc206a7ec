"""A moment of a deployment: what one look showed, and what the plan predicts from there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bluegreen.contract.record import DeploymentRecord, DryRunResult
from bluegreen.deployment.abort import Abort
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.gate import Gate, Points
from bluegreen.deployment.queue import Waiter
from bluegreen.sagemaker.observation import (
    Observation,
    Stage,
    StageSeen,
    Variant,
    counted_percent,
    stage_of,
)
from bluegreen.sagemaker.schedule import PlannedStage, schedule_of
from bluegreen.sagemaker.traffic_steps import ALL

PREPARING: Final = "PREPARING"
WAITING: Final = "WAITING"
SETTLED: Final = "SETTLED"
"""What stands for a stage before the update, in the queue, and when the endpoint is at rest."""

ALARM: Final = "ALARM"
MISSING: Final = "MISSING"
"""What stands for the state of an alarm that is not there."""

THE_DEPLOYMENT: Final = "the deployment"
"""What is not known where nothing of the table can be read; a key of a moment's `unknown`."""


@dataclass(frozen=True)
class AlarmSeen:
    """An alarm and its state; without a state there is no such alarm."""

    name: str
    state: str = ""


@dataclass(frozen=True)
class Told:
    """What people were told, and when; `terminal`: it is how the deployment ended."""

    at: datetime
    event: str
    severity: str
    message: str
    terminal: bool = False


@dataclass(frozen=True)
class Execution:
    """An execution: its record, or what its dry run found; neither if it runs, or left none."""

    status: str
    record: DeploymentRecord | None = None
    dry_run: DryRunResult | None = None

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.status != "RUNNING"


@dataclass(frozen=True)
class Fleet:
    """One of the two fleets; `instances` of `wanted` are there, None where SageMaker says nothing.

    `share` is its part of the traffic in percent, an estimate, or None.
    """

    name: str
    config: str
    share: int | None = None
    instances: int | None = None
    wanted: int | None = None


@dataclass(frozen=True)
class Moment:
    """All that is known at one time; None is what is not known, and `unknown` says why.

    `slowed` says why looks come less often now. `deployment` is None where none runs, or where
    the table could not be read; `execution` only where one was asked for.
    """

    now: datetime
    endpoint: str
    observation: Observation | None = None
    deployment_id: str = ""
    deployment: Deployment | None = None
    record: DeploymentRecord | None = None
    execution: Execution | None = None
    waiting: tuple[Waiter, ...] | None = ()
    alarms: tuple[AlarmSeen, ...] | None = ()
    gates: tuple[Gate, ...] | None = ()
    told: tuple[Told, ...] | None = ()
    unknown: Mapping[str, str] = field(default_factory=dict)
    slowed: str = ""

    @property
    def abort(self) -> Abort | None:
        """The request to abort it."""
        return self.deployment.abort if self.deployment else None

    @property
    def armed(self) -> bool | None:
        """Whether an abort can still have an effect: None where it is not known."""
        deployment = self.deployment
        if deployment is None or (self.alarms is None and deployment.can_be_aborted):
            return None
        missing = any(a.name == deployment.abort_alarm and not a.state for a in self.alarms or ())
        return deployment.can_be_aborted and not missing

    @property
    def ending(self) -> DeploymentRecord | None:
        """How the deployment ended: by its row, or by its execution."""
        return self.record or (self.execution.record if self.execution else None)

    @property
    def own_alarms(self) -> tuple[AlarmSeen, ...] | None:
        """The alarms that the request names, as they are; None if they could not be read."""
        if self.alarms is None or self.deployment is None:
            return None if THE_DEPLOYMENT in self.unknown else self.alarms
        return tuple(a for a in self.alarms if a.name != self.deployment.abort_alarm)

    @property
    def stage(self) -> StageSeen | None:
        """The stage that the endpoint is in; None before, after, and where it is not known."""
        deployment, observation = self.deployment, self.observation
        if deployment is None or observation is None or observation.settled:
            return None
        asked = deployment.update_requested_at is not None and deployment.has_begun(observation)
        if not asked or deployment.is_anothers(observation):
            return None
        seen = [stage.seen for stage in deployment.stages]
        return stage_of(observation, deployment.steps, seen, self.now)

    @property
    def phase(self) -> str:
        """The stage, or what stands for one; empty where it is not known."""
        if self.stage is not None:
            return str(self.stage.stage)
        if self.deployment is None or self.observation is None:
            return ""
        if self.waits:
            return WAITING
        if not self.observation.settled:
            return self.observation.status.upper()
        asked = self.deployment.update_requested_at is not None
        return SETTLED if asked and self.deployment.has_begun(self.observation) else PREPARING

    @property
    def doing(self) -> str:
        """What SageMaker says that it does, for when the plan is not known; empty: not known."""
        seen = self.observation
        if seen is None:
            return ""
        green = seen.pending.variants if seen.pending else ()
        doing = {status.status for variant in green for status in variant.statuses}
        doing |= {f"blue {each.status}" for blue in seen.variants for each in blue.statuses}
        return f"{seen.status}: {', '.join(sorted(doing))}" if doing else seen.status

    @property
    def waits(self) -> bool:
        """Whether the deployment itself waits in the queue."""
        key = self.deployment and self.deployment.key
        return any(waiter.owner.key == key for waiter in self.waiting or ())

    @property
    def others_waiting(self) -> tuple[Waiter, ...] | None:
        """Who waits behind it, or with it; None if the queue could not be read."""
        if self.waiting is None:
            return None
        key = self.deployment and self.deployment.key
        return tuple(waiter for waiter in self.waiting if waiter.waits and waiter.owner.key != key)

    @property
    def fleets(self) -> tuple[Fleet, ...]:
        """The blue fleet, and the green one while there is one."""
        return tuple(_fleets(self)) if self.observation else ()


def _fleets(moment: Moment) -> Iterator[Fleet]:
    seen = moment.observation
    assert seen is not None
    if seen.pending is not None:
        share = _share(moment)
        rest = None if share is None else ALL - share
        yield Fleet("blue", seen.live_config, rest, *_instances(seen.variants))
        yield Fleet("green", seen.pending.config, share, *_instances(seen.pending.variants))
    elif seen.live_config:
        served = moment.deployment is not None and moment.deployment.is_served(seen)
        share = None if seen.serves_mixture else ALL
        name = "green" if served else "blue"
        yield Fleet(name, seen.live_config, share, *_instances(seen.variants))


def _share(moment: Moment) -> int | None:
    """Green's share now: while it shifts, the one from which it shifts; going back, as counted."""
    stage, deployment, seen = moment.stage, moment.deployment, moment.observation
    if stage is None or deployment is None or seen is None:
        return None
    if stage.stage is Stage.ROLLING_BACK:
        return _going_back(seen)
    if stage.stage is not Stage.SHIFTING:
        return stage.traffic_percent
    before = (s.seen for s in deployment.stages if s.seen.started_at < stage.started_at)
    return max((earlier.traffic_percent for earlier in before), default=0)


def _going_back(seen: Observation) -> int | None:
    """Green's share in a rollback; unknown where green's instances may wait to be deleted."""
    green = seen.pending.variants if seen.pending else ()
    if seen.pending is None or _instances(green)[0] == 0:
        return 0
    deleting = any(each.status == "Deleting" for variant in green for each in variant.statuses)
    return None if deleting else counted_percent(seen)


def _instances(variants: Sequence[Variant]) -> tuple[int | None, int | None]:
    """How many there are, and how many are wanted, over all variants."""
    there = [variant.current_instances for variant in variants]
    return _sum(there), _sum([variant.desired_instances for variant in variants])


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None


# ---- What the plan predicts ------------------------------------------------------------------


@dataclass(frozen=True)
class Ends:
    """When the stage and the deployment end if all goes as planned.

    `bake` is the number of the bake that runs, of all `bakes`; None if none runs.
    """

    stage: datetime
    deployment: datetime
    bake: int | None
    bakes: int


def ends_of(moment: Moment) -> Ends | None:
    """What the plan predicts; None where nothing is planned: in a rollback, before the update.

    The stage is the first of the plan of this kind with green's share, or more.
    """
    stage, deployment = moment.stage, moment.deployment
    if stage is None or deployment is None:
        return None
    fleet = {"": deployment.fleet}
    schedule = schedule_of(deployment.request.policy, fleet, fleet)
    planned = _planned(schedule.stages, stage)
    if planned is None:
        return None
    end = stage.started_at + timedelta(seconds=planned.seconds)
    rest = timedelta(seconds=schedule.seconds - planned.ends_after)
    bake = schedule.bakes.index(planned) + 1 if planned in schedule.bakes else None
    return Ends(end, max(end, moment.now) + rest, bake, len(schedule.bakes))


def _planned(stages: Iterable[PlannedStage], seen: StageSeen) -> PlannedStage | None:
    alike = (each for each in stages if each.stage is seen.stage)
    return next((each for each in alike if each.traffic_percent >= seen.traffic_percent), None)


def last(points: Points | None) -> float | None:
    """The latest value of a series; None where there is none."""
    return points[-1][1] if points else None
