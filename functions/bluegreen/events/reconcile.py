"""Every five minutes: adopt what nobody concludes, and send what could not be sent.

Events may be lost, and executions may be stopped when nothing else happens. Only the index of what
is open is asked, so an idle month costs a query of an empty index every five minutes.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.actions.catch_up import catch_up
from bluegreen.actions.pass_on import pass_on
from bluegreen.actions.recover import is_running, recover_lock, recover_waiter
from bluegreen.aws.account import Account
from bluegreen.aws.dynamodb.claims import Claim
from bluegreen.aws.dynamodb.open_rows import Open
from bluegreen.contract.errors import BlueGreenError, RecoveryIncomplete
from bluegreen.deployment.abort import SILENT
from bluegreen.deployment.ownership import Fate, Owner
from bluegreen.observability import about, logger
from bluegreen.runtime import new_account

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(_event: object, _context: LambdaContext) -> None:
    """Look after all that is open."""
    logger.info("reconciled", endpoints=reconcile(account()))


def reconcile(account: Account) -> int:
    """Look after every endpoint and every notification that is open; how many endpoints.

    RecoveryIncomplete, which alarms the operators, if something was left as it is: an execution
    that cannot be seen, or a notification that SNS does not take. One that fails keeps no other
    from being looked after.
    """
    found, problems = account.open_rows.find(), list[str]()
    for name in found.endpoints:
        problems += _trying(f"endpoint {name}", partial(_look_after, name, found, account))
    for key, claims in found.claims.items():
        what = f"the notifications of deployment {key.deployment_id}"
        problems += _trying(what, partial(_send_what_waits, claims, account))
    if problems:
        raise RecoveryIncomplete(" ".join(problems))
    return len(found.endpoints)


def _trying(what: str, look_after: Callable[[], list[str]]) -> list[str]:
    """The problems of one of them, whatever goes wrong: the others do not suffer from it."""
    try:
        return look_after()
    except BlueGreenError as error:
        return [f"Could not look after {what}: {error}"]
    except Exception as error:  # noqa: BLE001 - logged, and told to the operators
        logger.exception("not looked after", what=what)
        return [f"Could not look after {what}: {type(error).__name__}, which the log explains."]


def _send_what_waits(claims: Sequence[Claim], account: Account) -> list[str]:
    id_ = claims[0].notification.deployment_id
    with about(id_):
        unsent = catch_up(claims, account)
    return [f"{unsent} notifications of deployment {id_} could not be sent."] if unsent else []


def _look_after(endpoint_name: str, found: Open, account: Account) -> list[str]:
    """Adopt what the endpoint's dead executions held, and pass a free endpoint on.

    The index may be behind, so that only the table itself says what is to be done.
    """
    if _all_run(endpoint_name, found, account):
        return []
    lock, waiters = account.queue.look(endpoint_name)
    owner = lock.unconcluded_owner
    fates = [_recover(owner, recover_lock, account)] if owner is not None else []
    fates += [_recover(waiter.owner, recover_waiter, account) for waiter in waiters]
    if lock.owner is not None and lock.concluded:
        _free_what_timed_out(endpoint_name, account)
    if lock.owner is None and lock.rings:
        _silence(endpoint_name, account)
    if lock.is_free and waiters:
        pass_on(endpoint_name, account)
    unknown = fates.count(Fate.NOT_KNOWN)
    if not unknown:
        return []
    return [f"Of endpoint {endpoint_name}, {unknown} executions could not be described."]


def _all_run(endpoint_name: str, found: Open, account: Account) -> bool:
    """Whether an execution has the endpoint, as nearly always, and it and all that wait run."""
    lock = found.locks.get(endpoint_name)
    owner = lock.unconcluded_owner if lock else None
    others = [waiter.owner for waiter in found.waiting_for(endpoint_name)]
    return owner is not None and all(is_running(each, account) for each in (owner, *others))


def _recover(owner: Owner, recover: Callable[[Owner, Account], Fate], account: Account) -> Fate:
    with about(owner.key.deployment_id):
        return recover(owner, account)


def _free_what_timed_out(endpoint_name: str, account: Account) -> None:
    """Free an endpoint whose deployment ended TIMED_OUT, once it has come to rest."""
    lock = account.locks.find(endpoint_name)
    owner = lock.owner if lock.concluded else None
    if owner is not None and account.endpoints.look(endpoint_name).settled:
        account.locks.release(owner.key, owner.execution_arn)
        pass_on(endpoint_name, account)


def _silence(endpoint_name: str, account: Account) -> None:
    """Silence the abort alarm of a free endpoint until it is seen to be quiet."""
    account.abort_alarms.publish(endpoint_name, SILENT)
    if not account.abort_alarms.rings(endpoint_name):
        account.locks.is_quiet(endpoint_name)
