"""Lambda's polling of queues: a function gets batches, and what did not fail is deleted.

Rules: Lambda Developer Guide, "Using Lambda with Amazon SQS": what the role needs, the visibility
timeout, partial batch failures, the maximum concurrency. A message is received in the moment in
which it is visible (assumed: AWS polls without a pause, and names no delay).
"""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda_simple.models import lambda_simple_backends
from moto.sqs.models import Message, Queue, sqs_backends

from bluegreen_simulator.aws.iam.authorization import is_allowed
from bluegreen_simulator.aws.iam.conditions import Keys
from bluegreen_simulator.aws.iam.keys import KeyRefused, use
from bluegreen_simulator.aws.iam.principals import Role
from bluegreen_simulator.aws.iam.statements import Asked
from bluegreen_simulator.aws.lambda_.roles import InvalidParameter
from bluegreen_simulator.aws.lambda_.runtime import Result, run
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

NEEDED: Final = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
"""What the function's role needs on the queue."""

DEFAULT_CONCURRENCY: Final = 5
A_MOMENT: Final = timedelta(milliseconds=1)
"""After which a message is visible again; moto counts in milliseconds."""


class _State:
    world: World
    mappings: dict[str, list[Any]]
    running: dict[str, int]


def install(world: World) -> None:
    """Poll on this world's clock."""
    _State.world = world
    _State.mappings = {}
    _State.running = {}


@replaces(
    LambdaBackend,
    "create_event_source_mapping",
    restores="functions are called on the clock; a queue is refused that the function's role may"
    " not read, or that shows a message again while the function may still run",
    original="19f8125cabf7",
)
def _create(self: Any, spec: dict[str, Any]) -> Any:  # noqa: ANN401 - moto has no types
    queue = _queue_of(spec["EventSourceArn"])
    if queue is not None:
        function = self.get_function(spec["FunctionName"])
        lacking = [name for name in NEEDED if not _may(function, queue, name)]
        if lacking:
            raise InvalidParameter(
                f"The provided execution role does not have permissions to call {lacking[0]} on SQS"
            )
        if queue.visibility_timeout < function.timeout:
            raise InvalidParameter(
                f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than"
                f" Function timeout: {function.timeout} seconds"
            )
    mapping = ORIGINALS[LambdaBackend, "create_event_source_mapping"](self, spec)
    if queue is not None:
        queue.lambda_event_source_mappings.clear()  # moto would call the function by itself
        _State.mappings.setdefault(queue.name, []).append(mapping)
    return mapping


def _queue_of(arn: str) -> Any:  # noqa: ANN401 - moto has no types
    backend = sqs_backends[_State.world.account_id][_State.world.region]
    return backend.queues.get(arn.rpartition(":")[2]) if ":sqs:" in arn else None


def _may(function: LambdaFunction, queue: Queue, operation: str) -> bool:
    asked = Asked(f"sqs:{operation}", queue.queue_arn)
    return is_allowed(_State.world, Role(function.role), asked)


def arrived(queue: Queue) -> None:
    """Have functions called with what has come to a queue; see what a dead-letter queue gets."""
    world = _State.world
    others = sqs_backends[world.account_id][world.region].queues.values()
    if any(other.dead_letter_queue is queue for other in others):
        world.journal.write(world.clock.now(), "dead_letter", queue=queue.name)
    for mapping in _State.mappings.get(queue.name, []):
        _poll(queue, mapping)


def _poll(queue: Queue, mapping: Any) -> None:  # noqa: ANN401 - moto has no types
    """Have the function called with what is visible, unless enough of it run already."""
    concurrency = (mapping.scaling_config or {}).get("MaximumConcurrency", DEFAULT_CONCURRENCY)
    running = _State.running.setdefault(mapping.uuid, 0)
    if mapping.enabled and running < concurrency:
        _State.running[mapping.uuid] = running + 1
        _State.world.clock.spawn(partial(_drain, queue, mapping), f"poll {queue.name}")


def _drain(queue: Queue, mapping: Any) -> None:  # noqa: ANN401 - likewise
    world = _State.world
    function = lambda_simple_backends[world.account_id][world.region].get_function(
        mapping.function_arn
    )
    backend = sqs_backends[world.account_id][world.region]
    try:
        while _may_read(function, queue):
            batch = backend.receive_message(
                queue.name, mapping.batch_size or 10, 0, queue.visibility_timeout, ["All"]
            )
            if not batch:
                break
            failed = _failed(mapping, run(function, {"Records": [*map(_record, batch)]}))
            _settle(function, queue, mapping, batch, failed)
    finally:
        _State.running[mapping.uuid] -= 1


def _may_read(function: LambdaFunction, queue: Queue) -> bool:
    """Whether the role may receive, and decrypt with the queue's key."""
    if not _may(function, queue, "ReceiveMessage"):
        return False
    try:
        if queue.kms_master_key_id:
            decrypting = ["kms:Decrypt"]
            use(_State.world, Role(function.role), queue.kms_master_key_id, Keys(), decrypting)
    except KeyRefused:
        return False
    return True


def _record(message: Message) -> dict[str, Any]:
    """A message as the function gets it."""
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.approximate_receive_count),
            "SentTimestamp": str(message.sent_timestamp),
        },
        "messageAttributes": {
            name: {"dataType": value["DataType"], "stringValue": value.get("StringValue")}
            for name, value in message.message_attributes.items()
        },
        "eventSource": "aws:sqs",
        "awsRegion": _State.world.region,
    }


def _failed(mapping: Any, result: Result) -> set[str] | None:  # noqa: ANN401 - moto has no types
    """The ids of what failed; None: the whole batch."""
    if result.failed:
        return None
    if "ReportBatchItemFailures" not in (mapping.function_response_types or []):
        return set()
    return {one["itemIdentifier"] for one in (result.payload or {}).get("batchItemFailures", [])}


def _settle(
    function: LambdaFunction,
    queue: Queue,
    mapping: Any,  # noqa: ANN401 - moto has no types
    batch: list[Message],
    failed: set[str] | None,
) -> None:
    """Delete what did not fail; be there when the rest is visible again."""
    for message in batch:
        kept = failed is None or message.id in failed
        if not kept and _may(function, queue, "DeleteMessage"):
            queue.delete_message(message.receipt_handle)
    for message in queue._messages:  # noqa: SLF001 - moto has no other way
        if message.id in {one.id for one in batch}:
            again = datetime.fromtimestamp(message.visible_at / 1000, UTC) + A_MOMENT
            polling = partial(_poll, queue, mapping)
            _State.world.clock.call_at(again, polling, f"poll {queue.name}")
