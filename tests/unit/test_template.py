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

from bluegreen import commands, events, settings, states
from bluegreen.aws.cloudwatch import AbortAlarms
from bluegreen.aws.dynamodb.table import OPEN, OPEN_INDEX
from bluegreen.deployment.abort import ABORT_NAMESPACE
from bluegreen.deployment.console import REPORTS
from bluegreen.guardrails.guardrail import alarm_prefix
from bluegreen.registry.clone import STACK_TAG
from pages.blocks import printed
from shipped import (
    EVENT_FUNCTIONS,
    FUNCTIONS,
    GLOBALS,
    MACHINE,
    RESOURCES,
    ROOT,
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
DEAD_LETTERS: Final = sorted(QUEUES.keys() - {"WebhookQueue"})
SCHEDULED: Final = {
    name: body
    for name, body in EVENT_FUNCTIONS.items()
    if any(event["Type"] == "Schedule" for event in body["Events"].values())
}
TOLD: Final = {"TellChatFunction": "Notification"}
"""The functions that the notifications topic calls, and the names of their subscriptions."""

RULED: Final = {
    name: body for name, body in EVENT_FUNCTIONS.items() if name not in SCHEDULED.keys() | TOLD
}
COMMANDS: Final = {"AbortDeploymentFunction", "ForgetEndpointFunction"}
"""The functions that people invoke."""

QUEUED: Final = {"TellWebhookFunction"}
"""The functions that get the messages of a queue."""

EMAIL: Final = of_type("AWS::SNS::Subscription")["EmailSubscription"]
ALARMS: Final = of_type("AWS::CloudWatch::Alarm")
OUTPUTS: Final = TEMPLATE["Outputs"]
ABORTING: Final = {"AbortAlarm": "ABORT_ALARM", "AllowSupersede": "ALLOW_SUPERSEDE"}
"""The parameters on aborts, and the variables of the functions that say the same."""

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
    rooms = (states, events, commands)
    modules = [f"{room.__name__}.{m.name}" for room in rooms for m in iter_modules(room.__path__)]
    return {name for name in modules if hasattr(importlib.import_module(name), "handler")}


def module_of(function: str) -> str:
    """A state's module is named like the state, an event's like what is relayed."""
    name = function.removesuffix("Function")
    room = "states" if name in TASKS else "commands" if function in COMMANDS else "events"
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


def test_a_function_is_a_state_or_is_called_by_an_event_a_queue_or_people() -> None:
    kinds = [{f"{name}Function" for name in TASKS}, set(EVENT_FUNCTIONS), COMMANDS, QUEUED]
    assert set.union(*kinds) == set(FUNCTIONS)
    assert sum(map(len, kinds)) == len(FUNCTIONS)


def test_only_people_may_invoke_the_functions_of_commands() -> None:
    """Who may abort or forget is who may invoke the function, and nothing in the stack may."""
    permitted = {id_ for p in of_type("AWS::Lambda::Permission").values() for id_ in references(p)}
    assert permitted & COMMANDS == set()
    for statement in statements_of(RESOURCES, "lambda:InvokeFunction"):
        assert references(statement["Resource"]) & COMMANDS == set()
    outputs = {references(output["Value"]).pop(): name for name, output in OUTPUTS.items()}
    assert {outputs[name] for name in COMMANDS} == {f"{name}Name" for name in COMMANDS}


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


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_built_with_its_byte_code(name: str) -> None:
    assert RESOURCES[name]["Metadata"] == {"BuildMethod": "makefile"}
    assert "CodeUri" not in FUNCTIONS[name]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_at_least_twice_the_memory_that_it_needs(name: str) -> None:
    """As `make bench-package` measured it, by the page."""
    lines = printed(ROOT / "docs/performance.md")["memory"].splitlines()[1:]
    (peak,) = [int(line.split()[1]) for line in lines if line.split()[0] == name]
    size = FUNCTIONS[name].get("MemorySize", GLOBALS["MemorySize"])
    assert size >= 2 * peak


WAITED_FOR: Final = {f"{name}Function" for name in TASKS} | {
    "RelayEndpointEventFunction",
    "RelayAlarmEventFunction",
    "AbortDeploymentFunction",
}
WHOLE_PROCESSOR: Final = 1769
"""MB with which Lambda gives a function one (Lambda guide, "Configure Lambda function memory")."""


def test_what_a_deployment_waits_for_has_a_whole_processor() -> None:
    given = {name for name, body in FUNCTIONS.items() if body.get("MemorySize") == WHOLE_PROCESSOR}
    assert given == WAITED_FOR


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
        text, own = sub if isinstance(sub, list) else (sub, {})
        found |= set(re.findall(r"\$\{([\w:]+)", text)) - own.keys()
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
    named = {name for name, body in RESOURCES.items() if MACHINE in references(body)}
    asking = {"RelayExecutionEventFunction", "StoreReportFunction"}  # their rules ask for the ARN
    assert named - ALARMS.keys() == asking
    spelled = GLOBALS["Environment"]["Variables"]["STATE_MACHINE_ARN"]["Fn::Sub"]
    assert spelled.endswith(":stateMachine:${AWS::StackName}-deployment")


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
    assert statements_of(chosen, action)
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


def test_only_deployment_policies_and_one_secret_can_be_read_from_the_parameter_store() -> None:
    statements = statements_of(RESOURCES, "ssm:GetParameter")
    parameters = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter"
    policies = {"Fn::Sub": parameters + "${PolicyPath}/*"}
    secret = {"Fn::Sub": parameters + "${WebhookParameter}"}
    assert [statement["Resource"] for statement in statements] == [policies, policies, secret]


def test_a_grant_on_a_key_is_for_sagemaker_and_its_volumes_only() -> None:
    (statement,) = statements_of(FUNCTIONS, "kms:CreateGrant")
    assert statement["Condition"] == {
        "Bool": {"kms:GrantIsForAWSResource": True},
        "StringEquals": {"kms:ViaService": {"Fn::Sub": "sagemaker.${AWS::Region}.amazonaws.com"}},
    }


def test_the_abort_alarms_of_the_stack_and_no_others_may_be_made_rung_and_removed() -> None:
    named = AbortAlarms(None, "${AWS::StackName}").name_of("")  # type: ignore[arg-type] # asks nothing
    every = (
        f"arn:${{AWS::Partition}}:cloudwatch:${{AWS::Region}}:${{AWS::AccountId}}:alarm:{named}*"
    )
    for action in ("cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"):
        (statement, _) = statements_of(RESOURCES, action)
        assert statement["Resource"] == {"Fn::Sub": every}
    ringing = statements_of(RESOURCES, "cloudwatch:PutMetricData")
    assert ringing
    for statement in ringing:
        namespace = {"cloudwatch:namespace": ABORT_NAMESPACE}
        assert statement["Condition"] == {"StringEquals": namespace}


def test_alarms_of_guardrails_are_made_only_where_the_parameter_lets_them() -> None:
    """Their names begin as `alarm_prefix` says, and no permission is on any other."""
    prefix = alarm_prefix("${AWS::StackName}", "").removesuffix("/")
    every = (
        f"arn:${{AWS::Partition}}:cloudwatch:${{AWS::Region}}:${{AWS::AccountId}}:alarm:{prefix}*"
    )
    chosen = [
        then
        for condition, then, otherwise in members(RESOURCES, "Fn::If")
        if condition == "MakesGuardrailAlarms" and otherwise == {"Ref": "AWS::NoValue"}
        if "Resource" in then
    ]
    assert [statement["Resource"] for statement in chosen] == [{"Fn::Sub": every}] * 2
    reading, making = chosen
    assert reading["Action"] == "cloudwatch:ListTagsForResource"
    assert statements_of(FUNCTIONS, "cloudwatch:PutMetricAlarm")[1:] == [making]
    assert statements_of(FUNCTIONS, "cloudwatch:TagResource") == [making]
    never = {"Fn::Not": [{"Fn::Equals": [{"Ref": "GuardrailAlarms"}, "Never"]}]}
    assert TEMPLATE["Conditions"]["MakesGuardrailAlarms"] == never


def test_alarms_of_guardrails_can_be_removed_in_every_stack_where_they_carry_its_tag() -> None:
    (_, deleting) = statements_of(RESOURCES, "cloudwatch:DeleteAlarms")
    prefix = alarm_prefix("${AWS::StackName}", "").removesuffix("/")
    assert deleting["Resource"]["Fn::Sub"].endswith(f":alarm:{prefix}*")
    tag = {f"aws:ResourceTag/{STACK_TAG}": {"Ref": "AWS::StackName"}}
    assert deleting["Condition"] == {"StringEquals": tag}


def test_what_is_open_is_found_by_a_sparse_index_that_the_reconcile_alone_may_ask() -> None:
    (table,) = of_type("AWS::DynamoDB::Table").values()
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == OPEN_INDEX
    assert index["KeySchema"][0] == {"AttributeName": OPEN.title(), "KeyType": "HASH"}
    asked = {"Fn::Sub": f"${{DeploymentsTable.Arn}}/index/{OPEN_INDEX}"}
    allowed = {n: statements_of(f, "dynamodb:Query") for n, f in FUNCTIONS.items()}
    askers = [n for n, found in allowed.items() if asked in [s["Resource"] for s in found]]
    assert askers == ["ReconcileFunction"]


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
    """But for approvals: one that another account forwards is told, and nothing comes of it."""
    pattern = rule_of(name)["Pattern"]
    own = None if name == "RelayApprovalEventFunction" else [{"Ref": "AWS::AccountId"}]
    assert pattern.get("account") == own
    assert pattern["source"]


@pytest.mark.parametrize("name", RULED)
def test_one_queue_takes_what_is_not_delivered_and_another_what_is_not_processed(name: str) -> None:
    assert dead_letter_queues(name) == ["UndeliveredEventsQueue", "UnprocessedEventsQueue"]


def test_no_queue_is_left_over() -> None:
    events = ["UndeliveredEventsQueue", "UnprocessedEventsQueue"]
    assert sorted(QUEUES) == [*events, "WebhookDeadLetterQueue", "WebhookQueue"]
    to = {"Fn::GetAtt": ["WebhookDeadLetterQueue", "Arn"]}
    assert QUEUES["WebhookQueue"]["RedrivePolicy"]["deadLetterTargetArn"] == to


@pytest.mark.parametrize("name", RULED)
def test_an_event_is_tried_for_an_hour(name: str) -> None:
    assert rule_of(name)["RetryPolicy"]["MaximumEventAgeInSeconds"] == 3600
    assert EVENT_FUNCTIONS[name]["EventInvokeConfig"]["MaximumEventAgeInSeconds"] == 3600


def where_it_is(function: str, value: dict[str, Any]) -> dict[str, Any]:
    """A value that is there only together with the function."""
    condition = RESOURCES[function].get("Condition")
    nothing = {"Ref": "AWS::NoValue"}
    return {"Fn::If": [condition, value, nothing]} if condition else value


def test_the_rules_and_no_others_may_send_to_the_queue_of_what_is_not_delivered() -> None:
    policy = of_type("AWS::SQS::QueuePolicy")["UndeliveredEventsQueuePolicy"]
    assert policy["Queues"] == [{"Ref": "UndeliveredEventsQueue"}]
    (statement,) = policy["PolicyDocument"]["Statement"]
    rules = [
        where_it_is(name, {"Fn::GetAtt": [f"{name}{event}", "Arn"]})
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


def watched_by(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The metrics that an alarm watches, one by one: namespace, name, dimensions, statistic."""
    if "Metrics" not in alarm:
        return [alarm]
    stats = [metric["MetricStat"] for metric in alarm["Metrics"] if "MetricStat" in metric]
    return [{**s["Metric"], "Statistic": s["Stat"], "Period": s["Period"]} for s in stats]


def alarms_on(metric: str, dimension: str, value: Any) -> list[str]:
    """The alarms that watch a metric of this dimension, alone or among others."""
    dimensions = [{"Name": dimension, "Value": value}]
    return [
        name
        for name, alarm in ALARMS.items()
        for watched in watched_by(alarm)
        if (watched["MetricName"], watched["Dimensions"]) == (metric, dimensions)
    ]


@pytest.mark.parametrize("name", DEAD_LETTERS)
def test_a_message_in_a_dead_letter_queue_alarms_the_operators(name: str) -> None:
    value = {"Fn::GetAtt": [name, "QueueName"]}
    (watching,) = alarms_on("ApproximateNumberOfMessagesVisible", "QueueName", value)
    alarm = ALARMS[watching]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


ERRORS: Final = {
    "CleanUpFailsAlarm": (3600, 0),  # a run may last as long as the 15 minutes of its timeout
    "ConclusionFailsAlarm": (900, 2),
    "WorkflowFailsAlarm": (900, 2),
    "EventsFailAlarm": (900, 2),
    "ReconcileFailsAlarm": (900, 1),
    "WebhookFailsAlarm": (900, 2),
    "ReportsFailAlarm": (900, 2),
    "CommandsFailAlarm": (900, 0),  # people invoke them, and nobody else tries again
}
"""The alarms on errors of functions: their period in seconds, and how many errors are no hiccup."""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_that_fails_alarms_the_operators(name: str) -> None:
    """In sum: a function that times out or dies has failed, too."""
    (watching,) = alarms_on("Errors", "FunctionName", {"Ref": name})
    alarm = ALARMS[watching]
    assert {watched["Namespace"] for watched in watched_by(alarm)} == {"AWS/Lambda"}
    assert {watched["Statistic"] for watched in watched_by(alarm)} == {"Sum"}
    periods = {watched["Period"] for watched in watched_by(alarm)}
    assert (periods, alarm["Threshold"]) == ({ERRORS[watching][0]}, ERRORS[watching][1])
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert alarm["TreatMissingData"] == "notBreaching"
    assert name in re.findall(r"\w+", alarm["AlarmDescription"])


@pytest.mark.parametrize("name", [name for name, alarm in ALARMS.items() if "Metrics" in alarm])
def test_an_alarm_on_functions_watches_the_worst_of_them_and_takes_no_datapoint_for_no_error(
    name: str,
) -> None:
    (math, *metrics) = ALARMS[name]["Metrics"]
    filled = [f"FILL({metric['Id']}, 0)" for metric in metrics]
    worst = {"Id": "worst", "Expression": f"MAX([{', '.join(filled)}])"}
    assert math == (worst if len(filled) > 1 else {"Id": "count", "Expression": filled[0]})
    assert {metric["ReturnData"] for metric in metrics} == {False}


def test_only_what_always_has_datapoints_is_watched_without_filling_gaps() -> None:
    plain = {name for name, alarm in ALARMS.items() if "Metrics" not in alarm}
    of_queues = {name for name in plain if ALARMS[name]["Namespace"] == "AWS/SQS"}
    assert plain - of_queues == {"ReconcileFailsAlarm"}  # it is called every five minutes


def test_the_clean_up_is_tried_three_times_a_day_and_the_reconcile_comes_again_by_itself() -> None:
    assert "EventInvokeConfig" not in SCHEDULED["CleanUpFunction"]  # Lambda's default: two retries
    retries = SCHEDULED["ReconcileFunction"]["EventInvokeConfig"]["MaximumRetryAttempts"]
    assert retries == 0
    assert set(SCHEDULED) == {"CleanUpFunction", "ReconcileFunction"}


def test_the_alarms_on_errors_and_no_others_are_those() -> None:
    watching = {name for name in ALARMS if name.endswith(("FailsAlarm", "FailAlarm"))}
    assert watching == ERRORS.keys()


def test_the_rule_on_approvals_asks_for_decisions_on_packages_of_any_group() -> None:
    pattern = rule_of("RelayApprovalEventFunction")["Pattern"]
    assert pattern["detail-type"] == ["SageMaker Model Package State Change"]
    assert pattern["detail"] == {"ModelApprovalStatus": ["Approved", "Rejected"]}


def test_the_rule_on_executions_asks_for_those_of_the_workflow_that_did_not_succeed() -> None:
    pattern = rule_of("RelayExecutionEventFunction")["Pattern"]
    assert pattern["detail-type"] == ["Step Functions Execution Status Change"]
    assert pattern["detail"] == {
        "stateMachineArn": [{"Ref": MACHINE}],
        "status": ["FAILED", "TIMED_OUT", "ABORTED"],
    }


def test_the_rule_on_reports_asks_for_every_end_of_an_execution_of_the_workflow() -> None:
    pattern = rule_of("StoreReportFunction")["Pattern"]
    assert pattern["detail-type"] == ["Step Functions Execution Status Change"]
    assert pattern["detail"] == {
        "stateMachineArn": [{"Ref": MACHINE}],
        "status": ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"],
    }


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_tells_the_operators_and_not_the_users(name: str) -> None:
    assert RESOURCES[name]["Properties"]["AlarmActions"] == [{"Ref": "OperationsTopic"}]


@pytest.mark.parametrize("name", QUEUES)
def test_a_dead_letter_is_kept_for_two_weeks_and_encrypted(name: str) -> None:
    queue = QUEUES[name]
    assert (queue["MessageRetentionPeriod"], queue["KmsMasterKeyId"]) == (1_209_600, {"Ref": "Key"})


def test_the_operators_topic_works_when_the_key_does_not() -> None:
    """An alarm on what the key keeps from being sent must arrive; it says no more than a name."""
    keys = {name: topic.get("KmsMasterKeyId") for name, topic in of_type("AWS::SNS::Topic").items()}
    key = {"Ref": "Key"}
    assert keys == {"NotificationsTopic": key, "ChatTopic": key, "OperationsTopic": None}


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


def telling() -> set[str]:
    """The functions that may send notifications."""
    return {name for name in FUNCTIONS if "NotifyPolicy" in references(FUNCTIONS[name])}


@pytest.mark.parametrize("name", sorted(telling()))
def test_a_claim_on_a_notification_holds_longer_than_its_function_can_live(name: str) -> None:
    """Otherwise one that stands still sends what another has sent meanwhile."""
    own = FUNCTIONS[name].get("Environment", {}).get("Variables", {})
    seconds = own.get("CLAIM_SECONDS", GLOBALS["Environment"]["Variables"]["CLAIM_SECONDS"])
    timeout = FUNCTIONS[name].get("Timeout", GLOBALS["Timeout"])
    assert seconds >= timeout + 10


# ---- Parameters and outputs ------------------------------------------------------------------


@pytest.mark.parametrize("name", TEMPLATE["Parameters"])
def test_every_parameter_is_described_bounded_and_used(name: str) -> None:
    parameter = TEMPLATE["Parameters"][name]
    assert parameter["Description"]
    assert parameter.keys() & {"AllowedPattern", "AllowedValues", "MinValue", "MaxLength"}
    places = {"Globals": GLOBALS, "Conditions": TEMPLATE["Conditions"], "Resources": RESOURCES}
    assert name in references(places)


def test_the_checks_that_can_be_asked_for_are_those_that_settings_know() -> None:
    parameters = {name for name in TEMPLATE["Parameters"] if name.startswith("Check")}
    assert parameters == {f"Check{word.title()}" for word in settings.CHECKS}
    conditions = {name for name in TEMPLATE["Conditions"] if name.startswith("Checks")}
    assert conditions == {f"Checks{word.title()}" for word in settings.CHECKS}


def test_the_other_conditions_are_on_what_a_parameter_turns_on() -> None:
    others = {name for name in TEMPLATE["Conditions"] if not name.startswith("Checks")}
    assert others == {
        "DeploysModelPackages",
        "CleansUp",
        "TellsByEmail",
        "EmailsEverything",
        "ChatIsToldEverything",
        "ConnectsSlack",
        "SlackReadsCloudWatch",
        "PostsToWebhook",
        "WebhookHasKey",
        "HasBoundary",
        "HasDashboard",
        "StoresReports",
        "ReportsExpire",
        "MakesGuardrailAlarms",
    }


def test_people_are_told_everything_but_stages_and_packages_without_a_policy() -> None:
    chat = [FUNCTIONS[name]["Events"][event]["Properties"] for name, event in TOLD.items()]
    told = (EMAIL, *chat, of_type("AWS::SNS::Subscription")["WebhookSubscription"])
    policies = [subscription["FilterPolicy"]["Fn::If"] for subscription in told]
    asked = ["EmailsEverything", "ChatIsToldEverything", "ChatIsToldEverything"]
    assert [policy[0] for policy in policies] == asked
    everything = {
        "Event": [{"exists": True}],
        "Stage": [{"exists": False}, {"anything-but": ["SHIFTING"]}],
    }
    little = {"Event": [{"anything-but": ["STAGE_CHANGED", "POLICY_MISSING", "APPROVAL_FOREIGN"]}]}
    assert [policy[1:] for policy in policies] == [[everything, little]] * len(policies)


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_output_is_described(name: str) -> None:
    assert OUTPUTS[name]["Description"]


def test_deployments_can_be_aborted_but_by_no_other_request_unless_somebody_asks() -> None:
    defaults = {name: TEMPLATE["Parameters"][name]["Default"] for name in ABORTING}
    assert defaults == {"AbortAlarm": "true", "AllowSupersede": "false"}
    variables = GLOBALS["Environment"]["Variables"]
    assert {name: variables[ABORTING[name]] for name in ABORTING} == {
        name: {"Ref": name} for name in ABORTING
    }


def test_alarms_of_guardrails_are_made_only_if_somebody_asks() -> None:
    parameter = TEMPLATE["Parameters"]["GuardrailAlarms"]
    assert parameter["Default"] == "Never"
    assert tuple(parameter["AllowedValues"]) == settings.GUARDRAIL_ALARMS
    variables = GLOBALS["Environment"]["Variables"]
    assert variables["GUARDRAIL_ALARMS"] == {"Ref": "GuardrailAlarms"}


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


def test_what_cleans_up_is_there_only_where_it_is_asked_for() -> None:
    conditional = {name for name, body in RESOURCES.items() if body.get("Condition") == "CleansUp"}
    (alarm,) = alarms_on("Errors", "FunctionName", {"Ref": "CleanUpFunction"})
    assert conditional == {"CleanUpFunction", alarm}


def test_what_is_open_is_looked_after_every_five_minutes_in_every_stack() -> None:
    (event,) = FUNCTIONS["ReconcileFunction"]["Events"].values()
    assert (event["Type"], event["Properties"]["Schedule"]) == ("Schedule", "rate(5 minutes)")
    assert FUNCTIONS["ReconcileFunction"]["Timeout"] < 300
    assert "Condition" not in RESOURCES["ReconcileFunction"]


# ---- Chat ------------------------------------------------------------------------------------


def test_the_webhook_and_the_slack_channel_are_off_and_nothing_of_them_is_there() -> None:
    parameters = ("WebhookParameter", "WebhookKeyArn", "WebhookHosts", "SlackChannelId")
    assert {TEMPLATE["Parameters"][name]["Default"] for name in parameters} == {""}
    of_the_webhook = {k for k, v in RESOURCES.items() if v.get("Condition") == "PostsToWebhook"}
    assert of_the_webhook == {name for name in RESOURCES if "Webhook" in name}
    of_slack = {name for name in RESOURCES if name.startswith("SlackChannel")}
    conditions = {RESOURCES[name]["Condition"] for name in of_slack}
    assert conditions == {"ConnectsSlack", "SlackReadsCloudWatch"}


def test_the_webhook_is_told_one_message_at_a_time_by_at_most_two() -> None:
    (mapping,) = of_type("AWS::Lambda::EventSourceMapping").values()
    assert mapping == {
        "EventSourceArn": {"Fn::GetAtt": ["WebhookQueue", "Arn"]},
        "FunctionName": {"Ref": "TellWebhookFunction"},
        "BatchSize": 1,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 2},
    }
    assert QUEUES["WebhookQueue"]["VisibilityTimeout"] == 6 * GLOBALS["Timeout"]
    assert of_type("AWS::SNS::Subscription")["WebhookSubscription"]["RawMessageDelivery"] is True


def test_the_notifications_topic_and_no_other_may_send_to_the_webhooks_queue() -> None:
    policy = of_type("AWS::SQS::QueuePolicy")["WebhookQueuePolicy"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert policy["Queues"] == [{"Ref": "WebhookQueue"}]
    assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
    source = {"aws:SourceArn": {"Ref": "NotificationsTopic"}}
    assert statement["Condition"] == {"ArnEquals": source}


def test_the_function_of_the_webhook_reads_one_parameter_with_one_key() -> None:
    (document,) = FUNCTIONS["TellWebhookFunction"]["Policies"]
    (reading,) = statements_of(document, "ssm:GetParameter")
    assert reading["Resource"]["Fn::Sub"].endswith(":parameter${WebhookParameter}")
    own, others = statements_of(document, "kms:Decrypt")
    assert own["Resource"] == {"Fn::GetAtt": ["Key", "Arn"]}
    assert others["Resource"] == {"Ref": "WebhookKeyArn"}
    via = {"kms:ViaService": {"Fn::Sub": "ssm.${AWS::Region}.amazonaws.com"}}
    assert others["Condition"] == {"StringEquals": via}


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("", True),
        ("/team/webhook", True),
        ("team/webhook", False),
        ("/aws/x", False),
        ("/team/*", False),
        ("/team/", False),
    ],
)
def test_the_parameter_of_the_webhook_is_one_by_its_whole_name(name: str, allowed: bool) -> None:
    pattern = TEMPLATE["Parameters"]["WebhookParameter"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, name)) is allowed


def test_people_in_slack_may_do_nothing_or_look_at_cloudwatch() -> None:
    role, channel = RESOURCES["SlackChannelRole"]["Properties"], RESOURCES["SlackChannel"]
    assert role.keys() == {"AssumeRolePolicyDocument", "PermissionsBoundary"}
    read, nothing = channel["Properties"]["GuardrailPolicies"][0]["Fn::If"][1:]
    assert read == {"Ref": "SlackChannelReadPolicy"}
    assert nothing["Fn::Sub"].endswith(":iam::aws:policy/AWSDenyAll")
    document = RESOURCES["SlackChannelReadPolicy"]["Properties"]["PolicyDocument"]
    (statement,) = document["Statement"]
    verbs = ("cloudwatch:Describe", "cloudwatch:Get")
    assert all(action.startswith(verbs) for action in statement["Action"])


# ---- Reports ---------------------------------------------------------------------------------


def test_the_store_of_reports_is_off_and_nothing_of_it_is_there() -> None:
    assert TEMPLATE["Parameters"]["StoreReports"]["Default"] == "false"
    of_reports = {k for k, v in RESOURCES.items() if v.get("Condition") == "StoresReports"}
    assert of_reports == {name for name in RESOURCES if "Report" in name}


def test_reports_outlive_the_stack_and_the_key_of_the_stack() -> None:
    for name in ("ReportsBucket", "ReportsBucketPolicy"):
        resource = RESOURCES[name]
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
        assert resource["UpdateReplacePolicy"] == "Retain"
        assert "Key" not in references(resource)


def test_only_the_function_that_stores_reports_may_do_so_and_nothing_else_there() -> None:
    allowing = [node for node in nodes(RESOURCES) if node.get("Effect") == "Allow"]
    (statement,) = [node for node in allowing if "s3:" in str(node["Action"])]
    assert statement == {
        "Effect": "Allow",
        "Action": "s3:PutObject",
        "Resource": {"Fn::Sub": f"${{ReportsBucket.Arn}}/{REPORTS}*"},
        "Condition": {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}},
    }
    (document,) = FUNCTIONS["StoreReportFunction"]["Policies"]
    assert statement in document["Statement"]


def test_nobody_reaches_the_bucket_over_a_connection_that_is_not_encrypted() -> None:
    policy = RESOURCES["ReportsBucketPolicy"]["Properties"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    bucket = {"Fn::GetAtt": ["ReportsBucket", "Arn"]}
    assert statement == {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket, {"Fn::Sub": "${ReportsBucket.Arn}/*"}],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


@pytest.mark.parametrize(
    ("days", "allowed"),
    [("", True), ("1", True), ("36500", True), ("0", False), ("-1", False), ("1.5", False)],
)
def test_the_days_after_which_reports_expire_are_a_number_or_none(days: str, allowed: bool) -> None:
    pattern = TEMPLATE["Parameters"]["ReportsExpireAfterDays"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, days)) is allowed
