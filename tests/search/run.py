"""Draw histories by seed, so that a long search can be resumed: `python -m search.run 0 100`.

Each seed draws HISTORIES histories. What breaks is printed with its steps, and with --shrink as few
of them as suffice; the exit code is 1 then.
"""

import argparse
import sys
import time
import traceback
from typing import Final

from hypothesis import Phase

from search.test_search import search

HISTORIES: Final = 50
"""Of each seed."""


def main() -> int:
    """Run the seeds from the first one on, before the second one."""
    arguments = _arguments()
    begun, failed = time.monotonic(), list[int]()
    for seed in range(arguments.first, arguments.end):
        if not _holds(seed, shrink=arguments.shrink):
            failed.append(seed)
        done = (seed - arguments.first + 1) * HISTORIES
        spent = time.monotonic() - begun
        sys.stdout.write(f"seed {seed}: {done} histories, {spent:.0f} s, broken: {failed}\n")
        sys.stdout.flush()
    return int(bool(failed))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=int)
    parser.add_argument("end", type=int)
    parser.add_argument("--shrink", action="store_true")
    return parser.parse_args()


def _holds(seed: int, *, shrink: bool) -> bool:
    phases = [Phase.generate, *([Phase.shrink] if shrink else [])]
    try:
        search(HISTORIES, seed, phases)
    except Exception:  # noqa: BLE001 - whatever a history breaks is told, and the next one drawn
        traceback.print_exc(file=sys.stdout)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
