"""Try drawn pairs by number, so that a long run can be resumed: `python -m drawn.run 0 500`.

With PYTHONPATH=tests; --guarded gives the pairs guardrails, and with --newest-minute late no alarm
sees the minute that has just ended. What the check said of a pair and was not so is printed, with
the pair; the exit code is 1 then.
"""

import argparse
import sys
import time
from typing import Final

from bluegreen_simulator.rules.alarms.evaluation import NEWEST_MINUTE, NewestMinute
from drawn.claims import contradictions
from drawn.figures import Figures
from drawn.pairs import draw, draw_guarded
from drawn.world import tried

PAIRS_OF_A_WORLD: Final = 25


def main() -> int:
    """Try the pairs from the first one on, before the second one."""
    arguments = _arguments()
    begun, figures = time.monotonic(), Figures()
    of = draw_guarded if arguments.guarded else draw
    for first in range(arguments.first, arguments.end, PAIRS_OF_A_WORLD):
        numbers = range(first, min(first + PAIRS_OF_A_WORLD, arguments.end))
        for each in tried([of(number) for number in numbers], arguments.newest_minute):
            found = contradictions(each)
            figures.add(each, found)
            for words in found:
                sys.stdout.write(f"{words}\n  {each.pair}\n")
        sys.stdout.write(f"{figures}, {time.monotonic() - begun:.0f} s\n")
        sys.stdout.flush()
    return int(bool(figures.contradictions))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=int)
    parser.add_argument("end", type=int)
    parser.add_argument("--guarded", action="store_true")
    parser.add_argument(
        "--newest-minute", type=NewestMinute, choices=list(NewestMinute), default=NEWEST_MINUTE
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
