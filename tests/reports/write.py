"""Write the sample reports anew: `PYTHONPATH=tests python -m reports.write`.

A test compares them with what the code makes, so each change of a page is seen in a diff.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

from bluegreen.contract.times import from_text
from bluegreen.deployment.history import PastDeployment
from bluegreen.report.page import report
from reports.samples import played

FOLDER: Final = Path(__file__).parent
PAGES: Final[Mapping[str, str]] = {
    "rolled-back": "canary-rolled-back-in-first-bake",
    "succeeded": "linear-succeeds",
}
"""The sample reports, and their scenarios."""

LATER: Final = timedelta(days=20)
"""When they are made: CloudWatch has forgotten by then what it saw every minute."""


@cache
def past(name: str) -> PastDeployment:
    """The deployment of a sample report."""
    return played(PAGES[name])


def page(name: str) -> str:
    """A sample report, as the code makes it."""
    deployment = past(name)
    return report(deployment, from_text(deployment.record["EndedAt"]) + LATER)


def path_of(name: str) -> Path:
    """Where it is kept."""
    return FOLDER / f"{name}.html"


if __name__ == "__main__":
    for each in PAGES:
        path_of(each).write_text(page(each), encoding="utf-8")
