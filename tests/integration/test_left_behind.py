"""What reconcile puts right: a lock, an alarm or an adoption that somebody left half done."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bluegreen.deployment.abort import SILENT
from bluegreen.deployment.ownership import GONE, Execution
from bluegreen.events.reconcile import reconcile
from bluegreen.states.conclude_deployment import conclude_deployment
from bluegreen.states.start_update import start_update
from builders import GREEN, KEY, at, deployment, settled, updating
from scripted_account import BEFORE, scripted_account

PREPARED = replace(
    deployment(update_requested_at=None, previous_config="", last_modified_before=None),
    execution_arn="arn:1",
)


@pytest.fixture
def account() -> Iterator[Any]:
    """The update of a deployment has begun."""
    with scripted_account() as account:
        lock = account.locks.find("churn")
        account.locks.acquire(PREPARED, lock, account.clock.now())
        account.endpoints.script = [BEFORE, updating("Creating", 0)]
        start_update(PREPARED, account)
        yield account


def test_an_endpoint_whose_deployment_timed_out_is_free_once_it_has_come_to_rest(
    account: Any,
) -> None:
    account.clock.time = at(5000 + 1800)
    state: Any = {"Request": PREPARED.request.to_json(), "LockAcquired": True, "Fence": 1}
    ended: Any = conclude_deployment(KEY, "arn:1", state, account)
    assert ended["Verdict"] == "TIMED_OUT"
    account.workflow.executions = {"arn:1": Execution("FAILED")}
    reconcile(account)
    assert account.locks.find("churn").owner is not None
    account.endpoints.script = [settled(GREEN, 7100)]
    reconcile(account)
    assert account.locks.find("churn").owner is None


def test_an_alarm_that_was_left_ringing_at_a_free_endpoint_is_silenced_until_it_is_quiet(
    account: Any,
) -> None:
    account.locks.rings("churn", at(10))
    account.locks.release(KEY, "arn:1")
    account.abort_alarms.ringing = {"churn"}
    for _ in range(2):
        reconcile(account)
    account.abort_alarms.ringing = set()
    for _ in range(2):
        reconcile(account)
    assert account.abort_alarms.published == [("churn", SILENT)] * 3


def test_an_adopter_that_was_never_started_is_started(account: Any) -> None:
    owner = account.locks.find("churn").owner
    assert account.locks.adopt(owner, "arn:adopter", at(60))
    account.workflow.executions = {"arn:1": Execution("FAILED"), "arn:adopter": Execution(GONE)}
    account.clock.time = at(70)
    reconcile(account)
    ((_, document),) = account.workflow.started
    assert (document["Adopt"]["DeploymentId"], document["Adopt"]["Fence"]) == ("deploy-1", 2)
