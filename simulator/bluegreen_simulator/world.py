"""What the services of the embedded AWS share: time, journal, faults, behaviours, account."""

from dataclasses import dataclass, field

from bluegreen_simulator.behaviors import ImageBehavior
from bluegreen_simulator.clock import VirtualClock
from bluegreen_simulator.faults import Faults
from bluegreen_simulator.journal import Journal


@dataclass
class World:
    """One running embedded AWS; each service keeps a reference from its `install`."""

    clock: VirtualClock
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)
    behaviors: tuple[ImageBehavior, ...] = ()
    account_id: str = "123456789012"
    region: str = "eu-central-1"
