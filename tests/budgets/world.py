"""Deployments one after the other in one world, and what each of them costs, by the journal."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bluegreen.contract.findings import bytes_of
from bluegreen.request.request import LONGEST_STARTED_BY, STARTED_BY
from bluegreen.request.waivers import WAIVABLE
from bluegreen.sagemaker.deployment_config import MOST_ALARMS
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.rules.faults.kinds import FaultPlan
from bluegreen_simulator.run import faults
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.theatre import IMAGE, ROLE, Fleet, Theatre
from budgets.counted import Run, runs_in
from scenario_suite import ALARMS

TEMPLATE: Final = Path(__file__).parents[2] / "template.yaml"
ENDPOINT: Final = "churn"
WARM_UP: Final = 360
"""Seconds in which alarms find out that all is well."""

AFTERMATH: Final = 60
"""Seconds after the end of an execution in which events still arrive."""

SLOW: Final = {"Period": 300, "EvaluationPeriods": 5, "DatapointsToAlarm": 2}
"""An alarm with which the check finds much wrong in short bakes."""

WIDE: Final = "\N{PARTY POPPER}"
"""A character of four bytes."""

SINKS: Final = {"TellChat"}
"""Functions that SNS calls for each message that they pass on: none of the deployment's own."""

BY_THE_CLOCK: Final = {"Reconcile", "CleanUp"}
DOCUMENTS: Final = {"input", "output", "parameters"}


@dataclass(frozen=True)
class Costs:
    """What one deployment has cost: its execution's states and history, and all that ran for it.

    `timeouts` are the sleeps that no event has ended.
    `largest` are the bytes of the largest input, output or payload of a task in its history, and
    what that is.
    """

    name: str
    record: dict[str, Any]
    states: tuple[str, ...]
    history_events: int
    timeouts: int
    largest: tuple[int, str]
    runs: tuple[Run, ...] = field(repr=False)

    @property
    def of_its_own(self) -> list[Run]:
        """Without those that come by the clock, or by a message that is passed on to chat."""
        return [run for run in self.runs if run.function not in BY_THE_CLOCK | SINKS]

    def of(self, function: str) -> list[Run]:
        """The runs of one function."""
        return [run for run in self.runs if run.function == function]


class World:
    """The account, with one endpoint that each deployment updates in its turn."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws, self.theatre = aws, Theatre(aws)
        roles = ROLE.format(account=aws.world.account_id)
        self.stack = self.theatre.deploy(
            TEMPLATE, GuardrailAlarms="OnRequest", ModelExecutionRoleArns=roles
        )
        self.theatre.make_config("blue", Fleet({}, 10))
        self.theatre.make_endpoint(ENDPOINT, "blue")
        self.theatre.make_alarms(ALARMS)
        self.theatre.advance(WARM_UP)

    def deploy(self, name: str, policy: Mapping[str, Any], **more: Any) -> Costs:
        """Deploy a config of its own to the end; `more` are members of the request."""
        began = len(self.aws.journal.entries)
        arn = self.begin(name, policy, **more)
        return self.costs(arn, began)

    def begin(
        self, name: str, policy: Mapping[str, Any], *, error_rate: float = 0, **more: Any
    ) -> str:
        """Ask for a deployment; the ARN of its execution."""
        self.theatre.make_config(name, Fleet({"error_rate": error_rate} if error_rate else {}, 10))
        alarms = [{"AlarmName": alarm["AlarmName"]} for alarm in ALARMS]
        request = {
            "EndpointName": ENDPOINT,
            "EndpointConfigName": name,
            "DeploymentConfig": {**policy, "AutoRollbackConfiguration": {"Alarms": alarms}},
            **more,
        }
        return self.theatre.start(request, name)

    def begin_the_largest(self) -> str:
        """The same with as much in it as the check accepts, on an endpoint of its own."""
        endpoint, blue, green = "e" * 63, "b" * 63, "g" * 63
        self._make_wide_config(blue)
        self.theatre.make_endpoint(endpoint, blue)
        self._make_wide_config(green)
        names = [f"{number}{WIDE * 254}" for number in range(MOST_ALARMS)]
        wide = [
            {**ALARMS[0], **SLOW, "AlarmName": name, "Dimensions": _of_variant(endpoint, number)}
            for number, name in enumerate(names)
        ]
        self.theatre.make_alarms(wide)
        self.theatre.advance(WARM_UP)
        alarms = {"Alarms": [{"AlarmName": name} for name in names]}
        request = {
            "EndpointName": endpoint,
            "EndpointConfigName": green,
            "DeploymentConfig": {**canary(300), "AutoRollbackConfiguration": alarms},
            "OnBusy": "QUEUE",
            "RequestedBy": WIDE * 128,
            "Reason": WIDE * 512,
            STARTED_BY: WIDE * LONGEST_STARTED_BY,
            "AllowFindings": list(WAIVABLE),
        }
        return self.theatre.start(request, "d" * 80)

    def _make_wide_config(self, name: str) -> None:
        sagemaker, role = (
            self.aws.client("sagemaker"),
            ROLE.format(account=self.aws.world.account_id),
        )
        sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=role, PrimaryContainer={"Image": IMAGE}
        )
        variants = [
            {
                "VariantName": _variant(number),
                "ModelName": name,
                "InitialInstanceCount": 10,
                "InstanceType": "ml.m5.xlarge",
                "InitialVariantWeight": 1.0,
            }
            for number in range(MOST_ALARMS)
        ]
        tags = [{"Key": f"{'k' * 120}{number}", "Value": "v" * 256} for number in range(40)]
        sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=variants, Tags=tags
        )

    def costs(self, arn: str, began: int) -> Costs:
        """Let time pass until an execution has ended, and a little more; what it has cost."""
        self._await_end(arn)
        self.theatre.advance(AFTERMATH)
        execution, journal = self.theatre.execution(arn), self.aws.journal.entries[began:]
        entered = [
            entry.data["state"]
            for entry in journal
            if entry.kind == "state_entered" and entry.data["execution"] == execution.name
        ]
        events = self._history(arn)
        return Costs(
            name=execution.name,
            record=json.loads(execution.said),
            states=tuple(entered),
            history_events=len(events),
            timeouts=sum(event["type"] == "TaskTimedOut" for event in events),
            largest=max(sizes_in(events)),
            runs=tuple(runs_in(journal)),
        )

    def let(self, plan: FaultPlan) -> None:
        """From now on these faults happen, and no others."""
        faults.clear(self.aws.world)
        faults.add(self.aws.world, plan)

    def _await_end(self, arn: str) -> None:
        ended, journal = self.aws.clock.event(), self.aws.journal

        def listen(entry: Entry) -> None:
            if entry.kind == "execution_ended" and arn.endswith(f":{entry.data['execution']}"):
                ended.set()

        journal.listeners.append(listen)
        if self.theatre.execution(arn).status == "RUNNING":
            ended.wait()
        journal.listeners.remove(listen)

    def _history(self, arn: str) -> list[dict[str, Any]]:
        pages = self.aws.client("stepfunctions").get_paginator("get_execution_history")
        return [event for page in pages.paginate(executionArn=arn) for event in page["events"]]


def sizes_in(events: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, str]]:
    """The bytes of each document in a history, and where it stands.

    Members of `HistoryEvent`'s details: input, output, and `parameters` of a task. They are counted
    as Step Functions counts them: JSON in UTF-8.
    """
    for event in events:
        for name, details in event.items():
            if name.endswith("Details"):
                for member in DOCUMENTS & details.keys():
                    document = json.loads(details[member])
                    where = f"{member} of {details.get('name', event['type'])}"
                    yield bytes_of(document), where


@contextmanager
def a_world() -> Iterator[World]:
    """A world of its own."""
    with EmbeddedAws() as aws:
        yield World(aws)


def _variant(number: int) -> str:
    return f"v{number}{'-v' * 30}"


def _of_variant(endpoint: str, number: int) -> dict[str, str]:
    return {"EndpointName": endpoint, "VariantName": _variant(number)}


def canary(bake_seconds: int) -> dict[str, Any]:
    """Two bakes."""
    routing = {"Type": "CANARY", "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10}}
    return _policy(routing, bake_seconds)


def steps(bakes: int, bake_seconds: int) -> dict[str, Any]:
    """So many bakes, of which the last one is before the termination."""
    if bakes == 1:
        return _policy({"Type": "ALL_AT_ONCE"}, bake_seconds)
    size = {"Type": "CAPACITY_PERCENT", "Value": 100 // bakes}
    return _policy({"Type": "LINEAR", "LinearStepSize": size}, bake_seconds)


def _policy(routing: Mapping[str, Any], bake_seconds: int) -> dict[str, Any]:
    wait = 0 if routing["Type"] == "ALL_AT_ONCE" else bake_seconds
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {**routing, "WaitIntervalInSeconds": wait},
            "TerminationWaitInSeconds": bake_seconds,
            "MaximumExecutionTimeoutInSeconds": 28_800,
        }
    }
