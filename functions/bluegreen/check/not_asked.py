"""What nobody asked to be checked: a line of the plan that says how to ask, not a finding."""

from dataclasses import dataclass
from typing import Final

from bluegreen.contract.findings import Finding


@dataclass(frozen=True)
class NotAsked:
    """A check that was not made because nobody asked for it; `words` say what turns it on."""

    words: str


Result = Finding | NotAsked
"""What a rule yields."""

ROLES: Final = NotAsked(
    "whether the model's role may read the alarms (stack parameter CheckRoles, or"
    " RolesMayDescribeAlarms in a --world file)"
)
SCALING: Final = NotAsked("auto scaling (ScalableTargets in a --world file)")
TRAFFIC: Final = NotAsked("traffic of the last day (Traffic in a --world file)")


def quotas_for(instances: str) -> NotAsked:
    """The quotas, for these instances in words."""
    how = "stack parameter CheckQuotas, or Quotas in a --world file"
    return NotAsked(f"instance quotas for {instances} at the same time ({how})")
