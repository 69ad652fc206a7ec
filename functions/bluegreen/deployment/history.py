"""What people see of deployments that have ended: a line of a list, and one as a whole."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bluegreen.contract.record import DeploymentRecord, EndedDocument
from bluegreen.contract.series import KeptSeries
from bluegreen.contract.text import plain
from bluegreen.contract.times import from_text, to_text
from bluegreen.deployment.abort import Abort
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.deployment.notification import Notification
from bluegreen.request.request import STARTED_BY

LONGEST_REASON: Final = 500
"""Characters of why a deployment ended so, in a list; its record has all of them."""


def ended(record: DeploymentRecord) -> EndedDocument:
    """What a list says of the deployment of a record."""
    document = EndedDocument(
        DeploymentId=record["DeploymentId"],
        StartedAt=record["StartedAt"],
        EndedAt=record["EndedAt"],
        Verdict=record["Verdict"],
        Reason=plain(record["Reason"], LONGEST_REASON),
    )
    request = record.get("Request", {})
    if "EndpointName" in record:
        document["EndpointName"] = record["EndpointName"]
    if "Trigger" in record:
        document["Trigger"] = record["Trigger"]
    if "RequestedBy" in request:
        document["RequestedBy"] = request["RequestedBy"]
    if "Reason" in request:
        document["RequestReason"] = request["Reason"]
    if STARTED_BY in request:
        document["StartedBy"] = request[STARTED_BY]
    return document


@dataclass(frozen=True)
class Told:
    """A notification of a deployment, and when SNS took it; None if it is not known to be sent."""

    notification: Notification
    sent_at: datetime | None


@dataclass(frozen=True)
class PastDeployment:
    """All that is kept of a deployment that has ended.

    `told` are its notifications in the order in which they were sent. `fleet` is how many instances
    the smallest variant had, 0 where no update was asked for. `series` are None where they were
    not kept: by release 0.1, or where CloudWatch did not answer.
    """

    key: DeploymentKey
    record: DeploymentRecord
    told: tuple[Told, ...] = ()
    abort: Abort | None = None
    registry_answer: str = ""
    fleet: int = 0
    update_requested_at: datetime | None = None
    series: KeptSeries | None = None


def key_of(document: EndedDocument) -> DeploymentKey:
    """What identifies the deployment of a list."""
    endpoint, started_at = document.get("EndpointName", ""), from_text(document["StartedAt"])
    return DeploymentKey(endpoint, document["DeploymentId"], started_at)


def in_order(told: Iterable[Told]) -> tuple[Told, ...]:
    """The notifications as they were sent; what was not sent comes last."""
    return tuple(sorted(told, key=lambda each: to_text(each.sent_at) if each.sent_at else "~"))
