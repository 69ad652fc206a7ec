"""CloudFormation's requests about stacks."""

import re
from typing import Any, Final

from bluegreen_simulator.aws.cloudformation import parameters, stacks
from bluegreen_simulator.aws.cloudformation.answers import Params, answers
from bluegreen_simulator.aws.cloudformation.errors import invalid
from bluegreen_simulator.aws.cloudformation.records import Stack
from bluegreen_simulator.aws.cloudformation.sam_transform import template_of
from bluegreen_simulator.aws.cloudformation.submitted import (
    given_of,
    template_after,
    text_of,
    with_tags,
)
from bluegreen_simulator.moto.constraints import BROKEN, summary

STACK_NAME: Final = "[a-zA-Z][-a-zA-Z0-9]*"
LONGEST_NAME: Final = 128
"""What a new stack may be called (API, `CreateStack`, `StackName`; the API's model has no limits).

A change set's model has them."""


@answers(
    "CreateStack", "create_stack", "a failure ends in its status, with the reason", "8067e0d9ef2a"
)
def _create_stack(params: Params) -> Any:  # noqa: ANN401 - an answer
    found = stacks.running()
    _check_name(params["StackName"])
    given = given_of(params, None)
    template = template_of(text_of(params), given)
    stack = found.create(params["StackName"], found.goal(template, given, params), params)
    return {"StackId": stack.id}


def _check_name(name: str) -> None:
    """Refuse what cannot be the name of a new stack."""
    if not re.fullmatch(STACK_NAME, name):
        rule = f"satisfy regular expression pattern: {STACK_NAME}"
    elif len(name) > LONGEST_NAME:
        rule = f"have length less than or equal to {LONGEST_NAME}"
    else:
        return
    raise invalid(summary([BROKEN.format(value=name, path="stackName", rule=rule)]))


@answers(
    "UpdateStack", "update_stack", "a failed update is rolled back, with its reason", "ee691a76e215"
)
def _update_stack(params: Params) -> Any:  # noqa: ANN401 - an answer
    found = stacks.running()
    stack = found.get(params["StackName"])
    given = given_of(params, stack)
    template = template_after(params, stack, given)
    found.update(stack, found.goal(template, given, with_tags(params, stack)), params)
    return {"StackId": stack.id}


@answers(
    "DeleteStack", "delete_stack", "what cannot be deleted ends in DELETE_FAILED", "4444140dae50"
)
def _delete_stack(params: Params) -> None:
    found, name = stacks.running(), params["StackName"]
    stack = found.find(name) or next((one for one in found.all() if one.id == name), None)
    if stack is not None:  # of one that was never there AWS says nothing
        found.delete(stack, params.get("RetainResources", []))


@answers(
    "DescribeStacks", "describe_stacks", "a stack shows its reason and its outputs", "5ec521790e24"
)
def _describe_stacks(params: Params) -> Any:  # noqa: ANN401 - an answer
    found, name = stacks.running(), params.get("StackName")
    return {"Stacks": [_stack(one) for one in ([found.get(name)] if name else found.there()[::-1])]}


@answers("ListStacks", "list_stacks", "a stack shows its reason", "9f742b645c53")
def _list_stacks(params: Params) -> Any:  # noqa: ANN401 - an answer
    wanted = params.get("StackStatusFilter")
    return {
        "StackSummaries": [
            _summary(stack)
            for stack in reversed(stacks.running().all())
            if not wanted or stack.status in wanted
        ]
    }


def _stack(stack: Stack) -> dict[str, Any]:
    goal = stack.goal
    texts = parameters.complete(goal.template, goal.given)
    return {
        **_summary(stack),
        "Description": goal.template.body.get("Description"),
        "Parameters": parameters.shown(goal.template, texts, goal.values),
        "DisableRollback": stack.on_failure == "DO_NOTHING",
        "NotificationARNs": [*goal.notification_arns],
        "TimeoutInMinutes": stack.timeout_minutes,
        "Capabilities": [*goal.capabilities],
        "Outputs": stack.outputs,
        "RoleARN": goal.role_arn,
        "Tags": dict(goal.tags),  # moto makes a list of it
        "EnableTerminationProtection": stack.protected,
    }


def _summary(stack: Stack) -> dict[str, Any]:
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "TemplateDescription": stack.goal.template.body.get("Description"),
        "CreationTime": stack.created_at,
        "LastUpdatedTime": stack.updated_at,
        "DeletionTime": stack.deleted_at,
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


@answers(
    "UpdateTerminationProtection",
    "update_termination_protection",
    "a protected stack is not deleted",
    "absent",
)
def _update_termination_protection(params: Params) -> Any:  # noqa: ANN401 - an answer
    stack = stacks.running().get(params["StackName"])
    stack.protected = params["EnableTerminationProtection"]
    return {"StackId": stack.id}


@answers("GetStackPolicy", "get_stack_policy", "the policy that was given", "b5a2b43ab735")
def _get_stack_policy(params: Params) -> Any:  # noqa: ANN401 - an answer
    return {"StackPolicyBody": stacks.running().get(params["StackName"]).policy}
