"""Tell the model registry how the deployment of a package ended."""

from bluegreen.aws.account import Account
from bluegreen.contract.errors import RequestRejected
from bluegreen.contract.record import DeploymentRecord
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.registry.feedback import Feedback, feedback_of


def tell_registry(
    key: DeploymentKey, record: DeploymentRecord, before: str, account: Account
) -> str:
    """What the registry was told, in words; empty where there is nothing to tell it.

    What was told `before` stands in the table, so that a retry does not undo what a person did
    since.
    A registry that refuses keeps no deployment from being concluded: the words say so.
    """
    feedback = feedback_of(record)
    if feedback is None:
        return ""
    return before or account.deployments.keep_registry_answer(key, _tell(feedback, account))


def _tell(feedback: Feedback, account: Account) -> str:
    try:
        package = account.registry.find(feedback.arn)
        if package is None:
            return "the model package is gone."
        account.registry.tell(feedback, package)
    except RequestRejected as refusal:
        return f"could not be told. {refusal}"
    if feedback.rejects and package.approval == "Approved":
        return "the model package was set to Rejected, with the reason."
    return f"the life cycle of the model package was set to {feedback.stage_status}."
