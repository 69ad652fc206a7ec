"""Who waits for an endpoint: one row for each waiting deployment, open until it waits no more."""

from datetime import datetime

from bluegreen.aws.dynamodb import keys
from bluegreen.aws.dynamodb.locks import Lock, adoption_of, beginning_of, lock_of
from bluegreen.aws.dynamodb.table import OPEN, ConditionFailedError, Row, Table, Write, setting
from bluegreen.contract.errors import LockLost
from bluegreen.contract.times import from_text, to_text
from bluegreen.deployment.deployment import Deployment, DeploymentKey
from bluegreen.deployment.ownership import Owner
from bluegreen.deployment.queue import Waiter


class Queue:
    """The queues of all endpoints."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def waiting(self, endpoint_name: str) -> list[Waiter]:
        """Everyone who waits for the endpoint or has given way and not ended yet."""
        return [waiter_of(row) for row in self._table.query(keys.waiting_prefix(endpoint_name))]

    def look(self, endpoint_name: str) -> tuple[Lock, list[Waiter]]:
        """The lock of the endpoint, and everyone who waits for it, read together."""
        lock, rows = {}, self._table.query_from(keys.lock(endpoint_name))
        if rows and rows[0]["sk"] == keys.lock(endpoint_name)[1]:
            lock, *rows = rows
        return lock_of(lock), [waiter_of(row) for row in rows]

    def join(self, deployment: Deployment, ordered_at: datetime, now: datetime) -> Waiter:
        """Take a place in the queue, once; LockLost if the deployment was adopted meanwhile.

        The deployment begins with it: its row says all that an adopter needs.
        """
        key = deployment.key
        values = {
            "EndpointName": key.endpoint_name,
            "DeploymentId": key.deployment_id,
            "StartedAt": to_text(key.started_at),
            "OwnerExecutionArn": deployment.execution_arn,
            "Fence": 0,
            "WaitingSince": to_text(now),
            "OrderedAt": to_text(ordered_at),
            "Open": OPEN,
        }
        place = Write(keys.waiting(key), "attribute_not_exists(pk)", values, setting(values))
        try:
            self._table.transact(place, beginning_of(deployment))
        except ConditionFailedError as failed:
            return self._joined_before(deployment, failed)
        return waiter_of(values)

    def _joined_before(self, deployment: Deployment, failed: ConditionFailedError) -> Waiter:
        row = self._table.get(keys.waiting(deployment.key)) or {}
        if row.get("OwnerExecutionArn") != deployment.execution_arn:
            raise LockLost("This deployment was adopted while it waited.") from failed
        return waiter_of(row)

    def keep_token(self, key: DeploymentKey, execution_arn: str, token: str) -> Waiter:
        """Store whom to wake; LockLost if the place is not this execution's any more."""
        values = {"Token": token, "Mine": execution_arn}
        try:
            row = self._table.update(
                keys.waiting(key),
                "SET #Token = :Token",
                values,
                condition="#OwnerExecutionArn = :Mine",
            )
        except ConditionFailedError as failed:
            raise LockLost("This deployment was adopted while it waited.") from failed
        return waiter_of(row)

    def give_way(self, waiter: Waiter, to: str) -> None:
        """Note that a waiter gives way to the deployment `to`; harmless where it has left."""
        try:
            self._table.update(
                keys.waiting(waiter.owner.key),
                "SET #SupersededBy = :To",
                {"To": to},
                condition="attribute_exists(pk) AND attribute_not_exists(#SupersededBy)",
            )
        except ConditionFailedError:
            return

    def adopt(self, owner: Owner, adopter_arn: str, now: datetime) -> bool:
        """Give the place of an owner that is dead to its adopter; False if another was first."""
        values = {
            "OwnerExecutionArn": adopter_arn,
            "Fence": owner.fence + 1,
            "WaitingSince": to_text(now),
            "Adopted": True,
        }
        held = "#Fence = :Seen AND #OwnerExecutionArn = :Dead"
        seen = {**values, "Seen": owner.fence, "Dead": owner.execution_arn}
        place = Write(keys.waiting(owner.key), held, seen, setting(values))
        try:
            self._table.transact(place, adoption_of(owner, adopter_arn, now))
        except ConditionFailedError:
            row = self._table.get(keys.waiting(owner.key)) or {}
            return bool(row.get("OwnerExecutionArn") == adopter_arn)
        return True

    def leave(self, key: DeploymentKey) -> None:
        """Give up the place; harmless where there is none."""
        self._table.delete(keys.waiting(key))

    def leaving(self, key: DeploymentKey) -> Write:
        """The same as a part of a transaction."""
        return Write(keys.waiting(key), removes=True)


def waiter_of(row: Row) -> Waiter:
    """The waiter that a row holds."""
    owner = Owner(
        key=DeploymentKey(row["EndpointName"], row["DeploymentId"], from_text(row["StartedAt"])),
        execution_arn=row["OwnerExecutionArn"],
        fence=int(row["Fence"]),
        since=from_text(row["WaitingSince"]),
        adopter=bool(row.get("Adopted")),
    )
    return Waiter(
        owner, from_text(row["OrderedAt"]), row.get("Token", ""), row.get("SupersededBy", "")
    )
