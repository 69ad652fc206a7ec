"""What ships, beside what else could: its size when zipped, and the time of a function's start.

`make bench-package` makes each form of the package, zips it as SAM does (all files of 1980), unzips
it as Lambda does, and starts two functions in fresh processes, one form after the other, again and
again: the import of the handler, and the adapters that it asks its account for. Printed and written
into docs/performance.md are ratios of processor time to the floor: boto3 with one small client.
Nothing is written beside the modules, since Lambda's folder is read-only.
"""

import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from compileall import compile_dir
from datetime import datetime
from pathlib import Path
from py_compile import PycInvalidationMode
from statistics import median
from typing import Final

from pages.blocks import replaced

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs/performance.md"
SOURCE: Final = ROOT / "functions"
ROUNDS: Final = 7
HANDLERS: Final = {
    "ConcludeDeployment": "bluegreen.states.conclude_deployment",
    "RelayEndpointEvent": "bluegreen.events.endpoint_event",
}
ADAPTERS: Final = {
    "ConcludeDeployment": "claims deployments endpoints evidence locks queue topic",
    "RelayEndpointEvent": "claims deployments endpoints locks topic workflow",
}
"""What each of them asks its account for when a canary succeeds."""

FLOOR: Final = """
import time
began = time.process_time()
import boto3
boto3.client("stepfunctions", region_name="eu-central-1")
print(time.process_time() - began)
"""
START: Final = """
import importlib, os, sys, time
folder, handler, adapters = sys.argv[1:]
sys.path.insert(0, folder)
names = "DEPLOYMENTS_TABLE_NAME", "NOTIFICATIONS_TOPIC_ARN", "STATE_MACHINE_ARN", "STACK_NAME"
os.environ |= dict.fromkeys(names, "any") | {"CLAIM_SECONDS": "60"}
os.environ |= {"AWS_DEFAULT_REGION": "eu-central-1"}
began = time.process_time()
module = importlib.import_module(handler)
account = module.account()
for name in adapters.split():
    getattr(account, name)
print(time.process_time() - began)
assert module.__file__.startswith(folder), module.__file__
print(*(name for name in sys.modules if name.partition(".")[0] == "bluegreen"))
"""

Package = Mapping[str, bytes]


# ---- Forms of the package --------------------------------------------------------------------


def shipped() -> Package:
    """What `sam build` makes."""
    with tempfile.TemporaryDirectory() as folder:
        target = str(Path(folder) / "OneFunction")
        _run("-I", "build_package.py", target, cwd=SOURCE)
        return _files(Path(target))


def forms() -> dict[str, Package]:
    """The forms by their names."""
    ours = shipped()
    sources = {name: body for name, body in ours.items() if not name.endswith(".pyc")}
    modes = PycInvalidationMode
    return {
        "source alone": sources,
        "byte code by date": _compiled(sources, modes.TIMESTAMP),
        "byte code by hash, compared": _compiled(sources, modes.CHECKED_HASH),
        "byte code, not compared (ships)": ours,
        "byte code without source": _without_source(sources),
    }


def _compiled(sources: Package, mode: PycInvalidationMode, *, beside: bool = False) -> Package:
    with tempfile.TemporaryDirectory() as folder:
        _write(sources, Path(folder))
        assert compile_dir(
            folder,
            quiet=1,
            legacy=beside,
            stripdir=folder,
            prependdir="/var/task",
            invalidation_mode=mode,
        )
        return _files(Path(folder))


def _without_source(sources: Package) -> Package:
    compiled = _compiled(sources, PycInvalidationMode.UNCHECKED_HASH, beside=True)
    return {name: body for name, body in compiled.items() if not name.endswith(".py")}


def alone(package: Package, modules: frozenset[str]) -> Package:
    """Of a package the modules of these names, with their byte code."""
    wanted = set()
    for path in map(Path, package):
        folder = path.parent.parent if path.suffix == ".pyc" else path.parent
        name = ".".join((*folder.parts, path.name.partition(".")[0])).removesuffix(".__init__")
        if name in modules:
            wanted.add(str(path))
    return {name: body for name, body in package.items() if name in wanted}


def zipped(package: Package) -> bytes:
    """As SAM's command line zips it, which gives every file the first date that zips know."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in package.items():
            archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unzipped(archive: bytes, folder: Path) -> None:
    """As Lambda has it: with the dates of the zip, and nothing can be written there."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for info in files.infolist():
            path = Path(files.extract(info, folder))
            dated = datetime(*info.date_time).timestamp()  # noqa: DTZ001 - a zip has no zone
            os.utime(path, (dated, dated))
            path.chmod(0o444)


def _files(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def _write(package: Package, folder: Path) -> None:
    for name, body in package.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


# ---- Measuring -------------------------------------------------------------------------------


def _run(*arguments: str, cwd: Path = ROOT) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    return done.stdout


def seconds(*arguments: str) -> float:
    """The processor time that a fresh process says that it took."""
    return float(_run("-I", "-B", "-c", *arguments).split()[0])


def ratios(folders: Mapping[str, Path]) -> dict[tuple[str, str], float]:
    """The median ratio to the floor that was measured just before, by form and handler."""
    rounds = [_round(folders) for _ in range(ROUNDS)]
    return {key: median(each[key] for each in rounds) for key in rounds[0]}


def _round(folders: Mapping[str, Path]) -> dict[tuple[str, str], float]:
    return {
        (form, name): 1 / seconds(FLOOR) * seconds(*_start(folder, name))
        for form, folder in folders.items()
        for name in HANDLERS
    }


def _start(folder: Path, name: str) -> tuple[str, ...]:
    return START, str(folder), HANDLERS[name], ADAPTERS[name]


def modules(folder: Path, name: str) -> frozenset[str]:
    """The modules of ours that a function has loaded when it has started."""
    return frozenset(_run("-I", "-B", "-c", *_start(folder, name)).splitlines()[1].split())


# ---- The table -------------------------------------------------------------------------------


def table(folder: Path) -> str:
    """The forms, measured; unzips them into a folder."""
    archives = {name: zipped(package) for name, package in forms().items()}
    folders = {name: folder / str(number) for number, name in enumerate(archives)}
    for name, archive in archives.items():
        unzipped(archive, folders[name])
    found = ratios(folders)
    sizes = {name: f"{len(archive) / 1024:.0f} KiB" for name, archive in archives.items()}
    lines = (
        _line(form, sizes[form], *(f"{found[form, name]:.2f}" for name in HANDLERS))
        for form in archives
    )
    single = _single(folders["byte code, not compared (ships)"])
    return "".join([_line("", "zipped", *HANDLERS), *lines, *single])


def _single(folder: Path) -> Iterator[str]:
    package = _files(folder)
    for name in HANDLERS:
        own = zipped(alone(package, modules(folder, name)))
        yield _line(f"of it what {name} loads", f"{len(own) / 1024:.0f} KiB")


def _line(form: str, size: str, *ratios: str) -> str:
    return f"{form:<38}{size:>9}{''.join(f'{each:>20}' for each in ratios)}".rstrip() + "\n"


def main() -> None:
    """Measure, print, and write the page."""
    folder = Path(tempfile.mkdtemp())
    try:
        found = table(folder)
    finally:
        shutil.rmtree(folder)
    sys.stdout.write(found)
    page = replaced(PAGE.read_text(encoding="utf-8"), "package", found)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
