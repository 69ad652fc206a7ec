"""AcquireEndpointLock: lock the endpoint for one deployment; busy is an answer, not an error."""

from datetime import datetime, timedelta
from functools import cache
from typing import Final

from bluegreen.actions.abort import ask_to_abort, let_it_look
from bluegreen.actions.follow import is_updating
from bluegreen.actions.recover import recover_lock, recover_waiter
from bluegreen.aws.account import Account
from bluegreen.aws.dynamodb.locks import Lock
from bluegreen.contract.state import FunctionInput, LockAnswer
from bluegreen.contract.times import from_text, to_text
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.next_look import its_turn
from bluegreen.deployment.ownership import Fate, Owner
from bluegreen.deployment.queue import (
    BETWEEN_FOREIGN_LOOKS,
    LONGEST_SLEEP,
    Waiter,
    newest_first,
    seconds_to_wait,
)
from bluegreen.observability import about, logger
from bluegreen.runtime import new_account
from bluegreen.sagemaker.observation import busy_in_words
from bluegreen.states.state_input import deployment_in

BETWEEN_LOOKS_AT_AN_ADOPTION: Final = 15
"""Seconds."""

LONGEST_WAIT_FOR_AN_ADOPTION: Final = timedelta(minutes=5)

NOT_ACQUIRED: Final[LockAnswer] = {
    "LockAcquired": False,
    "Fence": 0,
    "CheckAgain": False,
    "WaitFor": "NOTHING",
}
"""What every answer without the lock begins with: nothing of an earlier answer stays."""

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: FunctionInput, _context: object) -> LockAnswer:
    """Lock the endpoint, or say who is changing it, or wait."""
    state = event["State"]
    with about(event["DeploymentId"]):
        answer = acquire_endpoint_lock(
            deployment_in(event),
            account(),
            checked_again=state.get("CheckAgain", False),
            waits_since=state.get("WaitsSince", ""),
        )
        logger.info("lock requested", acquired=answer["LockAcquired"])
        return answer


def acquire_endpoint_lock(
    deployment: Deployment, account: Account, *, checked_again: bool = False, waits_since: str = ""
) -> LockAnswer:
    """`LockAcquired` with `Fence`, or `BusyReason`, `WaitFor` or `SupersededBy`.

    Our own lock is checked first, then the endpoint's status, because an update by somebody else
    makes the endpoint busy too. Who waited takes the lock, has its policy checked again, and only
    then do the older ones that wait give way.
    """
    name = deployment.key.endpoint_name
    lock, waiters = account.queue.look(name)
    waited = next((each for each in waiters if each.owner.key == deployment.key), None)
    newer = _gave_way_to(deployment, waited, lock)
    if newer:
        return {**NOT_ACQUIRED, "SupersededBy": newer}
    rival = _rival(deployment, waiters, account) if lock.is_free else None
    if lock.is_free and rival is None:
        lock = account.locks.acquire(deployment, lock, account.clock.now())
    if rival is not None:
        if rival.token:  # in case the call that should have woken it was lost
            account.workflow.wake(rival.token, its_turn())
        return _wait_or_reject(deployment, _waits(rival), account)
    if not lock.belongs_to(deployment.key, deployment.execution_arn):
        return _held(deployment, lock, waits_since, account)
    return _taken(deployment, lock, waiters, account, again=bool(waited and not checked_again))


def _gave_way_to(deployment: Deployment, waited: Waiter | None, lock: Lock) -> str:
    """The id of the newer deployment that this one gives way to; empty if there is none."""
    if waited is not None and waited.superseded_by:
        return waited.superseded_by
    approved, newest = deployment.approved_at, lock.newest_approval
    return lock.approved_id if approved and newest and newest > approved else ""


def _rival(deployment: Deployment, waiters: list[Waiter], account: Account) -> Waiter | None:
    """Who waits, lives and goes before this deployment; the dead are adopted on the way."""
    place = (deployment.ordered_at, deployment.key.deployment_id)
    for waiter in newest_first(waiters):
        if waiter.owner.key == deployment.key:
            return None
        if deployment.request.queues and waiter.place < place:
            return None
        if recover_waiter(waiter.owner, account) is not Fate.DEAD:
            return waiter
    return None


def _taken(
    deployment: Deployment, lock: Lock, waiters: list[Waiter], account: Account, *, again: bool
) -> LockAnswer:
    """The lock is ours; whether the endpoint is free, too, decides."""
    key, name = deployment.key, deployment.key.endpoint_name
    observation = account.endpoints.look(name)
    if not observation.settled:
        account.locks.give_back(key, deployment.execution_arn, lock.fence)
        busy = busy_in_words(name, observation.status)
        return _wait_or_reject(deployment, busy, account, foreign=True)
    if again:
        return {"LockAcquired": True, "Fence": lock.fence, "CheckAgain": True}
    if deployment.approved_at:
        account.locks.note_approval(key, lock.fence, deployment.approved_at)
    _let_give_way(deployment, waiters, account)
    return {"LockAcquired": True, "Fence": lock.fence, "CheckAgain": False}


def _let_give_way(deployment: Deployment, waiters: list[Waiter], account: Account) -> None:
    """Whoever waits and is older gives way, now that this deployment has the endpoint.

    It waits no more itself, if it did.
    """
    place = (deployment.ordered_at, deployment.key.deployment_id)
    for waiter in newest_first(waiters):
        if waiter.place < place and waiter.owner.key != deployment.key:
            account.queue.give_way(waiter, deployment.key.deployment_id)
            if waiter.token:
                account.workflow.wake(waiter.token, its_turn())
    if any(waiter.owner.key == deployment.key for waiter in waiters):
        account.queue.leave(deployment.key)


def _held(deployment: Deployment, lock: Lock, waits_since: str, account: Account) -> LockAnswer:
    """Another deployment has the lock; if its execution has ended, it is adopted."""
    owner = lock.owner
    assert owner is not None
    fate = recover_lock(owner, account)
    if deployment.request.on_busy == "SUPERSEDE":
        _supersede(deployment, owner, account)
    orphaned = fate is Fate.DEAD or owner.adopter
    if orphaned and not deployment.request.queues:
        return _wait_for_adoption(deployment, owner, waits_since, account)
    return _wait_or_reject(deployment, _runs(owner), account)


def _supersede(deployment: Deployment, owner: Owner, account: Account) -> None:
    """Ask to abort what runs, and let it look: it rings its alarm in the bake that it sees."""
    reason = f"superseded by {deployment.key.deployment_id}"
    now, by = account.clock.now(), deployment.request.requested_by
    abort = Abort(now, AbortCause.SUPERSEDED, by, reason)
    _, running = ask_to_abort(owner.key, abort, account)
    if running is not None and is_updating(running, account):
        let_it_look(running, account)


def _wait_or_reject(
    deployment: Deployment, busy: str, account: Account, *, foreign: bool = False
) -> LockAnswer:
    """Wait in the queue if the request says so and its time is not over.

    While a `foreign` update runs, nobody would wake it: it looks again and again.
    """
    if not deployment.request.queues:
        return _busy(busy)
    now = account.clock.now()
    waiter = account.queue.join(deployment, deployment.ordered_at, now)
    timeout = timedelta(seconds=deployment.request.queue_timeout_seconds)
    longest = BETWEEN_FOREIGN_LOOKS if foreign else LONGEST_SLEEP
    seconds = seconds_to_wait(waiter.owner.since, timeout, now, longest)
    if not seconds:
        waited = f"The request waited for {timeout.total_seconds():.0f} s, its QueueTimeoutSeconds."
        return _busy(f"{busy} {waited}")
    return _waiting("LOCK" if foreign else "TURN", seconds, waiter.owner.since, busy)


def _wait_for_adoption(
    deployment: Deployment, owner: Owner, waits_since: str, account: Account
) -> LockAnswer:
    """A deployment whose execution ended is being concluded: wait for that, but not for long."""
    now, name = account.clock.now(), deployment.key.endpoint_name
    since = from_text(waits_since) if waits_since else now
    if not account.endpoints.look(name).settled:
        return _busy(
            f"Endpoint {name} is being updated by deployment {owner.key.deployment_id}, whose"
            " execution ended. It is still followed, and will be concluded."
        )
    if now >= since + LONGEST_WAIT_FOR_AN_ADOPTION:
        return _busy(
            f"Deployment {owner.key.deployment_id} of endpoint {name}, whose execution ended, is"
            " still being concluded."
        )
    return _waiting("LOCK", BETWEEN_LOOKS_AT_AN_ADOPTION, since, _runs(owner))


def _waiting(what: str, seconds: int, since: datetime, busy: str) -> LockAnswer:
    return {
        **NOT_ACQUIRED,
        "BusyReason": busy,
        "WaitFor": what,
        "WaitSeconds": [seconds],
        "WaitsSince": to_text(since),
    }


def _busy(reason: str) -> LockAnswer:
    return {**NOT_ACQUIRED, "BusyReason": reason}


def _runs(owner: Owner) -> str:
    deployment = f"Deployment {owner.key.deployment_id} of endpoint {owner.key.endpoint_name}"
    return f"{deployment} is still running."


def _waits(rival: Waiter) -> str:
    key = rival.owner.key
    return f"Deployment {key.deployment_id} waits for endpoint {key.endpoint_name}, and goes first."
