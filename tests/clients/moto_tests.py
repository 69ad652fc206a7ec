"""Runs moto's own tests from a checkout of moto, on plain moto and on the embedded AWS."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from clients.moto_lists import MODULES, Module, differences, failing
from shipped import ROOT

ROOMS: Final = ("functions", "simulator", "cli", "smoke", "tests")
PACKAGES: Final = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
"""Of an environment: what its lock names, and pip."""
PASSED: Final = "PASSED tests/"
ON_EMBEDDED: Final = ("-p", "clients.on_embedded")


def faults(checkout: Path) -> Iterator[str]:
    """What contradicts our lists; ValueError where there are no tests of moto."""
    if not (checkout / "tests" / MODULES[0].files[0]).exists():
        raise ValueError(f"{checkout} has no tests of moto.")
    for module in MODULES:
        print(f"moto's tests of {module.service}", flush=True)  # noqa: T201 - progress
        plain, embedded = _passing(checkout, module), _passing(checkout, module, *ON_EMBEDDED)
        print(f"  {len(plain)} on plain moto, {len(plain & embedded)} of them here", flush=True)  # noqa: T201 - progress
        yield from differences({each.test for each in failing(module)}, plain, embedded)


def _passing(checkout: Path, module: Module, *options: str) -> set[str]:
    """The tests that pass, by their node ids without the folder `tests`."""
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", *options]
    done = subprocess.run(  # noqa: S603 - our own pytest
        [*command, *(f"tests/{each}" for each in module.files)],
        cwd=checkout,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,  # that tests fail is what is asked
    )
    found = (line for line in done.stdout.splitlines() if line.startswith(PASSED))
    return {line.removeprefix(PASSED) for line in found}


def _environment() -> dict[str, str]:
    rooms = [*ROOMS, f".venv-moto-tests/{PACKAGES}"]
    path = os.pathsep.join(str(ROOT / room) for room in rooms)
    return {**os.environ, "PYTHONPATH": path}  # noqa: TID251 - what a child process is started with
