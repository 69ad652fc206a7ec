"""Try every client against the embedded AWS, and write `docs/clients.md`: `make clients`.

`python -m clients.run [--only NAME] [--moto FOLDER] [--notebooks FOLDER]`: with a folder,
moto's own tests in a checkout of it, or AWS's notebooks, instead of the clients. What is not as it
has to be is told at the end, with exit code 1; of such a client the page keeps what it had.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from clients import moto_tests
from clients.results import Seen, store, stored
from clients.table import CLIENTS, CLIENTS_PYTHON, Client
from clients.trial import tried
from clients.write import write
from shipped import ROOT


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
    """All that is not as it has to be."""
    if moto or notebooks:
        found = [] if moto is None else list(moto_tests.faults(moto.resolve()))
        return found + ([] if notebooks is None else _notebooks(notebooks))
    return _clients([client for client in CLIENTS if only in client.name.lower()])


def _notebooks(folder: Path) -> list[str]:
    """Run AWS's notebooks; each run has an embedded AWS of its own."""
    command = [sys.executable, "-m", "clients.notebooks", str(folder.resolve()), CLIENTS_PYTHON]
    ended = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603 - our own command
    return ["A notebook: see above."] if ended.returncode else []


def _clients(clients: Sequence[Client]) -> list[str]:
    """Try them one by one; what was seen of those without a fault is kept."""
    found: list[str] = []
    for client in clients:
        if client.needs and not shutil.which(client.needs):
            print(f"{client.name}: not tried, for there is no {client.needs} here")  # noqa: T201 - progress
            continue
        print(f"{client.name}: {client.what}", flush=True)  # noqa: T201 - progress
        trial = tried(client, stored().get(client.name))
        found += [f"{client.name}: {each}" for each in trial.faults]
        if trial.seen and not trial.faults:
            _keep({client.name: trial.seen})
    return found


def _keep(results: Mapping[str, Seen]) -> None:
    """Store them beside those of the others, in the order of the table, and write the page."""
    known = stored() | dict(results)
    store({client.name: known[client.name] for client in CLIENTS if client.name in known})
    write()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
