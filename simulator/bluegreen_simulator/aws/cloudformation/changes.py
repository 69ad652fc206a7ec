"""CloudFormation: what a change set says would change."""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.cloudformation.exceptions import CloudFormationError

from bluegreen_simulator.aws.cloudformation import types
from bluegreen_simulator.aws.cloudformation.base_type import ResourceType, changed_names
from bluegreen_simulator.aws.cloudformation.intrinsics import Evaluator, Unknown
from bluegreen_simulator.aws.cloudformation.operations import evaluator_of, replaces
from bluegreen_simulator.aws.cloudformation.records import Goal, Resource, Stack
from bluegreen_simulator.aws.world import World


def between(
    world: World, stack: Stack, goal: Goal, exports: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """The ResourceChange of each resource that would be made, changed or deleted."""
    new: dict[str, ResourceType] = {}

    def made(name: str) -> ResourceType | None:
        present = stack.resources.get(name)
        return new.get(name) or (present.made if present else None)

    evaluator = evaluator_of(world, stack, goal, made, exports)
    wanted = []
    for name in goal.template.order:
        body = goal.template.resources[name]
        if "Condition" in body and not evaluator.holds(body["Condition"]):
            continue
        wanted.append(name)
        change = _of_resource(name, body, stack.resources.get(name), evaluator)
        if change is not None:
            if change.get("Replacement") != "False":
                new[name] = Unknown()
            yield change
    for name, resource in stack.resources.items():
        if name not in wanted:
            yield {"Action": "Remove", **_known(resource)}


def _of_resource(
    name: str, body: Mapping[str, Any], present: Resource | None, evaluator: Evaluator
) -> dict[str, Any] | None:
    if present is None or present.made is None:
        return {
            "Action": "Add",
            "LogicalResourceId": name,
            "ResourceType": body["Type"],
            "Scope": [],
        }
    if body["Type"] != present.type_name:
        return {
            "Action": "Modify",
            **_known(present),
            "Replacement": "True",
            "Scope": ["Properties"],
        }
    try:
        wanted = evaluator.value(body.get("Properties") or {})
    except CloudFormationError:  # of a part of what nobody knows yet
        return {"Action": "Modify", **_known(present), "Replacement": "Conditional", "Scope": []}
    changed = changed_names(wanted, present.properties)
    if not changed:
        return None
    replaced = replaces(types.of(body["Type"]), wanted, present.properties)
    details = [
        {"Target": {"Attribute": "Properties", "Name": one}, "Evaluation": "Static"}
        for one in changed
    ]
    return {
        "Action": "Modify",
        **_known(present),
        "Replacement": "True" if replaced else "False",
        "Scope": ["Properties"],
        "Details": details,
    }


def _known(resource: Resource) -> dict[str, str]:
    return {
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type_name,
    }


def imports(stack: Stack, world: World) -> Iterator[str]:
    """The names of the exports that a stack imports."""
    evaluator = evaluator_of(world, stack, stack.goal, lambda _: Unknown(), {})
    yield from _imported(stack.goal.template.body, evaluator)


def _imported(value: Any, evaluator: Evaluator) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(value, list):
        for item in value:
            yield from _imported(item, evaluator)
    if isinstance(value, dict):
        for name, item in value.items():
            if name == "Fn::ImportValue":
                yield evaluator.text(item)
            yield from _imported(item, evaluator)
