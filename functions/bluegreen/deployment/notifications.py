"""The notifications of a deployment that runs: one for each fact, each with an id of its own."""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Final

from bluegreen.contract.findings import Finding
from bluegreen.contract.message import MessageDetails
from bluegreen.contract.text import plain, quoted
from bluegreen.contract.times import to_text, to_the_second
from bluegreen.deployment.abort import AbortCause
from bluegreen.deployment.console import command, links_of, place_in_words, stack_of
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.judged import demanded_in_words, name_of, tripped_in_words
from bluegreen.deployment.notification import Notification
from bluegreen.deployment.tripped_alarms import Reading
from bluegreen.request.waivers import used_waivers
from bluegreen.sagemaker.observation import Stage, StageSeen
from bluegreen.sagemaker.traffic_steps import ALL, bake_seconds

START_FACT: Final = "DEPLOYMENT_STARTED"
ABORT_FACT: Final = "DEPLOYMENT_ABORTED"
PACKAGE_REJECTED: Final = "PACKAGE_REJECTED"
GUARDRAIL_BLIND: Final = "GUARDRAIL_BLIND"


def deployment_started(deployment: Deployment) -> Notification:
    """The update has started, and this is its policy."""
    request = deployment.request
    lines = [
        *_how_to_stop(deployment),
        *_claims(
            {
                "Requested by": request.requested_by,
                "Reason": request.reason,
                "Started by": request.started_by,
            }
        ),
        *_what_watches(deployment),
    ]
    if request.model_package_arn:
        lines.append(f"Model package: {request.model_package_arn}")
    what = "creation" if deployment.creates else f"update to {request.endpoint_config_name}"
    return _notification(
        deployment,
        (START_FACT, START_FACT),
        f"{what} started",
        _start_in_words(deployment),
        lines,
        findings=deployment.findings,
        details=_configs(deployment),
    )


def _what_watches(deployment: Deployment) -> list[str]:
    """The alarms that can roll it back, and what must hold by its guardrails."""
    request = deployment.request
    own = () if deployment.creates else request.policy.alarms
    guardrails = () if deployment.creates else request.guardrails
    alarms = ", ".join(quoted(name) for name in own) or "none"
    named = [f"Alarms that can roll it back: {alarms}"] if own or not guardrails else []
    terms = [guardrail.to_json() for guardrail in guardrails]
    return [*named, *(f"Guardrail: {name_of(each)}, {demanded_in_words(each)}" for each in terms)]


def _configs(deployment: Deployment) -> MessageDetails:
    """Which config should be served, and which one was served before."""
    details = MessageDetails(
        RequestedEndpointConfigName=deployment.request.endpoint_config_name,
    )
    if deployment.previous_config:
        details["PreviousEndpointConfigName"] = deployment.previous_config
    return details


def _how_to_stop(deployment: Deployment) -> list[str]:
    if not deployment.can_be_aborted or deployment.creates:
        return []
    words = f"abort {deployment.key.endpoint_name} --reason TEXT"
    return [f"To stop it: {command(words, stack_of(deployment.execution_arn))}"]


def _claims(said: dict[str, str]) -> list[str]:
    """What people said of themselves, which nobody has checked."""
    return [f"{name} (claimed): {plain(text)}" for name, text in said.items() if text]


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


def findings_in_words(findings: Iterable[Finding]) -> list[str]:
    """A line for each finding."""
    return [f"{f.severity} {f.id}: {f.message} {f.fix}".strip() for f in findings]


def accepting(findings: Iterable[Finding]) -> MessageDetails:
    """The ids of what the requester accepted, for programs."""
    accepted = [finding.id for finding in used_waivers(findings)]
    return {"AcceptedFindings": accepted} if accepted else {}


# ---- Stages ----------------------------------------------------------------------------------


def fact_of(seen: StageSeen) -> str:
    """The name of the fact that the endpoint entered a stage."""
    return f"STAGE_CHANGED/{seen.stage}/{to_text(seen.started_at)}"


def stage_changed(deployment: Deployment, seen: StageSeen) -> Notification:
    """The endpoint entered a stage."""
    return _notification(
        deployment,
        ("STAGE_CHANGED", fact_of(seen)),
        _stage_in_short(seen),
        _stage_in_words(deployment, seen),
        details=MessageDetails(Stage=str(seen.stage), TrafficPercent=seen.traffic_percent),
    )


def _stage_in_short(seen: StageSeen) -> str:
    share = seen.traffic_percent
    return {
        Stage.PROVISIONING: "provisioning green",
        Stage.SHIFTING: f"shifting traffic to {share} %",
        Stage.BAKING: f"baking at {share} %",
        Stage.TERMINATING: f"deleting {'blue' if share == ALL else 'a batch of blue'}",
        Stage.ROLLING_BACK: "rolling back",
    }[seen.stage]


def _stage_in_words(deployment: Deployment, seen: StageSeen) -> str:
    share = seen.traffic_percent
    length = bake_seconds(deployment.request.policy, share)
    until = to_the_second(seen.started_at + timedelta(seconds=length))
    return {
        Stage.PROVISIONING: _provisioning_in_words(share),
        Stage.SHIFTING: f"Traffic is shifting. The green fleet will take {share} % of it.",
        Stage.BAKING: f"{_green_takes(share)} and bakes for {length} s, until {until}.",
        Stage.TERMINATING: f"{_green_takes(share)}. SageMaker is deleting {_replaced(share)}.",
        Stage.ROLLING_BACK: _rolling_back_in_words(deployment),
    }[seen.stage]


def _green_takes(share: int) -> str:
    return f"The green fleet takes {share} % of the traffic"


def _provisioning_in_words(share: int) -> str:
    if share:
        return f"{_green_takes(share)}. SageMaker is provisioning its next batch of instances."
    return "SageMaker is provisioning the green fleet, which takes no traffic yet."


def _replaced(share: int) -> str:
    return "the blue fleet" if share == ALL else "the blue instances that this batch replaces"


def _rolling_back_in_words(deployment: Deployment) -> str:
    if deployment.highest_share:
        return (
            "SageMaker is rolling back: it returns all traffic to the blue fleet and deletes the"
            " green fleet."
        )
    return (
        "SageMaker is rolling back: it deletes the green fleet, which was not seen with traffic."
        " The blue fleet serves."
    )


# ---- Alarms and aborts -----------------------------------------------------------------------


def alarm_tripped(deployment: Deployment, alarm: str, reading: Reading) -> Notification:
    """An alarm of the deployment went into ALARM, for what `reading` says."""
    # A fact is part of a key of the table, which takes 1,024 bytes; 255 letters may be 1,020.
    name = alarm if alarm.isascii() else sha256(alarm.encode()).hexdigest()
    return _notification(
        deployment,
        ("ALARM_TRIPPED", f"ALARM_TRIPPED/{name}"),
        _tripped_in_short(deployment, alarm),
        _tripped_in_words(deployment, alarm, reading),
        severity="WARNING",
        details=MessageDetails(AlarmName=plain(alarm, 255)),
        alarms=[alarm],
    )


def _tripped_in_short(deployment: Deployment, alarm: str) -> str:
    guardrail = deployment.guardrail_of(alarm)
    if guardrail is None:
        return f"alarm {plain(alarm, 60)} tripped"
    return f"guardrail tripped: {name_of(guardrail.to_json())}"


def _tripped_in_words(deployment: Deployment, alarm: str, reading: Reading) -> str:
    guardrail, why = deployment.guardrail_of(alarm), reading.in_words
    if guardrail is not None:
        seen = tripped_in_words(guardrail, reading)
        return f"{seen[0].upper()}{seen[1:]}. Its alarm {quoted(alarm)} went into ALARM."
    return (
        f"The alarm {quoted(alarm)} of this deployment went into ALARM{f': {why}' if why else '.'}"
    )


def guardrail_blind(deployment: Deployment, alarm: str) -> Notification:
    """The alarm of a guardrail has judged nothing yet, although a bake is far."""
    guardrail = deployment.guardrail_of(alarm)
    assert guardrail is not None
    name = name_of(guardrail.to_json())
    fact = sha256(alarm.encode()).hexdigest()
    return _notification(
        deployment,
        (GUARDRAIL_BLIND, f"{GUARDRAIL_BLIND}/{fact}"),
        f"guardrail sees nothing: {name}",
        f"Nothing judges {name}: its alarm {quoted(alarm)} is still in INSUFFICIENT_DATA, minutes"
        " after the first bake began. Until that changes, this guardrail protects nobody.",
        severity="WARNING",
        details=MessageDetails(AlarmName=plain(alarm, 255)),
        alarms=[alarm],
    )


def deployment_aborted(deployment: Deployment) -> Notification:
    """Somebody asked for the deployment to be aborted, and this is what will come of it."""
    abort = deployment.abort
    assert abort is not None
    ours = abort.cause is AbortCause.NOT_ENOUGH_DATA
    why = f" {abort.reason}" if ours else ""
    return _notification(
        deployment,
        (ABORT_FACT, ABORT_FACT),
        "abort for too little data" if ours else "abort asked for",
        f"{_ABORT_CAUSES[abort.cause]}{why} {abort_in_words(deployment)}",
        () if ours else _claims({"Aborted by": abort.by, "Reason": abort.reason}),
        severity="WARNING",
    )


def package_rejected(deployment: Deployment, words: str) -> Notification:
    """A person has rejected the model package that is being deployed, as `words` say."""
    package = deployment.request.model_package_arn
    return _notification(
        deployment,
        (PACKAGE_REJECTED, PACKAGE_REJECTED),
        "its model package was rejected",
        f"{words} Its deployment goes on: its OnRejection is {deployment.request.on_rejection}.",
        [*_how_to_stop(deployment), f"Model package: {package}"],
        severity="WARNING",
        details=MessageDetails(ModelPackageArn=package),
    )


_ABORT_CAUSES: Final = {
    AbortCause.COMMAND: "Somebody asked to abort this deployment.",
    AbortCause.STOPPED: "The execution of this deployment was stopped.",
    AbortCause.SUPERSEDED: "A newer request supersedes this deployment.",
    AbortCause.REJECTED: "The model package of this deployment was rejected.",
    AbortCause.NOT_ENOUGH_DATA: "Too little data would judge this deployment, which is aborted"
    " therefore, as its NotEnoughData says.",
}


def abort_in_words(deployment: Deployment) -> str:
    """What will come of an abort."""
    if deployment.update_requested_at is None:
        return "Its update had not begun, so the endpoint is not changed."
    if deployment.can_be_aborted:
        return (
            "Its abort alarm makes SageMaker roll back in the bake that runs, or in the next one."
            " If the last bake ends before that, the update stays."
        )
    return (
        "SageMaker cannot be stopped: the update has no abort alarm, or no bake in which SageMaker"
        " would look at it. It goes on, and is still followed."
    )


def _notification(  # noqa: PLR0913 - the one place where a notification of these is made
    deployment: Deployment,
    event_and_fact: tuple[str, str],
    headline: str,
    message: str,
    lines: Iterable[str] = (),
    *,
    severity: str = "INFO",
    details: MessageDetails | None = None,
    findings: Iterable[Finding] | None = None,
    alarms: Iterable[str] = (),
) -> Notification:
    """`findings` are told last: those that the requester accepted unless others are given."""
    key, arn, named = deployment.key, deployment.execution_arn, list(alarms)
    told = used_waivers(deployment.findings) if findings is None else findings
    event, fact = event_and_fact
    links = links_of(arn, key.endpoint_name, named)
    return Notification(
        deployment_id=key.deployment_id,
        started_at=to_text(key.started_at),
        endpoint_name=key.endpoint_name,
        event=event,
        fact=fact,
        severity=severity,
        headline=headline,
        message=message,
        details={
            **(details or {}),
            **accepting(deployment.findings),
            **({"Links": links} if links else {}),
        },
        lines=(*lines, *place_in_words(arn, key.endpoint_name, named), *findings_in_words(told)),
    )
