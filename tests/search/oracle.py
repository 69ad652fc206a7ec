"""What must have become of each deployment, by what SageMaker did alone: not by the workflow.

Each request deploys a config of its own, so the journal of the simulated SageMaker tells by the
config's name whose update it was, when it began, and what the endpoint served when it had ended.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bluegreen_simulator.aws.journal import Entry

NEVER_UPDATED = {"REJECTED", "SUPERSEDED", "FAILED"}
"""The verdicts of a deployment whose update never began."""


@dataclass(frozen=True)
class Update:
    """One update of an endpoint, as SageMaker carried it out; `ended_at` is None while it runs."""

    endpoint: str
    config: str
    began_at: datetime
    ended_at: datetime | None = None
    status: str = ""
    live: str = ""

    @property
    def verdict(self) -> str:
        """The verdict that this update must have."""
        if self.ended_at is None:
            return "TIMED_OUT"
        if self.status == "UpdateRollbackFailed":
            return "ROLLBACK_FAILED"
        if self.status != "InService":
            return "FAILED"
        return "SUCCEEDED" if self.live == self.config else "ROLLED_BACK"


def updates(journal: Iterable[Entry]) -> list[Update]:
    """Every update, in the order in which they began."""
    done, running = list[Update](), dict[str, Update]()
    for entry in journal:
        if entry.kind != "endpoint":
            continue
        name, pending = entry.data["endpoint"], entry.data["pending"]
        if pending and name not in running:
            running[name] = Update(name, pending, entry.at)
        if name in running and not pending:
            began = running.pop(name)
            status, live = entry.data["status"], entry.data["config"]
            done.append(Update(name, began.config, began.began_at, entry.at, status, live))
    return sorted([*done, *running.values()], key=lambda update: update.began_at)


def verdicts_for(id_: str, found: Sequence[Update], concluded_at: datetime) -> set[str]:
    """The verdicts that the deployment of this id may have, which was concluded at that time.

    Where another update had begun by then, DescribeEndpoint did not show any more how it ended.
    """
    mine = [update for update in found if update.config == f"{id_}-config"]
    if not mine:
        return NEVER_UPDATED
    (update,) = mine
    ended_at = update.ended_at or concluded_at
    hidden = any(
        other.endpoint == update.endpoint and ended_at <= other.began_at <= concluded_at
        for other in found
        if other is not update
    )
    return {update.verdict, "FAILED"} if hidden else {update.verdict}
