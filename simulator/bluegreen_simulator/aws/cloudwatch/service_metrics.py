"""The few metrics of SQS, Lambda and Step Functions that are modelled; there are no others.

A queue's depth each minute while messages lie in it; each run of a function, and each start and
end of an execution, at once. Lambda Developer Guide, "Types of metrics for Lambda functions"; Step
Functions Developer Guide, "Monitoring Step Functions metrics using Amazon CloudWatch".
"""

from typing import Any, Final

from moto.sqs.models import Queue

from bluegreen_simulator.aws.cloudwatch import alarms as cloudwatch
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.aws.lambda_ import queues
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces
from bluegreen_simulator.rules.metrics.statistic_set import Statistics

MINUTE: Final = 60
STATES: Final = "AWS/States"
ENDS: Final = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "ABORTED": "ExecutionsAborted",
    "TIMED_OUT": "ExecutionsTimedOut",
}
"""The metric that counts executions that ended so."""


class _State:
    world: World
    watched: set[str]


def install(world: World) -> None:
    """Publish what happens in this world."""
    _State.world = world
    _State.watched = set()
    world.journal.listeners += (_publish_run, _publish_execution)


@replaces(
    Queue,
    "add_message",
    restores="SQS publishes how many messages lie in a queue, and Lambda takes them",
    original="f27c9231c1f2",
)
def _add_message(self: Any, message: Any) -> None:  # noqa: ANN401 - moto has no types
    ORIGINALS[Queue, "add_message"](self, message)
    if self.name not in _State.watched:
        _State.watched.add(self.name)
        _watch(self)
    queues.arrived(self)


def _watch(queue: Any) -> None:  # noqa: ANN401 - moto has no types
    depth = queue.approximate_number_of_messages
    _publish("AWS/SQS", "ApproximateNumberOfMessagesVisible", depth, QueueName=queue.name)
    if depth:
        _State.world.clock.call_later(MINUTE, lambda: _watch(queue), f"depth of {queue.name}")
    else:
        _State.watched.remove(queue.name)


def _publish_run(entry: Entry) -> None:
    if entry.kind == "lambda_invoked":
        function, errors = entry.data["function"], int(entry.data["error"] is not None)
        _publish("AWS/Lambda", "Invocations", 1, FunctionName=function)
        _publish("AWS/Lambda", "Errors", errors, FunctionName=function)
        _publish("AWS/Lambda", "Throttles", 0, FunctionName=function)
        milliseconds = entry.data["seconds"] * 1000
        _publish("AWS/Lambda", "Duration", milliseconds, FunctionName=function)


def _publish_execution(entry: Entry) -> None:
    """By the event that Step Functions sends of each start and each end.

    The ways in which an execution did not end have no data (assumed); nothing is throttled here.
    """
    if entry.kind != "event" or entry.data["source"] != "aws.states":
        return
    detail = entry.data["detail"]
    machine, ended_as = detail["stateMachineArn"], ENDS.get(detail["status"])
    if ended_as is None:
        _publish(STATES, "ExecutionsStarted", 1, StateMachineArn=machine)
        return
    _publish(STATES, ended_as, 1, StateMachineArn=machine)
    milliseconds = detail["stopDate"] - detail["startDate"]
    _publish(STATES, "ExecutionTime", milliseconds, StateMachineArn=machine)


def _publish(namespace: str, name: str, value: float, **dimensions: str) -> None:
    now = _State.world.clock.now()
    those = frozenset(dimensions.items())
    cloudwatch.publish(namespace, name, those, now, Statistics.of(float(value)))
