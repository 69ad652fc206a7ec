from dataclasses import replace
from typing import Any

import pytest

from bluegreen.contract.findings import ACCEPTED, Finding
from bluegreen.contract.record import Trigger, Verdict, WatchedAlarm
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.deployment import Deployment, DeploymentKey
from bluegreen.deployment.ending import HOW_TO_RETRY, deployment_ended
from bluegreen.deployment.notification import Notification
from bluegreen.deployment.notifications import (
    abort_in_words,
    alarm_tripped,
    deployment_aborted,
    deployment_started,
    stage_changed,
)
from bluegreen.deployment.record import record_of, record_of_update
from bluegreen.deployment.tripped_alarms import Reading
from bluegreen.deployment.verdict import Decision
from bluegreen.sagemaker.observation import Stage
from builders import BLUE, GREEN, KEY, PACKAGE, START, at, deployment, seen, settled

CONSOLE = "https://eu-central-1.console.aws.amazon.com"
HOME = "home?region=eu-central-1#"
RUN = "arn:aws:states:eu-central-1:123456789012:execution:bluegreen-deployment:deploy-1"
LINKS = {
    "Execution": f"{CONSOLE}/states/{HOME}/v2/executions/details/{RUN}",
    "Endpoint": f"{CONSOLE}/sagemaker/{HOME}/endpoints/churn",
}
ALARM = f"{CONSOLE}/cloudwatch/{HOME}alarmsV2:alarm/churn-5xx"
PLACE = (
    f"Execution: {LINKS['Execution']}",
    f"Endpoint: {LINKS['Endpoint']}",
    "Account: 123456789012, eu-central-1",
)
CONFIGS = {
    "RequestedEndpointConfigName": GREEN,
    "PreviousEndpointConfigName": BLUE,
    "LiveEndpointConfigName": GREEN,
}


def terminal(verdict: Verdict, trigger: Trigger | None = None) -> Notification:
    finding = Finding("no-policy", "WARNING", "The request names no policy.", "Give one.")
    return deployment_ended(
        KEY, record_of(KEY, "arn", Decision(verdict, "why.", trigger), [finding], at(9))
    )


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
    assert dict(told.body()) == {
        "SchemaVersion": 1,
        "Event": "DEPLOYMENT_ROLLED_BACK",
        "NotificationId": "deploy-1/2026-01-05T09:00:00.000Z/TERMINAL",
        "DeploymentId": "deploy-1",
        "EndpointName": "churn",
        "Severity": "WARNING",
        "Headline": "rolled back (ALARM)",
        "Message": "ROLLED_BACK (ALARM): why.",
        "Verdict": "ROLLED_BACK",
        "Trigger": "ALARM",
        "Lines": list(told.lines),
    }
    assert told.subject == "WARNING: churn: rolled back (ALARM)"
    assert told.text == (
        "ROLLED_BACK (ALARM): why.\n\n"
        "What to do: look at the alarm in the last bake, and at the logs of the new model.\n"
        "Endpoint: churn\nDeployment: deploy-1"
    )


def test_the_start_tells_policy_alarms_and_what_is_only_claimed() -> None:
    given = deployment()
    words: Any = {"requested_by": "someone\x1b[31m", "reason": "because\nof this"}
    claimed = replace(given.request, **words, started_by="arn:...:nightly:1\r")
    told = deployment_started(replace(given, request=claimed))
    assert told.message == (
        "The update of endpoint churn from churn-blue to churn-green started. Canary: the green"
        " fleet takes 25 % of the traffic for 600 s, then 100 % for 900 s."
    )
    assert told.lines == (
        "Requested by (claimed): someone [31m",
        "Reason (claimed): because of this",
        "Started by (claimed): arn:...:nightly:1",
        'Alarms that can roll it back: "churn-5xx"',
        *PLACE,
    )


def test_a_stage_is_told_with_greens_share_and_the_end_of_a_bake() -> None:
    told = stage_changed(deployment(), seen(Stage.BAKING, 25, 320).seen)
    assert (
        told.id == "deploy-1/2026-01-05T09:00:00.000Z/STAGE_CHANGED/BAKING/2026-01-05T09:05:20.000Z"
    )
    assert told.message == (
        "The green fleet takes 25 % of the traffic and bakes for 600 s, until 2026-01-05T09:15:20Z."
    )
    assert told.details == {"Stage": "BAKING", "TrafficPercent": 25, "Links": LINKS}
    assert told.subject == "INFO: churn: baking at 25 %"


def test_two_alarms_are_two_facts() -> None:
    ids = {alarm_tripped(deployment(), name, Reading()).id for name in ("a", "b", "b")}
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
    told = deployment_ended(key, record)
    assert "EndpointName" not in told.body()
    assert told.subject == "WARNING: bluegreen: request rejected"
    assert told.text == "REJECTED: why.\n\nDeployment: deploy-1"


def test_a_subject_is_one_that_sns_takes() -> None:
    key = DeploymentKey("a" * 63, "deploy-1", START)
    record = record_of(key, "arn", Decision(Verdict.SUPERSEDED, "why."), [], at(9))
    assert len(deployment_ended(key, record).subject) < 100


# ---- Creations and model packages ------------------------------------------------------------


def test_the_start_of_a_creation_says_that_nothing_guards_it() -> None:
    told = deployment_started(deployment(previous_config=""))
    assert told.message == (
        "The creation of endpoint churn with churn-green started. No bake and no alarm protects it."
    )
    assert told.lines == ("Alarms that can roll it back: none", *PLACE)
    assert told.event == "DEPLOYMENT_STARTED"
    assert told.subject == "INFO: churn: creation started"


def test_an_update_is_no_creation_before_it_was_asked_for() -> None:
    assert not deployment(previous_config="", update_requested_at=None).creates
    assert deployment(previous_config="").creates
    assert not deployment().creates


def of_package(wish: str = "NONE") -> Deployment:
    given = deployment()
    request = replace(given.request, model_package_arn=PACKAGE, on_rollback=wish)
    return replace(given, request=request)


def test_the_start_names_the_model_package_after_what_is_claimed() -> None:
    claimed = replace(of_package().request, reason="better")
    told = deployment_started(
        deployment(request=claimed, findings=(Finding("waiver-unused", "INFO", "m"),))
    )
    assert told.lines == (
        "Reason (claimed): better",
        'Alarms that can roll it back: "churn-5xx"',
        f"Model package: {PACKAGE}",
        *PLACE,
        "INFO waiver-unused: m",
    )


def ending(verdict: Verdict, registry: str = "") -> Notification:
    decision = Decision(verdict, "why.")
    record = record_of_update(of_package(), settled(GREEN), decision, at(9))
    return deployment_ended(KEY, record, registry)


def test_the_end_names_the_model_package_and_what_the_registry_was_told() -> None:
    told = ending(Verdict.SUCCEEDED, "the life cycle was set.")
    assert told.details == {
        "Verdict": "SUCCEEDED",
        **CONFIGS,
        "ModelPackageArn": PACKAGE,
        "ModelRegistry": "the life cycle was set.",
        "Links": LINKS,
    }
    assert told.lines == (
        "Serves now: churn-green",
        "Requested: churn-green",
        "Before: churn-blue",
        "Model registry: the life cycle was set.",
        f"Model package: {PACKAGE}",
        *PLACE,
    )


@pytest.mark.parametrize("verdict", Verdict)
def test_how_to_start_it_again_is_told_of_what_was_rejected_and_of_nothing_else(
    verdict: Verdict,
) -> None:
    told = ending(verdict)
    again = f" The model package churn/7 was not deployed. {HOW_TO_RETRY}"
    assert told.message == f"{verdict}: why.{again if verdict is Verdict.REJECTED else ''}"
    assert told.details["ModelPackageArn"] == PACKAGE


def test_a_package_with_a_name_of_another_kind_is_quoted() -> None:
    request = of_package().request.to_json()
    request["ModelPackageArn"] = "a\nb" + "c" * 300
    record = record_of(KEY, "arn", Decision(Verdict.REJECTED, "No."), [], at(9), request=request)
    message = deployment_ended(KEY, record).message
    assert message == (
        f'REJECTED: No. The model package "a b{"c" * 76}…" was not deployed. {HOW_TO_RETRY}'
    )


def test_of_a_config_that_is_there_no_package_and_no_registry_is_told() -> None:
    record = record_of_update(
        deployment(), settled(GREEN), Decision(Verdict.REJECTED, "why."), at(9)
    )
    told = deployment_ended(KEY, record, "something")
    assert not any("odel" in line for line in told.lines)
    assert "ModelPackageArn" not in told.body()


# ---- What watches, and what was accepted -----------------------------------------------------


@pytest.mark.parametrize(
    ("alarms", "line"),
    [((), "none"), (("a",), '"a"'), (("a", "b c"), '"a", "b c"')],
)
def test_the_alarms_that_watch(alarms: tuple[str, ...], line: str) -> None:
    given = deployment()
    policy = replace(given.request.policy, alarms=alarms)
    told = deployment_started(replace(given, request=replace(given.request, policy=policy)))
    assert told.lines == (f"Alarms that can roll it back: {line}", *PLACE)


def test_an_alarm_that_tripped_is_a_warning() -> None:
    told = alarm_tripped(deployment(), "churn-5xx", Reading((0.1, 0.125), 0.05, "words"))
    assert (told.event, told.severity) == ("ALARM_TRIPPED", "WARNING")
    assert told.details == {"AlarmName": "churn-5xx", "Links": {**LINKS, "Alarm": ALARM}}
    assert told.lines == (f'Alarm "churn-5xx": {ALARM}', *PLACE)
    assert told.message == (
        'The alarm "churn-5xx" of this deployment went into ALARM: it saw 0.1, 0.125 against a'
        " limit of 0.05."
    )


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (
            Reading((1 / 12, 123456.7, 1e-7, 2), 1.0),
            ": it saw 123,500, 1e-07, 2 against a limit of 1.",
        ),
        (Reading(), "."),
        (Reading(reason="Its rule\nis true."), ": Its rule is true."),
        (Reading((1.0,), None, "r"), ": r"),
        (Reading((), 0.05, "no data"), ": no data"),
    ],
)
def test_an_alarm_without_values_is_told_in_the_words_of_cloudwatch(
    reading: Reading, words: str
) -> None:
    told = alarm_tripped(deployment(), "a", reading)
    assert told.message == f'The alarm "a" of this deployment went into ALARM{words}'


def test_what_was_accepted_stands_in_the_end_too() -> None:
    accepted = Finding("fleet-of-one", "WARNING", f"{ACCEPTED}One instance.")
    record = record_of(KEY, "arn", Decision(Verdict.SUCCEEDED, "why."), [accepted], at(9))
    assert deployment_ended(KEY, record).details == {
        "Verdict": "SUCCEEDED",
        "AcceptedFindings": ["fleet-of-one"],
    }


# ---- Aborts, and what is sent late -----------------------------------------------------------


def aborted(cause: AbortCause = AbortCause.COMMAND, **changes: Any) -> Deployment:
    abort = Abort(at(400), cause, "alex", "wrong data")
    return deployment(**{"abort": abort, "abort_alarm": "bluegreen-abort-churn", **changes})


def test_an_abort_is_told_once_a_deployment_with_who_asked_and_why() -> None:
    told = deployment_aborted(aborted())
    assert (told.event, told.severity) == ("DEPLOYMENT_ABORTED", "WARNING")
    assert told.id == "deploy-1/2026-01-05T09:00:00.000Z/DEPLOYMENT_ABORTED"
    said = ("Aborted by (claimed): alex", "Reason (claimed): wrong data")
    assert told.lines == (*said, *PLACE)
    assert not told.is_terminal
    assert deployment_aborted(aborted(AbortCause.STOPPED)).id == told.id


@pytest.mark.parametrize(
    ("cause", "begins"),
    [
        (AbortCause.COMMAND, "Somebody asked to abort this deployment."),
        (AbortCause.STOPPED, "The execution of this deployment was stopped."),
        (AbortCause.SUPERSEDED, "A newer request supersedes this deployment."),
    ],
)
def test_an_abort_says_what_caused_it(cause: AbortCause, begins: str) -> None:
    assert deployment_aborted(aborted(cause)).message.startswith(begins)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Its abort alarm makes SageMaker roll back in the bake that runs"),
        ({"update_requested_at": None}, "Its update had not begun"),
        ({"abort_alarm": ""}, "SageMaker cannot be stopped"),
    ],
)
def test_an_abort_says_what_comes_of_it(changes: dict[str, Any], words: str) -> None:
    given = aborted(**changes)
    assert abort_in_words(given).startswith(words)
    assert deployment_aborted(given).message.endswith(abort_in_words(given))


@pytest.mark.parametrize(
    ("verdict", "severity"),
    [
        (Verdict.SUCCEEDED, "WARNING"),
        (Verdict.ROLLED_BACK, "WARNING"),
        (Verdict.FAILED, "CRITICAL"),
    ],
)
def test_an_alarm_that_was_deleted_meanwhile_is_a_warning_at_least(
    verdict: Verdict, severity: str
) -> None:
    record = record_of(KEY, "arn", Decision(verdict, "why."), [], at(9))
    there: WatchedAlarm = {"AlarmName": "a", "Present": True, "State": "OK"}
    gone: WatchedAlarm = {"AlarmName": "b", "Present": False}
    told = deployment_ended(KEY, {**record, "Watched": [there, gone]})
    assert told.severity == severity
    assert told.message == (
        f'{verdict}: why. The alarm "b" was deleted meanwhile, and has watched nothing since.'
    )
    untouched = deployment_ended(KEY, {**record, "Watched": [there]})
    assert untouched.message == f"{verdict}: why."
    assert untouched.severity == ("INFO" if verdict is Verdict.SUCCEEDED else severity)


def test_what_is_sent_late_says_since_when_it_is_due() -> None:
    told = terminal(Verdict.ROLLED_BACK)
    late = told.late(at(60))
    assert late.id == told.id
    assert late.lines[0] == "This message is late: it could not be sent at 2026-01-05T09:01:00Z."
    assert (late.body()["Late"], "Late" in told.body()) == (True, False)
    assert late.is_terminal
    assert late.lines[1:] == told.lines
