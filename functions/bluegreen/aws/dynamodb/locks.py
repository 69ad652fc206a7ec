"""The lock of an endpoint: one execution holds it, with a fence number that only rises.

The row stays when the lock is released, so that the fence number goes on from there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bluegreen.aws.dynamodb import keys
from bluegreen.aws.dynamodb.table import ConditionFailedError, Row, Table
from bluegreen.contract.times import from_text, to_text
from bluegreen.deployment.deployment import DeploymentKey


@dataclass(frozen=True)
class Lock:
    """Who holds an endpoint, and the fence of that acquisition."""

    deployment_id: str
    owner_execution_arn: str
    fence: int


class Locks:
    """The locks of all endpoints."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def acquire(self, key: DeploymentKey, execution_arn: str) -> Lock:
        """Take the endpoint's lock if it is free; the lock that holds then, ours or another's.

        For its owner it changes nothing. A lock whose deployment has concluded (TIMED_OUT) is
        taken over; so is one of an earlier execution of the same name, of 90 days ago or more.
        """
        try:
            row = self._table.update(
                keys.lock(key.endpoint_name),
                "SET #OwnerExecutionArn = :Owner, #DeploymentId = :Id, #StartedAt = :StartedAt,"
                " #EndpointName = :EndpointName ADD #Fence :One REMOVE #Concluded",
                {
                    "Owner": execution_arn,
                    "Id": key.deployment_id,
                    "StartedAt": to_text(key.started_at),
                    "EndpointName": key.endpoint_name,
                    "One": 1,
                    "True": True,
                },
                condition="attribute_not_exists(#OwnerExecutionArn) OR #Concluded = :True"
                " OR (#OwnerExecutionArn = :Owner AND #StartedAt <> :StartedAt)",
            )
        except ConditionFailedError as failed:
            row = failed.row
        return _lock(row)

    def running(self, endpoint_name: str) -> DeploymentKey | None:
        """The deployment that holds the endpoint and has not concluded."""
        row = self._table.get(keys.lock(endpoint_name))
        if not row or "OwnerExecutionArn" not in row or row.get("Concluded"):
            return None
        return DeploymentKey(row["EndpointName"], row["DeploymentId"], from_text(row["StartedAt"]))

    def release(self, key: DeploymentKey, execution_arn: str) -> None:
        """Free the endpoint if this execution holds it."""
        expression = "REMOVE #OwnerExecutionArn, #DeploymentId, #StartedAt, #Concluded"
        self._change_own(key, execution_arn, expression)

    def leave(self, key: DeploymentKey, execution_arn: str) -> None:
        """Keep the endpoint locked although the deployment has concluded."""
        self._change_own(key, execution_arn, "SET #Concluded = :True", {"True": True})

    def _change_own(
        self,
        key: DeploymentKey,
        execution_arn: str,
        expression: str,
        more: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        values = {"Owner": execution_arn, "Start": to_text(key.started_at)}
        own = "#OwnerExecutionArn = :Owner AND #StartedAt = :Start"
        try:
            self._table.update(
                keys.lock(key.endpoint_name), expression, {**values, **more}, condition=own
            )
        except ConditionFailedError:
            return  # Not ours (any more): nothing to free.


def _lock(row: Row) -> Lock:
    return Lock(row["DeploymentId"], row["OwnerExecutionArn"], int(row["Fence"]))
