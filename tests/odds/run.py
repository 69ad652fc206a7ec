"""Compute the table: `python -m odds.run`, with PYTHONPATH=tests, and then `python -m odds.write`.

Cells that the file of counts has already are left as they are, so a long run can be resumed; to
compute them anew, delete the file. `--part 1/2` and `--part 2/2` share the cells between two
processes, by how many requests there are; put their files together afterwards.
"""

import argparse
import sys
import time
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from odds.cells import RATES, Cell, cells
from odds.counts import DRAWS, counted
from odds.stored import COUNTS, line, stored


def main() -> None:
    """Compute what lacks, and write each cell down when it is done."""
    arguments = _arguments()
    part, parts = map(int, arguments.part.split("/"))
    done, begun = stored(arguments.to), time.monotonic()
    mine = [those for those in together() if RATES.index(those[0].rate) % parts == part - 1]
    lacking = [those for those in mine if those[0].name not in done]
    with arguments.to.open("a", encoding="utf-8") as file:
        for number, those in enumerate(lacking, 1):
            for name, counts in counted(those, arguments.draws, arguments.seed).items():
                file.write(line(name, counts))
            file.flush()
            seconds = time.monotonic() - begun
            sys.stdout.write(f"{number}/{len(lacking)}, {seconds:.0f} s: {those[0].name}\n")
            sys.stdout.flush()


def together() -> list[list[Cell]]:
    """The cells, those that share their draws in one list."""
    of = groupby(cells(), key=lambda cell: replace(cell, by_config=False))
    return [list(those) for _, those in of]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=COUNTS)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", default="1/1")
    return parser.parse_args()


if __name__ == "__main__":
    main()
