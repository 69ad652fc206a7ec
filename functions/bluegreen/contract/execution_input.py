"""The input of an execution, as an event about it quotes it: a request, or an adoption."""

import json


def endpoint_name_in(text: str) -> str:
    """The endpoint's name in an execution's input; empty where none can be read."""
    try:
        body = json.loads(text)
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    adopted = body.get("Adopt")
    name = (adopted if isinstance(adopted, dict) else body).get("EndpointName")
    return name if isinstance(name, str) else ""
