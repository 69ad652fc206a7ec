"""The page on security names what is there: IAM actions, resources, outputs, roles."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import botocore.session
import pytest

from bluegreen.aws.cloudwatch import AbortAlarms
from bluegreen.deployment.abort import ABORT_NAMESPACE
from shipped import FUNCTIONS, MACHINE, RESOURCES, ROOT, TEMPLATE, members

PAGE: Final = (ROOT / "docs/security.md").read_text("utf-8")
POLICIES: Final[list[dict[str, Any]]] = [
    json.loads(block)
    for block in re.findall(r"^```json\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
]
ACTION: Final = re.compile(r"[`\"]((?!aws:)[a-z]+:[A-Z][A-Za-z]+)[`\"]")
CLIENTS: Final = {"states": "stepfunctions"}
OF_ANOTHER_NAME: Final[dict[str, str]] = {"lambda:InvokeFunction": "lambda:Invoke"}
NO_CALL: Final = {"iam:PassRole"}
"""Actions that are no call of their own."""

LONGEST_ORGANISATION_POLICY: Final = 5120


def statements() -> Iterator[dict[str, Any]]:
    for policy in POLICIES:
        yield from policy["Statement"]


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.mark.parametrize("action", sorted({*ACTION.findall(PAGE)} - NO_CALL))
def test_an_action_is_one_of_aws(action: str) -> None:
    service, operation = OF_ANOTHER_NAME.get(action, action).split(":")
    model = botocore.session.get_session().get_service_model(CLIENTS.get(service, service))
    assert operation in model.operation_names


def test_a_function_is_one_of_the_template() -> None:
    named = {name.removesuffix("Role") for name in re.findall(r"\b\w+Function(?:Role)?\b", PAGE)}
    assert named - {"InvokeFunction"} == {
        "AbortDeploymentFunction",
        "ForgetEndpointFunction",
        "StartUpdateFunction",
    }
    assert named - {"InvokeFunction"} <= {*FUNCTIONS}


def test_an_output_or_parameter_is_one_of_the_template() -> None:
    words = {*re.findall(r"`([A-Z]\w+(?:Name|Arns?|Path|Prefix|Supersede|InDays))`", PAGE)}
    assert words == {
        "AbortDeploymentFunctionName",
        "AllowSupersede",
        "EndpointNamePrefix",
        "ForgetEndpointFunctionName",
        "LogRetentionInDays",
        "ModelExecutionRoleArns",
        "PolicyPath",
        "StateMachineArn",
    }
    assert words <= {*TEMPLATE["Outputs"], *TEMPLATE["Parameters"]}


def test_the_workflow_and_the_alarms_have_the_names_that_the_policies_give() -> None:
    arns = " ".join(each for one in statements() for each in listed(one["Resource"]))
    (name,) = {*re.findall(r":(?:stateMachine|execution):([\w-]+)", arns)}
    assert RESOURCES[MACHINE]["Properties"]["Name"] == {
        "Fn::Sub": name.replace("bluegreen", "${AWS::StackName}")
    }
    alarms = AbortAlarms(None, "bluegreen").name_of("*")  # type: ignore[arg-type] # asks nothing
    assert f":alarm:{alarms} " in f"{arns} "


def may(function: str, action: str) -> bool:
    allowed = members(FUNCTIONS[function]["Policies"], "Action")
    return any(action in listed(each) for each in allowed)


def test_the_organisation_policy_leaves_bluegreen_what_it_needs() -> None:
    ring, abort, _ = POLICIES[-1]["Statement"]
    assert ring["Condition"]["StringEquals"] == {"cloudwatch:namespace": ABORT_NAMESPACE}
    roles = abort["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
    excepted = {re.findall(r"bluegreen-(\w+)Role-", role)[0] for role in roles}
    needing = {f for f in FUNCTIONS for action in abort["Action"] if may(f, action)}
    assert excepted == needing


def test_the_organisation_policy_is_short_enough_and_only_denies() -> None:
    policy = POLICIES[-1]
    assert {one["Effect"] for one in policy["Statement"]} == {"Deny"}
    assert len(json.dumps(policy)) <= LONGEST_ORGANISATION_POLICY


def test_nobody_else_is_given_more_than_one_right() -> None:
    rights = [
        {action for one in policy["Statement"] for action in listed(one["Action"])}
        for policy in POLICIES[:-1]
    ]
    changing = [each & {"states:StartExecution", "lambda:InvokeFunction"} for each in rights]
    assert changing == [{"states:StartExecution"}, {"lambda:InvokeFunction"}]
