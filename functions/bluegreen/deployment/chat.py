"""A notification as chat shows it: for Amazon Q Developer, as Slack's blocks, as an Adaptive Card.

All three are made from the body that programs get. What others wrote stays text in them: no link,
no mention, no markup, bounded as each of them has it (the sources stand in docs/chat.md).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from bluegreen.contract.message import MessageBody
from bluegreen.contract.text import cut, first_of, plain

Json = dict[str, object]

TITLE_LENGTH: Final = 150
"""Slack takes no longer header."""

TEXT_LENGTH: Final = 2000
"""Of a description or a section, as it is sent; Slack takes 3,000, Amazon Q does not say."""

MESSAGE_LENGTH: Final = 1500
LONGEST_ESCAPE: Final = len("&amp;")

ADDRESS: Final = re.compile(r"https://[^\s<>|\"]{1,1000}")


@dataclass(frozen=True)
class _Look:
    """How grave it is, at a glance: Amazon Q has no colours, so a character has to do."""

    circle: str
    color: str
    """The name that Adaptive Cards have for it."""


_GOOD: Final = _Look("🟢", "good")
_LOOKS: Final = {
    "INFO": _Look("🔵", "accent"),
    "WARNING": _Look("🟠", "warning"),
    "CRITICAL": _Look("🔴", "attention"),
}


# ---- What is told ----------------------------------------------------------------------------


def _look(body: MessageBody) -> _Look:
    severity = body.get("Severity", "INFO")
    succeeded = body.get("Verdict") == "SUCCEEDED" and severity == "INFO"
    return _GOOD if succeeded else _LOOKS.get(severity, _LOOKS["INFO"])


def _title(body: MessageBody) -> str:
    """What happened first, since a phone shows the beginning only; then to which endpoint."""
    headline = body.get("Headline") or body["Event"].replace("_", " ").lower()
    name = body.get("EndpointName")
    words = f"{headline[:1].upper()}{headline[1:]}{f': {name}' if name else ''}"
    return plain(f"{_look(body).circle} {words}", TITLE_LENGTH)


def _links(body: MessageBody) -> Iterator[tuple[str, str]]:
    """Our own pages, each with its name."""
    for name, address in body.get("Links", {}).items():
        if isinstance(address, str) and ADDRESS.fullmatch(address):
            yield name, address


def _lines(body: MessageBody) -> list[str]:
    """What happened, and what stands below it."""
    below = first_of([plain(line, TEXT_LENGTH) for line in body.get("Lines", [])])
    return [plain(body["Message"], MESSAGE_LENGTH), *below, f"Deployment: {body['DeploymentId']}"]


def _fitting(text: str, escape: Callable[[str], str], length: int = TEXT_LENGTH) -> str:
    """As much of a text as is not too long when it is escaped; no cut goes through an escape."""
    while len(escape(text)) > length:
        excess = len(escape(text)) - length
        text = cut(text, len(text) - max(1, excess // LONGEST_ESCAPE))
    return escape(text)


# ---- Amazon Q Developer in chat applications -------------------------------------------------

_LOOKALIKES: Final = str.maketrans(
    {
        "<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
        ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
        "*": "\N{ASTERISK OPERATOR}",
        "~": "\N{TILDE OPERATOR}",
        "`": "'",
        "[": "(",
        "]": ")",
    }
)
_AT_EDGES: Final = str.maketrans(
    {
        "_": "\N{MODIFIER LETTER LOW MACRON}",
        "@": "\N{FULLWIDTH COMMERCIAL AT}",
        "#": "\N{FULLWIDTH NUMBER SIGN}",
    }
)
_NO_SCHEME: Final = "\N{FULLWIDTH COLON}//"
_EDGE: Final = re.compile(r"(?<![^\W_])[_@#]+|_+(?![^\W_])")


def _without_markup(text: str) -> str:
    """The text in letters that neither Slack nor Teams takes for markup, mention or link.

    Amazon Q hands it to either of them, and they share no way to escape.
    """
    harmless = text.translate(_LOOKALIKES).replace("://", _NO_SCHEME)
    return _EDGE.sub(lambda found: found[0].translate(_AT_EDGES), harmless)


def amazon_q(body: MessageBody) -> Json:
    """A custom notification; all that is told of one deployment has one `threadId`."""
    title, links = _without_markup(_title(body)), list(_links(body))
    steps: Json = {"nextSteps": [f"{name}: {address}" for name, address in links]} if links else {}
    return {
        "version": "1.0",
        "source": "custom",
        "id": _hash(body["NotificationId"]),
        "content": {
            "textType": "client-markdown",
            "title": title,
            "description": _fitting("\n".join(_lines(body)), _without_markup),
            **steps,
        },
        "metadata": {
            "threadId": _hash("/".join(body["NotificationId"].split("/")[:2])),
            "summary": title,
            "eventType": body["Event"],
            "enableCustomActions": False,
        },
    }


def _hash(text: str) -> str:
    return sha256(text.encode(errors="replace")).hexdigest()[:32]


# ---- Slack -----------------------------------------------------------------------------------


def _escaped(text: str) -> str:
    """As Slack wants it: these three characters, and no others."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def slack(body: MessageBody) -> Json:
    """The message of an incoming webhook; `text` is what a phone's notification shows."""
    title = _fitting(_title(body), _escaped, TITLE_LENGTH)
    message, *lines = _lines(body)
    parts = [message, "\n".join(lines)]
    links = " · ".join(f"<{_escaped(address)}|{name}>" for name, address in _links(body))
    pages: Json = {"type": "mrkdwn", "text": links, "verbatim": True}
    return {
        "text": title,
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}},
            *({"type": "section", "text": _plain_text(part)} for part in parts if part),
            *([{"type": "section", "text": pages}] if links else []),
        ],
    }


def _plain_text(text: str) -> Json:
    return {"type": "plain_text", "text": _fitting(text, _escaped), "emoji": False}


# ---- Teams -----------------------------------------------------------------------------------


def teams(body: MessageBody) -> Json:
    """The message of a Teams workflow: an Adaptive Card, whose runs of text hold no markup."""
    title: Json = {**_run(_title(body)), "size": "large", "weight": "bolder"}
    message, *lines = _lines(body)
    lines = [*lines, *(f"{name}: {address}" for name, address in _links(body))]
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": [
                        {"type": "Container", "style": _look(body).color, "bleed": True}
                        | {"items": [_block(title)]},
                        _block(_run(message)),
                        *(_block(_run(line), spacing="small") for line in lines),
                    ],
                },
            }
        ],
    }


def _run(text: str) -> Json:
    return {"type": "TextRun", "text": text}


def _block(run: Json, **more: str) -> Json:
    return {"type": "RichTextBlock", "inlines": [run], **more}
