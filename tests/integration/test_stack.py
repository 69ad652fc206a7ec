"""What stands in the embedded AWS after a deployment of the template: all of it, as written."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.stack import Stack, deploy, transformed
from shipped import EVENT_FUNCTIONS, ROOT, STATES, TASKS

ACCOUNT: Final = "123456789012"
SOURCE: Final = ROOT / "template.yaml"
BUILT: Final = ROOT / ".aws-sam/build/template.yaml"
RETENTION: Final = "1209600"
MACHINE: Final = f"arn:aws:states:eu-central-1:{ACCOUNT}:stateMachine:bluegreen-deployment"
ROLE: Final = "arn:aws:iam::123456789012:role/model-execution"
WITH_ALL_PARTS: Final = {
    "ModelExecutionRoleArns": ROLE,
    "CleanUpAfterDays": "30",
    "NotificationEmail": "team@example.com",
    "Dashboard": "true",
    "SlackWorkspaceId": "T012AB3CD",
    "SlackChannelId": "C012AB3CD",
    "SlackChannelReadsCloudWatch": "true",
    "WebhookParameter": "/team/webhook",
    "WebhookKeyArn": f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/of-the-owner",
    "WebhookHosts": "logic.azure.com",
    "StoreReports": "true",
    "ReportsExpireAfterDays": "3650",
}
"""Parameters with which no condition leaves anything out."""


@dataclass(frozen=True)
class Deployed:
    """An embedded AWS with our stack in it."""

    aws: EmbeddedAws
    stack: Stack
    template: Path

    def id(self, logical_id: str) -> str:
        return self.stack.resources[logical_id]

    def of_type(self, kind: str) -> dict[str, str]:
        """The physical ids of the resources of a type, by logical id."""
        wanted = {k: v for k, v in self.stack.template["Resources"].items() if v["Type"] == kind}
        return {name: self.id(name) for name in wanted}

    def arn_of_queue(self, logical_id: str) -> str:
        return f"arn:aws:sqs:eu-central-1:{ACCOUNT}:{self.id(logical_id).rpartition('/')[2]}"


@pytest.fixture(scope="module", params=[SOURCE, BUILT], ids=["source", "built"])
def deployed(request: pytest.FixtureRequest) -> Iterator[Deployed]:
    """`make test` builds before it tests."""
    if not request.param.exists():
        pytest.skip("not built; `make build` does")
    with EmbeddedAws() as aws:
        yield Deployed(aws, deploy(aws.world, request.param, WITH_ALL_PARTS), request.param)


# ---- Everything is there -------------------------------------------------------------------


def test_every_resource_of_the_template_is_created_and_nothing_else(deployed: Deployed) -> None:
    assert set(deployed.stack.resources) == set(transformed(deployed.template)["Resources"])
    assert all(deployed.stack.resources.values())


Listing = Callable[[EmbeddedAws], set[str]]


def listing(service: str, operation: str, key: str, member: str = "", **call: Any) -> Listing:
    def ask(aws: EmbeddedAws) -> set[str]:
        answer = getattr(aws.client(service), operation)(**call)
        return {item[member] if member else item for item in answer[key]}

    return ask


LISTINGS: Final[Mapping[str, Listing]] = {
    "AWS::Lambda::Function": listing("lambda", "list_functions", "Functions", "FunctionName"),
    "AWS::IAM::Role": listing("iam", "list_roles", "Roles", "RoleName"),
    "AWS::IAM::ManagedPolicy": listing("iam", "list_policies", "Policies", "Arn", Scope="Local"),
    "AWS::SQS::Queue": listing("sqs", "list_queues", "QueueUrls"),
    "AWS::SNS::Topic": listing("sns", "list_topics", "Topics", "TopicArn"),
    "AWS::KMS::Key": listing("kms", "list_keys", "Keys", "KeyId"),
    "AWS::DynamoDB::Table": listing("dynamodb", "list_tables", "TableNames"),
    "AWS::Events::Rule": listing("events", "list_rules", "Rules", "Name"),
    "AWS::CloudWatch::Alarm": listing("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "AWS::CloudWatch::Dashboard": listing(
        "cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"
    ),
    "AWS::Logs::LogGroup": listing("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "AWS::StepFunctions::StateMachine": listing(
        "stepfunctions", "list_state_machines", "stateMachines", "stateMachineArn"
    ),
}
ASKED_OTHERWISE: Final = {
    "AWS::Chatbot::SlackChannelConfiguration",
    "AWS::KMS::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
    "AWS::S3::Bucket",  # which also lists where the code is
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SQS::QueuePolicy",
}


@pytest.mark.parametrize("kind", LISTINGS)
def test_the_service_itself_lists_the_resources_of_the_stack(deployed: Deployed, kind: str) -> None:
    assert LISTINGS[kind](deployed.aws) == set(deployed.of_type(kind).values())


def test_no_type_of_resource_goes_unasked(deployed: Deployed) -> None:
    kinds = {resource["Type"] for resource in deployed.stack.template["Resources"].values()}
    assert kinds == LISTINGS.keys() | ASKED_OTHERWISE


# ---- And as it is written ------------------------------------------------------------------


def test_the_machine_has_the_name_that_its_functions_spell(deployed: Deployed) -> None:
    arn = f"arn:aws:states:eu-central-1:{ACCOUNT}:stateMachine:bluegreen-deployment"
    assert deployed.stack.outputs["StateMachineArn"] == arn


def test_the_machine_runs_the_shipped_workflow_with_its_functions(deployed: Deployed) -> None:
    client = deployed.aws.client("stepfunctions")
    machine = client.describe_state_machine(stateMachineArn=deployed.id("DeploymentStateMachine"))
    definition = json.loads(machine["definition"])
    assert "${" not in machine["definition"]
    assert definition["States"].keys() == STATES.keys()
    for task in TASKS:
        function = definition["States"][task]["Arguments"]["FunctionName"]
        assert function.endswith(f":function:{deployed.id(f'{task}Function')}")


def test_the_machine_logs_and_traces(deployed: Deployed) -> None:
    client = deployed.aws.client("stepfunctions")
    machine = client.describe_state_machine(stateMachineArn=deployed.id("DeploymentStateMachine"))
    group = f"arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:{deployed.id('StateMachineLogGroup')}:*"
    assert machine["loggingConfiguration"] == {
        "level": "ALL",
        "includeExecutionData": False,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
    }
    assert machine["tracingConfiguration"] == {"enabled": True}


FUNCTION_NAMES: Final = [f"{task}Function" for task in TASKS] + list(EVENT_FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTION_NAMES)
def test_a_function_has_its_handler_runtime_and_limits(deployed: Deployed, name: str) -> None:
    written = deployed.stack.template["Resources"][name]["Properties"]
    config = deployed.aws.client("lambda").get_function(FunctionName=deployed.id(name))
    found = config["Configuration"]
    for member in ("Handler", "Runtime", "MemorySize", "Timeout", "Architectures", "Description"):
        assert found[member] == written[member], member
    assert found["TracingConfig"] == {"Mode": "Active"}
    assert found["Role"].endswith(f":role/{deployed.id(f'{name}Role')}")


OF_ITS_OWN: Final = {
    "ValidatePolicyFunction": {"CHECKS": "", "MODEL_EXECUTION_ROLE_ARNS": ROLE},
    "StartUpdateFunction": {"MODEL_EXECUTION_ROLE_ARNS": ROLE, "CLAIM_SECONDS": "130"},
    "ReconcileFunction": {"CLAIM_SECONDS": "250"},
    "ConcludeDeploymentFunction": {
        "POLICY_PATH": "/bluegreen/policies",
        "MODEL_EXECUTION_ROLE_ARNS": ROLE,
    },
    "RelayApprovalEventFunction": {
        "POLICY_PATH": "/bluegreen/policies",
        "TELL_POLICY_MISSING": "true",
        "MODEL_EXECUTION_ROLE_ARNS": ROLE,
    },
    "CleanUpFunction": {"CLEAN_UP_AFTER_DAYS": "30", "CLEAN_UP_KEEP_LAST": "3"},
}


OF_RESOURCES: Final = (
    ("TellChatFunction", "CHAT_TOPIC_ARN", "ChatTopic"),
    ("ConcludeDeploymentFunction", "REPORTS_BUCKET", "ReportsBucket"),
    ("StoreReportFunction", "REPORTS_BUCKET", "ReportsBucket"),
)
"""Variables that name a resource."""


@pytest.mark.parametrize("name", FUNCTION_NAMES)
def test_a_function_has_its_environment_layer_and_log_group(deployed: Deployed, name: str) -> None:
    client = deployed.aws.client("lambda")
    found = client.get_function_configuration(FunctionName=deployed.id(name))
    of_resources = {
        variable: deployed.id(resource)
        for function, variable, resource in OF_RESOURCES
        if function == name
    }
    layers = "arn:aws:lambda:eu-central-1:123456789012:layer"
    assert found["Environment"]["Variables"] == {
        "DEPLOYMENTS_TABLE_NAME": deployed.id("DeploymentsTable"),
        "NOTIFICATIONS_TOPIC_ARN": deployed.id("NotificationsTopic"),
        "OPERATIONS_TOPIC_ARN": deployed.id("OperationsTopic"),
        "STATE_MACHINE_ARN": MACHINE,
        "STACK_NAME": "bluegreen",
        "ABORT_ALARM": "true",
        "GUARDRAIL_ALARMS": "Never",
        "CLAIM_SECONDS": "60",
        "ALLOW_SUPERSEDE": "false",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        **OF_ITS_OWN.get(name, {}),
        **of_resources,
    }
    assert [layer["Arn"] for layer in found["Layers"]] == [
        f"{layers}:AWSLambdaPowertoolsPythonV3-python313-arm64:1"
    ]
    assert found["LoggingConfig"]["LogGroup"] == deployed.id("FunctionsLogGroup")


EVERY_FUNCTION: Final = {"AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"}
LOOKING: Final = {"LookAtEndpointsPolicy", "KeepDeploymentsPolicy", "NotifyPolicy"}
FOLLOWING: Final = LOOKING | {"FollowPolicy"}


@pytest.mark.parametrize(
    ("function", "managed"),
    [
        ("ValidatePolicy", {"LookAtEndpointsPolicy", "LookAtModelsPolicy"}),
        ("AcquireEndpointLock", LOOKING | {"WakeWorkflowPolicy", "RecoverPolicy"}),
        ("AwaitTurn", {"WakeWorkflowPolicy"}),
        ("StartUpdate", FOLLOWING | {"LookAtModelsPolicy"}),
        ("AwaitStage", FOLLOWING | {"WakeWorkflowPolicy"}),
        ("ConcludeDeployment", FOLLOWING | {"WakeWorkflowPolicy"}),
        ("RelayEndpointEvent", FOLLOWING | {"WakeWorkflowPolicy"}),
        ("RelayAlarmEvent", FOLLOWING | {"WakeWorkflowPolicy"}),
        (
            "RelayApprovalEvent",
            {"KeepDeploymentsPolicy", "NotifyPolicy", "WakeWorkflowPolicy"},
        ),
        ("RelayExecutionEvent", {"KeepDeploymentsPolicy", "NotifyPolicy", "RecoverPolicy"}),
        ("Reconcile", LOOKING | {"WakeWorkflowPolicy", "RecoverPolicy"}),
        ("CleanUp", set()),
        ("AbortDeployment", FOLLOWING | {"WakeWorkflowPolicy"}),
        ("ForgetEndpoint", set()),
    ],
)
def test_a_role_has_its_managed_policies(
    deployed: Deployed, function: str, managed: set[str]
) -> None:
    role = deployed.id(f"{function}FunctionRole")
    answer = deployed.aws.client("iam").list_attached_role_policies(RoleName=role)
    found = {policy["PolicyArn"] for policy in answer["AttachedPolicies"]}
    ours = {deployed.id(name) for name in managed}
    assert {arn.rpartition("/")[2] for arn in found - ours} == EVERY_FUNCTION
    assert ours <= found


def test_start_update_alone_may_update_endpoints(deployed: Deployed) -> None:
    iam = deployed.aws.client("iam")
    may = []
    for name, role in deployed.of_type("AWS::IAM::Role").items():
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            found = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            may += [name] * ("sagemaker:UpdateEndpoint" in json.dumps(found))
    assert may == ["StartUpdateFunctionRole"]


def test_the_table_is_on_demand_and_has_backups(deployed: Deployed) -> None:
    client, name = deployed.aws.client("dynamodb"), deployed.id("DeploymentsTable")
    table = client.describe_table(TableName=name)["Table"]
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    keys = [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]]
    assert keys == [("pk", "HASH"), ("sk", "RANGE")]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    recovery = backups["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"


def test_the_key_rotates_and_serves_topics_queues_and_logs(deployed: Deployed) -> None:
    client, key = deployed.aws.client("kms"), deployed.id("Key")
    policy = json.loads(client.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    services = [
        statement["Principal"].get("Service", statement["Principal"].get("AWS"))
        for statement in policy["Statement"]
    ]
    assert client.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    assert services == [
        f"arn:aws:iam::{ACCOUNT}:root",
        "events.amazonaws.com",
        "sns.amazonaws.com",
        "logs.eu-central-1.amazonaws.com",
    ]
    (alias,) = client.list_aliases(KeyId=key)["Aliases"]
    assert alias["AliasName"] == deployed.id("KeyAlias") == "alias/bluegreen"


@pytest.mark.parametrize("name", ["NotificationsTopic", "ChatTopic"])
def test_a_topic_is_encrypted(deployed: Deployed, name: str) -> None:
    answer = deployed.aws.client("sns").get_topic_attributes(TopicArn=deployed.id(name))
    assert answer["Attributes"]["KmsMasterKeyId"] == deployed.id("Key")


def test_the_topic_of_the_operators_works_without_the_key(deployed: Deployed) -> None:
    arn = deployed.id("OperationsTopic")
    answer = deployed.aws.client("sns").get_topic_attributes(TopicArn=arn)
    assert "KmsMasterKeyId" not in answer["Attributes"]


@pytest.mark.parametrize("group", ["FunctionsLogGroup", "StateMachineLogGroup"])
def test_a_log_is_kept_for_90_days_and_encrypted(deployed: Deployed, group: str) -> None:
    client, name = deployed.aws.client("logs"), deployed.id(group)
    (found,) = client.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert found["retentionInDays"] == 90
    assert found["kmsKeyId"] == f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/{deployed.id('Key')}"


EVENTS: Final = {
    "RelayEndpointEvent": "EndpointEvent",
    "RelayAlarmEvent": "AlarmEvent",
    "RelayApprovalEvent": "ApprovalEvent",
    "RelayExecutionEvent": "ExecutionEvent",
    "StoreReport": "ExecutionEnded",
}
"""The names of functions without `Function`, each with that of its rule."""


def rule_of(deployed: Deployed, function: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A rule and its one target."""
    client = deployed.aws.client("events")
    name = deployed.id(f"{function}Function{EVENTS[function]}")
    (target,) = client.list_targets_by_rule(Rule=name)["Targets"]
    return client.describe_rule(Name=name), target


@pytest.mark.parametrize("function", EVENTS)
def test_a_rule_sends_to_its_function_with_retries_and_a_dead_letter_queue(
    deployed: Deployed, function: str
) -> None:
    rule, target = rule_of(deployed, function)
    assert rule["State"] == "ENABLED"
    own = None if function == "RelayApprovalEvent" else [ACCOUNT]  # it tells of forwarded ones
    assert json.loads(rule["EventPattern"]).get("account") == own
    assert target["Arn"].endswith(f":function:{deployed.id(f'{function}Function')}")
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 20}
    queue = deployed.arn_of_queue("UndeliveredEventsQueue")
    assert target["DeadLetterConfig"] == {"Arn": queue}


@pytest.mark.parametrize("function", EVENTS)
def test_a_rule_may_invoke_its_function(deployed: Deployed, function: str) -> None:
    client = deployed.aws.client("lambda")
    answer = client.get_policy(FunctionName=deployed.id(f"{function}Function"))
    (statement,) = json.loads(answer["Policy"])["Statement"]
    rule, _ = rule_of(deployed, function)
    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"] == {"ArnLike": {"AWS:SourceArn": rule["Arn"]}}


@pytest.mark.parametrize("function", EVENTS)
def test_an_event_function_is_retried_twice_and_then_its_event_is_kept(
    deployed: Deployed, function: str
) -> None:
    client = deployed.aws.client("lambda")
    name = deployed.id(f"{function}Function")
    config = client.get_function_event_invoke_config(FunctionName=name)
    queue = deployed.arn_of_queue("UnprocessedEventsQueue")
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (2, 3600)
    assert config["DestinationConfig"] == {"OnFailure": {"Destination": queue}}


def attributes_of(deployed: Deployed, queue: str) -> dict[str, str]:
    client = deployed.aws.client("sqs")
    answer = client.get_queue_attributes(QueueUrl=deployed.id(queue), AttributeNames=["All"])
    attributes: dict[str, str] = answer["Attributes"]
    return attributes


@pytest.mark.parametrize("kind", ["Undelivered", "Unprocessed"])
def test_a_dead_letter_is_kept_for_two_weeks_and_encrypted(deployed: Deployed, kind: str) -> None:
    found = attributes_of(deployed, f"{kind}EventsQueue")
    assert found["MessageRetentionPeriod"] == RETENTION
    assert found["KmsMasterKeyId"] == deployed.id("Key")


def test_only_the_rules_may_send_to_the_queue_of_what_is_not_delivered(deployed: Deployed) -> None:
    found = attributes_of(deployed, "UndeliveredEventsQueue")
    (statement,) = json.loads(found["Policy"])["Statement"]
    rules = [rule_of(deployed, function)[0]["Arn"] for function in EVENTS]
    assert statement["Action"] == "sqs:SendMessage"
    assert statement["Resource"] == found["QueueArn"]
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": rules}}
    assert "Policy" not in attributes_of(deployed, "UnprocessedEventsQueue")


@pytest.mark.parametrize("function", EVENTS)
def test_the_role_of_an_event_function_may_send_what_it_cannot_process(
    deployed: Deployed, function: str
) -> None:
    client, role = deployed.aws.client("iam"), deployed.id(f"{function}FunctionRole")
    names = client.list_role_policies(RoleName=role)["PolicyNames"]
    written = [client.get_role_policy(RoleName=role, PolicyName=name) for name in names]
    statements = [s for policy in written for s in policy["PolicyDocument"]["Statement"]]
    sending = [s for s in statements if "sqs:SendMessage" in s["Action"]]
    queue = deployed.arn_of_queue("UnprocessedEventsQueue")
    assert [statement["Resource"] for statement in sending] == [queue]


@pytest.mark.parametrize("kind", ["Undelivered", "Unprocessed"])
def test_an_alarm_looks_at_each_queue_and_tells_the_operators(
    deployed: Deployed, kind: str
) -> None:
    client = deployed.aws.client("cloudwatch")
    name = deployed.id(f"{kind}EventsAlarm")
    (alarm,) = client.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    queue = deployed.id(f"{kind}EventsQueue").rpartition("/")[2]
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": queue}]
    assert alarm["AlarmActions"] == [deployed.id("OperationsTopic")]
    assert (alarm["Period"], alarm["Threshold"]) == (300, 0)
