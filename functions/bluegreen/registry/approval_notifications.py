"""What is told of an approval that started nothing: its group has no policy, or a bad one."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from bluegreen.contract.findings import Finding, rejecting
from bluegreen.contract.message import MessageDetails
from bluegreen.contract.text import quoted
from bluegreen.contract.times import to_text
from bluegreen.deployment.notifications import AGAIN, Notification
from bluegreen.registry.approval import Approval
from bluegreen.registry.group_policy import PREFIX
from bluegreen.request.request import name_in

MOST_FINDINGS: Final = 10


def policy_missing(approval: Approval, group: str) -> Notification:
    """Tell that nobody said where an approved package is to be deployed."""
    message = (
        f"The model package {approval.name.short} was approved, and nothing was started: the group"
        f" {quoted(group)} has no deployment policy."
    )
    lines = [f'Write one: bluegreen policy put {group} FILE, or the parameter "{PREFIX}{group}".']
    return _notification(approval, "POLICY_MISSING", message, lines)


def policy_invalid(
    approval: Approval, group: str, document: object, findings: Iterable[Finding]
) -> Notification:
    """Tell that an approved package was not deployed, since its group's policy is no good."""
    errors = rejecting(findings)
    message = (
        f"The model package {approval.name.short} was approved, and nothing was started: the"
        f" deployment policy of the group {quoted(group)} is no good. {errors[0].message}"
    )
    lines = [f"{e.severity} {e.id}: {e.message} {e.fix}" for e in errors[:MOST_FINDINGS]]
    lines += [f"{len(errors) - MOST_FINDINGS} more."] if len(errors) > MOST_FINDINGS else []
    lines += [f'It is the parameter "{PREFIX}{group}"; bluegreen policy check FILE checks one.']
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
        started_at=to_text(approval.at),
        endpoint_name="",
        event=event,
        fact=event,
        severity="WARNING",
        message=message,
        details={"ModelPackageArn": approval.arn},
        lines=(*lines, f"Model package: {approval.arn}", AGAIN),
    )
