"""What bluegreen itself says and draws of deployments: handed in to the page.

The simulator knows none of that, so that it can be wrong about nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bluegreen.contract.record import DeploymentRecord, StageRecord


@dataclass(frozen=True)
class Words:
    """How to say it.

    `report` draws the report on the deployment of an endpoint, a start and an id at a moment: HTML
    that is whole by itself; None where no such deployment has ended. `rests_on` says what a verdict
    rests on, `is_doubtful` whether a success says little. `timeline` draws stages that were seen,
    stages that are expected, and marked moments: an SVG that is whole by itself.
    """

    report: Callable[[str, datetime, str, datetime], str | None]
    rests_on: Callable[[DeploymentRecord], str]
    is_doubtful: Callable[[DeploymentRecord], bool]
    timeline: Callable[[Sequence[StageRecord], Sequence[StageRecord], Sequence[datetime]], str]
