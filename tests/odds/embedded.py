"""Run drawn deployments on the whole embedded AWS: `python -m odds.embedded 0 100`.

With PYTHONPATH=tests. What is not as computed is printed; the exit code is 1 then.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from odds.agreement import disagreements, first_tripped
from odds.chances import chance_of, within
from odds.deployments import draw
from odds.runs import Run, run


class Odds(NamedTuple):
    """How likely a deployment is stopped, and whether it was."""

    chance: float
    stopped: bool


@dataclass
class Figures:
    """What came of some runs; `found` are bad greens that were stopped by an alarm.

    `odds` are, of each bad green and of each healthy one, how likely it is stopped and whether it
    was; but for those that may be aborted before.
    """

    runs: int = 0
    bad: int = 0
    found: int = 0
    first: int = 0
    healthy: int = 0
    stopped: int = 0
    aborted: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    odds_of_bad: list[Odds] = field(default_factory=list)
    odds_of_healthy: list[Odds] = field(default_factory=list)

    def add(self, each: Run) -> None:
        """Count a run."""
        drawn, stopped = each.drawn, each.is_stopped
        self.runs += 1
        self.wrong += disagreements(each)
        self.outcomes.update(row["Outcome"] for row in each.record.get("Guardrails", []))
        self.kinds[f"{drawn.mode}, {each.assumed.alarms_read}"] += 1
        self.aborted += each.record.get("Trigger") == "ABORT"
        if drawn.is_healthy:
            self.healthy += 1
            self.stopped += stopped
        else:
            self.bad += 1
            self.found += stopped
            self.first += stopped and _in_the_first_bake(each)
        if drawn.not_enough_data != "ABORT":
            odds = self.odds_of_healthy if drawn.is_healthy else self.odds_of_bad
            odds.append(Odds(chance_of(each), stopped))

    @property
    def unlikely(self) -> list[str]:
        """Which counts are not within what the odds say."""
        counted = ("bad", self.odds_of_bad), ("healthy", self.odds_of_healthy)
        return [
            f"of {what} greens were stopped {_in_words(odds)}"
            for what, odds in counted
            if not _is_within(odds)
        ]

    def __str__(self) -> str:
        """All of them in a few lines."""
        return (
            f"{self.runs} runs, {len(self.wrong)} disagreements\n"
            f"bad: {self.bad}, found {self.found} ({self.first} in the first bake),"
            f" not found {self.bad - self.found}\n"
            f"healthy: {self.healthy}, falsely stopped {self.stopped}\n"
            f"bad and stopped: {_in_words(self.odds_of_bad)}\n"
            f"healthy and stopped: {_in_words(self.odds_of_healthy)}\n"
            f"aborted for too little data: {self.aborted}\n"
            f"guardrails: {dict(self.outcomes)}\nruns: {dict(sorted(self.kinds.items()))}\n"
        )


def _in_words(odds: Sequence[Odds]) -> str:
    low, high = within([each.chance for each in odds])
    total = sum(each.chance for each in odds)
    happened = sum(each.stopped for each in odds)
    return f"{happened} of {len(odds)}, expected {total:.2f}, {low} to {high}"


def _is_within(odds: Sequence[Odds]) -> bool:
    low, high = within([each.chance for each in odds])
    return low <= sum(each.stopped for each in odds) <= high


def _in_the_first_bake(each: Run) -> bool:
    at = first_tripped(each)
    assert each.began is not None
    return at is not None and (at - each.began).total_seconds() < each.drawn.bakes[0].end


def tried(numbers: Iterable[int]) -> Figures:
    """Run the deployments of these numbers."""
    figures = Figures()
    for each in run(map(draw, numbers)):
        figures.add(each)
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the deployments from the first number on, before the second one."""
    asked, begun = _arguments(arguments), time.monotonic()
    figures = tried(range(asked.first, asked.end))
    wrong = [*figures.wrong, *figures.unlikely]
    sys.stdout.write("".join(f"{words}\n" for words in wrong))
    sys.stdout.write(f"{figures}{time.monotonic() - begun:.0f} s\n")
    return int(bool(wrong))


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=int)
    parser.add_argument("end", type=int)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
