"""Refuses services and paths that moto does not know, by their names."""

from typing import Any, Final

from botocore.exceptions import ClientError
from moto.core.botocore_stubber import BotocoreStubber

from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

NOT_IMPLEMENTED: Final = 501
NOT_FOUND: Final = 404
NOTHING_THERE: Final = b"Not yet implemented"


@replaces(
    BotocoreStubber,
    "__call__",
    restores="a call that moto has no place for is refused by its name",
    original="6cbb7bf98afe",
)
def _answer(self: Any, event_name: str, request: Any, **more: Any) -> Any:  # noqa: ANN401 - moto has no types
    answer = ORIGINALS[BotocoreStubber, "__call__"](self, event_name, request, **more)
    if answer is None or answer.status_code != NOT_FOUND or answer.content != NOTHING_THERE:
        return answer
    _, service, operation = event_name.split(".")
    message = f"{operation} of {service} is not modelled in the embedded AWS."
    error = {"Code": "NotImplemented", "Message": message}
    refusal: Any = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": NOT_IMPLEMENTED}}
    raise ClientError(refusal, operation)
