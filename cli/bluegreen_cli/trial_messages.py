"""Notifications that try the ways to people: one of each kind, each saying that it is a test."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from bluegreen.contract.findings import rejecting
from bluegreen.contract.record import Trigger, Verdict
from bluegreen.contract.times import to_text
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.console import stack_of
from bluegreen.deployment.deployment import Deployment, DeploymentKey
from bluegreen.deployment.ending import deployment_ended
from bluegreen.deployment.notification import Notification
from bluegreen.deployment.notifications import (
    alarm_tripped,
    deployment_aborted,
    deployment_started,
    guardrail_blind,
    package_rejected,
    stage_changed,
)
from bluegreen.deployment.record import record_of_update
from bluegreen.deployment.tripped_alarms import Reading
from bluegreen.deployment.verdict import Decision
from bluegreen.guardrails.asked import SERVER_ERRORS
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.registry.approval import Approval, withdrawal_in_words
from bluegreen.registry.approval_notifications import (
    PolicyPlace,
    Rehearsal,
    approval_of_another_account,
    dry_run_ended,
    policy_invalid,
    policy_missing,
)
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import Request, check
from bluegreen.sagemaker.deployment_config import CapacitySize, Policy
from bluegreen.sagemaker.observation import Observation, Stage, StageSeen
from bluegreen.sagemaker.package_name import PackageName

EVENT: Final = "TEST"
NOTHING: Final = "This is a test: nothing happened."
ALARM: Final = "example-5xx"
GUARDRAIL: Final = Guardrail(
    alarm="example-guardrail-example/main/5xx",
    variant="main",
    metric=SERVER_ERRORS,
    key="5xx",
    limit=0.025,
    defect=0.2,
    period_seconds=300,
    expected=0.005,
)
PACKAGE: Final = "arn:aws:sagemaker:eu-central-1:123456789012:model-package/example/1"
BAD: Final = {"EndpointName": 5}
"""A policy that is not valid."""

ENDS: Final = {
    Verdict.SUCCEEDED: None,
    Verdict.ROLLED_BACK: Trigger.ALARM,
    Verdict.REJECTED: None,
    Verdict.SUPERSEDED: None,
    Verdict.FAILED: Trigger.FOREIGN_UPDATE,
    Verdict.ROLLBACK_FAILED: Trigger.ALARM,
    Verdict.TIMED_OUT: None,
}


def message(now: datetime) -> Notification:
    """The one message of a test."""
    return Notification(
        deployment_id=f"test-{now:%Y%m%dT%H%M%SZ}",
        started_at=to_text(now),
        endpoint_name="",
        event=EVENT,
        fact=EVENT,
        severity="INFO",
        headline="test of the notifications",
        message=NOTHING,
    )


def messages(now: datetime, machine_arn: str) -> Iterator[Notification]:
    """One of each kind, as if an endpoint named `example` had been updated by the stack."""
    running = _deployment(now, machine_arn)
    told = [
        deployment_started(running),
        *(stage_changed(running, StageSeen(stage, 25, now)) for stage in Stage),
        alarm_tripped(running, ALARM, Reading((0.125,), 0.05)),
        *_of_guardrails(running),
        deployment_aborted(running),
        _rejected(running),
        *_ends(running, now),
        *_of_approvals(running),
    ]
    return map(_marked, told)


def _deployment(now: datetime, machine_arn: str) -> Deployment:
    id_ = f"test-{now:%Y%m%dT%H%M%SZ}"
    policy = Policy("CANARY", 600, 900, CapacitySize("CAPACITY_PERCENT", 25), alarms=(ALARM,))
    return Deployment(
        key=DeploymentKey("example", id_, now),
        execution_arn=f"{machine_arn.replace(':stateMachine:', ':execution:')}:{id_}",
        fence=1,
        request=Request("example", "example-green", policy),
        fleet=4,
        previous_config="example-blue",
        update_requested_at=now,
        abort=Abort(now, AbortCause.COMMAND, reason="a test"),
        abort_alarm="example",
    )


def _of_guardrails(running: Deployment) -> Iterator[Notification]:
    guarded = replace(running, request=replace(running.request, guardrails=(GUARDRAIL,)))
    yield alarm_tripped(guarded, GUARDRAIL.alarm, Reading((0.213,), GUARDRAIL.limit))
    yield guardrail_blind(guarded, GUARDRAIL.alarm)


def _ends(running: Deployment, now: datetime) -> Iterator[Notification]:
    for verdict, trigger in ENDS.items():
        live = "example-green" if verdict is Verdict.SUCCEEDED else "example-blue"
        seen = Observation("InService", live, now)
        record = record_of_update(running, seen, Decision(verdict, NOTHING, trigger), now)
        yield deployment_ended(running.key, record)


def _rejected(running: Deployment) -> Notification:
    package = ModelPackage(PACKAGE, approval="Rejected", modified_by="example")
    deploying = replace(running, request=replace(running.request, model_package_arn=PACKAGE))
    return package_rejected(deploying, withdrawal_in_words(package))


def _of_approvals(running: Deployment) -> Iterator[Notification]:
    now, arn = running.key.started_at, running.execution_arn
    stack = stack_of(arn)
    package = PackageName(PACKAGE, "eu-central-1", "123456789012", "example", 1)
    approval = Approval(package, now, names_the_change=True, claimed_at=now)
    place = PolicyPlace("example", f"/{stack}/policies/example", stack)
    yield policy_missing(approval, place)
    yield policy_invalid(approval, place, BAD, rejecting(check(BAD)))
    rehearsal = Rehearsal(package, place, would_be_rejected=False, findings=())
    yield dry_run_ended(running.key, arn, rehearsal)
    yield approval_of_another_account(approval, "this account")


def _marked(told: Notification) -> Notification:
    """The same as a test: no filter on events or severities and no program takes it for true."""
    return replace(
        told,
        event=EVENT,
        fact=f"{EVENT}/{told.fact}/{told.event}",
        severity="INFO",
        headline=f"TEST: {told.headline}",
        message=f"{NOTHING} {told.message}",
        details={},
    )
