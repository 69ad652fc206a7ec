"""Assumptions where SageMaker's documentation is silent, all in one place, each with its basis.

How long it takes to make, shift and delete is assumed in the domain's `schedule`, for plans too.
"""

from enum import StrEnum
from typing import Final


class AlarmsRead(StrEnum):
    """What of an alarm ends an update while it is watched: that it is in ALARM, or goes into it."""

    LEVEL = "level"
    EDGE = "edge"


ALARMS_READ: Final = AlarmsRead.LEVEL
"""Assumed, unless a run says otherwise: an alarm that is in ALARM already rolls back too.

Documented is only that an alarm that trips during the deployment does.
"""


class MetricsByConfig(StrEnum):
    """Which metrics of requests are published once more with EndpointConfigName.

    `documented` are Invocations and ModelLatency.
    """

    ALL = "all"
    DOCUMENTED = "documented"
    NONE = "none"


METRICS_BY_CONFIG: Final = MetricsByConfig.ALL
"""Observed, unless a run says otherwise: public dashboards have all of them."""

TRAFFIC_RETURN_SECONDS: Final = 10
"""Assumed: how long a rollback takes to give traffic back to blue, for each batch of it."""

WEIGHING_SECONDS: Final = 20
"""Assumed: how long UpdateEndpointWeightsAndCapacities takes to change weights alone."""

PING_HEALTH_CHECK_SECONDS: Final = 1500
"""Observed: users report 24 to 30 minutes until a failed health check is declared."""

LATENCY_MS: Final = 5.0
"""Assumed: how long a model takes to answer, where it does not say."""

EXCLUDED_INSTANCES: Final = "ml.inf1."
"""Documented, with serverless variants and Marketplace containers: updated without guardrails."""

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
