"""What can go wrong with instances on demand, besides what the Environment of their model says."""

from dataclasses import dataclass
from datetime import timedelta

from bluegreen_simulator.rules.fleet.assumptions import CAPACITY_REASON
from bluegreen_simulator.rules.fleet.config import FleetConfig


@dataclass(frozen=True)
class Trouble:
    """What goes wrong with the next thing that happens to an endpoint; by default nothing.

    Batches are counted from 1; whatever is made all at once is batch 1. `stuck_at` never comes
    up; for `no_capacity_at` there are no instances when they should be there; `rollback_fails`
    when a rolling update, rolled back, cannot have blue's instances again.
    """

    stuck_at: int = 0
    no_capacity_at: int = 0
    rollback_fails: bool = False


NONE = Trouble()


@dataclass(frozen=True)
class Provisioning:
    """How long instances are being created, None: for ever; `failure`: why they do not come up."""

    length: timedelta | None
    failure: str = ""


def provisioning(fleet: FleetConfig, trouble: Trouble = NONE, batch: int = 1) -> Provisioning:
    """How a batch of a fleet comes up."""
    if trouble.stuck_at == batch:
        return Provisioning(None)
    if trouble.no_capacity_at == batch:
        return Provisioning(fleet.provisioning, CAPACITY_REASON)
    if fleet.failure:
        return Provisioning(fleet.failure.after, fleet.failure.reason)
    return Provisioning(fleet.provisioning)


def provisioning_again(fleet: FleetConfig, trouble: Trouble) -> Provisioning:
    """How instances come up that a rolling update had deleted."""
    if trouble.rollback_fails:
        return Provisioning(fleet.provisioning, CAPACITY_REASON)
    return provisioning(fleet)
