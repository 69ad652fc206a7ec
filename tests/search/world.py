"""One account with several endpoints, in which anything may happen: what the search plays with.

Whoever plays calls the methods; the clock moves only in `pass_time` and `settle`.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from bluegreen_simulator.aws.sagemaker.meters import add_traffic
from bluegreen_simulator.aws.sagemaker.service import settle
from bluegreen_simulator.rules.faults.kinds import FaultPlan
from bluegreen_simulator.run import faults
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.stack import Stack, deploy
from releases import rows as table_rows

TEMPLATE: Final = Path(__file__).parents[2] / "template.yaml"
ENDPOINTS: Final = ("churn", "fraud")
ROLE: Final = "arn:aws:iam::123456789012:role/model-execution"
REQUESTS_PER_SECOND: Final = 10
WARM_UP: Final = 300
LONGEST_TO_SETTLE: Final = 12 * 3600
BETWEEN_LOOKS: Final = 300
MOMENT: Final = 0.5
"""Seconds between one call of a person and the next."""

CANARY: Final = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
            "WaitIntervalInSeconds": 300,
        },
        "TerminationWaitInSeconds": 180,
        "MaximumExecutionTimeoutInSeconds": 3600,
    }
}
ALL_AT_ONCE: Final = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
        "TerminationWaitInSeconds": 300,
        "MaximumExecutionTimeoutInSeconds": 3600,
    }
}
NO_BAKE: Final = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
        "TerminationWaitInSeconds": 0,
        "MaximumExecutionTimeoutInSeconds": 3600,
    }
}
POLICIES: Final = {"canary": CANARY, "all-at-once": ALL_AT_ONCE, "no-bake": NO_BAKE}


@dataclass
class World:
    """The account: its stack, and what was asked for so far."""

    aws: EmbeddedAws
    stack: Stack
    asked: list[str] = field(default_factory=list)
    """The ids of the deployments that were asked for, in order."""
    foreign: int = 0
    """How often somebody else wanted to update an endpoint."""

    def __post_init__(self) -> None:
        self.machine = self.stack.outputs["StateMachineArn"]
        self.states = self.aws.client("stepfunctions")
        self.sagemaker = self.aws.client("sagemaker")

    # ---- what people do --------------------------------------------------------------------

    def request(self, endpoint: str, *, policy: str, on_busy: str, healthy: bool) -> str:
        """Ask for a deployment of a config of its own; its id."""
        id_ = f"d{len(self.asked):02}"
        self.asked.append(id_)
        self._make_config(f"{id_}-config", {} if healthy else {"SIMULATED_ERROR_RATE": "0.5"})
        alarms = {"Alarms": [{"AlarmName": f"{endpoint}-5xx"}]}
        request = {
            "EndpointName": endpoint,
            "EndpointConfigName": f"{id_}-config",
            "OnBusy": on_busy,
            "DeploymentConfig": {**POLICIES[policy], "AutoRollbackConfiguration": alarms},
            "AllowFindings": ["bake-unprotected"],
        }
        text = json.dumps(request)
        self.states.start_execution(stateMachineArn=self.machine, name=id_, input=text)
        self.pass_time(MOMENT)
        return id_

    def abort(self, endpoint: str) -> dict[str, Any]:
        """Have the running deployment of an endpoint rolled back."""
        return self._command("AbortDeployment", EndpointName=endpoint, Reason="drawn")

    def forget(self, endpoint: str) -> dict[str, Any]:
        """Have what is kept for an endpoint removed."""
        return self._command("ForgetEndpoint", EndpointName=endpoint)

    def stop(self, name: str) -> bool:
        """Stop an execution in the console; False if it does not run."""
        arn = f"{self.machine.replace(':stateMachine:', ':execution:')}:{name}"
        if self.status(name) != "RUNNING":
            return False
        self.states.stop_execution(executionArn=arn)
        self.pass_time(MOMENT)
        return True

    def update_by_another(self, endpoint: str) -> bool:
        """Somebody else calls UpdateEndpoint; False if SageMaker refuses."""
        self.foreign += 1
        name = f"foreign-{self.foreign:02}"
        self._make_config(name, {})
        try:
            self.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=name)
        except ClientError:
            return False
        return True

    def go_wrong(self, plan: FaultPlan) -> None:
        """Let faults begin now."""
        faults.add(self.aws.world, plan)

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.aws.clock.sleep(seconds)

    def settle(self) -> None:
        """Let nothing go wrong any more, and time pass until nothing is open, or for half a day."""
        faults.clear(self.aws.world)
        for _ in range(LONGEST_TO_SETTLE // BETWEEN_LOOKS):
            self.pass_time(BETWEEN_LOOKS)
            if self.is_quiet():
                return

    # ---- what is there ---------------------------------------------------------------------

    def is_quiet(self) -> bool:
        """Whether no execution runs, nothing is open, and no endpoint is being updated."""
        resting = all(self.live(name)["EndpointStatus"] == "InService" for name in ENDPOINTS)
        return resting and not self.running() and not self.open_rows()

    def running(self) -> list[str]:
        """The executions that run."""
        return [name for name, status in self.executions().items() if status == "RUNNING"]

    def executions(self) -> dict[str, str]:
        """Every execution's name and status, in the order of their starts."""
        pages = self.states.get_paginator("list_executions").paginate(stateMachineArn=self.machine)
        found = [each for page in pages for each in page["executions"]]
        found.sort(key=lambda each: each["startDate"])
        return {each["name"]: each["status"] for each in found}

    def status(self, name: str) -> str:
        """The status of one execution; empty where there is none."""
        return self.executions().get(name, "")

    def live(self, endpoint: str) -> dict[str, Any]:
        """What DescribeEndpoint shows."""
        found: dict[str, Any] = self.sagemaker.describe_endpoint(EndpointName=endpoint)
        return found

    def rows(self) -> list[dict[str, Any]]:
        """Every row of the table."""
        return table_rows.read(self.aws, self.stack)

    def open_rows(self) -> list[dict[str, Any]]:
        """The rows that somebody has still to look after."""
        return [row for row in self.rows() if "Open" in row]

    def ringing(self) -> list[str]:
        """The abort alarms that are in ALARM."""
        found = self.aws.client("cloudwatch").describe_alarms(AlarmNamePrefix="bluegreen-abort-")
        return [a["AlarmName"] for a in found["MetricAlarms"] if a["StateValue"] == "ALARM"]

    # ---- how it is made --------------------------------------------------------------------

    def _command(self, function: str, **event: str) -> dict[str, Any]:
        name = self.stack.outputs[f"{function}FunctionName"]
        client, payload = self.aws.client("lambda"), json.dumps(event)
        answer = client.invoke(FunctionName=name, Payload=payload)
        body: dict[str, Any] = json.loads(answer["Payload"].read())
        return body

    def add_endpoint(self, name: str) -> None:
        """An endpoint of three instances, with an alarm and traffic."""
        self._make_config(f"{name}-blue", {})
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=f"{name}-blue")
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
        settle(name)
        add_traffic(name, REQUESTS_PER_SECOND)

    def _make_config(self, name: str, environment: dict[str, str]) -> None:
        container = {"Image": "model:1", "Environment": environment}
        self.sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container
        )
        variant = {
            "VariantName": "main",
            "ModelName": name,
            "InitialInstanceCount": 3,
            "InstanceType": "ml.m5.xlarge",
        }
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])


@contextmanager
def a_world() -> Iterator[World]:
    """A world at rest, its endpoints warmed up."""
    with EmbeddedAws() as aws:
        world = World(aws, deploy(aws.world, TEMPLATE, {"AllowSupersede": "true"}))
        for name in ENDPOINTS:
            world.add_endpoint(name)
        aws.clock.sleep(WARM_UP)
        aws.journal.entries.clear()
        faults.begin(aws.world)
        yield world
