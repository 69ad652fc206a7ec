"""The notifications about approvals that start nothing: the group's policy is missing or bad."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from bluegreen.contract.findings import Finding, rejecting
from bluegreen.contract.message import MessageDetails
from bluegreen.contract.text import quoted
from bluegreen.contract.times import to_text
from bluegreen.deployment.console import USUAL_STACK
from bluegreen.deployment.ending import HOW_TO_RETRY
from bluegreen.deployment.notification import Notification
from bluegreen.registry.approval import Approval
from bluegreen.request.request import name_in

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
