"""Tell what a dry run found that an approval started, because its group's policy only rehearses."""

from bluegreen.actions.announce import announce_in_order
from bluegreen.actions.tell_registry import leave_trace
from bluegreen.aws.account import Account
from bluegreen.contract.findings import Finding
from bluegreen.contract.state import State
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.registry.approval_notifications import PolicyPlace, Rehearsal, dry_run_ended
from bluegreen.sagemaker.package_name import PackageName


def tell_rehearsal(key: DeploymentKey, execution_arn: str, state: State, account: Account) -> str:
    """Tell people, and the package unless OnRollback is NONE; what was done, in words.

    A dry run that a person started tells nobody: they have its output.
    """
    request = state.get("Request", {})
    package = PackageName.of(request.get("ModelPackageArn"))
    if package is None or not account.approvals.has_started(package.arn, key.deployment_id):
        return "no approval started it"
    rehearsal = Rehearsal(
        package=package,
        place=_place(package.group, account),
        would_be_rejected=state.get("WouldBeRejected", False),
        findings=[Finding.from_json(body) for body in state.get("Findings", [])],
    )
    announce_in_order([dry_run_ended(key, execution_arn, rehearsal)], account)
    if request.get("OnRollback") == "NONE":
        return "told"
    return leave_trace(rehearsal.to_trace(), account) or "told"


def _place(group: str, account: Account) -> PolicyPlace:
    return PolicyPlace(group, account.group_policies.name_of(group), account.settings.stack_name)
