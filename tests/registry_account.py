"""An embedded AWS with the stack, a model registry, and an endpoint that takes its packages."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from moto.dynamodb.models import dynamodb_backends

from bluegreen_simulator.aws.events.bus import emit
from bluegreen_simulator.aws.journal import Entry
from bluegreen_simulator.aws.sagemaker.meters import add_traffic
from bluegreen_simulator.aws.sagemaker.service import settle
from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.run import faults as fault_schedule
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.stack import deploy

ROOT: Final = Path(__file__).parents[1]
TEMPLATE: Final = ROOT / "template.yaml"
POLICY: Final = (ROOT / "events/policies/churn.json").read_text(encoding="utf-8")
ROLE: Final = "arn:aws:iam::123456789012:role/model-execution"
CONSENT: Final = "bluegreen:model-package-group"
FAILING: Final = {"SIMULATED_ERROR_RATE": "0.5"}
REQUESTS_PER_SECOND: Final = 10
LONG: Final = 2400
"""Seconds in which every deployment here is over."""


def policy_of(group: str) -> dict[str, Any]:
    """The sample policy, for a group whose endpoint and alarms are named after it."""
    policy: dict[str, Any] = json.loads(POLICY.replace("churn", group))
    return policy


class Registry:
    """The groups and endpoints of one account; the first version of each group serves already."""

    def __init__(
        self,
        aws: EmbeddedAws,
        parameters: Mapping[str, str],
        template: Mapping[str, Any] | None = None,
    ) -> None:
        self.aws = aws
        self.stack = deploy(aws.world, TEMPLATE, parameters, body=template)
        self.sagemaker = aws.client("sagemaker")
        self.ssm = aws.client("ssm")
        self.states = aws.client("stepfunctions")
        self._groups: list[str] = []

    def add_group(
        self, group: str, policy: Any = None, *, consent: str | None = None, **config: Any
    ) -> None:
        """A group, its endpoint of the same name on version 1, alarms, traffic, and its policy."""
        self.sagemaker.create_model_package_group(ModelPackageGroupName=group)
        first = self.register(group)
        self.sagemaker.update_model_package(ModelPackageArn=first, ModelApprovalStatus="Rejected")
        self.make_model(f"{group}-one", first)
        self.make_endpoint(group, consent=group if consent is None else consent, **config)
        for alarm, metric, threshold in (
            ("5xx", "Invocation5XXErrors", 0.05),
            ("latency", "ModelLatency", 50_000),
        ):
            self.make_alarm(group, f"{group}-{alarm}", metric, threshold)
        add_traffic(group, REQUESTS_PER_SECOND)
        self._groups.append(group)
        self.put_policy(group, policy_of(group) if policy is None else policy)

    def register(
        self, group: str, environment: Mapping[str, str] | None = None, **more: Any
    ) -> str:
        """A new version, which waits for its approval; its ARN."""
        container = {"Image": "model:1", "Environment": dict(environment or {})}
        types = ["ml.m5.xlarge"]
        inference = {
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
            "SupportedRealtimeInferenceInstanceTypes": types,
        }
        body = {"ModelApprovalStatus": "PendingManualApproval", "InferenceSpecification": inference}
        made = self.sagemaker.create_model_package(
            **{"ModelPackageGroupName": group, **body, **more}
        )
        arn: str = made["ModelPackageArn"]
        return arn

    def make_model(self, name: str, package: str, **more: Any) -> None:
        self.sagemaker.create_model(
            **{
                "ModelName": name,
                "Containers": [{"ModelPackageName": package}],
                "ExecutionRoleArn": ROLE,
                **more,
            }
        )

    def make_endpoint(self, name: str, *, consent: str = "", **config: Any) -> None:
        """An endpoint of four instances on the config `<name>-one`."""
        variant = {
            "VariantName": "main",
            "ModelName": f"{name}-one",
            "InitialInstanceCount": 4,
            "InstanceType": "ml.m5.xlarge",
        }
        self.sagemaker.create_endpoint_config(
            **{
                "EndpointConfigName": f"{name}-one",
                "ProductionVariants": [variant],
                "Tags": [{"Key": "team", "Value": "growth"}],
                **config,
            }
        )
        tags = [{"Key": CONSENT, "Value": consent}] if consent else []
        self.sagemaker.create_endpoint(
            EndpointName=name, EndpointConfigName=f"{name}-one", Tags=tags
        )
        settle(name)

    def make_alarm(self, endpoint: str, name: str, metric: str, threshold: float) -> None:
        self.aws.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/SageMaker",
            MetricName=metric,
            Dimensions=[
                {"Name": "EndpointName", "Value": endpoint},
                {"Name": "VariantName", "Value": "main"},
            ],
            Statistic="Average",
            Period=60,
            EvaluationPeriods=3,
            DatapointsToAlarm=2,
            Threshold=threshold,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )

    def put_policy(self, group: str, policy: Any) -> None:
        text = policy if isinstance(policy, str) else json.dumps(policy)
        name = f"{self.stack.outputs['PolicyPath']}/{group}"
        self.ssm.put_parameter(Name=name, Value=text, Type="String", Overwrite=True)

    def approve(self, arn: str, status: str = "Approved", **more: Any) -> None:
        self.sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status, **more)

    def send_approval(self, detail: Mapping[str, Any]) -> None:
        """An event as SageMaker sends it, with members of a test's own."""
        known = {"ModelApprovalStatus": "Approved", "ModelPackageStatus": "Completed"}
        emit("aws.sagemaker", "SageMaker Model Package State Change", {**known, **detail}, [])

    def sleep(self, seconds: float = LONG) -> None:
        self.aws.clock.sleep(seconds)

    def wait_days(self, days: float, keep: Sequence[str] = ()) -> None:
        """Let days pass without requests and alarms, which take a second of real time each."""
        cloudwatch = self.aws.client("cloudwatch")
        alarms = {alarm["AlarmName"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]}
        cloudwatch.delete_alarms(AlarmNames=sorted(alarms - set(keep)))
        for group in self._groups:
            add_traffic(group, -REQUESTS_PER_SECOND)
        self._groups.clear()
        self.sleep(days * 86_400)

    def package(self, arn: str) -> dict[str, Any]:
        found: dict[str, Any] = self.sagemaker.describe_model_package(ModelPackageName=arn)
        return found

    def served(self, endpoint: str) -> str:
        """The model package that an endpoint at rest serves."""
        found = self.sagemaker.describe_endpoint(EndpointName=endpoint)
        assert found["EndpointStatus"] == "InService"
        config = self.config(found["EndpointConfigName"])
        (variant,) = config["ProductionVariants"]
        model = self.sagemaker.describe_model(ModelName=variant["ModelName"])
        (container,) = model["Containers"]
        arn: str = container["ModelPackageName"]
        return arn

    def config(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.sagemaker.describe_endpoint_config(EndpointConfigName=name)
        return found

    def tags(self, arn: str) -> dict[str, str]:
        tags = self.sagemaker.list_tags(ResourceArn=arn)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in tags}

    def notifications(self) -> list[dict[str, Any]]:
        """The bodies of all that was told, oldest first."""
        told = self.aws.journal.of_kind("notification")
        return [entry.data["body"] for entry in told if entry.data["body"]]

    def told(self, *events: str) -> list[dict[str, Any]]:
        return [body for body in self.notifications() if body["Event"] in events]

    def ended(self) -> list[str]:
        """The terminal events, oldest first."""
        return [body["Event"] for body in self.notifications() if "Verdict" in body]

    def executions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.states.list_executions(
            stateMachineArn=self.stack.outputs["StateMachineArn"]
        )["executions"]
        return found

    def start(self, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Run an execution to its end; its record."""
        arn = self.states.start_execution(
            stateMachineArn=self.stack.outputs["StateMachineArn"],
            name=name,
            input=json.dumps(request),
        )["executionArn"]
        self.sleep()
        return self.record(arn)

    def record(self, arn: str) -> dict[str, Any]:
        found = self.states.describe_execution(executionArn=arn)
        body: dict[str, Any] = json.loads(found.get("output") or found.get("cause") or "{}")
        return body

    def calls(self, operation: str) -> list[Entry]:
        return [
            entry
            for entry in self.aws.journal.of_kind("api_call")
            if entry.data["operation"] == operation
        ]

    def updates(self, endpoint: str) -> int:
        """How many times the endpoint began to be updated."""
        entries = self.aws.journal.of_kind("endpoint")
        statuses = [e.data["status"] for e in entries if e.data["endpoint"] == endpoint]
        return sum(after == "Updating" != before for before, after in pairwise(statuses))

    def operations_of(self, function: str) -> list[str]:
        """What a function called, in order."""
        calls = self.aws.journal.of_kind("api_call")
        return [e.data["operation"] for e in calls if e.data["function"] == function]

    def rows(self) -> list[dict[str, Any]]:
        tables = dynamodb_backends[self.aws.world.account_id][self.aws.world.region].tables
        table = tables[self.stack.outputs["DeploymentsTableName"]]
        return [item.to_regular_json() for item in table.all_items()]


@contextmanager
def running_registry(
    *groups: str,
    faults: Faults | None = None,
    template: Mapping[str, Any] | None = None,
    **parameters: str,
) -> Iterator[Registry]:
    """The account, its groups five minutes in service, and its roles passable unless said else."""
    with EmbeddedAws(faults=faults) as aws:
        registry = Registry(aws, {"ModelExecutionRoleArns": ROLE, **parameters}, template)
        for group in groups:
            registry.add_group(group)
        registry.sleep(300)
        fault_schedule.begin(aws.world)
        yield registry
