"""Deployments that were played, as `bluegreen report` reads them from the table."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bluegreen.aws.dynamodb.history import History
from bluegreen.contract.times import from_text
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.deployment.history import PastDeployment
from bluegreen_simulator.inputs.scenario import Scenario, load
from bluegreen_simulator.run.simulation import Outcome, simulate
from shipped import ROOT

TEMPLATE: Final = ROOT / "template.yaml"
SCENARIOS: Final = ROOT / "events/scenarios"


class Rows:
    """Rows as the table keeps them, to be read as from the table."""

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        self._rows = rows

    def get(self, key: tuple[str, str]) -> dict[str, Any] | None:
        return next((row for row in self._rows if (row["pk"], row["sk"]) == key), None)

    def query(self, prefix: tuple[str, str]) -> list[dict[str, Any]]:
        pk, sk = prefix
        found = [row for row in self._rows if row["pk"] == pk and row["sk"].startswith(sk)]
        return sorted(found, key=lambda row: row["sk"])


def played(name: str, **changes: Any) -> PastDeployment:
    """The deployment of a sample scenario, or of what the changes make of it."""
    scenario: Scenario = load(Path(SCENARIOS / f"{name}.yaml"))
    return past_of(simulate(replace(scenario, **changes), TEMPLATE))


def past_of(outcome: Outcome) -> PastDeployment:
    record = outcome.record
    key = DeploymentKey(
        record.get("EndpointName", ""), record["DeploymentId"], from_text(record["StartedAt"])
    )
    table: Any = Rows(outcome.rows)
    past = History(table).whole(key)
    assert past is not None
    return past
