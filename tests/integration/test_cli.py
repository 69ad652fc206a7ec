"""The command `bluegreen simulate`: in this process, and where it matters in one of its own."""

import json
import re
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from bluegreen_cli.main import main

ROOT = Path(__file__).parents[2]
FAILING = ROOT / "events/scenarios/canary-rolled-back-in-first-bake.yaml"
COMMAND = [sys.executable, "-m", "bluegreen_cli", "simulate"]
STAGES = [
    ("PROVISIONING", 0, "2026-01-05T09:10:00.000Z", "2026-01-05T09:15:00.000Z"),
    ("SHIFTING", 25, "2026-01-05T09:15:00.000Z", "2026-01-05T09:15:20.000Z"),
    ("BAKING", 25, "2026-01-05T09:15:20.000Z", "2026-01-05T09:17:05.000Z"),
    ("ROLLING_BACK", 0, "2026-01-05T09:17:05.000Z", "2026-01-05T09:17:45.000Z"),
]
TOLD = [
    "DEPLOYMENT_STARTED",
    "STAGE_CHANGED",
    "STAGE_CHANGED",
    "STAGE_CHANGED",
    "ALARM_TRIPPED",
    "STAGE_CHANGED",
    "DEPLOYMENT_ROLLED_BACK",
]
VIEW = [
    "Canary, and green fails half of its requests",
    "  0:00:00  PROVISIONING ░░░░░░░░░░░░░░░░░░░░   0 % green  4 blue + 0 green  until 0:05:00",
    "  0:05:00  SHIFTING     ░░░░░░░░░░░░░░░░░░░░   0 % green  4 blue + 0 green  until 0:05:20",
    "  0:05:20  BAKING       █████░░░░░░░░░░░░░░░  25 % green  4 blue + 1 green  until 0:15:20",
    "  0:07:05  alarm        churn-5xx OK → ALARM  green 0.5, blue 0; limit > 0.05",
    "  0:07:05  ROLLING_BACK █████░░░░░░░░░░░░░░░  25 % green  4 blue + 1 green",
    "  0:07:15  ROLLING_BACK ░░░░░░░░░░░░░░░░░░░░   0 % green  4 blue + 0 green",
    "  0:07:45  SETTLED      ░░░░░░░░░░░░░░░░░░░░   0 % green  serves churn-blue",
    "  0:09:05  alarm        churn-5xx ALARM → OK",
    "ROLLED_BACK (ALARM)",
    (
        'SageMaker rolled back because the alarm "churn-5xx" (it saw 0, 0.08333, 0.125 against a'
        " limit of 0.05) tripped. Endpoint churn serves churn-blue again."
    ),
]


def run(*arguments: object) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, ["simulate", *map(str, arguments)])


@cache
def as_json() -> Result:
    return run(FAILING, "--json")


def started() -> Any:
    """A process that has work for a while: the same scenario ten times."""
    return subprocess.Popen(  # noqa: S603
        [*COMMAND, *[str(FAILING)] * 10], stderr=subprocess.PIPE, text=True
    )


def unlike(folder: Path, **expected: str) -> Path:
    """The failing canary, with other expectations."""
    body = yaml.safe_load(FAILING.read_text(encoding="utf-8"))
    body["when"]["request"] = str(ROOT / "events/requests/canary.json")
    path = folder / "unlike.yaml"
    path.write_text(yaml.safe_dump({**body, "expect": expected}), encoding="utf-8")
    return path


def test_a_scenario_that_ends_as_expected_exits_with_0_and_shows_the_deployment() -> None:
    ran = run(FAILING)
    assert (ran.exit_code, ran.stdout) == (0, "")
    lines = [line for line in ran.stderr.splitlines() if "  notification " not in line]
    assert [line[: len(wanted)] for line, wanted in zip(lines, VIEW, strict=False)] == VIEW
    assert re.fullmatch(
        r"0:07:46 of virtual time in \d+\.\d s, 13 state transitions, 18 Lambda invocations",
        lines[len(VIEW)],
    )
    assert len(lines) == len(VIEW) + 1


def test_json_is_the_record_and_the_only_thing_on_standard_output() -> None:
    ran = as_json()
    assert (ran.exit_code, ran.stderr) == (0, "")
    body = json.loads(ran.stdout)
    assert set(body) == {
        *("SchemaVersion", "DeploymentId", "ExecutionArn", "Verdict", "Trigger", "Reason"),
        *("EndpointName", "PreviousEndpointConfigName", "RequestedEndpointConfigName"),
        *(
            "LiveEndpointConfigName",
            "TrippedAlarms",
            "Watched",
            "GreenRequests",
            "Findings",
            "Stages",
        ),
        *(
            "StartedAt",
            "EndedAt",
            "Request",
            "Notifications",
            "StateTransitions",
            "LambdaInvocations",
        ),
        "WallSeconds",
    }
    assert (body["Verdict"], body["Trigger"]) == ("ROLLED_BACK", "ALARM")
    assert (body["StateTransitions"], body["LambdaInvocations"]) == (13, 18)
    assert body["WallSeconds"] > 0


def test_the_stages_of_the_record_have_their_virtual_times() -> None:
    body = json.loads(as_json().stdout)
    members = ("Stage", "TrafficPercent", "StartedAt", "EndedAt")
    assert [tuple(stage[name] for name in members) for stage in body["Stages"]] == STAGES
    assert (body["StartedAt"], body["EndedAt"]) == (
        "2026-01-05T09:10:00.000Z",
        "2026-01-05T09:17:46.000Z",
    )


def test_the_notifications_are_the_bodies_that_programs_get() -> None:
    body = json.loads(as_json().stdout)
    assert [told["Event"] for told in body["Notifications"]] == TOLD
    assert body["Notifications"][-1]["Verdict"] == "ROLLED_BACK"


def test_a_scenario_that_ends_otherwise_exits_with_1_and_names_the_miss(tmp_path: Path) -> None:
    path = unlike(tmp_path, Verdict="SUCCEEDED", LiveEndpointConfigName="churn-green")
    ran = run(path)
    assert ran.exit_code == 1
    assert ran.stderr.splitlines()[-2:] == [
        "not as expected: LiveEndpointConfigName: expected churn-green, got churn-blue",
        "not as expected: Verdict: expected SUCCEEDED, got ROLLED_BACK",
    ]


def test_several_scenarios_run_one_after_another_and_one_miss_is_enough_for_1(
    tmp_path: Path,
) -> None:
    ran = run(unlike(tmp_path, Verdict="SUCCEEDED"), FAILING)
    assert (ran.exit_code, ran.stdout) == (1, "")
    first, second = ran.stderr.split("\n\n")
    assert first.endswith("Verdict: expected SUCCEEDED, got ROLLED_BACK")
    assert second.startswith(VIEW[0])
    assert "not as expected" not in second


def test_a_miss_is_named_beside_the_json_too(tmp_path: Path) -> None:
    ran = run(unlike(tmp_path, Verdict="SUCCEEDED"), "--json")
    assert ran.exit_code == 1
    assert json.loads(ran.stdout)["Verdict"] == "ROLLED_BACK"
    assert ran.stderr == "not as expected: Verdict: expected SUCCEEDED, got ROLLED_BACK\n"


def test_a_bad_scenario_exits_with_1_and_one_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("given: {instances: four}", encoding="utf-8")
    ran = run(path)
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert ran.stderr == (
        'Error: given.instances is "four". Allowed: a whole number from 1 to 1000.\n'
    )


def test_a_death_that_cannot_be_exits_with_1_and_one_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    deaths = ["StartUpdat after UpdateEndpoint"]
    body = {"given": {"faults": {"deaths": deaths}}, "when": {"request": {}}}
    path.write_text(yaml.safe_dump(body), encoding="utf-8")
    ran = run(path)
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert ran.stderr.startswith(
        'Error: given.faults.deaths names the function "StartUpdat". Allowed: ValidatePolicy, '
    )
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Error: Missing argument 'SCENARIO...'."),
        (
            ("nowhere.yaml",),
            "Error: Invalid value for 'SCENARIO...': \"nowhere.yaml\" is neither a file nor ",
        ),
        ((ROOT,), f"Error: Invalid value for 'SCENARIO...': File '{ROOT}' is a directory."),
        ((FAILING, FAILING, "--json"), "Error: --json works with one scenario only."),
        ((FAILING, "--jsn"), "Error: No such option: --jsn"),
    ],
)
def test_a_wrong_call_exits_with_2_and_says_what_is_wrong(
    arguments: tuple[object, ...], message: str
) -> None:
    ran = run(*arguments)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_reader_that_goes_away_ends_it_without_a_traceback() -> None:
    with started() as process:
        first = process.stderr.readline()
        process.stderr.close()
        assert process.wait(60) == 1
    assert first == "Canary, and green fails half of its requests\n"


def test_an_interrupt_ends_it_without_a_traceback() -> None:
    with started() as process:
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(60) == 1
    assert rest.endswith("Aborted!\n")
    assert "Traceback" not in rest
