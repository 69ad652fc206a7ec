"""Deployments that have ended, as people look for them: by their time, their endpoint, their id.

Two more rows are written with each record, so that nothing has to be scanned for. They are no
index of DynamoDB, because CloudFormation adds one index at most in an update of a table. Release
0.1 has written none: its deployments are found by their endpoint only.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bluegreen.aws.dynamodb import keys
from bluegreen.aws.dynamodb.claims import told_in
from bluegreen.aws.dynamodb.deployments import Deployments
from bluegreen.aws.dynamodb.table import Row, Table
from bluegreen.contract.record import EndedDocument
from bluegreen.contract.times import to_text
from bluegreen.deployment.deployment import Deployment, DeploymentKey
from bluegreen.deployment.history import PastDeployment, ended, in_order


class History:
    """The deployments that have ended."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of_all(self, since: datetime) -> Iterator[EndedDocument]:
        """Those of all endpoints that have started since, the last one first."""
        return map(_listed, self._table.newest(keys.ENDED_PREFIX, to_text(since)))

    def of_endpoint(self, name: str, since: datetime) -> Iterator[EndedDocument]:
        """Those of one endpoint, the last one first; those of release 0.1 too."""
        rows = self._table.newest(keys.deployments_prefix(name), to_text(since))
        return (ended(json.loads(row["Record"])) for row in rows if "Record" in row)

    def named(self, deployment_id: str) -> list[EndedDocument]:
        """Those of an id, oldest first: a name can be used again after 90 days."""
        return [_listed(row) for row in self._table.query(keys.named_prefix(deployment_id))]

    def whole(self, key: DeploymentKey) -> PastDeployment | None:
        """All that is kept of one; None where it has not ended, or is not known."""
        kept = Deployments(self._table).load(key)
        if kept.record is None:
            return None
        row = self._table.get(keys.deployment(key)) or {}
        past = PastDeployment(
            key,
            kept.record,
            told=in_order(told_in(self._table.query(keys.fact(key, "")))),
            registry_answer=kept.registry_answer,
            series=json.loads(row["Series"]) if "Series" in row else None,
        )
        return past if kept.deployment is None else _of_update(past, kept.deployment)


def _of_update(past: PastDeployment, deployment: Deployment) -> PastDeployment:
    return replace(
        past,
        abort=deployment.abort,
        fleet=deployment.fleet,
        update_requested_at=deployment.update_requested_at,
    )


def _listed(row: Row) -> EndedDocument:
    document: EndedDocument = json.loads(row["Ended"])
    return document
