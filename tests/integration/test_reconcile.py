"""What runs is listed once for all that is open: a saving, which decides nothing about the dead."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from bluegreen.aws.step_functions import Listed
from bluegreen.contract.errors import ObservationUnavailable, RecoveryIncomplete
from bluegreen.deployment.deployment import Deployment, DeploymentKey
from bluegreen.deployment.next_look import its_turn
from bluegreen.deployment.ownership import GONE, RUNNING, STOPPED, UNKNOWN, Execution, Owner
from bluegreen.events.reconcile import reconcile
from builders import at, deployment
from scripted_account import scripted_account

ENDPOINTS: Final = tuple(f"e{number:02}" for number in range(20))
OF_A_FORMER_STACK: Final = "arn:aws:states:eu-central-1:123456789012:execution:former:d1"


@pytest.fixture
def account() -> Iterator[Any]:
    with scripted_account() as account:
        account.clock.time = at(300)
        yield account


def arn(name: str) -> str:
    return f"arn:aws:states:eu-central-1:123456789012:execution:d:{name}"


def asked_for(endpoint: str, name: str = "", seconds: float = 0) -> Deployment:
    """A deployment of an endpoint before its update, so many seconds after the start."""
    id_ = name or f"deploy-{endpoint}"
    return deployment(
        key=DeploymentKey(endpoint, id_, at(seconds)),
        execution_arn=arn(id_),
        update_requested_at=None,
        previous_config="",
        last_modified_before=None,
    )


def acquire(account: Any, wanted: Deployment) -> Owner:
    seen = account.locks.find(wanted.key.endpoint_name)
    owner: Owner = account.locks.acquire(wanted, seen, at(0)).owner
    return owner


def listing(*owners: Owner | Deployment, unread: str = "") -> Listed:
    """They all run since the start that their deployments have."""
    runs = {one.execution_arn: Execution(RUNNING, one.key.started_at) for one in owners}
    return Listed(runs, unread)


def unavailable(*_: Any) -> None:
    raise ObservationUnavailable("Try again.")


def adopted(account: Any) -> list[str]:
    return [document["Adopt"]["DeploymentId"] for _, document in account.workflow.started]


# ---- What a look costs -------------------------------------------------------------------------


def test_of_many_that_run_one_list_is_read_and_nothing_else(account: Any) -> None:
    owners = [acquire(account, asked_for(name)) for name in ENDPOINTS]
    waits = asked_for("e00", "waits", 5)
    account.queue.join(waits, at(5), at(5))
    account.workflow.listed = listing(*owners, waits)
    account.locks.find = account.queue.look = unavailable
    assert reconcile(account) == len(ENDPOINTS)
    assert (account.workflow.lists, account.workflow.looked) == (1, [])


def test_where_no_execution_is_to_run_nothing_is_listed(account: Any) -> None:
    """Nothing is open; or only an abort alarm, which rings for an endpoint that is free again."""
    assert reconcile(account) == 0
    owner = acquire(account, asked_for("churn"))
    account.locks.rings("churn", at(100))
    account.locks.release(owner.key, owner.execution_arn)
    assert reconcile(account) == 1
    assert (account.workflow.lists, account.abort_alarms.published) == (0, [("churn", 0)])


@pytest.mark.parametrize("unread", ["", "Rate exceeded", "not authorized"])
def test_each_that_is_not_listed_is_described_once_and_nobody_is_told(
    account: Any, unread: str
) -> None:
    owners = [acquire(account, asked_for(name)) for name in ENDPOINTS]
    account.workflow.listed = listing(*owners[:15], unread=unread)
    assert reconcile(account) == len(ENDPOINTS)
    assert (account.workflow.lists, account.workflow.looked) == (
        1,
        [owner.execution_arn for owner in owners[15:]],
    )
    assert account.logged == ([("executions not listed", {"error": unread})] if unread else [])
    assert adopted(account) == []


def test_a_list_that_nobody_can_read_keeps_nothing_from_being_looked_after(account: Any) -> None:
    """An answer without its executions, say. Operators hear of it, when all the rest is done."""
    owners = [acquire(account, asked_for(name)) for name in ENDPOINTS]
    account.workflow.executions = {owners[0].execution_arn: Execution(STOPPED, at(0))}
    answer: dict[str, Listed] = {}
    account.workflow.running = lambda _machine: answer["executions"]
    with pytest.raises(RecoveryIncomplete, match="the list of what runs: KeyError"):
        reconcile(account)
    assert account.workflow.looked == [owner.execution_arn for owner in owners]
    assert adopted(account) == [owners[0].key.deployment_id]


def test_operators_hear_of_those_alone_that_are_neither_listed_nor_described(
    account: Any,
) -> None:
    owners = [acquire(account, asked_for(name)) for name in ENDPOINTS]
    account.workflow.executions = {owner.execution_arn: Execution(UNKNOWN) for owner in owners}
    account.workflow.listed = listing(*owners)
    assert reconcile(account) == len(ENDPOINTS)
    account.workflow.listed = listing(*owners[1:], unread="Rate exceeded")
    with pytest.raises(RecoveryIncomplete) as told:
        reconcile(account)
    assert str(told.value) == "Of endpoint e00, 1 executions could not be described."
    assert adopted(account) == []


# ---- Who is dead -------------------------------------------------------------------------------


def test_one_that_ended_and_is_still_listed_is_adopted_when_it_is_not_any_more(
    account: Any,
) -> None:
    owner = acquire(account, asked_for("churn"))
    account.workflow.executions = {owner.execution_arn: Execution(STOPPED)}
    account.workflow.listed = listing(owner)
    reconcile(account)
    assert (account.workflow.looked, adopted(account)) == ([], [])
    account.workflow.listed = Listed({})
    reconcile(account)
    assert adopted(account) == ["deploy-churn"]


@pytest.mark.parametrize("wrong_by", [timedelta(milliseconds=1), timedelta(milliseconds=999)])
def test_clocks_that_differ_by_less_than_a_second_tell_of_one_start(
    account: Any, wrong_by: timedelta
) -> None:
    owner = acquire(account, asked_for("churn"))
    runs = Execution(RUNNING, owner.key.started_at + wrong_by)
    account.workflow.listed = Listed({owner.execution_arn: runs})
    reconcile(account)
    assert account.workflow.looked == []


def test_one_of_its_name_with_another_start_says_nothing_until_it_is_described(
    account: Any,
) -> None:
    owner = acquire(account, asked_for("churn"))
    other = Execution(RUNNING, owner.key.started_at + timedelta(days=91))
    account.workflow.listed = Listed({owner.execution_arn: other})
    account.workflow.executions = {owner.execution_arn: Execution(UNKNOWN)}
    with pytest.raises(RecoveryIncomplete):
        reconcile(account)
    assert adopted(account) == []
    account.workflow.executions = {owner.execution_arn: other}
    reconcile(account)
    assert adopted(account) == ["deploy-churn"]


def test_an_adopter_runs_since_another_time_than_its_deployment_and_is_not_described(
    account: Any,
) -> None:
    owner = acquire(account, asked_for("churn"))
    assert account.locks.adopt(owner, arn("adopts"), at(200))
    account.workflow.listed = Listed({arn("adopts"): Execution(RUNNING, at(200))})
    reconcile(account)
    assert (account.workflow.looked, adopted(account)) == ([], [])


def test_an_adopter_that_nobody_started_is_not_listed_and_is_started(account: Any) -> None:
    owner = acquire(account, asked_for("churn"))
    assert account.locks.adopt(owner, arn("adopts"), at(200))
    account.workflow.executions = {arn("adopts"): Execution(GONE)}
    reconcile(account)
    assert adopted(account) == ["deploy-churn"]


def test_the_execution_of_a_former_stacks_machine_is_not_listed_and_is_described(
    account: Any,
) -> None:
    wanted = asked_for("churn")
    owner = acquire(account, replace(wanted, execution_arn=OF_A_FORMER_STACK))
    account.workflow.listed = listing(wanted)
    reconcile(account)
    assert account.workflow.looked == [owner.execution_arn] == [OF_A_FORMER_STACK]


def test_who_waits_for_a_free_endpoint_and_is_listed_is_woken_without_being_described(
    account: Any,
) -> None:
    waits = asked_for("churn", "waits", 5)
    account.queue.join(waits, at(5), at(5))
    account.queue.keep_token(waits.key, waits.execution_arn, "token")
    account.workflow.listed = listing(waits)
    reconcile(account)
    assert account.workflow.looked == []
    assert account.workflow.woken == [("token", its_turn())]
