"""The live view, line by line."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from bluegreen_cli.show.live import LiveView
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.inputs.scenario import Scenario
from bluegreen_simulator.run.simulation import Outcome

START = datetime(2026, 1, 5, 9, 5, tzinfo=UTC)
SHIFTING: dict[str, Any] = {
    "stage": "SHIFTING",
    "status": "Updating",
    "traffic_percent": 0,
    "blue_instances": 4,
    "green_instances": 4,
    "detail": "Activating traffic on canary capacity of 1 instance(s).",
}
ALARM: dict[str, Any] = {
    "name": "churn-5xx",
    "old": "OK",
    "new": "ALARM",
    "reason": "Threshold Crossed: 2 out.",
}
TOLD: dict[str, Any] = {
    "attributes": {"Severity": "WARNING"},
    "body": {"Event": "ALARM_TRIPPED", "Message": 'The alarm "churn-5xx" went into ALARM.'},
}
DIED = {
    "function": "bluegreen-StartUpdateFunction-AU581Z86447C",
    "error": "Runtime.ExitError",
    "message": "exited",
}
RECORD = {
    "Verdict": "ROLLED_BACK",
    "Trigger": "ALARM",
    "Reason": "The alarm tripped.",
    "StartedAt": "2026-01-05T09:05:00.000Z",
    "EndedAt": "2026-01-05T10:12:46.000Z",
}


class Screen:
    """A view and what it printed: to a pipe, or to a terminal that is so wide."""

    def __init__(self, width: int = 0, *, quiet: bool = False) -> None:
        self._stream = io.StringIO()
        terminal = bool(width)
        console = Console(
            file=self._stream,
            width=width or 100,
            force_terminal=terminal,
            color_system=None,
            highlight=False,
        )
        self.view = LiveView(console, quiet=quiet)

    def show(self, kind: str, data: dict[str, Any], seconds: float = 0) -> None:
        self.view.show(Entry(START + timedelta(seconds=seconds), kind, data), START)

    @property
    def text(self) -> str:
        return self._stream.getvalue()


def shown(kind: str, data: dict[str, Any], seconds: float = 0, width: int = 0) -> str:
    screen = Screen(width)
    screen.show(kind, data, seconds)
    return screen.text


def outcome(record: Any, *misses: str) -> Outcome:
    journal = [Entry(START, kind, {}) for kind in ("state_entered", "state_entered")]
    return Outcome(record, [], journal, [], START, 3.62, list(misses))


def test_an_endpoint_in_a_stage_is_shown_with_its_share_and_its_fleets() -> None:
    assert shown("endpoint", SHIFTING, 300) == (
        "  0:05:00  SHIFTING     ░░░░░░░░░░░░░░░░░░░░   0 % green  4 blue + 4 green"
        "  Activating traffic on canary capacity of 1 instance(s).\n"
    )


def test_a_settled_endpoint_has_nothing_to_say() -> None:
    data = {**SHIFTING, "stage": "SETTLED", "traffic_percent": 100, "detail": ""}
    assert shown("endpoint", data, 3725) == (
        "  1:02:05  SETTLED      ████████████████████ 100 % green  4 blue + 4 green\n"
    )


def test_an_alarm_is_shown_with_both_states_and_the_reason() -> None:
    assert shown("alarm", ALARM, 425) == (
        "  0:07:05  alarm        churn-5xx OK → ALARM  Threshold Crossed: 2 out.\n"
    )


def test_a_notification_is_shown_with_its_words_first() -> None:
    assert shown("notification", TOLD, 426) == (
        '  0:07:06  notification The alarm "churn-5xx" went into ALARM.  ALARM_TRIPPED\n'
    )


def test_a_function_that_fails_is_shown_and_one_that_works_is_not() -> None:
    assert shown("lambda_invoked", DIED, 1) == (
        "  0:00:01  lambda       StartUpdate failed: Runtime.ExitError: exited\n"
    )
    other = {**DIED, "function": "other"}
    assert "  other failed: Runtime.ExitError" in shown("lambda_invoked", other)
    assert shown("lambda_invoked", {**DIED, "error": None, "message": None}) == ""


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("state_entered", {"state": "AwaitStage"}),
        ("api_call", {"operation": "DescribeEndpoint"}),
        ("notification", {"attributes": {}, "body": {}}),
    ],
)
def test_what_people_do_not_care_for_is_not_shown(kind: str, data: dict[str, Any]) -> None:
    assert shown(kind, data) == ""


@pytest.mark.parametrize(
    ("percent", "filled"), [(0, 0), (2, 0), (3, 1), (25, 5), (33, 7), (98, 20), (100, 20)]
)
def test_the_bar_has_twenty_columns_of_which_greens_share_is_filled(
    percent: int, filled: int
) -> None:
    line = shown("endpoint", {**SHIFTING, "traffic_percent": percent})
    assert line[24:44] == "█" * filled + "░" * (20 - filled)


def test_the_same_line_is_shown_once_and_again_after_another_one() -> None:
    screen = Screen()
    for kind, data in [("alarm", ALARM), ("alarm", ALARM), ("notification", TOLD)]:
        screen.show(kind, data)
    screen.show("alarm", ALARM)
    assert [line[11:18] for line in screen.text.splitlines()] == ["alarm  ", "notific", "alarm  "]


def test_what_sagemaker_says_is_shown_once() -> None:
    screen = Screen()
    for percent in (25, 0):
        screen.show("endpoint", {**SHIFTING, "traffic_percent": percent, "detail": "Back."})
    assert [line.endswith("Back.") for line in screen.text.splitlines()] == [True, False]


def test_a_line_is_cut_in_a_terminal() -> None:
    assert shown("endpoint", SHIFTING, 300, width=100) == (
        "  0:05:00  SHIFTING     ░░░░░░░░░░░░░░░░░░░░   0 % green  4 blue + 4 green"
        "  Activating traffic on c…\n"
    )
    assert shown("alarm", ALARM, width=50) == (
        "  0:00:00  alarm        churn-5xx OK → ALARM  Thr…\n"
    )


def test_what_sagemaker_says_is_left_out_where_a_terminal_has_no_room_for_it() -> None:
    assert shown("endpoint", SHIFTING, 300, width=80) == (
        "  0:05:00  SHIFTING     ░░░░░░░░░░░░░░░░░░░░   0 % green  4 blue + 4 green\n"
    )


def test_the_end_tells_verdict_reason_cost_and_misses() -> None:
    screen = Screen()
    screen.view.end(outcome(RECORD, "Verdict: expected SUCCEEDED, got ROLLED_BACK"))
    assert screen.text == (
        "ROLLED_BACK (ALARM)\n"
        "The alarm tripped.\n"
        "1:07:46 of virtual time in 3.6 s, 2 state transitions, 0 Lambda invocations\n"
        "not as expected: Verdict: expected SUCCEEDED, got ROLLED_BACK\n"
    )


@pytest.mark.parametrize("member", ["Reason", "Cause"])
def test_an_end_without_a_record_says_so_and_why(member: str) -> None:
    screen = Screen()
    screen.view.end(outcome({member: "The workflow broke."}))
    assert screen.text.splitlines()[:2] == ["NO VERDICT", "The workflow broke."]


def test_a_quiet_view_prints_nothing_but_misses() -> None:
    screen = Screen(quiet=True)
    screen.view.begin(Scenario("x", "Canary", {}))
    screen.show("endpoint", SHIFTING)
    screen.view.end(outcome(RECORD))
    assert screen.text == ""
    screen.view.end(outcome(RECORD, "Verdict: expected SUCCEEDED, got ROLLED_BACK"))
    assert screen.text == "not as expected: Verdict: expected SUCCEEDED, got ROLLED_BACK\n"


def test_the_title_is_the_scenarios_name() -> None:
    screen = Screen()
    screen.view.begin(Scenario("x", "Canary, and green is healthy", {}))
    assert screen.text == "Canary, and green is healthy\n"
