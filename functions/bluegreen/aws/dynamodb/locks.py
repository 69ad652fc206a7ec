"""The lock of an endpoint: one execution holds it, with a fence number that only rises.

The row stays when the lock is released, so that the fence number goes on from there. Whoever takes
the lock or adopts its deployment writes the new fence into the deployment's row too, in the same
transaction: a write of an execution that was replaced fails on either row.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bluegreen.aws.dynamodb import keys
from bluegreen.aws.dynamodb.table import OPEN, ConditionFailedError, Row, Table, Write, setting
from bluegreen.contract.errors import LockLost, ObservationUnavailable
from bluegreen.contract.times import from_text, to_text
from bluegreen.deployment.abort import QUIET_BEFORE_AN_UPDATE
from bluegreen.deployment.deployment import Deployment, DeploymentKey
from bluegreen.deployment.ownership import Owner

OWNERSHIP: Final = "#OwnerExecutionArn, #DeploymentId, #StartedAt, #LockedAt, #Adopted, #Concluded"
"""What a lock says of its owner; fence, newest approval and the last ring stay."""

MINE: Final = "#OwnerExecutionArn = :Owner AND #StartedAt = :Start"
"""That an execution holds the lock for its deployment."""

UNCHANGED: Final = "(attribute_not_exists(#Fence) OR #Fence = :Seen)"
"""That nobody has taken the lock or adopted its deployment since it was read."""


@dataclass(frozen=True)
class Lock:
    """An endpoint's lock as it stands; without an owner it is free.

    `concluded`: its deployment timed out, so the endpoint is still being updated. `fence` is the
    number of the last acquisition. `newest_approval` is the newest one of the deployments that
    took it, `approved_id` is that deployment's id.
    `rang_at` is when the endpoint's abort alarm was last made to ring; `rings`: it may still.
    """

    fence: int = 0
    owner: Owner | None = None
    concluded: bool = False
    newest_approval: datetime | None = None
    approved_id: str = ""
    rang_at: datetime | None = None
    rings: bool = False

    def rang_lately(self, now: datetime) -> bool:
        """Whether the abort alarm was made to ring so lately that its datapoint may still count."""
        return self.rang_at is not None and now < self.rang_at + QUIET_BEFORE_AN_UPDATE

    @property
    def is_free(self) -> bool:
        """Whether it may be taken: nobody has it, or it was only left to the next one."""
        return self.owner is None or self.concluded

    @property
    def unconcluded_owner(self) -> Owner | None:
        """The owner, unless its deployment has concluded and only left the lock."""
        return None if self.concluded else self.owner

    def belongs_to(self, key: DeploymentKey, execution_arn: str) -> bool:
        """Whether this execution holds it for this deployment."""
        owner = self.owner
        return owner is not None and (owner.execution_arn, owner.key) == (execution_arn, key)


class Locks:
    """The locks of all endpoints."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, endpoint_name: str) -> Lock:
        """The lock as it stands."""
        return lock_of(self._table.get(keys.lock(endpoint_name)) or {})

    def running(self, endpoint_name: str) -> DeploymentKey | None:
        """The deployment that holds the endpoint and has not concluded."""
        owner = self.find(endpoint_name).unconcluded_owner
        return owner.key if owner is not None else None

    def acquire(self, deployment: Deployment, seen: Lock, now: datetime) -> Lock:
        """Take the endpoint's lock, which was `seen` to be free; the lock that stands then.

        That is ours, or another's who was faster. The deployment's row is made with it, so that
        whoever adopts it has its request. LockLost if it was adopted while it waited.
        """
        key, fence = deployment.key, seen.fence + 1
        free = f"{UNCHANGED} AND (attribute_not_exists(#OwnerExecutionArn) OR #Concluded = :True)"
        own = _ownership(key, deployment.execution_arn, fence, now)
        values = {**own, "Seen": seen.fence, "True": True}
        change = f"{setting(own)} REMOVE #Concluded, #Adopted"
        taken = Write(keys.lock(key.endpoint_name), free, values, change)
        try:
            self._table.transact(taken, beginning_of(deployment, fence))
        except ConditionFailedError as failed:
            return self._after_a_failed_take(deployment, failed.row)
        owner = Owner(key, deployment.execution_arn, fence, now)
        return replace(seen, fence=fence, owner=owner, concluded=False)

    def _after_a_failed_take(self, deployment: Deployment, row: Row) -> Lock:
        """What stands instead: another's lock, or ours if only the answer was lost."""
        lock = self.find(deployment.key.endpoint_name)
        if not lock.is_free or lock.belongs_to(deployment.key, deployment.execution_arn):
            return lock
        if row.get("sk") == keys.deployment(deployment.key)[1]:
            raise LockLost("This deployment was adopted while it waited for its endpoint.")
        raise ObservationUnavailable("The lock of the endpoint is changing hands.")

    def adopt(self, owner: Owner, adopter_arn: str, now: datetime) -> bool:
        """Give the deployment of an owner that is dead to its adopter; False if another was first.

        `owner` is as it was read; the adopter's fence is one more than the owner's.
        """
        own = _ownership(owner.key, adopter_arn, owner.fence + 1, now)
        held = "#Fence = :Seen AND #OwnerExecutionArn = :Dead"
        changed = {**own, "Adopted": True}
        values = {**changed, "Seen": owner.fence, "Dead": owner.execution_arn}
        lock = Write(keys.lock(owner.key.endpoint_name), held, values, setting(changed))
        try:
            self._table.transact(lock, adoption_of(owner, adopter_arn, now))
        except ConditionFailedError:
            return self.find(owner.key.endpoint_name).belongs_to(owner.key, adopter_arn)
        return True

    def note_approval(self, key: DeploymentKey, fence: int, approved_at: datetime) -> None:
        """Note the approval that the owner deploys, so that no older one follows it."""
        newer = "attribute_not_exists(#NewestApprovedAt) OR #NewestApprovedAt < :At"
        values = {"At": to_text(approved_at), "Id": key.deployment_id, "Fence": fence}
        try:
            self._table.update(
                keys.lock(key.endpoint_name),
                "SET #NewestApprovedAt = :At, #NewestApprovedId = :Id",
                values,
                condition=f"#Fence = :Fence AND ({newer})",
            )
        except ConditionFailedError:
            return  # A newer one stands there, or the lock is another's now.

    def give_back(self, key: DeploymentKey, execution_arn: str, fence: int) -> None:
        """Free a lock that was taken just now, as if it had not been: the endpoint is busy."""
        mine = "#OwnerExecutionArn = :Owner AND #Fence = :Fence"
        values = {"Owner": execution_arn, "Fence": fence}
        lock = Write(keys.lock(key.endpoint_name), mine, values, f"REMOVE {OWNERSHIP}, #Open")
        row = keys.deployment(key)
        unfenced = Write(row, "#Fence = :Fence", {"Fence": fence}, "REMOVE #Fence")
        try:
            self._table.transact(lock, unfenced)
        except ConditionFailedError as failed:
            raise LockLost("This deployment was adopted before it began.") from failed

    def release(self, key: DeploymentKey, execution_arn: str, others: Sequence[Write] = ()) -> None:
        """Free the endpoint if this execution holds it; open still if its abort alarm may ring.

        The `others` are written in the same transaction; alone where it does not hold it.
        """
        quiet = f"{MINE} AND attribute_not_exists(#Rings)"
        found = self._change_own(key, execution_arn, quiet, f"REMOVE {OWNERSHIP}, #Open", others)
        if found.get("Rings"):
            self._change_own(key, execution_arn, MINE, f"REMOVE {OWNERSHIP}")

    def rings(self, endpoint_name: str, now: datetime) -> None:
        """Note, before it is made to ring, that the endpoint's abort alarm rings from now on."""
        values = {"RangAt": to_text(now), "Rings": True, "Open": OPEN}
        expression = "SET #RangAt = :RangAt, #Rings = :Rings, #Open = :Open"
        self._table.update(keys.lock(endpoint_name), expression, values)

    def is_quiet(self, endpoint_name: str) -> None:
        """Note that the abort alarm of a free endpoint is not in ALARM any more."""
        free, row = "attribute_not_exists(#OwnerExecutionArn)", keys.lock(endpoint_name)
        try:
            self._table.update(row, "REMOVE #Rings, #Open", {}, condition=free)
        except ConditionFailedError:
            return  # It was taken meanwhile, and stays open.

    def forget(self, endpoint_name: str) -> bool:
        """Remove a lock that is free; False where a deployment has it."""
        return self._table.delete_if(
            keys.lock(endpoint_name), "attribute_not_exists(#OwnerExecutionArn)"
        )

    def leave(self, key: DeploymentKey, execution_arn: str, others: Sequence[Write] = ()) -> None:
        """Keep the endpoint locked although the deployment has concluded; the `others` likewise."""
        self._change_own(key, execution_arn, MINE, "SET #Concluded = :True", others)

    def _change_own(
        self,
        key: DeploymentKey,
        execution_arn: str,
        condition: str,
        expression: str,
        others: Sequence[Write] = (),
    ) -> Row:
        """Change a lock that is ours, and the others; the row that forbids the change, if it does.

        Nothing forbids the others, which are written all the same.
        """
        values = {"Owner": execution_arn, "Start": to_text(key.started_at)}
        more = {"True": True} if ":True" in expression else {}
        lock = Write(keys.lock(key.endpoint_name), condition, {**values, **more}, expression)
        try:
            self._table.transact(lock, *others)
        except ConditionFailedError as failed:
            if others:
                self._table.transact(*others)
            return failed.row
        return {}


def lock_of(row: Row) -> Lock:
    """The lock that a row holds; free if there is no row."""
    newest, rang_at = row.get("NewestApprovedAt"), row.get("RangAt")
    return Lock(
        fence=int(row.get("Fence", 0)),
        owner=_owner(row) if "OwnerExecutionArn" in row else None,
        concluded=bool(row.get("Concluded")),
        newest_approval=from_text(newest) if newest else None,
        approved_id=row.get("NewestApprovedId", ""),
        rang_at=from_text(rang_at) if rang_at else None,
        rings=bool(row.get("Rings")),
    )


def _owner(row: Row) -> Owner:
    """The owner; a lock of release 0.1 does not say when it was taken, which was at the start."""
    started_at = from_text(row["StartedAt"])
    return Owner(
        key=DeploymentKey(row["EndpointName"], row["DeploymentId"], started_at),
        execution_arn=row["OwnerExecutionArn"],
        fence=int(row["Fence"]),
        since=from_text(row["LockedAt"]) if "LockedAt" in row else started_at,
        adopter=bool(row.get("Adopted")),
    )


def held_by(deployment: Deployment, now: datetime) -> Write:
    """The check that its execution holds the lock with its fence, as a part of a transaction.

    And, if the endpoint's abort alarm goes with its update, that it was not made to ring a moment
    ago.
    """
    held = "#OwnerExecutionArn = :Owner AND #Fence = :Fence"
    values = {"Owner": deployment.execution_arn, "Fence": deployment.fence}
    row = keys.lock(deployment.key.endpoint_name)
    if not deployment.abort_alarm:
        return Write(row, held, values)
    quiet = "attribute_not_exists(#RangAt) OR #RangAt <= :Quiet"
    since = {"Quiet": to_text(now - QUIET_BEFORE_AN_UPDATE)}
    return Write(row, f"{held} AND ({quiet})", {**values, **since})


def adoption_of(owner: Owner, adopter_arn: str, now: datetime) -> Write:
    """Put adopter and fence into the deployment's row, which may not exist (release 0.1)."""
    adopted = {
        "ExecutionArn": adopter_arn,
        "Fence": owner.fence + 1,
        "AdoptedAt": to_text(now),
    }
    values = {**adopted, "Seen": owner.fence}
    return Write(keys.deployment(owner.key), UNCHANGED, values, setting(adopted))


def _ownership(key: DeploymentKey, execution_arn: str, fence: int, now: datetime) -> dict[str, Any]:
    return {
        "OwnerExecutionArn": execution_arn,
        "DeploymentId": key.deployment_id,
        "StartedAt": to_text(key.started_at),
        "EndpointName": key.endpoint_name,
        "Fence": fence,
        "LockedAt": to_text(now),
        "Open": OPEN,
    }


def beginning_of(deployment: Deployment, fence: int | None = None) -> Write:
    """Make the deployment's row, with its fence if it has the lock, and all that an adopter needs.

    Unless it was adopted or concluded meanwhile.
    """
    values = about(deployment) | ({} if fence is None else {"Fence": fence})
    untouched = "attribute_not_exists(#Fence) AND attribute_not_exists(#Record)"
    return Write(keys.deployment(deployment.key), untouched, values, setting(values))


def about(deployment: Deployment) -> dict[str, Any]:
    """What a deployment's row says from its beginning on: all that an adopter needs of it."""
    return {
        "ExecutionArn": deployment.execution_arn,
        "Request": json.dumps(deployment.request.to_json()),
        "Findings": json.dumps([finding.to_json() for finding in deployment.findings]),
        "Fleet": deployment.fleet,
    }
