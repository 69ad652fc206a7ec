"""Update the model registry when the deployment of a model package has ended."""

from dataclasses import replace

from bluegreen.aws.account import Account
from bluegreen.contract.errors import RequestRejected
from bluegreen.contract.record import DeploymentRecord
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.registry.feedback import STAGE, Feedback, feedback_of
from bluegreen.registry.group_policy import objection_to_rejection


def tell_registry(
    key: DeploymentKey, record: DeploymentRecord, before: str, account: Account
) -> str:
    """Update the registry once, and say how in words; empty if there is nothing to update.

    `before` is what an earlier attempt did, as the table keeps it: a retry must not undo what a
    person has changed since. If the registry refuses the update, the words say so, and the
    deployment is concluded all the same.
    """
    feedback = feedback_of(record)
    if feedback is None:
        return ""
    return before or account.deployments.keep_registry_answer(
        key, _update(feedback, record, account)
    )


def _update(feedback: Feedback, record: DeploymentRecord, account: Account) -> str:
    objection = ""
    try:
        package = account.registry.find(feedback.arn)
        if package is None:
            return "the model package no longer exists, so it was not updated."
        if feedback.rejects and package.approval == "Approved":
            objection = _objection(package.group, record, account)
        rejects = feedback.rejects and not objection
        account.registry.update(replace(feedback, rejects=rejects), package)
    except RequestRejected as refusal:
        return f"the model package could not be updated. {refusal}"
    if rejects and package.approval == "Approved":
        return "the model package was set to Rejected, with the reason as its ApprovalDescription."
    done = f"the life cycle of the model package was set to {STAGE} / {feedback.stage_status}."
    return f"{done} It was not set to Rejected, because {objection}." if objection else done


def _objection(group: str, record: DeploymentRecord, account: Account) -> str:
    """Why the policy of the package's group, as it is now, does not have it rejected, if so."""
    try:
        text = account.group_policies.find(group)
    except RequestRejected as refusal:
        words = str(refusal).rstrip(".")
        return f"the deployment policy of its group could not be read ({words})"
    return objection_to_rejection(text, record)
