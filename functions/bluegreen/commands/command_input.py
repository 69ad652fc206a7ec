"""What the command functions are invoked with, by people and programs."""

from collections.abc import Mapping

from bluegreen.contract.errors import RequestRejected
from bluegreen.contract.text import quoted
from bluegreen.request.request import name_in


def endpoint_name_in(event: Mapping[str, object]) -> str:
    """The endpoint's name; RequestRejected unless it is one."""
    name = name_in(event)
    if name is None:
        given = event.get("EndpointName")
        raise RequestRejected(f"EndpointName is {quoted(given)}, which is no endpoint's name.")
    return name
