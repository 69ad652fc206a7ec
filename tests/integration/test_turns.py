"""Whose turn it is at a free endpoint: the newest that lives, for which the older ones give way."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bluegreen.deployment.deployment import Deployment, DeploymentKey
from bluegreen.deployment.next_look import its_turn
from bluegreen.deployment.ownership import Execution
from bluegreen.states.acquire_endpoint_lock import acquire_endpoint_lock
from builders import at, deployment
from scripted_account import scripted_account


@pytest.fixture
def account() -> Iterator[Any]:
    with scripted_account() as account:
        account.clock.time = at(1000)
        yield account


def queueing(number: int) -> Deployment:
    """A deployment that waits for its turn; the higher its number, the newer it is."""
    given = deployment(update_requested_at=None, previous_config="", last_modified_before=None)
    return replace(
        given,
        key=DeploymentKey("churn", f"deploy-{number}", at(number)),
        execution_arn=f"arn:{number}",
        request=replace(given.request, on_busy="QUEUE"),
    )


def waits(account: Any, waiting: Deployment) -> None:
    """It has its place, and sleeps."""
    account.queue.join(waiting, waiting.ordered_at, account.clock.now())
    name = waiting.key.deployment_id
    account.queue.keep_token(waiting.key, waiting.execution_arn, f"token of {name}")


def test_the_older_ones_give_way_to_who_takes_the_endpoint_and_are_woken(account: Any) -> None:
    one, two, three = (queueing(number) for number in (1, 2, 3))
    waits(account, one)
    waits(account, two)
    assert acquire_endpoint_lock(three, account)["LockAcquired"] is True
    assert account.workflow.woken == [
        ("token of deploy-2", its_turn()),
        ("token of deploy-1", its_turn()),
    ]
    for older in (one, two):
        assert acquire_endpoint_lock(older, account)["SupersededBy"] == "deploy-3"


def test_who_is_older_waits_and_wakes_the_one_that_goes_first(account: Any) -> None:
    one, two = queueing(1), queueing(2)
    waits(account, two)
    answer = acquire_endpoint_lock(one, account)
    assert (answer["LockAcquired"], answer["WaitFor"]) == (False, "TURN")
    assert answer["BusyReason"] == "Deployment deploy-2 waits for endpoint churn, and goes first."
    assert account.workflow.woken == [("token of deploy-2", its_turn())]


def test_who_waits_and_is_dead_is_adopted_and_goes_before_nobody(account: Any) -> None:
    one, two = queueing(1), queueing(2)
    waits(account, two)
    account.workflow.executions = {"arn:2": Execution("FAILED")}
    assert acquire_endpoint_lock(one, account)["LockAcquired"] is True
    ((_, document),) = account.workflow.started
    assert document["Adopt"]["DeploymentId"] == "deploy-2"
    assert account.locks.running("churn") == one.key


def test_who_waits_and_cannot_be_seen_goes_first(account: Any) -> None:
    one, two = queueing(1), queueing(2)
    waits(account, two)
    account.workflow.executions = {"arn:2": Execution("UNKNOWN")}
    assert acquire_endpoint_lock(one, account)["LockAcquired"] is False
    assert account.workflow.started == []
