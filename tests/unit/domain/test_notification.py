from dataclasses import replace

import pytest

from bluegreen.domain.deployment import DeploymentKey
from bluegreen.domain.finding import Finding
from bluegreen.domain.notification import (
    Notification,
    alarm_tripped,
    ended,
    stage_changed,
    started,
)
from bluegreen.domain.observation import Stage
from bluegreen.domain.record import record_of
from bluegreen.domain.verdict import Decision, Trigger, Verdict
from builders import KEY, START, at, deployment, seen


def terminal(verdict: Verdict, trigger: Trigger | None = None) -> Notification:
    finding = Finding("no-policy", "WARNING", "The request names no policy.", "Give one.")
    return ended(KEY, record_of(KEY, "arn", Decision(verdict, "why.", trigger), [finding], at(9)))


@pytest.mark.parametrize(
    ("verdict", "event", "severity"),
    [
        (Verdict.SUCCEEDED, "DEPLOYMENT_SUCCEEDED", "INFO"),
        (Verdict.ROLLED_BACK, "DEPLOYMENT_ROLLED_BACK", "WARNING"),
        (Verdict.REJECTED, "DEPLOYMENT_REJECTED", "WARNING"),
        (Verdict.SUPERSEDED, "DEPLOYMENT_SUPERSEDED", "WARNING"),
        (Verdict.FAILED, "DEPLOYMENT_FAILED", "CRITICAL"),
        (Verdict.ROLLBACK_FAILED, "ROLLBACK_FAILED", "CRITICAL"),
        (Verdict.TIMED_OUT, "DEPLOYMENT_TIMED_OUT", "CRITICAL"),
    ],
)
def test_event_and_severity_of_each_verdict(verdict: Verdict, event: str, severity: str) -> None:
    told = terminal(verdict)
    assert (told.event, told.severity) == (event, severity)


def test_the_terminal_message_for_a_program_and_for_a_person() -> None:
    told = terminal(Verdict.ROLLED_BACK, Trigger.ALARM)
    assert told.body() == {
        "Event": "DEPLOYMENT_ROLLED_BACK",
        "NotificationId": "deploy-1/2026-01-05T09:00:00.000Z/TERMINAL",
        "DeploymentId": "deploy-1",
        "EndpointName": "churn",
        "Message": "ROLLED_BACK by ALARM: why.",
        "Verdict": "ROLLED_BACK",
        "Trigger": "ALARM",
    }
    assert told.subject == "WARNING: churn: deployment rolled back"
    assert told.text == (
        "ROLLED_BACK by ALARM: why.\n\nWARNING no-policy: The request names no policy. Give one.\n"
        "Endpoint: churn\nDeployment: deploy-1"
    )


def test_the_start_tells_policy_alarms_and_what_is_only_claimed() -> None:
    given = deployment()
    claimed = replace(given.request, requested_by="someone\x1b[31m", reason="because\nof this")
    told = started(replace(given, request=claimed))
    assert told.message == (
        "The update of churn from churn-blue to churn-green began: canary, green takes 25 % for"
        " 600 s, then 100 % for 900 s."
    )
    assert told.lines == (
        'Alarms that watch: "churn-5xx"',
        "Requested by (claimed): someone [31m",
        "Reason (claimed): because of this",
    )


def test_a_stage_is_told_with_greens_share_and_the_end_of_a_bake() -> None:
    told = stage_changed(deployment(), seen(Stage.BAKING, 25, 320).seen)
    assert (
        told.id == "deploy-1/2026-01-05T09:00:00.000Z/STAGE_CHANGED/BAKING/2026-01-05T09:05:20.000Z"
    )
    assert told.message == "Green takes 25 % and bakes for 600 s, until 2026-01-05T09:15:20Z."
    assert told.details == {"Stage": "BAKING", "TrafficPercent": 25}


def test_two_alarms_are_two_facts() -> None:
    ids = {alarm_tripped(deployment(), name).id for name in ("a", "b", "b")}
    assert ids == {
        "deploy-1/2026-01-05T09:00:00.000Z/ALARM_TRIPPED/a",
        "deploy-1/2026-01-05T09:00:00.000Z/ALARM_TRIPPED/b",
    }


def test_a_notification_survives_its_own_json() -> None:
    told = terminal(Verdict.FAILED)
    assert Notification.from_json(told.to_json()) == told
    assert told.key == KEY


def test_without_a_name_the_endpoint_is_left_out() -> None:
    key = DeploymentKey("", "deploy-1", START)
    record = record_of(key, "arn", Decision(Verdict.REJECTED, "why."), [], at(9))
    told = ended(key, record)
    assert "EndpointName" not in told.body()
    assert told.subject == "WARNING: bluegreen: deployment rejected"
    assert told.text == "REJECTED: why.\n\nDeployment: deploy-1"


def test_a_subject_is_one_that_sns_takes() -> None:
    key = DeploymentKey("a" * 63, "deploy-1", START)
    record = record_of(key, "arn", Decision(Verdict.SUPERSEDED, "why."), [], at(9))
    assert len(ended(key, record).subject) < 100
