"""CloudFormation's API: requests as clients send them, answers as they expect them.

moto's own stacks are never made: these operations stand in the place of its, and those of stack
sets are refused by their names.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlparse

from botocore.exceptions import ClientError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult, EmptyResult

from bluegreen_simulator.aws.cloudformation import parameters, stacks
from bluegreen_simulator.aws.cloudformation.calls import client_of
from bluegreen_simulator.aws.cloudformation.errors import NotModelled, invalid
from bluegreen_simulator.aws.cloudformation.records import ChangeSet, Event, Resource, Stack
from bluegreen_simulator.aws.cloudformation.sam_transform import template_of
from bluegreen_simulator.aws.cloudformation.templates import (
    Template,
    capabilities_of,
    transforms_of,
    written,
)
from bluegreen_simulator.moto.constraints import BROKEN, summary, violations
from bluegreen_simulator.moto.replacements import replaces

Params = Mapping[str, Any]
install = stacks.install
Answer = Callable[[Params], Any]

STACK_NAME: Final = "[a-zA-Z][-a-zA-Z0-9]*"
LONGEST_NAME: Final = 128
"""What a new stack may be called (API, `CreateStack`, `StackName`; the API's model has no limits).

A change set's model has them."""

NOT_MODELLED_MEMBERS: Final = (
    "ImportExistingResources",
    "ResourceTypes",
    "ResourcesToImport",
    "RollbackConfiguration",
    "StackPolicyBody",
    "StackPolicyDuringUpdateBody",
    "StackPolicyDuringUpdateURL",
    "StackPolicyURL",
)
"""Members of requests that would have an effect on AWS."""


def _answers(
    operation: str, method: str, restores: str, original: str
) -> Callable[[Answer], Answer]:
    """Let a function of the request's members answer an operation in moto's place."""

    def register(answer: Answer) -> Answer:
        @replaces(CloudFormationResponse, method, restores=restores, original=original)
        def respond(self: Any) -> ActionResult:  # noqa: ANN401 - moto has no types
            params = self._get_params()
            broken = violations("cloudformation", operation, params)
            if broken:
                raise invalid(summary(broken))
            try:
                _refuse_members(operation, params)
                found = answer(params)
            except NotImplementedError as error:
                raise NotModelled(str(error)) from error
            return EmptyResult() if found is None else ActionResult(found)

        return answer

    return register


def _refuse_members(operation: str, params: Params) -> None:
    """Refuse by its name what would be passed over in silence."""
    found = sorted(name for name in NOT_MODELLED_MEMBERS if params.get(name))
    if found:
        raise NotImplementedError(
            f"{', '.join(found)} of {operation} is not modelled in the embedded AWS."
        )


# ---- Stacks ----------------------------------------------------------------------------------


@_answers(
    "CreateStack", "create_stack", "a failure ends in its status, with the reason", "8067e0d9ef2a"
)
def _create_stack(params: Params) -> Any:  # noqa: ANN401 - an answer
    found = stacks.running()
    _check_name(params["StackName"])
    given = _given(params, None)
    template = template_of(_text(params), given)
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


@_answers(
    "UpdateStack", "update_stack", "a failed update is rolled back, with its reason", "ee691a76e215"
)
def _update_stack(params: Params) -> Any:  # noqa: ANN401 - an answer
    found = stacks.running()
    stack = found.get(params["StackName"])
    given = _given(params, stack)
    template = _template(params, stack, given)
    found.update(stack, found.goal(template, given, _with_tags(params, stack)), params)
    return {"StackId": stack.id}


@_answers(
    "DeleteStack", "delete_stack", "what cannot be deleted ends in DELETE_FAILED", "4444140dae50"
)
def _delete_stack(params: Params) -> None:
    found, name = stacks.running(), params["StackName"]
    stack = found.find(name) or next((one for one in found.all() if one.id == name), None)
    if stack is not None:  # of one that was never there AWS says nothing
        found.delete(stack, params.get("RetainResources", []))


@_answers(
    "DescribeStacks", "describe_stacks", "a stack shows its reason and its outputs", "5ec521790e24"
)
def _describe_stacks(params: Params) -> Any:  # noqa: ANN401 - an answer
    found, name = stacks.running(), params.get("StackName")
    return {"Stacks": [_stack(one) for one in ([found.get(name)] if name else found.there()[::-1])]}


@_answers("ListStacks", "list_stacks", "a stack shows its reason", "9f742b645c53")
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


# ---- Resources and events ----------------------------------------------------------------------


@_answers(
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


@_answers(
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


@_answers(
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


@_answers(
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


@_answers(
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


@_answers("ListImports", "list_imports", "who imports a value is told", "absent")
def _list_imports(params: Params) -> Any:  # noqa: ANN401 - an answer
    name = params["ExportName"]
    importers = stacks.running().importers(name)
    if not importers:
        raise invalid(f"Export '{name}' is not imported by any stack.")
    return {"Imports": importers}


# ---- Templates ---------------------------------------------------------------------------------


@_answers(
    "GetTemplate", "get_template", "a template as given, or after its transforms", "81c70cece96b"
)
def _get_template(params: Params) -> Any:  # noqa: ANN401 - an answer
    found = stacks.running()
    if "ChangeSetName" in params:
        goal = found.change_set(params["ChangeSetName"], params.get("StackName")).goal
        assert goal is not None
    else:
        goal = found.get(params["StackName"]).goal
    template = goal.template
    processed = params.get("TemplateStage") == "Processed" and template.transforms
    body = json.dumps(template.body) if processed else template.text
    return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}


@_answers(
    "GetTemplateSummary",
    "get_template_summary",
    "parameters, capabilities, transforms",
    "7ab568472509",
)
def _get_template_summary(params: Params) -> Any:  # noqa: ANN401 - an answer
    if "StackName" in params:
        stack = stacks.running().get(params["StackName"])
        if stack.status == "REVIEW_IN_PROGRESS":
            raise invalid("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.")
        text = stack.goal.template.text
    else:
        text = _text(params)
    source = written(text)
    resources = source.get("Resources") or {}
    return {
        **_told(text, source),
        "ResourceTypes": [*dict.fromkeys(one["Type"] for one in resources.values())],
        "Version": source.get("AWSTemplateFormatVersion"),
        "Metadata": _metadata(source),
    }


def _metadata(source: Params) -> str | None:
    return json.dumps(source["Metadata"]) if "Metadata" in source else None


@_answers(
    "ValidateTemplate", "validate_template", "parameters, capabilities, transforms", "911f8224c59f"
)
def _validate_template(params: Params) -> Any:  # noqa: ANN401 - an answer
    text = _text(params)
    told = _told(text, written(text))
    for one in told["Parameters"]:
        del one["ParameterType"], one["ParameterConstraints"]
    return told


def _told(text: str, source: Params) -> dict[str, Any]:
    """What both operations tell of a template; a transform alone needs CAPABILITY_AUTO_EXPAND."""
    transforms = transforms_of(source)
    if transforms:
        needed = ["CAPABILITY_AUTO_EXPAND"]
        reason = f"The following resource(s) require capabilities: [{', '.join(transforms)}]"
        return {**_plain(source), **_capable(needed, reason), "DeclaredTransforms": [*transforms]}
    needed, why = capabilities_of(template_of(text, {}).body)
    return {**_plain(source), **_capable(needed, why), "DeclaredTransforms": []}


def _plain(source: Params) -> dict[str, Any]:
    return {
        "Description": source.get("Description"),
        "Parameters": parameters.declared(source),
    }


def _capable(needed: list[str], reason: str | None) -> dict[str, Any]:
    return {"Capabilities": needed, "CapabilitiesReason": reason}


def _text(params: Params) -> str:
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


def _template(params: Params, stack: Stack, given: Mapping[str, str]) -> Template:
    """The template of an update, which may be the one before."""
    previous = str(params.get("UsePreviousTemplate", "")).lower() == "true"
    if previous and ("TemplateBody" in params or "TemplateURL" in params):
        raise invalid("You cannot specify both usePreviousTemplate and Template Body/Template URL.")
    return template_of(stack.goal.template.text if previous else _text(params), given)


def _given(params: Params, stack: Stack | None) -> dict[str, str]:
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


def _with_tags(params: Params, stack: Stack) -> Params:
    """An update without tags keeps those that there are."""
    if "Tags" in params:
        return params
    tags = [{"Key": name, "Value": value} for name, value in stack.goal.tags.items()]
    return {**params, "Tags": tags}


# ---- Change sets -------------------------------------------------------------------------------


@_answers(
    "CreateChangeSet", "create_change_set", "what is lacking ends in its status", "9eb833dacc5f"
)
def _create_change_set(params: Params) -> Any:  # noqa: ANN401 - an answer
    found = stacks.running()

    def goal_of(stack: Stack | None) -> Any:  # noqa: ANN401 - a Goal
        given = _given(params, stack)
        if stack is None:
            return found.goal(template_of(_text(params), given), given, params)
        return found.goal(_template(params, stack, given), given, _with_tags(params, stack))

    kind = params.get("ChangeSetType", "UPDATE")
    if kind not in {"CREATE", "UPDATE"}:
        raise NotImplementedError(f"ChangeSetType {kind} is not modelled in the embedded AWS.")
    name, stack_name = params["ChangeSetName"], params["StackName"]
    made = found.create_change_set(name, stack_name, kind, goal_of, params)
    return {"Id": made.id, "StackId": made.stack.id}


@_answers(
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


@_answers("ListChangeSets", "list_change_sets", "those of one stack", "7c57429c611f")
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


@_answers(
    "DeleteChangeSet", "delete_change_set", "one that is not there is no error", "03c00dc6556a"
)
def _delete_change_set(params: Params) -> None:
    name, stack_name = params["ChangeSetName"], params.get("StackName")
    for stack in stacks.running().there():
        for one in [*stack.change_sets.values()]:
            if name in {one.name, one.id} and stack_name in {None, stack.name, stack.id}:
                del stack.change_sets[one.name]


@_answers(
    "ExecuteChangeSet", "execute_change_set", "a failure ends in the stack's status", "1220faf0bd60"
)
def _execute_change_set(params: Params) -> None:
    found = stacks.running()
    found.execute(found.change_set(params["ChangeSetName"], params.get("StackName")), params)


# ---- The rest ----------------------------------------------------------------------------------


@_answers(
    "UpdateTerminationProtection",
    "update_termination_protection",
    "a protected stack is not deleted",
    "absent",
)
def _update_termination_protection(params: Params) -> Any:  # noqa: ANN401 - an answer
    stack = stacks.running().get(params["StackName"])
    stack.protected = params["EnableTerminationProtection"]
    return {"StackId": stack.id}


@_answers("GetStackPolicy", "get_stack_policy", "the policy that was given", "b5a2b43ab735")
def _get_stack_policy(params: Params) -> Any:  # noqa: ANN401 - an answer
    return {"StackPolicyBody": stacks.running().get(params["StackName"]).policy}


NOT_MODELLED: Final[Mapping[str, str]] = {
    "create_stack_set": "5b1e65055dc7",
    "create_stack_instances": "8a0ff2740b1c",
    "delete_stack_set": "f9160b7bfb7d",
    "delete_stack_instances": "de80a0cf6ca4",
    "describe_stack_set": "0c2cba5ea843",
    "describe_stack_instance": "fd422391f491",
    "list_stack_sets": "a1dc32a02514",
    "list_stack_instances": "05366c4aad88",
    "list_stack_set_operations": "cdd027034564",
    "stop_stack_set_operation": "c85452366895",
    "describe_stack_set_operation": "37bd6b5a68f9",
    "list_stack_set_operation_results": "190db605c51f",
    "update_stack_set": "5efa9cb39633",
    "update_stack_instances": "dcead5ffbd08",
    "set_stack_policy": "e1b985fbc712",
}
"""Methods of moto's that would make stacks past these, with their fingerprints."""


def _refuse(method: str, original: str) -> None:
    operation = method.title().replace("_", "")

    @replaces(CloudFormationResponse, method, restores="refused by its name", original=original)
    def respond(self: Any) -> ActionResult:  # noqa: ANN401 - moto has no types
        del self
        raise NotModelled(f"{operation} of cloudformation is not modelled in the embedded AWS.")


for _method, _original in NOT_MODELLED.items():
    _refuse(_method, _original)
