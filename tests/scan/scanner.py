"""What checkov, in an environment of its own, has to say about templates.

It pins other releases than we do, so `make test-all` gives it `.venv-scan`, made from
requirements/scan.txt.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shipped import ROOT

CHECKOV: Final = ROOT / ".venv-scan/bin/checkov"
POLICIES: Final = ROOT / "tests/scan/policies"
"""Checks of our own."""

NO_VALUE: Final = {"Ref": "AWS::NoValue"}


@dataclass(frozen=True, order=True)
class Finding:
    """A check that a resource fails: its id and its name, and the resource's type and name."""

    check: str
    resource: str
    name: str


Findings = frozenset[Finding]


def scan(templates: Mapping[str, Mapping[str, Any]], folder: Path) -> dict[str, Findings]:
    """The findings in each of the templates, which are written into the folder."""
    for name, body in templates.items():
        (folder / f"{name}.json").write_text(json.dumps(body), encoding="utf-8")
    report = _report_on(folder)
    if report["summary"]["parsing_errors"]:
        raise ValueError(f"checkov could not read every template: {report['results']}")
    found: dict[str, set[Finding]] = {name: set() for name in templates}
    for failed in report["results"]["failed_checks"]:
        one = Finding(failed["check_id"], failed["resource"], failed["check_name"])
        found[Path(failed["file_path"]).stem].add(one)
    return {name: frozenset(each) for name, each in found.items()}


def _report_on(folder: Path) -> dict[str, Any]:
    """Its report as JSON; it downloads nothing."""
    asked = ("--framework", "cloudformation", "--skip-download", "--compact", "--output", "json")
    run = subprocess.run(  # noqa: S603 - the scanner of our own lock
        [CHECKOV, "--directory", folder, "--external-checks-dir", POLICIES, *asked],
        capture_output=True,
        check=False,
        env={"HOME": str(folder), "PATH": os.defpath, "LOG_LEVEL": "ERROR"},
        text=True,
    )
    report: dict[str, Any] = json.loads(run.stdout)
    return report


def everything_in(value: Any) -> Any:
    """A template as it becomes with every condition met.

    The scanner does not look into If, and leaves out what a parameter's default leaves out.
    """
    if isinstance(value, list):
        return [everything_in(item) for item in value if _chosen(item) != NO_VALUE]
    if not isinstance(value, Mapping):
        return value
    if "Fn::If" in value:
        return everything_in(_chosen(value))
    kept = {k: v for k, v in value.items() if _chosen(v) != NO_VALUE and not _is_condition(k, v)}
    return {k: everything_in(v) for k, v in kept.items()}


def _is_condition(name: str, value: Any) -> bool:
    """Whether it names the condition of a resource; the Condition of a statement is no text."""
    return name == "Condition" and isinstance(value, str)


def _chosen(value: Any) -> Any:
    return value["Fn::If"][1] if isinstance(value, Mapping) and "Fn::If" in value else value
