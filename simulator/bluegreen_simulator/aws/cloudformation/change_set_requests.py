"""CloudFormation's requests about change sets."""

from typing import Any

from bluegreen_simulator.aws.cloudformation import parameters, stacks
from bluegreen_simulator.aws.cloudformation.answers import Params, answers
from bluegreen_simulator.aws.cloudformation.records import ChangeSet, Stack
from bluegreen_simulator.aws.cloudformation.sam_transform import template_of
from bluegreen_simulator.aws.cloudformation.submitted import (
    given_of,
    template_after,
    text_of,
    with_tags,
)


@answers(
    "CreateChangeSet", "create_change_set", "what is lacking ends in its status", "9eb833dacc5f"
)
def _create_change_set(params: Params) -> Any:  # noqa: ANN401 - an answer
    found = stacks.running()

    def goal_of(stack: Stack | None) -> Any:  # noqa: ANN401 - a Goal
        given = given_of(params, stack)
        if stack is None:
            return found.goal(template_of(text_of(params), given), given, params)
        return found.goal(template_after(params, stack, given), given, with_tags(params, stack))

    kind = params.get("ChangeSetType", "UPDATE")
    if kind not in {"CREATE", "UPDATE"}:
        raise NotImplementedError(f"ChangeSetType {kind} is not modelled in the embedded AWS.")
    name, stack_name = params["ChangeSetName"], params["StackName"]
    made = found.create_change_set(name, stack_name, kind, goal_of, params)
    return {"Id": made.id, "StackId": made.stack.id}


@answers(
    "DescribeChangeSet",
    "describe_change_set",
    "what would change, and what is lacking",
    "96c6b1f6a617",
)
def _describe_change_set(params: Params) -> Any:  # noqa: ANN401 - an answer
    found = stacks.running().change_set(params["ChangeSetName"], params.get("StackName"))
    goal = found.goal
    assert goal is not None
    given = {name: text for name, text in goal.given.items() if name in goal.template.parameters}
    hidden = parameters.shown(goal.template, given, goal.values)
    return {
        **_change_set(found),
        "Parameters": {one["ParameterKey"]: one["ParameterValue"] for one in hidden},
        "NotificationARNs": [*goal.notification_arns],
        "Capabilities": [*goal.capabilities],
        "Tags": [{"Key": name, "Value": value} for name, value in goal.tags.items()],
        "Changes": found.changes,  # moto puts each where it belongs
        "OnStackFailure": found.on_failure,
    }


@answers("ListChangeSets", "list_change_sets", "those of one stack", "7c57429c611f")
def _list_change_sets(params: Params) -> Any:  # noqa: ANN401 - an answer
    stack = stacks.running().get(params["StackName"])
    return {"Summaries": [_change_set(one) for one in stack.change_sets.values()]}


def _change_set(found: ChangeSet) -> dict[str, Any]:
    return {
        "ChangeSetName": found.name,
        "ChangeSetId": found.id,
        "StackId": found.stack.id,
        "StackName": found.stack.name,
        "Description": found.description,
        "CreationTime": found.created_at,
        "ExecutionStatus": found.execution_status,
        "Status": found.status,
        "StatusReason": found.reason,
    }


@answers(
    "DeleteChangeSet", "delete_change_set", "one that is not there is no error", "03c00dc6556a"
)
def _delete_change_set(params: Params) -> None:
    name, stack_name = params["ChangeSetName"], params.get("StackName")
    for stack in stacks.running().there():
        for one in [*stack.change_sets.values()]:
            if name in {one.name, one.id} and stack_name in {None, stack.name, stack.id}:
                del stack.change_sets[one.name]


@answers(
    "ExecuteChangeSet", "execute_change_set", "a failure ends in the stack's status", "1220faf0bd60"
)
def _execute_change_set(params: Params) -> None:
    found = stacks.running()
    found.execute(found.change_set(params["ChangeSetName"], params.get("StackName")), params)
