"""The notifications about approvals that deploy nothing, and what is left in their packages.

The group's policy is missing, or bad, or has everything only rehearsed; or the package is another
account's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bluegreen.contract.findings import Finding, rejecting
from bluegreen.contract.message import MessageDetails
from bluegreen.contract.text import quoted
from bluegreen.contract.times import to_text
from bluegreen.deployment.console import USUAL_STACK, place_in_words
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.deployment.ending import HOW_TO_RETRY
from bluegreen.deployment.notification import Notification
from bluegreen.deployment.notifications import findings_in_words
from bluegreen.registry.approval import Approval
from bluegreen.registry.feedback import APPROVE_AGAIN, Feedback, trace
from bluegreen.request.request import name_in
from bluegreen.sagemaker.package_name import PackageName

APPROVAL_FOREIGN: Final = "APPROVAL_FOREIGN"
DRY_RUN_ENDED: Final = "DRY_RUN_ENDED"
MOST_FINDINGS: Final = 10
HOW_TO_CHECK: Final = 'To check a corrected policy, run "bluegreen policy check FILE".'


@dataclass(frozen=True)
class PolicyPlace:
    """Where a stack looks for the deployment policy of a group: in an SSM parameter."""

    group: str
    parameter: str
    stack: str

    @property
    def how_to_write(self) -> str:
        """The command that writes it."""
        option = "" if self.stack == USUAL_STACK else f" --stack-name {self.stack}"
        return f"bluegreen policy put {self.group} FILE{option}"


def policy_missing(approval: Approval, place: PolicyPlace) -> Notification:
    """An approved package was not deployed, because its group has no deployment policy."""
    message = (
        f"The model package {approval.name.short} was approved but not deployed, because its group"
        f" {quoted(place.group)} has no deployment policy."
    )
    how = (
        f'To add a policy, run "{place.how_to_write}", or write the SSM parameter'
        f' "{place.parameter}".'
    )
    return _notification(approval, "POLICY_MISSING", "INFO", message, [how])


def policy_invalid(
    approval: Approval, place: PolicyPlace, document: object, findings: Iterable[Finding]
) -> Notification:
    """An approved package was not deployed, because its group's deployment policy is invalid."""
    errors = rejecting(findings)
    message = (
        f"The model package {approval.name.short} was approved but not deployed, because the"
        f" deployment policy of its group {quoted(place.group)} is invalid. {errors[0].message}"
    )
    lines = [f"{e.severity} {e.id}: {e.message} {e.fix}" for e in errors[:MOST_FINDINGS]]
    lines += [f"{len(errors) - MOST_FINDINGS} more errors."] if len(errors) > MOST_FINDINGS else []
    lines += [f'The policy is the SSM parameter "{place.parameter}". {HOW_TO_CHECK}']
    endpoint = name_in(document) or ""
    shown = [finding.to_json() for finding in errors[:MOST_FINDINGS]]
    lines += [f"Endpoint: {endpoint}"] if endpoint else []
    notification = _notification(approval, "POLICY_INVALID", "WARNING", message, lines)
    details = MessageDetails(ModelPackageArn=approval.arn, Findings=shown)
    return replace(notification, endpoint_name=endpoint, details=details)


def trace_without_policy(approval: Approval, place: PolicyPlace) -> Feedback:
    """What the package says of it."""
    reason = f"Its group has no deployment policy: SSM parameter {place.parameter}."
    how = f"Write one, for example by {place.how_to_write}. Then {APPROVE_AGAIN}"
    return trace(approval.arn, reason, how)


def trace_of_invalid(
    approval: Approval, place: PolicyPlace, findings: Iterable[Finding]
) -> Feedback:
    """What the package says of it."""
    reason = f"The deployment policy of its group is invalid. {rejecting(findings)[0].message}"
    how = f"Correct the SSM parameter {place.parameter}. Then {APPROVE_AGAIN}"
    return trace(approval.arn, reason, how)


def approval_of_another_account(approval: Approval, here: str) -> Notification:
    """An approval was forwarded to the account `here`, whose packages alone are deployed there."""
    name = approval.name
    message = (
        f"The model package {name.short} of account {name.account} in {name.region} was approved,"
        f" and the approval was forwarded to {here}. Nothing was deployed: a stack deploys the"
        " model packages of its own account and Region only."
    )
    how = (
        "To deploy it, run a stack where the package is, or register the model in a group here."
        " To hear no more of it, do not forward these events."
    )
    told = _notification(approval, APPROVAL_FOREIGN, "INFO", message, [how])
    return replace(told, lines=tuple(line for line in told.lines if line != HOW_TO_RETRY))


# ---- Rehearsals ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rehearsal:
    """A dry run that an approval started, because the policy of its group says so."""

    package: PackageName
    place: PolicyPlace
    would_be_rejected: bool
    findings: Sequence[Finding]

    @property
    def outcome(self) -> str:
        """What a deployment would do, in words."""
        if not self.would_be_rejected:
            return "A deployment would start."
        errors = rejecting(self.findings)
        why = f" {errors[0].message}" if errors else ""
        return f"A deployment would be REJECTED.{why}"

    def to_trace(self) -> Feedback:
        """What the package says of it."""
        reason = f"Only rehearsed, since the policy of its group has DryRun. {self.outcome}"
        how = f"Take DryRun out of the SSM parameter {self.place.parameter}. Then {APPROVE_AGAIN}"
        return trace(self.package.arn, reason, how)


def dry_run_ended(key: DeploymentKey, arn: str, rehearsal: Rehearsal) -> Notification:
    """What a dry run found that an approval started; `arn` is its execution's."""
    package, place = rehearsal.package, rehearsal.place
    message = (
        f"The model package {package.short} was approved and only rehearsed, because the deployment"
        f" policy of its group {quoted(place.group)} has DryRun: nothing was deployed."
        f" {rehearsal.outcome}"
    )
    findings = rehearsal.findings[:MOST_FINDINGS]
    how = f'To deploy it, take DryRun out of the SSM parameter "{place.parameter}". Then'
    return Notification(
        deployment_id=key.deployment_id,
        started_at=to_text(key.started_at),
        endpoint_name=key.endpoint_name,
        event=DRY_RUN_ENDED,
        fact=DRY_RUN_ENDED,
        severity="WARNING" if rehearsal.would_be_rejected else "INFO",
        headline="rehearsed" + (", would be rejected" if rehearsal.would_be_rejected else ""),
        message=message,
        details=MessageDetails(
            ModelPackageArn=package.arn, Findings=[finding.to_json() for finding in findings]
        ),
        lines=(
            f"{how} {APPROVE_AGAIN}",
            f"Model package: {package.arn}",
            *place_in_words(arn, key.endpoint_name, []),
            *findings_in_words(findings),
        ),
    )


def _notification(
    approval: Approval,
    event: str,
    severity: str,
    message: str,
    lines: Iterable[str],
) -> Notification:
    return Notification(
        deployment_id=approval.execution_name,
        started_at=to_text(approval.claimed_at),
        endpoint_name="",
        event=event,
        fact=event,
        severity=severity,
        headline=event.replace("_", " ").lower(),
        message=message,
        details={"ModelPackageArn": approval.arn},
        lines=(
            *lines,
            f"Model package: {approval.arn}",
            HOW_TO_RETRY,
            f"Account: {approval.name.account}, {approval.name.region}",
        ),
    )
