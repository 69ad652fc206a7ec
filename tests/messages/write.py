"""Write the pages of all messages: `PYTHONPATH=tests python -m messages.write`.

`test_messages.py` compares the pages with the code, so each change of a text is seen in a diff.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from bluegreen.contract.findings import Finding
from bluegreen.deployment.chat import amazon_q, slack, teams
from messages.commands import answers
from messages.findings import ROWS, Row
from messages.notifications import Sent, registry_notes, sent

PAGE: Final = Path(__file__).with_name("messages.md")
CHAT_PAGE: Final = PAGE.with_name("chat.md")
CHAT_HEAD: Final = """# What chat shows

One notification of each kind, as the chat topic gets it for Amazon Q Developer, and as the webhook
of Slack or a workflow of Teams does.
The code writes this page: `PYTHONPATH=tests python -m messages.write`.
"""
SINKS: Final = {"Amazon Q Developer": amazon_q, "Slack": slack, "Teams": teams}
IN_THE_TEXT: Final = {"Severity", "Headline", "Message", "Lines"}
"""The members of a body that stand in the subject or the text of the e-mail."""

HEAD: Final = """# What people read

Every finding with its fix, every notification, and what commands answer, in the situations in which
their words differ.
The code writes this page: `PYTHONPATH=tests python -m messages.write`.
"""


def page() -> str:
    """The page as the code says it now."""
    blocks = [HEAD, "# Findings\n", *_findings(), "# Notifications\n", *map(_notification, sent())]
    registry = ["# In the model registry\n", *_items(registry_notes())]
    commands = ["", "# What commands answer\n", *_items(answers())]
    return "\n".join([*blocks, *registry, *commands, ""])


def chat_page() -> str:
    """The page of chat as the code says it now: of each kind the first notification."""
    kinds: dict[tuple[str, str, str], Sent] = {}
    for one in sent():
        told = one.notification
        kinds.setdefault((told.event, told.severity, told.details.get("Stage", "")), one)
    return "\n".join([CHAT_HEAD, *map(_in_chat, kinds.values())])


def _in_chat(one: Sent) -> str:
    body = one.notification.body()
    forms = [
        f"{name}:\n\n```json\n{json.dumps(render(body), indent=2, ensure_ascii=False)}\n```\n"
        for name, render in SINKS.items()
    ]
    return "\n".join([f"## {one.notification.event}: {one.situation}\n", *forms])


def _findings() -> Iterator[str]:
    rows = sorted(ROWS, key=lambda row: row.id)
    for id_, group in groupby(rows, key=lambda row: row.id):
        items = [_finding(row, finding) for row in group for finding in row.findings()]
        yield "\n".join([f"## {id_}\n", *items, ""])


def _finding(row: Row, finding: Finding) -> str:
    fix = f"\n  - {finding.fix}" if finding.fix else ""
    return f"- {finding.severity} (*{row.situation}*): {finding.message}{fix}"


def _notification(one: Sent) -> str:
    notification = one.notification
    members = {k: v for k, v in notification.body().items() if k not in IN_THE_TEXT}
    return (
        f"## {notification.event}: {one.situation}\n\n"
        f"Subject: {notification.subject}\n\n```\n{notification.text}\n```\n\n"
        f"```json\n{json.dumps(members, indent=2, ensure_ascii=False)}\n```\n"
    )


def _items(said: Iterable[tuple[str, str]]) -> Iterator[str]:
    return (f"- (*{situation}*) {words}" for situation, words in said)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    CHAT_PAGE.write_text(chat_page(), encoding="utf-8")
