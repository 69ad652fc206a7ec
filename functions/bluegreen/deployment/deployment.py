"""A deployment: one run of the workflow for one endpoint, as the table keeps it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bluegreen.contract.findings import Finding
from bluegreen.contract.state import ObservedStage
from bluegreen.deployment.abort import Abort, Ringing
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.request.request import Request
from bluegreen.sagemaker.observation import Observation, Stage, StageSeen
from bluegreen.sagemaker.traffic_steps import Step, steps_of

GRACE_TO_BEGIN: Final = timedelta(seconds=300)
"""How long UpdateEndpoint may have no visible effect before we say that it never began."""

CLOCKS: Final = timedelta(seconds=60)
"""The largest difference that we expect between SageMaker's clock and ours."""

SERVING: Final = frozenset({"InService", "Updating", "SystemUpdating"})
"""The statuses in which an endpoint with nothing pending serves its live config."""

UNTIL_AN_ORPHAN_ENDS: Final = timedelta(seconds=150)
"""StartUpdate's timeout of 120 seconds, and 30 more: a function outlives its stopped execution."""

GRACE_BEYOND_MAXIMUM: Final = timedelta(minutes=30)
"""How long after SageMaker's own maximum we still wait for the endpoint to settle."""


@dataclass(frozen=True)
class DeploymentKey:
    """What identifies a deployment: its start too, since an id can be used again after 90 days."""

    endpoint_name: str
    deployment_id: str
    started_at: datetime


@dataclass(frozen=True)
class SeenStage:
    """A recorded stage: what was seen, when it was last seen, and whether it was announced."""

    seen: StageSeen
    last_seen_at: datetime
    announced: bool = False


@dataclass(frozen=True)
class Sleeper:
    """An AwaitStage that sleeps: its task token, and what it had observed when it fell asleep."""

    token: str
    asleep_on: ObservedStage


@dataclass(frozen=True)
class Deployment:
    """What is known of a deployment; `previous_config` and what follows are set by StartUpdate.

    `may_create`: the requester accepted that the endpoint is created, and it was checked as such.
    `adopted_at` is when another execution took the deployment over, for the last time.
    `abort_alarm` is ours among the alarms that the update was sent with; empty if it has none.
    """

    key: DeploymentKey
    execution_arn: str
    fence: int
    request: Request
    findings: tuple[Finding, ...] = ()
    fleet: int = 0
    may_create: bool = False
    adopted_at: datetime | None = None
    previous_config: str = ""
    last_modified_before: datetime | None = None
    update_requested_at: datetime | None = None
    update_accepted: bool = False
    refusal: str = ""
    abort: Abort | None = None
    abort_alarm: str = ""
    ringing: Ringing = field(default=Ringing())
    start_announced: bool = False
    abort_announced: bool = False
    concluded: bool = False
    sleeper: Sleeper | None = None
    stages: tuple[SeenStage, ...] = field(default=())

    @property
    def creates(self) -> bool:
        """Whether it creates the endpoint, because the endpoint did not exist before the update."""
        return self.update_requested_at is not None and not self.previous_config

    @property
    def approved_at(self) -> datetime | None:
        """When its model package was approved, if an approval started it; never in the future."""
        approved_at = self.request.approved_at
        return approved_at and min(approved_at, self.key.started_at)

    @property
    def ordered_at(self) -> datetime:
        """What its place in a queue goes by: its approval, or its own start."""
        return self.approved_at or self.key.started_at

    @property
    def can_be_aborted(self) -> bool:
        """Whether it has an abort alarm, and a bake in which SageMaker looks at it."""
        return bool(self.abort_alarm) and any(step.bake_seconds for step in self.steps)

    def guardrail_of(self, alarm: str) -> Guardrail | None:
        """The guardrail of which an alarm was made; None of an alarm of the requester's own."""
        return next((each for each in self.request.guardrails if each.alarm == alarm), None)

    @property
    def highest_share(self) -> int:
        """The highest share of the traffic that green was seen with, in percent."""
        return max((stage.seen.traffic_percent for stage in self.stages), default=0)

    @property
    def steps(self) -> list[Step]:
        """The traffic steps of this deployment on its fleet."""
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
        """This deployment with the state of the endpoint just before its update."""
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

        Proof is a stage that was seen, or our config as the pending or the live one. Once
        SageMaker has accepted the call, an endpoint that is being updated, or a later
        LastModifiedTime than before the call, are proof too. (Before that, someone else may have
        caused both, for example auto scaling.)
        """
        if self.stages or self.is_visible(observation):
            return True
        before, after = self.last_modified_before, observation.last_modified
        later = bool(before and after and after > before)
        return self.update_accepted and (later or not observation.settled)

    def is_visible(self, observation: Observation) -> bool:
        """Whether the endpoint is being updated to our config, or serves it."""
        live = observation.live_config == self.request.endpoint_config_name
        return live or self.is_ours(observation)

    def is_served(self, observation: Observation) -> bool:
        """Whether the endpoint serves our config and is not being updated to another one."""
        return observation.live_config == self.request.endpoint_config_name and (
            observation.pending is None and observation.status in SERVING
        )

    def is_anothers(self, observation: Observation) -> bool:
        """Whether an update to another config than ours is running."""
        return observation.pending is not None and not self.is_ours(observation)

    def settled_at(self, observation: Observation) -> datetime | None:
        """When the endpoint settled: its LastModifiedTime, but not before a stage was last seen."""
        seen = [stage.last_seen_at for stage in self.stages]
        return max([*seen, *filter(None, [observation.last_modified])], default=None)

    def rollback_began_at(self, settled_at: datetime | None) -> datetime | None:
        """When a rollback was first seen; when the endpoint settled, if no rollback was seen."""
        starts = (s.seen.started_at for s in self.stages if s.seen.stage is Stage.ROLLING_BACK)
        return min(starts, default=settled_at)

    def is_over_maximum(self, observation: Observation) -> bool:
        """Whether the rollback began after SageMaker's maximum, given that clocks may differ."""
        settled_at, latest_end = self.settled_at(observation), self.latest_end
        began_at = self.rollback_began_at(settled_at)
        if not (settled_at and latest_end and began_at):
            return False
        return settled_at >= latest_end and began_at + CLOCKS >= latest_end

    def is_settled(self, observation: Observation, now: datetime) -> bool:
        """Whether the endpoint has settled after our update.

        Without proof that the update began, an endpoint with its previous config counts as not
        settled until the grace to begin is over, because DescribeEndpoint may lag behind.
        """
        if not observation.settled:
            return False
        if observation.live_config != self.previous_config or self.has_begun(observation):
            return True
        requested_at = self.update_requested_at
        over = requested_at is None or now >= requested_at + GRACE_TO_BEGIN
        return over and self.has_no_orphan(now)

    def has_no_orphan(self, now: datetime) -> bool:
        """Whether no StartUpdate of an execution that was replaced can still be running."""
        return self.adopted_at is None or now >= self.adopted_at + UNTIL_AN_ORPHAN_ENDS

    def is_overdue(self, now: datetime) -> bool:
        """Whether our own deadline has passed."""
        return self.deadline is not None and now >= self.deadline
