"""One client's script, run against an embedded AWS of its own."""

import json
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Final

from clients.results import Seen, faults, told
from clients.server import serving
from clients.table import Client

SECONDS: Final = 900
"""How long one client may take, on a machine that has much else to do."""

LAST_LINES: Final = 20
"""Of what a script that failed printed."""


@dataclass(frozen=True)
class Trial:
    """What the script told, None where that was nothing; and what is not as it has to be."""

    seen: Seen | None
    faults: list[str]


def tried(client: Client, before: Seen | None) -> Trial:
    """Start an embedded AWS, run the script, and end both."""
    with serving() as server:
        lines, ending = _run(client.command, server.environment)
        found = [*ending, *server.faults()]
    try:
        seen = told(lines)
    except ValueError as error:
        return Trial(None, [str(error), *found])
    return Trial(seen, [*faults(before, seen), *found])


def _run(command: list[str], given: dict[str, str]) -> tuple[list[Mapping[str, str]], list[str]]:
    """The lines that a script told, and how it ended where it did not end well."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own scripts
            command,
            env=given,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,  # so that what it started ends with it
        )
        late = threading.Timer(SECONDS, os.killpg, (process.pid, signal.SIGKILL))
        late.start()
        try:
            lines = list(_lines(process))
            code = process.wait()
        finally:
            late.cancel()
            if process.poll() is None:  # somebody stopped us
                os.killpg(process.pid, signal.SIGKILL)
        return lines, [f"The script ended with {code}: {_last(errors)}"] if code else []


def _lines(process: subprocess.Popen[str]) -> Iterator[Mapping[str, str]]:
    """What the script tells, shown as it comes; clients print lines of their own."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith('{"'):
            read: dict[str, str] = json.loads(line)
            print("  " + "  ".join(read.values()), flush=True)  # noqa: T201 - progress
            yield read


def _last(errors: IO[str]) -> str:
    errors.seek(0)
    return "\n".join(errors.read().splitlines()[-LAST_LINES:])
