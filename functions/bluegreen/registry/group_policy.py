"""The deployment policy of a model package group: a document that says where and how to deploy.

It has EndpointName, and any member of a request except those that an approval gives:
EndpointConfigName, ModelPackageArn and ApprovedAt, and what another workflow says that starts one.
It cannot name roles, keys or places in S3: those come from the live endpoint.
"""

from dataclasses import dataclass
from typing import Final, cast

from bluegreen.contract.findings import Finding, rejecting
from bluegreen.contract.json_shape import Structure
from bluegreen.contract.json_text import read_json
from bluegreen.contract.record import DeploymentRecord, GuardrailRecord
from bluegreen.contract.request import GroupPolicyDocument, RequestDocument
from bluegreen.contract.text import plain
from bluegreen.guardrails.asked import DEFAULT, LATENCY, NONE, Asked, AskedGuardrail
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request import request
from bluegreen.request.request import REJECT_PACKAGE, REQUEST, STARTED_BY
from bluegreen.sagemaker.deployment_config import alarms_of

LONGEST_DOCUMENT: Final = 8192
"""Characters; an advanced parameter has 8 KB."""

NOT_JSON: Final = "Write one JSON object, with each member only once."
"""What to do about a document that cannot be read."""

NOT_IN_POLICIES: Final = ("EndpointConfigName", "ModelPackageArn", "ApprovedAt", STARTED_BY)
DOCUMENT: Final = Structure(
    {name: shape for name, shape in REQUEST.members.items() if name not in NOT_IN_POLICIES},
    required=REQUEST.required,
    what="The policy document",
)
ANY_PACKAGE: Final = "arn:aws:sagemaker:eu-central-1:000000000000:model-package/any/1"
"""Stands for the package that is yet to be approved, while a document is checked."""


@dataclass(frozen=True)
class StoredPolicy:
    """What a parameter holds; of one that is `encrypted`, the text is not the document."""

    text: str
    encrypted: bool = False


def read_stored(stored: StoredPolicy) -> tuple[GroupPolicyDocument, list[Finding]]:
    """The document in a parameter, and what is wrong with it."""
    return ({}, [_encrypted()]) if stored.encrypted else read_document(stored.text)


def _encrypted() -> Finding:
    message = "The policy's parameter is a SecureString, which bluegreen does not decrypt."
    fix = "Delete the parameter, and write it again as a String: a policy holds no secrets."
    return Finding("policy-encrypted", "ERROR", message, fix)


def read_document(text: str) -> tuple[GroupPolicyDocument, list[Finding]]:
    """The document in a text, and what is wrong with it; empty where it is no JSON object."""
    try:
        document = _parsed(text)
    except ValueError as error:
        message = f"The policy document cannot be read as JSON: {plain(str(error), 200)}."
        return {}, [Finding("policy-not-json", "ERROR", message, NOT_JSON)]
    shown = document if isinstance(document, dict) else {}
    return cast("GroupPolicyDocument", shown), check_document(document)


def _parsed(text: str) -> object:
    """JSON, if it is not longer than a parameter can be."""
    if len(text) > LONGEST_DOCUMENT:
        raise ValueError(f"it has {len(text)} characters, more than the {LONGEST_DOCUMENT} allowed")
    return read_json(text)


def check_document(document: object) -> list[Finding]:
    """Every fault that the document alone shows."""
    faults = list(DOCUMENT.check(document))
    if faults or not isinstance(document, dict):
        return faults
    rehearses = [_rehearses()] if document.get("DryRun") is True else []
    return [*request.check({**document, "ModelPackageArn": ANY_PACKAGE}), *rehearses]


def _rehearses() -> Finding:
    message = (
        "The policy has DryRun: an approval is only checked, and people are told what was found."
        " Nothing is deployed."
    )
    return Finding("policy-rehearses", "INFO", message, "To deploy approvals, remove DryRun.")


def request_of(document: GroupPolicyDocument, package: ModelPackage) -> RequestDocument:
    """The request for an approved package, by a document without faults.

    Who approved and why are what the registry says of the last change, where the document does
    not say; both are only claimed. A package that an alarm rolls back is rejected, unless the
    document says otherwise.
    """
    claimed = GroupPolicyDocument(OnRollback=REJECT_PACKAGE)
    if requester := plain(package.modified_by, 128):
        claimed["RequestedBy"] = requester
    if reason := plain(package.approval_description, 512):
        claimed["Reason"] = reason
    body = {**claimed, **document, "ModelPackageArn": package.arn}
    return cast("RequestDocument", body)


def objection_to_rejection(stored: StoredPolicy | None, record: DeploymentRecord) -> str:
    """Why a group's policy, as it is now, does not have a package rejected; empty if it does.

    Whoever may start an execution names endpoint, alarms, guardrails and OnRollback as they like.
    A package is rejected only where the document says the same as the record; `stored` is None
    without one.
    """
    if stored is None:
        return "its group has no deployment policy"
    document, findings = read_stored(stored)
    if rejecting(findings):
        return "the deployment policy of its group is invalid"
    if document["EndpointName"].lower() != record["EndpointName"].lower():
        return "the deployment policy of its group names another endpoint"
    if document.get("OnRollback", REJECT_PACKAGE) != REJECT_PACKAGE:
        return f"the deployment policy of its group does not say {REJECT_PACKAGE}"
    return _objection_to_what_tripped(document, record)


def _objection_to_what_tripped(document: GroupPolicyDocument, record: DeploymentRecord) -> str:
    """Why nothing that tripped is the document's own; empty if something is.

    The alarm of a guardrail is what the record's request made of it. Its name alone says nothing.
    """
    rows = {row["AlarmName"]: row for row in record.get("Guardrails", [])}
    named = {alarm["AlarmName"] for alarm in alarms_of(document.get("DeploymentConfig", {}))}
    tripped = set(record["TrippedAlarms"])
    guardrails = [rows[name] for name in tripped & rows.keys()]
    if named & (tripped - rows.keys()) or any(_has(document, row, record) for row in guardrails):
        return ""
    if guardrails:
        return "the deployment policy of its group does not have the guardrail that tripped"
    return "the deployment policy of its group does not name the alarm that tripped"


def _has(document: GroupPolicyDocument, row: GuardrailRecord, record: DeploymentRecord) -> bool:
    """Whether a document asks for a guardrail with the same limit as the record's request."""
    wanted = Asked.from_json(document.get("Guardrails", NONE)).guardrails
    return any(each in wanted for each in _asked_in(record) if _became(each, row))


def _asked_in(record: DeploymentRecord) -> tuple[AskedGuardrail, ...]:
    """The guardrails that a record's request asked for, or that the stack added to it."""
    if "Request" not in record:
        return ()
    return Asked.from_json(record["Request"].get("Guardrails", DEFAULT)).guardrails


def _became(asked: AskedGuardrail, row: GuardrailRecord) -> bool:
    """Whether a guardrail in a record is what became of the one that was asked for.

    Of latency a variant may have several, one for each percentile, which the limit tells.
    """
    same = asked.metric == row["Metric"]
    return same and (asked.metric != LATENCY or row["Limit"] == asked.slow_part)
