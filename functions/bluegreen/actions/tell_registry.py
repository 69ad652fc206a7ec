"""Update the model registry when the deployment of a model package has ended."""

from bluegreen.aws.account import Account
from bluegreen.contract.errors import RequestRejected
from bluegreen.contract.record import DeploymentRecord
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.registry.feedback import STAGE, Feedback, feedback_of


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
    return before or account.deployments.keep_registry_answer(key, _update(feedback, account))


def _update(feedback: Feedback, account: Account) -> str:
    try:
        package = account.registry.find(feedback.arn)
        if package is None:
            return "the model package no longer exists, so it was not updated."
        account.registry.update(feedback, package)
    except RequestRejected as refusal:
        return f"the model package could not be updated. {refusal}"
    if feedback.rejects and package.approval == "Approved":
        return "the model package was set to Rejected, with the reason as its ApprovalDescription."
    return f"the life cycle of the model package was set to {STAGE} / {feedback.stage_status}."
