"""The webhook is told by a queue: what it does not take comes again, or to the operators."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pytest

from bluegreen.aws.sns import NotificationsTopic
from bluegreen.deployment.notification import Notification
from bluegreen.deployment.notifications import alarm_tripped, deployment_started
from bluegreen.deployment.tripped_alarms import Reading
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.rules.faults.kinds import ApiError, ApiFault, EventFault, FaultPlan, Window
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.stack import Stack, deploy
from builders import deployment
from heavy import sampled
from loopback import (
    ADDRESS,
    SECRET,
    TEAMS_ADDRESS,
    TEAMS_HOST,
    Answer,
    Line,
    serving,
)
from registry_account import FAILING, TEMPLATE, Registry, running_registry

NAME: Final = "/team-churn/webhook"
ALARM: Final = alarm_tripped(deployment(), "churn-5xx", Reading((0.125,), 0.05))


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """The server; every connection that the functions make leads there."""
    with serving() as line:
        monkeypatch.setattr(http.client, "HTTPSConnection", line.connect)
        yield line


@dataclass(frozen=True)
class Place:
    """An embedded AWS with a stack that posts to the webhook."""

    aws: EmbeddedAws
    stack: Stack

    def put(self, value: str = ADDRESS, **more: Any) -> None:
        """Write the address, as its owner does."""
        given = {"Type": "SecureString", "Overwrite": True, **more}
        self.aws.client("ssm").put_parameter(Name=NAME, Value=value, **given)

    def tell(self, notification: Notification = ALARM) -> None:
        """Publish a notification as functions do."""
        topic = NotificationsTopic(
            self.aws.client("sns"), self.stack.outputs["NotificationsTopicArn"]
        )
        assert topic.publish(notification) == ""

    def called(self) -> list[float]:
        """The seconds at which the function ran, from the first time on."""
        name = self.stack.resources["TellWebhookFunction"]
        ran = [e for e in self.aws.journal.of_kind("lambda_invoked") if e.data["function"] == name]
        assert [e.data["error"] for e in ran] == [None] * len(ran)
        return [round((entry.at - ran[0].at).total_seconds(), 1) for entry in ran]

    def letters(self) -> list[tuple[str, str]]:
        """What lies in the dead-letter queue: the event and the reason, or none."""
        url = self.stack.resources["WebhookDeadLetterQueue"]
        found = self.aws.client("sqs").receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=0
        )
        return [
            (
                json.loads(message["Body"])["Event"],
                message["MessageAttributes"].get("Reason", {}).get("StringValue", "none"),
            )
            for message in found.get("Messages", [])
        ]


@contextmanager
def place(plan: FaultPlan | None = None, **parameters: str) -> Iterator[Place]:
    with EmbeddedAws(faults=Faults(plan) if plan else None) as aws:
        given = {"WebhookParameter": NAME, **parameters}
        yield Place(aws, deploy(aws.world, TEMPLATE, given))


def assert_secret(entries: list[Entry]) -> None:
    """The address is nowhere in what happened, but in what its owner wrote."""
    told = [json.dumps(entry.data, default=str) for entry in entries]
    assert not [one for one in told if SECRET in one or "hooks.slack.com/" in one]


# ---- What is taken ---------------------------------------------------------------------------


def test_slack_is_told_at_once_and_once(line: Line) -> None:
    with place() as here:
        here.put()
        here.tell()
        here.aws.clock.sleep(3600)
        assert here.letters() == []
        assert_secret(here.aws.journal.entries)
    ((host, path, body),) = line.receiver.posted
    assert (host, path) == ("hooks.slack.com", f"/services/{SECRET}")
    assert json.loads(body)["text"] == "🟠 Alarm churn-5xx tripped: churn"
    assert line.receiver.problems == []
    assert set(line.timeouts) == {10}


def test_teams_is_told_by_a_card_where_its_host_is_allowed_with_a_key_of_the_owners(
    line: Line,
) -> None:
    with place(WebhookHosts="powerplatform.com, logic.azure.com") as here:
        key = here.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        here.put(TEAMS_ADDRESS, KeyId=key)
        here.tell()
        here.aws.clock.sleep(60)
        assert here.letters()[0][1].startswith("AWS denied access: ")
        assert line.receiver.posted == []
    with EmbeddedAws() as aws:
        key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        given = {"WebhookParameter": NAME, "WebhookHosts": "logic.azure.com", "WebhookKeyArn": key}
        here = Place(aws, deploy(aws.world, TEMPLATE, given))
        here.put(TEAMS_ADDRESS, KeyId=key)
        here.tell()
        aws.clock.sleep(60)
        assert here.letters() == []
    ((host, path, body),) = line.receiver.posted
    assert (host, path) == (TEAMS_HOST, f"/workflows/{SECRET}?sig=also-not")
    assert json.loads(body)["type"] == "message"
    assert line.receiver.problems == []


def test_people_are_told_little_there_too(line: Line) -> None:
    plan = FaultPlan(events=(EventFault(duplicate=10),))
    with running_registry("churn", faults=Faults(plan), WebhookParameter=NAME) as registry:
        Place(registry.aws, registry.stack).put()
        registry.approve(registry.register("churn", FAILING))
        registry.sleep()
        told = [json.loads(body)["text"].split(" ")[1] for _, _, body in line.receiver.posted]
        assert told == ["Update", "Alarm", "Rolled"]
        assert_secret(registry.aws.journal.entries)
    assert line.receiver.problems == []


# ---- What comes again ------------------------------------------------------------------------

BUSY: Final = Answer(429, (("Retry-After", "37"),))
PASSING: Final[Mapping[str, tuple[list[Answer], list[float]]]] = {
    "it is told too much": ([BUSY, BUSY, Answer()], [0, 37, 74]),
    "it does not say when": ([Answer(429), Answer()], [0, 60]),
    "it says a day": ([Answer(503, (("Retry-After", "86400"),)), Answer()], [0, 900]),
    "it says at once": ([Answer(429, (("Retry-After", "0"),)), Answer()], [0, 1]),
    "it says a date": ([Answer(429, (("Retry-After", "Mon, 05 Jan"),)), Answer()], [0, 60]),
    "it has an error": ([Answer(500), Answer(502), Answer()], [0, 60, 120]),
    "it waited too long": ([Answer(408), Answer()], [0, 60]),
    "it hangs": ([Answer(hangs=True), Answer()], [0, 60]),
    "it speaks no HTTP": ([Answer(breaks=True), Answer()], [0, 60]),
}


@pytest.mark.parametrize(("answers", "times"), sampled(PASSING.values(), 3), ids=PASSING)
def test_what_is_not_taken_now_comes_again_when_the_webhook_says_or_after_a_minute(
    line: Line, answers: list[Answer], times: list[float]
) -> None:
    line.receiver.answer(*answers)
    with place() as here:
        here.put()
        here.tell()
        here.aws.clock.sleep(3600)
        assert here.called() == times
        assert here.letters() == []
        assert_secret(here.aws.journal.entries)
    assert len({body for _, _, body in line.receiver.posted}) == 1


def test_nobody_is_there(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Line(line.receiver, 1, [])  # nothing listens at that port
    monkeypatch.setattr(http.client, "HTTPSConnection", gone.connect)
    with place() as here:
        here.put()
        here.tell()
        here.aws.clock.sleep(150)
        assert here.called() == [0, 60, 120]
        assert_secret(here.aws.journal.entries)


def test_one_that_waits_holds_no_other_up(line: Line) -> None:
    line.receiver.answer(Answer(429, (("Retry-After", "600"),)), Answer())
    with place() as here:
        here.put()
        here.tell(deployment_started(deployment()))
        here.aws.clock.sleep(10)
        here.tell()
        here.aws.clock.sleep(3600)
        assert here.called() == [0, 10, 600]


def test_what_is_away_for_more_than_an_hour_is_given_to_the_operators(line: Line) -> None:
    line.receiver.answer(Answer(503))
    with place() as here:
        here.put()
        here.tell()
        here.aws.clock.sleep(2 * 3600)
        assert [round(second) for second in here.called()] == [60 * n for n in range(60)]
        assert here.letters() == [("ALARM_TRIPPED", "none")]
        assert "WebhookDeadLettersAlarm" in rung(here.aws)


# ---- What never will be taken ----------------------------------------------------------------

LASTING: Final = {status: Answer(status) for status in (400, 401, 403, 404, 410, 413)}


@pytest.mark.parametrize("status", sampled(LASTING, 4))
def test_what_is_refused_goes_to_the_operators_at_once_with_the_status(
    line: Line, status: int
) -> None:
    line.receiver.answer(LASTING[status])
    with place() as here:
        here.put()
        here.tell()
        here.aws.clock.sleep(1)
        reason = f"The webhook answered with the status {status}."
        assert here.letters() == [("ALARM_TRIPPED", reason)]
        here.aws.clock.sleep(3600)
        assert here.called() == [0]
        assert "WebhookDeadLettersAlarm" in rung(here.aws)
        assert_secret(here.aws.journal.entries)
        lines = [json.loads(e.data["line"]) for e in here.aws.journal.of_kind("log")]
        (line_of_it,) = [one for one in lines if one["message"] == "webhook not told"]
        assert (line_of_it["deployment_id"], line_of_it["error"]) == (ALARM.deployment_id, reason)


def test_a_redirect_is_not_followed(line: Line) -> None:
    to = (("Location", f"http://127.0.0.1:{line.port}/elsewhere"),)
    line.receiver.answer(Answer(302, to))
    with place() as here:
        here.put()
        here.tell()
        here.aws.clock.sleep(600)
        assert [reason for _, reason in here.letters()] == [
            "The webhook answered with the status 302."
        ]
    assert len(line.receiver.posted) == 1
    assert line.receiver.problems == []


def test_proxies_of_the_environment_are_not_asked(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with place() as here:
        here.put()
        here.tell()
        here.aws.clock.sleep(60)
        assert here.letters() == []
    assert len(line.receiver.posted) == 1


UNUSABLE: Final[Mapping[str, tuple[dict[str, Any] | None, str]]] = {
    "there is no parameter": (None, f"There is no parameter {NAME}."),
    "it is no secret": ({"Type": "String"}, f"The parameter {NAME} must be a SecureString."),
    "it is somewhere else": (
        {"value": f"https://evil.example/{SECRET}"},
        "The address of the webhook may not be used: its host must be hooks.slack.com.",
    ),
}


@pytest.mark.parametrize(("written", "reason"), sampled(UNUSABLE.values(), 2), ids=UNUSABLE)
def test_an_address_that_cannot_be_used_is_told_and_can_be_mended(
    line: Line, written: dict[str, Any] | None, reason: str
) -> None:
    with place() as here:
        if written is not None:
            here.put(**written)
        here.tell()
        here.aws.clock.sleep(600)
        assert here.letters() == [("ALARM_TRIPPED", reason)]
        assert line.receiver.posted == []
        assert_secret(here.aws.journal.entries)
        if written is not None:
            here.aws.client("ssm").delete_parameter(Name=NAME)
        here.put()
        bring_back(here)
        here.aws.clock.sleep(60)
        assert here.letters() == []
    assert len(line.receiver.posted) == 1


def bring_back(here: Place) -> None:
    """As docs/operations.md says: from the dead-letter queue into the queue."""
    sqs, dead = here.aws.client("sqs"), here.stack.resources["WebhookDeadLetterQueue"]
    for message in sqs.receive_message(QueueUrl=dead)["Messages"]:
        sqs.send_message(QueueUrl=here.stack.resources["WebhookQueue"], MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])


@pytest.mark.parametrize("body", sampled(['{"Event": "TEST"}', "words", "[]", "[" * 50_000], 4))
def test_what_is_no_notification_goes_to_the_operators(line: Line, body: str) -> None:
    with place() as here:
        here.put()
        queue = here.stack.resources["WebhookQueue"]
        here.aws.client("sqs").send_message(QueueUrl=queue, MessageBody=body)
        here.aws.clock.sleep(60)
        (letter,) = here.aws.client("sqs").receive_message(
            QueueUrl=here.stack.resources["WebhookDeadLetterQueue"], MessageAttributeNames=["All"]
        )["Messages"]
        reason = letter["MessageAttributes"]["Reason"]["StringValue"]
        assert (letter["Body"], reason) == (
            body,
            "What the queue holds is no notification of bluegreen.",
        )
    assert line.receiver.posted == []


def test_a_new_address_is_used_after_five_minutes(line: Line) -> None:
    with place() as here:
        here.put()
        for seconds in (0, 240, 60):
            here.aws.clock.sleep(seconds)
            here.tell()
            here.aws.clock.sleep(1)
            here.put(f"https://hooks.slack.com/services/{SECRET}-2")
        here.aws.clock.sleep(60)
        reads = [e for e in here.aws.journal.of_kind("api_call") if e.data["service"] == "ssm"]
        assert len(reads) == 2
    assert [path.removeprefix("/services/") for _, path, _ in line.receiver.posted] == [
        SECRET,
        SECRET,
        f"{SECRET}-2",
    ]


# ---- AWS does not do what the function asks for ----------------------------------------------

ILL: Final[Mapping[str, tuple[ApiFault, list[Answer], int]]] = {
    "the parameter cannot be read for a while": (
        ApiFault("ssm", ApiError.THROTTLING, window=Window(0, 200)),
        [Answer()],
        1,
    ),
    "the wait cannot be set": (
        ApiFault("sqs", ApiError.INTERNAL, "ChangeMessageVisibility", window=Window(0, 200)),
        [Answer(500), Answer()],
        2,
    ),
    "the operators' queue does not take it": (
        ApiFault("sqs", ApiError.THROTTLING, "SendMessage", window=Window(0, 200)),
        [Answer(410), Answer()],
        2,
    ),
}


@pytest.mark.parametrize(("fault", "answers", "posts"), sampled(ILL.values(), 2), ids=ILL)
def test_nothing_is_lost_when_aws_fails_the_function(
    line: Line, fault: ApiFault, answers: list[Answer], posts: int
) -> None:
    line.receiver.answer(*answers)
    with place(FaultPlan(apis=(fault,))) as here:
        here.put()
        here.aws.world.faults.begin(here.aws.clock.now())
        here.tell()
        here.aws.clock.sleep(3600)
        assert here.letters() == []
        assert_secret(here.aws.journal.entries)
    assert len(line.receiver.posted) == posts


# ---- One sink fails, the others do not -------------------------------------------------------


def story(registry: Registry) -> list[tuple[Any, ...]]:
    """What programs and e-mails are told, and how it ended, each with its time."""
    return [
        (entry.at, entry.kind, json.dumps(entry.data, default=str))
        for entry in registry.aws.journal.entries
        if entry.kind in {"notification", "execution_ended", "endpoint"}
        and entry.data.get("body") != {}
    ]


def rolled_back(plan: FaultPlan) -> tuple[list[tuple[Any, ...]], list[str]]:
    """A rollback: its story, and the events that chat was told."""
    with running_registry("churn", faults=Faults(plan), WebhookParameter=NAME) as registry:
        Place(registry.aws, registry.stack).put()
        registry.approve(registry.register("churn", FAILING))
        registry.sleep()
        chat = [json.loads(e.data["message"]) for e in registry.aws.journal.of_kind("chat_message")]
        return story(registry), [message["metadata"]["eventType"] for message in chat]


@pytest.mark.parametrize(
    "answer", sampled([Answer(hangs=True), Answer(500), Answer(410)], 3), ids=str
)
def test_a_webhook_that_fails_delays_no_verdict_and_keeps_nothing_from_chat(
    line: Line, answer: Answer
) -> None:
    well = rolled_back(FaultPlan())
    line.receiver.answer(answer)
    assert rolled_back(FaultPlan()) == well
    assert well[1] == ["DEPLOYMENT_STARTED", "ALARM_TRIPPED", "DEPLOYMENT_ROLLED_BACK"]


@pytest.mark.slow
def test_chat_that_fails_keeps_nothing_from_the_webhook(line: Line) -> None:
    fault = ApiFault("sns", ApiError.DENIED, function="TellChat")
    told = rolled_back(FaultPlan(apis=(fault,)))
    assert (told[1], len(line.receiver.posted)) == ([], 3)
    assert told[0] == rolled_back(FaultPlan())[0]


def rung(aws: EmbeddedAws) -> set[str]:
    """The alarms that went into ALARM, as the template calls them."""
    entries = aws.journal.of_kind("alarm")
    return {e.data["name"].split("-")[1] for e in entries if e.data["new"] == "ALARM"}
