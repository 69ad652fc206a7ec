"""AcquireEndpointLock: lock the endpoint for one deployment; busy is an answer, not an error."""

from functools import cache

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.aws.account import Account
from bluegreen.contract.state import FunctionInput, LockAnswer
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.observability import logger
from bluegreen.runtime import new_account
from bluegreen.sagemaker.observation import busy_in_words
from bluegreen.states.state_input import key_in

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: FunctionInput, _context: LambdaContext) -> LockAnswer:
    """Lock the endpoint, or say who is changing it."""
    answer = acquire_endpoint_lock(key_in(event), event["ExecutionArn"], account())
    logger.info("lock requested", acquired=answer["LockAcquired"])
    return answer


def acquire_endpoint_lock(key: DeploymentKey, execution_arn: str, account: Account) -> LockAnswer:
    """`LockAcquired` with `Fence`, or with `BusyReason`.

    Our own lock is checked first, then the endpoint's status, because an update by somebody else
    makes the endpoint busy too.
    """
    lock = account.locks.acquire(key, execution_arn)
    if lock.owner_execution_arn != execution_arn:
        holder = f"Deployment {lock.deployment_id} of endpoint {key.endpoint_name}"
        return _busy(f"{holder} is still running.")
    observation = account.endpoints.look(key.endpoint_name)
    if not observation.settled:
        account.locks.release(key, execution_arn)
        return _busy(busy_in_words(key.endpoint_name, observation.status))
    return {"LockAcquired": True, "Fence": lock.fence}


def _busy(reason: str) -> LockAnswer:
    return {"LockAcquired": False, "BusyReason": reason}
