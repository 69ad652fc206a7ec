"""Which of the models and endpoint configs that bluegreen created may be deleted again."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bluegreen.contract.record import DeploymentRecord
from bluegreen.deployment.deployment import DeploymentKey

CONFIGS: Final = (
    "PreviousEndpointConfigName",
    "RequestedEndpointConfigName",
    "LiveEndpointConfigName",
)
"""The members of a record that name endpoint configs."""


@dataclass(frozen=True)
class CreatedResource:
    """A model and an endpoint config of one name, made for a deployment that started then."""

    name: str
    endpoint_name: str
    deployment_id: str
    started_at: datetime

    @property
    def key(self) -> DeploymentKey:
        """The deployment that it was made for."""
        return DeploymentKey(self.endpoint_name, self.deployment_id, self.started_at)


@dataclass(frozen=True)
class Retention:
    """For each endpoint, the last `keep_last` are kept, and all that are not older than `days`."""

    days: int
    keep_last: int


def expired(
    made: Iterable[CreatedResource], retention: Retention, now: datetime
) -> list[CreatedResource]:
    """Those beyond their retention, oldest first; this does not say whether someone needs them."""
    latest = now - timedelta(days=retention.days)
    of_endpoint: dict[str, list[CreatedResource]] = defaultdict(list)
    for each in sorted(made, key=lambda each: each.started_at, reverse=True):
        of_endpoint[each.endpoint_name.lower()].append(each)
    beyond = [each for made in of_endpoint.values() for each in made[retention.keep_last :]]
    old = [each for each in beyond if each.started_at < latest]
    return sorted(old, key=lambda each: each.started_at)


def returnable(records: Sequence[DeploymentRecord]) -> set[str]:
    """The configs that an endpoint's records, newest first, may have somebody return to.

    They are those that the last deployment that succeeded names, and all deployments since.
    """
    names: set[str] = set()
    for record in records:
        names |= {record[member] for member in CONFIGS if member in record}
        if record["Verdict"] == "SUCCEEDED":
            break
    return names
