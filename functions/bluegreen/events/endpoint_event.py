"""React to events of endpoints and alarms: events are hints, DescribeEndpoint is the truth."""

from datetime import datetime

from bluegreen.actions.announce import announce
from bluegreen.actions.follow import look_and_wake
from bluegreen.aws.account import Account
from bluegreen.deployment.deployment import Deployment, DeploymentKey
from bluegreen.deployment.notifications import alarm_tripped


def relay_endpoint_event(endpoint_name: str, account: Account) -> bool:
    """Look at the endpoint if a deployment of ours runs there; tell whether one does."""
    key = account.locks.running(endpoint_name)
    deployment = _updating(key, account) if key else None
    if deployment is None:
        return False
    look_and_wake(deployment, deployment.sleeper, account)
    return True


def relay_alarm_event(alarm: str, at: datetime, account: Account) -> int:
    """Tell that an alarm went into ALARM `at` a time, to each deployment that it watches.

    The number of those; an event from before a deployment's update is not about it.
    """
    watched = [_updating(key, account) for key in account.deployments.watched_by(alarm)]
    concerned = [d for d in watched if d and d.update_requested_at and at >= d.update_requested_at]
    for deployment in concerned:
        announce(alarm_tripped(deployment, alarm), account)
        look_and_wake(deployment, deployment.sleeper, account)
    return len(concerned)


def _updating(key: DeploymentKey, account: Account) -> Deployment | None:
    """The deployment if its update was asked for; not for ever, if nobody concludes it."""
    deployment = account.deployments.find(key)
    if deployment is None or deployment.concluded or deployment.update_requested_at is None:
        return None
    return None if deployment.is_overdue(account.clock.now()) else deployment
