"""SageMaker sent an event about an endpoint: look at it if one of our deployments runs there."""

from functools import cache

from bluegreen.actions.follow import look_and_wake, updating
from bluegreen.aws.account import Account
from bluegreen.contract.aws_shapes import EventShape
from bluegreen.observability import about, logger
from bluegreen.request.request import name_in
from bluegreen.runtime import new_account

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: EventShape, _context: object) -> None:
    """Look at the endpoint; the event is trusted for its name only."""
    name = name_in(event.get("detail")) or ""
    logger.info("endpoint event handled", endpoint=name, ours=relay_endpoint_event(name, account()))


def relay_endpoint_event(endpoint_name: str, account: Account) -> bool:
    """Look at the endpoint if one of our deployments runs there; whether one does."""
    key = account.locks.running(endpoint_name) if endpoint_name else None
    deployment = updating(key, account) if key else None
    if deployment is None:
        return False
    with about(deployment.key.deployment_id):
        look_and_wake(deployment, deployment.sleeper, account)
        logger.info("endpoint looked at", endpoint=endpoint_name)
    return True
