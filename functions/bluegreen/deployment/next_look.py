"""How long the workflow sleeps until the next look, and which looks wake it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import Final

from bluegreen.contract.state import SCHEMA_VERSION, LookAnswer, ObservedStage, TurnAnswer
from bluegreen.contract.times import to_text
from bluegreen.deployment.abort import seconds_to_next_value
from bluegreen.deployment.deployment import GRACE_TO_BEGIN, Deployment
from bluegreen.deployment.too_little import judged_at
from bluegreen.sagemaker.observation import Observation, Stage, StageSeen
from bluegreen.sagemaker.traffic_steps import bake_seconds

OUTSIDE_BAKES: Final = (360, 600, 900)
"""Seconds between looks when no end can be predicted; the last value repeats."""

SHORTEST: Final = 30
"""Seconds; a shorter sleep could end before its function has stored the task token."""

AFTER_A_BAKE: Final = 60
"""Seconds by which the end of a bake may be late before we look without an event."""


@dataclass(frozen=True)
class Answer:
    """The answer to the workflow after a look: the stage, and how long to sleep."""

    stage: StageSeen | None
    settled: bool
    overdue: bool
    wait_seconds: list[int]

    def to_json(self) -> LookAnswer:
        """The answer as it is merged into the workflow's state."""
        return {
            "SchemaVersion": SCHEMA_VERSION,
            "Observation": observed(self.stage),
            "Settled": self.settled,
            "Overdue": self.overdue,
            "WaitSeconds": self.wait_seconds,
        }


def observed(stage: StageSeen | None) -> ObservedStage:
    """The part of an observation that a later look compares with."""
    if stage is None:
        return {}
    return {"Stage": stage.stage, "StartedAt": to_text(stage.started_at)}


def answer(
    deployment: Deployment, observation: Observation, stage: StageSeen | None, now: datetime
) -> Answer:
    """What a look at the endpoint means for the workflow."""
    return Answer(
        stage=stage,
        settled=deployment.is_settled(observation, now),
        overdue=deployment.is_overdue(now),
        wait_seconds=wait_seconds(deployment, observation, stage, now),
    )


def its_turn() -> TurnAnswer:
    """The answer to a deployment that waits in the queue: look again."""
    return {"SchemaVersion": SCHEMA_VERSION}


def look_again() -> Answer:
    """The answer that lets a deployment look at its endpoint now, as if it had seen nothing yet."""
    return Answer(stage=None, settled=False, overdue=False, wait_seconds=list(OUTSIDE_BAKES))


def nothing_to_await() -> Answer:
    """The answer for a deployment that never called UpdateEndpoint: conclude it."""
    return Answer(stage=None, settled=True, overdue=False, wait_seconds=[AFTER_A_BAKE])


def wait_seconds(
    deployment: Deployment, observation: Observation, stage: StageSeen | None, now: datetime
) -> list[int]:
    """The sleeps before the next looks, in whole seconds, none beyond the deadline.

    In a bake, the first one lasts until a minute after the bake's predicted end, or after
    SageMaker's maximum; where too little data aborts, one before it lasts until the bake is judged.
    While there is no proof that the update began, it lasts until the grace to begin is over.
    Otherwise, and after that: 360, 600, 900 seconds.
    """
    waits = list(OUTSIDE_BAKES)
    end = None
    if stage and stage.stage is Stage.BAKING:
        length = bake_seconds(deployment.request.policy, stage.traffic_percent)
        end = _until_maximum(deployment, stage.started_at + timedelta(seconds=length), now)
        waits = [*_while_aborting(deployment, stage, now), *waits]
    elif deployment.update_requested_at and not deployment.has_begun(observation):
        end = deployment.update_requested_at + GRACE_TO_BEGIN
    if end and end > now:
        before = _until_judged(deployment, stage, now, end)
        rest = _seconds(end - now - timedelta(seconds=sum(before)))
        waits[-len(OUTSIDE_BAKES) : -len(OUTSIDE_BAKES)] = [*before, rest]
    return _until(deployment.deadline, waits, now)


def _until_judged(
    deployment: Deployment, stage: StageSeen | None, now: datetime, end: datetime
) -> list[int]:
    """The sleep until the bake is judged, if that comes before its end."""
    judged = judged_at(deployment, stage)
    return [_seconds(judged - now)] if judged and now < judged < end else []


def _while_aborting(deployment: Deployment, stage: StageSeen, now: datetime) -> list[int]:
    """A short sleep while the abort alarm has still to ring in this bake."""
    if not (deployment.abort and deployment.abort_alarm):
        return []
    if deployment.ringing.rang_for == stage.started_at:
        return []
    left = seconds_to_next_value(deployment.ringing, stage.started_at, now)
    return [max(SHORTEST, left or 0)]


def _until_maximum(deployment: Deployment, bake_end: datetime, now: datetime) -> datetime:
    """A minute after the end of the bake, or after SageMaker's own maximum if that comes first."""
    maximum = deployment.latest_end
    end = min(bake_end, maximum) if maximum and maximum > now else bake_end
    return end + timedelta(seconds=AFTER_A_BAKE)


def _seconds(span: timedelta) -> int:
    return max(SHORTEST, -(-span // timedelta(seconds=1)))


def _until(deadline: datetime | None, waits: list[int], now: datetime) -> list[int]:
    """The sleeps cut at the deadline, the last one repeated until then."""
    if deadline is None:
        return waits
    left = _seconds(deadline - now)
    kept: list[int] = []
    for wait in chain(waits, repeat(waits[-1])):
        kept.append(max(SHORTEST, min(wait, left)))
        left -= wait
        if left <= 0:
            return kept
    raise AssertionError("the last sleep repeats for ever")


def is_progress(asleep_on: ObservedStage, new: Answer) -> bool:
    """Whether a look shows progress since the workflow fell asleep on `asleep_on`.

    Progress is that a bake began, that the endpoint settled, or that the deadline passed.
    """
    if new.settled or new.overdue:
        return True
    began = new.stage is not None and new.stage.stage is Stage.BAKING
    return began and observed(new.stage) != asleep_on
