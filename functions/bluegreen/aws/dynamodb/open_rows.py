"""What is open: held locks, waiting deployments and unsent notifications, by the sparse index.

An idle table answers with nothing, however many records it holds.
"""

from collections import defaultdict
from dataclasses import dataclass

from bluegreen.aws.dynamodb.claims import Claim, claims_in
from bluegreen.aws.dynamodb.locks import Lock, lock_of
from bluegreen.aws.dynamodb.queue import waiter_of
from bluegreen.aws.dynamodb.table import Row, Table
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.deployment.ownership import Owner
from bluegreen.deployment.queue import Waiter


@dataclass(frozen=True)
class Open:
    """What was open some seconds ago; `locks` by endpoint, `claims` by deployment, oldest first."""

    locks: dict[str, Lock]
    waiters: list[Waiter]
    claims: dict[DeploymentKey, list[Claim]]

    @property
    def endpoints(self) -> list[str]:
        """The endpoints whose lock or queue is open."""
        return sorted({*self.locks, *(each.owner.key.endpoint_name for each in self.waiters)})

    @property
    def owners(self) -> list[Owner]:
        """Whose executions are to run: who has an endpoint and has not concluded, and who waits."""
        held = [lock.unconcluded_owner for lock in self.locks.values()]
        return [*filter(None, held), *(each.owner for each in self.waiters)]

    def waiting_for(self, endpoint_name: str) -> list[Waiter]:
        """Those who wait for an endpoint."""
        return [each for each in self.waiters if each.owner.key.endpoint_name == endpoint_name]


class OpenRows:
    """The index of what is open."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self) -> Open:
        """All that is open."""
        rows = self._table.open_rows()
        locks = [row for row in rows if row["sk"] == "LOCK"]
        waiters = [row for row in rows if row["sk"].startswith("WAITING#")]
        return Open(
            locks={row["EndpointName"]: lock_of(row) for row in locks},
            waiters=[waiter_of(row) for row in waiters],
            claims=_by_deployment([row for row in rows if row["sk"].startswith("FACT#")]),
        )


def _by_deployment(rows: list[Row]) -> dict[DeploymentKey, list[Claim]]:
    found: dict[DeploymentKey, list[Claim]] = defaultdict(list)
    for claim in claims_in(rows):
        found[claim.notification.key].append(claim)
    return dict(found)
