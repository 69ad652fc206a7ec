"""CloudFormation's requests about what stacks have made: resources, their events, exports."""

from typing import Any

from bluegreen_simulator.aws.cloudformation import stacks
from bluegreen_simulator.aws.cloudformation.answers import Params, answers
from bluegreen_simulator.aws.cloudformation.errors import invalid
from bluegreen_simulator.aws.cloudformation.records import Event, Resource, Stack


@answers(
    "DescribeStackEvents", "describe_stack_events", "each resource has its events", "006ae8670df0"
)
def _describe_stack_events(params: Params) -> Any:  # noqa: ANN401 - an answer
    stack = stacks.running().get(params["StackName"])
    return {"StackEvents": [_event(stack, one) for one in reversed(stack.events)]}


def _event(stack: Stack, event: Event) -> dict[str, Any]:
    return {
        "StackId": stack.id,
        "EventId": event.event_id,
        "StackName": stack.name,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.type_name,
        "Timestamp": event.at,
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason,
    }


@answers(
    "DescribeStackResource",
    "describe_stack_resource",
    "a resource has its own status",
    "3d9bf35cbe6f",
)
def _describe_stack_resource(params: Params) -> Any:  # noqa: ANN401 - an answer
    stack, name = stacks.running().get(params["StackName"]), params["LogicalResourceId"]
    if name not in stack.resources:
        raise invalid(f"Resource {name} does not exist for stack {stack.name}")
    resource = stack.resources[name]
    shown = _resource(resource)
    detail = {**shown, "LastUpdatedTimestamp": shown["Timestamp"]}
    return {"StackResourceDetail": {"StackId": stack.id, "StackName": stack.name, **detail}}


@answers(
    "DescribeStackResources", "describe_stack_resources", "those that there are", "5c53d5e09397"
)
def _describe_stack_resources(params: Params) -> Any:  # noqa: ANN401 - an answer
    stack, wanted = _stack_of_resources(params), params.get("LogicalResourceId")
    return {
        "StackResources": [
            {"StackId": stack.id, "StackName": stack.name, **_resource(resource)}
            for resource in stack.resources.values()
            if wanted in {None, resource.logical_id}
        ]
    }


def _stack_of_resources(params: Params) -> Stack:
    if "StackName" in params:
        return stacks.running().get(params["StackName"])
    physical = params.get("PhysicalResourceId")
    for stack in stacks.running().there():
        if physical and physical in [one.physical_id for one in stack.resources.values()]:
            return stack
    raise invalid(f"Stack for {physical} does not exist")


@answers(
    "ListStackResources", "list_stack_resources", "a resource has its own status", "fcc4b4296d4f"
)
def _list_stack_resources(params: Params) -> Any:  # noqa: ANN401 - an answer
    stack = stacks.running().get(params["StackName"])
    return {
        "StackResourceSummaries": [
            {**_resource(resource), "LastUpdatedTimestamp": resource.changed_at}
            for resource in stack.resources.values()
        ]
    }


def _resource(resource: Resource) -> dict[str, Any]:
    return {
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id or None,
        "ResourceType": resource.type_name,
        "Timestamp": resource.changed_at,
        "ResourceStatus": resource.status,
        "ResourceStatusReason": resource.reason,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }


# ---- Exports -----------------------------------------------------------------------------------


@answers(
    "ListExports", "list_exports", "exports are those of stacks that are there", "4e593a643216"
)
def _list_exports(params: Params) -> Any:  # noqa: ANN401 - an answer
    del params
    return {
        "Exports": [
            {"ExportingStackId": stack.id, "Name": name, "Value": value}
            for stack in stacks.running().there()
            for name, value in stack.exports.items()
        ]
    }


@answers("ListImports", "list_imports", "who imports a value is told", "absent")
def _list_imports(params: Params) -> Any:  # noqa: ANN401 - an answer
    name = params["ExportName"]
    importers = stacks.running().importers(name)
    if not importers:
        raise invalid(f"Export '{name}' is not imported by any stack.")
    return {"Imports": importers}
