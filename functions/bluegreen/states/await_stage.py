"""Sleep until something happens: first note whom to wake, then look whether it happened already."""

from bluegreen.actions.follow import look_and_wake
from bluegreen.aws.account import Account
from bluegreen.deployment.deployment import DeploymentKey, Sleeper
from bluegreen.deployment.next_look import nothing_to_await


def await_stage(key: DeploymentKey, sleeper: Sleeper, account: Account) -> None:
    """Store the sleeper, then look; no event can fall between."""
    deployment = account.deployments.find(key)
    if deployment is None or deployment.update_requested_at is None:
        account.workflow.wake(sleeper.token, nothing_to_await())
        return
    account.deployments.keep_sleeper(deployment, sleeper)
    look_and_wake(deployment, sleeper, account)
