"""What happens to an endpoint besides updates: creation, rescaling, maintenance, deletion."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bluegreen.sagemaker.schedule import DELETION_SECONDS
from bluegreen_simulator.rules.fleet.assumptions import WEIGHING_SECONDS
from bluegreen_simulator.rules.fleet.config import FleetConfig, ProductionVariant
from bluegreen_simulator.rules.fleet.provisioning import NONE, Provisioning, Trouble, provisioning
from bluegreen_simulator.rules.fleet.status import EndpointStatus


@dataclass(frozen=True)
class Activity:
    """Something that goes on from `since` until `until`, None for ever, as `status` says.

    `target` is the fleet that rescaling comes to. `failure` is why it fails at its end.
    """

    status: EndpointStatus
    since: datetime
    until: datetime | None = None
    failure: str = ""
    target: FleetConfig | None = None


def creation(fleet: FleetConfig, at: datetime, trouble: Trouble = NONE) -> Activity:
    """The first fleet of an endpoint comes up."""
    return _provisioned(EndpointStatus.CREATING, at, provisioning(fleet, trouble))


def rescaling(
    live: FleetConfig, target: FleetConfig, at: datetime, trouble: Trouble = NONE
) -> Activity:
    """Counts and weights change: as long as the slowest part of it takes (assumed)."""
    pairs = list(zip(live.variants, target.variants, strict=True))
    growing = tuple(new for old, new in pairs if new.instances > old.instances)
    if growing:
        how = provisioning(replace(target, variants=growing), trouble)
    else:
        how = Provisioning(timedelta(seconds=max(_seconds(*pair) for pair in pairs)))
    return replace(_provisioned(EndpointStatus.UPDATING, at, how), target=target)


def undoing(failed: Activity, at: datetime) -> Activity:
    """A rescaling that failed is undone; documented: RollingBack, then InService."""
    until = at + timedelta(seconds=DELETION_SECONDS)
    return Activity(EndpointStatus.ROLLING_BACK, at, until, failed.failure)


def maintenance(at: datetime, seconds: float) -> Activity:
    """SageMaker works on the endpoint."""
    return Activity(EndpointStatus.SYSTEM_UPDATING, at, at + timedelta(seconds=seconds))


def deletion(at: datetime) -> Activity:
    """The endpoint goes."""
    return Activity(EndpointStatus.DELETING, at, at + timedelta(seconds=DELETION_SECONDS))


def _provisioned(status: EndpointStatus, at: datetime, how: Provisioning) -> Activity:
    until = None if how.length is None else at + how.length
    return Activity(status, at, until, how.failure)


def _seconds(old: ProductionVariant, new: ProductionVariant) -> int:
    return DELETION_SECONDS if new.instances < old.instances else WEIGHING_SECONDS
