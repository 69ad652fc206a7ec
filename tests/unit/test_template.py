"""The seams between template, workflow and handlers, which no linter sees."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pkgutil import iter_modules
from typing import Any, Final

import pytest
import yaml
from aws_lambda_powertools.shared import constants as powertools

from bluegreen import events, settings, states
from bluegreen.registry.clone import STACK_TAG
from shipped import (
    EVENT_FUNCTIONS,
    FUNCTIONS,
    GLOBALS,
    MACHINE,
    RESOURCES,
    SUBSTITUTIONS,
    TASKS,
    TEMPLATE,
    TEMPLATE_TEXT,
    WORKFLOW_TEXT,
    members,
    nodes,
    of_type,
)

QUEUES: Final = of_type("AWS::SQS::Queue")
SCHEDULED: Final = {
    name: body
    for name, body in EVENT_FUNCTIONS.items()
    if any(event["Type"] == "Schedule" for event in body["Events"].values())
}
RULED: Final = {name: body for name, body in EVENT_FUNCTIONS.items() if name not in SCHEDULED}
LOG_DELIVERY: Final = {
    f"logs:{action}"
    for action in (
        "CreateLogDelivery",
        "GetLogDelivery",
        "UpdateLogDelivery",
        "DeleteLogDelivery",
        "ListLogDeliveries",
        "PutResourcePolicy",
        "DescribeResourcePolicies",
        "DescribeLogGroups",
    )
}
"""What a state machine's role needs so that its log arrives (Step Functions guide, Logging)."""


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


# ---- Functions -------------------------------------------------------------------------------


def handler_modules() -> set[str]:
    """The modules that hold a handler; what they share is none."""
    paths, names = (*states.__path__, *events.__path__), ("states", "events")
    rooms = zip(paths, names, strict=True)
    modules = [f"bluegreen.{room}.{m.name}" for path, room in rooms for m in iter_modules([path])]
    return {name for name in modules if hasattr(importlib.import_module(name), "handler")}


def module_of(function: str) -> str:
    """A state's module is named like the state, an event's like what is relayed."""
    name = function.removesuffix("Function")
    room = "states" if name in TASKS else "events"
    return f"bluegreen.{room}.{snake(name.removeprefix('Relay'))}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_handler_is_a_callable_of_the_module_named_like_its_function(name: str) -> None:
    assert FUNCTIONS[name]["Handler"] == f"{module_of(name)}.handler"
    assert callable(importlib.import_module(module_of(name)).handler)


def test_every_handler_has_a_function_and_every_function_a_handler() -> None:
    assert handler_modules() == set(map(module_of, FUNCTIONS))


@pytest.mark.parametrize("name", TASKS)
def test_a_state_its_function_and_its_substitution_have_one_name(name: str) -> None:
    assert TASKS[name]["Arguments"]["FunctionName"] == f"${{{name}FunctionArn}}"
    assert SUBSTITUTIONS[f"{name}FunctionArn"] == {"Fn::GetAtt": [f"{name}Function", "Arn"]}


def test_a_function_is_a_state_or_is_called_by_an_event_and_never_both() -> None:
    states = {f"{name}Function" for name in TASKS}
    assert states | set(EVENT_FUNCTIONS) == set(FUNCTIONS)
    assert states & set(EVENT_FUNCTIONS) == set()


def test_the_workflow_may_call_its_functions_and_no_other() -> None:
    (allowed,) = [
        statement["Resource"]
        for statement in nodes(RESOURCES[MACHINE]["Properties"]["Policies"])
        if statement.get("Action") == "lambda:InvokeFunction"
    ]
    assert allowed == [{"Fn::GetAtt": [f"{name}Function", "Arn"]} for name in TASKS]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_says_what_it_does(name: str) -> None:
    assert FUNCTIONS[name]["Description"]


def read_by_settings() -> set[str]:
    """The names that settings.py asks for; all of them go through two functions."""
    calls = ast.walk(ast.parse(inspect.getsource(settings)))
    return {
        ast.literal_eval(call.args[0])
        for call in calls
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"_required", "_optional"}
        and isinstance(call.args[0], ast.Constant)
    }


def given_to_functions() -> set[str]:
    everywhere = [GLOBALS, *FUNCTIONS.values()]
    return {name for f in everywhere for name in f.get("Environment", {}).get("Variables", {})}


def test_every_variable_that_settings_read_is_set_by_the_template_and_the_reverse() -> None:
    of_powertools = {value for value in vars(powertools).values() if isinstance(value, str)}
    assert given_to_functions() - of_powertools == read_by_settings()


# ---- Permissions -----------------------------------------------------------------------------


def scalars_under(node: yaml.Node | None, names: set[str]) -> Iterator[yaml.ScalarNode]:
    """Each text below a member of one of these names, with its line."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            found = _scalars(value) if key.value in names else scalars_under(value, names)
            yield from found
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from scalars_under(item, names)


def _scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item)


def unexplained(text: str, names: set[str], pattern: str) -> list[str]:
    """The lines with a wildcard that no comment on the same line explains."""
    found = scalars_under(yaml.compose(text, Loader=yaml.SafeLoader), names)
    lines = [text.splitlines()[n.start_mark.line] for n in found if re.search(pattern, n.value)]
    return [line.strip() for line in lines if not re.search(r"#\s+\w+(\s+\S+){2}", line)]


def test_no_action_holds_a_wildcard() -> None:
    assert unexplained(TEMPLATE_TEXT, {"Action", "NotAction"}, r"\*") == []


def test_a_statement_for_every_resource_says_why() -> None:
    assert (
        unexplained(TEMPLATE_TEXT, {"Resource", "NotResource", "Principal", "AWS"}, r"^\*$") == []
    )


def test_an_unexplained_wildcard_would_be_seen() -> None:
    text = 'A:\n  - Action: [s3:GetObject, "s3:*"]\n    Resource: "*"\n    NotAction: a:* # no why'
    assert len(unexplained(text, {"Action", "NotAction"}, r"\*")) == 2
    assert len(unexplained(text, {"Resource"}, r"^\*$")) == 1


def test_no_policy_says_what_is_not_allowed_instead_of_what_is() -> None:
    assert members(RESOURCES, "NotAction") + members(RESOURCES, "NotResource") == []


def test_the_role_of_the_workflow_may_deliver_its_log() -> None:
    statements = list(nodes(RESOURCES[MACHINE]["Properties"]["Policies"]))
    allowed = {a for s in statements if s.get("Resource") == "*" for a in s["Action"]}
    assert allowed == LOG_DELIVERY


def references(value: Any) -> set[str]:
    """The logical ids, parameters and pseudo parameters that a piece of the template names."""
    found = set(members(value, "Ref"))
    found |= {attribute[0] for attribute in members(value, "Fn::GetAtt")}
    for sub in members(value, "Fn::Sub"):
        found |= set(re.findall(r"\$\{([\w:]+)", sub))
    return found


def needed_by(name: str) -> set[str]:
    """Every resource that must be there before this one."""
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        direct = references(RESOURCES[ahead.pop()].get("Properties", {})) & RESOURCES.keys()
        ahead += direct - seen
        seen |= direct
    return seen


@pytest.mark.parametrize("name", RESOURCES)
def test_no_resource_needs_itself(name: str) -> None:
    assert name not in needed_by(name)


def test_the_machine_is_named_so_that_its_functions_can_spell_it() -> None:
    assert RESOURCES[MACHINE]["Properties"]["Name"] == {"Fn::Sub": "${AWS::StackName}-deployment"}
    named = [name for name, body in RESOURCES.items() if MACHINE in references(body)]
    assert {RESOURCES[name]["Type"] for name in named} <= {"AWS::CloudWatch::Alarm"}


def test_a_token_may_be_answered_whosever_it_is_since_iam_has_no_resource_for_tokens() -> None:
    (statement,) = [s for s in nodes(RESOURCES) if s.get("Action") == "states:SendTaskSuccess"]
    assert statement["Resource"] == "*"


def statements_of(value: Any, action: str) -> list[dict[str, Any]]:
    """The statements anywhere in a piece of the template that allow an action."""
    return [dict(node) for node in nodes(value) if action in _listed(node.get("Action"))]


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []


ONLY_FOR_PACKAGES: Final = (
    "iam:PassRole",
    "sagemaker:AddTags",
    "sagemaker:CreateEndpointConfig",
    "sagemaker:CreateModel",
    "sagemaker:UpdateModelPackage",
)


@pytest.mark.parametrize("action", ONLY_FOR_PACKAGES)
def test_what_model_packages_need_is_allowed_only_where_they_are_deployed(action: str) -> None:
    chosen = [
        then
        for condition, then, otherwise in members(RESOURCES, "Fn::If")
        if condition == "DeploysModelPackages" and otherwise == {"Ref": "AWS::NoValue"}
    ]
    assert len(statements_of(chosen, action)) == 1
    assert statements_of(RESOURCES, action) == statements_of(chosen, action)


def test_the_roles_of_the_parameter_are_passed_on_to_sagemaker_and_to_nobody_else() -> None:
    (statement,) = statements_of(RESOURCES, "iam:PassRole")
    assert statement["Resource"] == {"Ref": "ModelExecutionRoleArns"}
    service = {"iam:PassedToService": "sagemaker.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": service}


def test_only_what_carries_the_tag_of_the_stack_may_be_deleted() -> None:
    actions = {a for s in nodes(RESOURCES) for a in _listed(s.get("Action")) if ":Delete" in a}
    sagemaker = {action for action in actions if action.startswith("sagemaker:")}
    assert sagemaker == {"sagemaker:DeleteEndpointConfig", "sagemaker:DeleteModel"}
    for action in sagemaker:
        (statement,) = statements_of(RESOURCES, action)
        tag = {f"aws:ResourceTag/{STACK_TAG}": {"Ref": "AWS::StackName"}}
        assert statement["Condition"] == {"StringEquals": tag}


def test_only_deployment_policies_can_be_read_from_the_parameter_store() -> None:
    statements = statements_of(RESOURCES, "ssm:GetParameter")
    parameters = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter"
    policies = {"Fn::Sub": parameters + "${PolicyPath}/*"}
    assert [statement["Resource"] for statement in statements] == [policies, policies]


def test_the_key_names_the_account_and_services_and_no_role_of_the_stack() -> None:
    (key,) = of_type("AWS::KMS::Key").values()
    named = references(key["KeyPolicy"])
    assert {name for name in named if not name.startswith("AWS::")} == set()
    assert key["EnableKeyRotation"] is True


# ---- Logs ------------------------------------------------------------------------------------


def test_the_log_of_the_workflow_holds_no_data_of_executions() -> None:
    assert RESOURCES[MACHINE]["Properties"]["Logging"]["IncludeExecutionData"] is False


@pytest.mark.parametrize("name", of_type("AWS::Logs::LogGroup"))
def test_a_log_is_kept_for_a_time_and_encrypted(name: str) -> None:
    group = RESOURCES[name]["Properties"]
    assert group["RetentionInDays"] == {"Ref": "LogRetentionInDays"}
    assert group["KmsKeyId"] == {"Fn::GetAtt": ["Key", "Arn"]}


def test_functions_write_to_the_log_group_of_the_stack() -> None:
    assert GLOBALS["LoggingConfig"] == {"LogGroup": {"Ref": "FunctionsLogGroup"}}
    assert [name for name, body in FUNCTIONS.items() if "LoggingConfig" in body] == []


# ---- Events ----------------------------------------------------------------------------------


def rule_of(name: str) -> dict[str, Any]:
    (event,) = EVENT_FUNCTIONS[name]["Events"].values()
    assert event["Type"] == "EventBridgeRule"
    properties: dict[str, Any] = event["Properties"]
    return properties


def dead_letter_queues(name: str) -> list[str]:
    """Where an event goes that cannot be delivered, and where one that cannot be processed."""
    config = EVENT_FUNCTIONS[name]["EventInvokeConfig"]
    places = [rule_of(name)["DeadLetterConfig"]["Arn"]]
    places.append(config["DestinationConfig"]["OnFailure"]["Destination"])
    return [place["Fn::GetAtt"][0] for place in places]


@pytest.mark.parametrize("name", RULED)
def test_a_rule_is_fixed_to_its_own_account(name: str) -> None:
    pattern = rule_of(name)["Pattern"]
    assert pattern["account"] == [{"Ref": "AWS::AccountId"}]
    assert pattern["source"]


@pytest.mark.parametrize("name", RULED)
def test_one_queue_takes_what_is_not_delivered_and_another_what_is_not_processed(name: str) -> None:
    assert dead_letter_queues(name) == ["UndeliveredEventsQueue", "UnprocessedEventsQueue"]


def test_no_queue_is_left_over() -> None:
    assert sorted(QUEUES) == ["UndeliveredEventsQueue", "UnprocessedEventsQueue"]


@pytest.mark.parametrize("name", RULED)
def test_an_event_is_tried_for_an_hour(name: str) -> None:
    assert rule_of(name)["RetryPolicy"]["MaximumEventAgeInSeconds"] == 3600
    assert EVENT_FUNCTIONS[name]["EventInvokeConfig"]["MaximumEventAgeInSeconds"] == 3600


def test_the_rules_and_no_others_may_send_to_the_queue_of_what_is_not_delivered() -> None:
    (policy,) = of_type("AWS::SQS::QueuePolicy").values()
    assert policy["Queues"] == [{"Ref": "UndeliveredEventsQueue"}]
    (statement,) = policy["PolicyDocument"]["Statement"]
    rules = [
        {"Fn::GetAtt": [f"{name}{event}", "Arn"]}
        for name in RULED
        for event in EVENT_FUNCTIONS[name]["Events"]
    ]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": ["UndeliveredEventsQueue", "Arn"]},
        "Condition": {"ArnEquals": {"aws:SourceArn": rules}},
    }


@pytest.mark.parametrize("name", QUEUES)
def test_a_message_in_a_dead_letter_queue_alarms_the_operators(name: str) -> None:
    value = {"Fn::GetAtt": [name, "QueueName"]}
    dimensions = [{"Name": "QueueName", "Value": value}]
    alarms = of_type("AWS::CloudWatch::Alarm").values()
    (alarm,) = [alarm for alarm in alarms if alarm["Dimensions"] == dimensions]
    assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


@pytest.mark.parametrize("name", SCHEDULED)
def test_a_scheduled_function_that_fails_alarms_the_operators(name: str) -> None:
    dimensions = [{"Name": "FunctionName", "Value": {"Ref": name}}]
    alarms = of_type("AWS::CloudWatch::Alarm").values()
    (alarm,) = [alarm for alarm in alarms if alarm["Dimensions"] == dimensions]
    assert (alarm["MetricName"], alarm["Statistic"]) == ("Errors", "Sum")
    assert "EventInvokeConfig" not in SCHEDULED[name]  # two retries, by Lambda's default
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (2, "GreaterThanThreshold")


def test_the_rule_on_approvals_asks_for_approved_packages_of_any_group() -> None:
    pattern = rule_of("RelayApprovalEventFunction")["Pattern"]
    assert pattern["detail-type"] == ["SageMaker Model Package State Change"]
    assert pattern["detail"] == {"ModelApprovalStatus": ["Approved"]}


@pytest.mark.parametrize("name", of_type("AWS::CloudWatch::Alarm"))
def test_every_alarm_tells_the_operators_and_not_the_users(name: str) -> None:
    assert RESOURCES[name]["Properties"]["AlarmActions"] == [{"Ref": "OperationsTopic"}]


@pytest.mark.parametrize("name", QUEUES)
def test_a_dead_letter_is_kept_for_two_weeks_and_encrypted(name: str) -> None:
    queue = QUEUES[name]
    assert (queue["MessageRetentionPeriod"], queue["KmsMasterKeyId"]) == (1_209_600, {"Ref": "Key"})


# ---- The file itself ---------------------------------------------------------------------


def repeated(node: yaml.Node | None) -> Iterator[str]:
    """Each key that stands twice in one mapping, where YAML lets the last one win."""
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        yield from {key for key in keys if keys.count(key) > 1}
        for _, value in node.value:
            yield from repeated(value)
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from repeated(item)


@pytest.mark.parametrize("text", [TEMPLATE_TEXT, WORKFLOW_TEXT], ids=["template", "workflow"])
def test_nothing_is_said_twice(text: str) -> None:
    assert list(repeated(yaml.compose(text, Loader=yaml.SafeLoader))) == []


# ---- Parameters and outputs ------------------------------------------------------------------


@pytest.mark.parametrize("name", TEMPLATE["Parameters"])
def test_every_parameter_is_described_bounded_and_used(name: str) -> None:
    parameter = TEMPLATE["Parameters"][name]
    assert parameter["Description"]
    assert parameter.keys() & {"AllowedPattern", "AllowedValues", "MinValue", "MaxLength"}
    assert name in references({"Resources": RESOURCES, "Conditions": TEMPLATE["Conditions"]})


def test_the_checks_that_can_be_asked_for_are_those_that_settings_know() -> None:
    parameters = {name for name in TEMPLATE["Parameters"] if name.startswith("Check")}
    assert parameters == {f"Check{word.title()}" for word in settings.CHECKS}
    conditions = {name for name in TEMPLATE["Conditions"] if name.startswith("Checks")}
    assert conditions == {f"Checks{word.title()}" for word in settings.CHECKS}


def test_the_other_conditions_are_those_on_model_packages_and_on_cleaning_up() -> None:
    others = {name for name in TEMPLATE["Conditions"] if not name.startswith("Checks")}
    assert others == {"DeploysModelPackages", "CleansUp"}


@pytest.mark.parametrize("name", TEMPLATE["Outputs"])
def test_every_output_is_described(name: str) -> None:
    assert TEMPLATE["Outputs"][name]["Description"]


def test_model_packages_and_cleaning_up_are_off_unless_somebody_asks() -> None:
    parameters = TEMPLATE["Parameters"]
    assert parameters["ModelExecutionRoleArns"]["Type"] == "CommaDelimitedList"
    assert parameters["ModelExecutionRoleArns"]["Default"] == ""
    assert parameters["CleanUpAfterDays"]["Default"] == ""
    off = {"Fn::Not": [{"Fn::Equals": [{"Ref": "CleanUpAfterDays"}, ""]}]}
    assert TEMPLATE["Conditions"]["CleansUp"] == off
    kept = parameters["CleanUpKeepLast"]
    assert (kept["Type"], kept["Default"], kept["MinValue"]) == ("Number", 3, 1)


@pytest.mark.parametrize(
    ("days", "allowed"),
    [("", True), ("1", True), ("9999", True), ("0", False), ("-1", False), ("07", False)],
)
def test_the_days_after_which_is_cleaned_up_are_a_number_or_none(days: str, allowed: bool) -> None:
    pattern = TEMPLATE["Parameters"]["CleanUpAfterDays"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, days)) is allowed


@pytest.mark.parametrize("name", SCHEDULED)
def test_what_runs_on_a_schedule_is_there_only_where_it_is_asked_for(name: str) -> None:
    assert RESOURCES[name]["Condition"] == "CleansUp"
    alarms = [
        body
        for body in RESOURCES.values()
        if body["Type"] == "AWS::CloudWatch::Alarm" and name in references(body)
    ]
    assert [alarm["Condition"] for alarm in alarms] == ["CleansUp"]
