"""`bluegreen deploy --wait`: what it says at the end, of a dry run, and to who stops waiting."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bluegreen.aws.dynamodb.locks import Lock
from bluegreen_cli.account import Account
from bluegreen_cli.main import main
from bluegreen_cli.moment import Execution
from builders import BLUE, settled

FINDING = {"Id": "no-bake", "Severity": "WARNING", "Message": "No alarm.", "Fix": "Name one."}
STAGES = [
    {"Stage": "PROVISIONING", "TrafficPercent": 0, "StartsAfterSeconds": 0},
    {"Stage": "BAKING", "TrafficPercent": 25, "StartsAfterSeconds": 320},
]
RECORD: dict[str, Any] = {
    "Verdict": "SUCCEEDED",
    "Reason": "Endpoint churn now serves churn-green.",
    "Findings": [FINDING],
    "Stages": [{"Stage": "BAKING"}],
    "Watched": [],
    "GreenRequests": {"main": 0},
}


def dry_run(*, rejected: bool) -> Execution:
    result: Any = {
        "DryRun": True,
        "WouldBeRejected": rejected,
        "Findings": [FINDING],
        "Plan": {} if rejected else {"Stages": STAGES},
    }
    return Execution("SUCCEEDED", None, result)


def waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looks: list[Any], *options: str
) -> Result:
    """Run it while an execution looks so, one look after the other."""
    left = iter(looks)

    def look(_account: Account, _name: str) -> Execution:
        found: Execution = next(left)
        if isinstance(found, BaseException):
            raise found
        return found

    monkeypatch.setattr(Account, "start_execution", lambda *_: None)
    monkeypatch.setattr(Account, "endpoints", SimpleNamespace(look=lambda _: settled(BLUE)))
    monkeypatch.setattr(Account, "locks", SimpleNamespace(find=lambda _: Lock()))
    monkeypatch.setattr(Account, "queue", SimpleNamespace(waiting=lambda _: []))
    monkeypatch.setattr(Account, "execution", look)
    path = tmp_path / "request.json"
    path.write_text(json.dumps({"EndpointName": "churn"}), encoding="utf-8")
    return CliRunner(mix_stderr=False).invoke(main, ["deploy", str(path), "--wait", *options])


def test_the_last_line_says_what_a_success_rests_on_and_findings_have_their_fixes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record: Any = RECORD
    result = waiting(tmp_path, monkeypatch, [Execution("SUCCEEDED", record)])
    assert result.exit_code == 0
    assert result.stderr == (
        "SUCCEEDED: Endpoint churn now serves churn-green. Green got no request in its bakes, so"
        " nothing was measured. No alarm watched it.\n"
        "WARNING no-bake: No alarm.\n    Name one.\n"
    )


def test_a_dry_run_shows_findings_and_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = waiting(tmp_path, monkeypatch, [dry_run(rejected=False)])
    assert result.exit_code == 0
    assert result.stderr == (
        "A deployment would begin. Nothing was changed.\n"
        "WARNING no-bake: No alarm.\n    Name one.\n"
        "  0:00:00  PROVISIONING 0 %\n  0:05:20  BAKING 25 %\n"
    )


def test_a_dry_run_that_would_be_rejected_exits_as_a_rejection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = waiting(tmp_path, monkeypatch, [dry_run(rejected=True)])
    assert result.exit_code == 11
    assert result.stderr.startswith("A deployment would be REJECTED. Nothing was changed.\n")


@pytest.mark.parametrize(
    ("options", "more"), [((), ""), (("--stack-name", "team-b"), " --stack-name team-b")]
)
def test_who_stops_waiting_is_told_that_the_deployment_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], more: str
) -> None:
    result = waiting(tmp_path, monkeypatch, [KeyboardInterrupt()], *options)
    assert result.exit_code == 130
    id_ = result.stdout.strip()
    assert id_.startswith("churn-")
    assert result.stderr == (
        f"Deployment {id_} goes on without this command, and its notifications say how it ends. To"
        f' see it again, run "bluegreen watch churn{more}"; to have it rolled back, run'
        f' "bluegreen abort churn --reason TEXT{more}".\n'
    )


def test_an_execution_without_a_record_says_where_its_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = waiting(tmp_path, monkeypatch, [Execution("ABORTED", None)])
    assert result.exit_code == 1
    assert result.stderr.startswith("The execution ended with the status ABORTED and left no")
