"""One deployment followed in one way on an embedded AWS of its own, and what is counted there."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.inputs.scenario import Scenario
from bluegreen_simulator.run import faults
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.simulation import (
    AFTERMATH_SECONDS,
    ENDPOINT,
    WARM_UP_SECONDS,
    on_schedule,
    prepare,
)
from bluegreen_simulator.run.stack import Stack
from bluegreen_simulator.run.theatre import Theatre
from polling.deployments import Deployment
from polling.facts import Fact, Told, facts_of, seen_after, told_in
from polling.ways import LOOKING, Way
from published_prices import Work

OFF_THE_MINUTE_SECONDS: Final = 27
"""Deployments do not begin at a full minute, from which a look would see alarms trip at once."""

LONGEST_PAGE: Final = 1000
"""Events of a history in one answer of GetExecutionHistory."""


@dataclass(frozen=True)
class Cell:
    """What is run: a deployment, a way to follow it, and how late events reach their targets."""

    deployment: Deployment
    way: Way
    event_seconds: float


@dataclass(frozen=True)
class Measured:
    """What was counted in a run.

    `ticks` are runs of functions on a schedule, which an idle stack has too: they are in none of
    the other counts but `work`. Calls are counted by service: those of the state machine by its
    history, without those that functions make; those of functions, as functions made them.
    `status` is how the execution ended. `seen` are the seconds from facts to the first looks that
    met them.
    """

    seconds: float
    transitions: int
    history_events: int
    invocations: int
    ticks: int
    machine_calls: Mapping[str, int]
    function_calls: Mapping[str, int]
    work: Work
    status: str
    facts: tuple[Fact, ...]
    told: tuple[Told, ...]
    seen: tuple[float, ...]


def measure(cell: Cell) -> Measured:
    """Run a cell; AssertionError unless the endpoint ended as the deployment says."""
    scenario = cell.deployment.scenario
    with EmbeddedAws(faults=scenario.faults(), delivery_seconds=cell.event_seconds) as aws:
        theatre = Theatre(aws)
        stack = theatre.deploy(cell.way.template)
        prepare(scenario, theatre)
        theatre.begin_traffic(ENDPOINT, scenario.requests_per_second)
        theatre.advance(WARM_UP_SECONDS + OFF_THE_MINUTE_SECONDS)
        already = len(aws.journal.entries)
        faults.begin(aws.world)
        arn = _start(aws, stack.outputs[cell.way.machine], cell.way.input(scenario))
        _await(aws, arn)
        theatre.advance(AFTERMATH_SECONDS)
        live = theatre.endpoint(ENDPOINT)["EndpointConfigName"]
        assert (live == scenario.request["EndpointConfigName"]) is not cell.deployment.alarm, live
        return _counted(aws, stack, cell.way, arn, aws.journal.entries[already:], scenario)


def _start(aws: EmbeddedAws, machine: str, body: Mapping[str, Any]) -> str:
    client = aws.client("stepfunctions")
    arn: str = client.start_execution(
        stateMachineArn=machine, name="measured", input=json.dumps(body)
    )["executionArn"]
    return arn


def _await(aws: EmbeddedAws, arn: str) -> None:
    """Let time go on until the execution has ended."""
    ended = aws.clock.event()

    def listen(entry: Entry) -> None:
        if entry.kind == "execution_ended":
            ended.set()

    aws.journal.listeners.append(listen)
    ended.wait()
    assert _told_of(aws, arn)["status"] != "RUNNING"


def _told_of(aws: EmbeddedAws, arn: str) -> Mapping[str, Any]:
    told: Mapping[str, Any] = aws.client("stepfunctions").describe_execution(executionArn=arn)
    return told


def _counted(  # noqa: PLR0913, PLR0917 - all that there is to count in
    aws: EmbeddedAws,
    stack: Stack,
    way: Way,
    arn: str,
    journal: Sequence[Entry],
    scenario: Scenario,
) -> Measured:
    history = list(_history(aws, arn))
    ran = [entry.data["function"] for entry in journal if entry.kind == "lambda_invoked"]
    scheduled = on_schedule(stack)
    ticks = sum(name in scheduled for name in ran)
    calls = [entry for entry in journal if entry.kind == "api_call"]
    of_runs = [entry for entry in calls if entry.data["function"] not in scheduled]
    alarms = [a["AlarmName"] for a in scenario.alarms]
    facts = facts_of(journal, alarms)
    transitions = sum(entry.kind == "state_entered" for entry in journal)
    return Measured(
        seconds=(facts[-1].at - facts[0].at).total_seconds(),
        transitions=transitions,
        history_events=len(history),
        invocations=len(ran) - ticks,
        ticks=ticks,
        machine_calls=Counter(map(_service, _scheduled(history))),
        function_calls=Counter(entry.data["service"] for entry in of_runs),
        work=_work(aws, transitions, ran, calls, history),
        status=_told_of(aws, arn)["status"],
        facts=tuple(facts),
        told=tuple(told_in(journal, stack.outputs[way.topic])),
        seen=seen_after(facts, journal, LOOKING),
    )


def _history(aws: EmbeddedAws, arn: str) -> Iterator[Mapping[str, Any]]:
    pages = aws.client("stepfunctions").get_paginator("get_execution_history")
    for page in pages.paginate(executionArn=arn, PaginationConfig={"PageSize": LONGEST_PAGE}):
        yield from page["events"]


def _scheduled(history: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """What its states called."""
    for event in history:
        if event["type"] == "TaskScheduled":
            yield event["taskScheduledEventDetails"]


def _service(called: Mapping[str, Any]) -> str:
    """The service of a call: `lambda`, or `aws-sdk:sagemaker` by the SDK."""
    name: str = called["resourceType"]
    return name.removeprefix("aws-sdk:")


def _work(
    aws: EmbeddedAws,
    transitions: int,
    ran: Sequence[str],
    calls: Sequence[Entry],
    history: Sequence[Mapping[str, Any]],
) -> Work:
    """What is billed, ticks included."""
    made = Counter(entry.data["function"] for entry in calls)
    runs = Counter(ran)
    by_operation = Counter((each.data["service"], each.data["operation"]) for each in calls)
    by_operation.update((_service(each), _operation(each)) for each in _scheduled(history))
    return Work(
        transitions=transitions,
        invocations=len(ran),
        call_gigabytes=sum(max(made[name], runs[name]) * _gigabytes(aws, name) for name in runs),
        calls=by_operation,
    )


def _operation(called: Mapping[str, Any]) -> str:
    name: str = called["resource"]
    return f"{name[0].upper()}{name[1:]}"


def _gigabytes(aws: EmbeddedAws, function: str) -> float:
    told = aws.client("lambda").get_function_configuration(FunctionName=function)
    return float(told["MemorySize"]) / 1024
