"""Look at the endpoint of a running deployment: write the stage down, wake who sleeps, tell it."""

from dataclasses import dataclass, replace

from bluegreen.adapters.account import Account
from bluegreen.adapters.deployments import Sleeper
from bluegreen.domain.deployment import Deployment, SeenStage
from bluegreen.domain.notification import Notification, stage_changed, started
from bluegreen.domain.observation import Observation, StageSeen, stage_of
from bluegreen.domain.waiting import Answer, answer, is_progress
from bluegreen.operations.announce import announce


@dataclass(frozen=True)
class Look:
    """What a look means for the workflow, and the facts that are to be told of it."""

    answer: Answer
    facts: tuple[Notification, ...]


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
        return Look(answer(deployment, observation, None, now), ())
    facts = [started(deployment)]  # always: whoever saw it first may have died before it was told
    seen = [stage.seen for stage in deployment.stages]
    stage = stage_of(observation, deployment.steps, seen, now)
    if stage:
        deployment = _record(deployment, stage, account)
        facts.append(stage_changed(deployment, stage))
    return Look(answer(deployment, observation, stage, now), tuple(facts))


def _record(deployment: Deployment, stage: StageSeen, account: Account) -> Deployment:
    now = account.clock.now()
    account.deployments.record_stage(deployment, stage, now)
    return replace(deployment, stages=(*deployment.stages, SeenStage(stage, now)))


def _tell(look: Look, account: Account) -> None:
    for fact in look.facts:
        announce(fact, account)
