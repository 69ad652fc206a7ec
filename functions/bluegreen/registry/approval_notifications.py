"""The notifications about approvals that start nothing: the group's policy is missing or bad."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from bluegreen.contract.findings import Finding, rejecting
from bluegreen.contract.message import MessageDetails
from bluegreen.contract.text import quoted
from bluegreen.contract.times import to_text
from bluegreen.deployment.notifications import HOW_TO_RETRY, Notification
from bluegreen.registry.approval import Approval
from bluegreen.registry.group_policy import PREFIX
from bluegreen.request.request import name_in

MOST_FINDINGS: Final = 10
HOW_TO_CHECK: Final = 'To check a corrected policy, run "bluegreen policy check FILE".'


def policy_missing(approval: Approval, group: str) -> Notification:
    """An approved package was not deployed, because its group has no deployment policy."""
    message = (
        f"The model package {approval.name.short} was approved but not deployed, because its group"
        f" {quoted(group)} has no deployment policy."
    )
    how = (
        f'To add a policy, run "bluegreen policy put {group} FILE", or write the SSM parameter'
        f' "{PREFIX}{group}".'
    )
    return _notification(approval, "POLICY_MISSING", message, [how])


def policy_invalid(
    approval: Approval, group: str, document: object, findings: Iterable[Finding]
) -> Notification:
    """An approved package was not deployed, because its group's deployment policy is invalid."""
    errors = rejecting(findings)
    message = (
        f"The model package {approval.name.short} was approved but not deployed, because the"
        f" deployment policy of its group {quoted(group)} is invalid. {errors[0].message}"
    )
    lines = [f"{e.severity} {e.id}: {e.message} {e.fix}" for e in errors[:MOST_FINDINGS]]
    lines += [f"{len(errors) - MOST_FINDINGS} more errors."] if len(errors) > MOST_FINDINGS else []
    lines += [f'The policy is the SSM parameter "{PREFIX}{group}". {HOW_TO_CHECK}']
    endpoint = name_in(document) or ""
    shown = [finding.to_json() for finding in errors[:MOST_FINDINGS]]
    notification = _notification(approval, "POLICY_INVALID", message, lines)
    details = MessageDetails(ModelPackageArn=approval.arn, Findings=shown)
    return replace(notification, endpoint_name=endpoint, details=details)


def _notification(
    approval: Approval,
    event: str,
    message: str,
    lines: Iterable[str],
) -> Notification:
    return Notification(
        deployment_id=approval.execution_name,
        started_at=to_text(approval.claimed_at),
        endpoint_name="",
        event=event,
        fact=event,
        severity="WARNING",
        message=message,
        details={"ModelPackageArn": approval.arn},
        lines=(*lines, f"Model package: {approval.arn}", HOW_TO_RETRY),
    )
