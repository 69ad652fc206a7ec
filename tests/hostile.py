"""What people and AWS could write to deceive readers: one corpus for every sink.

A sink takes a notification and yields what is wrong with how it shows it. A new sink is a function
here and a line of SINKS.
"""

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from rich.console import Console

from bluegreen.contract.message import MessageBody
from bluegreen.deployment.abort import Abort, AbortCause
from bluegreen.deployment.chat import amazon_q, slack, teams
from bluegreen.deployment.ending import deployment_ended
from bluegreen.deployment.history import Told as Sent
from bluegreen.deployment.notification import Notification
from bluegreen.deployment.notifications import alarm_tripped, deployment_aborted, deployment_started
from bluegreen.deployment.record import record_of_update
from bluegreen.deployment.tripped_alarms import Reading, Tripped
from bluegreen.deployment.verdict import decide
from bluegreen.report.page import report
from bluegreen_cli.moment import Moment, Told
from bluegreen_cli.show.lines import changes
from bluegreen_cli.show.screen import draw
from bluegreen_cli.show.views import of_day, print_line
from builders import BLUE, CANARY, START, at, deployment, settled
from chat_schema import problems_at_amazon_q, problems_at_slack, problems_at_teams
from reports.structure import read
from reports.write import past

HOSTILE: Final[Mapping[str, str]] = {
    "a link of Slack": "<https://evil.example/x|the console>",
    "a link of Markdown": "[the console](https://evil.example/x)",
    "an image of Markdown": "![x](https://evil.example/x.png)",
    "a bare link": "see https://evil.example/x and http://evil.example",
    "everybody at Slack": "<!channel> <!here> <!everyone>",
    "somebody at Slack": "<@U012AB3CD> <#C012AB3CD> <!subteam^S012>",
    "everybody, plainly": "@channel @here @everyone #general",
    "somebody at Teams": "<at>everyone</at>",
    "markup": "*bold* _slanted_ __both__ ~gone~ **very** `code`",
    "a block of code": "```\nverdict: SUCCEEDED\n```",
    "a quotation and a heading": "> said\n# SUCCEEDED\n- one",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>\"'",
    "an attribute of HTML": "' onmouseover='alert(1)",
    "the end of an element": "</style></svg></pre></title><iframe src=//evil>",
    "the end of a comment": "<!-- ]]> -->",
    "a script's address": "javascript:alert(1)",
    "entities": "&lt;!channel&gt; &amp; &#60;b&#62;",
    "colours of a terminal": "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07x\x1b]8;;\x07",
    "control characters": "a\x00b\x07c\x08d\x7fe\x9bf",
    "lines of its own": "ok\r\nServes now: churn-green\n\nDeployment: another",
    "separators of lines": "a\u2028b\u2029c\x85d\x0be",
    "from right to left": "\u202eDEDEECCUS\u202c \u2066x\u2069 \u200f",
    "nothing to be seen": "\u200b\u200d\ufeff\u00ad",
    "half a character": "\ud800 and \udfff",
    "a rich console": "[bold red]FAILED[/] [link=https://evil.example]x[/link]",
    "a formula": '=HYPERLINK("https://evil.example")',
    "a placeholder": "{{resolve:ssm:/x}} ${AWS::AccountId} %s {0} {x.__class__}",
    "JSON": '", "Verdict": "SUCCEEDED", "x": "',
    "very long": "x" * 5000,
    "very long, and grows": "<&>" * 2000,
    "very long, and wide": "\U0001f680" * 3000,
    "very long, and marked up": "*_[`~]" * 1000,
}

HARMLESS: Final = "words"


def notifications(text: str) -> list[Notification]:
    """Each notification that quotes somebody, with this text for all that they wrote."""
    name = text.encode(errors="replace").decode()[:255]  # AWS takes no half characters in names
    request = replace(
        deployment().request,
        requested_by=text[:128],
        reason=text[:512],
        started_by=text[:1024],
        policy=replace(CANARY, alarms=(name,)),
    )
    abort = Abort(at(400), AbortCause.COMMAND, text, text)
    running = deployment(request=request, abort=abort)
    seen = settled(BLUE, failure_reason=text)
    decision = decide(running, seen, Tripped((name,), unread=text), at(5000))
    return [
        deployment_started(running),
        alarm_tripped(running, name, Reading(reason=text)),
        deployment_aborted(running),
        deployment_ended(running.key, record_of_update(running, seen, decision, at(5000))),
    ]


def body_of(notification: Notification) -> MessageBody:
    """The body as it comes out of a queue."""
    body: MessageBody = json.loads(json.dumps(notification.body()))
    return body


# ---- The sinks -------------------------------------------------------------------------------


def e_mail(told: Notification) -> Iterator[str]:
    """Every part of it in its own line, all of it printable."""
    if not (told.subject.isascii() and told.subject.isprintable() and len(told.subject) < 100):
        yield f"the subject is {told.subject!r}"
    yield from _unprintable(told.text.split("\n"))
    if len(told.text.split("\n")) != len(told.lines) + 3:
        yield "there are more lines than were written"


def programs(told: Notification) -> Iterator[str]:
    """Nothing changes a member of its neighbour; whoever prints a member prints a line."""
    body = body_of(told)
    if body != told.body():
        yield "it is another one when it was read"
    texts = [body["Headline"], body["Message"], *body["Lines"], body.get("AlarmName", "")]
    yield from _unprintable(texts)
    if len(body["Lines"]) > 20 or sum(map(len, body["Lines"])) > 2000:
        yield "the lines are too many or too long"


def amazon_q_developer(told: Notification) -> Iterator[str]:
    """No letter that Slack or Teams takes for markup, except in the addresses of our pages."""
    message: Any = amazon_q(body_of(told))
    yield from problems_at_amazon_q(message)
    content = message["content"]
    for text in (content["title"], content["description"]):
        yield from _unprintable(text.split("\n"))
        if re.search(r"[<>*`~\[\]]|://|(?<![^\W_])[@#_]|_(?![^\W_])", text):
            yield f"there is markup in {text!r}"
    yield from _foreign_pages("\n".join(content.get("nextSteps", [])))


def webhook_of_slack(told: Notification) -> Iterator[str]:
    """Text that others wrote is plain and escaped; only our pages are links."""
    message: Any = slack(body_of(told))
    yield from problems_at_slack(json.dumps(message, ensure_ascii=False).encode())
    texts = [message["text"], *(block["text"]["text"] for block in message["blocks"])]
    for text in texts:
        yield from _unprintable(text.split("\n"))
    for text in [message["text"], *_of_kind(message, "plain_text")]:
        if re.search(r"[<>]|&(?!(amp|lt|gt);)", text):
            yield f"it is not escaped: {text!r}"
    yield from _foreign_pages("\n".join(_of_kind(message, "mrkdwn")))


def workflow_of_teams(told: Notification) -> Iterator[str]:
    """All text is in runs, which hold no markup."""
    message: Any = teams(body_of(told))
    yield from problems_at_teams(json.dumps(message, ensure_ascii=False).encode())
    for block in message["attachments"][0]["content"]["body"]:
        for one in block.get("items", [block]):
            yield from _unprintable(run["text"] for run in one["inlines"])


def terminal(told: Notification) -> Iterator[str]:
    """On the screen and in the lines of a log, without colours of its own."""
    shown = Told(at(400), told.event, told.severity, told.message)
    moment = Moment(at(500), "churn", told=(shown,))
    stream = io.StringIO()
    console = Console(file=stream, width=100, color_system=None, highlight=False)
    for line in draw(moment, 100, 30):
        console.print(line)
    for change in changes(None, moment, of_day):
        print_line(console, change)
    yield from _unprintable(stream.getvalue().split("\n"))


def page(told: Notification) -> Iterator[str]:
    """In the report it is text: a page with other words has the same elements and attributes."""
    usual = past("rolled-back")
    harmless = replace(told, headline=HARMLESS, message=HARMLESS, lines=())
    pages = [
        read(report(replace(usual, told=(Sent(each, at(400)),)), START))
        for each in (told, harmless)
    ]
    if pages[0].shape != pages[1].shape or pages[0].comments:
        yield "it is markup of the page"
    yield from _unprintable("".join(pages[0].texts).split("\n"))


SINKS: Final[Mapping[str, Callable[[Notification], Iterator[str]]]] = {
    "e-mail": e_mail,
    "programs": programs,
    "Amazon Q Developer": amazon_q_developer,
    "a webhook of Slack": webhook_of_slack,
    "a workflow of Teams": workflow_of_teams,
    "a terminal": terminal,
    "a report": page,
}


def _unprintable(lines: Any) -> Iterator[str]:
    return (f"it is not printable: {line!r}" for line in lines if line and not line.isprintable())


def _foreign_pages(text: str) -> Iterator[str]:
    """Addresses that are not of the console."""
    for host in re.findall(r"https?://([^/\s]*)", text):
        if not host.endswith(".console.aws.amazon.com"):
            yield f"it leads to {host}"


def _of_kind(message: Any, kind: str) -> list[str]:
    texts = [block["text"] for block in message["blocks"]]
    return [text["text"] for text in texts if text["type"] == kind]
