"""What the steps of one run share: names, account, clock, and what was seen."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from bluegreen.clock import Clock
from bluegreen.contract.record import DeploymentRecord
from bluegreen_smoke.aws import Aws
from bluegreen_smoke.steps import Say

ROOT: Final = Path(__file__).resolve().parents[2]
EMBEDDED_STACK: Final = "bluegreen"
"""The stack that `bluegreen local` has deployed already."""

VARIANT: Final = "main"
BLUE: Final = "blue"
GREEN: Final = "green"
RED: Final = "red"
"""The endpoint configs, by their last word: the first, what succeeds it, what is rolled back."""


def new_name() -> str:
    """A name that nothing in any account has: everything that the run makes begins with it."""
    return f"bluegreen-smoke-{uuid4().hex[:8]}"


@dataclass(frozen=True)
class Options:
    """What the caller chose."""

    instance_type: str = "ml.t2.medium"
    instances: int = 2
    image: str = ""
    agreed: bool = False

    @property
    def canary_percent(self) -> int:
        """A canary size whose rounding tells something: it ends in half an instance if it can."""
        return 50 if self.instances % 2 else 25


@dataclass
class Look:
    """One answer of DescribeEndpoint, and during which deployment."""

    deployment: str
    body: dict[str, Any]


@dataclass
class Evidence:
    """What the run saw."""

    events: list[dict[str, Any]] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    records: dict[str, DeploymentRecord] = field(default_factory=dict)
    alarm_at_the_end: str = ""
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass
class Smoke:
    """One run."""

    name: str
    options: Options
    aws: Aws
    clock: Clock
    say: Say
    profile: str | None = None
    account_id: str = ""
    price: float | None = None
    outputs: dict[str, str] = field(default_factory=dict)
    table: str = ""
    evidence: Evidence = field(default_factory=Evidence)

    def named(self, word: str) -> str:
        """The name of one of the run's things."""
        return f"{self.name}-{word}"

    @property
    def stack(self) -> str:
        """The stack that the run speaks to."""
        return EMBEDDED_STACK if self.aws.embedded else self.name

    @property
    def partition(self) -> str:
        """The partition of the region, as ARNs have it."""
        found: str = self.aws.client("sts").meta.partition
        return found
