"""What the services of the embedded AWS share: time, journal, faults, behaviours, and more."""

from dataclasses import dataclass, field

from bluegreen_simulator.aws.journal import Journal
from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.rules.fleet.image_behavior import ImageBehavior
from bluegreen_simulator.time.clock import VirtualClock


@dataclass
class World:
    """One running embedded AWS; each service keeps a reference from its `install`.

    `handlers` are the only ones that functions may have: those that a deployed template names.
    `asked` is what has needed a permission: who, which action, on which resource.
    """

    clock: VirtualClock
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)
    behaviors: tuple[ImageBehavior, ...] = ()
    handlers: set[str] = field(default_factory=set)
    asked: set[tuple[str, str, str]] = field(default_factory=set)
    account_id: str = "123456789012"
    region: str = "eu-central-1"
