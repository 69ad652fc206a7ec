"""Write the page of all messages: `PYTHONPATH=tests python -m messages.write`.

`test_messages.py` compares the page with the code, so each change of a text is seen in a diff.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from bluegreen.contract.findings import Finding
from messages.commands import answers
from messages.findings import ROWS, Row
from messages.notifications import Sent, registry_notes, sent

PAGE: Final = Path(__file__).with_name("messages.md")
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
