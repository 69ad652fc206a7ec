"""The real template, deployed into the embedded AWS as `sam deploy` would deploy it."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import boto3
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from bluegreen_simulator.world import World

STACK_NAME: Final = "bluegreen"
BUCKET: Final = "bluegreen-artifacts"
CODE_KEY: Final = "functions.zip"


class StackError(Exception):
    """The template was not deployed as a whole."""


@dataclass(frozen=True)
class Stack:
    """A deployed stack: its outputs, and the physical id of each resource by its logical id."""

    name: str
    outputs: Mapping[str, str]
    resources: Mapping[str, str]
    template: Mapping[str, Any]


def deploy(world: World, template: Path, parameters: Mapping[str, str] | None = None) -> Stack:
    """Deploy a SAM template, the source or the built one; StackError when a piece is missing."""
    body = _transformed(template)
    _upload(world, body, template.parent)
    client = boto3.client("cloudformation", region_name=world.region)
    client.create_stack(
        StackName=STACK_NAME,
        TemplateBody=json.dumps(body),
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in (parameters or {}).items()
        ],
        Capabilities=["CAPABILITY_IAM"],
    )
    created = client.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    resources = {r["LogicalResourceId"]: r.get("PhysicalResourceId", "") for r in created}
    _check_complete(body, resources)
    (stack,) = client.describe_stacks(StackName=STACK_NAME)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    return Stack(STACK_NAME, outputs, resources, body)


def _check_complete(body: Mapping[str, Any], resources: Mapping[str, str]) -> None:
    missing = [name for name in body["Resources"] if not resources.get(name)]
    if missing:
        raise StackError(f"Not created: {', '.join(missing)}.")


class _ManagedPolicies:
    """The ARNs of the policies of AWS that the transform attaches to roles."""

    NAMES: Final = (
        "AWSLambdaBasicExecutionRole",
        "AWSXRayDaemonWriteAccess",
        "AWSXrayWriteOnlyAccess",
    )

    def load(self) -> dict[str, str]:
        prefix = "arn:aws:iam::aws:policy"
        service_roles = {"AWSLambdaBasicExecutionRole"}
        return {
            name: f"{prefix}/service-role/{name}" if name in service_roles else f"{prefix}/{name}"
            for name in self.NAMES
        }


@cache
def _transformed(template: Path) -> dict[str, Any]:
    """The template after SAM's own transform, with its local files pointing into the bucket."""
    source = yaml_parse(template.read_text(encoding="utf-8"))
    source["Globals"]["Function"]["CodeUri"] = f"s3://{BUCKET}/{CODE_KEY}"
    # AWS's own layer holds a package that is installed here already.
    source["Globals"]["Function"].pop("Layers", None)
    for resource in source["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            properties.pop("CodeUri", None)
            properties.pop("Layers", None)
        if resource["Type"] == "AWS::Serverless::StateMachine":
            key = properties["DefinitionUri"]
            properties["DefinitionUri"] = {"Bucket": BUCKET, "Key": key}
    body: dict[str, Any] = transform(source, {}, _ManagedPolicies())
    return body


def _upload(world: World, body: Mapping[str, Any], folder: Path) -> None:
    client: Any = boto3.client("s3", region_name=world.region)
    client.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": world.region}
    )
    client.put_object(Bucket=BUCKET, Key=CODE_KEY, Body=_code())
    for resource in body["Resources"].values():
        location = resource.get("Properties", {}).get("DefinitionS3Location")
        if location:
            definition = (folder / location["Key"]).read_bytes()
            client.put_object(Bucket=BUCKET, Key=location["Key"], Body=definition)


def _code() -> bytes:
    """A package that stands for the code: handlers are imported from this process's own path."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("bluegreen/README", "imported in the process")
    return package.getvalue()
