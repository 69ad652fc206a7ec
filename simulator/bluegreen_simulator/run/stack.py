"""The real template, deployed into the embedded AWS as `sam deploy` would deploy it."""

import io
import json
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from bluegreen_simulator.aws.account import provide
from bluegreen_simulator.aws.cloudformation import stacks
from bluegreen_simulator.aws.cloudformation.lambda_types import Function
from bluegreen_simulator.aws.cloudformation.parameters import is_taken
from bluegreen_simulator.aws.cloudformation.records import Stack as Record
from bluegreen_simulator.aws.cloudformation.sam_transform import serverless
from bluegreen_simulator.aws.cloudformation.stacks import StackError, not_modelled
from bluegreen_simulator.aws.cloudformation.template_rules import broken as broken_rules
from bluegreen_simulator.aws.cloudformation.templates import written
from bluegreen_simulator.aws.world import World

__all__ = ["Stack", "StackError", "deploy", "transformed"]

STACK_NAME: Final = "bluegreen"
BUCKET: Final = "bluegreen-artifacts"
CODE_KEY: Final = "functions.zip"
TEMPLATE_KEY: Final = "stack.template"


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
    address = _upload(world, body, template.parent)
    return _created(_begun(world, address, parameters or {}, name), body)


def _begun(world: World, address: str, given: Mapping[str, str], name: str) -> Record:
    """The stack as CreateStack begins it, once it has come to its end."""
    client: Any = boto3.client("cloudformation", region_name=world.region)
    parameters = [{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()]
    try:
        made = client.create_stack(
            StackName=name,
            TemplateURL=address,
            Parameters=parameters,
            Capabilities=["CAPABILITY_IAM"],
            OnFailure="DO_NOTHING",
        )
    except ClientError as error:
        raise StackError(error.response["Error"]["Message"]) from error
    stack = stacks.running().get(made["StackId"])
    if stack.task:
        stack.task.join()
    return stack


def _check_before(body: Mapping[str, Any], given: Mapping[str, str]) -> None:
    known = body.get("Parameters", {})
    unknown = sorted(given.keys() - known.keys())
    if unknown:
        raise StackError(f"The template has no parameter {', '.join(unknown)}.")
    refused = [name for name, text in given.items() if not is_taken(known[name], text)]
    if refused:
        raise StackError(f"Not allowed as a value of {', '.join(refused)}.")
    broken = list(broken_rules(body, given))
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


def _created(stack: Record, body: Mapping[str, Any]) -> Stack:
    if stack.status != "CREATE_COMPLETE":
        failed = [one for one in stack.resources.values() if one.status == "CREATE_FAILED"]
        told = [f"{one.logical_id} ({one.type_name}): {one.reason}" for one in failed]
        raise StackError(f"Not created: {'; '.join(told) or stack.reason}")
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.outputs}
    resources = {name: one.physical_id for name, one in stack.resources.items()}
    return Stack(stack.name, outputs, resources, body)


@cache
def transformed(template: Path) -> dict[str, Any]:
    """The template after SAM's own transform, with its local files pointing into the bucket."""
    source = written(template.read_text(encoding="utf-8"))
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
    return serverless(source, {})


def _upload(world: World, body: Mapping[str, Any], folder: Path) -> str:
    """Upload the code, the workflows and the template, which is too long for a request itself.

    The template's address.
    """
    client: Any = boto3.client("s3", region_name=world.region)
    location = {"LocationConstraint": world.region}
    with suppress(client.exceptions.BucketAlreadyOwnedByYou):
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
    client.put_object(Bucket=BUCKET, Key=CODE_KEY, Body=_code())
    client.put_object(Bucket=BUCKET, Key=TEMPLATE_KEY, Body=json.dumps(body).encode())
    for resource in body["Resources"].values():
        location = resource.get("Properties", {}).get("DefinitionS3Location")
        if location:
            definition = (folder / location["Key"]).read_bytes()
            client.put_object(Bucket=BUCKET, Key=location["Key"], Body=definition)
    return f"https://{BUCKET}.s3.{world.region}.amazonaws.com/{TEMPLATE_KEY}"


def _code() -> bytes:
    """A package that stands for the code: handlers are imported from this process's own path."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("bluegreen/README", "imported in the process")
    return package.getvalue()
