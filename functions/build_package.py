"""Makes the package of a function for `sam build`: `bluegreen` and its byte code, the same for all.

Lambda's folder of the code is read-only: byte code that does not ship is never written there, and
every cold start would compile each module. SAM's zip gives all files one date, so byte code that
Python compares with its source by date would not be used. This is not compared at all (PEP 552).

Runs in the folder of `bluegreen`; its one argument is the folder to put the package into.
"""

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from compileall import compile_dir
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Final

CODE: Final = "bluegreen"
SHIPPED: Final = ("*.py", "py.typed")
MAGIC: Final = "f30d0d0a"
"""Begins the byte code of Python 3.13, which ignores any other without a word."""

LAMBDA_FOLDER: Final = "/var/task"
"""Where Lambda has the package; the byte code says that its source is there."""


def main(target: Path) -> None:
    """Put the package into a folder; SystemExit says why there is none."""
    _refuse()
    shutil.rmtree(target / CODE, ignore_errors=True)
    unfinished = target / "unfinished"  # a build at the same time takes nothing half done
    sources = _sources(Path())
    twin = next(_twins(target, sources), None)
    if twin:
        shutil.copytree(twin, unfinished / CODE, copy_function=_link)
    else:
        _compile(sources, unfinished)
    (unfinished / CODE).rename(target / CODE)
    unfinished.rmdir()


def _refuse() -> None:
    if importlib.util.MAGIC_NUMBER.hex() != MAGIC:
        version = sys.version.partition(" ")[0]
        sys.exit(f"The functions need Python 3.13's byte code, and {sys.executable} is {version}.")
    if Path("requirements.txt").exists():
        sys.exit(
            "functions/requirements.txt is there, and nothing installs it. Put what it names into a"
            ' layer (docs/deploy.md, "Regions"), and delete it.'
        )


def _sources(folder: Path) -> dict[Path, bytes]:
    """What of `bluegreen` in a folder ships, by its path there; no byte code of a developer."""
    found = (path for pattern in SHIPPED for path in (folder / CODE).rglob(pattern))
    return {path.relative_to(folder): path.read_bytes() for path in sorted(found)}


def _twins(target: Path, sources: Mapping[Path, bytes]) -> Iterator[Path]:
    """The same package, of functions that this run of `sam build` has built already."""
    for byte_code in target.parent.glob(f"*/{CODE}/__pycache__"):
        if _sources(byte_code.parents[1]) == sources:
            yield byte_code.parent


def _link(source: str, target: str) -> None:
    """A second name for a file; a copy, where there are no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _compile(sources: Mapping[Path, bytes], folder: Path) -> None:
    for path, source in sources.items():
        copy = folder / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(source)
    mode = PycInvalidationMode.UNCHECKED_HASH
    if not compile_dir(
        folder, quiet=1, stripdir=folder, prependdir=LAMBDA_FOLDER, invalidation_mode=mode
    ):
        sys.exit("The functions were not built, because they do not compile.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
