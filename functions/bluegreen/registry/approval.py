"""The approval of a model package in an event: a hint, with a name that prevents duplicates.

Event: SageMaker Developer Guide, "Automating Amazon SageMaker with Amazon EventBridge", SageMaker
Model Package State Change. Only the ARN in it is trusted.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from bluegreen.contract.aws_shapes import EventShape
from bluegreen.contract.text import quoted
from bluegreen.contract.times import from_text, to_text
from bluegreen.registry.model_package import ModelPackage
from bluegreen.sagemaker.package_name import PackageName

APPROVAL_FIELD: Final = "modelapprovalstatus"
LONGEST_GROUP_IN_NAME: Final = 40
"""Characters; Step Functions takes execution names of up to 80."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Approval:
    """That a package was approved `at` a time, which is never in the future.

    `names_the_change` is whether the event says that it was the approval that changed. An event
    that does not say may be about any edit of an approved package. `claimed_at` is the time as the
    event says it: all copies of the event have the same, so it names what they start. Nothing else
    goes by it, or a clock that is wrong could let this approval count as later than those to come.
    """

    name: PackageName
    at: datetime
    names_the_change: bool
    claimed_at: datetime

    @property
    def arn(self) -> str:
        """The package's ARN."""
        return self.name.arn

    @property
    def execution_name(self) -> str:
        """The name of the execution that this approval starts, the same for each of its events."""
        claimed_at = to_text(self.claimed_at)
        stamp = claimed_at.translate(str.maketrans("", "", "-:."))
        digest = sha256(f"{self.arn}/{claimed_at}".encode()).hexdigest()[:8]
        group = self.name.group[:LONGEST_GROUP_IN_NAME]
        return f"{group}-{self.name.version}-{stamp}-{digest}"


def approval_in(event: EventShape, now: datetime) -> Approval | None:
    """The approval that an event may be about; None when it is about something else.

    The time is that of the change, or else of the event, and at the latest now.
    """
    detail = event.get("detail") or {}
    name = PackageName.of(detail.get("ModelPackageArn"))
    changed = detail.get("UpdatedModelPackageFields") or []
    names_it = APPROVAL_FIELD in [field.lower() for field in changed if isinstance(field, str)]
    if name is None or (changed and not names_it):
        return None
    claimed_at = _moment(detail.get("LastModifiedTime")) or from_text(event["time"])
    return Approval(name, min(claimed_at, now), names_it, claimed_at)


def rejection_in(event: EventShape) -> PackageName | None:
    """The package that an event says was rejected; None when it says something else."""
    detail = event.get("detail") or {}
    if detail.get("ModelApprovalStatus") != "Rejected":
        return None
    return PackageName.of(detail.get("ModelPackageArn"))


def withdrawal_in_words(package: ModelPackage) -> str:
    """What a person made of a package's approval, in a sentence; empty while it is Approved.

    Who changed it last, and its ApprovalDescription, may come from another edit.
    """
    if package.approval == "Approved":
        return ""
    name = PackageName.of(package.arn)
    who = f" last changed by {quoted(package.modified_by)}" if package.modified_by else ""
    words = package.approval_description
    why = f" ApprovalDescription {quoted(words)}" if words else ""
    said = ",".join(filter(None, (who, why))).strip()
    return (
        f"Meanwhile the model package {name.short if name else quoted(package.arn)} was set to"
        f" {package.approval or 'no approval'}{f' ({said})' if said else ''}."
    )


def _moment(value: object) -> datetime | None:
    """A time in an event: milliseconds since 1970 as a number or a text, or ISO 8601."""
    if not isinstance(value, str | int | float):
        return None
    try:
        return EPOCH + timedelta(milliseconds=float(str(value)))
    except (ValueError, OverflowError):
        pass
    try:
        return from_text(str(value))
    except (ValueError, OverflowError):
        return None
