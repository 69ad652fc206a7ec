"""Try every client against the embedded AWS, and write `docs/clients.md`: `make clients`.

`python -m clients.run [--only NAME] [--moto FOLDER] [--notebooks FOLDER]`: with a folder,
moto's own tests in a checkout of it, or AWS's notebooks, instead of the clients. What broke is
told, and then nothing is written.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from clients import moto_tests
from clients.results import Seen, faults, store, stored, told
from clients.server import Running, serving
from clients.table import CLIENTS, CLIENTS_PYTHON, Client
from clients.write import write
from shipped import ROOT

SECONDS: Final = 900
"""How long one client may take, on a machine that has much else to do."""

LAST_LINES: Final = 20
"""Of what a script that failed printed."""


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; 1 where anything is otherwise than it has to be."""
    parser = argparse.ArgumentParser(prog="make clients")
    parser.add_argument("--only", default="", help="a part of the names of the clients to try")
    parser.add_argument("--moto", type=Path, help="a checkout of moto")
    parser.add_argument("--notebooks", type=Path, help="a folder with AWS's notebooks")
    options = parser.parse_args(arguments)
    found = _found(options.only.lower(), options.moto, options.notebooks)
    for each in found:
        print(f"NOT RIGHT  {each}", file=sys.stderr)  # noqa: T201 - a command
    return bool(found)


def _found(only: str, moto: Path | None, notebooks: Path | None) -> list[str]:
    """All that is not as it has to be; where that is nothing, the page is written."""
    if moto or notebooks:
        found = [] if moto is None else list(moto_tests.faults(moto.resolve()))
        return found + ([] if notebooks is None else _notebooks(notebooks))
    results, found = _tried([client for client in CLIENTS if only in client.name.lower()])
    if not found:
        _keep(results)
    return found


def _notebooks(folder: Path) -> list[str]:
    """Run AWS's notebooks; each run has an embedded AWS of its own."""
    command = [sys.executable, "-m", "clients.notebooks", str(folder), CLIENTS_PYTHON]
    ended = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603 - our own command
    return ["A notebook: see above."] if ended.returncode else []


def _tried(clients: Sequence[Client]) -> tuple[dict[str, Seen], list[str]]:
    """What was seen of the clients, and all that is not as it has to be."""
    results: dict[str, Seen] = {}
    found: list[str] = []
    before = stored()
    print("starting the embedded AWS", flush=True)  # noqa: T201 - progress
    with serving() as server:
        for client in clients:
            if client.needs and not shutil.which(client.needs):
                print(f"{client.name}: not tried, there is no {client.needs} here", flush=True)  # noqa: T201 - progress
                continue
            seen, ending = _run(client, server)
            if seen:
                results[client.name] = seen
                found += [
                    f"{client.name}: {each}" for each in faults(before.get(client.name), seen)
                ]
            found += ending
        found += server.faults()
    return results, found


def _run(client: Client, server: Running) -> tuple[Seen | None, list[str]]:
    """One client's script; None where it told nothing, and how it ended where that is a fault."""
    print(f"{client.name}: {client.what}", flush=True)  # noqa: T201 - progress
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own scripts
            client.command,
            env=server.environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
        late = threading.Timer(SECONDS, os.killpg, (process.pid, signal.SIGKILL))
        late.start()
        lines = list(_lines(process))
        code = process.wait()
        late.cancel()
        ending = [f"{client.name}: its script ended with {code}: {_last(errors)}"]
    try:
        return told(lines), ending if code else []
    except ValueError:
        return None, ending


def _last(errors: IO[str]) -> str:
    errors.seek(0)
    return "\n".join(errors.read().splitlines()[-LAST_LINES:])


def _lines(process: subprocess.Popen[str]) -> Iterator[Mapping[str, str]]:
    """What the script tells, shown as it comes; other libraries print lines of their own."""
    assert process.stdout is not None
    for line in process.stdout:
        if not line.startswith('{"'):
            continue
        read: dict[str, str] = json.loads(line)
        print("  " + "  ".join(reversed(read.values())), flush=True)  # noqa: T201 - progress
        yield read


def _keep(results: Mapping[str, Seen]) -> None:
    """Store them beside those of clients that were not tried, in the order of the table."""
    known = stored() | results
    store({client.name: known[client.name] for client in CLIENTS if client.name in known})
    write()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
