"""Look at a running deployment's endpoint: record its stage, wake the workflow, announce facts."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bluegreen.actions.abort import ring
from bluegreen.actions.announce import announce
from bluegreen.aws.account import Account
from bluegreen.deployment.deployment import Deployment, DeploymentKey, SeenStage, Sleeper
from bluegreen.deployment.next_look import Answer, answer, is_progress
from bluegreen.deployment.notification import Notification
from bluegreen.deployment.notifications import (
    deployment_aborted,
    deployment_started,
    stage_changed,
)
from bluegreen.sagemaker.observation import Observation, StageSeen, stage_of

LOOKS_THAT_COME_TOGETHER: Final = timedelta(seconds=10)
"""One change causes several events; that a stage still lasts is recorded once for all of them."""


@dataclass(frozen=True)
class Look:
    """What a look means for the workflow, and the facts that nobody has announced yet."""

    answer: Answer
    facts: tuple[Notification, ...] = ()


def updating(key: DeploymentKey, account: Account) -> Deployment | None:
    """The deployment if its update was requested, and until it is concluded or overdue."""
    deployment = account.deployments.find(key)
    if deployment is None or deployment.concluded or deployment.update_requested_at is None:
        return None
    return None if deployment.is_overdue(account.clock.now()) else deployment


def look_and_wake(deployment: Deployment, sleeper: Sleeper | None, account: Account) -> None:
    """Look now, wake the sleeper if there is progress, and announce the facts."""
    observation = account.endpoints.look(deployment.key.endpoint_name)
    look = _evaluate(deployment, observation, account)
    if sleeper and is_progress(sleeper.asleep_on, look.answer):
        account.workflow.wake(sleeper.token, look.answer.to_json())
    _announce_all(look, account)


def follow(deployment: Deployment, observation: Observation, account: Account) -> Answer:
    """What an observation means: its stage is recorded, its facts are announced, each once."""
    look = _evaluate(deployment, observation, account)
    _announce_all(look, account)
    return look.answer


def _evaluate(deployment: Deployment, observation: Observation, account: Account) -> Look:
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
    deployment = ring(deployment, stage, account)
    return Look(answer(deployment, observation, stage, now), unannounced(deployment))


def unannounced(deployment: Deployment) -> tuple[Notification, ...]:
    """The facts that nobody has announced yet, for example because whoever saw them first died."""
    start = () if deployment.start_announced else (deployment_started(deployment),)
    stages = (stage.seen for stage in deployment.stages if not stage.announced)
    changes = (stage_changed(deployment, seen) for seen in stages)
    return (*start, *changes, *unannounced_abort(deployment))


def unannounced_abort(deployment: Deployment) -> tuple[Notification, ...]:
    """That an abort was asked for, if nobody has announced it: also of what never began."""
    told = deployment.abort is None or deployment.abort_announced
    return () if told else (deployment_aborted(deployment),)


def _record(deployment: Deployment, stage: StageSeen, account: Account) -> SeenStage:
    now = account.clock.now()
    known = next((s for s in deployment.stages if s.seen == stage), None)
    if known and now - known.last_seen_at < LOOKS_THAT_COME_TOGETHER:
        return known
    if known:
        return account.deployments.see_again(deployment.key, known, now)
    return account.deployments.record_stage(deployment, stage, now)


def _announce_all(look: Look, account: Account) -> None:
    for fact in look.facts:
        announce(fact, account)
