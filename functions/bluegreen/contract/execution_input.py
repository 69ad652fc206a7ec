"""The input of an execution, as an event about it quotes it: a request, or an adoption."""

import json
from datetime import datetime
from typing import Final

from bluegreen.contract.times import from_text

LONGEST_ID: Final = 80
"""Characters of an execution's name (API reference, StartExecution)."""


def target_in(text: str) -> object:
    """What names the endpoint in an execution's input, unchecked; None where it is no JSON."""
    body = _read(text)
    adopted = _adopted(body)
    return body if adopted is None else adopted


def adopted_in(text: str) -> tuple[str, datetime] | None:
    """Id and start of the deployment that an execution adopts; None where it adopts none."""
    adopted = _adopted(_read(text)) or {}
    id_, started_at = adopted.get("DeploymentId"), adopted.get("StartedAt")
    if not isinstance(id_, str) or not isinstance(started_at, str):
        return None
    try:
        return (id_, from_text(started_at)) if 0 < len(id_) <= LONGEST_ID else None
    except (ValueError, OverflowError):
        return None


def _read(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # anybody may start an execution with anything
        return None


def _adopted(body: object) -> dict[str, object] | None:
    adopted = body.get("Adopt") if isinstance(body, dict) else None
    return adopted if isinstance(adopted, dict) else None
