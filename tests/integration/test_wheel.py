"""The wheel, installed outside the checkout: with all that it needs inside, it works there.

As built it is installed twice: for `make test` beside links to what its requirements come to in
the environment of this project, for `make test-all` with all of them from the package registry.
"""

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from setuptools import build_meta  # type: ignore[import-untyped] # it ships no types

from shipped import ROOT

PIP: Final = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
NOT_THE_PROJECT: Final = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info")
SHIPPED: Final = sorted(
    path.relative_to(ROOT)
    for folder in ("statemachine", "events")
    for path in ROOT.glob(f"{folder}/**/*")
    if path.is_file() and path.name != "README.md"
)
PLACE: Final = "bluegreen_cli/shipped_files/"
CLIENT: Final = {
    "AWS_ACCESS_KEY_ID": "any",
    "AWS_SECRET_ACCESS_KEY": "any",
    "AWS_DEFAULT_REGION": "eu-central-1",
}
NEEDS_LOCAL: Final = "needs the extra 'local': pip install 'bluegreen[local]'\n"


def pip(*arguments: str | Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}  # noqa: TID251 - what a child is started with
    command = [*PIP, *map(str, arguments)]
    done = subprocess.run(  # noqa: S603 - our own command
        command, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def built(source: Path, folder: Path) -> Path:
    """The wheel of a checkout or a source distribution."""
    pip("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this one, which a build may write to."""
    copy = tmp_path_factory.mktemp("checkout") / "bluegreen"
    shutil.copytree(ROOT, copy, ignore=NOT_THE_PROJECT)
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    left_over = checkout / "build/lib/bluegreen/left_over.py"
    left_over.parent.mkdir(parents=True)
    left_over.touch()
    return built(checkout, tmp_path_factory.mktemp("wheel"))


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel in it, and a folder to work in."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Nothing that points into the checkout."""
        return CLIENT | {"PATH": os.environ["PATH"]}  # noqa: TID251 - what a child is started with

    def command(self, *arguments: str) -> list[str]:
        return [str(self.folder / "bin/bluegreen"), *arguments]

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603 - our own command
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


Install = Callable[[Path, Path, Collection[str]], None]
"""Installs a wheel into the environment in a folder, with these extras of it."""


def resolved(wheel: Path, folder: Path, extras: Collection[str]) -> None:
    """With all that it needs from the package registry."""
    wanted = f"{wheel}[{','.join(extras)}]" if extras else wheel
    pip("--python", folder / "bin/python", "install", "--quiet", wanted)


def linked(wheel: Path, folder: Path, extras: Collection[str]) -> None:
    """With links to what it needs as it is installed here, and to nothing else."""
    pip("--python", folder / "bin/python", "install", "--quiet", "--no-deps", wheel)
    (info,) = folder.glob("lib/*/site-packages/bluegreen-*.dist-info")
    link(Distribution.at(info), {"", *extras}, info.parent, set())


def link(of: Distribution, extras: Collection[str], site: Path, done: set[str]) -> None:
    for requirement in requirements(of, extras):
        if str(requirement) in done:
            continue
        done.add(str(requirement))
        needed = distribution(requirement.name)
        assert requirement.specifier.contains(needed.version), requirement
        for name in {path.parts[0] for path in needed.files or ()} - {"..", "__pycache__"}:
            if not (site / name).exists():
                (site / name).symlink_to(Path(str(needed.locate_file(name))))
        link(needed, {"", *requirement.extras}, site, done)


def requirements(of: Distribution, extras: Collection[str]) -> Iterator[Requirement]:
    for requirement in map(Requirement, of.requires or ()):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
            yield requirement


@pytest.fixture(scope="module", params=[linked, pytest.param(resolved, marks=pytest.mark.slow)])
def install(request: pytest.FixtureRequest) -> Install:
    way: Install = request.param
    return way


def installed(install: Install, wheel: Path, folder: Path, *extras: str) -> Installed:
    venv.create(folder, symlinks=True)
    install(wheel, folder, extras)
    return Installed(folder)


def contents(wheel: Path) -> Mapping[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_every_shipped_file_as_it_is_and_nothing_left_over(wheel: Path) -> None:
    inside = contents(wheel)
    found = {Path(name.removeprefix(PLACE)) for name in inside if name.startswith(PLACE)}
    assert found == {Path("template.yaml"), *SHIPPED}
    assert [path for path in found if inside[f"{PLACE}{path}"] != (ROOT / path).read_bytes()] == []
    packages = ("bluegreen", "bluegreen_simulator", "bluegreen_cli")
    assert {f"{package}/py.typed" for package in packages} <= set(inside)
    page = "bluegreen_simulator/run/page/page"
    assert {f"{page}.html", f"{page}.css", f"{page}.js"} <= set(inside)
    assert [name for name in inside if "left_over" in name] == []


@pytest.mark.slow
def test_a_source_distribution_gives_the_same_wheel(
    checkout: Path, wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout)
    source = tmp_path / build_meta.build_sdist(str(tmp_path))
    assert contents(built(source, tmp_path)) == contents(wheel)


@pytest.mark.slow
def test_without_the_extra_it_plans_and_says_what_simulate_and_local_need(
    install: Install, wheel: Path, tmp_path: Path
) -> None:
    tool = installed(install, wheel, tmp_path / "venv")
    planned = tool.run("plan", "canary", "--world", "churn", "--json")
    assert (planned.returncode, planned.stderr) == (0, "")
    assert json.loads(planned.stdout)["Plan"]["PredictedSeconds"] == 1570
    listed = tool.run("simulate", "--list")
    assert listed.stdout.startswith("all-at-once-rolled-back-in-first-bake  ")
    for command in (["simulate", "canary-succeeds"], ["local", "--port", "0"]):
        refused = tool.run(*command)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr == f"Error: bluegreen {command[0]} {NEEDS_LOCAL}"


@pytest.mark.slow
def test_with_the_extra_it_simulates_and_serves(
    install: Install, wheel: Path, tmp_path: Path
) -> None:
    tool = installed(install, wheel, tmp_path / "venv", "local")
    simulated = tool.run("simulate", "canary-rolled-back-in-first-bake")
    assert (simulated.returncode, simulated.stdout) == (0, "")
    assert "\nROLLED_BACK (ALARM)\n" in simulated.stderr
    with subprocess.Popen(  # noqa: S603 - our own command
        tool.command("local", "--port", "0"),
        cwd=tool.folder,
        env=tool.environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            ready: Any = json.loads(process.stdout.readline())
            address = ("--endpoint-url", ready["endpoint_url"])
            planned = tool.run("plan", "canary", "--json", *address)
        finally:
            process.terminate()
    assert process.returncode == 0
    assert (planned.returncode, planned.stderr) == (11, "")
    assert "endpoint-config-missing" in {
        finding["Id"] for finding in json.loads(planned.stdout)["Findings"]
    }
