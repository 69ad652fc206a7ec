"""The terminal notification of a deployment: how it ended, what serves now, and what to do."""

from typing import Final, cast

from bluegreen.contract.findings import Finding, rejecting
from bluegreen.contract.message import Links, MessageDetails
from bluegreen.contract.record import DeploymentRecord, Trigger, Verdict
from bluegreen.contract.text import quoted
from bluegreen.contract.times import to_text
from bluegreen.deployment.console import links_of, place_in_words, report_link
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.deployment.evidence import is_doubtful, rests_on
from bluegreen.deployment.judged import line_of
from bluegreen.deployment.notification import TERMINAL_FACT, Notification
from bluegreen.deployment.notifications import accepting, findings_in_words
from bluegreen.request.waivers import used_waivers
from bluegreen.sagemaker.package_name import PackageName

OF_THE_RECORD: Final = (
    "Verdict",
    "Trigger",
    "RequestedEndpointConfigName",
    "PreviousEndpointConfigName",
    "LiveEndpointConfigName",
)
"""The members of a record that its message has too."""

HOW_TO_RETRY: Final = (
    "To try again, set the model package to PendingManualApproval and then to Approved, or start"
    " an execution with its ModelPackageArn."
)

_SEVERITIES: Final = {
    Verdict.SUCCEEDED: "INFO",
    Verdict.ROLLED_BACK: "WARNING",
    Verdict.REJECTED: "WARNING",
    Verdict.SUPERSEDED: "WARNING",
    Verdict.FAILED: "CRITICAL",
    Verdict.ROLLBACK_FAILED: "CRITICAL",
    Verdict.TIMED_OUT: "CRITICAL",
}

_HEADLINES: Final = {
    Verdict.SUCCEEDED: "deployment succeeded",
    Verdict.ROLLED_BACK: "rolled back",
    Verdict.REJECTED: "request rejected",
    Verdict.SUPERSEDED: "gave way to a newer request",
    Verdict.FAILED: "deployment failed",
    Verdict.ROLLBACK_FAILED: "rollback failed",
    Verdict.TIMED_OUT: "update does not settle",
}

_AFTER_A_ROLLBACK: Final = {
    Trigger.ALARM: "look at the alarm in the last bake, and at the logs of the new model.",
    Trigger.EXECUTION_TIMEOUT: "give more time in MaximumExecutionTimeoutInSeconds. The model is"
    " not to blame.",
    Trigger.PROVISIONING: "for want of capacity, deploy again or use a rolling update; otherwise"
    " see in the logs of the new container why it does not start.",
    Trigger.UNKNOWN: "look at the endpoint in CloudTrail, and at the logs of the new container.",
}

_AFTER_A_FAILURE: Final = {
    Verdict.FAILED: "look at the endpoint, and deploy again. See"
    " docs/operations.md#a-deployment-failed.",
    Verdict.ROLLBACK_FAILED: "update the endpoint again, to a copy of {previous} under a new name."
    " See docs/operations.md#a-rollback-failed.",
    Verdict.TIMED_OUT: "look at the endpoint, which is locked until it settles, and ask AWS"
    " Support. See docs/operations.md#an-update-does-not-settle.",
}


def deployment_ended(
    key: DeploymentKey, record: DeploymentRecord, registry: str = "", reports_bucket: str = ""
) -> Notification:
    """How the deployment ended: its one terminal notification.

    `registry` says how the model registry was updated, `reports_bucket` is where reports are
    stored, if they are. Of the findings it tells those that the requester accepted, and those that
    a request was rejected for.
    """
    verdict, arn = Verdict(record["Verdict"]), record["ExecutionArn"]
    findings = [Finding.from_json(body) for body in record["Findings"]]
    refused = rejecting(findings) if verdict is Verdict.REJECTED else []
    severity = _severity(record)
    report = report_link(arn, key, reports_bucket)
    return Notification(
        deployment_id=key.deployment_id,
        started_at=to_text(key.started_at),
        endpoint_name=key.endpoint_name,
        event=str(verdict) if verdict is Verdict.ROLLBACK_FAILED else f"DEPLOYMENT_{verdict}",
        fact=TERMINAL_FACT,
        severity="WARNING" if severity == "INFO" and _is_doubtful(record) else severity,
        headline=headline_of(record),
        message=_message(record),
        details=_details(key, record, registry, report),
        lines=(
            *(f"What to do: {todo}" for todo in [what_to_do(record)] if todo),
            *(f"Guardrail: {line_of(row)}" for row in record.get("Guardrails", [])),
            *_what_serves(record),
            *_package_in_words(record, registry),
            *place_in_words(arn, key.endpoint_name, record["TrippedAlarms"]),
            *(f"{what}: {address}" for what, address in report.items()),
            *findings_in_words([*refused, *used_waivers(findings)]),
        ),
    )


def _is_doubtful(record: DeploymentRecord) -> bool:
    """Whether somebody should look at a success."""
    return is_doubtful(record) or "ModelApprovalStatus" in record


def _severity(record: DeploymentRecord) -> str:
    """Nobody has to be woken for what was aborted before it changed anything."""
    return "WARNING" if _aborted_before(record) else _SEVERITIES[Verdict(record["Verdict"])]


def _aborted_before(record: DeploymentRecord) -> bool:
    return (record["Verdict"], record.get("Trigger")) == (Verdict.FAILED, Trigger.ABORT)


def headline_of(record: DeploymentRecord) -> str:
    """How it ended, in a few words."""
    if _aborted_before(record):
        return "aborted before its update"
    return f"{_HEADLINES[Verdict(record['Verdict'])]}{_trigger_in_words(record)}"


def _trigger_in_words(record: DeploymentRecord) -> str:
    return f" ({record['Trigger']})" if "Trigger" in record else ""


def _message(record: DeploymentRecord) -> str:
    package = record.get("Request", {}).get("ModelPackageArn")
    rejected = record["Verdict"] == Verdict.REJECTED
    said = [f"{record['Verdict']}{_trigger_in_words(record)}: {record['Reason']}"]
    said += [rests_on(record)]
    said += [_not_deployed(package)] if package and rejected else []
    return " ".join(filter(None, said))


def _not_deployed(package: str) -> str:
    name = PackageName.of(package)
    shown = name.short if name else quoted(package)
    return f"The model package {shown} was not deployed. {HOW_TO_RETRY}"


def what_to_do(record: DeploymentRecord) -> str:
    """What the one who reads it does next; empty where the reason says it."""
    verdict, trigger = Verdict(record["Verdict"]), record.get("Trigger")
    todo = "" if _aborted_before(record) else _AFTER_A_FAILURE.get(verdict, "")
    if verdict is Verdict.ROLLED_BACK and trigger:
        todo = _AFTER_A_ROLLBACK.get(Trigger(trigger), "")
    previous = record.get("PreviousEndpointConfigName", "the previous endpoint config")
    return todo.format(previous=previous)


def _what_serves(record: DeploymentRecord) -> list[str]:
    """What serves now, and between which configs it was; before an update there is no change."""
    if "PreviousEndpointConfigName" not in record and "LiveEndpointConfigName" not in record:
        return []
    names = {
        "Serves now": serves_now(record),
        "Requested": record.get("RequestedEndpointConfigName"),
        "Before": record.get("PreviousEndpointConfigName"),
    }
    return [f"{what}: {name}" for what, name in names.items() if name]


def serves_now(record: DeploymentRecord) -> str:
    """The endpoint config that an endpoint which was updated serves at the end, or words for it."""
    mixture = record["Verdict"] == Verdict.ROLLBACK_FAILED
    unnamed = "a mixture of both endpoint configs" if mixture else "not known"
    return record.get("LiveEndpointConfigName", unnamed)


def _package_in_words(record: DeploymentRecord, registry: str) -> list[str]:
    package = record.get("Request", {}).get("ModelPackageArn")
    updated = [f"Model registry: {registry}"] if registry else []
    return [*updated, f"Model package: {package}"] if package else []


def _details(
    key: DeploymentKey, record: DeploymentRecord, registry: str, report: Links
) -> MessageDetails:
    """The members for programs."""
    links = links_of(record["ExecutionArn"], key.endpoint_name, record["TrippedAlarms"])
    members = {
        **{name: record.get(name) for name in OF_THE_RECORD},
        "ModelPackageArn": record.get("Request", {}).get("ModelPackageArn"),
        "ModelRegistry": registry,
        "Guardrails": record.get("Guardrails"),
        "Links": links | report,
        **accepting(Finding.from_json(body) for body in record["Findings"]),
    }
    return cast("MessageDetails", {name: value for name, value in members.items() if value})
