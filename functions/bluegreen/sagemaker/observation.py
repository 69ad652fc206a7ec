"""What DescribeEndpoint shows of an endpoint, and the stage of a deployment that follows from it.

Shapes: `DescribeEndpointOutput`, `PendingDeploymentSummary`, `ProductionVariantStatus`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bluegreen.sagemaker.traffic_steps import (
    ALL,
    SHIFT_SECONDS,
    Step,
    next_percent,
    percent_of,
    replaced_percent,
)

GONE: Final = "Gone"
"""Our own status for an endpoint that does not exist."""

MIXTURE: Final = "UpdateRollbackFailed"
"""The status after which an endpoint serves a mixture of two configs, until it is updated again."""

IN_PROGRESS: Final = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack"})


class Stage(StrEnum):
    """What the endpoint is doing in a deployment, in the order in which it happens."""

    PROVISIONING = "PROVISIONING"
    SHIFTING = "SHIFTING"
    BAKING = "BAKING"
    TERMINATING = "TERMINATING"
    ROLLING_BACK = "ROLLING_BACK"


GREEN_MEANS: Final = {
    "Creating": Stage.PROVISIONING,
    "ActivatingTraffic": Stage.SHIFTING,
    "Baking": Stage.BAKING,
    "Deleting": Stage.ROLLING_BACK,
}
BLUE_MEANS: Final = {
    "Deleting": Stage.TERMINATING,
    "Creating": Stage.ROLLING_BACK,  # a rolling update had deleted them
    "ActivatingTraffic": Stage.ROLLING_BACK,
}


@dataclass(frozen=True)
class VariantStatus:
    """What SageMaker does with a variant's instances, since when."""

    status: str
    started_at: datetime | None = None


@dataclass(frozen=True)
class Variant:
    """A production variant of one of the two fleets; a count is None where SageMaker gives none.

    So is `weight`, the one that it has or is to have.
    """

    name: str
    current_instances: int | None = None
    desired_instances: int | None = None
    statuses: tuple[VariantStatus, ...] = ()
    weight: float | None = None


@dataclass(frozen=True)
class PendingDeployment:
    """The green side of an endpoint that is being updated."""

    config: str
    variants: tuple[Variant, ...] = ()
    started_at: datetime | None = None


@dataclass(frozen=True)
class Observation:
    """One look at an endpoint; `live_config` is what it serves, while an update runs blue's.

    `asynchronous`: requests wait in a queue, and their number is not published. `name` is the
    endpoint's own, as it was created; empty where nobody looked.
    """

    status: str
    live_config: str = ""
    last_modified: datetime | None = None
    failure_reason: str = ""
    variants: tuple[Variant, ...] = ()
    pending: PendingDeployment | None = None
    asynchronous: bool = False
    name: str = ""

    @property
    def settled(self) -> bool:
        """Whether nothing is in progress; InService with something pending is a transient state."""
        return self.status not in IN_PROGRESS and not (self.status == "InService" and self.pending)

    @property
    def serves(self) -> str:
        """The one config that it serves; empty where it is a mixture, or nothing at all."""
        return self.live_config if self.status in {"InService", *IN_PROGRESS} else ""

    @property
    def serves_mixture(self) -> bool:
        """Whether it serves instances of two configs, of which `live_config` names only one."""
        return self.status == MIXTURE


def busy_in_words(endpoint_name: str, status: str) -> str:
    """Why an endpoint that is not settled cannot be updated, as a sentence."""
    doing = {
        "Creating": "is still being created",
        "RollingBack": "is being rolled back",
        "SystemUpdating": "is under maintenance by SageMaker",
    }.get(status, "is being updated by someone else")
    return f"Endpoint {endpoint_name} {doing} (its status is {status})."


@dataclass(frozen=True)
class StageSeen:
    """A stage with green's share in percent (an estimate: SageMaker reports none) and its start."""

    stage: Stage
    traffic_percent: int
    started_at: datetime


def stage_of(
    observation: Observation, steps: list[Step], seen: Sequence[StageSeen], now: datetime
) -> StageSeen | None:
    """The stage that an observation shows, None when it shows none.

    `steps` is the plan, `seen` what earlier looks showed, oldest first. The start is
    SageMaker's own StartTime where it gives one; else that of the same stage in the last look,
    else the minute of `now`.
    """
    found = _stage_and_start(observation)
    if found is None:
        return None
    stage, started_at = found
    if seen and seen[-1].stage is stage and _goes_on(stage, started_at, observation):
        return _same_or_next(seen, steps, now)
    start = started_at or _to_the_minute(seen, now)
    return StageSeen(stage, _traffic_percent(stage, observation, steps, seen, start), start)


def _goes_on(stage: Stage, started_at: datetime | None, observation: Observation) -> bool:
    """Whether the stage is the one of the last look, although its start may be another.

    Variants come into a stage and leave it one by one; a rollback has two parts.
    """
    several = observation.pending is not None and len(observation.pending.variants) > 1
    before_a_bake = several and stage in (Stage.PROVISIONING, Stage.SHIFTING)
    return started_at is None or stage is Stage.ROLLING_BACK or before_a_bake


def _to_the_minute(seen: Sequence[StageSeen], now: datetime) -> datetime:
    """A start that SageMaker does not give, so coarse that two who look together agree on it."""
    minute = now.replace(second=0, microsecond=0)
    return max([minute, *(stage.started_at for stage in seen[-1:])])


def _same_or_next(seen: Sequence[StageSeen], steps: list[Step], now: datetime) -> StageSeen:
    """The last stage again; or, for a bake whose time is over, the next bake of the plan."""
    last = seen[-1]
    length = next((s.bake_seconds for s in steps if s.percent == last.traffic_percent), 0)
    end = last.started_at + timedelta(seconds=length)
    if last.stage is Stage.BAKING and last.traffic_percent < ALL and now > end:
        return StageSeen(last.stage, next_percent(steps, last.traffic_percent, baking=True), end)
    return last


def _stage_and_start(observation: Observation) -> tuple[Stage, datetime | None] | None:
    """The stage of both fleets; its start is the latest of the variants that are in it."""
    found = list(_stages(observation))
    if not found:
        rolling_back = observation.status == "RollingBack"
        return (Stage.ROLLING_BACK, None) if rolling_back else None
    stage = max((stage for stage, _ in found), key=list(Stage).index)
    starts = [start for of, start in found if of is stage and start is not None]
    return stage, max(starts, default=None)


def _stages(observation: Observation) -> Iterator[tuple[Stage, datetime | None]]:
    """What each fleet does: of green's variants the one that is furthest behind counts."""
    pending = observation.pending.variants if observation.pending else ()
    green = list(_meant(pending, GREEN_MEANS))
    behind = min((stage for stage, _ in green), key=list(Stage).index, default=None)
    for stage, start in green:
        if stage in (behind, Stage.ROLLING_BACK):
            yield stage, start
    yield from _meant(observation.variants, BLUE_MEANS)


def _meant(
    variants: Sequence[Variant], meaning: Mapping[str, Stage]
) -> Iterator[tuple[Stage, datetime | None]]:
    for status in (status for variant in variants for status in variant.statuses):
        if status.status in meaning:
            yield meaning[status.status], status.started_at


def _traffic_percent(
    stage: Stage,
    observation: Observation,
    steps: list[Step],
    seen: Sequence[StageSeen],
    start: datetime,
) -> int:
    if stage is Stage.ROLLING_BACK:
        return 0
    counted = counted_percent(observation) if stage is Stage.BAKING else None
    if counted is not None:
        return counted
    done = (Stage.BAKING,) if stage is Stage.BAKING else (Stage.BAKING, Stage.SHIFTING)
    before = (s.traffic_percent for s in seen if s.stage in done and s.started_at < start)
    reached = max(before, default=0)
    if stage is Stage.PROVISIONING:
        return reached
    if stage is Stage.TERMINATING:
        return replaced_percent(steps, reached)
    planned = next_percent(steps, reached, baking=stage is Stage.BAKING)
    if stage is Stage.BAKING and _all_count(observation):
        return _all_unless_planned(planned, steps, seen, start)
    return planned


def _all_count(observation: Observation) -> bool:
    """Whether as many green instances count as are wanted, of each variant."""
    green = observation.pending.variants if observation.pending else ()
    return bool(green) and all(v.current_instances == v.desired_instances != 0 for v in green)


def _all_unless_planned(
    planned: int, steps: list[Step], seen: Sequence[StageSeen], start: datetime
) -> int:
    """Green's share in a bake in which all of green counts: all, as in AWS's sample event.

    The plan holds where it can be told that the bake is the one after the last shift: then all
    that was made may count, with traffic or without.
    """
    same = [s for s in seen if s.stage is Stage.BAKING and s.started_at == start]
    before = [s for s in seen if s.started_at < start]
    if same:
        return same[-1].traffic_percent
    length = next((s.bake_seconds for s in steps if s.percent == planned), 0)
    shifted = bool(before) and (before[-1].stage, before[-1].traffic_percent) == (
        Stage.SHIFTING,
        planned,
    )
    if shifted and start < before[-1].started_at + timedelta(seconds=SHIFT_SECONDS + length):
        return planned
    return ALL


def counted_percent(observation: Observation) -> int | None:
    """Green's share in a bake by SageMaker's counts, the lowest over the variants; None: unsure.

    In AWS's sample event, in a canary's bake, green counts the instances with traffic (1 of 3) and
    blue those that exist (3 of 3): Developer Guide, "Automating Amazon SageMaker with Amazon
    EventBridge". So the share is read from green alone. Fewer than are wanted can only be those
    with traffic, since a bake follows when all instances, or all of a batch, are made. As many as
    are wanted may also be all that were made; they have all of the traffic where blue has none
    left, should blue's count fall as green's rises.
    """
    shares, surely = [], _has_nothing_left(observation.variants)
    for green in observation.pending.variants if observation.pending else ():
        wanted, active = green.desired_instances, green.current_instances
        if not wanted or not active or active > wanted:
            return None
        shares.append(percent_of(active, wanted))
        surely = surely or active < wanted
    return min(shares, default=None) if surely else None


def _has_nothing_left(variants: Sequence[Variant]) -> bool:
    counts = [variant.current_instances for variant in variants]
    return bool(counts) and not any(count is None or count for count in counts)
