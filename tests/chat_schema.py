"""What chat services document of the messages that they take, for tests to hold ours against.

Amazon Q Developer: "Custom notifications" of its administrator guide; the lengths are ours, since
it names none. Slack: "Reference: blocks" and "Incoming webhooks". Teams: "Create incoming webhooks
with Workflows", and the schema of Adaptive Cards 1.4.
"""

import json
from typing import Any, Final

from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it ships no types

AMAZON_Q: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["version", "source", "content", "metadata"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": "1.0"},
        "source": {"const": "custom"},
        "id": {"type": "string", "minLength": 1, "maxLength": 64},
        "content": {
            "type": "object",
            "required": ["textType", "title", "description"],
            "additionalProperties": False,
            "properties": {
                "textType": {"const": "client-markdown"},
                "title": {"type": "string", "minLength": 1, "maxLength": 250},
                "description": {"type": "string", "minLength": 1, "maxLength": 2000},
                "nextSteps": {"type": "array", "items": {"type": "string"}, "minItems": 1},
            },
        },
        "metadata": {
            "type": "object",
            "required": ["threadId", "enableCustomActions"],
            "additionalProperties": False,
            "properties": {
                "threadId": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
                "summary": {"type": "string"},
                "eventType": {"type": "string"},
                "enableCustomActions": {"const": False},
            },
        },
    },
}


def _text(kind: str, longest: int) -> dict[str, Any]:
    own = {"plain_text": {"emoji": {"const": False}}, "mrkdwn": {"verbatim": {"const": True}}}[kind]
    return {
        "type": "object",
        "required": ["type", "text", *own],
        "additionalProperties": False,
        "properties": {
            "type": {"const": kind},
            "text": {"type": "string", "minLength": 1, "maxLength": longest},
            **own,
        },
    }


def _block(kind: str, *texts: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "text"],
        "additionalProperties": False,
        "properties": {"type": {"const": kind}, "text": {"anyOf": list(texts)}},
    }


SLACK: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["text", "blocks"],
    "additionalProperties": False,
    "properties": {
        "text": {"type": "string", "minLength": 1},
        "blocks": {
            "type": "array",
            "maxItems": 50,
            "items": {
                "anyOf": [
                    _block("header", _text("plain_text", 150)),
                    _block("section", _text("plain_text", 3000), _text("mrkdwn", 3000)),
                ]
            },
        },
    },
}
SLACK_CHARACTERS: Final = 13_000

_RICH_TEXT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "inlines"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "RichTextBlock"},
        "spacing": {"const": "small"},
        "inlines": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "text"],
                "additionalProperties": False,
                "properties": {
                    "type": {"const": "TextRun"},
                    "text": {"type": "string", "minLength": 1},
                    "size": {"const": "large"},
                    "weight": {"const": "bolder"},
                },
            },
        },
    },
}
TEAMS: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "attachments"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "message"},
        "attachments": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "type": "object",
                "required": ["contentType", "contentUrl", "content"],
                "additionalProperties": False,
                "properties": {
                    "contentType": {"const": "application/vnd.microsoft.card.adaptive"},
                    "contentUrl": {"type": "null"},
                    "content": {
                        "type": "object",
                        "required": ["$schema", "type", "version", "body"],
                        "additionalProperties": False,
                        "properties": {
                            "$schema": {"type": "string"},
                            "type": {"const": "AdaptiveCard"},
                            "version": {"const": "1.4"},
                            "body": {
                                "type": "array",
                                "items": {
                                    "anyOf": [
                                        _RICH_TEXT,
                                        {
                                            "type": "object",
                                            "required": ["type", "style", "items"],
                                            "additionalProperties": False,
                                            "properties": {
                                                "type": {"const": "Container"},
                                                "style": {
                                                    "enum": [
                                                        "good",
                                                        "warning",
                                                        "attention",
                                                        "accent",
                                                    ]
                                                },
                                                "bleed": {"type": "boolean"},
                                                "items": {"type": "array", "items": _RICH_TEXT},
                                            },
                                        },
                                    ]
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}
TEAMS_BYTES: Final = 20_000


def problems_at_amazon_q(message: Any) -> list[str]:
    """Why Amazon Q Developer would drop a message; it does so in silence."""
    return _problems(message, AMAZON_Q)


def problems_at_slack(body: bytes) -> list[str]:
    """Why Slack would refuse what is posted to an incoming webhook."""
    message = json.loads(body)
    long = ["too many characters"] if len(body.decode()) > SLACK_CHARACTERS else []
    return [*_problems(message, SLACK), *long]


def problems_at_teams(body: bytes) -> list[str]:
    """Why a workflow of Teams would refuse what is posted to it."""
    return [*_problems(json.loads(body), TEAMS), *(["too long"] if len(body) > TEAMS_BYTES else [])]


def _problems(message: Any, schema: dict[str, Any]) -> list[str]:
    errors = Draft202012Validator(schema).iter_errors(message)
    return [f"{error.json_path}: {error.message}" for error in errors]
