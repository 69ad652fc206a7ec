"""Look at the endpoint of a running deployment: write the stage down, wake who sleeps, tell it."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bluegreen.actions.announce import announce
from bluegreen.aws.account import Account
from bluegreen.deployment.deployment import Deployment, DeploymentKey, SeenStage, Sleeper
from bluegreen.deployment.next_look import Answer, answer, is_progress
from bluegreen.deployment.notifications import Notification, stage_changed, started
from bluegreen.sagemaker.observation import Observation, StageSeen, stage_of

LOOKS_THAT_COME_TOGETHER: Final = timedelta(seconds=10)
"""Several events tell of one change; that a stage still lasts is noted once for all of them."""


@dataclass(frozen=True)
class Look:
    """What a look means for the workflow, and the facts that nobody has told yet."""

    answer: Answer
    facts: tuple[Notification, ...] = ()


def updating(key: DeploymentKey, account: Account) -> Deployment | None:
    """The deployment if its update was asked for; not for ever, if nobody concludes it."""
    deployment = account.deployments.find(key)
    if deployment is None or deployment.concluded or deployment.update_requested_at is None:
        return None
    return None if deployment.is_overdue(account.clock.now()) else deployment


def look_and_wake(deployment: Deployment, sleeper: Sleeper | None, account: Account) -> None:
    """Look now, wake the sleeper if what is seen is progress to it, then tell the facts."""
    observation = account.endpoints.look(deployment.key.endpoint_name)
    look = _take_down(deployment, observation, account)
    if sleeper and is_progress(sleeper.asleep_on, look.answer):
        account.workflow.wake(sleeper.token, look.answer)
    _tell(look, account)


def follow(deployment: Deployment, observation: Observation, account: Account) -> Answer:
    """What an observation means: its stage is recorded, its facts are told, each once."""
    look = _take_down(deployment, observation, account)
    _tell(look, account)
    return look.answer


def _take_down(deployment: Deployment, observation: Observation, account: Account) -> Look:
    now = account.clock.now()
    if deployment.is_visible(observation) and not deployment.update_accepted:
        deployment = account.deployments.accept_update(deployment)
    if not deployment.has_begun(observation) or deployment.is_anothers(observation):
        return Look(answer(deployment, observation, None, now))
    seen = [stage.seen for stage in deployment.stages]
    stage = stage_of(observation, deployment.steps, seen, now)
    if stage:
        recorded = _record(deployment, stage, account)
        others = (other for other in deployment.stages if other.seen != recorded.seen)
        deployment = replace(deployment, stages=(*others, recorded))
    return Look(answer(deployment, observation, stage, now), unannounced(deployment))


def unannounced(deployment: Deployment) -> tuple[Notification, ...]:
    """The facts of a deployment that has begun which nobody has told: their first teller died."""
    start = () if deployment.start_announced else (started(deployment),)
    stages = (stage.seen for stage in deployment.stages if not stage.announced)
    return (*start, *(stage_changed(deployment, seen) for seen in stages))


def _record(deployment: Deployment, stage: StageSeen, account: Account) -> SeenStage:
    now = account.clock.now()
    known = next((s for s in deployment.stages if s.seen == stage), None)
    if known and now - known.last_seen_at < LOOKS_THAT_COME_TOGETHER:
        return known
    if known:
        return account.deployments.see_again(deployment.key, known, now)
    return account.deployments.record_stage(deployment, stage, now)


def _tell(look: Look, account: Account) -> None:
    for fact in look.facts:
        announce(fact, account)
