"""The phases of an update: what happens, how long it takes, and the instances meanwhile."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

Counts = tuple[int, ...]
"""A number of instances of each variant."""


class Phase(StrEnum):
    """What an update is doing."""

    CREATING = "CREATING"
    SHIFTING = "SHIFTING"
    BAKING = "BAKING"
    DELETING_BLUE = "DELETING_BLUE"
    RECREATING_BLUE = "RECREATING_BLUE"
    RETURNING_TRAFFIC = "RETURNING_TRAFFIC"
    DELETING_GREEN = "DELETING_GREEN"
    COMPLETED = "COMPLETED"
    ROLLED_BACK = "ROLLED_BACK"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"


SETTLED: Final = frozenset({Phase.COMPLETED, Phase.ROLLED_BACK, Phase.ROLLBACK_FAILED})


@dataclass(frozen=True)
class Leg:
    """One phase of the way that an update takes; `length` None is without an end of its own.

    `blue` and `green` count the instances that are there: not those being created or deleted.
    `active` are green's with traffic, `step` the steps that brought it. `count` is what the
    phase is about: instances launched, terminated, or with traffic at its end. While it is
    `watched` an alarm rolls back, while it is `timed` the maximum execution time does.
    `failure` is why it fails at its end, in SageMaker's words.
    """

    phase: Phase
    length: timedelta | None
    blue: Counts
    green: Counts
    active: Counts
    count: Counts = ()
    step: int = 0
    failure: str = ""
    watched: bool = False
    timed: bool = False


@dataclass(frozen=True)
class State:
    """What an update does from `since` until `until`, None for no end that is known.

    `cause` says in words what set off a rollback; `failure_reason` is what SageMaker would say.
    """

    leg: Leg
    since: datetime
    until: datetime | None
    cause: str = ""
    failure_reason: str = ""

    @property
    def phase(self) -> Phase:
        """What it is doing."""
        return self.leg.phase
