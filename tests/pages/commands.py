"""The commands whose output stands on a page, and how they are run: in a terminal, as people do."""

import fcntl
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shipped import ROOT

COLUMNS: Final = 100
COLOUR: Final = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
SECONDS: Final = re.compile(r" in \d+\.\d s,")
"""How long a run took, the one thing that differs from run to run."""

ENVIRONMENT: Final = {k: v for k, v in os.environ.items() if k != "COLUMNS"}  # noqa: TID251 - what a child process is started with


def in_terminal(command: str) -> str:
    """What stays of a shell command in a terminal of 100 columns; it must succeed.

    The terminal is one on which nothing can be drawn, so there is no screen that goes again.
    """
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    process = subprocess.Popen(  # noqa: S603 - a command of the project's own pages
        ["bash", "-c", command],  # noqa: S607 - any bash
        cwd=ROOT,
        env=ENVIRONMENT | {"TERM": "dumb", "COLUMNS": str(COLUMNS), "LINES": "50"},
        stdin=its,
        stdout=its,
        stderr=its,
    )
    os.close(its)
    printed = _read(ours)
    os.close(ours)
    if process.wait(timeout=60):
        raise RuntimeError(f"{command} exited with {process.returncode}:\n{printed}")
    return printed


def _read(terminal: int) -> str:
    parts = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # as Linux tells the end of a terminal
            part = b""
        if not part:
            break
        parts.append(part)
    lines = COLOUR.sub("", b"".join(parts).decode("utf-8")).splitlines()
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def of_make(target: str) -> str:
    """What `make TARGET` would run, once its environment is there."""
    command = ["make", "--no-print-directory", "--dry-run", "--old-file=.venv/.ready", target]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own command
    return done.stdout


def _first_part(printed: str) -> str:
    return printed.partition("\n\n")[0] + "\n"


def _demo() -> str:
    return _first_part(in_terminal(of_make("demo")))


def _plan() -> str:
    command = (
        "bluegreen plan events/requests/linear.json --world events/worlds/churn.json --compare"
    )
    return in_terminal(f"{shlex.quote(str(Path(sys.executable).parent))}/{command}")


@dataclass(frozen=True)
class Command:
    """A command by the name of its block, the page with the block, and what it prints now."""

    name: str
    page: Path
    run: Callable[[], str]


COMMANDS: Final = (
    Command("demo", ROOT / "README.md", _demo),
    Command("plan", ROOT / "docs/plan.md", _plan),
)


def comparable(printed: str) -> str:
    """What a command printed, without the time that it took."""
    return SECONDS.sub(" in a moment,", printed)
