"""Keeping the series of gates: what is asked for, and what goes wrong stops nothing."""

from dataclasses import replace
from typing import Any

from bluegreen.actions.keep_series import keep_series
from bluegreen.contract.errors import ObservationUnavailable
from bluegreen.deployment.gate import Fleets, Gate
from bluegreen.request.request import Request
from builders import BLUE, CANARY, GREEN, KEY, at, deployment


class Account:
    """An account that notes what it is asked for; `fails` says at which step it fails."""

    def __init__(self, fails: str = "") -> None:
        self.fails = fails
        self.asked: list[Any] = []
        self.kept: list[Any] = []
        self.logged: list[Any] = []
        self.clock = self.gates = self.deployments = self

    def now(self) -> Any:
        return at(2000)

    def read(self, *arguments: Any) -> tuple[Gate, ...]:
        self.asked.append(arguments)
        if self.fails == "read":
            raise ObservationUnavailable("CloudWatch does not answer.")
        return (Gate("churn-5xx", watched=((at(60), 0.5),)),)

    def keep_series(self, key: Any, series: Any) -> None:
        if self.fails == "keep":
            raise ObservationUnavailable("The row is too large.")
        self.kept.append((key, series))

    def log_error(self, phrase: str, **fields: str) -> None:
        self.logged.append((phrase, fields))


def test_the_alarms_of_the_request_are_read_from_15_minutes_before_the_update_on() -> None:
    account: Any = Account()
    keep_series(deployment(update_requested_at=at(42)), account)
    start = at(-15 * 60)
    assert account.asked == [(("churn-5xx",), Fleets("churn", GREEN, BLUE), start, at(2000))]
    ((key, series),) = account.kept
    assert key == KEY
    assert series["StartedAt"] == "2026-01-05T08:45:00.000Z"
    assert series["Gates"] == [{"AlarmName": "churn-5xx", "Watched": [(960, 0.5)]}]


def test_where_nothing_was_updated_or_watched_nothing_is_asked() -> None:
    account: Any = Account()
    keep_series(deployment(update_requested_at=None), account)
    alone = Request("churn", GREEN, replace(CANARY, alarms=()))
    keep_series(deployment(request=alone), account)
    assert (account.asked, account.kept, account.logged) == ([], [], [])


def test_what_goes_wrong_is_logged_and_nothing_else() -> None:
    for fails, words in (
        ("read", "CloudWatch does not answer."),
        ("keep", "The row is too large."),
    ):
        account: Any = Account(fails)
        keep_series(deployment(), account)
        assert account.kept == []
        assert account.logged == [("series not kept", {"error": words})]
