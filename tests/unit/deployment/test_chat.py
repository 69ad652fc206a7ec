"""How chat shows notifications: word by word, within the limits, and with what is missing."""

import json
from typing import Any, cast

import pytest

from bluegreen.contract.message import MessageBody
from bluegreen.deployment.chat import amazon_q, slack, teams
from chat_schema import problems_at_amazon_q, problems_at_slack, problems_at_teams
from messages.notifications import Sent, sent

PAGE = "https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/x"


def body(**changes: Any) -> MessageBody:
    told = {
        "SchemaVersion": 1,
        "Event": "DEPLOYMENT_ROLLED_BACK",
        "NotificationId": "deploy-1/2026-01-05T09:00:00.000Z/TERMINAL",
        "DeploymentId": "deploy-1",
        "EndpointName": "churn",
        "Severity": "WARNING",
        "Headline": "rolled back (ALARM)",
        "Message": "ROLLED_BACK (ALARM): the alarm said <5 & 6>.",
        "Verdict": "ROLLED_BACK",
        "Links": {"Execution": PAGE},
        "Lines": ["Serves now: churn-blue"],
        **changes,
    }
    return cast("MessageBody", {name: value for name, value in told.items() if value is not None})


def test_amazon_q_word_by_word() -> None:
    assert amazon_q(body()) == {
        "version": "1.0",
        "source": "custom",
        "id": "f717cbbdb80fcab686cc6047b842ab08",
        "content": {
            "textType": "client-markdown",
            "title": "🟠 Rolled back (ALARM): churn",
            "description": "ROLLED_BACK (ALARM): the alarm said"
            " \N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}5 & 6"
            "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}.\n"
            "Serves now: churn-blue\nDeployment: deploy-1",
            "nextSteps": [f"Execution: {PAGE}"],
        },
        "metadata": {
            "threadId": "886c610b453c78b9f8da644df1641e21",
            "summary": "🟠 Rolled back (ALARM): churn",
            "eventType": "DEPLOYMENT_ROLLED_BACK",
            "enableCustomActions": False,
        },
    }


def test_slack_word_by_word() -> None:
    title = "🟠 Rolled back (ALARM): churn"
    assert slack(body()) == {
        "text": title,
        "blocks": [
            {"type": "header", "text": plain(title)},
            {
                "type": "section",
                "text": plain("ROLLED_BACK (ALARM): the alarm said &lt;5 &amp; 6&gt;."),
            },
            {"type": "section", "text": plain("Serves now: churn-blue\nDeployment: deploy-1")},
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": f"<{PAGE}|Execution>", "verbatim": True},
            },
        ],
    }


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def test_teams_word_by_word() -> None:
    card: Any = teams(body())
    container, *rest = card["attachments"][0]["content"]["body"]
    assert container["style"] == "warning"
    assert container["items"][0]["inlines"][0]["text"] == "🟠 Rolled back (ALARM): churn"
    assert [block["inlines"][0]["text"] for block in rest] == [
        "ROLLED_BACK (ALARM): the alarm said <5 & 6>.",
        "Serves now: churn-blue",
        "Deployment: deploy-1",
        f"Execution: {PAGE}",
    ]


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({}, "🟠 Rolled back (ALARM): churn"),
        ({"EndpointName": None}, "🟠 Rolled back (ALARM)"),
        ({"Severity": "CRITICAL"}, "🔴 Rolled back (ALARM): churn"),
        ({"Severity": "INFO"}, "🔵 Rolled back (ALARM): churn"),
        ({"Severity": "INFO", "Verdict": "SUCCEEDED"}, "🟢 Rolled back (ALARM): churn"),
        ({"Severity": "WARNING", "Verdict": "SUCCEEDED"}, "🟠 Rolled back (ALARM): churn"),
        ({"Severity": "?"}, "🔵 Rolled back (ALARM): churn"),
        ({"Severity": None, "Headline": None}, "🔵 Deployment rolled back: churn"),
    ],
)
def test_the_colour_and_what_happened_come_first(changes: Any, title: str) -> None:
    assert slack(body(**changes))["text"] == title


def test_what_an_earlier_release_sent_is_shown_too() -> None:
    old = body(Severity=None, Headline=None, Lines=None, Links=None)
    assert problems_at_amazon_q(amazon_q(old)) == []
    assert problems_at_slack(json.dumps(slack(old)).encode()) == []
    assert problems_at_teams(json.dumps(teams(old)).encode()) == []


def test_all_of_a_deployment_is_one_thread_and_another_start_is_another() -> None:
    start = "deploy-1/2026-01-05T09:00:00.000Z"
    facts = ["DEPLOYMENT_STARTED", "ALARM_TRIPPED/a/b", "TERMINAL"]
    told: list[Any] = [amazon_q(body(NotificationId=f"{start}/{fact}")) for fact in facts]
    assert len({one["metadata"]["threadId"] for one in told}) == 1
    assert len({one["id"] for one in told}) == 3
    later: Any = amazon_q(body(NotificationId="deploy-1/2026-04-05T09:00:00.000Z/TERMINAL"))
    assert later["metadata"]["threadId"] != told[0]["metadata"]["threadId"]


@pytest.mark.parametrize(
    "address", ["http://x.example", "https://x|y", "https://x>y", "https://x y", "javascript:1", 5]
)
def test_what_is_no_address_is_no_link(address: object) -> None:
    told: Any = slack(body(Links={"Execution": address}))
    assert [block["text"]["type"] for block in told["blocks"]] == ["plain_text"] * 3
    assert "nextSteps" not in cast("Any", amazon_q(body(Links={"Execution": address})))["content"]


def test_a_line_with_an_address_that_somebody_wrote_is_kept() -> None:
    told: Any = slack(body(Lines=["Reason (claimed): see https://wiki.example"]))
    assert "see https://wiki.example" in told["blocks"][2]["text"]["text"]


def test_what_is_cut_says_so_and_cuts_no_escape() -> None:
    told: Any = slack(body(Message="&" * 1500))
    text = told["blocks"][1]["text"]["text"]
    assert text.endswith("&amp;…")
    assert len(text) <= 2000


def test_more_lines_than_are_ever_sent_stay_within_the_limits() -> None:
    told = body(Lines=["\U0001f680" * 30] * 500, Message="\U0001f680" * 5000)
    assert problems_at_slack(json.dumps(slack(told), ensure_ascii=False).encode()) == []
    assert problems_at_teams(json.dumps(teams(told), ensure_ascii=False).encode()) == []


@pytest.mark.parametrize("one", sent(), ids=lambda one: one.situation)
def test_every_notification_is_within_the_limits(one: Sent) -> None:
    told: MessageBody = json.loads(json.dumps(one.notification.body()))
    assert problems_at_amazon_q(amazon_q(told)) == []
    assert problems_at_slack(json.dumps(slack(told), ensure_ascii=False).encode()) == []
    assert problems_at_teams(json.dumps(teams(told), ensure_ascii=False).encode()) == []
