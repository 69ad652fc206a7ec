"""AwaitTurn: sleep in the queue of a busy endpoint, until it is free or a newer request has it."""

from functools import cache

from bluegreen.aws.account import Account
from bluegreen.contract.state import AwaitStageInput
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.deployment.next_look import its_turn
from bluegreen.deployment.queue import newest_first
from bluegreen.observability import about, logger
from bluegreen.runtime import new_account
from bluegreen.states.state_input import key_in

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: AwaitStageInput, _context: object) -> None:
    """Store the task token, then look at the lock."""
    with about(event["DeploymentId"]):
        await_turn(key_in(event), event["ExecutionArn"], event["TaskToken"], account())
        logger.info("waiting in the queue")


def await_turn(key: DeploymentKey, execution_arn: str, token: str, account: Account) -> None:
    """Store the token, then look; in this order, no release can get lost in between."""
    waiter = account.queue.keep_token(key, execution_arn, token)
    if not waiter.waits or _is_next(key, account):
        account.workflow.wake(token, its_turn())


def _is_next(key: DeploymentKey, account: Account) -> bool:
    """Whether the endpoint is free, and nobody newer waits for it."""
    lock, waiters = account.queue.look(key.endpoint_name)
    queue = newest_first(waiters)
    return lock.is_free and bool(queue) and queue[0].owner.key == key
