"""One client's script, run against an embedded AWS of its own."""

import json
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

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
        lines, ending = script(client.command, server.environment)
        found = [*ending, *server.faults()]
    try:
        seen = told(lines)
    except ValueError as error:
        return Trial(None, [str(error), *found])
    return Trial(seen, [*faults(before, seen), *found])


def script(
    command: list[str], given: Mapping[str, str]
) -> tuple[list[Mapping[str, str]], list[str]]:
    """The lines that a script told, and how it ended where it did not end well."""
    printed: deque[str] = deque(maxlen=LAST_LINES)
    with subprocess.Popen(  # noqa: S603 - our own scripts
        command,
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,  # some clients print there what went wrong, some here
        text=True,
        start_new_session=True,  # so that what it started ends with it
    ) as process:
        late = threading.Timer(SECONDS, os.killpg, (process.pid, signal.SIGKILL))
        late.start()
        try:
            lines = list(_lines(process, printed))
            code = process.wait()
        finally:
            late.cancel()
            if process.poll() is None:  # somebody stopped us
                os.killpg(process.pid, signal.SIGKILL)
    return lines, [f"The script ended with {code}: {''.join(printed)}"] if code else []


def _lines(process: subprocess.Popen[str], printed: deque[str]) -> Iterator[Mapping[str, str]]:
    """What the script tells, shown as it comes; lines that the client prints are kept aside."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith('{"'):
            read: dict[str, str] = json.loads(line)
            print("  " + "  ".join(read.values()), flush=True)  # noqa: T201 - progress
            yield read
        elif line.strip():
            printed.append(line)
