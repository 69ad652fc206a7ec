"""What was made from model packages, noted before it is made, for whoever cleans up.

Rows of `CREATED`: `ENDPOINT#<endpoint>#<start>#<id>`, with the name that model and config share.
"""

from bluegreen.aws.dynamodb.table import Table
from bluegreen.contract.times import from_text, to_text
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.registry.retention import Made

PARTITION = "CREATED"


class Created:
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
        self._table.put_if_absent((PARTITION, _sort_key(key)), values)

    def all(self) -> list[Made]:
        """All that was noted and not forgotten."""
        return [
            Made(
                name=row["Name"],
                endpoint_name=row["EndpointName"],
                deployment_id=row["DeploymentId"],
                started_at=from_text(row["StartedAt"]),
            )
            for row in self._table.query(PARTITION, "ENDPOINT#")
        ]

    def forget(self, made: Made) -> None:
        """Forget what is there no more."""
        key = DeploymentKey(made.endpoint_name, made.deployment_id, made.started_at)
        self._table.delete(PARTITION, _sort_key(key))


def _sort_key(key: DeploymentKey) -> str:
    return f"ENDPOINT#{key.endpoint_name.lower()}#{to_text(key.started_at)}#{key.deployment_id}"
