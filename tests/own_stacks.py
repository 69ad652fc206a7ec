"""Stacks of people's own in an embedded AWS: begun, waited for, and looked at."""

import json
from collections.abc import Mapping
from typing import Any, Final

from bluegreen_simulator.run.embedded import EmbeddedAws

HOUR: Final = 3600
ROLE: Final = "arn:aws:iam::123456789012:role/somebody"
CONTAINER: Final = {"Image": "model:1", "Environment": {"SIMULATED_PROVISIONING_SECONDS": 60}}
VARIANT: Final = {
    "VariantName": "main",
    "ModelName": {"Fn::GetAtt": ["Model", "ModelName"]},
    "InitialInstanceCount": "2",
    "InitialVariantWeight": 1,
    "InstanceType": "ml.m5.xlarge",
}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    """One resource of a template."""
    return {"Type": kind, "Properties": properties}


BUCKET: Final = resource("AWS::S3::Bucket")
BASKET: Final = resource("AWS::S3::Basket")


def endpoint(**environment: str) -> dict[str, Any]:
    """An endpoint with its model and config, whose model has these variables too."""
    container = {**CONTAINER, "Environment": {**CONTAINER["Environment"], **environment}}  # type: ignore[dict-item] # a mapping of texts
    config = {"Fn::GetAtt": ["Config", "EndpointConfigName"]}
    return {
        "Model": resource(
            "AWS::SageMaker::Model", ExecutionRoleArn=ROLE, PrimaryContainer=container
        ),
        "Config": resource("AWS::SageMaker::EndpointConfig", ProductionVariants=[VARIANT]),
        "Endpoint": resource(
            "AWS::SageMaker::Endpoint", EndpointName="churn", EndpointConfigName=config
        ),
    }


class OwnStack:
    """The stack `mine` of an embedded AWS."""

    def __init__(self, aws: EmbeddedAws, name: str = "mine") -> None:
        self.aws = aws
        self.api = aws.client("cloudformation")
        self.name = name

    def create(self, resources: Mapping[str, Any], **more: Any) -> None:
        """CreateStack, and wait until all that is begun has ended."""
        self.api.create_stack(StackName=self.name, **self._call(resources, **more))
        self.aws.clock.sleep(HOUR)

    def update(self, resources: Mapping[str, Any], **more: Any) -> None:
        """UpdateStack, likewise."""
        self.api.update_stack(StackName=self.name, **self._call(resources, **more))
        self.aws.clock.sleep(HOUR)

    def delete(self) -> None:
        """DeleteStack, likewise."""
        self.api.delete_stack(StackName=self.name)
        self.aws.clock.sleep(HOUR)

    def change(self, resources: Mapping[str, Any], kind: str = "UPDATE", **more: Any) -> Any:
        """CreateChangeSet `changes`; what DescribeChangeSet says of it."""
        named = {"StackName": self.name, "ChangeSetName": "changes"}
        self.api.create_change_set(**named, ChangeSetType=kind, **self._call(resources, **more))
        return self.api.describe_change_set(**named)

    def execute(self) -> None:
        """ExecuteChangeSet of it."""
        self.api.execute_change_set(StackName=self.name, ChangeSetName="changes")
        self.aws.clock.sleep(HOUR)

    @staticmethod
    def _call(resources: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        sections = {name: more.pop(name) for name in SECTIONS if name in more}
        call = {"Capabilities": ["CAPABILITY_NAMED_IAM"], **more}
        if "UsePreviousTemplate" not in call:
            call["TemplateBody"] = json.dumps({**sections, "Resources": resources})
        return call

    @property
    def shown(self) -> Any:
        """What DescribeStacks says of it."""
        (stack,) = self.api.describe_stacks(StackName=self.name)["Stacks"]
        return stack

    @property
    def status(self) -> str:
        """Its status."""
        status: str = self.shown["StackStatus"]
        return status

    @property
    def events(self) -> list[tuple[str, str, str]]:
        """Logical id, status and reason of each event, the last one last."""
        return [
            (
                event["LogicalResourceId"],
                event["ResourceStatus"],
                event.get("ResourceStatusReason", ""),
            )
            for event in self.api.describe_stack_events(StackName=self.name)["StackEvents"][::-1]
        ]

    def reason(self, logical_id: str) -> str:
        """Why a resource failed."""
        found = [
            why for name, status, why in self.events if name == logical_id and "FAILED" in status
        ]
        return found[-1]

    @property
    def ids(self) -> dict[str, str]:
        """The physical id of each resource that is there."""
        return {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for one in self.api.describe_stack_resources(StackName=self.name)["StackResources"]
            if "PhysicalResourceId" in one and "DELETE" not in one["ResourceStatus"]
        }


SECTIONS: Final = ("Conditions", "Mappings", "Outputs", "Parameters", "Rules", "Transform")
