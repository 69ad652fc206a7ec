"""`make bench`: bluegreen beside polling loops, run on the embedded AWS, two runs at a time.

It prints the tables, and writes them into docs/performance.md. The counts are the same on every
machine and under any load, since time on the embedded AWS is virtual.
"""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Final

from performance_page import write
from polling.deployments import LONG, SHORT, Deployment
from polling.measured import Cell, Measured, measure
from polling.tables import EVENT_SECONDS, USUAL_SECONDS, blocks
from polling.ways import ALL, BLUEGREEN, POLL_30, SLEEP, Way

AT_ONCE: Final = 2


def cells() -> list[Cell]:
    """All that is run, in the order of the tables."""
    short = [cell for each in SHORT for cell in _followed(each, ALL)]
    long = [cell for each in LONG for cell in _followed(each, (BLUEGREEN, *POLL_30, SLEEP))]
    return [*short, *long]


def _followed(deployment: Deployment, ways: tuple[Way, ...]) -> Iterator[Cell]:
    """Events concern bluegreen alone, so one run of any other way stands for all their delays."""
    for way in ways:
        for seconds in EVENT_SECONDS if way.is_ours else (USUAL_SECONDS,):
            yield Cell(deployment, way, seconds)


def run(wanted: list[Cell]) -> dict[Cell, Measured]:
    """Run them, the longest first, and tell how far it is."""
    began, found = time.monotonic(), {}
    with ProcessPoolExecutor(AT_ONCE, get_context("spawn")) as pool:
        waiting = {pool.submit(measure, cell): cell for cell in sorted(wanted, key=_looks)}
        for future in as_completed(waiting):
            cell = waiting[future]
            found[cell] = future.result()
            sys.stderr.write(
                f"{len(found):>3} of {len(wanted)}, {time.monotonic() - began:>4.0f} s:"
                f" {cell.deployment.name}, {cell.way.name}\n"
            )
    return {cell: found[cell] for cell in wanted}


def _looks(cell: Cell) -> float:
    """The more looks, the longer it takes, and the smaller the number."""
    deployment = cell.deployment
    return -deployment.steps * deployment.bake_seconds / (cell.way.wait_seconds or 600)


def main() -> None:
    """Run, print and write."""
    began = time.monotonic()
    for name, text in blocks(run(cells())).items():
        sys.stdout.write(f"{text}\n")
        write(name, text)
    sys.stderr.write(f"written into docs/performance.md after {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    main()
