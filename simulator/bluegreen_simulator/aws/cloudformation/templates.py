"""CloudFormation: a template as it is written, and what can be told from it without any resource.

Rules: CloudFormation User Guide, "Template anatomy"; the messages are those that AWS answers with.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import yaml

from bluegreen_simulator.aws.cloudformation.errors import invalid

SECTIONS: Final = {
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
}
PSEUDO: Final = {
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
}
NAMED_IAM: Final = {
    "AWS::IAM::AccessKey": "",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": "",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": "",
}
"""What needs a capability, with the property that makes it need the one for names."""

IN_SUB: Final = re.compile(r"\$\{([^!}][^}]*)\}")


@dataclass(frozen=True)
class Template:
    """A template: `text` as it was given, `body` after its transform."""

    text: str
    body: Mapping[str, Any]
    transforms: tuple[str, ...] = ()

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """The resources by logical id."""
        resources: Mapping[str, Mapping[str, Any]] = self.body["Resources"]
        return resources

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """The parameters by name."""
        return self.body.get("Parameters") or {}

    @cached_property
    def order(self) -> list[str]:
        """The resources in an order in which each comes after those that it needs."""
        done: dict[str, None] = {}
        for name in self.resources:
            self._visit(name, done, ())
        return [*done]

    def _visit(self, name: str, done: dict[str, None], above: tuple[str, ...]) -> None:
        if name in done:
            return
        if name in above:
            circle = ", ".join(above[above.index(name) :])
            raise invalid(f"Circular dependency between resources: [{circle}]")
        for needed in self._needs(name):
            self._visit(needed, done, (*above, name))
        done[name] = None

    def _needs(self, name: str) -> list[str]:
        body = self.resources[name]
        needed = [*_depends(body), *references(body)]
        return [one for one in needed if one in self.resources]


def written(text: str) -> dict[str, Any]:
    """The template in a text of JSON or YAML, with the short forms of functions written out."""
    try:
        body = json.loads(text) if text.lstrip().startswith("{") else _of_yaml(text)
    except ValueError as error:
        raise invalid(f"Template format error: JSON not well-formed. ({error})") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise invalid(f"Template format error: YAML not well-formed.{where}") from error
    if not isinstance(body, dict):
        raise invalid("Template format error: unsupported structure.")
    return body


class _Loader(yaml.CSafeLoader):
    """Dates stay texts, as in the Version of a policy."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def _short_form(loader: Any, suffix: str, node: yaml.Node) -> dict[str, Any]:  # noqa: ANN401 - PyYAML's
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        text: Any = loader.construct_scalar(node)
        return {name: text.split(".", 1) if name == "Fn::GetAtt" else text}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short_form)


def _of_yaml(text: str) -> Any:  # noqa: ANN401 - any YAML
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader


def check(body: Mapping[str, Any]) -> None:
    """Raise for a template, after its transform, that is none."""
    unknown = sorted(body.keys() - SECTIONS)
    if unknown:
        raise invalid(f"Invalid template property or properties [{', '.join(unknown)}]")
    resources = body.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise invalid("Template format error: At least one Resources member must be defined.")
    for name, resource in resources.items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise invalid(
                f"Template format error: [/Resources/{name}] Every Resources object must contain "
                "a Type member."
            )
    _check_references(body)


def _check_references(body: Mapping[str, Any]) -> None:
    known = {*body["Resources"], *(body.get("Parameters") or {}), *PSEUDO}
    for block in ("Resources", "Outputs"):
        asked = {*references(body.get(block) or {})}
        if block == "Resources":
            asked |= {one for resource in body[block].values() for one in _depends(resource)}
        unknown = sorted(asked - known)
        if unknown:
            raise invalid(
                f"Template format error: Unresolved resource dependencies [{', '.join(unknown)}] "
                f"in the {block} block of the template"
            )


def _depends(resource: Mapping[str, Any]) -> list[str]:
    given = resource.get("DependsOn", [])
    return [given] if isinstance(given, str) else given


def references(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """The names that Ref, Fn::GetAtt and Fn::Sub refer to."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    if not isinstance(value, dict):
        return
    for name, item in value.items():
        if name == "Ref" and isinstance(item, str) and len(value) == 1:
            yield item
        elif name == "Fn::GetAtt" and len(value) == 1:
            yield (item.split(".", 1) if isinstance(item, str) else item)[0]
        else:
            yield from _in_sub(item) if name == "Fn::Sub" else ()
            yield from references(item)


def _in_sub(given: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    text, own = (given, {}) if isinstance(given, str) else (given[0], given[1])
    for name in IN_SUB.findall(text):
        if name not in own:
            yield name.strip().partition(".")[0]


def transforms_of(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the transforms that a template asks for."""
    given = body.get("Transform") or []
    several = given if isinstance(given, list) else [given]
    return tuple(one if isinstance(one, str) else one["Name"] for one in several)


def capabilities_of(body: Mapping[str, Any]) -> tuple[list[str], str | None]:
    """What has to be acknowledged of a template after its transform, and why."""
    types = {one["Type"] for one in body["Resources"].values() if one["Type"] in NAMED_IAM}
    if not types:
        return [], None
    named = any(
        NAMED_IAM[one["Type"]] in one.get("Properties", {})
        for one in body["Resources"].values()
        if one["Type"] in NAMED_IAM
    )
    needed = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
    reason = f"The following resource(s) require capabilities: [{', '.join(sorted(types))}]"
    return [needed], reason


def missing_capabilities(body: Mapping[str, Any], given: tuple[str, ...]) -> str | None:
    """The message about capabilities that were not given; None if none is missing."""
    needed, _ = capabilities_of(body)
    if not needed or needed[0] in given or "CAPABILITY_NAMED_IAM" in given:
        return None
    return f"Requires capabilities : [{needed[0]}]"
