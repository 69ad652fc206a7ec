"""Notifications: told once by their ids, and whatever others wrote stays bounded and in line."""

import json
from dataclasses import replace
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bluegreen.aws.cloudwatch import reading_of
from bluegreen.contract.findings import Finding
from bluegreen.contract.record import Trigger, Verdict
from bluegreen.contract.state import Problem, State
from bluegreen.contract.text import first_of, plain, quoted
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.console import PAGE
from bluegreen.deployment.deployment import Deployment
from bluegreen.deployment.ending import deployment_ended
from bluegreen.deployment.notification import Notification
from bluegreen.deployment.notifications import (
    alarm_tripped,
    deployment_aborted,
    deployment_started,
    stage_changed,
)
from bluegreen.deployment.record import record_of
from bluegreen.deployment.tripped_alarms import Tripped
from bluegreen.deployment.verdict import Decision, decide, never_asked
from bluegreen.sagemaker.observation import Stage, StageSeen
from builders import BLUE, CANARY, KEY, at, deployment, settled
from property.strategies import FINDINGS, FOREIGN, NAMES

ENCODABLE = FOREIGN.map(lambda text: text.encode(errors="replace").decode())
"""Foreign texts without surrogates that stand alone: no AWS API takes those in a name."""

ALARM_NAMES = ENCODABLE.map(lambda text: text[:255]).filter(str.strip)
SEEN = st.builds(
    StageSeen, st.sampled_from(Stage), st.integers(0, 100), st.integers(0, 30_000).map(at)
)
ABORTS = st.builds(
    Abort,
    st.integers(0, 30_000).map(at),
    st.sampled_from(AbortCause),
    FOREIGN.map(lambda text: plain(text, 128)),  # as the command function keeps them
    FOREIGN.map(lambda text: plain(text, 512)),
)
READINGS = st.builds(
    reading_of,
    FOREIGN,
    FOREIGN
    | st.fixed_dictionaries(
        {"recentDatapoints": st.lists(st.floats(0, 1e9)), "threshold": st.floats(0, 1e9)}
    ),
)
DECISIONS = st.builds(
    Decision, st.sampled_from(Verdict), FOREIGN.map(plain), st.none() | st.sampled_from(Trigger)
)


@st.composite
def deployments(draw: st.DrawFn) -> Deployment:
    """Deployments that carry what requesters wrote."""
    alarms = tuple(draw(st.lists(ALARM_NAMES, max_size=3, unique=True)))
    given = deployment(
        key=replace(KEY, endpoint_name=draw(NAMES | st.just("a" * 63))),
        abort=draw(ABORTS),
        abort_alarm=draw(st.sampled_from(["", "bluegreen-abort-churn"])),
        findings=tuple(
            Finding.from_json(f.to_json()) for f in draw(st.lists(FINDINGS, max_size=3))
        ),
    )
    request = replace(
        given.request,
        policy=replace(CANARY, alarms=alarms),
        requested_by=draw(FOREIGN)[:128],
        started_by=draw(FOREIGN)[:1024],
        reason=draw(FOREIGN)[:512],
    )
    return replace(given, request=request)


def ending(given: Deployment, decision: Decision) -> Notification:
    record = record_of(given.key, "arn", decision, given.findings, at(1))
    return deployment_ended(given.key, record)


@st.composite
def notifications(draw: st.DrawFn) -> list[Notification]:
    """All that is told of one deployment."""
    given = draw(deployments())
    seen = draw(st.lists(SEEN, max_size=5, unique_by=lambda s: (s.stage, s.started_at)))
    told = [deployment_started(given), *(stage_changed(given, stage) for stage in seen)]
    told += [alarm_tripped(given, alarm, draw(READINGS)) for alarm in given.request.policy.alarms]
    return [*told, deployment_aborted(given), ending(given, draw(DECISIONS))]


@given(notifications())
def test_every_fact_has_an_id_of_its_own(told: list[Notification]) -> None:
    assert len({notification.id for notification in told}) == len(told)


@settings(max_examples=30)
@given(notifications(), notifications())
def test_a_fact_told_of_two_starts_of_one_name_has_two_ids(
    told: list[Notification], others: list[Notification]
) -> None:
    later = [replace(other, started_at="2026-04-05T09:00:00.000Z") for other in others]
    assert not {n.id for n in told} & {n.id for n in later}


@given(notifications())
def test_an_id_is_short_enough_for_a_key_of_the_table(told: list[Notification]) -> None:
    assert all(len(notification.id.encode()) <= 400 for notification in told)


@given(notifications())
def test_a_subject_is_one_printable_line_of_less_than_100_characters(
    told: list[Notification],
) -> None:
    assert all(0 < len(n.subject) < 100 and n.subject.isprintable() for n in told)


@given(notifications())
def test_a_notification_comes_back_from_json_as_it_was(told: list[Notification]) -> None:
    for notification in told:
        assert (
            Notification.from_json(json.loads(json.dumps(notification.to_json()))) == notification
        )


@given(notifications())
def test_messages_and_lines_are_one_bounded_printable_line_each(told: list[Notification]) -> None:
    for notification in told:
        lines = [notification.message, *(str(value) for value in notification.details.values())]
        assert all(len(line) <= 1000 and line.isprintable() for line in lines)
        assert all(len(line) <= 1100 for line in notification.lines)


@given(deployments())
def test_what_the_requester_claims_stays_in_its_line(given: Deployment) -> None:
    lines = deployment_started(replace(given, findings=())).lines
    claimed = [line for line in lines if "(claimed): " in line.partition(": ")[0] + ": "]
    said = (given.request.requested_by, given.request.reason, given.request.started_by)
    assert len(claimed) == sum(map(bool, said))
    assert all(line.isprintable() for line in lines)


@given(FOREIGN, st.integers(1, 600))
def test_plain_text_is_one_printable_line_of_the_length_asked_for(text: str, length: int) -> None:
    shown = plain(text, length)
    assert len(shown) <= length
    assert shown.isprintable()
    assert plain(shown, length) == shown
    assert len(quoted(text)) <= 82


@given(FOREIGN, FOREIGN)
def test_the_reason_of_a_refusal_is_one_bounded_printable_line(text: str, other: str) -> None:
    problem = Problem(Error="RequestRejected", Cause=json.dumps({"errorMessage": text}))
    finding = Finding("wrong-type", "ERROR", text, other).to_json()
    states: list[State] = [
        {"Problem": problem},
        {"Problem": {"Error": "KeyError", "Cause": text}},
        {"LockAcquired": False, "BusyReason": text},
        {"LockAcquired": False, "SupersededBy": text},
        {"WouldBeRejected": True, "Findings": [finding]},
    ]
    refused = never_asked({}, deployment(refusal=text or "no"))
    for decision in [*map(never_asked, states), refused]:
        assert len(decision.reason) <= 600
        assert decision.reason.isprintable()


@given(ABORTS, FOREIGN)
def test_the_reason_of_an_abort_is_one_bounded_printable_line(abort: Abort, text: str) -> None:
    given = deployment(abort=abort, update_accepted=True)
    tripped = Tripped(aborted=True, unread=text)
    for decision in (
        never_asked({}, given),
        decide(given, settled(BLUE, failure_reason=text), tripped, at(5000)),
    ):
        assert decision.trigger is Trigger.ABORT
        assert len(decision.reason) <= 600
        assert decision.reason.isprintable()


@given(notifications(), st.integers(0, 30_000).map(at))
def test_what_is_sent_late_is_the_same_and_says_so(told: list[Notification], now: datetime) -> None:
    for notification in told:
        late = notification.late(now)
        assert (late.id, late.message) == (notification.id, notification.message)
        lines = first_of([line for line in late.lines if not PAGE.fullmatch(line)])
        assert late.body() == {**notification.body(), "Late": True, "Lines": lines}
        assert late.lines[1:] == notification.lines


@given(FOREIGN, st.sampled_from(["InService", "Failed", "UpdateRollbackFailed"]))
def test_what_sagemaker_says_of_the_end_stays_in_the_line(text: str, status: str) -> None:
    given = deployment(update_accepted=True)
    observation = settled(BLUE, status=status, failure_reason=text)
    message = ending(given, decide(given, observation, Tripped((text[:255],)), at(5000))).message
    assert message.isprintable()
    assert len(message) <= 600
