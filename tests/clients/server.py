"""A `bluegreen local` of its own on a free port, ended by its process id when it is left."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final

from shipped import ROOT

OPTIONS: Final = ("--port", "0", "--speed", "120", "--behind")
ENDING_SECONDS: Final = 60


@dataclass(frozen=True)
class Running:
    """A server that is ready: its address, its process, and what it prints after that."""

    url: str
    process: subprocess.Popen[str]
    errors: IO[str]

    @property
    def environment(self) -> dict[str, str]:
        """What a client is started with: this server's address, and nothing of this project."""
        given = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PYTHONPATH"))}  # noqa: TID251 - what a child process is started with
        return given | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "any",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "BLUEGREEN": str(ROOT),
            "SAM_CLI_TELEMETRY": "0",
        }

    def faults(self) -> Iterator[str]:
        """What must not be: it ended, or printed anything after its ready line."""
        if self.process.poll() is not None:
            yield f"the embedded AWS ended with {self.process.returncode}"
        self.errors.seek(0)
        if printed := self.errors.read().strip():
            yield f"the embedded AWS printed:\n{printed}"


@contextmanager
def serving() -> Iterator[Running]:
    """Start it, and end it whatever happens; RuntimeError where it does not become ready."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "bluegreen_cli", "local", *OPTIONS],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            yield Running(_url(process, errors), process, errors)
        finally:
            _end(process)


def _url(process: subprocess.Popen[str], errors: IO[str]) -> str:
    assert process.stdout is not None
    ready = process.stdout.readline()
    if not ready:
        errors.seek(0)
        raise RuntimeError(f"`bluegreen local` did not start:\n{errors.read()}")
    return str(json.loads(ready)["endpoint_url"])


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
