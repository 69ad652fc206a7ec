"""An embedded AWS with stacks and endpoints, and what people and others do in it.

For scenarios and tests: whoever directs asks for what is to happen, lets time go on, and looks.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError
from moto.dynamodb.models import dynamodb_backends
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from bluegreen.contract.message import MessageBody
from bluegreen_simulator.aws.sagemaker.meters import Past, add_traffic, live_through
from bluegreen_simulator.aws.sagemaker.service import settle
from bluegreen_simulator.aws.step_functions import executions
from bluegreen_simulator.inputs.alarms import as_request
from bluegreen_simulator.run import faults
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.openness import await_rest
from bluegreen_simulator.run.stack import STACK_NAME, Stack, deploy

VARIANT: Final = "main"
INSTANCE_TYPE: Final = "ml.m5.xlarge"
IMAGE: Final = "model:1"
ROLE: Final = "arn:aws:iam::{account}:role/model-execution"
GROUP_TAG: Final = "bluegreen:model-package-group"
"""By which an endpoint takes the packages of a group."""


@dataclass(frozen=True)
class Fleet:
    """An endpoint config to be: how its model behaves, as in a scenario, and its instances."""

    behavior: Mapping[str, Any]
    instances: int = 3


@dataclass(frozen=True)
class Seen:
    """An execution as DescribeExecution tells of it; `said` is its output or its cause."""

    name: str
    arn: str
    status: str
    started_at: datetime
    stopped_at: datetime | None
    request: Any
    error: str
    said: str


class Theatre:
    """One embedded AWS while it runs; without stacks and endpoints at first."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        self.stacks: dict[str, Stack] = {}

    def deploy(self, template: Path, name: str = STACK_NAME, **parameters: str) -> Stack:
        """Deploy a stack of this name."""
        self.stacks[name] = deploy(self.aws.world, template, parameters, name)
        return self.stacks[name]

    # ---- What there is to begin with ----

    def make_config(
        self, name: str, fleet: Fleet, package: str = "", instance_type: str = INSTANCE_TYPE
    ) -> None:
        """An endpoint config, with a model of the same name: of a package, or of its own."""
        environment = {f"SIMULATED_{key.upper()}": str(v) for key, v in fleet.behavior.items()}
        own = {"Image": IMAGE, "Environment": environment}
        sagemaker = self.aws.client("sagemaker")
        sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=ROLE.format(account=self.aws.world.account_id),
            PrimaryContainer={"ModelPackageName": package} if package else own,
        )
        variant = {
            "VariantName": VARIANT,
            "ModelName": name,
            "InitialInstanceCount": fleet.instances,
            "InstanceType": instance_type,
        }
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])

    def make_endpoint(self, name: str, config: str, group: str = "", **tags: str) -> None:
        """An endpoint in service on a config; `group` is the one whose packages it takes."""
        self.create_endpoint(name, config, group, **tags)
        self.await_endpoint(name)

    def create_endpoint(self, name: str, config: str, group: str = "", **tags: str) -> None:
        """The same, without waiting until it is in service."""
        known = {**tags, **({GROUP_TAG: group} if group else {})}
        self.aws.client("sagemaker").create_endpoint(
            EndpointName=name,
            EndpointConfigName=config,
            Tags=[{"Key": key, "Value": value} for key, value in known.items()],
        )

    def make_alarms(self, alarms: Iterable[Mapping[str, Any]]) -> None:
        """Alarms as in a scenario."""
        for alarm in alarms:
            self.aws.client("cloudwatch").put_metric_alarm(**as_request(alarm))

    def put_policy(self, group: str, policy: Mapping[str, Any], stack: str = STACK_NAME) -> None:
        """The deployment policy of a model package group."""
        path = self.stacks[stack].outputs["PolicyPath"]
        self.aws.client("ssm").put_parameter(
            Name=f"{path}/{group}", Value=json.dumps(policy), Type="String", Overwrite=True
        )

    def give_past(self, endpoint: str, past: Past) -> None:
        """Metrics of a time before now, in which an endpoint had traffic already."""
        live_through(endpoint, past)

    def begin_traffic(self, endpoint: str, requests_per_second: float) -> None:
        """So many requests a second more from now on; less, if it is below zero."""
        add_traffic(endpoint, requests_per_second)

    # ---- What people do ----

    def start(self, request: Any, name: str = "", stack: str = STACK_NAME) -> str:  # noqa: ANN401 - any JSON
        """Start an execution with any request; its ARN."""
        named = {"name": name} if name else {}
        arn: str = self.aws.client("stepfunctions").start_execution(
            stateMachineArn=self.stacks[stack].outputs["StateMachineArn"],
            input=json.dumps(request),
            **named,
        )["executionArn"]
        return arn

    def stop(self, arn: str) -> None:
        """Stop an execution as in the console; at any time, in a listener of the journal too."""
        backend = stepfunctions_parser_backends[self.aws.world.account_id][self.aws.world.region]
        executions.stop(backend.describe_execution(arn))

    def register(self, group: str, behavior: Mapping[str, Any] | None = None) -> str:
        """A new version in a model package group, which waits for its approval; its ARN."""
        sagemaker = self.aws.client("sagemaker")
        try:
            sagemaker.describe_model_package_group(ModelPackageGroupName=group)
        except ClientError:
            sagemaker.create_model_package_group(ModelPackageGroupName=group)
        environment = {f"SIMULATED_{key.upper()}": str(v) for key, v in (behavior or {}).items()}
        arn: str = sagemaker.create_model_package(
            ModelPackageGroupName=group,
            ModelApprovalStatus="PendingManualApproval",
            InferenceSpecification={
                "Containers": [{"Image": IMAGE, "Environment": environment}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
                "SupportedRealtimeInferenceInstanceTypes": [INSTANCE_TYPE],
            },
        )["ModelPackageArn"]
        return arn

    def approve(self, package: str, status: str = "Approved") -> None:
        """Approve a model package, or give it another approval status."""
        self.aws.client("sagemaker").update_model_package(
            ModelPackageArn=package, ModelApprovalStatus=status
        )

    def update_endpoint(self, endpoint: str, config: str) -> str:
        """Somebody else updates an endpoint, unguarded; SageMaker's refusal, or nothing."""
        return faults.foreign_update(self.aws.world, endpoint, config)

    # ---- Time ----

    def advance(self, seconds: float) -> None:
        """Let time go on."""
        self.aws.clock.sleep(seconds)

    def await_endpoint(self, name: str) -> None:
        """Let time go on as long as anything goes on with an endpoint by itself."""
        settle(name)

    def await_rest(self) -> bool:
        """Let time go on until nothing is open; False if it still is at the world's horizon."""
        return await_rest(self.aws.world)

    # ---- What is to be seen ----

    def endpoint(self, name: str) -> dict[str, Any]:
        """DescribeEndpoint."""
        told: dict[str, Any] = self.aws.client("sagemaker").describe_endpoint(EndpointName=name)
        return told

    def execution(self, arn: str) -> Seen:
        """One execution."""
        return _seen(self.aws.client("stepfunctions").describe_execution(executionArn=arn))

    def executions(self, stack: str = STACK_NAME) -> list[Seen]:
        """The executions of a stack, in the order in which they were started."""
        return [self.execution(one.execution_arn) for one in self._begun(stack)]

    def running(self, stack: str = STACK_NAME) -> list[Seen]:
        """Those of them that run."""
        run = [one for one in self._begun(stack) if one.exec_status == ExecutionStatus.RUNNING]
        return [self.execution(one.execution_arn) for one in run]

    def _begun(self, stack: str) -> list[Execution]:
        backend = stepfunctions_parser_backends[self.aws.world.account_id][self.aws.world.region]
        machine = backend.describe_state_machine(self.stacks[stack].outputs["StateMachineArn"])
        begun: list[Execution] = machine.executions
        return begun

    def rows(self, stack: str = STACK_NAME) -> list[dict[str, Any]]:
        """What stands in the table of a stack."""
        tables = dynamodb_backends[self.aws.world.account_id][self.aws.world.region].tables
        items = tables[self.stacks[stack].outputs["DeploymentsTableName"]].all_items()
        return [item.to_regular_json() for item in items]

    def newest_deployments(self, most: int, stack: str = STACK_NAME) -> list[dict[str, Any]]:
        """The rows of the newest deployments of all endpoints, the newest first."""
        table = dynamodb_backends[self.aws.world.account_id][self.aws.world.region].tables[
            self.stacks[stack].outputs["DeploymentsTableName"]
        ]
        items = [
            (item.attrs["sk"].value, item)
            for by_range in table.items.values()
            for item in by_range.values()
            if item.attrs["pk"].value.startswith("ENDPOINT#")
            and item.attrs["sk"].value.startswith("DEPLOYMENT#")
        ]
        newest = sorted(items, key=itemgetter(0), reverse=True)[:most]
        return [item.to_regular_json() for _, item in newest]

    def notifications(self, stack: str = STACK_NAME) -> list[MessageBody]:
        """What a stack told programs, oldest first."""
        topic = self.stacks[stack].outputs["NotificationsTopicArn"]
        told = [entry.data for entry in self.aws.journal.of_kind("notification")]
        return [data["body"] for data in told if data["topic_arn"] == topic and data["body"]]

    def operators_told(self, stack: str = STACK_NAME) -> list[str]:
        """The subjects of what went to a stack's operators, oldest first."""
        topic = self.stacks[stack].outputs["OperationsTopicArn"]
        told = [entry.data for entry in self.aws.journal.of_kind("notification")]
        return [data["subject"] or "" for data in told if data["topic_arn"] == topic]


def _seen(told: Mapping[str, Any]) -> Seen:
    return Seen(
        name=told["name"],
        arn=told["executionArn"],
        status=told["status"],
        started_at=told["startDate"],
        stopped_at=told.get("stopDate"),
        request=json.loads(told["input"]),
        error=told.get("error", ""),
        said=told.get("output") or told.get("cause") or "",
    )
