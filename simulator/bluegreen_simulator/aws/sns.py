"""SNS: keeps what is published in the journal (as a notification), and refuses what AWS refuses."""

import json
from typing import Any, Final

from moto.sns.exceptions import InvalidParameterValue
from moto.sns.models import SNSBackend

from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

LONGEST_SUBJECT: Final = 99
LONGEST_MESSAGE: Final = 262_144
STRUCTURE: Final = "Invalid parameter: Message Structure -"


class _State:
    world: World


def install(world: World) -> None:
    """Write to this world's journal."""
    _State.world = world


@replaces(
    SNSBackend,
    "publish",
    restores="a bad subject, a long message and one without a default are refused; it is seen",
    original="6356a2b5b79e",
)
def _publish(self: Any, message: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
    subject = kwargs.get("subject") or ""
    if len(subject) > LONGEST_SUBJECT or not subject.isprintable() or not subject.isascii():
        raise InvalidParameterValue("Invalid parameter: Subject")
    if len(message.encode()) > LONGEST_MESSAGE:
        raise InvalidParameterValue("Invalid parameter: Message too long")
    bodies = _bodies(message) if kwargs.get("message_structure") == "json" else {}
    answer = ORIGINALS[SNSBackend, "publish"](self, message, *args, **kwargs)
    _journal(message, bodies, kwargs)
    return answer


def _bodies(message: str) -> dict[str, str]:
    """The text for each protocol, of a message that has several."""
    try:
        bodies: dict[str, str] = json.loads(message)
    except ValueError:
        raise InvalidParameterValue(f"{STRUCTURE} JSON message body failed to parse") from None
    if "default" not in bodies:
        raise InvalidParameterValue(f"{STRUCTURE} No default entry in JSON message body")
    return bodies


def _journal(message: str, bodies: dict[str, str], call: dict[str, Any]) -> None:
    world = _State.world
    world.journal.write(
        world.clock.now(),
        "notification",
        topic_arn=call.get("arn"),
        subject=call.get("subject"),
        message=bodies.get("default", message),
        body=json.loads(bodies["sqs"]) if "sqs" in bodies else {},
        attributes={
            name: attribute["Value"]
            for name, attribute in (call.get("message_attributes") or {}).items()
        },
    )
