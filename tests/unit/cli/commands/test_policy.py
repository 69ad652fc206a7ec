"""`bluegreen policy check`, and what `bluegreen policy put` refuses before it asks AWS."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from bluegreen_cli.main import main
from shipped import ROOT

POLICY: Final = ROOT / "events/policies/churn.json"


def run(*arguments: str | Path) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, ["policy", *map(str, arguments)])


def written(folder: Path, text: str) -> Path:
    path = folder / "policy.json"
    path.write_text(text, "utf-8")
    return path


def changed(folder: Path, **members: Any) -> Path:
    return written(folder, json.dumps(json.loads(POLICY.read_text("utf-8")) | members))


def test_a_good_document() -> None:
    result = run("check", POLICY)
    assert (result.exit_code, result.stdout) == (0, "No findings.\n")
    body = json.loads(run("check", POLICY, "--json").stdout)
    assert body == {"Findings": [], "WouldBeRejected": False}


@pytest.mark.parametrize(
    "guardrails", ["Default", "Strict", "None", [{"Metric": "ModelLatency", "MaxRatioToBlue": 1.3}]]
)
def test_a_document_with_guardrails_is_good(guardrails: Any, tmp_path: Path) -> None:
    result = run("check", changed(tmp_path, Guardrails=guardrails))
    assert (result.exit_code, result.stdout) == (0, "No findings.\n")


def test_guardrails_that_do_not_go_together_are_shown_with_their_fix(tmp_path: Path) -> None:
    asked = [{"Metric": "ModelLatency", "MaxRate": 0.01}]
    result = run("check", changed(tmp_path, Guardrails=asked))
    words = " ".join(result.stdout.split())
    assert result.exit_code == 11
    assert "guardrail-members: Guardrails[0].MaxRate says nothing of ModelLatency." in words
    assert "Remove MaxRate. ModelLatency takes MaxMilliseconds or MaxRatioToBlue." in words


def test_a_document_with_a_warning_is_taken(tmp_path: Path) -> None:
    result = run("check", written(tmp_path, '{"EndpointName": "churn"}'))
    assert result.exit_code == 0
    assert result.stdout.startswith("WARNING no-policy: ")
    assert "No findings" not in result.stdout


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("{", "ERROR policy-not-json: "),
        ("[]", "ERROR wrong-type: The policy document is [], which"),
        ("{}", "ERROR missing-member: EndpointName is missing."),
        ('{"EndpointName": "a", "EndpointName": "b"}', "ERROR policy-not-json: "),
        ('{"EndpointName": "a", "EndpointConfigName": "b"}', "ERROR unknown-member: "),
        ('{"EndpointName": "a", "OnRollback": "DELETE"}', "ERROR value-not-allowed: OnRollback"),
        ('{"EndpointName": "a", "Guardrails": "Lax"}', "ERROR value-not-allowed: Guardrails is"),
        ('{"EndpointName": "a", "Guardrails": []}', "ERROR value-not-allowed: Guardrails has 0"),
    ],
)
def test_a_bad_document_exits_with_11(text: str, finding: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    result = run("check", path)
    assert result.exit_code == 11
    assert result.stdout.startswith(finding)
    as_json = run("check", path, "--json")
    assert as_json.exit_code == 11
    body = json.loads(as_json.stdout)
    assert body["WouldBeRejected"] is True
    assert finding.startswith(f"ERROR {body['Findings'][0]['Id']}: ")


@pytest.mark.parametrize("arguments", [("check",), ("put", "churn")])
def test_a_file_that_is_no_text_exits_with_1(arguments: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_bytes(b"\xff\xfe{")
    result = run(*arguments, path)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: policy.json cannot be read: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "group", ["", "-churn", "churn-", "a/b", "churn\n", "a" * 64, f"a{'-' * 62}a", "ä"]
)
def test_what_cannot_name_a_group_is_a_wrong_call(group: str) -> None:
    result = run("put", "--", group, POLICY)
    assert result.exit_code == 2
    assert "is not a valid name of a model package group" in result.stderr


def test_a_bad_document_is_not_written(tmp_path: Path) -> None:
    result = run("put", "churn", changed(tmp_path, ModelPackageArn="arn"))
    assert (result.exit_code, result.stdout) == (11, "")
    first, *_, last = result.stderr.splitlines()
    assert first.startswith('ERROR unknown-member: Unknown member "ModelPackageArn"')
    assert last == "Nothing was written."


def test_an_empty_file_is_not_written(tmp_path: Path) -> None:
    result = run("put", "churn", written(tmp_path, ""))
    assert (result.exit_code, result.stdout) == (11, "")
    assert result.stderr.startswith("ERROR policy-not-json: ")
    assert result.stderr.endswith("Nothing was written.\n")
