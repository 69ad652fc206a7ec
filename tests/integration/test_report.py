"""`bluegreen report` on the embedded AWS: which deployment it finds, which file it writes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from bluegreen.aws.dynamodb import keys
from bluegreen.aws.dynamodb.deployments import Deployments
from bluegreen.aws.dynamodb.table import Table, setting
from bluegreen.contract.record import DeploymentRecord, Verdict
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.deployment.record import record_of
from bluegreen.deployment.verdict import Decision
from bluegreen_cli.main import main
from builders import at
from registry_account import Registry, running_registry
from report_store import REQUEST
from reports.structure import read
from scripted_account import HandClock
from sdk_calls import asked, failing

NIGHTLY: Final = [DeploymentKey("churn", "nightly", at(days * 86400)) for days in (-200, -100)]
OLD: Final = DeploymentKey("churn", "of-release-0.1", at(-300 * 86400))
DOTS: Final = DeploymentKey("churn", "..évil/../x", at(-50 * 86400))


@pytest.fixture(scope="module")
def played() -> Iterator[Registry]:
    """One that was rolled back, two of the same id, and one of release 0.1 without listings."""
    with running_registry("churn") as registry:
        registry.make_model("bad", registry.register("churn", {"SIMULATED_ERROR_RATE": "0.5"}))
        (variant,) = registry.config("churn-one")["ProductionVariants"]
        registry.sagemaker.create_endpoint_config(
            EndpointConfigName="churn-green", ProductionVariants=[{**variant, "ModelName": "bad"}]
        )
        registry.sleep(300)
        registry.start("deploy-1", REQUEST)
        table = Table(registry.aws.client("dynamodb"), registry.stack.outputs[TABLE], HandClock())
        for key in (*NIGHTLY, DOTS):
            Deployments(table).keep_record(key, rejected(key), None)
        old = {"Record": json.dumps(rejected(OLD)), "DeploymentId": OLD.deployment_id}
        table.update(keys.deployment(OLD), setting(old), old)
        yield registry


TABLE: Final = "DeploymentsTableName"


def rejected(key: DeploymentKey) -> DeploymentRecord:
    return record_of(key, "arn:x", Decision(Verdict.REJECTED, "It was refused."), [], at(1))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:

    return CliRunner(mix_stderr=False).invoke(main, ["report", *arguments])


PLAYED: Final = pytest.mark.usefixtures("played")


def words(result: Result) -> str:
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    return result.stderr.removeprefix("Error: ")


@PLAYED
def test_the_report_of_a_rollback_is_a_page_named_after_its_deployment(folder: Path) -> None:
    result = run("deploy-1")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "deploy-1.html\n", "")
    found = read((folder / "deploy-1.html").read_text(encoding="utf-8")).text
    assert "churn: rolled back (ALARM)" in found
    assert "Serves now (as last seen) churn-one" in found
    assert "green: 0.5" in found
    assert "About 0.5" in found


@PLAYED
def test_the_file_can_be_chosen(folder: Path) -> None:
    chosen = folder / "evidence.htm"
    result = run("deploy-1", "--output", str(chosen))
    assert (result.exit_code, result.stdout) == (0, f"{chosen}\n")
    assert chosen.read_text(encoding="utf-8").startswith("<!doctype html>")


@PLAYED
def test_a_file_that_cannot_be_written_is_said(folder: Path) -> None:
    result = run("deploy-1", "--output", str(folder / "nowhere/x.html"))
    assert words(result) == "x.html cannot be written: No such file or directory.\n"


@PLAYED
def test_several_deployments_of_an_id_are_listed_and_one_is_chosen_by_its_start(
    folder: Path,
) -> None:
    assert words(run("nightly")) == (
        "Several deployments have this id. Choose one by its start, with --started-at:\n"
        "  2025-06-19T09:00:00.000Z  churn  REJECTED\n"
        "  2025-09-27T09:00:00.000Z  churn  REJECTED\n"
    )
    assert list(folder.iterdir()) == []
    assert run("nightly", "--started-at", "2025-09").exit_code == 0
    page = (folder / "nightly.html").read_text(encoding="utf-8")
    assert "2025-09-27 09:00:00" in page
    assert words(run("nightly", "--started-at", "2024")) == (
        'No deployment "nightly" has ended that started at "2024". It may still run, or its'
        " endpoint was forgotten. What release 0.1 deployed is found with its endpoint only: add"
        " --endpoint ENDPOINT.\n"
    )


@PLAYED
def test_what_release_0_1_deployed_is_found_with_its_endpoint(folder: Path) -> None:
    assert "What release 0.1 deployed is found with its endpoint only" in words(
        run(OLD.deployment_id)
    )
    result = run(OLD.deployment_id, "--endpoint", "churn")
    assert (result.exit_code, result.stdout) == (0, "of-release-0.1.html\n")
    page = (folder / "of-release-0.1.html").read_text(encoding="utf-8")
    assert "What the alarms saw was not kept" in page
    assert words(run("deploy-9", "--endpoint", "churn")) == (
        'No deployment "deploy-9" has ended on endpoint churn.\n'
    )


@PLAYED
def test_an_id_names_no_file_outside_the_folder(folder: Path) -> None:
    result = run(DOTS.deployment_id)
    assert (result.exit_code, result.stdout) == (0, "_évil_.._x.html\n")
    assert [path.name for path in folder.iterdir()] == ["_évil_.._x.html"]


@PLAYED
def test_nothing_is_scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    operations = asked(monkeypatch)
    run("deploy-1")
    assert set(operations) == {"DescribeStacks", "Query", "GetItem"}
    assert operations.count("Query") <= 3


@PLAYED
@pytest.mark.parametrize("operation", ["Query", "GetItem"])
def test_a_table_that_does_not_answer_is_said(
    monkeypatch: pytest.MonkeyPatch, folder: Path, operation: str
) -> None:
    body: Any = {"Error": {"Code": "AccessDeniedException", "Message": "no\x1b[2J"}}
    failing(monkeypatch, operation, ClientError(body, operation))
    said = words(run("deploy-1"))
    assert "AccessDeniedException" in said
    assert "\x1b" not in said
    assert list(folder.iterdir()) == []


@PLAYED
def test_a_stack_that_is_not_there_is_named() -> None:
    assert "There is no stack nowhere in this account" in words(
        run("deploy-1", "--stack-name", "nowhere")
    )
