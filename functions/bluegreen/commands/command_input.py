"""What the command functions are invoked with, by people and programs."""

from collections.abc import Mapping
from typing import Final

from bluegreen.contract.errors import RequestRejected
from bluegreen.request.request import name_in

NO_NAME: Final = "EndpointName is missing, or it is not the name of an endpoint."


def endpoint_name_in(event: Mapping[str, object]) -> str:
    """The endpoint's name; RequestRejected unless it is one."""
    name = name_in(event)
    if name is None:
        raise RequestRejected(NO_NAME)  # which stands in the log, so it does not quote the value
    return name
