"""Look at a running deployment's endpoint: record its stage, wake the workflow, announce facts."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bluegreen.actions.abort import ring
from bluegreen.actions.announce import send
from bluegreen.aws.account import Account
from bluegreen.aws.dynamodb.deployments import row_of
from bluegreen.aws.dynamodb.table import Row
from bluegreen.deployment.deployment import Deployment, DeploymentKey, SeenStage, Sleeper
from bluegreen.deployment.next_look import Answer, answer, is_progress
from bluegreen.deployment.notification import Notification
from bluegreen.deployment.notifications import (
    deployment_aborted,
    deployment_started,
    fact_of,
    stage_changed,
)
from bluegreen.sagemaker.observation import Observation, StageSeen, stage_of

LOOKS_THAT_COME_TOGETHER: Final = timedelta(seconds=60)
"""One change causes several events; that a stage still lasts is recorded once for all of them."""


@dataclass(frozen=True)
class Look:
    """What a look means for the workflow, and the facts that the caller has to send.

    They were claimed at `at`. `deployment` is as it stands after the look.
    """

    deployment: Deployment
    answer: Answer
    at: datetime
    facts: tuple[Notification, ...] = ()


def updating(key: DeploymentKey, account: Account) -> Deployment | None:
    """The deployment if its update was requested, and until it is concluded or overdue."""
    deployment = account.deployments.find(key)
    return deployment if deployment and is_updating(deployment, account) else None


def is_updating(deployment: Deployment, account: Account) -> bool:
    """Whether its update was requested, and it is neither concluded nor overdue."""
    if deployment.concluded or deployment.update_requested_at is None:
        return False
    return not deployment.is_overdue(account.clock.now())


def look_and_wake(deployment: Deployment, sleeper: Sleeper | None, account: Account) -> Look:
    """Look now, wake the sleeper if there is progress, and announce the facts."""
    observation = account.endpoints.look(deployment.key.endpoint_name)
    look = _evaluate(deployment, observation, account)
    with ExitStack() as afterwards:
        _announce(look, afterwards, account)
        if sleeper and is_progress(sleeper.asleep_on, look.answer):
            account.workflow.wake(sleeper.token, look.answer.to_json())
    return look


def follow(deployment: Deployment, observation: Observation, account: Account) -> Answer:
    """What an observation means: its stage is recorded, its facts are announced, each once."""
    look = _evaluate(deployment, observation, account)
    with ExitStack() as afterwards:
        _announce(look, afterwards, account)
    return look.answer


def _evaluate(deployment: Deployment, observation: Observation, account: Account) -> Look:
    now = account.clock.now()
    if deployment.is_visible(observation) and not deployment.update_accepted:
        deployment = account.deployments.accept_update(deployment)
    if not deployment.has_begun(observation) or deployment.is_anothers(observation):
        return Look(deployment, answer(deployment, observation, None, now), now)
    seen = [stage.seen for stage in deployment.stages]
    stage = stage_of(observation, deployment.steps, seen, now)
    deployment = ring(deployment, stage, account)
    told = answer(deployment, observation, stage, now)
    deployment, begun = _with_stage(deployment, stage, account) if stage else (deployment, None)
    facts = account.claims.claim_while_it_runs(unannounced(deployment), now, begun)
    return Look(deployment, told, now, tuple(facts))


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


def _with_stage(
    deployment: Deployment, stage: StageSeen, account: Account
) -> tuple[Deployment, Mapping[str, Row]]:
    """The deployment with a stage that is seen, and what the row of its fact is to say, if new.

    A new one is recorded by the claim on its fact: none that is recorded goes untold.
    """
    now, fact = account.clock.now(), fact_of(stage)
    known = next((s for s in deployment.stages if fact_of(s.seen) == fact), None)
    if known is None:
        seen = SeenStage(stage, now)
        return _having(deployment, seen), {fact: row_of(deployment, seen)}
    if now - known.last_seen_at < LOOKS_THAT_COME_TOGETHER:
        return deployment, {}
    return _having(deployment, account.deployments.see_again(deployment.key, known, now)), {}


def _having(deployment: Deployment, seen: SeenStage) -> Deployment:
    others = (other for other in deployment.stages if fact_of(other.seen) != fact_of(seen.seen))
    stages = sorted((*others, seen), key=lambda stage: stage.seen.started_at)
    return replace(deployment, stages=tuple(stages))


def _announce(look: Look, afterwards: ExitStack, account: Account) -> None:
    """Send the facts of a look afterwards, whatever becomes of what comes before or of another."""
    for fact in reversed(look.facts):
        afterwards.callback(send, fact, look.at, account)
