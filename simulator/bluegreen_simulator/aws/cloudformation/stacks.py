"""CloudFormation: moto's own engine, with our resource types, and strict.

The engine resolves references, conditions and the order of things. What it would leave out with
a warning, or fail on with an error that names nothing, fails here with the resource's name.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import boto3
from moto.cloudformation import parsing

from bluegreen_simulator.aws.cloudformation import bucket_types, resource_types
from bluegreen_simulator.aws.cloudformation.resource_types import SlackChannelConfiguration
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

KEPT_BY_MOTO: Final[Mapping[str, frozenset[str]]] = {
    "AWS::CloudWatch::Dashboard": frozenset({"DashboardBody", "DashboardName"}),
    "AWS::Events::Rule": frozenset(
        {"Description", "EventPattern", "ScheduleExpression", "State", "Targets"}
    ),
    "AWS::IAM::ManagedPolicy": frozenset({"Description", "PolicyDocument", "Roles"}),
    "AWS::KMS::Alias": frozenset({"AliasName", "TargetKeyId"}),
    "AWS::SNS::Topic": frozenset({"KmsMasterKeyId"}),
    "AWS::SQS::Queue": frozenset(
        {"KmsMasterKeyId", "MessageRetentionPeriod", "RedrivePolicy", "VisibilityTimeout"}
    ),
}
"""The types of moto's own that are good enough, with the properties that were seen to arrive."""

REFERENCE: Final = re.compile(r"\{\{resolve:ssm:([^:}]+)\}\}")

LIST: Final = "CommaDelimitedList"

TYPES: Final = (*resource_types.TYPES, *bucket_types.TYPES)
"""The types that are ours."""


class StackError(Exception):
    """A stack was not created as its template says; the message names the resources."""


def install(world: World) -> None:
    """Let moto's engine know our types."""
    for our_type in TYPES:
        parsing.get_model_map()[our_type.type_name] = our_type
    SlackChannelConfiguration.world = world


def not_modelled(template: Mapping[str, Any]) -> list[str]:
    """What of a template is not known here: `Name (AWS::Type)`, `Name (AWS::Type: Property)`."""
    return [
        f"{name} ({what})"
        for name, resource in template["Resources"].items()
        for what in _unknown(resource["Type"], resource.get("Properties", {}))
    ]


def _unknown(resource_type: str, properties: Mapping[str, Any]) -> list[str]:
    """A type of ours refuses by itself, with the API's own checks, what it does not know."""
    if any(our_type.type_name == resource_type for our_type in TYPES):
        return []
    if resource_type not in KEPT_BY_MOTO:
        return [resource_type]
    lost = sorted(properties.keys() - KEPT_BY_MOTO[resource_type])
    return [f"{resource_type}: {', '.join(lost)}"] if lost else []


@replaces(
    parsing,
    "parse_and_create_resource",
    restores="a resource that fails, or that nobody knows, fails the stack by its name",
    original="ea3c10d68d2c",
)
def _create(logical_id: str, body: Mapping[str, Any], *more: Any, **named: Any) -> Any:  # noqa: ANN401
    unknown = not_modelled({"Resources": {logical_id: body}})
    if unknown:
        raise StackError(f"Not modelled in the embedded AWS: {', '.join(unknown)}.")
    try:
        return ORIGINALS[parsing, "parse_and_create_resource"](logical_id, body, *more, **named)
    except StackError:
        raise  # of a resource that this one refers to
    except Exception as error:
        raise StackError(f"Not created: {logical_id} ({body['Type']}): {error!r}.") from error


@replaces(
    parsing.ResourceMap,
    "load_parameters",
    restores="a CommaDelimitedList is a list of trimmed texts, its default too; empty it has one",
    original="610002572ab1",
)
def _load_parameters(self: Any) -> None:  # noqa: ANN401 - moto has no types
    ORIGINALS[parsing.ResourceMap, "load_parameters"](self)
    for name, parameter in self._template.get("Parameters", {}).items():
        if parameter["Type"] == LIST:
            items = _items(self.resolved_parameters[name])
            self.resolved_parameters[name] = self._parsed_resources[name] = items


def _items(value: str | list[str]) -> list[str]:
    """Moto splits what is given, and not what stands in the template."""
    return items_of(value) if isinstance(value, str) else [item.strip() for item in value]


def items_of(text: str) -> list[str]:
    """The items of a CommaDelimitedList."""
    return [item.strip() for item in text.split(",")]


@replaces(
    parsing,
    "clean_json",
    restores="dynamic references to parameters are resolved; AWS::NoValue is left out of lists",
    original="9fbe5dedab81",
)
def _clean(value: Any, resources: Any) -> Any:  # noqa: ANN401 - any JSON; moto has no types
    if isinstance(value, str) and "{{resolve:" in value:
        return REFERENCE.sub(lambda match: _parameter(match[1], resources), value)
    if isinstance(value, list):
        return [item for item in (_clean(item, resources) for item in value) if item is not None]
    return ORIGINALS[parsing, "clean_json"](value, resources)


def _parameter(name: str, resources: Any) -> str:  # noqa: ANN401 - moto has no types
    client: Any = boto3.client("ssm", region_name=resources["AWS::Region"])
    value: str = client.get_parameter(Name=name)["Parameter"]["Value"]
    return value
