"""What lost events cost: verdicts, and how long after the endpoint settled its end was told.

`make bench` prints the table, and writes it into docs/performance.md. Every loss is drawn from the
same seed, and each scenario is run once for each share of lost events.
"""

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bluegreen.contract.times import from_text
from bluegreen_simulator.inputs.scenario import Scenario, load
from bluegreen_simulator.rules.faults.kinds import EventFault
from bluegreen_simulator.run.simulation import Outcome, simulate
from performance_page import write

ROOT: Final = Path(__file__).parents[1]
SCENARIOS: Final = (
    "canary-succeeds",
    "canary-rolled-back-in-first-bake",
    "linear-succeeds",
    "all-at-once-succeeds",
    "rolling-succeeds",
    "provisioning-fails",
)
SHARES: Final = (0, 10, 100)
"""Percent of the events of AWS that never arrive."""

MOST_EVENTS: Final = 200
"""More than any of these scenarios has."""


@dataclass(frozen=True)
class Row:
    """One run: the share of lost events, the verdict, and the delay of the end in seconds."""

    scenario: str
    share: int
    verdict: str
    expected: str
    delay: float


def lossy(scenario: Scenario, share: int) -> Scenario:
    """The scenario with so many percent of the events lost."""
    if share == 100:  # noqa: PLR2004 - all of them
        return replace(scenario, plan=replace(scenario.plan, drop_events=True))
    chance = random.Random(f"{scenario.id} {share}")  # noqa: S311 - repeatable, not secret
    lost = [number for number in range(1, MOST_EVENTS) if chance.random() < share / 100]
    faults = tuple(EventFault(drop=True, nth=number, times=1) for number in lost)
    return replace(scenario, plan=replace(scenario.plan, events=faults))


def delay_of(outcome: Outcome) -> float:
    """Seconds from the endpoint's settling to the terminal message."""
    settled = [
        entry.at
        for entry in outcome.journal
        if entry.kind == "endpoint" and entry.data["stage"] == "SETTLED"
    ]
    return (from_text(outcome.record["EndedAt"]) - settled[-1]).total_seconds()


def rows() -> Iterator[Row]:
    """Every scenario with every share."""
    for name in SCENARIOS:
        scenario = load(ROOT / f"events/scenarios/{name}.yaml")
        for share in SHARES:
            outcome = simulate(lossy(scenario, share), ROOT / "template.yaml")
            expected = scenario.expected["Verdict"]
            yield Row(name, share, outcome.record["Verdict"], expected, delay_of(outcome))


def table() -> str:
    """The table as Markdown: by scenario, the delays at each share of lost events."""
    found = {(row.scenario, row.share): row for row in rows()}
    heads = " | ".join(f"{share} % lost" for share in SHARES)
    lines = [f"| Scenario | Verdict | {heads} |", "|---|---|" + "---|" * len(SHARES)]
    for name in SCENARIOS:
        mine = [found[name, share] for share in SHARES]
        right = all(row.verdict == row.expected for row in mine)
        verdict = mine[0].expected if right else "WRONG"
        lines.append(f"| {name} | {verdict} | {' | '.join(f'{r.delay:.0f} s' for r in mine)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    told = table() + "\n"
    sys.stdout.write(told)
    write("event-loss", told)
