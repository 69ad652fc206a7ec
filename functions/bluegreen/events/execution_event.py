"""An execution of the workflow ended: adopt its deployment if it was not concluded."""

from functools import cache

from bluegreen.actions.recover import recover_lock, recover_waiter
from bluegreen.aws.account import Account
from bluegreen.contract.aws_shapes import EventShape
from bluegreen.contract.errors import ObservationUnavailable
from bluegreen.contract.execution_input import target_in
from bluegreen.deployment.ownership import Fate, Owner
from bluegreen.observability import about, logger
from bluegreen.request.request import name_in
from bluegreen.runtime import new_account

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: EventShape, _context: object) -> None:
    """Look at the endpoint's lock and queue; the event is trusted for the two names only."""
    detail = event.get("detail", {})
    name = name_in(target_in(str(detail.get("input", ""))))
    arn = str(detail.get("executionArn", ""))
    found = relay_execution_event(name or "", arn, account())
    logger.info("execution event handled", execution=arn, deployments=found)


def relay_execution_event(endpoint_name: str, execution_arn: str, account: Account) -> int:
    """Adopt what the execution held; how many deployments were looked after.

    Lock or place may have an adopter by now that could not be started any more.

    ObservationUnavailable where it cannot be seen whether the execution has ended, so that Lambda
    tries again in a minute: the reconcile comes only after up to five.
    """
    if not endpoint_name:
        return 0
    fates = list[Fate]()
    lock, waiters = account.queue.look(endpoint_name)
    owner = lock.unconcluded_owner
    if owner is not None and _may_be_left(owner, execution_arn):
        with about(owner.key.deployment_id):
            fates.append(recover_lock(owner, account))
            logger.info("execution left a lock", fate=fates[-1].value)
    for waiter in waiters:
        if _may_be_left(waiter.owner, execution_arn):
            with about(waiter.owner.key.deployment_id):
                fates.append(recover_waiter(waiter.owner, account))
                logger.info("execution left a place", fate=fates[-1].value)
    if Fate.NOT_KNOWN in fates:
        raise ObservationUnavailable(f"It cannot be seen whether {execution_arn} has ended.")
    return len(fates)


def _may_be_left(owner: Owner, execution_arn: str) -> bool:
    """Whether the execution was the owner, or an adopter is, which may have not been started."""
    return owner.adopter or owner.execution_arn == execution_arn
