"""Adopt a deployment whose execution ended without concluding it: the one way, for all who find it.

Whoever wins the write of the new fence starts the adopter, which follows the endpoint and concludes
the deployment under its own id. An owner whose state is not known is never replaced.
"""

from collections.abc import Callable
from datetime import datetime

from bluegreen.actions.abort import ask_to_abort
from bluegreen.aws.account import Account
from bluegreen.aws.step_functions import execution_arn
from bluegreen.contract.times import to_text
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.deployment.ownership import (
    GONE,
    Execution,
    Fate,
    Owner,
    adopter_name,
    fate_of,
)


def recover_lock(owner: Owner, account: Account) -> Fate:
    """Adopt the deployment that holds a lock if its owner is dead; what is known of the owner."""
    return _recover(owner, account.locks.adopt, account)


def recover_waiter(owner: Owner, account: Account) -> Fate:
    """Adopt a deployment that waits for its endpoint if its owner is dead; likewise."""
    return _recover(owner, account.queue.adopt, account)


def _recover(owner: Owner, adopt: Callable[[Owner, str, datetime], bool], account: Account) -> Fate:
    execution, now = account.workflow.look(owner.execution_arn), account.clock.now()
    fate = fate_of(owner, execution, now)
    if fate is Fate.NOT_KNOWN:
        id_, arn = owner.key.deployment_id, owner.execution_arn
        account.log_error("execution not seen", execution=arn, deployment_id=id_)
    if fate is Fate.DEAD:
        _abort_what_was_stopped(owner, execution, account)
        if adopt(owner, _adopter_arn(owner, account), now):
            _start_adopter(owner.key, owner.fence + 1, account)
    elif owner.adopter and execution.status == GONE:
        _start_adopter(owner.key, owner.fence, account)  # who adopted died before it started it
    return fate


def _abort_what_was_stopped(owner: Owner, execution: Execution, account: Account) -> None:
    """Who stops the execution of a deployment wants the deployment stopped."""
    if execution.was_stopped:
        abort = Abort(account.clock.now(), AbortCause.STOPPED)
        ask_to_abort(owner.key, abort, account)


def _adopter_arn(owner: Owner, account: Account) -> str:
    name = adopter_name(owner.key, owner.fence + 1)
    return execution_arn(account.settings.state_machine_arn, name)


def _start_adopter(key: DeploymentKey, fence: int, account: Account) -> None:
    """Start it, however often: for Step Functions the same name with the same input is one start.

    API, StartExecution: "idempotent" for standard workflows.
    """
    account.workflow.start(
        account.settings.state_machine_arn,
        adopter_name(key, fence),
        {
            "Adopt": {
                "EndpointName": key.endpoint_name,
                "DeploymentId": key.deployment_id,
                "StartedAt": to_text(key.started_at),
                "Fence": fence,
            }
        },
    )
