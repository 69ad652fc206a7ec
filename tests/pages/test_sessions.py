"""The sessions of the pages, run as they stand with bash and the AWS CLI on `bluegreen local`."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from pages.blocks import Session, all_sessions
from shipped import ROOT

BIN: Final = Path(sys.executable).parent
SPEED: Final = 100
"""Faster than the pages say, and slow enough for a bake of ten minutes to be seen from a shell."""

BETWEEN: Final = "--- the end of a session ---"
ADDRESS: Final = "http://127.0.0.1:5055"
ENVIRONMENT: Final = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "PATH": os.environ["PATH"],  # noqa: TID251 - what a child process is started with
    "PYTHONPATH": os.environ.get("PYTHONPATH", ""),  # noqa: TID251 - likewise
}


@pytest.fixture
def address() -> Iterator[str]:
    command = [str(BIN / "bluegreen"), "local", "--port", "0", "--speed", str(SPEED)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["endpoint_url"]
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like a checkout, for the files that the sessions write."""
    (tmp_path / "events").symlink_to(ROOT / "events")
    (tmp_path / ".venv").symlink_to(BIN.parent)
    return tmp_path


def run(written: list[Session], address: str, folder: Path) -> list[str]:
    """What each session printed, all of them in one shell, one after the other."""
    script = "".join(f"{session.commands}\necho '{BETWEEN}'\n" for session in written)
    assert ADDRESS in script
    done = subprocess.run(
        ["bash"],  # noqa: S607 - any bash
        input=script.replace(ADDRESS, address),
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=True,
    )
    return done.stdout.split(f"{BETWEEN}\n")[:-1]


@pytest.mark.slow
def test_every_session_ends_as_its_page_says(address: str, folder: Path) -> None:
    written = all_sessions()
    printed = run(written, address, folder)
    assert len(printed) == len(written)
    for session, text in zip(written, printed, strict=True):
        assert session.ends_as_told(text), f"{session.page} printed:\n{text}"
