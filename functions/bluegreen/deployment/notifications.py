"""The notifications that bluegreen sends: one for each fact, each with an id of its own."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, cast

from bluegreen.contract.findings import Finding
from bluegreen.contract.message import MessageBody, MessageDetails, WaitingNotification
from bluegreen.contract.record import DeploymentRecord, Verdict
from bluegreen.contract.text import listed, plain, quoted
from bluegreen.contract.times import from_text, to_text, to_the_second
from bluegreen.deployment.abort import AbortCause
from bluegreen.deployment.deployment import Deployment, DeploymentKey
from bluegreen.request.waivers import used_waivers
from bluegreen.sagemaker.observation import Stage, StageSeen
from bluegreen.sagemaker.package_name import PackageName
from bluegreen.sagemaker.traffic_steps import ALL, bake_seconds

SUBJECT_LENGTH: Final = 99
"""SNS takes subjects of fewer than 100 characters."""

START_FACT: Final = "DEPLOYMENT_STARTED"
ABORT_FACT: Final = "DEPLOYMENT_ABORTED"
TERMINAL_FACT: Final = "TERMINAL"

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


@dataclass(frozen=True)
class Notification:
    """One fact about one deployment, as text for people and as members for programs.

    Subscribers filter by `event`. `fact` is unique within the deployment. `details` holds the
    members that this event has: Stage, TrafficPercent, AlarmName, Verdict, Trigger. In an e-mail,
    `lines` follow the message.
    """

    deployment_id: str
    started_at: str
    endpoint_name: str
    event: str
    fact: str
    severity: str
    message: str
    details: MessageDetails = field(default_factory=MessageDetails)
    lines: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The NotificationId: the same for every attempt to send this notification."""
        return f"{self.deployment_id}/{self.started_at}/{self.fact}"

    @property
    def is_terminal(self) -> bool:
        """Whether it says how its deployment ended; nothing is sent after it."""
        return self.fact == TERMINAL_FACT

    @property
    def key(self) -> DeploymentKey:
        """The deployment that this notification is about."""
        return DeploymentKey(self.endpoint_name, self.deployment_id, from_text(self.started_at))

    @property
    def subject(self) -> str:
        """The subject of an e-mail: what happened to which endpoint."""
        words = self.event.replace("_", " ").lower()
        subject = f"{self.severity}: {self.endpoint_name or 'bluegreen'}: {words}"
        return subject.encode("ascii", "replace").decode()[:SUBJECT_LENGTH]

    @property
    def text(self) -> str:
        """The text for people, who get it by e-mail."""
        endpoint = [f"Endpoint: {self.endpoint_name}"] if self.endpoint_name else []
        return "\n".join(
            [self.message, "", *self.lines, *endpoint, f"Deployment: {self.deployment_id}"]
        )

    def late(self, since: datetime) -> "Notification":
        """The same, sent long after `since`, when it could not be sent, and saying so."""
        late = f"This message is late: it could not be sent at {to_the_second(since)}."
        return replace(self, details=self.details | {"Late": True}, lines=(late, *self.lines))

    def body(self) -> MessageBody:
        """The JSON for programs."""
        named = {"EndpointName": self.endpoint_name} if self.endpoint_name else {}
        body = {
            "Event": self.event,
            "NotificationId": self.id,
            "DeploymentId": self.deployment_id,
            **named,
            "Message": self.message,
            **self.details,
        }
        return cast("MessageBody", body)

    def to_json(self) -> WaitingNotification:
        """The notification as it waits in the table until it is sent."""
        return cast("WaitingNotification", asdict(self))

    @classmethod
    def from_json(cls, body: WaitingNotification) -> "Notification":
        """Read what `to_json` wrote."""
        return cls(
            deployment_id=body["deployment_id"],
            started_at=body["started_at"],
            endpoint_name=body["endpoint_name"],
            event=body["event"],
            fact=body["fact"],
            severity=body["severity"],
            message=body["message"],
            details=body["details"],
            lines=tuple(body["lines"]),
        )


def deployment_started(deployment: Deployment) -> Notification:
    """The update has started, and this is its policy."""
    request = deployment.request
    watching = () if deployment.creates else request.policy.alarms
    alarms = ", ".join(quoted(name) for name in watching) or "none"
    claimed = {"Requested by (claimed)": request.requested_by, "Reason (claimed)": request.reason}
    lines = [f"Alarms that can roll it back: {alarms}"]
    lines += [f"{name}: {plain(text)}" for name, text in claimed.items() if text]
    message = _start_in_words(deployment)
    if request.model_package_arn:
        lines.append(f"Model package: {request.model_package_arn}")
    lines += _findings_in_words(deployment.findings)
    details = _accepting(deployment.findings)
    return _notification(deployment.key, START_FACT, START_FACT, message, lines, details=details)


def _start_in_words(deployment: Deployment) -> str:
    request = deployment.request
    if deployment.creates:
        return (
            f"The creation of endpoint {request.endpoint_name} with"
            f" {request.endpoint_config_name} started. No bake and no alarm protects it."
        )
    return (
        f"The update of endpoint {request.endpoint_name} from {deployment.previous_config} to"
        f" {request.endpoint_config_name} started. {_policy_in_words(deployment)}"
    )


def _policy_in_words(deployment: Deployment) -> str:
    mode = deployment.request.policy.mode.replace("_", " ").capitalize()
    first, *others = deployment.steps
    steps = [f"{first.percent} % of the traffic for {first.bake_seconds} s"]
    steps += [f"{step.percent} % for {step.bake_seconds} s" for step in others]
    return f"{mode}: the green fleet takes {', then '.join(steps)}."


def _findings_in_words(findings: Iterable[Finding]) -> list[str]:
    return [f"{f.severity} {f.id}: {f.message} {f.fix}".strip() for f in findings]


def fact_of(seen: StageSeen) -> str:
    """The name of the fact that the endpoint entered a stage."""
    return f"STAGE_CHANGED/{seen.stage}/{to_text(seen.started_at)}"


def _accepted(deployment: Deployment) -> list[str]:
    """The findings that the requester accepted; every notification lists them."""
    return _findings_in_words(used_waivers(deployment.findings))


def _accepting(findings: Iterable[Finding]) -> MessageDetails:
    accepted = [finding.id for finding in used_waivers(findings)]
    return {"AcceptedFindings": accepted} if accepted else {}


def stage_changed(deployment: Deployment, seen: StageSeen) -> Notification:
    """The endpoint entered a stage."""
    details = MessageDetails(Stage=str(seen.stage), TrafficPercent=seen.traffic_percent)
    details |= _accepting(deployment.findings)
    message = _stage_in_words(deployment, seen)
    fact, accepted = fact_of(seen), _accepted(deployment)
    return _notification(deployment.key, "STAGE_CHANGED", fact, message, accepted, details=details)


def _stage_in_words(deployment: Deployment, seen: StageSeen) -> str:
    share, length = (
        seen.traffic_percent,
        bake_seconds(deployment.request.policy, seen.traffic_percent),
    )
    until = to_the_second(seen.started_at + timedelta(seconds=length))
    return {
        Stage.PROVISIONING: _provisioning_in_words(share),
        Stage.SHIFTING: f"Traffic is shifting. The green fleet will take {share} % of it.",
        Stage.BAKING: f"{_green_takes(share)} and bakes for {length} s, until {until}.",
        Stage.TERMINATING: f"{_green_takes(share)}. SageMaker is deleting {_replaced(share)}.",
        Stage.ROLLING_BACK: "SageMaker is rolling back: it returns all traffic to the blue fleet"
        " and deletes the green fleet.",
    }[seen.stage]


def _green_takes(share: int) -> str:
    return f"The green fleet takes {share} % of the traffic"


def _provisioning_in_words(share: int) -> str:
    if share:
        return f"{_green_takes(share)}. SageMaker is provisioning its next batch of instances."
    return "SageMaker is provisioning the green fleet, which takes no traffic yet."


def _replaced(share: int) -> str:
    return "the blue fleet" if share == ALL else "the blue instances that this batch replaces"


def alarm_tripped(deployment: Deployment, alarm: str) -> Notification:
    """An alarm of the deployment went into ALARM."""
    message = f"The alarm {quoted(alarm)} of this deployment went into ALARM."
    details = MessageDetails(AlarmName=plain(alarm, 255))
    details |= _accepting(deployment.findings)
    # A fact is part of a key of the table, which takes 1,024 bytes; 255 letters may be 1,020.
    name = alarm if alarm.isascii() else sha256(alarm.encode()).hexdigest()
    fact = f"ALARM_TRIPPED/{name}"
    return _notification(
        deployment.key,
        "ALARM_TRIPPED",
        fact,
        message,
        _accepted(deployment),
        severity="WARNING",
        details=details,
    )


def deployment_aborted(deployment: Deployment) -> Notification:
    """Somebody asked for the deployment to be aborted, and this is what will come of it."""
    abort = deployment.abort
    assert abort is not None
    claimed = {"Aborted by (claimed)": abort.by, "Reason (claimed)": abort.reason}
    lines = [f"{name}: {plain(text)}" for name, text in claimed.items() if text]
    return _notification(
        deployment.key,
        ABORT_FACT,
        ABORT_FACT,
        f"{_ABORT_CAUSES[abort.cause]} {abort_in_words(deployment)}",
        [*lines, *_accepted(deployment)],
        severity="WARNING",
        details=_accepting(deployment.findings),
    )


_ABORT_CAUSES: Final = {
    AbortCause.COMMAND: "Somebody asked to abort this deployment.",
    AbortCause.STOPPED: "The execution of this deployment was stopped.",
    AbortCause.SUPERSEDED: "A newer request supersedes this deployment.",
}


def abort_in_words(deployment: Deployment) -> str:
    """What will come of an abort."""
    if deployment.update_requested_at is None:
        return "The endpoint was not changed."
    if deployment.can_be_aborted:
        return (
            "Its abort alarm makes SageMaker roll back in the bake that runs, or in the first one"
            " to come."
        )
    return (
        "SageMaker cannot be stopped: the update has no abort alarm, or no bake in which SageMaker"
        " would look at it. It goes on, and is still followed."
    )


def deployment_ended(
    key: DeploymentKey, record: DeploymentRecord, registry: str = ""
) -> Notification:
    """How the deployment ended: its one terminal notification.

    `registry` says how the model registry was updated.
    """
    verdict = Verdict(record["Verdict"])
    event = str(verdict) if verdict is Verdict.ROLLBACK_FAILED else f"DEPLOYMENT_{verdict}"
    details = MessageDetails(Verdict=record["Verdict"])
    if "Trigger" in record:
        details["Trigger"] = record["Trigger"]
    trigger = f" ({record['Trigger']})" if "Trigger" in record else ""
    findings = [Finding.from_json(body) for body in record["Findings"]]
    package = record.get("Request", {}).get("ModelPackageArn")
    if package:
        details["ModelPackageArn"] = package
    if registry:
        details["ModelRegistry"] = registry
    retry = f" {_not_deployed(package)}" if package and verdict is Verdict.REJECTED else ""
    deleted = [each["AlarmName"] for each in record.get("Watched", []) if not each["Present"]]
    missing = f" {_deleted_in_words(deleted)}" if deleted else ""
    severity = _SEVERITIES[verdict]
    return _notification(
        key,
        event,
        TERMINAL_FACT,
        f"{verdict}{trigger}: {record['Reason']}{missing}{retry}",
        [*_findings_in_words(findings), *_package_in_words(package, registry)],
        severity="WARNING" if deleted and severity == "INFO" else severity,
        details=details | _accepting(findings),
    )


def _deleted_in_words(alarms: list[str]) -> str:
    if len(alarms) == 1:
        return (
            f"The alarm {quoted(alarms[0])} was deleted meanwhile, and has watched nothing since."
        )
    return f"The alarms {listed(alarms)} were deleted meanwhile, and have watched nothing since."


def _not_deployed(package: str) -> str:
    name = PackageName.of(package)
    shown = name.short if name else quoted(package)
    return f"The model package {shown} was not deployed. {HOW_TO_RETRY}"


def _package_in_words(package: str | None, registry: str) -> list[str]:
    updated = [f"Model registry: {registry}"] if registry else []
    return [*updated, f"Model package: {package}"] if package else []


def _notification(  # noqa: PLR0913 - the one place where a notification is made
    key: DeploymentKey,
    event: str,
    fact: str,
    message: str,
    lines: Iterable[str] = (),
    *,
    severity: str = "INFO",
    details: MessageDetails | None = None,
) -> Notification:
    return Notification(
        deployment_id=key.deployment_id,
        started_at=to_text(key.started_at),
        endpoint_name=key.endpoint_name,
        event=event,
        fact=fact,
        severity=severity,
        message=message,
        details=details or {},
        lines=tuple(lines),
    )
