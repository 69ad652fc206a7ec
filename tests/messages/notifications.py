"""Every notification, each where its words differ: what people and programs are sent."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import guarded_deployments as guards
from bluegreen.contract.findings import Finding
from bluegreen.contract.record import DeploymentRecord
from bluegreen.contract.request import RequestDocument
from bluegreen.contract.state import State
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.ending import deployment_ended
from bluegreen.deployment.evidence import Evidence, Watch
from bluegreen.deployment.notification import Notification
from bluegreen.deployment.notifications import (
    alarm_tripped,
    deployment_aborted,
    deployment_started,
    guardrail_blind,
    package_rejected,
    stage_changed,
)
from bluegreen.deployment.record import record_of, record_of_update, with_words
from bluegreen.deployment.tripped_alarms import Reading, Tripped
from bluegreen.deployment.verdict import Decision, decide, never_asked
from bluegreen.guardrails.outcome import Counts
from bluegreen.registry.approval import Approval, withdrawal_in_words
from bluegreen.registry.approval_notifications import (
    PolicyPlace,
    Rehearsal,
    approval_of_another_account,
    dry_run_ended,
    policy_invalid,
    policy_missing,
)
from bluegreen.registry.feedback import feedback_of
from bluegreen.registry.group_policy import StoredPolicy, read_stored
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import REJECT_PACKAGE, Request, check
from bluegreen.request.waivers import waive
from bluegreen.sagemaker.deployment_config import CapacitySize, Policy
from bluegreen.sagemaker.observation import Observation, Stage, StageSeen
from bluegreen.sagemaker.package_name import PackageName
from bluegreen.states.conclude_deployment import APPROVAL_NOT_KNOWN
from builders import BLUE, CANARY, GREEN, KEY, PACKAGE, START, at, deployment, seen, settled
from messages.answers import BUSY, CLONE_REFUSALS, REFUSALS, answer_of, registry_answers
from situations import canary, checked, percent
from situations import package as model_package

LATE: Final = at(4000)
READING: Final = Reading((0.125,), 0.05)
PROVISIONED: Final = (seen(Stage.PROVISIONING, 0, 0, last=290),)
BAKED: Final = (*PROVISIONED, seen(Stage.BAKING, 25, 320))


@dataclass(frozen=True)
class Sent:
    """A notification, and when it is sent."""

    situation: str
    notification: Notification


# ---- While a deployment runs -----------------------------------------------------------------


def running(**changes: Any) -> Deployment:
    """The canary of the builders, asked for by a person, with a finding."""
    request = replace(
        Request("churn", GREEN, CANARY),
        requested_by="team-churn",
        reason="retrained on the data of this week",
        **changes.pop("asking", {}),
    )
    return deployment(request=request, findings=_findings(), **changes)


def _findings() -> tuple[Finding, ...]:
    found = checked(canary(percent(30))).findings
    assert [finding.id for finding in found] == ["share-rounded"]
    return tuple(found)


def accepting() -> Deployment:
    """The same, with an ERROR that the requester accepted."""
    found = Finding("alarm-in-alarm", "ERROR", "<its message>", "<its fix>")
    return replace(running(), findings=tuple(waive([found], ("alarm-in-alarm",))))


def rolling() -> Deployment:
    """A rolling update, one of four instances at a time."""
    policy = Policy("ROLLING", 600, 0, CapacitySize("INSTANCE_COUNT", 1), alarms=("churn-5xx",))
    return running(asking={"policy": policy})


def all_at_once() -> Deployment:
    """An update of all instances at once, without alarms."""
    return running(asking={"policy": Policy("ALL_AT_ONCE", 0, 300)})


def _stage(stage: Stage, share: int) -> StageSeen:
    return StageSeen(stage, share, at(320))


def while_it_runs() -> Iterator[Sent]:
    """From the start to the last stage."""
    package = {"model_package_arn": PACKAGE, "endpoint_config_name": "churn-v7-0123456789"}
    yield Sent("a canary started", deployment_started(running()))
    yield Sent("a model package is deployed", deployment_started(running(asking=package)))
    yield Sent("a finding was accepted", deployment_started(accepting()))
    yield Sent("the endpoint did not exist", deployment_started(running(previous_config="")))
    yield Sent("an update all at once started", deployment_started(all_at_once()))
    yield Sent("a rolling update started", deployment_started(rolling()))
    for stage, share in (
        (Stage.PROVISIONING, 0),
        (Stage.SHIFTING, 25),
        (Stage.BAKING, 25),
        (Stage.TERMINATING, 100),
        (Stage.ROLLING_BACK, 0),
    ):
        yield Sent(f"{stage}, {share} %", stage_changed(running(), _stage(stage, share)))
    for stage in (Stage.PROVISIONING, Stage.TERMINATING):
        sent = stage_changed(rolling(), _stage(stage, 25))
        yield Sent(f"{stage} in a rolling update, 25 %", sent)
    yield Sent(
        "a stage, a finding was accepted", stage_changed(accepting(), _stage(Stage.BAKING, 25))
    )
    yield Sent("an alarm tripped", alarm_tripped(running(), "churn-5xx", READING))
    words = Reading(reason="The rule of the alarm is true: <its parts>")
    yield Sent("a composite alarm tripped", alarm_tripped(running(), "either", words))
    yield Sent("an alarm tripped, and cannot be read", alarm_tripped(running(), "x", Reading()))
    yield from _guarded()
    yield from aborted()
    rejected = rejected_package(modified_by="anna", approval_description="biased")
    yield Sent(
        "its model package was rejected",
        package_rejected(
            running(asking=package, abort_alarm=ABORT_ALARM), withdrawal_in_words(rejected)
        ),
    )
    late = stage_changed(running(), _stage(Stage.BAKING, 25)).late(at(320))
    yield Sent("a stage, and it could not be sent when it was due", late)


def _guarded() -> Iterator[Sent]:
    """A deployment with guardrails: its start, and what is told of one that tripped."""
    ran = guards.guarded(*guards.ALL)
    yield Sent("a canary with guardrails started", deployment_started(ran))
    for situation, guardrail, reading in (
        ("a guardrail on errors tripped", guards.ERRORS, Reading((0.213,), 0.025)),
        ("a guardrail on latency tripped", guards.LATENCY, Reading((0.22, 0.31, 0.34), 0.1)),
        ("a guardrail tripped, and cannot be read", guards.REFUSALS, Reading()),
    ):
        yield Sent(situation, alarm_tripped(ran, guardrail.alarm, reading))
    yield Sent("a guardrail sees nothing", guardrail_blind(ran, guards.LATENCY.alarm))


def rejected_package(**changes: Any) -> ModelPackage:
    """The model package, which a person has rejected."""
    return model_package(approval="Rejected", **changes)


BY_COMMAND: Final = Abort(at(400), AbortCause.COMMAND, "team-churn", "it costs too much")
STOPPED: Final = Abort(at(400), AbortCause.STOPPED)
SUPERSEDED: Final = Abort(at(400), AbortCause.SUPERSEDED, "team-fraud", "superseded by deploy-2")
REJECTED: Final = Abort(at(400), AbortCause.REJECTED, "anna", "biased")
TOO_LITTLE: Final = Abort(
    at(660),
    AbortCause.NOT_ENOUGH_DATA,
    reason='5XX of variant "main": 8 requests to green so far, about 16 a minute are needed.',
)
ABORTS: Final = (
    ("it was aborted by command", BY_COMMAND),
    ("nobody said why or who", Abort(at(400), AbortCause.COMMAND)),
    ("its execution was stopped", STOPPED),
    ("a newer request superseded it", SUPERSEDED),
    ("its model package was rejected", REJECTED),
    ("too little data would judge it", TOO_LITTLE),
)
ABORT_ALARM: Final = "bluegreen-abort-churn"


def aborted() -> Iterator[Sent]:
    """That it is to be aborted: by each cause, and what comes of it."""
    for situation, abort in ABORTS:
        yield Sent(situation, deployment_aborted(running(abort=abort, abort_alarm=ABORT_ALARM)))
    yield Sent("there is no abort alarm", deployment_aborted(running(abort=BY_COMMAND)))
    waiting = running(abort=BY_COMMAND, update_requested_at=None)
    yield Sent("it waits for its endpoint", deployment_aborted(waiting))
    accepted = replace(accepting(), abort=STOPPED, abort_alarm=ABORT_ALARM)
    yield Sent("it was stopped, and a finding was accepted", deployment_aborted(accepted))


# ---- How it ended ----------------------------------------------------------------------------

SEEN: Final[tuple[tuple[str, Observation, tuple[Any, ...], tuple[str, ...]], ...]] = (
    ("it succeeded", settled(GREEN), BAKED, ()),
    ("an alarm tripped", settled(BLUE), BAKED, ("churn-5xx",)),
    ("two alarms tripped", settled(BLUE), BAKED, ("churn-5xx", "churn-latency")),
    ("it is not known why it was rolled back", settled(BLUE), BAKED, ()),
    ("the maximum execution time was over", settled(BLUE, 5000), BAKED, ()),
    (
        "the green fleet could not be provisioned",
        settled(BLUE, 310, failure_reason="<SageMaker's>"),
        PROVISIONED,
        (),
    ),
    ("the update had no effect", settled(BLUE, -86400), (), ()),
    ("someone else updated the endpoint", settled("churn-other"), BAKED, ()),
    ("the endpoint failed", settled(GREEN, status="Failed"), BAKED, ()),
    ("the endpoint was deleted", Observation("Gone"), BAKED, ()),
    ("the rollback failed", settled(BLUE, status="UpdateRollbackFailed"), BAKED, ("churn-5xx",)),
    ("it did not settle", settled(BLUE, status="Updating"), BAKED, ()),
)
"""What DescribeEndpoint shows at the end, the stages that were seen, the alarms that tripped."""


def _problem(error: str, message: str) -> State:
    return {"Problem": {"Error": error, "Cause": json.dumps({"errorMessage": message})}}


def _busy(words: str) -> State:
    return {"LockAcquired": False, "BusyReason": words}


REFUSED: Final[tuple[tuple[str, State], ...]] = (
    (
        "the check found an error",
        {
            "WouldBeRejected": True,
            "Findings": [f.to_json() for f in check({"EndpointName": 5}) if f.id == "wrong-type"],
        },
    ),
    *((situation, _busy(words)) for situation, words in BUSY),
    *((situation, _problem(error, words)) for situation, error, words in REFUSALS),
    ("a function failed", _problem("KeyError", "<its words>")),
    ("a function did not answer", {"Problem": {"Error": "States.Timeout"}}),
    ("nothing is known", {}),
    ("it gave way to a newer request", {"LockAcquired": False, "SupersededBy": "deploy-2"}),
)
"""Workflow states of deployments that ended before their update."""

REFUSED_PACKAGES: Final[tuple[tuple[str, State], ...]] = (
    ("a model package, and the endpoint is busy", _busy(BUSY[0][1])),
    *((situation, _problem(error, words)) for situation, error, words in CLONE_REFUSALS),
)
"""The same, of deployments of a model package."""


def at_its_end() -> Iterator[Sent]:
    """The terminal notification of every verdict and trigger."""
    for situation, observation, stages, tripped in SEEN:
        record = _record(running(stages=stages), observation, tripped)
        yield Sent(situation, deployment_ended(KEY, record))
    ran = running(stages=BAKED)
    for situation, evidence in EVIDENCE:
        record = record_of_update(ran, settled(GREEN), succeeded(ran), LATE, evidence=evidence)
        yield Sent(situation, deployment_ended(KEY, record))
    yield from _at_the_end_of_a_guarded_one()
    yield from _at_the_end_of_an_abort()
    asking = {"model_package_arn": PACKAGE, "on_rollback": REJECT_PACKAGE}
    package = running(stages=BAKED, asking=asking)
    rolled_back = _record(package, settled(BLUE), ("churn-5xx",))
    for situation, answer in registry_answers(rolled_back):
        yield Sent(situation, deployment_ended(KEY, rolled_back, answer))
    yield from _at_the_end_of_a_package(package)
    for situation, state in REFUSED:
        yield Sent(situation, deployment_ended(KEY, _refusal(state)))
    for situation, state in REFUSED_PACKAGES:
        refusal = _refusal(state, RequestDocument(ModelPackageArn=PACKAGE))
        yield Sent(situation, deployment_ended(KEY, refusal))


def _at_the_end_of_a_package(ran: Deployment) -> Iterator[Sent]:
    """What the record and the model registry say of it, beside what stands above."""
    green = replace(ran, request=replace(ran.request, endpoint_config_name=GREEN))
    served = _record(green, settled(GREEN))
    rejected = rejected_package(modified_by="anna", approval_description="biased")
    for situation, found in (
        ("a model package was rejected meanwhile", rejected),
        (
            "its approval was withdrawn meanwhile",
            model_package(approval="PendingManualApproval"),
        ),
    ):
        said = with_words(served, withdrawal_in_words(found))
        said["ModelApprovalStatus"] = found.approval
        yield Sent(situation, deployment_ended(KEY, said, answer_of(said, found)))
    unread = "AWS denied access: <the message of IAM>"
    unknown = with_words(served, f"{APPROVAL_NOT_KNOWN} {unread}")
    yield Sent("its approval cannot be read", deployment_ended(KEY, unknown))
    kept = replace(green, request=replace(green.request, keep_life_cycle=True))
    told = answer_of(_record(kept, settled(GREEN)), model_package())
    yield Sent("the policy keeps its life cycle", deployment_ended(KEY, served, told))
    state = _busy(BUSY[0][1])
    refusal = _refusal(state, RequestDocument(ModelPackageArn=PACKAGE))
    told = answer_of(refusal, model_package())
    yield Sent("an approval, and the endpoint is busy", deployment_ended(KEY, refusal, told))


ERRORS: Final = Watch("churn-5xx", "OK", 25, "main")
LATENCY: Final = Watch("churn-latency", "OK", 25, "main")
MAIN: Final = {"main": 3600}
GOOD: Final = Evidence((ERRORS,), MAIN)
EVIDENCE: Final = (
    ("two alarms watched it", Evidence((ERRORS, LATENCY), MAIN)),
    ("its alarm was deleted meanwhile", Evidence((Watch("churn-5xx"),), MAIN)),
    (
        "two alarms were deleted meanwhile",
        Evidence((Watch("churn-5xx"), Watch("churn-latency")), MAIN),
    ),
    ("green got no request", Evidence((replace(ERRORS, datapoints=0),), {"main": 0})),
    ("its alarm saw nothing", Evidence((replace(ERRORS, datapoints=0), LATENCY), MAIN)),
    ("it named no alarm", Evidence((), {"main": 1})),
    (
        "no alarm is about a variant of it",
        Evidence((ERRORS, LATENCY), {"main": 3600, "challenger": 1200}),
    ),
    ("a composite alarm watched it", Evidence((Watch("either", "OK"),), MAIN)),
    ("what watched it cannot be read", Evidence()),
    ("its requests cannot be counted", Evidence((replace(ERRORS, datapoints=None),))),
    ("nothing is known to have been measured", Evidence((replace(ERRORS, datapoints=0),))),
)
"""What the success of a deployment rests on."""


def succeeded(ran: Deployment) -> Decision:
    """The decision on a deployment whose config is served."""
    return decide(ran, settled(GREEN), Tripped(), LATE)


def _at_the_end_of_a_guarded_one() -> Iterator[Sent]:
    """What became of guardrails."""
    plenty, few = guards.counts(300, 30, 100, bad=1), guards.counts(300, 30, 2)
    for situation, counted, state, not_enough_data in (
        ("its guardrails held", plenty, "OK", "WARN"),
        ("its guardrails had too little data", few, "OK", "WARN"),
        ("its guardrails had too little data, which may pass", few, "OK", "PASS"),
        ("what its guardrails saw is not known", None, "OK", "WARN"),
        ("its guardrails tripped too late", guards.counts(300, 30, 100, bad=30), "ALARM", "WARN"),
    ):
        ran = guards.guarded(*guards.ALL, stages=BAKED, not_enough_data=not_enough_data)
        evidence = _of_guardrails(counted, state)
        record = record_of_update(ran, settled(GREEN), succeeded(ran), LATE, evidence=evidence)
        yield Sent(situation, deployment_ended(KEY, record))
    ran, alarm = guards.guarded(*guards.ALL, stages=BAKED), guards.ERRORS.alarm
    tripped = Tripped((alarm,), readings={alarm: Reading((0.213,), 0.025)})
    decision, evidence = decide(ran, settled(BLUE), tripped, LATE), _of_guardrails(plenty, "OK")
    record = record_of_update(ran, settled(BLUE), decision, LATE, evidence=evidence)
    yield Sent("a guardrail tripped, and it was rolled back", deployment_ended(KEY, record))


def _of_guardrails(counted: Counts | None, state: str) -> Evidence:
    watches = tuple(Watch(each.alarm, state, variant="main") for each in guards.ALL)
    known = {each.alarm: counted for each in guards.ALL} if counted else {}
    return Evidence(watches, MAIN, counts=known)


def _at_the_end_of_an_abort() -> Iterator[Sent]:
    """What was aborted, before its update and after it began; or nobody knows whether it was."""
    for situation, abort in ABORTS:
        ran = running(stages=BAKED, abort=abort, abort_alarm=ABORT_ALARM)
        record = _record(ran, settled(BLUE), aborted=True)
        yield Sent(f"{situation}, and rolled back", deployment_ended(KEY, record))
    for situation, abort in ABORTS:
        kept = running(abort=abort, update_requested_at=None)
        record = _refusal({}, kept=kept)
        yield Sent(f"{situation} before its update", deployment_ended(KEY, record))
    unread = "AWS denied access: <the message of IAM>"
    record = _record(running(stages=BAKED), settled(BLUE), unread=unread)
    yield Sent("the history of its alarm may not be read", deployment_ended(KEY, record))


def _record(
    ran: Deployment, observation: Observation, tripped: tuple[str, ...] = (), **more: Any
) -> DeploymentRecord:
    readings = dict.fromkeys(tripped, READING)
    decision = decide(ran, observation, Tripped(tripped, readings=readings, **more), LATE)
    return record_of_update(ran, observation, decision, LATE, evidence=GOOD)


def _refusal(
    state: State, request: RequestDocument | None = None, kept: Deployment | None = None
) -> DeploymentRecord:
    findings = [Finding.from_json(body) for body in state.get("Findings", [])]
    arn = running().execution_arn
    return record_of(KEY, arn, never_asked(state, kept), findings, LATE, request=request)


# ---- Approvals that started nothing ----------------------------------------------------------


def of_approvals() -> Iterator[Sent]:
    """The policy of a model package group is missing, invalid, or only rehearses."""
    name = PackageName.of(PACKAGE)
    assert name is not None
    approval = Approval(name, START, names_the_change=True, claimed_at=START)
    place = PolicyPlace("churn", "/bluegreen/policies/churn", "bluegreen")
    document = {"EndpointName": 5}
    findings = [f for f in check(document) if f.id == "wrong-type"]
    yield Sent("the group has no policy", policy_missing(approval, place))
    yield Sent(
        "the policy of the group is invalid", policy_invalid(approval, place, document, findings)
    )
    _, encrypted = read_stored(StoredPolicy("AQICAHh", encrypted=True))
    yield Sent(
        "the policy of the group is a SecureString", policy_invalid(approval, place, {}, encrypted)
    )
    arn = running().execution_arn
    for situation, rejected in (
        ("the policy only rehearses", False),
        ("the policy only rehearses, and a deployment would be rejected", True),
    ):
        found = findings if rejected else _findings()
        rehearsal = Rehearsal(name, place, rejected, found)
        yield Sent(situation, dry_run_ended(KEY, arn, rehearsal))
    here = "account 123456789012 in eu-central-1"
    foreign = replace(name, account="210987654321")
    yield Sent(
        "the model package is another account's",
        approval_of_another_account(replace(approval, name=foreign), here),
    )


@cache
def sent() -> list[Sent]:
    """All of them."""
    return [*while_it_runs(), *at_its_end(), *of_approvals()]


def registry_notes() -> Iterator[tuple[str, str]]:
    """What is written into the model registry, by the verdict: situation and description."""
    for situation, observation, stages, tripped in SEEN:
        ran = running(stages=stages, asking={"model_package_arn": PACKAGE})
        feedback = feedback_of(_record(ran, observation, tripped))
        if feedback:
            yield situation, feedback.description
