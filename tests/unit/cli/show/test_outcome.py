"""What is shown of a scenario beside its deployment."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from bluegreen_cli.show.outcome import failure_of, show_misses, show_outcome, since
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.run.simulation import Outcome

START = datetime(2026, 1, 5, 9, 5, tzinfo=UTC)
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
    "Stages": [{"Stage": "BAKING"}],
    "Watched": [],
    "GreenRequests": {"main": 12},
}


def printed(record: Any, *misses: str) -> list[str]:
    journal = [Entry(START, kind, {}) for kind in ("state_entered", "state_entered")]
    outcome = Outcome(record, [], journal, [], START, 3.62, list(misses))
    stream = io.StringIO()
    console = Console(file=stream, width=100, color_system=None, highlight=False)
    show_outcome(outcome, console)
    show_misses(outcome, console)
    return stream.getvalue().splitlines()


def test_the_end_tells_verdict_reason_evidence_cost_and_misses() -> None:
    assert printed(RECORD, "Verdict: expected SUCCEEDED, got ROLLED_BACK") == [
        "ROLLED_BACK (ALARM)",
        "The alarm tripped. Green got 12 requests in its bakes. No alarm watched it.",
        "1:07:46 of virtual time in 3.6 s, 2 state transitions, 0 Lambda invocations",
        "not as expected: Verdict: expected SUCCEEDED, got ROLLED_BACK",
    ]


@pytest.mark.parametrize("member", ["Reason", "Cause"])
def test_an_end_without_a_record_says_so_and_why(member: str) -> None:
    assert printed({member: "The workflow broke."})[:2] == ["NO VERDICT", "The workflow broke."]


def test_a_function_that_fails_is_shown_and_one_that_works_is_not() -> None:
    line = failure_of(Entry(START, "lambda_invoked", DIED))
    assert line is not None
    assert line.text.plain == "lambda       StartUpdate failed: Runtime.ExitError: exited"
    other = failure_of(Entry(START, "lambda_invoked", {**DIED, "function": "other"}))
    assert other is not None
    assert "  other failed: Runtime.ExitError" in other.text.plain
    fine = {**DIED, "error": None, "message": None}
    assert failure_of(Entry(START, "lambda_invoked", fine)) is None
    assert failure_of(Entry(START, "state_entered", {"state": "AwaitStage"})) is None


def test_times_count_from_the_start() -> None:
    assert since(START, START + timedelta(hours=1, minutes=2, seconds=5.9)) == "1:02:05"
