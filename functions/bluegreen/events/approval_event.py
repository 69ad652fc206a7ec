"""A model package was approved: start its deployment as its group's policy says.

Or it was rejected: tell of its deployment, or abort it where its request asks for that.
"""

from functools import cache

from bluegreen.actions.abort import abort_rejected
from bluegreen.actions.announce import announce, announce_in_order
from bluegreen.actions.tell_registry import leave_trace
from bluegreen.aws.account import Account
from bluegreen.contract.aws_shapes import EventShape
from bluegreen.contract.findings import rejecting
from bluegreen.contract.times import to_text
from bluegreen.deployment.notifications import package_rejected
from bluegreen.observability import about, logger
from bluegreen.registry.approval import (
    Approval,
    approval_in,
    rejection_in,
    withdrawal_in_words,
)
from bluegreen.registry.approval_notifications import (
    PolicyPlace,
    approval_of_another_account,
    policy_invalid,
    policy_missing,
    trace_of_invalid,
    trace_without_policy,
)
from bluegreen.registry.feedback import Feedback
from bluegreen.registry.group_policy import read_stored, request_of
from bluegreen.registry.model_package import ModelPackage
from bluegreen.runtime import new_account
from bluegreen.sagemaker.package_name import is_of_the_account
from bluegreen.settings import Settings

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: EventShape, _context: object) -> None:
    """Handle the approval or rejection; the event is trusted for the package's ARN only."""
    rejected = rejection_in(event)
    if rejected is not None:
        outcome = relay_rejection(rejected.arn, Settings().state_machine_arn, account())
        logger.info("rejection event handled", package=rejected.arn, outcome=outcome)
        return
    approval = approval_in(event, account().clock.now())
    if approval is None:
        logger.info("approval event handled", outcome="the event is not about an approval")
        return
    with about(approval.execution_name):
        outcome = relay_approval(approval, Settings().state_machine_arn, account())
        logger.info("approval event handled", package=approval.arn, outcome=outcome)


def relay_approval(approval: Approval, state_machine_arn: str, account: Account) -> str:
    """Start the deployment of a package that was approved; the outcome, in words.

    Only the ARN is trusted: the package is read again. However often this runs, the deployment is
    started once, and a bad or missing policy is announced once.
    """
    if not is_of_the_account(approval.arn, state_machine_arn):
        return _tell_of_foreign(approval, state_machine_arn, account)
    package = account.registry.find(approval.arn)
    if package is None or not package.is_approved:
        return "the model package is no longer Approved, or not Completed"
    if not account.approvals.take(approval, package.last_modified):
        return "the approval was handled before"
    return _start(approval, package, state_machine_arn, account)


def _start(
    approval: Approval, package: ModelPackage, state_machine_arn: str, account: Account
) -> str:
    stored, place = account.group_policies.find(package.group), _place(package.group, account)
    if stored is None:
        if account.settings.tells_policy_missing:
            announce_in_order([policy_missing(approval, place)], account)
            _leave_trace(trace_without_policy(approval, place), account)
        return "the group has no deployment policy"
    document, findings = read_stored(stored)
    if rejecting(findings):
        announce_in_order([policy_invalid(approval, place, document, findings)], account)
        _leave_trace(trace_of_invalid(approval, place, findings), account)
        return "the group's deployment policy is invalid"
    request = request_of(document, package)
    request["ApprovedAt"] = to_text(approval.at)
    new = account.workflow.start(state_machine_arn, approval.execution_name, request)
    return "deployment started" if new else "the deployment was started before"


def _tell_of_foreign(approval: Approval, state_machine_arn: str, account: Account) -> str:
    """Tell once that nothing comes of the approval of a package that is not ours."""
    if account.settings.tells_policy_missing and account.approvals.take(approval, None):
        region, number = state_machine_arn.split(":")[3:5]
        here = f"account {number} in {region}"
        announce_in_order([approval_of_another_account(approval, here)], account)
    return "the model package is in another account or Region"


def _leave_trace(trace: Feedback, account: Account) -> None:
    logger.info("model package told", outcome=leave_trace(trace, account))


def relay_rejection(package_arn: str, state_machine_arn: str, account: Account) -> str:
    """Tell of what deploys a package that was rejected, or abort it; the outcome, in words."""
    if not is_of_the_account(package_arn, state_machine_arn):
        return "the model package is in another account or Region"
    found = (account.deployments.find(key) for key in account.deployments.deploying(package_arn))
    running = [each for each in found if each is not None and not each.concluded]
    package = account.registry.find(package_arn) if running else None
    if package is None or package.approval != "Rejected":
        return "no deployment of it runs, or it is not Rejected any more"
    for deployment in running:
        if deployment.request.on_rejection == "ABORT":
            abort_rejected(deployment, package, account)
        else:
            announce(package_rejected(deployment, withdrawal_in_words(package)), account)
    return f"{len(running)} deployments of it run"


def _place(group: str, account: Account) -> PolicyPlace:
    return PolicyPlace(group, account.group_policies.name_of(group), account.settings.stack_name)
