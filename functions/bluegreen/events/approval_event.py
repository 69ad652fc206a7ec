"""A model package was approved: start its deployment as its group's policy says."""

from functools import cache

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.actions.announce import announce_in_order
from bluegreen.aws.account import Account
from bluegreen.contract.aws_shapes import EventShape
from bluegreen.contract.findings import rejecting
from bluegreen.contract.times import to_text
from bluegreen.observability import about, logger
from bluegreen.registry.approval import Approval, approval_in
from bluegreen.registry.approval_notifications import PolicyPlace, policy_invalid, policy_missing
from bluegreen.registry.group_policy import read_document, request_of
from bluegreen.registry.model_package import ModelPackage
from bluegreen.runtime import new_account
from bluegreen.sagemaker.package_name import is_of_the_account
from bluegreen.settings import Settings

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: EventShape, _context: LambdaContext) -> None:
    """Handle the approval; the event is trusted for the package's ARN only."""
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
        return "the model package is in another account or Region"
    package = account.registry.find(approval.arn)
    if package is None or not package.is_approved:
        return "the model package is no longer Approved, or not Completed"
    if not account.approvals.take(approval, package.last_modified):
        return "the approval was handled before"
    return _start(approval, package, state_machine_arn, account)


def _start(
    approval: Approval, package: ModelPackage, state_machine_arn: str, account: Account
) -> str:
    text, place = account.group_policies.find(package.group), _place(package.group, account)
    if text is None:
        if account.settings.tells_policy_missing:
            announce_in_order([policy_missing(approval, place)], account)
        return "the group has no deployment policy"
    document, findings = read_document(text)
    if rejecting(findings):
        announce_in_order([policy_invalid(approval, place, document, findings)], account)
        return "the group's deployment policy is invalid"
    request = request_of(document, package)
    request["ApprovedAt"] = to_text(approval.at)
    new = account.workflow.start(state_machine_arn, approval.execution_name, request)
    return "deployment started" if new else "the deployment was started before"


def _place(group: str, account: Account) -> PolicyPlace:
    return PolicyPlace(group, account.group_policies.name_of(group), account.settings.stack_name)
