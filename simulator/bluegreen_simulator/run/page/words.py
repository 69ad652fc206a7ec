"""What bluegreen itself says of deployments that have ended: handed in to the page.

The simulator knows none of that, so that it can be wrong about nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bluegreen.contract.record import DeploymentRecord


@dataclass(frozen=True)
class Words:
    """How to say it.

    `report` draws the report on the deployment of an endpoint, a start and an id at a moment: HTML
    that is whole by itself; None where no such deployment has ended. `rests_on` says what a verdict
    rests on, `is_doubtful` whether a success says little.
    """

    report: Callable[[str, datetime, str, datetime], str | None]
    rests_on: Callable[[DeploymentRecord], str]
    is_doubtful: Callable[[DeploymentRecord], bool]
