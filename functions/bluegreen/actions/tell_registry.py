"""Update the model registry: what became of a model package that was approved or deployed."""

from dataclasses import replace

from bluegreen.aws.account import Account
from bluegreen.contract.errors import RequestRejected
from bluegreen.contract.record import DeploymentRecord
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.registry.feedback import (
    MOST_PROPERTIES,
    NOT_DEPLOYED,
    STAGE,
    Feedback,
    feedback_of,
    trace_of,
)
from bluegreen.registry.group_policy import objection_to_rejection
from bluegreen.registry.model_package import ModelPackage


def tell_registry(
    key: DeploymentKey,
    record: DeploymentRecord,
    account: Account,
    package: ModelPackage | None = None,
) -> str:
    """Update the registry, and say how in words; empty if there is nothing to update.

    If the registry refuses the update, the words say so, and the deployment is concluded all the
    same. `package` is as it was read just now, if it was, and covered with the record. The caller
    keeps the words: a retry must not undo what a person has changed since.
    """
    feedback = feedback_of(record) or _trace_of_approval(key, record, account)
    return _update(feedback, record, account, package) if feedback is not None else ""


def _trace_of_approval(
    key: DeploymentKey, record: DeploymentRecord, account: Account
) -> Feedback | None:
    """The trace of a deployment that an approval started, and that ended before its update.

    Without an approval there is none: whoever may start executions names any package they like.
    """
    trace = trace_of(record)
    if trace is None or not account.settings.model_execution_roles:
        return None
    return trace if account.approvals.has_started(trace.arn, key.deployment_id) else None


def leave_trace(trace: Feedback, account: Account) -> str:
    """Say in a package why its approval deployed nothing; how that went, in words.

    A stack that deploys no model packages writes nothing into them.
    """
    return _update(trace, None, account) if account.settings.model_execution_roles else ""


def change_package(
    feedback: Feedback, package: ModelPackage, account: Account, *, covered: bool = False
) -> None:
    """Update a package; noted first, so that the event of this edit counts as no approval."""
    if not covered:
        account.approvals.cover(package.arn)
    account.registry.update(feedback, package)


def _update(
    feedback: Feedback,
    record: DeploymentRecord | None,
    account: Account,
    covered: ModelPackage | None = None,
) -> str:
    objection = ""
    try:
        package = covered or account.registry.find(feedback.arn)
        if package is None:
            return "the model package no longer exists, so it was not updated."
        rejects = feedback.rejects and package.approval == "Approved"
        if rejects and record is not None:
            objection = _objection(package.group, record, account)
        feedback = replace(feedback, rejects=rejects and not objection)
        change_package(feedback, package, account, covered=package is covered)
    except RequestRejected as refusal:
        return f"the model package could not be updated. {refusal}"
    said = [_in_words(feedback), _left_out_in_words(feedback, package)]
    said += [f"It was not set to Rejected, because {objection}."] if objection else []
    return " ".join(filter(None, said))


def _in_words(feedback: Feedback) -> str:
    if feedback.rejects:
        return "the model package was set to Rejected, with the reason as its ApprovalDescription."
    if feedback.stage_status:
        return f"the life cycle of the model package was set to {STAGE} / {feedback.stage_status}."
    if NOT_DEPLOYED in feedback.properties:
        return "the metadata of the model package says why it was not deployed, and what to do."
    return "the life cycle of the model package was left alone, as KeepModelLifeCycle says."


def _left_out_in_words(feedback: Feedback, package: ModelPackage) -> str:
    if not feedback.properties or feedback.fits(package):
        return ""
    return (
        f"Its {len(package.metadata)} customer metadata properties leave no room for those of"
        f" bluegreen, which were not written: a model package takes {MOST_PROPERTIES}."
    )


def _objection(group: str, record: DeploymentRecord, account: Account) -> str:
    """Why the policy of the package's group, as it is now, does not have it rejected, if so."""
    try:
        stored = account.group_policies.find(group)
    except RequestRejected as refusal:
        words = str(refusal).rstrip(".")
        return f"the deployment policy of its group could not be read ({words})"
    return objection_to_rejection(stored, record)
