"""How a model package is updated by what became of it: customer metadata, life cycle, rejection.

The limits of all fields are those of `UpdateModelPackage` in the SageMaker API.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bluegreen.contract.aws_shapes import ModelPackageUpdateShape
from bluegreen.contract.record import DeploymentRecord, Trigger, Verdict
from bluegreen.contract.text import cut, plain
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import REJECT_PACKAGE
from bluegreen.sagemaker.package_name import PackageName

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

REPLACED: Final = "Replaced"
"""The StageStatus of a package that was Deployed, and that no endpoint serves any more."""

NOT_DEPLOYED: Final = "bluegreen:not-deployed"
START_AGAIN: Final = "bluegreen:start-again"
TRACE: Final = (NOT_DEPLOYED, START_AGAIN)
"""The properties that say why an approval deployed nothing, until one has: how to start again."""

APPROVE_AGAIN: Final = "set this version to PendingManualApproval and then to Approved."

MOST_PROPERTIES: Final = 50
LONGEST_VALUE: Final = 256
LONGEST_DESCRIPTION: Final = 1024
PUNCTUATION: Final = "_.:/=+-@"
"""What a customer metadata property may hold besides letters, digits and spaces."""


@dataclass(frozen=True)
class Feedback:
    """One update of a model package; `rejects` sets its approval to Rejected.

    `description` is the reason, for people. Without a `stage_status` the life cycle is left alone.
    `obsolete` are properties of ours that are not true any more.
    """

    arn: str
    rejects: bool = False
    description: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    stage_status: str = ""
    obsolete: tuple[str, ...] = ()

    def to_shape(self, package: ModelPackage) -> ModelPackageUpdateShape:
        """The request of UpdateModelPackage for the package as it is now.

        It repeats the package's own properties, because it is not documented whether an update
        adds to them or replaces them. If there is no room for ours, the package keeps its own.
        """
        body: dict[str, Any] = {"ModelPackageArn": self.arn}
        if self.stage_status:
            body["ModelLifeCycle"] = {
                "Stage": STAGE,
                "StageStatus": self.stage_status,
                "StageDescription": self.description,
            }
        if self.properties and self.fits(package):
            body["CustomerMetadataProperties"] = self._properties_of(package)
        if gone := [name for name in self.obsolete if name in package.metadata]:
            body["CustomerMetadataPropertiesToRemove"] = gone
        if self.rejects and package.approval == "Approved":
            body["ModelApprovalStatus"] = "Rejected"
            body["ApprovalDescription"] = self.description
        return body

    def fits(self, package: ModelPackage) -> bool:
        """Whether the package has room for our properties beside its own."""
        return len(self._properties_of(package)) <= MOST_PROPERTIES

    def _properties_of(self, package: ModelPackage) -> dict[str, str]:
        kept = {name: v for name, v in package.metadata.items() if name not in self.obsolete}
        return {**kept, **self.properties}


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
        stage_status="" if request.get("KeepModelLifeCycle") else STAGE_STATUS[verdict],
        obsolete=TRACE,
    )


def trace_of(record: DeploymentRecord) -> Feedback | None:
    """What is left in a package whose deployment ended before its update; None if nothing is.

    Its life cycle stays: the package may be deployed since an earlier approval.
    """
    request = record.get("Request", {})
    arn = request.get("ModelPackageArn")
    began = "PreviousEndpointConfigName" in record
    if arn is None or began or request.get("OnRollback") == "NONE":
        return None
    reason = f"{record['Verdict']} at {record['EndedAt']}. {record['Reason']}"
    return trace(arn, reason, f"To start again, {APPROVE_AGAIN}")


def trace(arn: str, reason: str, how: str) -> Feedback:
    """Why an approval deployed nothing, and how to start again, where who approved looks."""
    return Feedback(
        arn, properties={NOT_DEPLOYED: _as_property(reason), START_AGAIN: _as_property(how)}
    )


def replaced(arn: str, record: DeploymentRecord) -> Feedback:
    """That no endpoint serves a package any more, since another one replaced it."""
    package = PackageName.of(record.get("Request", {}).get("ModelPackageArn"))
    config = record.get("RequestedEndpointConfigName", "")
    by = f"model package {package.short}" if package else f"endpoint config {config}"
    words = (
        f"Replaced on endpoint {record['EndpointName']} by {by} at {record['EndedAt']}. Deployment"
        f" {record['DeploymentId']} ended SUCCEEDED."
    )
    return Feedback(arn, description=plain(words, LONGEST_DESCRIPTION), stage_status=REPLACED)


def served_again(arn: str, record: DeploymentRecord) -> Feedback:
    """That an endpoint serves a package again, since it went back to its endpoint config."""
    words = (
        f"Served again by endpoint {record['EndpointName']}, which went back to"
        f" {record.get('RequestedEndpointConfigName', '')} at {record['EndedAt']}. Deployment"
        f" {record['DeploymentId']} ended SUCCEEDED."
    )
    deployed = STAGE_STATUS[Verdict.SUCCEEDED]
    return Feedback(arn, description=plain(words, LONGEST_DESCRIPTION), stage_status=deployed)


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
    return char in PUNCTUATION or char.isalnum()
