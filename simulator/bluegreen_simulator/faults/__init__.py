"""What goes wrong on demand: the faults that a scenario, or the server's control route, names."""

from bluegreen_simulator.faults.active import Faults
from bluegreen_simulator.faults.plan import (
    ApiError,
    ApiFault,
    Death,
    EventFault,
    FaultPlan,
    ForeignUpdate,
    LambdaTimeout,
    Provisioning,
    SystemUpdating,
    Window,
)

__all__ = [
    "ApiError",
    "ApiFault",
    "Death",
    "EventFault",
    "FaultPlan",
    "Faults",
    "ForeignUpdate",
    "LambdaTimeout",
    "Provisioning",
    "SystemUpdating",
    "Window",
]
