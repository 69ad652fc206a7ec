"""How a deployment updates its model package: customer metadata, life cycle, rejection.

The limits of all fields are those of `UpdateModelPackage` in the SageMaker API.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bluegreen.contract.aws_shapes import ModelPackageUpdateShape
from bluegreen.contract.record import DeploymentRecord, Trigger, Verdict
from bluegreen.contract.text import cut, plain
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import REJECT_PACKAGE

STAGE: Final = "Deployment"
"""The life cycle stage that bluegreen sets; teams have stages of their own around it."""

STAGE_STATUS: Final = {
    Verdict.SUCCEEDED: "Deployed",
    Verdict.ROLLED_BACK: "RolledBack",
    Verdict.ROLLBACK_FAILED: "RollbackFailed",
    Verdict.FAILED: "Failed",
    Verdict.TIMED_OUT: "TimedOut",
}
"""The StageStatus for each verdict that the registry gets; it takes no spaces or underscores."""

MOST_PROPERTIES: Final = 50
LONGEST_VALUE: Final = 256
LONGEST_DESCRIPTION: Final = 1024
PUNCTUATION: Final = "_.:/=+-@"
"""What a customer metadata property may hold besides letters, digits and spaces."""


@dataclass(frozen=True)
class Feedback:
    """One update of a model package; `rejects` sets its approval to Rejected.

    `description` is the reason, for people.
    """

    arn: str
    rejects: bool
    description: str
    properties: Mapping[str, str]
    stage_status: str

    def to_shape(self, package: ModelPackage) -> ModelPackageUpdateShape:
        """The request of UpdateModelPackage for the package as it is now.

        It repeats the package's own properties, because it is not documented whether an update
        adds to them or replaces them. If there is no room for ours, the package keeps its own.
        """
        properties = {**package.metadata, **self.properties}
        body: dict[str, Any] = {
            "ModelPackageArn": self.arn,
            "ModelLifeCycle": {
                "Stage": STAGE,
                "StageStatus": self.stage_status,
                "StageDescription": self.description,
            },
        }
        if len(properties) <= MOST_PROPERTIES:
            body["CustomerMetadataProperties"] = properties
        if self.rejects and package.approval == "Approved":
            body["ModelApprovalStatus"] = "Rejected"
            body["ApprovalDescription"] = self.description
        return body


def feedback_of(record: DeploymentRecord) -> Feedback | None:
    """How the registry is updated after a deployment, by its record; None if it is not.

    It is not updated for a config that somebody else made, for an update that was never requested,
    or for a deployment that did not succeed if OnRollback is NONE. A package is rejected only if
    an alarm rolled it back, and then only if its group's policy says so too.
    """
    request, verdict = record.get("Request", {}), Verdict(record["Verdict"])
    arn, wish = request.get("ModelPackageArn"), request.get("OnRollback")
    if arn is None or verdict not in STAGE_STATUS or "PreviousEndpointConfigName" not in record:
        return None
    if verdict is not Verdict.SUCCEEDED and wish == "NONE":
        return None
    by_alarm = verdict is Verdict.ROLLED_BACK and record.get("Trigger") == Trigger.ALARM
    which = f"Deployment {record['DeploymentId']} of endpoint {record['EndpointName']}"
    words = f"{which} ended {verdict} at {record['EndedAt']}. {record['Reason']}"
    return Feedback(
        arn=arn,
        rejects=by_alarm and wish == REJECT_PACKAGE,
        description=plain(words, LONGEST_DESCRIPTION),
        properties=_properties(record, verdict),
        stage_status=STAGE_STATUS[verdict],
    )


def _properties(record: DeploymentRecord, verdict: Verdict) -> dict[str, str]:
    values = {
        "bluegreen:endpoint": record["EndpointName"],
        "bluegreen:endpoint-config": record["RequestedEndpointConfigName"],
        "bluegreen:deployment-id": record["DeploymentId"],
        "bluegreen:verdict": str(verdict),
        "bluegreen:ended-at": record["EndedAt"],
    }
    if record["TrippedAlarms"]:
        values["bluegreen:tripped-alarms"] = " ".join(record["TrippedAlarms"])
    return {name: _as_property(value) for name, value in values.items()}


def _as_property(text: str) -> str:
    """`text` as the value of a property: what it cannot hold becomes a space; never empty."""
    fit = "".join(char if _fits(char) else " " for char in text)
    return cut(" ".join(fit.split()) or "-", LONGEST_VALUE).replace("…", ".")


def _fits(char: str) -> bool:
    return char in PUNCTUATION or unicodedata.category(char)[0] in "LN"
