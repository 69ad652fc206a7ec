"""What SageMaker's documents leave open, settled in one place; each value with its standing."""

from typing import Final

SHIFT_SECONDS: Final = 20
"""Assumed: how long ActivatingTraffic lasts; the traffic moves at its end."""

DELETION_SECONDS: Final = 30
"""Assumed: how long the instances of a fleet are being deleted."""

TRAFFIC_RETURN_SECONDS: Final = 10
"""Assumed: how long a rollback takes to give all traffic back to blue."""

PING_HEALTH_CHECK_SECONDS: Final = 1500
"""Observed: users report 24 to 30 minutes until a failed health check is declared."""

PROVISIONING_SECONDS: Final = 300
"""Assumed: how long a green fleet is being created, where its model does not say."""

LATENCY_MS: Final = 5.0
"""Assumed: how long a model takes to answer, where it does not say."""

UPDATING: Final = "Updating"
"""Documented: EndpointStatus while UpdateEndpoint runs; observed: while it is rolled back too.

`RollingBack` is documented for failed scaling only.
"""

IN_SERVICE: Final = "InService"
"""Documented: EndpointStatus when nothing goes on."""

CAPACITY_REASON: Final = (
    "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error."
    " Please retry using a different ML instance type or after some time."
)
"""Observed as FailureReason; that it stands on an InService endpoint too, after a rollback."""

PING_REASON: Final = (
    "The primary container for production variant {variant} did not pass the ping health check."
    " Please check CloudWatch logs for this endpoint."
)
"""Observed, as above. No such text is known for alarms and timeouts: those leave none."""
