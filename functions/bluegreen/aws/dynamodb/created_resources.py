"""What was created from model packages, noted before it is created, for the daily clean-up.

A row holds the name that a model and its endpoint config share.
"""

from bluegreen.aws.dynamodb import keys
from bluegreen.aws.dynamodb.table import Row, Table, setting_once
from bluegreen.contract.times import from_text, to_text
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.registry.retention import CreatedResource


class CreatedResources:
    """The models and endpoint configs of all deployments."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, key: DeploymentKey, name: str) -> None:
        """Note that a model and an endpoint config of this name are about to be made."""
        values = {
            "Name": name,
            "EndpointName": key.endpoint_name,
            "DeploymentId": key.deployment_id,
            "StartedAt": to_text(key.started_at),
        }
        self._table.update(keys.created(key), setting_once(values), values)

    def all(self) -> list[CreatedResource]:
        """All that was noted and not forgotten."""
        return [_read(row) for row in self._table.query(keys.CREATED_PREFIX)]

    def of_endpoint(self, name: str) -> list[CreatedResource]:
        """Likewise, of one endpoint."""
        return [_read(row) for row in self._table.query(keys.created_prefix(name))]

    def forget(self, made: CreatedResource) -> None:
        """Forget what is there no more."""
        self._table.delete(keys.created(made.key))


def _read(row: Row) -> CreatedResource:
    return CreatedResource(
        name=row["Name"],
        endpoint_name=row["EndpointName"],
        deployment_id=row["DeploymentId"],
        started_at=from_text(row["StartedAt"]),
    )
