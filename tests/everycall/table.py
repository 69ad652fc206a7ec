"""Try faults at calls and print what became of them: `PYTHONPATH=tests python -m everycall.table`.

Without arguments everything is tried, which takes more than an hour of one core; --scene and
--function leave out the rest, and --part 1/4 is the first of four parts.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from everycall.calls import read
from everycall.kinds import KINDS, Call
from everycall.trial import Trial, trials

WIDTH: Final = 30


def main() -> int:
    """Try what is asked for; the exit code is 1 if a promise was broken."""
    arguments = _arguments()
    done = list[Trial]()
    for scene, call in _chosen(arguments):
        for trial in trials(scene, call):
            done.append(trial)
            _tell_breaches(trial)
        sys.stderr.write(f"{scene}: {call}, {len(done)} trials\n")
    sys.stdout.write("\n".join(table(done)) + "\n")
    return int(any(trial.breaches for trial in done))


def table(done: Sequence[Trial]) -> list[str]:
    """For each kind of fault: how many trials, with which verdicts, and how late people knew."""
    lines = [f"{'fault':{WIDTH}}trials  broken  longest delay  verdicts"]
    for kind in KINDS:
        mine = [trial for trial in done if trial.kind == kind.name]
        if mine:
            lines.append(f"{kind.name:{WIDTH}}{_row(mine)}")
    calls = {(trial.scene, trial.call) for trial in done}
    return [*lines, f"{f'all, at {len(calls)} calls':{WIDTH}}{_row(done)}"]


def _row(done: Sequence[Trial]) -> str:
    broken = sum(bool(trial.breaches) for trial in done)
    late = max((trial.delay for trial in done), default=0)
    return f"{len(done):6}  {broken:6}  {late:11.0f} s  {_in_words(done)}"


def _in_words(done: Iterable[Trial]) -> str:
    verdicts = Counter(verdict for trial in done for verdict in trial.verdicts or ("none",))
    return ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())


def _tell_breaches(trial: Trial) -> None:
    for breach in trial.breaches:
        sys.stdout.write(f"{trial.scene}: {trial.call}, {trial.kind}: {breach}\n")
        sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scene", default="")
    parser.add_argument("--function", default="")
    parser.add_argument("--part", default="1/1")
    return parser.parse_args()


def _chosen(arguments: argparse.Namespace) -> list[tuple[str, Call]]:
    first, parts = map(int, arguments.part.split("/"))
    asked = [
        (scene, call)
        for scene, call in read()
        if arguments.scene in {"", scene} and arguments.function in {"", call.function}
    ]
    return asked[first - 1 :: parts]


if __name__ == "__main__":
    sys.exit(main())
