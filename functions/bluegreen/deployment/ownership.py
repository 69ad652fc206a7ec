"""Who runs a deployment, and whether that execution still lives.

A lock and a place in the queue belong to an execution. Nobody takes either from one that may be
alive: whose state is not known (throttled, denied, no answer) counts as alive.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Final

from bluegreen.contract.times import to_text
from bluegreen.deployment.deployment import DeploymentKey

RUNNING: Final = "RUNNING"
STOPPED: Final = "ABORTED"
ENDED: Final = frozenset({"SUCCEEDED", "FAILED", "TIMED_OUT", STOPPED})
"""The statuses of DescribeExecution of an execution that has ended."""

GONE: Final = "GONE"
"""DescribeExecution says ExecutionDoesNotExist."""

UNKNOWN: Final = "UNKNOWN"
"""DescribeExecution gave no answer, or was denied."""

UNTIL_IT_EXISTS: Final = timedelta(minutes=10)
"""How long an execution may not be found although it holds a lock: reads may lag behind."""

UNTIL_AN_ADOPTER_EXISTS: Final = timedelta(minutes=5)
"""The same for an execution that was about to be started by whoever adopted a deployment."""

CLOCKS_OF_STEP_FUNCTIONS: Final = timedelta(seconds=1)
"""Two readings of one start differ by less: the context has milliseconds, the API may round."""

LONGEST_ID_IN_A_NAME: Final = 60
"""An execution's name has 80 characters; the fence and the hash need their own."""


@dataclass(frozen=True)
class Owner:
    """The execution that runs a deployment, since when, and with which fence.

    `adopter` says that it took the deployment over from an execution that had ended.
    """

    key: DeploymentKey
    execution_arn: str
    fence: int
    since: datetime
    adopter: bool = False


@dataclass(frozen=True)
class Execution:
    """An execution as DescribeExecution shows it; `status` is one of its own, GONE or UNKNOWN."""

    status: str
    started_at: datetime | None = None

    @property
    def was_stopped(self) -> bool:
        """Whether somebody stopped it, in the console or by StopExecution."""
        return self.status == STOPPED


class Fate(Enum):
    """Whether an owner lives; NOT_KNOWN counts as alive, but operators have to know of it."""

    ALIVE = "alive"
    DEAD = "dead"
    NOT_KNOWN = "not known"


def fate_of(owner: Owner, execution: Execution, now: datetime) -> Fate:
    """Whether the owner will never act again, so that its deployment may be adopted."""
    if execution.status == UNKNOWN:
        return Fate.NOT_KNOWN
    return Fate.DEAD if _is_dead(owner, execution, now) else Fate.ALIVE


def _is_dead(owner: Owner, execution: Execution, now: datetime) -> bool:
    if execution.status in ENDED:
        return True
    if execution.status == GONE:
        patience = UNTIL_AN_ADOPTER_EXISTS if owner.adopter else UNTIL_IT_EXISTS
        return now >= owner.since + patience
    return not owner.adopter and _is_of_another_start(owner, execution)


def _is_of_another_start(owner: Owner, execution: Execution) -> bool:
    """Whether the name was used again, at the earliest 90 days after the owner's end."""
    started_at = execution.started_at
    if started_at is None:
        return False
    return abs(started_at - owner.key.started_at) > CLOCKS_OF_STEP_FUNCTIONS


def adopter_name(key: DeploymentKey, fence: int) -> str:
    """The name of the execution that adopts a deployment with a fence; the same for every try."""
    start = f"{key.deployment_id}/{to_text(key.started_at)}"
    ending = f"-r{fence}-{sha256(start.encode()).hexdigest()[:8]}"
    return key.deployment_id[:LONGEST_ID_IN_A_NAME] + ending
