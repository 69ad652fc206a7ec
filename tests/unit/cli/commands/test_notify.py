"""`bluegreen notify test`: what is sent says that it is a test, in every form."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it ships no types

from bluegreen.deployment.notification import Notification
from bluegreen_cli.account import Account
from bluegreen_cli.main import main
from shipped import ROOT

TOPIC = "arn:aws:sns:eu-central-1:123456789012:n"
MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:bluegreen-deployment"
SCHEMA = json.loads((ROOT / "docs/notification.schema.json").read_text("utf-8"))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Notification]:
    """What reaches the topic of the stack."""
    sent: list[Notification] = []
    outputs = {"NotificationsTopicArn": TOPIC, "StateMachineArn": MACHINE}
    monkeypatch.setattr(Account, "outputs", outputs)

    def publish(notification: Notification) -> str:
        sent.append(notification)
        return ""

    monkeypatch.setattr(Account, "topic", SimpleNamespace(publish=publish))
    return sent


def run(*options: str, **more: Any) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, ["notify", "test", *options], **more)


def is_marked(notification: Notification) -> bool:
    forms = (notification.subject, notification.text, notification.message)
    return all("test" in form.lower() for form in forms) and notification.severity == "INFO"


def test_one_message_says_that_it_is_a_test(told: list[Notification]) -> None:
    result = run()
    assert (result.exit_code, result.stdout) == (0, f"1 test message was sent to {TOPIC}.\n")
    (only,) = told
    assert is_marked(only)
    assert only.subject == "INFO: bluegreen: test of the notifications"
    assert only.body()["Event"] == "TEST"


def test_one_of_each_kind_says_that_it_is_a_test(told: list[Notification]) -> None:
    result = run("--all", "--yes")
    assert (result.exit_code, result.stdout) == (0, f"22 test messages were sent to {TOPIC}.\n")
    assert all(map(is_marked, told))
    assert {each.body()["Event"] for each in told} == {"TEST"}
    assert len({each.id for each in told}) == len(told)
    assert not any({"Verdict", "Stage", "AlarmName"} & each.body().keys() for each in told)
    validator = Draft202012Validator(SCHEMA)
    assert all(validator.is_valid(json.loads(json.dumps(each.body()))) for each in told)
    kinds = [each.fact.rpartition("/")[2] for each in told]
    events = set(SCHEMA["properties"]["Event"]["enum"])
    assert set(kinds) == events - {"TEST"}


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_it_asks_before_it_sends_many(told: list[Notification], answer: str) -> None:
    result = run("--all", input=answer)
    assert (result.exit_code, told) == (1, [])
    assert "about twenty test messages" in result.stdout


def test_what_sns_refuses_is_said(
    told: list[Notification], monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = SimpleNamespace(publish=lambda _: "not authorized")
    monkeypatch.setattr(Account, "topic", refusing)
    result = run()
    assert (result.exit_code, told) == (1, [])
    assert "SNS did not take it: not authorized" in result.stderr
