"""What the model registry is told of a deployment: customer metadata, life cycle, rejection.

Limits of every field: SageMaker API, `UpdateModelPackage`.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bluegreen.contract.aws_shapes import ModelPackageUpdateShape
from bluegreen.contract.record import DeploymentRecord, Trigger, Verdict
from bluegreen.contract.text import cut, plain
from bluegreen.registry.model_package import ModelPackage

STAGE: Final = "Deployment"
"""The life cycle stage that is ours; teams have stages of their own before and after it."""

STAGE_STATUS: Final = {
    Verdict.SUCCEEDED: "Deployed",
    Verdict.ROLLED_BACK: "RolledBack",
    Verdict.ROLLBACK_FAILED: "RollbackFailed",
    Verdict.FAILED: "Failed",
    Verdict.TIMED_OUT: "TimedOut",
}
"""Verdicts that the registry is told, as StageStatus, which takes no spaces and no underscores."""

MOST_PROPERTIES: Final = 50
LONGEST_VALUE: Final = 256
LONGEST_DESCRIPTION: Final = 1024
PUNCTUATION: Final = "_.:/=+-@"
"""What a customer metadata property may hold beside letters, digits and spaces."""


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
        """The request of UpdateModelPackage, given what the package is now.

        Its own properties are sent along, as it is not documented whether an update adds to them
        or replaces them. A package that has too many for ours keeps its own.
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
    """What the registry is told of a deployment by its record; None: nothing.

    Nothing of a config that somebody else made, of what never began, and of what did not succeed
    where OnRollback is NONE. A package is rejected only when an alarm rolled it back.
    """
    request, verdict = record.get("Request", {}), Verdict(record["Verdict"])
    arn, wish = request.get("ModelPackageArn"), request.get("OnRollback")
    if arn is None or verdict not in STAGE_STATUS or "PreviousEndpointConfigName" not in record:
        return None
    if verdict is not Verdict.SUCCEEDED and wish == "NONE":
        return None
    by_alarm = verdict is Verdict.ROLLED_BACK and record.get("Trigger") == Trigger.ALARM
    where = f"Endpoint {record['EndpointName']}, deployment {record['DeploymentId']}"
    words = f"{verdict} at {record['EndedAt']}: {record['Reason']} {where}."
    return Feedback(
        arn=arn,
        rejects=by_alarm and wish == "REJECT_MODEL_PACKAGE",
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
    """`text` with what a property's value cannot hold as a space, and never empty."""
    fit = "".join(char if _fits(char) else " " for char in text)
    return cut(" ".join(fit.split()) or "-", LONGEST_VALUE).replace("…", ".")


def _fits(char: str) -> bool:
    return char in PUNCTUATION or unicodedata.category(char)[0] in "LN"
