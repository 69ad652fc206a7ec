"""What a green config is made from: the model package, and the tags that count.

Shapes: `DescribeModelPackageOutput`, `ListTagsOutput` (SageMaker API).
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from bluegreen.aws.errors import message_of, passing_faults_as_unavailable
from bluegreen.aws.sagemaker.endpoints import rejected_if_denied
from bluegreen.request.request import Request
from bluegreen.sagemaker.package_name import PackageName

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

Shapes = Mapping[str, Any]


def package_shapes(client: "SageMakerClient", request: Request, shapes: Shapes) -> dict[str, Any]:
    """`ModelPackages` with the request's own, and `Tags` of endpoint, live config and live models.

    Nothing of a package of another account or Region, which nobody here may see. RequestRejected
    when our role may not, ObservationUnavailable when AWS does not tell now.
    """
    endpoint = shapes.get("Endpoint")
    if endpoint is None:
        return {}
    arn, packages = request.model_package_arn, list(shapes.get("ModelPackages", []))
    if is_of_the_account(arn, endpoint["EndpointArn"]):
        found = describe_package(client, arn)
        packages += [found] if found else []
    return {"ModelPackages": packages, "Tags": _tags(client, _tagged(shapes))}


def is_of_the_account(arn: str, other: str) -> bool:
    """Whether the ARN of a package names the account and the Region of another ARN."""
    name, parts = PackageName.of(arn), other.split(":")
    return name is not None and [name.region, name.account] == parts[3:5]


def describe_package(client: "SageMakerClient", arn: str) -> Mapping[str, Any] | None:
    """A model package without its card, which a key of its own may encrypt; None: there is none."""
    with passing_faults_as_unavailable():
        try:
            return client.describe_model_package(ModelPackageName=arn, IncludedData="MetadataOnly")
        except ClientError as error:
            if "does not exist" in message_of(error):
                return None
            raise rejected_if_denied(error) from error


def _tagged(shapes: Shapes) -> Iterable[str]:
    live = shapes["Endpoint"].get("EndpointConfigName")
    yield shapes["Endpoint"]["EndpointArn"]
    for config in shapes.get("EndpointConfigs", []):
        if config["EndpointConfigName"] == live:
            yield config["EndpointConfigArn"]
    for model in shapes.get("Models", []):
        yield model["ModelArn"]


def _tags(client: "SageMakerClient", arns: Iterable[str]) -> dict[str, list[Any]]:
    return {arn: _tags_of(client, arn) for arn in dict.fromkeys(arns)}


def _tags_of(client: "SageMakerClient", arn: str) -> list[Any]:
    pages = client.get_paginator("list_tags").paginate(ResourceArn=arn)
    with passing_faults_as_unavailable():
        try:
            return [tag for page in pages for tag in page["Tags"]]
        except ClientError as error:
            raise rejected_if_denied(error) from error
