"""One account with several endpoints, in which anything may happen: what the search plays with.

Whoever plays calls the methods; the clock moves only in `pass_time`, `settle` and `begin_anew`.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.aws.lambda_ import calls
from bluegreen_simulator.aws.sagemaker import driver as sagemaker
from bluegreen_simulator.rules.faults.kinds import FaultPlan
from bluegreen_simulator.run import faults
from bluegreen_simulator.run.embedded import START, EmbeddedAws
from bluegreen_simulator.run.stack import STACK_NAME
from bluegreen_simulator.run.theatre import Fleet, Seen, Theatre
from policies import all_at_once, canary
from releases import rows as table_rows

TEMPLATE: Final = Path(__file__).parents[2] / "template.yaml"
ENDPOINTS: Final = ("churn", "fraud")
REQUESTS_PER_SECOND: Final = 10
WARM_UP: Final = 300
LONGEST_TO_SETTLE: Final = 12 * 3600
BETWEEN_LOOKS: Final = 300
BETWEEN_TICKS: Final = timedelta(minutes=5)
MOMENT: Final = 0.5
"""Seconds between one call of a person and the next."""

POLICIES: Final = {
    "canary": canary(termination_wait=180),
    "all-at-once": all_at_once(termination_wait=300),
    "no-bake": all_at_once(termination_wait=0),
}

ASKS: Final[dict[str, dict[str, Any]]] = {
    "nothing": {},
    "none": {"Guardrails": "None"},
    "default": {"Guardrails": "Default"},
    "strict-or-abort": {"Guardrails": "Strict", "NotEnoughData": "ABORT"},
    "own": {
        "Guardrails": [
            {"Metric": "Invocation5XXErrors", "MaxRate": 0.05},
            {"Metric": "ModelLatency", "MaxMilliseconds": 500},
        ],
        "NotEnoughData": "PASS",
    },
    "too-exact-or-abort": {
        "Guardrails": [{"Metric": "Invocation5XXErrors", "MaxRate": 0.0005}],
        "NotEnoughData": "ABORT",
    },
}
"""What a request may say of guardrails; the last finds its defect in no bake of these."""

GUARDRAILS: Final[dict[tuple[str, str], set[str]]] = {
    (asks, policy): keys
    for asks, keys in {
        "default": {"5xx", "4xx"},
        "strict-or-abort": {"5xx", "4xx"},
        "own": {"5xx"},
        "too-exact-or-abort": {"5xx"},
    }.items()
    for policy in ("canary", "all-at-once")
} | {("own", "all-at-once"): {"5xx", "latency-p90"}}
"""What is made where it says so, with a policy; none is without a bake.

No endpoint here has a day behind it, which a latency that goes by blue's would need. The last bake
of the canary is too short for any latency.
"""


def prefix_of(endpoint: str) -> str:
    """How the names of the alarms of an endpoint's guardrails begin."""
    return f"{STACK_NAME}-guardrail-{endpoint}/"


class World:
    """The account: its stack, and what was asked for so far in this history."""

    def __init__(self, theatre: Theatre) -> None:
        self.theatre = theatre
        self.aws = theatre.aws
        self.stack = theatre.deploy(TEMPLATE, AllowSupersede="true", GuardrailAlarms="OnRequest")
        self.histories = 0
        self.sent: dict[str, tuple[str, ...]] = {}
        self.guardrails: dict[str, set[str]] = {}
        self.aws.journal.listeners.append(self._note_alarms)
        self._begin(ENDPOINTS, "")

    def begin_anew(self) -> None:
        """Take away what this history has left, and begin the next, with endpoints of its own.

        It begins as long after a reconcile as the one before, so that it runs like any other.
        """
        for name in self.endpoints:
            self._remove_endpoint(name)
        table_rows.replace_all(self.aws, self.stack, [])
        number = self.histories + 1
        self._begin([f"{name}-{number}" for name in ENDPOINTS], f"{number}-")

    def _begin(self, endpoints: Sequence[str], prefix: str) -> None:
        self.endpoints, self.prefix = tuple(endpoints), prefix
        self.histories += 1
        self.asked = self.foreign = 0
        self.sent.clear()
        self.guardrails.clear()
        for name in endpoints:
            self._add_endpoint(name)
        self.pass_time(WARM_UP + self._until_a_tick())
        self.aws.journal.entries.clear()
        calls.install(self.aws.world)
        faults.begin(self.aws.world)

    # ---- what people do --------------------------------------------------------------------

    def request(
        self, endpoint: str, *, policy: str, on_busy: str, healthy: bool, asks: str = "nothing"
    ) -> str:
        """Ask for a deployment of a config of its own; its id."""
        id_ = f"{self.prefix}d{self.asked:02}"
        self.asked += 1
        behavior = {} if healthy else {"error_rate": 0.5}
        self.theatre.make_config(f"{id_}-config", Fleet(behavior))
        alarms = {"Alarms": [{"AlarmName": f"{endpoint}-5xx"}]}
        request = {
            "EndpointName": endpoint,
            "EndpointConfigName": f"{id_}-config",
            "OnBusy": on_busy,
            "DeploymentConfig": {**POLICIES[policy], "AutoRollbackConfiguration": alarms},
            "AllowFindings": ["bake-unprotected"],
            **ASKS[asks],
        }
        keys = GUARDRAILS.get((asks, policy), set())
        self.guardrails[id_] = {f"{prefix_of(endpoint)}main/{key}" for key in keys}
        self.theatre.start(request, id_)
        self.pass_time(MOMENT)
        return id_

    def abort(self, endpoint: str) -> dict[str, Any]:
        """Have the running deployment of an endpoint rolled back."""
        return self._command("AbortDeployment", EndpointName=endpoint, Reason="drawn")

    def forget(self, endpoint: str) -> dict[str, Any]:
        """Have what is kept for an endpoint removed."""
        return self._command("ForgetEndpoint", EndpointName=endpoint)

    def stop(self, number: int) -> None:
        """Stop one of the executions that run, if any does, as in the console."""
        running = self.running()
        if running:
            self.theatre.stop(running[number % len(running)].arn)
            self.pass_time(MOMENT)

    def update_by_another(self, endpoint: str) -> None:
        """Somebody else calls UpdateEndpoint; SageMaker may refuse."""
        self.foreign += 1
        self.theatre.update_endpoint(endpoint, f"foreign-{self.prefix}{self.foreign:02}")

    def go_wrong(self, plan: FaultPlan) -> None:
        """Let faults begin now."""
        faults.add(self.aws.world, plan)

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.theatre.advance(seconds)

    def settle(self) -> None:
        """Let nothing go wrong any more, and time pass until nothing is open, or for half a day."""
        faults.clear(self.aws.world)
        for _ in range(LONGEST_TO_SETTLE // BETWEEN_LOOKS):
            self.pass_time(BETWEEN_LOOKS)
            if self._is_quiet():
                return

    # ---- what is there ---------------------------------------------------------------------

    def running(self) -> list[Seen]:
        """The executions that run."""
        return self.theatre.running()

    def rows(self) -> list[dict[str, Any]]:
        """Every row of the table."""
        return table_rows.read(self.aws, self.stack)

    def ringing(self) -> list[str]:
        """The abort alarms that are in ALARM."""
        found = self.aws.client("cloudwatch").describe_alarms(AlarmNamePrefix="bluegreen-abort-")
        return [a["AlarmName"] for a in found["MetricAlarms"] if a["StateValue"] == "ALARM"]

    def alarms_of_guardrails(self) -> set[str]:
        """The alarms of guardrails that are there."""
        prefix = f"{STACK_NAME}-guardrail-"
        pages = self.aws.client("cloudwatch").get_paginator("describe_alarms")
        found = pages.paginate(AlarmNamePrefix=prefix)
        return {alarm["AlarmName"] for page in found for alarm in page["MetricAlarms"]}

    def _note_alarms(self, entry: Entry) -> None:
        """Keep which alarms SageMaker was given for an update, by the requested config."""
        if entry.kind == "endpoint" and entry.data["pending"]:
            endpoint = sagemaker.running().find(entry.data["endpoint"])
            assert endpoint
            assert endpoint.updating
            self.sent[entry.data["pending"]] = endpoint.updating.order.policy.alarms

    def _is_quiet(self) -> bool:
        """Whether no execution runs, nothing is open, and no endpoint is being updated."""
        statuses = {self.theatre.endpoint(name)["EndpointStatus"] for name in self.endpoints}
        open_ = [row for row in self.rows() if "Open" in row]
        return statuses == {"InService"} and not open_ and not self.running()

    def _command(self, function: str, **event: str) -> dict[str, Any]:
        name = self.stack.outputs[f"{function}FunctionName"]
        client, payload = self.aws.client("lambda"), json.dumps(event)
        answer = client.invoke(FunctionName=name, Payload=payload)
        body: dict[str, Any] = json.loads(answer["Payload"].read())
        return body

    def _until_a_tick(self) -> float:
        """Seconds until the next reconcile."""
        return (-(self.aws.clock.now() - START) % BETWEEN_TICKS).total_seconds()

    def _remove_endpoint(self, name: str) -> None:
        self.theatre.begin_traffic(name, -REQUESTS_PER_SECOND)
        alarms = [f"{name}-5xx", f"bluegreen-abort-{name}", *self.alarms_of_guardrails()]
        self.aws.client("cloudwatch").delete_alarms(AlarmNames=alarms)
        self.aws.client("sagemaker").delete_endpoint(EndpointName=name)

    def _add_endpoint(self, name: str) -> None:
        """An endpoint of three instances, with an alarm and traffic."""
        self.theatre.make_config(f"{name}-blue", Fleet({}))
        self.theatre.make_endpoint(name, f"{name}-blue")
        self.aws.client("cloudwatch").put_metric_alarm(
            AlarmName=f"{name}-5xx",
            Namespace="AWS/SageMaker",
            MetricName="Invocation5XXErrors",
            Dimensions=[
                {"Name": "EndpointName", "Value": name},
                {"Name": "VariantName", "Value": "main"},
            ],
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0.05,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )
        self.theatre.begin_traffic(name, REQUESTS_PER_SECOND)


@contextmanager
def a_world(**more: Any) -> Iterator[World]:
    """A world at rest, its endpoints warmed up; `more` is what an embedded AWS can be given."""
    with EmbeddedAws(**more) as aws:
        yield World(Theatre(aws))
