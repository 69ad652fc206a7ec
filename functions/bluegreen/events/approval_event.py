"""A model package was approved: start its deployment, by the policy of its group."""

from functools import cache

from aws_lambda_powertools.utilities.typing import LambdaContext

from bluegreen.actions.announce import announce_for_certain
from bluegreen.aws.account import Account
from bluegreen.contract.aws_shapes import EventShape
from bluegreen.contract.findings import rejecting
from bluegreen.observability import logger
from bluegreen.registry.approval import Approval, approval_in
from bluegreen.registry.approval_notifications import policy_invalid, policy_missing
from bluegreen.registry.group_policy import read_document, request_of
from bluegreen.registry.model_package import ModelPackage
from bluegreen.runtime import new_account
from bluegreen.sagemaker.package_name import is_of_the_account
from bluegreen.settings import Settings

account = cache(new_account)


@logger.inject_lambda_context(clear_state=True)
def handler(event: EventShape, _context: LambdaContext) -> None:
    """Believe nothing of the event but the package's ARN."""
    arn = str(event.get("detail", {}).get("ModelPackageArn", ""))
    outcome = relay_approval_event(event, Settings().state_machine_arn, account())
    logger.info("approval event", package=arn, outcome=outcome)


def relay_approval_event(event: EventShape, state_machine_arn: str, account: Account) -> str:
    """Start the deployment of a package that was approved; what came of it, in words.

    Only the ARN is believed: the package is read again. Whatever of this is repeated, the
    deployment is started once, and a bad or missing policy is told once.
    """
    approval = approval_in(event)
    if approval is None:
        return "no approval"
    if not is_of_the_account(approval.arn, state_machine_arn):
        return "of another account or Region"
    package = account.registry.find(approval.arn)
    if package is None or not package.is_approved:
        return "not approved any more, or not complete"
    if not account.approvals.take(approval, package.last_modified):
        return "acted on before"
    return _start(approval, package, state_machine_arn, account)


def _start(
    approval: Approval, package: ModelPackage, state_machine_arn: str, account: Account
) -> str:
    text = account.group_policies.find(package.group)
    if text is None:
        announce_for_certain(policy_missing(approval, package.group), account)
        return "no policy"
    document, findings = read_document(text)
    if rejecting(findings):
        told = policy_invalid(approval, package.group, document, findings)
        announce_for_certain(told, account)
        return "bad policy"
    request = request_of(document, package)
    new = account.workflow.start(state_machine_arn, approval.execution_name, request)
    return "started" if new else "started before"
