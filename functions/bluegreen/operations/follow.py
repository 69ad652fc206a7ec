"""Look at the endpoint of a running deployment: write the stage down, tell it, wake who sleeps."""

from dataclasses import replace

from bluegreen.adapters.account import Account
from bluegreen.adapters.deployments import Sleeper
from bluegreen.domain.deployment import Deployment, SeenStage
from bluegreen.domain.notification import stage_changed, started
from bluegreen.domain.observation import Observation, StageSeen, stage_of
from bluegreen.domain.waiting import Answer, answer, is_progress
from bluegreen.operations.announce import announce


def follow(deployment: Deployment, observation: Observation, account: Account) -> Answer:
    """What an observation means: its facts are told, its stage is recorded, both once."""
    now = account.clock.now()
    if deployment.has_begun(observation) and not deployment.stages:
        announce(started(deployment), account)
    seen = [stage.seen for stage in deployment.stages]
    stage = stage_of(observation, deployment.steps, seen, now)
    if stage:
        deployment = _record(deployment, stage, account)
    return answer(deployment, observation, stage, now)


def _record(deployment: Deployment, stage: StageSeen, account: Account) -> Deployment:
    now = account.clock.now()
    if account.deployments.record_stage(deployment, stage, now):
        announce(stage_changed(deployment, stage), account)
    return replace(deployment, stages=(*deployment.stages, SeenStage(stage, now)))


def look_and_wake(deployment: Deployment, sleeper: Sleeper | None, account: Account) -> Answer:
    """Look now, and wake the sleeper if what is seen is progress to it."""
    observation = account.endpoints.look(deployment.key.endpoint_name)
    new = follow(deployment, observation, account)
    if sleeper and is_progress(sleeper.asleep_on, new):
        account.workflow.wake(sleeper.token, new)
    return new
