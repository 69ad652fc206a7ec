"""The words for what an endpoint as a whole is doing: `EndpointStatus` of DescribeEndpoint."""

from enum import StrEnum
from typing import Final


class EndpointStatus(StrEnum):
    """Those that the engine comes to; OutOfService is not among them."""

    CREATING = "Creating"
    UPDATING = "Updating"
    SYSTEM_UPDATING = "SystemUpdating"
    ROLLING_BACK = "RollingBack"
    IN_SERVICE = "InService"
    DELETING = "Deleting"
    FAILED = "Failed"
    UPDATE_ROLLBACK_FAILED = "UpdateRollbackFailed"


IN_PROGRESS: Final = frozenset(
    {
        EndpointStatus.CREATING,
        EndpointStatus.UPDATING,
        EndpointStatus.SYSTEM_UPDATING,
        EndpointStatus.ROLLING_BACK,
        EndpointStatus.DELETING,
    }
)
"""An endpoint in one of these cannot be updated, rescaled or deleted.

`RollingBack` is documented for failed rescaling; an update that is rolled back is `Updating`.
"""

SERVING: Final = frozenset(EndpointStatus) - {
    EndpointStatus.CREATING,
    EndpointStatus.DELETING,
    EndpointStatus.FAILED,
}
"""Requests are answered. That they are not from the start of a deletion on is assumed."""
