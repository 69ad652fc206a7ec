"""What the services of the embedded AWS share: time, journal, faults, behaviours, and more."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypedDict

from bluegreen_simulator.aws.journal import Journal
from bluegreen_simulator.rules.alarms.evaluation import NEWEST_MINUTE, NewestMinute
from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.rules.fleet.assumptions import (
    ALARMS_READ,
    METRICS_BY_CONFIG,
    AlarmsRead,
    MetricsByConfig,
)
from bluegreen_simulator.rules.fleet.image_behavior import ImageBehavior
from bluegreen_simulator.rules.metrics.math.values import (
    MISSING_BESIDE_SCALAR,
    MissingBesideScalar,
)
from bluegreen_simulator.rules.traffic.chance import Chance
from bluegreen_simulator.time.clock import VirtualClock
from bluegreen_simulator.time.real import RealClock


class Assumed(TypedDict, total=False):
    """What nobody knows of AWS for sure, and a run may say: members of World."""

    alarms_read: AlarmsRead
    metrics_by_config: MetricsByConfig
    missing_beside_scalar: MissingBesideScalar
    newest_minute: NewestMinute
    delivery_seconds: float


@dataclass
class World:
    """One running embedded AWS; each service keeps a reference from its `install`.

    `call_watchers` are told of each call of a function, before it is made and after it succeeded:
    the function's name, the operation, and whether it is before. `handlers` are the only ones that
    functions may have: those that a deployed template names. `asked` is what has needed a
    permission: who, which action, on which resource. `newest_minute` is whether alarms see the
    minute that has just ended.

    `is_open` says whether something waits to be finished; so long, but no longer than `horizon`
    after the last change, scheduled rules go on although nobody waits for anything. `alarms_read`
    is what SageMaker takes of an alarm, `metrics_by_config` what it publishes by endpoint config,
    `missing_beside_scalar` how metric math reads what is missing, `delivery_seconds` how long an
    event takes from its bus to a target.
    With `chance` requests come and are answered by it, else as exactly as can be. `real` tells what
    time it is for those who call from outside; None where nobody does.
    """

    clock: VirtualClock
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)
    behaviors: tuple[ImageBehavior, ...] = ()
    call_watchers: list[Callable[[str, str, bool], None]] = field(default_factory=list)
    handlers: set[str] = field(default_factory=set)
    asked: set[tuple[str, str, str]] = field(default_factory=set)
    is_open: Callable[[], bool] = lambda: False
    horizon: timedelta = timedelta(days=3)
    alarms_read: AlarmsRead = ALARMS_READ
    metrics_by_config: MetricsByConfig = METRICS_BY_CONFIG
    missing_beside_scalar: MissingBesideScalar = MISSING_BESIDE_SCALAR
    newest_minute: NewestMinute = NEWEST_MINUTE
    delivery_seconds: float = 1
    chance: Chance | None = None
    real: RealClock | None = None
    account_id: str = "123456789012"
    region: str = "eu-central-1"
