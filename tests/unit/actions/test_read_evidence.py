"""What is asked of CloudWatch at the end of a deployment, and what cannot be read stops nothing."""

from dataclasses import replace
from typing import Any

import pytest

from bluegreen.actions.read_evidence import evidence_on, look_at_alarms, series_of, tripped_in
from bluegreen.aws.evidence import DescribedAlarms
from bluegreen.contract.errors import ObservationUnavailable, RequestRejected
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.evidence import Evidence
from bluegreen.deployment.gate import Fleets, Gate, Span
from bluegreen.deployment.tripped_alarms import AlarmChange, WatchedPeriod
from bluegreen.request.request import Request
from builders import BLUE, CANARY, GREEN, at, deployment, settled

NOT_NOW = ObservationUnavailable("CloudWatch does not answer.")
WATCH = WatchedPeriod(at(320), at(500), being_in_counts=True)


class Account:
    """An account that notes what it is asked for; the alarms' history has one change each."""

    def __init__(self, evidence: Evidence | None = None, *, blind: Exception | None = None) -> None:
        self.answer = evidence or Evidence()
        self.blind = blind
        self.looked: list[Any] = []
        self.spans: list[Any] = []
        self.histories: list[str] = []
        self.logged: list[Any] = []
        self.clock = self.evidence = self.alarms = self

    def now(self) -> Any:
        return at(2000)

    def look(self, alarms: Any) -> DescribedAlarms:
        self.looked.append(alarms)
        if self.blind is not None:
            raise self.blind
        return DescribedAlarms({})

    def read(self, _alarms: Any, _green: Any, _bakes: Any, span: Any, _seen: Any) -> Evidence:
        self.spans.append(span)
        return self.answer

    def history(self, alarm: str, _since: Any) -> list[AlarmChange]:
        self.histories.append(alarm)
        return [AlarmChange(at(400), "ALARM")]

    def log_error(self, phrase: str, **fields: str) -> None:
        self.logged.append((phrase, fields))


def body(state: str, seconds: float) -> dict[str, Any]:
    return {"StateValue": state, "StateUpdatedTimestamp": at(seconds)}


def test_the_gates_are_read_from_15_minutes_before_the_update_on() -> None:
    account: Any = Account()
    running = deployment(update_requested_at=at(42))
    evidence_on(running, settled(GREEN), DescribedAlarms({}), account)
    assert account.spans == [Span(Fleets("churn", GREEN, BLUE), at(-15 * 60), at(2000))]
    series: Any = series_of(running, (Gate("churn-5xx", watched=((at(60), 0.5),)),))
    assert series["StartedAt"] == "2026-01-05T08:45:00.000Z"
    assert series["Gates"] == [{"AlarmName": "churn-5xx", "Watched": [(960, 0.5)]}]


def test_without_alarms_or_an_update_there_are_no_gates() -> None:
    account: Any = Account()
    alone = Request("churn", GREEN, replace(CANARY, alarms=()))
    for each in (deployment(update_requested_at=None), deployment(request=alone)):
        evidence_on(each, settled(GREEN), DescribedAlarms({}), account)
    assert account.spans == [None, None]
    assert series_of(deployment(), None) is None


def test_what_cannot_be_read_is_logged_and_nothing_else() -> None:
    account: Any = Account(Evidence(unread="no datapoints", gates_unread="no series"))
    evidence_on(deployment(), settled(GREEN), DescribedAlarms({}), account)
    assert account.logged == [
        ("datapoints not read", {"error": "no datapoints"}),
        ("series not kept", {"error": "no series"}),
    ]
    blind: Any = Account(blind=NOT_NOW)
    assert look_at_alarms(deployment(), blind, served=True) is None
    assert evidence_on(deployment(), settled(GREEN), None, blind) == Evidence()
    assert blind.logged == [("alarms not read", {"error": "CloudWatch does not answer."})]


def test_where_the_verdict_needs_the_history_an_answer_is_waited_for_and_a_refusal_is_not() -> None:
    waiting: Any = Account(blind=NOT_NOW)
    with pytest.raises(ObservationUnavailable, match="does not answer"):
        look_at_alarms(deployment(), waiting, served=False)
    denied: Any = Account(blind=RequestRejected("You may not look."))
    assert look_at_alarms(deployment(), denied, served=False) is None
    assert denied.logged == [("alarms not read", {"error": "You may not look."})]


def test_the_abort_alarm_is_looked_at_only_where_somebody_aborted() -> None:
    account: Any = Account()
    running = deployment(abort_alarm="ours")
    aborted = replace(running, abort=Abort(at(400), AbortCause.COMMAND))
    look_at_alarms(running, account, served=True)
    look_at_alarms(aborted, account, served=True)
    assert account.looked == [["churn-5xx"], ["churn-5xx", "ours"]]


def test_the_history_is_read_only_of_an_alarm_that_changed_since_the_bakes_began() -> None:
    account: Any = Account()
    before = DescribedAlarms({"churn-5xx": body("OK", 320)})
    assert not tripped_in(WATCH, deployment(), before, account).alarms
    assert account.histories == []
    since = DescribedAlarms({"churn-5xx": body("OK", 321)})
    for seen in (since, DescribedAlarms({"churn-5xx": {"StateValue": "OK"}}), None):
        assert tripped_in(WATCH, deployment(), seen, account).alarms == ("churn-5xx",)
    assert account.histories == ["churn-5xx"] * 3


def test_an_alarm_that_has_been_in_alarm_since_before_the_bakes_has_tripped() -> None:
    account: Any = Account()
    seen = DescribedAlarms({"churn-5xx": body("ALARM", 300)})
    assert tripped_in(WATCH, deployment(), seen, account).alarms == ("churn-5xx",)
    assert account.histories == []
