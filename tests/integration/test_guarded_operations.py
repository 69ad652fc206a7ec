"""What the operations do for guardrails: on a real table, with a SageMaker that shows a script."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from bluegreen.aws.evidence import DescribedAlarms
from bluegreen.contract.errors import ObservationUnavailable
from bluegreen.contract.record import DeploymentRecord
from bluegreen.contract.state import State
from bluegreen.deployment.deployment import Deployment, Sleeper
from bluegreen.deployment.evidence import Bakes, Evidence, GreenFleet, Watch
from bluegreen.deployment.tripped_alarms import AlarmChange, Reading
from bluegreen.events.alarm_event import relay_alarm_event
from bluegreen.sagemaker.observation import Observation
from bluegreen.states.await_stage import await_stage
from bluegreen.states.conclude_deployment import conclude_deployment, is_record
from bluegreen.states.start_update import start_update
from builders import BLUE, GREEN, KEY, at, settled, updating
from guarded_deployments import ALL, ERRORS, counts, guarded
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

    def read(alarms: list[str], green: GreenFleet, bakes: Bakes | None, *_: object) -> Evidence:
        asked.append((alarms, green, bakes))
        return evidence

    account.evidence = SimpleNamespace(look=lambda _alarms: DescribedAlarms({}), read=read)
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
    def look(_alarms: object) -> DescribedAlarms:
        raise ObservationUnavailable("throttled")

    account.evidence = SimpleNamespace(look=look)
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


# ---- Too little data, and NotEnoughData is ABORT ---------------------------------------------

ABORTING = guarded(
    *ALL,
    not_enough_data="ABORT",
    update_requested_at=None,
    previous_config="",
    last_modified_before=None,
)
BAKES = updating("Baking", 300, green_current=1)


@dataclass
class Counting:
    """CloudWatch's counts as a test sets them; or it does not answer."""

    evidence: Evidence
    unavailable: str = ""
    asked: list[Bakes] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)

    def read(self, alarms: list[str], _green: GreenFleet, bakes: None) -> Evidence:
        assert bakes is None
        if self.unavailable:
            raise ObservationUnavailable(self.unavailable)
        return Evidence(tuple(Watch(name, self.states.get(name, "OK")) for name in alarms))

    def count(self, green: GreenFleet, bakes: Bakes) -> Evidence:
        assert green.guardrails == ALL
        self.asked.append(bakes)
        if self.unavailable:
            raise ObservationUnavailable(self.unavailable)
        return self.evidence


def counted(green: float) -> Evidence:
    return Evidence(counts={each.alarm: counts(300, 4, green) for each in ALL})


def abortable(account: Any, evidence: Evidence, deployment: Deployment = ABORTING) -> Counting:
    """A deployment that bakes from 300 to 900 s, with an abort alarm."""
    account.settings.makes_abort_alarms = True
    account.evidence = Counting(evidence)
    locks = account.locks
    locks.acquire(deployment, locks.find("churn"), account.clock.now())
    account.endpoints.script = [BEFORE, BAKES]
    start_update(deployment, account)
    account.abort_alarms.published.clear()  # it was silenced first
    counting: Counting = account.evidence
    return counting


def awaits(account: Any, seconds: float, deployment: Deployment = ABORTING) -> None:
    account.clock.time = at(seconds)
    sleeper = Sleeper("token", {"Stage": "BAKING", "StartedAt": "2026-01-05T09:05:00.000Z"})
    await_stage(KEY, deployment.execution_arn, 1, sleeper, account)


def told(account: Any) -> list[str]:
    return [fact.event for fact in account.told if fact.event == "DEPLOYMENT_ABORTED"]


def test_too_little_data_aborts_and_rings_at_once_in_the_last_four_minutes(account: Any) -> None:
    counting = abortable(account, counted(1))
    for seconds in (301, 659):
        awaits(account, seconds)
    assert (counting.asked, told(account), account.abort_alarms.published) == ([], [], [])
    awaits(account, 660)
    assert counting.asked == [Bakes(at(300), at(660))]
    assert told(account) == ["DEPLOYMENT_ABORTED"]
    assert account.abort_alarms.published == [("churn", 1.0)]
    assert account.deployments.find(KEY).abort.cause == "NOT_ENOUGH_DATA"
    awaits(account, 700)  # it is judged once
    assert len(counting.asked) == 1
    assert told(account) == ["DEPLOYMENT_ABORTED"]


def test_its_verdict_is_that_of_an_abort(account: Any) -> None:
    abortable(account, counted(1))
    awaits(account, 660)
    account.endpoints.script = [settled(BLUE, 800)]
    account.alarms.history = lambda name, _since: (
        [AlarmChange(at(700), "ALARM")] if name == "bluegreen-abort-churn" else []
    )
    saw(account, Evidence(()))
    account.clock.time = at(1000)
    record = conclude(account)
    assert (record["Verdict"], record["Trigger"]) == ("ROLLED_BACK", "ABORT")
    assert "too little data would have judged it: 5XX of variant" in record["Reason"]
    assert record["Reason"].endswith("Endpoint churn serves churn-blue again.")


def test_enough_data_goes_on(account: Any) -> None:
    counting = abortable(account, counted(100))
    awaits(account, 660)
    assert len(counting.asked) == 1
    assert (told(account), account.abort_alarms.published) == ([], [])


def test_without_abort_nobody_counts_while_it_bakes(account: Any) -> None:
    counting = abortable(account, counted(1), PREPARED)
    awaits(account, 660, PREPARED)
    assert (counting.asked, told(account)) == ([], [])


def test_a_bake_that_is_over_is_not_judged(account: Any) -> None:
    counting = abortable(account, counted(1))
    awaits(account, 301)
    account.endpoints.script = [updating("Deleting", 850)]
    awaits(account, 860)
    assert counting.asked == []


def test_what_cloudwatch_refuses_is_not_known_and_never_counted_as_enough(account: Any) -> None:
    abortable(account, Evidence(unread="AWS denied access"))
    awaits(account, 660)
    assert told(account) == ["DEPLOYMENT_ABORTED"]
    assert "CloudWatch says: AWS denied access" in account.deployments.find(KEY).abort.reason
    assert account.logged[-1] == ("guardrails not counted", {"error": "AWS denied access"})


def test_a_cloudwatch_that_does_not_answer_is_asked_again_and_aborts_nothing(account: Any) -> None:
    counting = abortable(account, counted(1))
    counting.unavailable = "throttled"
    with pytest.raises(ObservationUnavailable):
        awaits(account, 660)
    assert told(account) == []
    counting.unavailable = ""
    awaits(account, 670)
    assert told(account) == ["DEPLOYMENT_ABORTED"]


def test_an_alarm_that_cannot_be_rung_is_tried_again_soon(account: Any) -> None:
    abortable(account, counted(1))
    account.abort_alarms.deaf = True
    awaits(account, 660)
    token, answer = account.workflow.woken[-1]
    assert (token, answer["Observation"]) == ("token", {})  # so that it looks again at once
    account.abort_alarms.deaf = False
    awaits(account, 662)
    assert account.abort_alarms.published == [("churn", 1.0)]


# ---- An alarm that judges nothing ------------------------------------------------------------


def blind(account: Any) -> list[str]:
    return [fact.details["AlarmName"] for fact in account.told if fact.event == "GUARDRAIL_BLIND"]


def test_an_alarm_that_still_judges_nothing_late_in_the_first_bake_is_told_once(
    account: Any,
) -> None:
    counting = abortable(account, counted(100))
    counting.states = {ERRORS.alarm: "INSUFFICIENT_DATA"}
    for seconds, told_of in ((301, []), (599, []), (660, [ERRORS.alarm]), (700, [ERRORS.alarm])):
        awaits(account, seconds)
        assert blind(account) == told_of
    (told,) = [fact for fact in account.told if fact.event == "GUARDRAIL_BLIND"]
    assert told.severity == "WARNING"
    assert told.message.startswith('Nothing judges 5XX of variant "main": its alarm')


def test_an_alarm_that_judges_or_is_not_there_is_not_told_of(account: Any) -> None:
    counting = abortable(account, counted(100))
    counting.states = {ERRORS.alarm: ""}
    awaits(account, 660)
    assert blind(account) == []


def test_alarms_that_cannot_be_looked_at_stop_nothing(account: Any) -> None:
    counting = abortable(account, counted(100), PREPARED)
    counting.unavailable = "denied"
    awaits(account, 660, PREPARED)
    assert blind(account) == []
    assert ("guardrails not looked at", {"error": "denied"}) in account.logged
