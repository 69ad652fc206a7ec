"""A thousand deployments at once on the embedded AWS: `python -m scale.run`.

Keeps the figures of each run in `figures.json` beside this as it ends, and writes the section of
`docs/performance.md` anew. `--deployments N` takes as many in each run, `--only NAME` one run.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bluegreen_simulator.rules.faults.kinds import ApiError, ApiFault, Window
from scale.crowd import ROOT, Crowd, Quota, run
from scale.figures import Figures, figures_of
from scale.tables import printed

KEPT: Final = Path(__file__).with_name("figures.json")
PAGE: Final = ROOT / "docs/performance.md"
BLOCK: Final = re.compile(r"(<!-- printed: scale -->\n```\n).*?(^```$)", re.DOTALL | re.MULTILINE)

ALL: Final = 1000
QUOTAS: Final = (
    Quota("cloudwatch", "DescribeAlarms", 9, 9),
    Quota("cloudwatch", "DescribeAlarmHistory", 3, 3),
    Quota("cloudwatch", "PutMetricAlarm", 3, 3),
    Quota("cloudwatch", "GetMetricData", 50, 50),
    Quota("stepfunctions", "DescribeExecution", 10, 250),
    Quota("stepfunctions", "ListExecutions", 2, 100),
    Quota("stepfunctions", "SendTaskSuccess", 300, 1500),
)
"""Published for an account and Region, those of Step Functions for most Regions: CloudWatch User
Guide, "CloudWatch service quotas"; Step Functions Developer Guide, "Quotas"."""

MINUTES: Final = (Window(0, 60), Window(420, 480))
"""Seconds after the start: when they begin, and when the alarms of those that fail trip."""

THROTTLED: Final = tuple(ApiFault("lambda", ApiError.THROTTLING, window=one) for one in MINUTES)
RUNS: Final = {
    "burst": Crowd(ALL, failing=1, lost=0.01, twice=0.01, late=0.01),
    "0 %": Crowd(ALL),
    "1 %": Crowd(ALL, lost=0.01, twice=0.01, late=0.01),
    "10 %": Crowd(ALL, lost=0.1, twice=0.1, late=0.1),
    "quotas": Crowd(200, quotas=QUOTAS),
    "no Lambda": Crowd(100, apis=THROTTLED),
}
"""In `burst` every deployment is rolled back by its alarm, in the others every second one."""


def scaled(crowd: Crowd, deployments: int | None = None) -> Crowd:
    """A run with so many deployments, and with as much less of each quota than 1,000 would have."""
    count = deployments or crowd.deployments
    share = count / ALL
    quotas = [
        replace(each, per_second=share * each.per_second, at_once=max(1, share * each.at_once))
        for each in crowd.quotas
    ]
    return replace(crowd, deployments=count, quotas=tuple(quotas))


def measure(name: str, deployments: int | None = None) -> Figures:
    """The figures of one run, told of on stderr as it goes on."""
    began = time.monotonic()

    def tell(words: str) -> None:
        sys.stderr.write(f"{name}: {words}, {time.monotonic() - began:,.0f} s of real time\n")

    return figures_of(run(scaled(RUNS[name], deployments), tell))


def write(kept: Mapping[str, Figures]) -> None:
    """Keep the figures, and write them into the page."""
    KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    text = BLOCK.sub(lambda found: found[1] + printed(kept) + found[2], page)
    PAGE.write_text(text, encoding="utf-8")


def kept() -> dict[str, Figures]:
    """The figures of the runs that were made."""
    found: dict[str, Figures] = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    return {name: found[name] for name in RUNS if name in found}


def main() -> None:
    """Run what is asked for, and write what it shows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--deployments", type=int, help="in each run; else 1,000 in `burst`")
    parser.add_argument("--only", choices=RUNS, action="append", help="one run; may be repeated")
    asked: Any = parser.parse_args()
    for name in asked.only or RUNS:
        found = kept() | {name: measure(name, asked.deployments)}
        write({each: found[each] for each in RUNS if each in found})
    sys.stdout.write(printed(kept()))


if __name__ == "__main__":
    main()
