"""What the operations do for guardrails: on a real table, with a SageMaker that shows a script."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from bluegreen.contract.errors import ObservationUnavailable
from bluegreen.contract.record import DeploymentRecord
from bluegreen.contract.state import State
from bluegreen.deployment.evidence import Bakes, Evidence, GreenFleet, Watch
from bluegreen.deployment.tripped_alarms import AlarmChange, Reading
from bluegreen.events.alarm_event import relay_alarm_event
from bluegreen.sagemaker.observation import Observation
from bluegreen.states.conclude_deployment import conclude_deployment, is_record
from bluegreen.states.start_update import start_update
from builders import BLUE, GREEN, KEY, at, settled, updating
from guarded import ALL, ERRORS, counts, guarded
from scripted_account import BEFORE, scripted_account

PREPARED = guarded(*ALL, update_requested_at=None, previous_config="", last_modified_before=None)
STATE: State = {"Request": PREPARED.request.to_json(), "LockAcquired": True, "Fence": 1}
PLENTY = counts(0, 60, 100)


@pytest.fixture
def account() -> Iterator[Any]:
    with scripted_account() as account:
        yield account


def bakes(account: Any, *then: Observation) -> None:
    """Start the update, and see it bake from 300 s on; then the endpoint shows this."""
    locks = account.locks
    locks.acquire(PREPARED, locks.find("churn"), account.clock.now())
    account.endpoints.script = [BEFORE, updating("Baking", 300, green_current=1)]
    start_update(PREPARED, account)
    account.endpoints.script = list(then)


def conclude(account: Any) -> DeploymentRecord:
    answer = conclude_deployment(KEY, PREPARED.execution_arn, STATE, account)
    assert is_record(answer), answer
    return answer


def saw(account: Any, evidence: Evidence) -> list[tuple[list[str], GreenFleet, Bakes | None]]:
    """Let the evidence be this; what is asked for is kept."""
    asked = []

    def read(alarms: list[str], green: GreenFleet, bakes: Bakes | None) -> Evidence:
        asked.append((alarms, green, bakes))
        return evidence

    account.evidence = SimpleNamespace(read=read)
    return asked


def test_what_guardrails_counted_is_asked_for_and_judged(account: Any) -> None:
    watches = tuple(Watch(each.alarm, "OK", variant="main") for each in ALL)
    counted = {each.alarm: PLENTY for each in ALL}
    asked = saw(account, Evidence(watches, {"main": 6000}, counts=counted))
    bakes(account, settled(GREEN, 1900))
    account.clock.time = at(2000)
    record = conclude(account)
    assert [row["Outcome"] for row in record["Guardrails"]] == ["HEALTHY"] * 3
    ((alarms, green, _),) = asked
    assert tuple(alarms) == tuple(each.alarm for each in ALL)
    assert green.guardrails == ALL
    assert account.told[-1].severity == "INFO"
    assert "Its 3 guardrails held" in account.told[-1].message


@pytest.mark.parametrize("asynchronous", [False, True])
def test_what_cannot_be_read_is_a_doubt_and_keeps_no_verdict_waiting(
    account: Any, asynchronous: bool
) -> None:
    def read(*_: object) -> Evidence:
        raise ObservationUnavailable("throttled")

    account.evidence = SimpleNamespace(read=read)
    bakes(account, settled(GREEN, 1900, asynchronous=asynchronous))
    account.clock.time = at(2000)
    record = conclude(account)
    assert [row["Outcome"] for row in record["Guardrails"]] == ["NOT_ENOUGH_DATA"] * 3
    assert record["Verdict"] == "SUCCEEDED"
    assert account.told[-1].severity == "WARNING"


def test_a_guardrail_that_tripped_is_told_once_with_what_its_alarm_saw(account: Any) -> None:
    change = AlarmChange(at(500), "ALARM", Reading((0.213,), 0.025))
    account.alarms.shown = lambda _name, _since: [change]
    account.alarms.history = lambda name, _since: [change] if name == ERRORS.alarm else []
    bakes(account, updating("Baking", 300, green_current=1), settled(BLUE, 520))
    account.clock.time = at(505)
    assert relay_alarm_event(ERRORS.alarm, at(500), account) == 1
    account.clock.time = at(1000)
    record = conclude(account)
    assert record["TrippedAlarms"] == [ERRORS.alarm]
    assert record["Guardrails"][0]["Outcome"] == "TRIPPED"
    told = [fact.message for fact in account.told if fact.event == "ALARM_TRIPPED"]
    assert len(told) == 1
    assert told[0] == (
        '5XX of variant "main": 21.3 % of green\'s requests, at most 2.5 % were allowed (blue:'
        f' up to 0.5 %). Its alarm "{ERRORS.alarm}" went into ALARM.'
    )


def test_after_the_end_no_alarm_of_a_guardrail_finds_the_deployment(account: Any) -> None:
    bakes(account, settled(GREEN, 1900))
    assert all(account.deployments.watched_by(each.alarm) == [KEY] for each in ALL)
    account.clock.time = at(2000)
    conclude(account)
    assert not any(account.deployments.watched_by(each.alarm) for each in ALL)
