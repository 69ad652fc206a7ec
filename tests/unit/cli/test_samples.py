"""Samples that ship, by name, wherever the command takes a file of their kind."""

import re
from pathlib import Path
from typing import Final

import click
import pytest
import yaml
from click.testing import CliRunner

from bluegreen_cli.main import main
from bluegreen_cli.samples import FileOrSample
from shipped import ROOT

SCENARIOS: Final = sorted((ROOT / "events/scenarios").glob("*.yaml"), key=lambda path: path.stem)


def taken(kind: str, value: str) -> Path:
    path: Path = FileOrSample(kind).convert(value, None, None)
    return path


@pytest.mark.parametrize(
    ("kind", "name", "path"),
    [
        ("request", "canary", "events/requests/canary.json"),
        ("world", "churn", "events/worlds/churn.json"),
        ("scenario", "linear-succeeds", "events/scenarios/linear-succeeds.yaml"),
    ],
)
def test_a_sample_is_found_by_its_name(
    kind: str, name: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert taken(kind, name) == ROOT / path
    (tmp_path / name).mkdir()
    assert taken(kind, name) == ROOT / path


def test_a_file_goes_before_a_sample_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "canary").write_text("{}", encoding="utf-8")
    assert taken("request", "canary") == Path("canary")


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (
            "request",
            "canry",
            (
                '"canry" is neither a file nor the name of a sample request. Sample requests:'
                " all-at-once, canary, guardrails, linear, model-package, named, rolling."
            ),
        ),
        (
            "world",
            "canary",
            '"canary" is neither a file nor the name of a sample world. Sample worlds: churn.',
        ),
        (
            "scenario",
            "README",
            (
                '"README" is neither a file nor the name of a sample scenario.'
                " 'bluegreen simulate --list' lists them."
            ),
        ),
        ("request", str(ROOT), f"File '{ROOT}' is a directory."),
    ],
)
def test_what_is_neither_file_nor_sample_is_refused(kind: str, value: str, message: str) -> None:
    with pytest.raises(click.BadParameter, match=f"^{re.escape(message)}$"):
        taken(kind, value)


def test_the_list_of_scenarios_has_the_name_and_the_title_of_each() -> None:
    listed = CliRunner(mix_stderr=False).invoke(main, ["simulate", "--list"])
    assert (listed.exit_code, listed.stderr) == (0, "")
    titles = [yaml.safe_load(path.read_text(encoding="utf-8"))["name"] for path in SCENARIOS]
    assert [tuple(re.split("  +", line)) for line in listed.stdout.splitlines()] == [
        (path.stem, title) for path, title in zip(SCENARIOS, titles, strict=True)
    ]
    columns = {
        line.index(title) for line, title in zip(listed.stdout.splitlines(), titles, strict=True)
    }
    assert len(columns) == 1
