"""A deployment: one run of the workflow for one endpoint, as the table remembers it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bluegreen.contract.findings import Finding
from bluegreen.contract.state import ObservedStage
from bluegreen.request.request import Request
from bluegreen.sagemaker.observation import Observation, Stage, StageSeen
from bluegreen.sagemaker.traffic_steps import Step, steps_of

GRACE_TO_BEGIN: Final = timedelta(seconds=300)
"""How long UpdateEndpoint may stay without visible effect before we say that it never began."""

CLOCKS: Final = timedelta(seconds=60)
"""By how much SageMaker's clock and ours may differ at the most."""

SERVING: Final = frozenset({"InService", "Updating", "SystemUpdating"})
"""Statuses of an endpoint that serves its live config, with nothing pending."""

GRACE_BEYOND_MAXIMUM: Final = timedelta(minutes=30)
"""How long after SageMaker's own maximum we still wait for the endpoint to settle."""


@dataclass(frozen=True)
class DeploymentKey:
    """What names a deployment for ever: an id may come again after 90 days, so its start too."""

    endpoint_name: str
    deployment_id: str
    started_at: datetime


@dataclass(frozen=True)
class SeenStage:
    """A stage as recorded: what was seen, when it was last seen, and whether it was told."""

    seen: StageSeen
    last_seen_at: datetime
    announced: bool = False


@dataclass(frozen=True)
class Sleeper:
    """The AwaitStage that sleeps: its task token, and the observation it went to sleep on."""

    token: str
    asleep_on: ObservedStage


@dataclass(frozen=True)
class Deployment:
    """What is known of a deployment; `previous_config` and on are there once StartUpdate ran."""

    key: DeploymentKey
    execution_arn: str
    fence: int
    request: Request
    findings: tuple[Finding, ...] = ()
    fleet: int = 0
    previous_config: str = ""
    last_modified_before: datetime | None = None
    update_requested_at: datetime | None = None
    update_accepted: bool = False
    refusal: str = ""
    start_announced: bool = False
    concluded: bool = False
    sleeper: Sleeper | None = None
    stages: tuple[SeenStage, ...] = field(default=())

    @property
    def creates(self) -> bool:
        """Whether it creates the endpoint, which served nothing before its update was asked for."""
        return self.update_requested_at is not None and not self.previous_config

    @property
    def steps(self) -> list[Step]:
        """The plan of this deployment on its fleet."""
        return steps_of(self.request.policy, self.fleet)

    @property
    def latest_end(self) -> datetime | None:
        """When SageMaker's own maximum execution time is over; None before the update."""
        if self.update_requested_at is None or self.request.policy.maximum_seconds is None:
            return None
        return self.update_requested_at + timedelta(seconds=self.request.policy.maximum_seconds)

    @property
    def deadline(self) -> datetime | None:
        """When we stop waiting: half an hour after SageMaker's own maximum."""
        return self.latest_end and self.latest_end + GRACE_BEYOND_MAXIMUM

    def as_it_stands(self, observation: Observation) -> "Deployment":
        """This deployment with what the endpoint is just before its update."""
        return replace(
            self,
            previous_config=observation.live_config,
            last_modified_before=observation.last_modified,
        )

    def is_ours(self, observation: Observation) -> bool:
        """Whether the update that runs now is the one to our config."""
        pending = observation.pending
        return pending is not None and pending.config == self.request.endpoint_config_name

    def has_begun(self, observation: Observation) -> bool:
        """Whether there is proof that our update began.

        A stage of it that was seen; our config pending, or live; or, once SageMaker accepted
        the call, an endpoint that is being updated, or a LastModifiedTime later than before the
        call (before that, both may be another's doing, say that of auto scaling).
        """
        if self.stages or self.is_visible(observation):
            return True
        before, after = self.last_modified_before, observation.last_modified
        later = bool(before and after and after > before)
        return self.update_accepted and (later or not observation.settled)

    def is_visible(self, observation: Observation) -> bool:
        """Whether the endpoint goes to our config, or serves it."""
        live = observation.live_config == self.request.endpoint_config_name
        return live or self.is_ours(observation)

    def is_served(self, observation: Observation) -> bool:
        """Whether the endpoint serves our config and goes to no other, scaled though it may be."""
        return observation.live_config == self.request.endpoint_config_name and (
            observation.pending is None and observation.status in SERVING
        )

    def is_anothers(self, observation: Observation) -> bool:
        """Whether the update that runs goes to another config than ours."""
        return observation.pending is not None and not self.is_ours(observation)

    def settled_at(self, observation: Observation) -> datetime | None:
        """When the endpoint came to rest: its LastModifiedTime, and not before what was seen."""
        seen = [stage.last_seen_at for stage in self.stages]
        return max([*seen, *filter(None, [observation.last_modified])], default=None)

    def rollback_began_at(self, settled_at: datetime | None) -> datetime | None:
        """When a rollback was seen to begin; when the endpoint settled, if none was seen."""
        starts = (s.seen.started_at for s in self.stages if s.seen.stage is Stage.ROLLING_BACK)
        return min(starts, default=settled_at)

    def is_over_maximum(self, observation: Observation) -> bool:
        """Whether the rollback began when SageMaker's maximum was over, as clocks may differ."""
        settled_at, latest_end = self.settled_at(observation), self.latest_end
        began_at = self.rollback_began_at(settled_at)
        if not (settled_at and latest_end and began_at):
            return False
        return settled_at >= latest_end and began_at + CLOCKS >= latest_end

    def is_settled(self, observation: Observation, now: datetime) -> bool:
        """Whether the endpoint has come to rest after our update.

        Without proof that the update began, an endpoint on its previous config counts as not
        settled until the grace to begin is over: DescribeEndpoint may lag behind UpdateEndpoint.
        """
        if not observation.settled:
            return False
        if observation.live_config != self.previous_config or self.has_begun(observation):
            return True
        requested_at = self.update_requested_at
        return requested_at is None or now >= requested_at + GRACE_TO_BEGIN

    def is_overdue(self, now: datetime) -> bool:
        """Whether our own deadline has passed."""
        return self.deadline is not None and now >= self.deadline
