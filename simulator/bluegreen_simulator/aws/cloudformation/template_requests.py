"""CloudFormation's requests about templates: as given, as they are understood, what they need."""

import json
from typing import Any

from bluegreen_simulator.aws.cloudformation import parameters, stacks
from bluegreen_simulator.aws.cloudformation.answers import Params, answers
from bluegreen_simulator.aws.cloudformation.errors import invalid
from bluegreen_simulator.aws.cloudformation.sam_transform import template_of
from bluegreen_simulator.aws.cloudformation.submitted import text_of
from bluegreen_simulator.aws.cloudformation.templates import (
    capabilities_of,
    transforms_of,
    written,
)


@answers(
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


@answers(
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
        text = text_of(params)
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


@answers(
    "ValidateTemplate", "validate_template", "parameters, capabilities, transforms", "911f8224c59f"
)
def _validate_template(params: Params) -> Any:  # noqa: ANN401 - an answer
    text = text_of(params)
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
