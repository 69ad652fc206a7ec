"""Every single permission of the template, after SAM's transform, and the template without it.

A permission is one action on one resource, for one principal where the policy stands at a
resource, and each of several values of a condition; a trust; an AWS managed policy of a role; a
permission of Lambda. What a managed policy of the stack allows counts for each role that has it.
"""

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Template = Mapping[str, Any]
Statement = dict[str, Any]
Edit = Callable[[Statement], list[Statement]]
"""What stands in place of a statement once a permission is gone from it."""

PLACEHOLDER: Final = re.compile(r"\$\{AWS::(Partition|Region|AccountId)\}")
AT_RESOURCES: Final = {
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::S3::BucketPolicy": "PolicyDocument",
}
"""Where a type has the policy that stands at a resource."""


@dataclass(frozen=True)
class Permission:
    """What `holder`, a resource of the template, allows or may do.

    `source` is the managed policy or the principal that it has it from; `detail` a resource or a
    value of a condition.
    """

    holder: str
    action: str
    detail: str = ""
    source: str = ""
    _remove: Callable[[dict[str, Any]], None] = field(
        default=lambda _: None, compare=False, repr=False
    )

    def __str__(self) -> str:
        via = f" ({self.source})" if self.source else ""
        return f"{self.holder}{via}: {self.action} {self.detail}".rstrip()

    def removed_from(self, template: Template) -> dict[str, Any]:
        """The template without it."""
        body = copy.deepcopy(dict(template))
        self._remove(body["Resources"])
        return body


def permissions_of(template: Template) -> list[Permission]:
    """All of them, in the order of the template."""
    resources = template["Resources"]
    return [one for name in resources for one in _of_resource(resources, name)]


def _of_resource(resources: Mapping[str, Any], name: str) -> Iterator[Permission]:
    kind, properties = resources[name]["Type"], resources[name].get("Properties", {})
    if kind == "AWS::IAM::Role":
        yield from _of_role(resources, name, properties)
    elif kind == "AWS::Lambda::Permission":
        source = f"{properties['Principal']}"
        yield Permission(name, properties["Action"], "", source, lambda all_: all_.pop(name))
    elif kind in AT_RESOURCES:
        yield from _of_statements(name, properties, (AT_RESOURCES[kind],))


def _of_role(
    resources: Mapping[str, Any], name: str, properties: Mapping[str, Any]
) -> Iterator[Permission]:
    yield from _of_statements(name, properties, ("AssumeRolePolicyDocument",))
    for number in range(len(properties.get("Policies", []))):
        yield from _of_statements(name, properties, ("Policies", number, "PolicyDocument"))
    for arn in properties.get("ManagedPolicyArns", []):
        if isinstance(arn, str):
            policy = arn.rpartition("/")[2]
            yield Permission(name, policy, "", "", _without_managed(name, arn))
        else:
            yield from _of_managed(resources, name, arn)


def _of_statements(
    name: str, properties: Mapping[str, Any], path: tuple[str | int, ...]
) -> Iterator[Permission]:
    for number, statement in enumerate(_at(properties, path)["Statement"]):
        for action, detail, source, edit in _units(_inner(statement)):
            yield Permission(name, action, detail, source, _edited(name, path, number, edit))


def _of_managed(resources: Mapping[str, Any], name: str, arn: Mapping[str, str]) -> Any:
    policy = arn["Ref"]
    document = resources[policy]["Properties"]["PolicyDocument"]
    for number, statement in enumerate(document["Statement"]):
        for action, detail, _, edit in _units(_inner(statement)):
            yield Permission(name, action, detail, policy, _inlined(name, policy, number, edit))


# ---- What a statement allows, one by one ---------------------------------------------------


def _units(statement: Statement) -> Iterator[tuple[str, str, str, Edit]]:
    """Action, detail, principal, and the edit that takes it away, of each permission."""
    if statement["Effect"] != "Allow":
        return
    principals = [_words(name) for _, name in _principals(statement)] or [""]
    source = ", ".join(principals)
    for action in _list(statement["Action"]):
        for resource in _list(statement.get("Resource", "")):
            yield action, _words(resource), source, _without_pair(action, resource)
    for operator, by_key in statement.get("Condition", {}).items():
        for key, values in by_key.items():
            if isinstance(values, list) and len(values) > 1:
                for value in values:
                    edit = _without_value(operator, key, value)
                    yield _list(statement["Action"])[0], _words(value), source, edit


def _without_pair(action: str, resource: Any) -> Edit:
    def edit(statement: Statement) -> list[Statement]:
        actions = [one for one in _list(statement["Action"]) if one != action]
        kept = [{**statement, "Action": actions}] if actions else []
        others = [one for one in _list(statement.get("Resource", "")) if one != resource]
        return [*kept, {**statement, "Action": action, "Resource": others}] if others else kept

    return edit


def _without_value(operator: str, key: str, value: Any) -> Edit:
    def edit(statement: Statement) -> list[Statement]:
        changed = copy.deepcopy(statement)
        changed["Condition"][operator][key].remove(value)
        return [changed]

    return edit


def _principals(statement: Statement) -> Iterator[tuple[str, Any]]:
    for kind, names in statement.get("Principal", {}).items():
        for name in _list(names):
            yield kind, name


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _words(value: Any) -> str:
    """A resource, a principal or a value, in a few words."""
    if isinstance(value, str):
        return value
    ((function, given),) = value.items()
    if function == "Fn::GetAtt":
        return str(given[0])
    if function == "Fn::If":
        return _words(given[1])
    text = str(given)
    return PLACEHOLDER.sub("", text).removeprefix("arn::") if text.startswith("arn:") else text


# ---- The template without it ----------------------------------------------------------------


def _at(place: Any, path: tuple[str | int, ...]) -> Any:
    """What stands there, where the conditions of the template let it stand."""
    for step in path:
        place = _inner(place[step])
    return place


def _inner(place: Any) -> Any:
    """A policy, a statement or a list that a condition of the template lets stand."""
    return place["Fn::If"][1] if isinstance(place, dict) and "Fn::If" in place else place


def _replaced(statement: Statement, edit: Edit) -> list[Statement]:
    new = edit(_inner(statement))
    if "Fn::If" not in statement:
        return new
    condition, _, otherwise = statement["Fn::If"]
    return [{"Fn::If": [condition, one, otherwise]} for one in new]


def _edited(
    name: str, path: tuple[str | int, ...], number: int, edit: Edit
) -> Callable[[dict[str, Any]], None]:
    """A policy without statements is refused: one at a resource or of trust says Deny instead."""

    def remove(resources: dict[str, Any]) -> None:
        properties = resources[name]["Properties"]
        statements = _at(properties, path)["Statement"]
        denied = {**_inner(statements[number]), "Effect": "Deny"}
        statements[number : number + 1] = _replaced(statements[number], edit)
        if not statements and path[0] == "Policies":
            del properties["Policies"][path[1]]
        elif not statements:
            statements.append(denied)

    return remove


def _inlined(name: str, policy: str, number: int, edit: Edit) -> Callable[[dict[str, Any]], None]:
    """The role alone has the managed policy without it: as a policy of its own."""

    def remove(resources: dict[str, Any]) -> None:
        properties = resources[name]["Properties"]
        properties["ManagedPolicyArns"].remove({"Ref": policy})
        statements = copy.deepcopy(resources[policy]["Properties"]["PolicyDocument"]["Statement"])
        statements[number : number + 1] = _replaced(statements[number], edit)
        document = {"Version": "2012-10-17", "Statement": statements}
        own = [{"PolicyName": policy, "PolicyDocument": document}] if statements else []
        properties["Policies"] = [*properties.get("Policies", []), *own]

    return remove


def _without_managed(name: str, arn: str) -> Callable[[dict[str, Any]], None]:
    def remove(resources: dict[str, Any]) -> None:
        resources[name]["Properties"]["ManagedPolicyArns"].remove(arn)

    return remove
