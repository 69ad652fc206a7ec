"""What a canary costs, and the start of each function, before and after, in one run.

`python benchmarks/before_after.py COMMIT` checks the commit out into a temporary folder and
measures there and here with the scripts of here, in turn. Modules, calls, runs, states and bytes
are counts; memory and import time are ratios to boto3 with one small client.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import bluegreen
from startup import FLOOR, ROOT, Beside, Starter, adapters, canary, starts

ROUNDS: Final = 5
TREES: Final = ("functions", "simulator", "cli", "tests", "benchmarks")
Costs = dict[str, Any]


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """The commit in a folder of its own, until the end."""
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder) / "before"
        _git("worktree", "add", "--detach", str(there), commit)
        try:
            yield there
        finally:
            _git("worktree", "remove", "--force", str(there))


def _git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, capture_output=True)  # noqa: S603, S607 - of ours


def costs(root: Path) -> Costs:
    """What a checkout's canary costs, and what its functions ask for; in a process of its own."""
    trees = [str(root / tree) for tree in TREES[:-1]]
    path = os.pathsep.join([*trees, str(ROOT / TREES[-1])])
    script = [sys.executable, __file__, "--costs", str(root)]
    env = {"PATH": os.defpath, "PYTHONPATH": path, "AWS_DEFAULT_REGION": "eu-central-1"}
    told = subprocess.run(script, env=env, check=True, capture_output=True, text=True)  # noqa: S603 - of ours
    answer: Costs = json.loads(told.stdout)
    return answer


def _costs(root: Path) -> Costs:
    if root not in Path(bluegreen.__file__).parents:
        raise RuntimeError(f"It is {bluegreen.__file__} that is measured, and not {root}.")
    outcome, asked = canary(root)
    calls, runs = Counter[str](), Counter[str]()
    for entry in outcome.journal:
        counts = {"api_call": calls, "lambda_invoked": runs}.get(entry.kind)
        if counts is not None:
            counts[entry.data["function"].split("-")[1].removesuffix("Function")] += 1
    return {
        "states": outcome.state_transitions,
        "invocations": outcome.lambda_invocations,
        "calls": calls,
        "runs": runs,
        "adapters": {**adapters(root), **asked},
    }


def zipped(root: Path) -> int:
    """The bytes of the package that ships, zipped; of the sources alone in an earlier commit."""
    build, folder = root / "functions/build_package.py", root / "functions"
    with tempfile.TemporaryDirectory() as made:
        if build.exists():
            folder = Path(made) / "package"
            command = [sys.executable, "-I", str(build), str(folder)]
            subprocess.run(command, cwd=build.parent, check=True)  # noqa: S603 - of ours
        names = "*" if build.exists() else "*.py"
        return _zipped({path: path.relative_to(folder) for path in folder.rglob(names)})


def _zipped(files: Mapping[Path, Path]) -> int:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in files if path.is_file()):
            archive.write(path, files[path])
    return len(package.getvalue())


def started(root: Path, before: Costs, after: Costs) -> dict[str, tuple[Beside, Beside]]:
    """By function, its starts there and here, in turn with those of the floor."""
    old, new = starts(before["adapters"], root), starts(after["adapters"])
    with Starter(root) as there, Starter() as here:
        for name in new:
            there.start(old[name])
            here.start(new[name])
        found = {name: (Beside([], []), Beside([], [])) for name in new}
        for _ in range(ROUNDS):
            for name, (earlier, now) in found.items():
                floor = here.start(FLOOR)
                earlier.add(there.start(old[name]), floor)
                now.add(here.start(new[name]), floor)
    return found


def table(before: Costs, after: Costs, found: Mapping[str, tuple[Beside, Beside]]) -> str:
    """What is printed: there and here."""
    lines = [
        f"{'':<26} there  here",
        f"{'state transitions':<24} {before['states']:>7} {after['states']:>5}",
        f"{'Lambda invocations':<24} {before['invocations']:>7} {after['invocations']:>5}",
        f"{'AWS calls of functions':<24} {_sum(before):>7} {_sum(after):>5}",
        f"{'bytes that ship, zipped':<24} {before['bytes']:>7} {after['bytes']:>7}",
        "",
        f"{'':<20} {'runs':>9} {'calls':>11} {'modules':>11} {'import, in use':>15} {'memory':>12}",
    ]
    lines += [_line(name, before, after, *both) for name, both in found.items()]
    return "\n".join(lines)


def _sum(one: Costs) -> int:
    return sum(one["calls"].values())


def _line(name: str, before: Costs, after: Costs, there: Beside, here: Beside) -> str:
    runs = f"{before['runs'].get(name, 0)} {after['runs'].get(name, 0)}"
    calls = f"{before['calls'].get(name, 0)} {after['calls'].get(name, 0)}"
    modules = f"{there.modules('used')} {here.modules('used')}"
    seconds = f"{there.import_ratio:.2f} {here.import_ratio:.2f}"
    memory = f"{there.memory:.2f} {here.memory:.2f}"
    return f"{name:<20} {runs:>9} {calls:>11} {modules:>11} {seconds:>15} {memory:>12}"


def main() -> None:
    """Measure, and print."""
    if sys.argv[1] == "--costs":
        json.dump(_costs(Path(sys.argv[2])), sys.stdout)
        return
    with checked_out(sys.argv[1]) as there:
        before, after = costs(there), costs(ROOT)
        before["bytes"], after["bytes"] = zipped(there), zipped(ROOT)
        found = started(there, before, after)
    sys.stdout.write(table(before, after, found) + "\n")


if __name__ == "__main__":
    main()
