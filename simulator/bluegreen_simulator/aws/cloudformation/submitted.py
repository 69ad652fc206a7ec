"""What a request brings along: the template, its parameters and the tags, or those of before."""

from collections.abc import Mapping
from urllib.parse import parse_qs, unquote, urlparse

from botocore.exceptions import ClientError

from bluegreen_simulator.aws.cloudformation import parameters
from bluegreen_simulator.aws.cloudformation.answers import Params
from bluegreen_simulator.aws.cloudformation.calls import client_of
from bluegreen_simulator.aws.cloudformation.errors import invalid
from bluegreen_simulator.aws.cloudformation.records import Stack
from bluegreen_simulator.aws.cloudformation.sam_transform import template_of
from bluegreen_simulator.aws.cloudformation.templates import Template


def text_of(params: Params) -> str:
    """The template of a request, from its body or from S3."""
    if "TemplateBody" in params and "TemplateURL" in params:
        raise invalid("You cannot specify both TemplateBody and TemplateURL")
    if "TemplateURL" in params:
        return _stored(params["TemplateURL"])
    if "TemplateBody" not in params:
        raise invalid("Either Template URL or Template Body must be specified.")
    return str(params["TemplateBody"])


def _stored(url: str) -> str:
    """What stands at an address of S3, of AWS's form or of this server's."""
    address = urlparse(url)
    host, path = address.netloc, unquote(address.path.lstrip("/"))
    virtual = host.endswith("amazonaws.com") and not host.startswith(("s3.", "s3-"))
    bucket, key = (host.partition(".s3")[0], path) if virtual else path.split("/", 1)
    version = parse_qs(address.query).get("versionId")
    place = {"Bucket": bucket, "Key": key, **({"VersionId": version[0]} if version else {})}
    try:
        return str(client_of("s3", "eu-central-1").get_object(**place)["Body"].read().decode())
    except ClientError as error:
        raise invalid(f"S3 error: {error.response['Error'].get('Message', '')}") from error


def template_after(params: Params, stack: Stack, given: Mapping[str, str]) -> Template:
    """The template of an update, which may be the one before."""
    previous = str(params.get("UsePreviousTemplate", "")).lower() == "true"
    if previous and ("TemplateBody" in params or "TemplateURL" in params):
        raise invalid("You cannot specify both usePreviousTemplate and Template Body/Template URL.")
    return template_of(stack.goal.template.text if previous else text_of(params), given)


def given_of(params: Params, stack: Stack | None) -> dict[str, str]:
    """The parameters of a request, with those of the stack that are to stay as they were."""
    given = {}
    for one in params.get("Parameters", []):
        name = one["ParameterKey"]
        if not one.get("UsePreviousValue"):
            given[name] = one.get("ParameterValue", "")
        elif "ParameterValue" in one:
            raise invalid(
                f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true "
                "and non empty value for a parameter"
            )
        elif stack is None or name not in stack.goal.values:
            raise invalid(
                f"Invalid input for parameter key {name}. Parameter: {name} has no previous value"
            )
        elif name in stack.goal.given:
            given[name] = stack.goal.given[name]
        else:
            given[name] = parameters.text_of(stack.goal.template.parameters[name]["Default"])
    return given


def with_tags(params: Params, stack: Stack) -> Params:
    """An update without tags keeps those that there are."""
    if "Tags" in params:
        return params
    tags = [{"Key": name, "Value": value} for name, value in stack.goal.tags.items()]
    return {**params, "Tags": tags}
