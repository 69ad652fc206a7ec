"""SNS: keeps what is published in the journal (as a notification), and refuses what AWS refuses."""

import json
from typing import Any, Final

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda_simple.models import lambda_simple_backends
from moto.sns.exceptions import InvalidParameterValue, SNSException
from moto.sns.models import SNSBackend, Subscription

from bluegreen.contract.times import to_text
from bluegreen_simulator.aws.iam.authorization import is_allowed
from bluegreen_simulator.aws.iam.conditions import Keys
from bluegreen_simulator.aws.iam.keys import OF_AWS, KeyRefused, require_usable
from bluegreen_simulator.aws.iam.permissions import KEY_PROBLEMS
from bluegreen_simulator.aws.iam.principals import SNS
from bluegreen_simulator.aws.iam.resource_policies import key_id_of
from bluegreen_simulator.aws.iam.sending import refusal
from bluegreen_simulator.aws.iam.statements import Asked
from bluegreen_simulator.aws.lambda_ import asynchronous
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

LONGEST_SUBJECT: Final = 99
LONGEST_MESSAGE: Final = 262_144
STRUCTURE: Final = "Invalid parameter: Message Structure -"


class _KeyProblem(SNSException):  # type: ignore[misc] # moto has no types
    """The topic's key cannot be used."""


class _State:
    world: World


def install(world: World) -> None:
    """Write to this world's journal."""
    _State.world = world


@replaces(
    SNSBackend,
    "publish",
    restores="what SNS or the topic's key does not take is refused; what is published is seen",
    original="6356a2b5b79e",
)
def _publish(self: Any, message: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
    subject = kwargs.get("subject") or ""
    if len(subject) > LONGEST_SUBJECT or not subject.isprintable() or not subject.isascii():
        raise InvalidParameterValue("Invalid parameter: Subject")
    if len(message.encode()) > LONGEST_MESSAGE:
        raise InvalidParameterValue("Invalid parameter: Message too long")
    bodies = _bodies(message) if kwargs.get("message_structure") == "json" else {}
    _check_key(kwargs.get("arn") or "")
    answer = ORIGINALS[SNSBackend, "publish"](self, message, *args, **kwargs)
    _journal(message, bodies, kwargs)
    return answer


def _check_key(topic_arn: str) -> None:
    """An encrypted topic takes nothing while its key is disabled, about to be deleted, or gone.

    Who may use the key was asked before, of whoever is known to publish.
    """
    key_id = key_id_of(_State.world, topic_arn) if topic_arn else ""
    if key_id and not key_id.startswith(OF_AWS):
        try:
            require_usable(_State.world, key_id)
        except KeyRefused as error:
            raise _KeyProblem(KEY_PROBLEMS[error.problem], str(error)) from error


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
        "chat_message" if _is_custom(message) else "notification",
        topic_arn=call.get("arn"),
        subject=call.get("subject"),
        message=bodies.get("default", message),
        body=json.loads(bodies["sqs"]) if "sqs" in bodies else {},
        attributes={
            name: attribute["Value"]
            for name, attribute in (call.get("message_attributes") or {}).items()
        },
    )


def _is_custom(message: str) -> bool:
    """Whether it is a custom notification, which Amazon Q Developer alone reads."""
    return '"source": "custom"' in message and not message.startswith('{"default"')


# ---- What subscribers get --------------------------------------------------------------------


@replaces(
    Subscription,
    "publish",
    restores="a function is invoked asynchronously, and takes what its policy lets the topic send;"
    " so does a queue that is encrypted with a key, which has to let SNS in",
    original="fd07bd0bb87f",
)
def _deliver(self: Any, message: str, message_id: str, **call: Any) -> None:  # noqa: ANN401 - moto has no types
    if self.protocol == "lambda":
        _invoke(self, message, message_id, call)
    elif not (self.protocol == "sqs" and _is_refused(self)):
        ORIGINALS[Subscription, "publish"](self, message, message_id, **call)


def _is_refused(subscription: Any) -> bool:  # noqa: ANN401 - moto has no types
    world, queue = _State.world, subscription.endpoint
    return bool(key_id_of(world, queue)) and bool(refusal(world, SNS, queue, _keys(subscription)))


def _keys(subscription: Any) -> Keys:  # noqa: ANN401 - moto has no types
    """For which topic SNS asks."""
    topic = {"aws:SourceArn": subscription.topic.arn, "aws:SourceAccount": _State.world.account_id}
    return Keys.of(topic)


def _invoke(subscription: Any, message: str, message_id: str, call: dict[str, Any]) -> None:  # noqa: ANN401
    """As SNS does: what may not be invoked, or is gone, gets nothing."""
    matcher, world = subscription._filter_policy_matcher, _State.world  # noqa: SLF001 - likewise
    attributes = call.get("message_attributes") or {}
    if matcher is not None and not matcher.matches(attributes, message):
        return
    try:
        backend = lambda_simple_backends[world.account_id][world.region]
        function = backend.get_function(subscription.endpoint)
    except UnknownFunctionException:
        return
    asked = Asked("lambda:InvokeFunction", function.function_arn, _keys(subscription))
    if is_allowed(world, SNS, asked):
        told = _bodies(message) if call.get("message_structure") == "json" else {}
        notice = {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": subscription.topic.arn,
            "Subject": call.get("subject"),
            "Message": told.get("lambda", told.get("default", message)),
            "Timestamp": to_text(world.clock.now()),
            "MessageAttributes": attributes,
        }
        record = {"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": notice}
        record["EventSubscriptionArn"] = subscription.arn
        asynchronous.invoke_later(function, {"Records": [record]})
