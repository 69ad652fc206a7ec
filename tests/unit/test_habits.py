"""The gate, the versions and the lock, as people and machines are told of them."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from shipped import GLOBALS, LOCK, ROOT

PYTHON: Final = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
PROJECT: Final = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PYPROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_one_version_of_python_in_lambda_and_in_every_check() -> None:
    assert GLOBALS["Runtime"] == f"python{PYTHON}"
    assert PYPROJECT["tool"]["mypy"]["python_version"] == PYTHON
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py{PYTHON.replace('.', '')}"


def test_the_tool_takes_that_python_or_a_newer_one() -> None:
    assert PYPROJECT["project"]["requires-python"] == f">={PYTHON}"


@pytest.mark.parametrize(
    ("name", "wanted"), [("moto", "moto[server]"), ("aws-lambda-powertools",) * 2]
)
def test_the_embedded_aws_takes_the_very_version_of_the_lock(name: str, wanted: str) -> None:
    (locked,) = re.findall(rf"^{name}==([\d.]+)", LOCK, re.MULTILINE)
    local = PYPROJECT["project"]["optional-dependencies"]["local"]
    assert [one for one in local if one.startswith(name)] == [f"{wanted}=={locked}"]


def test_the_layer_holds_the_powertools_of_the_lock() -> None:
    (locked,) = re.findall(r"^aws-lambda-powertools==([\d.]+)", LOCK, re.MULTILINE)
    (architecture,) = GLOBALS["Architectures"]
    path = f"/aws/service/powertools/python/{architecture}/python{PYTHON}/{locked}"
    assert GLOBALS["Layers"] == [f"{{{{resolve:ssm:{path}}}}}"]


TREES: Final = ("functions", "simulator", "cli", "smoke", "tests", "benchmarks")


def test_what_mypy_is_told_to_ignore_says_which_error_and_why() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for tree in TREES
        for path in sorted((ROOT / tree).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"# type: ignor[e](?!\[[a-z-]+\] # (?!noqa)\w)", line)
    ]
    assert bare == []


def test_mypy_reads_every_tree() -> None:
    (mypy,) = re.findall(r"^files = (\[.*\])$", PROJECT, re.MULTILINE)
    assert json.loads(mypy) == list(TREES)


def test_ci_calls_what_the_readme_calls_the_gate_and_then_all_of_the_workflow() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (gate,) = re.findall(r"^(make \S+) +# the gate", readme, re.MULTILINE)
    script = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in script if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == [gate, "make test-workflow"]


def test_the_forge_runs_the_same_and_nothing_else() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()
    ran = [step["run"] for step in job["steps"] if "run" in step]
    assert ran == ["make test", "make test-workflow"]
    (python,) = [step["with"] for step in job["steps"] if "setup-python" in step.get("uses", "")]
    assert python == {"python-version-file": ".python-version"}


def test_ci_can_be_run() -> None:
    assert (ROOT / ".ci/run").stat().st_mode & 0o111 == 0o111


def requirements(kind: str) -> list[Path]:
    """Of every environment: what it asks for (`in`), or what is installed (`txt`)."""
    return sorted((ROOT / "requirements").glob(f"*.{kind}"))


@pytest.mark.parametrize("lock", requirements("txt"), ids=lambda path: path.name)
def test_every_requirement_is_locked_with_hashes(lock: Path) -> None:
    packages = re.split(r"^(?=\S)", lock.read_text("utf-8"), flags=re.MULTILINE)[1:]
    pinned = [package for package in packages if not package.startswith("#")]
    assert pinned
    assert [p.partition("\n")[0] for p in pinned if "--hash=sha256:" not in p] == []


def test_every_environment_has_its_lock() -> None:
    assert [p.stem for p in requirements("in")] == [p.stem for p in requirements("txt")]


@pytest.mark.parametrize("word", ["://", "index-url", "find-links"])
@pytest.mark.parametrize("path", requirements("in") + requirements("txt"), ids=lambda p: p.name)
def test_no_requirement_holds_an_address(path: Path, word: str) -> None:
    text = path.read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    assert [line for line in lines if word in line] == []
