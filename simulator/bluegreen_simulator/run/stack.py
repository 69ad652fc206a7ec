"""The real template, deployed into the embedded AWS as `sam deploy` would deploy it."""

import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import boto3
from samtranslator.metrics.method_decorator import MetricsMethodWrapperSingleton
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from bluegreen_simulator.aws.account import policy_arns, provide
from bluegreen_simulator.aws.cloudformation.resource_types import Function
from bluegreen_simulator.aws.cloudformation.stacks import LIST, StackError, items_of, not_modelled
from bluegreen_simulator.aws.cloudformation.template_rules import broken as broken_rules
from bluegreen_simulator.aws.world import World

__all__ = ["Stack", "StackError", "deploy", "transformed"]

STACK_NAME: Final = "bluegreen"
BUCKET: Final = "bluegreen-artifacts"
CODE_KEY: Final = "functions.zip"


@dataclass(frozen=True)
class Stack:
    """A deployed stack: its outputs, and the physical id of each resource by its logical id."""

    name: str
    outputs: Mapping[str, str]
    resources: Mapping[str, str]
    template: Mapping[str, Any]


def deploy(
    world: World,
    template: Path,
    parameters: Mapping[str, str] | None = None,
    name: str = STACK_NAME,
    *,
    body: Mapping[str, Any] | None = None,
) -> Stack:
    """Deploy a SAM template, the source or the built one, as a stack of this name.

    `body` is deployed in place of what the template becomes.

    StackError, which names the resources, unless every one of them was created.
    """
    body = body or transformed(template)
    _check_before(body, parameters or {})
    world.handlers |= _handlers(body)
    provide(world, _code())
    _upload(world, body, template.parent)
    client: Any = boto3.client("cloudformation", region_name=world.region)
    client.create_stack(
        StackName=name,
        TemplateBody=json.dumps(body),
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in (parameters or {}).items()
        ],
        Capabilities=["CAPABILITY_IAM"],
    )
    return _created(client, body, name)


def _check_before(body: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
    known = body.get("Parameters", {})
    unknown = sorted(parameters.keys() - known.keys())
    if unknown:
        raise StackError(f"The template has no parameter {', '.join(unknown)}.")
    refused = [name for name, value in parameters.items() if not _is_allowed(known[name], value)]
    if refused:
        raise StackError(f"Not allowed as a value of {', '.join(refused)}.")
    broken = list(broken_rules(body, parameters))
    if broken:
        raise StackError(" ".join(broken))
    left_out = not_modelled(body)
    if left_out:
        raise StackError(f"Not modelled in the embedded AWS: {', '.join(left_out)}.")


def _handlers(body: Mapping[str, Any]) -> set[str]:
    """The handlers that the template names; without one, as in a container image, nothing runs."""
    functions = [r for r in body["Resources"].values() if r["Type"] == Function.type_name]
    properties = [function.get("Properties", {}) for function in functions]
    return {one["Handler"] for one in properties if isinstance(one.get("Handler"), str)}


def _is_allowed(parameter: Mapping[str, Any], value: str) -> bool:
    """Whether CloudFormation takes the value, each item of a list; moto takes every one."""
    items = items_of(value) if parameter["Type"] == LIST else [value]
    values = [*map(str, parameter.get("AllowedValues", items))]
    pattern = parameter.get("AllowedPattern", ".*")
    return all(item in values and re.fullmatch(pattern, item) for item in items)


def _created(client: Any, body: Mapping[str, Any], name: str) -> Stack:  # noqa: ANN401 - boto3's
    created = client.describe_stack_resources(StackName=name)["StackResources"]
    resources = {  # moto lists what a condition left out too, as something without a name
        resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
        for resource in created
        if "LogicalResourceId" in resource
    }
    wanted = [name for name, resource in body["Resources"].items() if "Condition" not in resource]
    missing = [name for name in wanted if not resources.get(name)]
    if missing:
        raise StackError(f"Not created: {', '.join(missing)}.")
    (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    return Stack(name, outputs, resources, body)


class _ManagedPolicies:
    """The ARNs of the policies of AWS that the transform attaches to roles."""

    def load(self) -> dict[str, str]:
        return policy_arns()


@cache
def transformed(template: Path) -> dict[str, Any]:
    """The template after SAM's own transform, with its local files pointing into the bucket.

    The transform asks boto3 for the region, and the region only.
    """
    source = yaml_parse(template.read_text(encoding="utf-8"))
    source.setdefault("Globals", {}).setdefault("Function", {})["CodeUri"] = (
        f"s3://{BUCKET}/{CODE_KEY}"
    )
    for resource in source["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            properties.pop("CodeUri", None)
        if resource["Type"] == "AWS::Serverless::StateMachine":
            key = properties["DefinitionUri"]
            properties["DefinitionUri"] = {"Bucket": BUCKET, "Key": key}
    body: dict[str, Any] = transform(source, {}, _ManagedPolicies())
    # To nobody; or it complains when the process exits.
    MetricsMethodWrapperSingleton.get_instance().publish()
    return body


def _upload(world: World, body: Mapping[str, Any], folder: Path) -> None:
    client: Any = boto3.client("s3", region_name=world.region)
    if BUCKET not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
        location = {"LocationConstraint": world.region}
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
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
