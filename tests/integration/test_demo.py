"""The command `demo` as a child process: what it prints, serves and opens."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from bluegreen_cli.main import main

BIN: Final = Path(sys.executable).parent
ENVIRONMENT: Final = {
    k: v
    for k, v in os.environ.items()  # noqa: TID251 - what a child process is started with
    if k not in {"BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "PYTHONUNBUFFERED"}
}
ANNOUNCED: Final = "A deployment is under way. See it at "
PATIENCE: Final = 30


@contextmanager
def demo(*options: str, **environment: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A demo that runs, and its address."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        [str(BIN / "bluegreen"), "demo", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT | environment,
    )
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        assert said.startswith(ANNOUNCED)
        assert said.endswith(" until Ctrl-C.\n")
        yield process, said.removeprefix(ANNOUNCED).partition(" ")[0]
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def ask(url: str, headers: Mapping[str, str]) -> str:
    request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - likewise
        text: str = answer.read().decode()
        return text


@dataclass(frozen=True)
class Program:
    """A browser that only notes which address it was given."""

    path: Path

    @property
    def opened(self) -> str | None:
        note = self.path.with_suffix(".opened")
        return note.read_text("utf-8") if note.exists() else None


@pytest.fixture
def browser(tmp_path: Path) -> Program:
    return program(tmp_path / "browser")


def program(path: Path) -> Program:
    path.write_text(
        f'#!/bin/sh\nprintf %s "$1" > {path}.new\nmv {path}.new {path}.opened\n', encoding="utf-8"
    )
    path.chmod(0o755)
    return Program(path)


def test_it_serves_the_page_with_a_deployment_under_way_until_a_signal_comes(
    browser: Program,
) -> None:
    with demo("--no-browser", BROWSER=str(browser.path)) as (process, url):
        assert "<title>bluegreen on this machine</title>" in ask(url, {"Accept": "text/html"})
        seen: Any = json.loads(ask(f"{url}_bluegreen/page/view", {}))
        (deployment,) = seen["Deployments"]
        assert (deployment["Running"], deployment["EndpointName"]) == (True, "churn")
        assert [alarm["State"] for alarm in seen["Alarms"]] == ["OK", "OK"]
        assert seen["Speed"] == 20
        process.terminate()
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (0, "", "")
    assert browser.opened is None


@pytest.mark.slow
def test_it_opens_the_page_in_the_browser_that_there_is(browser: Program) -> None:
    with demo(BROWSER=str(browser.path)) as (_, url):
        end = time.monotonic() + PATIENCE
        while browser.opened is None and time.monotonic() < end:
            ask(f"{url}_bluegreen/page/view", {})
    assert browser.opened == url


@pytest.mark.slow
def test_it_goes_on_without_a_browser_and_leaves_one_in_the_terminal_alone(tmp_path: Path) -> None:
    in_the_terminal = program(tmp_path / "w3m")
    path = f"{tmp_path}{os.pathsep}{ENVIRONMENT['PATH']}"
    with demo(TERM="xterm", PATH=path, BROWSER="") as (_, url):
        for _ in range(5):
            assert json.loads(ask(f"{url}_bluegreen/page/view", {}))["Endpoints"]
    assert in_the_terminal.opened is None


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner(mix_stderr=False).invoke(main, ["demo", "--port", port])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: Port {port} cannot be used: Address already in use")
