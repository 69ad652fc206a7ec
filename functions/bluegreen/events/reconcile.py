"""Every five minutes: adopt what nobody concludes, and send what could not be sent.

Events may be lost, and executions may be stopped when nothing else happens. Only the index of what
is open is asked, so an idle month costs a query of an empty index every five minutes.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

from bluegreen.actions.catch_up import catch_up
from bluegreen.actions.pass_on import pass_on
from bluegreen.actions.recover import recover_lock, recover_waiter
from bluegreen.aws.account import Account
from bluegreen.aws.dynamodb.claims import Claim
from bluegreen.aws.dynamodb.open_rows import Open
from bluegreen.contract.errors import BlueGreenError, RecoveryIncomplete
from bluegreen.deployment.abort import SILENT
from bluegreen.deployment.ownership import Execution, Fate, Owner, fate_of
from bluegreen.observability import about, logger
from bluegreen.runtime import new_account

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(_event: object, _context: object) -> None:
    """Look after all that is open."""
    logger.info("reconciled", endpoints=reconcile(account()))


def reconcile(account: Account) -> int:
    """Look after every endpoint and every notification that is open; how many endpoints.

    RecoveryIncomplete, which alarms the operators, if something was left as it is: an execution
    that cannot be seen, or a notification that SNS does not take. One that fails keeps no other
    from being looked after.
    """
    found, problems = account.open_rows.find(), list[str]()
    running: dict[str, Execution] = {}
    if found.owners:
        problems += _trying("the list of what runs", partial(_list, running, account))
    for name in found.endpoints:
        problems += _trying(f"endpoint {name}", partial(_look_after, name, found, running, account))
    for key, claims in found.claims.items():
        what = f"the notifications of deployment {key.deployment_id}"
        problems += _trying(what, partial(_send_what_waits, claims, account))
    if problems:
        raise RecoveryIncomplete(" ".join(problems))
    return len(found.endpoints)


def _list(running: dict[str, Execution], account: Account) -> list[str]:
    """Note what is listed as running, by ARNs. A saving: what is missing is described instead.

    So operators are not told when nothing is listed, for example by a role without the permission.
    """
    listed = account.workflow.running(account.settings.state_machine_arn)
    running |= listed.executions
    if listed.unread:
        account.log_error("executions not listed", error=listed.unread)
    return []


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


def _look_after(
    endpoint_name: str, found: Open, running: Mapping[str, Execution], account: Account
) -> list[str]:
    """Adopt what the endpoint's dead executions held, and pass a free endpoint on.

    Index and list may be behind, so that only the table itself says what is to be done, and only
    DescribeExecution who is dead. One that was listed and has ended is found at the next look,
    unless the event of its end comes first.
    """
    lives = partial(_is_listed, running=running, account=account)
    if _all_live(endpoint_name, found, lives):
        return []
    lock, waiters = account.queue.look(endpoint_name)
    owner = lock.unconcluded_owner
    held = [(owner, recover_lock)] if owner is not None else []
    held += [(waiter.owner, recover_waiter) for waiter in waiters]
    fates = [_recover(owner, recover, account) for owner, recover in held if not lives(owner)]
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


def _is_listed(owner: Owner, running: Mapping[str, Execution], account: Account) -> bool:
    """Whether the execution of an owner is listed as running; not another one of its name."""
    execution = running.get(owner.execution_arn)
    return execution is not None and fate_of(owner, execution, account.clock.now()) is Fate.ALIVE


def _all_live(endpoint_name: str, found: Open, lives: Callable[[Owner], bool]) -> bool:
    """Whether an execution has the endpoint, as nearly always, and it and all that wait run."""
    lock = found.locks.get(endpoint_name)
    owner = lock.unconcluded_owner if lock else None
    others = [waiter.owner for waiter in found.waiting_for(endpoint_name)]
    return owner is not None and all(lives(each) for each in (owner, *others))


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
