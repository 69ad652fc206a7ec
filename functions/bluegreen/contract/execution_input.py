"""The input of an execution, as an event about it quotes it: a request, or an adoption."""

import json


def target_in(text: str) -> object:
    """What names the endpoint in an execution's input, unchecked; None where it is no JSON."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):  # anybody may start an execution with anything
        return None
    adopted = body.get("Adopt") if isinstance(body, dict) else None
    return adopted if isinstance(adopted, dict) else body
