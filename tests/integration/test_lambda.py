"""How functions run in the embedded AWS: each by itself, as its role and its limits allow."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from account import (
    ACCOUNT,
    REGION,
    allow,
    bodies,
    invocations,
    invoke,
    make_function,
    make_role,
    messages,
    on_failure,
    seconds,
)
from bluegreen_simulator.aws.iam.permissions import check
from bluegreen_simulator.rules.faults.kinds import Death, FaultPlan
from bluegreen_simulator.run.embedded import EmbeddedAws

TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/rows"


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


def make_table(aws: EmbeddedAws) -> None:
    aws.client("dynamodb").create_table(
        TableName="rows",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )


# ---- Each by itself ------------------------------------------------------------------------


def test_each_function_sees_its_own_environment(aws: EmbeddedAws) -> None:
    for name in ("one", "two"):
        variables = {"WHO": f"I am {name}"}
        make_function(aws, name, "tell_environment", Environment={"Variables": variables})
    names = {"names": ["WHO", "AWS_REGION", "AWS_LAMBDA_FUNCTION_NAME"]}
    for name in ("two", "one"):
        assert invoke(aws, name, names)[0] == {
            "WHO": f"I am {name}",
            "AWS_REGION": REGION,
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "name": name,
            "arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
        }


def test_a_function_does_not_see_the_environment_of_the_process(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_PROCESS", "yes")
    make_function(aws, "one", "tell_environment")
    assert invoke(aws, "one", {"names": ["OF_THE_PROCESS"]})[0]["OF_THE_PROCESS"] is None


def test_a_function_that_sleeps_finds_its_environment_as_it_was(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "tell_environment")
    told, _ = invoke(aws, "one", {"names": ["TZ"], "seconds": 30})
    assert told["TZ"] is None


def test_functions_of_one_module_do_not_share_its_variables(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "count")
    make_function(aws, "two", "count")
    counted = [invoke(aws, name)[0] for name in ("one", "one", "two", "one")]
    assert counted == [1, 2, 1, 3]


def test_a_new_start_begins_without_warm_functions() -> None:
    for _ in range(2):
        with EmbeddedAws() as aws:
            make_function(aws, "one", "count")
            assert invoke(aws, "one")[0] == 1


def test_what_a_function_prints_is_in_its_log_line_by_line() -> None:
    with EmbeddedAws() as aws:
        make_function(aws, "talker", "chat")
        invoke(aws, "talker")
        assert [entry.data for entry in aws.journal.of_kind("log")] == [
            {"function": "talker", "line": "first"},
            {"function": "talker", "line": "second"},
        ]


def test_and_not_in_the_output_of_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    with EmbeddedAws() as aws:
        make_function(aws, "talker", "chat")
        invoke(aws, "talker")
    assert capsys.readouterr().out == ""


# ---- How it ends ---------------------------------------------------------------------------


def test_an_error_is_reported_with_its_class_its_message_and_a_trace(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "fail")
    payload, kind = invoke(aws, "one", {"a": 1})
    assert kind == "Unhandled"
    assert payload["errorType"] == "SampleError"
    assert payload["errorMessage"] == "no use for {'a': 1}"
    assert "in fail" in payload["stackTrace"][-1]


@pytest.mark.parametrize(
    ("handler", "error", "message"),
    [
        ("missing", "Runtime.HandlerNotFound", "Handler 'missing' missing on module"),
        ("answer_no_json", "Runtime.MarshalError", "Object of type set is not JSON serializable"),
    ],
)
def test_what_the_runtime_itself_refuses_has_the_names_of_aws(
    aws: EmbeddedAws, handler: str, error: str, message: str
) -> None:
    make_function(aws, "one", handler)
    payload, kind = invoke(aws, "one")
    assert (payload["errorType"], kind) == (error, "Unhandled")
    assert message in payload["errorMessage"]


def test_a_module_that_is_not_there_has_the_name_of_aws(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "chat", Description="moved")
    aws.world.handlers.add("gone.handler")
    aws.client("lambda").update_function_configuration(FunctionName="one", Handler="gone.handler")
    assert invoke(aws, "one")[0]["errorType"] == "Runtime.ImportModuleError"


def test_a_function_that_does_not_exist_cannot_be_invoked(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError) as refused:
        aws.client("lambda").invoke(FunctionName="nobody")
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_function_over_its_timeout_is_reported_as_such(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "sleep", Timeout=50)
    payload, kind = invoke(aws, "one", {"seconds": 51})
    assert kind == "Unhandled"
    assert payload == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "Task timed out after 50.00 seconds",
    }


def test_a_function_may_use_its_whole_timeout_and_it_takes_virtual_time(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "sleep", Timeout=50)
    assert invoke(aws, "one", {"seconds": 50}) == ("awake", None)
    assert seconds(aws) == 50


# ---- Asynchronously ------------------------------------------------------------------------


def invoke_later(aws: EmbeddedAws, name: str, event: Any) -> int:
    answer = aws.client("lambda").invoke(
        FunctionName=name, InvocationType="Event", Payload=json.dumps(event)
    )
    status: int = answer["StatusCode"]
    return status


def test_an_asynchronous_invocation_returns_before_the_function_runs(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "count")
    assert invoke_later(aws, "one", {}) == 202
    assert invocations(aws, "one") == []
    aws.clock.sleep(1)
    assert invocations(aws, "one") == [0]


def test_a_failing_one_is_retried_after_one_minute_and_after_two_more(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "fail")
    queue = on_failure(aws, "one")
    invoke_later(aws, "one", {"a": 1})
    aws.clock.sleep(179)
    assert messages(aws, queue) == []
    aws.clock.sleep(3600)
    assert invocations(aws, "one") == [0, 60, 180]


def test_then_what_it_failed_on_goes_to_the_failure_destination(aws: EmbeddedAws) -> None:
    arn = make_function(aws, "one", "fail")
    queue = on_failure(aws, "one")
    invoke_later(aws, "one", {"a": 1})
    aws.clock.sleep(181)
    (record,) = bodies(aws, queue)
    assert record["requestPayload"] == {"a": 1}
    assert record["responsePayload"]["errorType"] == "SampleError"
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["requestContext"] == {
        "functionArn": f"{arn}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }


def test_no_more_attempts_than_the_function_allows(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "fail")
    queue = on_failure(aws, "one", MaximumRetryAttempts=0)
    invoke_later(aws, "one", {})
    aws.clock.sleep(3600)
    assert invocations(aws, "one") == [0]
    assert bodies(aws, queue)[0]["requestContext"]["approximateInvokeCount"] == 1


def test_one_that_succeeds_in_the_end_leaves_no_dead_letter(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "fail_twice")
    queue = on_failure(aws, "one")
    invoke_later(aws, "one", {})
    aws.clock.sleep(3600)
    assert invocations(aws, "one") == [0, 60, 180]
    assert messages(aws, queue) == []


# ---- As its role allows --------------------------------------------------------------------


READ = {"table": "rows", "key": "k"}


def test_a_function_may_call_what_its_role_allows(aws: EmbeddedAws) -> None:
    make_table(aws)
    aws.client("dynamodb").put_item(TableName="rows", Item={"pk": {"S": "k"}})
    make_function(aws, "one", "read", allow("dynamodb:GetItem", TABLE_ARN))
    assert invoke(aws, "one", READ) == ({"pk": {"S": "k"}}, None)


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [allow("dynamodb:PutItem", TABLE_ARN)],
        [allow("dynamodb:GetItem", f"{TABLE_ARN}-of-others")],
    ],
    ids=["nothing allowed", "another action", "another table"],
)
def test_and_nothing_else(aws: EmbeddedAws, statements: list[dict[str, str]]) -> None:
    make_table(aws)
    make_function(aws, "one", "read", *statements)
    payload, kind = invoke(aws, "one", READ)
    assert (payload["errorType"], kind) == ("ClientError", "Unhandled")
    assert "AccessDeniedException" in payload["errorMessage"]
    assert f"perform: dynamodb:GetItem on resource: {TABLE_ARN}" in payload["errorMessage"]


def attach(aws: EmbeddedAws, role: str, statement: dict[str, str]) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = aws.client("iam")
    made = iam.create_policy(PolicyName="managed", PolicyDocument=document)["Policy"]
    iam.attach_role_policy(RoleName=role, PolicyArn=made["Arn"])


def test_what_a_managed_policy_allows_counts_too(aws: EmbeddedAws) -> None:
    make_table(aws)
    make_function(aws, "one", "read")
    attach(aws, "one-role", allow("dynamodb:GetItem", TABLE_ARN))
    assert invoke(aws, "one", READ) == (None, None)


def test_what_one_policy_denies_no_other_allows(aws: EmbeddedAws) -> None:
    make_table(aws)
    make_function(aws, "one", "read", allow("dynamodb:*", "*"))
    attach(aws, "one-role", allow("dynamodb:GetItem", TABLE_ARN, "Deny"))
    assert "AccessDeniedException" in invoke(aws, "one", READ)[0]["errorMessage"]


def test_a_call_that_is_not_modelled_is_refused_loudly(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "call_what_is_not_modelled", allow("dynamodb:*", "*"))
    payload, _ = invoke(aws, "one")
    assert payload["errorType"] == "NotImplementedError"
    assert "dynamodb ListTables is not modelled" in payload["errorMessage"]


SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
MODEL_ROLE = f"arn:aws:iam::{ACCOUNT}:role/model"
CREATE = {"ModelName": "Churn", "EndpointConfigName": "Churn", "EndpointName": "Churn"}
TAGS = [{"Key": "bluegreen:stack", "Value": "bluegreen"}]


def denials(
    aws: EmbeddedAws, service: str, operation: str, call: dict[str, Any], *statements: Any
) -> list[str]:
    """`action on resource` that a role with the statements lacks for a call; at most one."""
    iam = aws.client("iam")
    count = len(iam.list_roles()["Roles"])
    role = make_role(aws, f"role-{count}", *statements)
    try:
        check(aws.world, role, service, operation, call)
    except ClientError as error:
        (what,) = re.findall(
            r"perform: (\S+ on resource: \S+) because", error.response["Error"]["Message"]
        )
        return [what.replace("resource: ", "")]
    return []


ALARMS = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm"
MACHINES = f"arn:aws:states:{REGION}:{ACCOUNT}"
EXECUTION = {"executionArn": f"{MACHINES}:execution:one:a"}
ITEM = {"TableName": "rows", "Key": {}}
NEEDED: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    ("cloudwatch", "PutMetricData", {"Namespace": "mine"}, [("cloudwatch:PutMetricData", "*")]),
    (
        "cloudwatch",
        "PutMetricAlarm",
        {"AlarmName": "a"},
        [("cloudwatch:PutMetricAlarm", f"{ALARMS}:a")],
    ),
    (
        "cloudwatch",
        "PutMetricAlarm",
        {"AlarmName": "a", "Tags": TAGS},
        [("cloudwatch:PutMetricAlarm", f"{ALARMS}:a"), ("cloudwatch:TagResource", f"{ALARMS}:a")],
    ),
    (
        "cloudwatch",
        "DeleteAlarms",
        {"AlarmNames": ["a", "b"]},
        [("cloudwatch:DeleteAlarms", f"{ALARMS}:a"), ("cloudwatch:DeleteAlarms", f"{ALARMS}:b")],
    ),
    (
        "cloudwatch",
        "DescribeAlarms",
        {"AlarmNames": ["a"]},
        [("cloudwatch:DescribeAlarms", f"{ALARMS}:a")],
    ),
    ("cloudwatch", "DescribeAlarms", {}, [("cloudwatch:DescribeAlarms", "*")]),
    (
        "cloudwatch",
        "DescribeAlarmHistory",
        {"AlarmName": "a"},
        [("cloudwatch:DescribeAlarmHistory", f"{ALARMS}:a")],
    ),
    (
        "cloudwatch",
        "DescribeAlarmHistory",
        {"AlarmName": "a", "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]},
        [("cloudwatch:DescribeAlarmHistory", "*")],
    ),
    (
        "dynamodb",
        "Query",
        {"TableName": "rows", "IndexName": "open"},
        [("dynamodb:Query", f"{TABLE_ARN}/index/open")],
    ),
    ("dynamodb", "Query", {"TableName": "rows"}, [("dynamodb:Query", TABLE_ARN)]),
    ("dynamodb", "Scan", {"TableName": TABLE_ARN}, [("dynamodb:Scan", TABLE_ARN)]),
    (
        "dynamodb",
        "BatchWriteItem",
        {"RequestItems": {"rows": []}},
        [("dynamodb:BatchWriteItem", TABLE_ARN)],
    ),
    (
        "dynamodb",
        "TransactWriteItems",
        {"TransactItems": [{"Put": ITEM}, {"Update": ITEM}, {"Put": ITEM}]},
        [("dynamodb:PutItem", TABLE_ARN), ("dynamodb:UpdateItem", TABLE_ARN)],
    ),
    (
        "dynamodb",
        "TransactWriteItems",
        {"TransactItems": [{"ConditionCheck": ITEM}, {"Delete": ITEM}]},
        [("dynamodb:ConditionCheckItem", TABLE_ARN), ("dynamodb:DeleteItem", TABLE_ARN)],
    ),
    (
        "sagemaker",
        "AddTags",
        {"ResourceArn": f"{SAGEMAKER}:endpoint/churn"},
        [("sagemaker:AddTags", "endpoint/churn")],
    ),
    (
        "stepfunctions",
        "DescribeExecution",
        EXECUTION,
        [("states:DescribeExecution", f"{MACHINES}:execution:one:a")],
    ),
    (
        "stepfunctions",
        "StopExecution",
        EXECUTION,
        [("states:StopExecution", f"{MACHINES}:execution:one:a")],
    ),
    ("stepfunctions", "SendTaskSuccess", {"taskToken": "t"}, [("states:SendTaskSuccess", "*")]),
    (
        "lambda",
        "Invoke",
        {"FunctionName": "one"},
        [("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:one")],
    ),
    ("sagemaker", "CreateModel", CREATE, [("sagemaker:CreateModel", "model/churn")]),
    (
        "sagemaker",
        "CreateModel",
        {**CREATE, "Tags": TAGS, "ExecutionRoleArn": MODEL_ROLE},
        [
            ("sagemaker:CreateModel", "model/churn"),
            ("sagemaker:AddTags", "model/churn"),
            ("iam:PassRole", MODEL_ROLE),
        ],
    ),
    (
        "sagemaker",
        "CreateEndpointConfig",
        {**CREATE, "Tags": TAGS, "ExecutionRoleArn": MODEL_ROLE},
        [
            ("sagemaker:CreateEndpointConfig", "endpoint-config/churn"),
            ("sagemaker:AddTags", "endpoint-config/churn"),
            ("iam:PassRole", MODEL_ROLE),
        ],
    ),
    (
        "sagemaker",
        "CreateEndpointConfig",
        {**CREATE, "Tags": []},
        [("sagemaker:CreateEndpointConfig", "endpoint-config/churn")],
    ),
    (
        "sagemaker",
        "CreateEndpoint",
        {**CREATE, "Tags": TAGS},
        [
            ("sagemaker:CreateEndpoint", "endpoint/churn"),
            ("sagemaker:CreateEndpoint", "endpoint-config/churn"),
            ("sagemaker:AddTags", "endpoint/churn"),
        ],
    ),
    (
        "sagemaker",
        "ListTags",
        {"ResourceArn": f"{SAGEMAKER}:model/churn"},
        [("sagemaker:ListTags", "model/churn")],
    ),
    (
        "sagemaker",
        "UpdateModelPackage",
        {"ModelPackageArn": f"{SAGEMAKER}:model-package/churn/1"},
        [("sagemaker:UpdateModelPackage", "model-package/churn/1")],
    ),
    ("sagemaker", "ListEndpointConfigs", {}, [("sagemaker:ListEndpointConfigs", "*")]),
    ("sagemaker", "ListModels", {}, [("sagemaker:ListModels", "*")]),
    ("sagemaker", "DeleteModel", CREATE, [("sagemaker:DeleteModel", "model/churn")]),
    (
        "sagemaker",
        "DeleteEndpointConfig",
        CREATE,
        [("sagemaker:DeleteEndpointConfig", "endpoint-config/churn")],
    ),
    (
        "ssm",
        "GetParameter",
        {"Name": "/bluegreen/policies/churn"},
        [
            (
                "ssm:GetParameter",
                f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/bluegreen/policies/churn",
            )
        ],
    ),
    (
        "stepfunctions",
        "StartExecution",
        {"stateMachineArn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:one"},
        [("states:StartExecution", f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:one")],
    ),
    (
        "service-quotas",
        "ListServiceQuotas",
        {"ServiceCode": "sagemaker"},
        [("servicequotas:ListServiceQuotas", "*")],
    ),
]


@pytest.mark.parametrize(
    ("service", "operation", "call", "needed"),
    NEEDED,
    ids=[f"{case[1]}-{len(case[3])}" for case in NEEDED],
)
def test_a_call_needs_each_of_its_actions_on_each_of_its_resources(
    aws: EmbeddedAws,
    service: str,
    operation: str,
    call: dict[str, Any],
    needed: list[tuple[str, str]],
) -> None:
    full = [
        (action, what if what == "*" or what.startswith("arn:") else f"{SAGEMAKER}:{what}")
        for action, what in needed
    ]
    assert denials(aws, service, operation, call, *[allow(*one) for one in full]) == []
    for action, arn in full:
        others = [allow(*one) for one in full if one != (action, arn)]
        assert denials(aws, service, operation, call, *others) == [f"{action} on {arn}"]


def when(action: str, condition: dict[str, Any], effect: str = "Allow") -> dict[str, Any]:
    """A statement on everything, with a condition."""
    return {**allow(action, "*", effect), "Condition": condition}


def test_a_role_is_passed_on_to_the_service_that_the_condition_names(aws: EmbeddedAws) -> None:
    call = {"ModelName": "churn", "ExecutionRoleArn": MODEL_ROLE}
    for service, denied in (("sagemaker", []), ("lambda", [f"iam:PassRole on {MODEL_ROLE}"])):
        passing = when(
            "iam:PassRole",
            {"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}},
        )
        creating = allow("sagemaker:CreateModel", "*")
        assert denials(aws, "sagemaker", "CreateModel", call, creating, passing) == denied


def test_tags_may_be_added_by_the_creation_that_the_condition_names(aws: EmbeddedAws) -> None:
    operations = ["CreateModel", "CreateEndpointConfig"]
    tagging = when("sagemaker:AddTags", {"StringEquals": {"sagemaker:TaggingAction": operations}})
    creating, call = allow("sagemaker:Create*", "*"), {**CREATE, "Tags": TAGS}
    for operation in operations:
        assert denials(aws, "sagemaker", operation, call, creating, tagging) == []
    assert denials(aws, "sagemaker", "CreateEndpoint", call, creating, tagging) == [
        f"sagemaker:AddTags on {SAGEMAKER}:endpoint/churn"
    ]


def test_metrics_may_be_put_into_the_namespace_that_the_condition_names(aws: EmbeddedAws) -> None:
    putting = when("cloudwatch:PutMetricData", {"StringEquals": {"cloudwatch:namespace": "mine"}})
    for namespace, denied in (("mine", []), ("AWS/SageMaker", ["cloudwatch:PutMetricData on *"])):
        call = {"Namespace": namespace, "MetricData": []}
        assert denials(aws, "cloudwatch", "PutMetricData", call, putting) == denied


def test_what_is_made_may_have_to_have_tags(aws: EmbeddedAws) -> None:
    condition = {
        "StringEquals": {"aws:RequestTag/bluegreen:stack": "bluegreen"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["bluegreen:stack"]},
    }
    putting = when("cloudwatch:*", condition)
    more = [*TAGS, {"Key": "team", "Value": "a"}]
    for tags, allowed in ((TAGS, True), ([], False), (more, False)):
        call = {"AlarmName": "a", "Tags": tags}
        found = denials(aws, "cloudwatch", "PutMetricAlarm", call, putting)
        assert (found == []) is allowed


def test_alarms_may_have_to_have_a_tag_and_the_tags_of_others_are_not_known(
    aws: EmbeddedAws,
) -> None:
    alarm = {"AlarmName": "a", "Namespace": "n", "MetricName": "m", "Statistic": "Sum"}
    rule = {"Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0}
    aws.client("cloudwatch").put_metric_alarm(
        **alarm, **rule, ComparisonOperator="GreaterThanThreshold", Tags=TAGS
    )
    for value, count in (("bluegreen", 0), ("other", 1)):
        condition = {"StringEquals": {"aws:ResourceTag/bluegreen:stack": value}}
        deleting = when("cloudwatch:DeleteAlarms", condition)
        call = {"AlarmNames": ["a"]}
        assert len(denials(aws, "cloudwatch", "DeleteAlarms", call, deleting)) == count
    reading = when("dynamodb:*", {"StringEquals": {"aws:ResourceTag/a": "b"}})
    with pytest.raises(NotImplementedError, match="aws:ResourceTag/a of such a resource"):
        denials(aws, "dynamodb", "GetItem", {"TableName": "rows"}, reading)


def make_tagged(aws: EmbeddedAws, value: str) -> None:
    client, tags = aws.client("sagemaker"), [{"Key": "bluegreen:stack", "Value": value}]
    container = {"Image": "registry/churn:1"}
    client.create_model(ModelName="Churn", PrimaryContainer=container, Tags=tags)
    variant = {"VariantName": "main", "ModelName": "Churn", "InitialInstanceCount": 1}
    client.create_endpoint_config(
        EndpointConfigName="Churn",
        ProductionVariants=[{**variant, "InstanceType": "ml.m5.large"}],
        Tags=tags,
    )


@pytest.mark.parametrize("operation", ["DeleteModel", "DeleteEndpointConfig"])
@pytest.mark.parametrize(
    ("value", "condition", "allowed"),
    [
        ("mine", {"StringEquals": {"aws:ResourceTag/bluegreen:stack": "mine"}}, True),
        ("Mine", {"StringEquals": {"aws:ResourceTag/bluegreen:stack": "mine"}}, False),
        ("mine", {"StringEquals": {"aws:ResourceTag/bluegreen:stack": ["a", "mine"]}}, True),
        ("mine", {"StringEquals": {"aws:ResourceTag/bluegreen:stack": "m*"}}, False),
        ("mine", {"StringEquals": {"aws:ResourceTag/other": "mine"}}, False),
        ("mine", {"StringLike": {"aws:ResourceTag/bluegreen:stack": "m*"}}, True),
        ("mine", {"StringLike": {"aws:ResourceTag/bluegreen:stack": ["x", "mi?e"]}}, True),
        ("mine", {"StringLike": {"aws:ResourceTag/bluegreen:stack": "[m]ine"}}, False),
        ("mine", {"StringLike": {"aws:ResourceTag/other": "*"}}, False),
        ("mine", {"Null": {"aws:ResourceTag/other": "true"}}, True),
        ("mine", {"Null": {"aws:ResourceTag/other": True}}, True),
        ("mine", {"Null": {"aws:ResourceTag/bluegreen:stack": "true"}}, False),
        ("mine", {"Null": {"aws:ResourceTag/bluegreen:stack": "false"}}, True),
        (
            "mine",
            {
                "StringLike": {"aws:ResourceTag/bluegreen:stack": "*"},
                "Null": {"aws:ResourceTag/bluegreen:stack": "true"},
            },
            False,
        ),
        (
            "mine",
            {
                "StringEquals": {
                    "aws:ResourceTag/bluegreen:stack": "mine",
                    "sagemaker:TaggingAction": "CreateModel",
                }
            },
            False,
        ),
    ],
)
def test_what_is_deleted_may_have_to_have_a_tag(
    aws: EmbeddedAws, operation: str, value: str, condition: dict[str, Any], allowed: bool
) -> None:
    make_tagged(aws, value)
    statement = when(f"sagemaker:{operation}", condition)
    assert (denials(aws, "sagemaker", operation, CREATE, statement) == []) is allowed


def test_what_is_not_there_has_no_tags(aws: EmbeddedAws) -> None:
    for condition, allowed in (
        ({"StringLike": {"aws:ResourceTag/a": "*"}}, False),
        ({"Null": {"aws:ResourceTag/a": "true"}}, True),
    ):
        statement = when("sagemaker:DeleteModel", condition)
        found = denials(aws, "sagemaker", "DeleteModel", CREATE, statement)
        assert (found == []) is allowed


def test_a_denial_whose_condition_does_not_hold_is_as_if_not_there(aws: EmbeddedAws) -> None:
    make_tagged(aws, "mine")
    for value, denied in (("yours", 0), ("mine", 1)):
        condition = {"StringEquals": {"aws:ResourceTag/bluegreen:stack": value}}
        deny = when("sagemaker:DeleteModel", condition, "Deny")
        allowing = allow("sagemaker:*", "*")
        found = denials(aws, "sagemaker", "DeleteModel", CREATE, allowing, deny)
        assert len(found) == denied


@pytest.mark.parametrize(
    ("condition", "what"),
    [
        ({"StringEquals": {"aws:RequestedRegion": REGION}}, "aws:RequestedRegion"),
        ({"IpAddress": {"iam:PassedToService": "x"}}, "IpAddress"),
        ({"DateEquals": {"iam:PassedToService": "2026-01-01"}}, "DateEquals"),
        ({"StringEquals": {"aws:ResourceTag/a": "${aws:username}"}}, "A policy variable"),
        (
            {
                "StringNotEquals": {"iam:PassedToService": "another"},
                "IpAddress": {"iam:PassedToService": "x"},
            },
            "IpAddress",
        ),
    ],
)
def test_a_condition_that_is_not_modelled_is_refused_by_name(
    aws: EmbeddedAws, condition: dict[str, Any], what: str
) -> None:
    make_table(aws)
    statement = {**allow("dynamodb:GetItem", TABLE_ARN), "Condition": condition}
    make_function(aws, "one", "read", statement)
    payload = invoke(aws, "one", READ)[0]
    assert payload["errorType"] == "NotImplementedError"
    assert payload["errorMessage"] == f"{what} in a policy is not modelled."


def test_it_is_of_no_weight_where_another_condition_does_not_hold(aws: EmbeddedAws) -> None:
    make_table(aws)
    unheld = {"iam:PassedToService": "another"}
    condition = {"StringEquals": unheld, "IpAddress": {"iam:PassedToService": "x"}}
    statement = {**allow("dynamodb:GetItem", TABLE_ARN), "Condition": condition}
    make_function(aws, "one", "read", statement)
    payload = invoke(aws, "one", READ)[0]
    assert payload["errorType"] == "ClientError"
    assert "AccessDenied" in payload["errorMessage"]


def test_simulating_a_policy_knows_no_keys_of_a_request(aws: EmbeddedAws) -> None:
    make_tagged(aws, "mine")
    condition = {"StringEquals": {"aws:ResourceTag/bluegreen:stack": "mine"}}
    statements = [when("sagemaker:DeleteModel", condition), allow("sagemaker:ListModels", "*")]
    role = make_role(aws, "simulated", *statements)
    actions = ["sagemaker:DeleteModel", "sagemaker:ListModels"]
    results = aws.client("iam").simulate_principal_policy(
        PolicySourceArn=role, ActionNames=actions, ResourceArns=[f"{SAGEMAKER}:model/churn"]
    )["EvaluationResults"]
    assert [one["EvalDecision"] for one in results] == ["implicitDeny", "allowed"]


def test_who_is_no_function_may_call_everything(aws: EmbeddedAws) -> None:
    assert aws.client("dynamodb").list_tables()["TableNames"] == []


# ---- What it is given ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
def test_a_payload_that_is_no_json_is_refused(aws: EmbeddedAws, kind: str) -> None:
    make_function(aws, "one", "count")
    with pytest.raises(ClientError, match="Could not parse request body into json") as refused:
        aws.client("lambda").invoke(FunctionName="one", InvocationType=kind, Payload=b"not json")
    assert refused.value.response["Error"]["Code"] == "InvalidRequestContentException"
    assert invoke(aws, "one")[0] == 1


# ---- And it may die ------------------------------------------------------------------------


def die(aws: EmbeddedAws, death: Death) -> None:
    aws.world.faults.add(FaultPlan(deaths=(death,)), aws.clock.now())


@pytest.mark.parametrize(("nth", "calls"), [(1, 1), (2, 2)])
def test_a_function_dies_once_right_after_the_nth_call(nth: int, calls: int) -> None:
    with EmbeddedAws() as aws:
        die(aws, Death("writer", "PutItem", nth))
        make_table(aws)
        make_function(aws, "the-writer", "write", allow("dynamodb:PutItem", TABLE_ARN))
        payload, kind = invoke(aws, "the-writer", READ)
        assert (payload["errorType"], kind) == ("Runtime.ExitError", "Unhandled")
        assert len(list(aws.journal.of_kind("api_call"))) == calls
        row = aws.client("dynamodb").get_item(TableName="rows", Key={"pk": {"S": "k"}})
        assert row["Item"] == {"pk": {"S": "k"}}
        assert invoke(aws, "the-writer", READ) == ("written", None)


def test_another_function_does_not_die_of_it() -> None:
    with EmbeddedAws() as aws:
        die(aws, Death("Writer", "PutItem"))
        make_table(aws)
        make_function(aws, "somebody", "write", allow("dynamodb:PutItem", TABLE_ARN))
        assert invoke(aws, "somebody", READ) == ("written", None)


def test_the_journal_holds_each_call_with_its_error(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "read", allow("dynamodb:GetItem", TABLE_ARN))
    invoke(aws, "one", READ)
    (call,) = aws.journal.of_kind("api_call")
    assert call.data == {
        "function": "one",
        "service": "dynamodb",
        "operation": "GetItem",
        "error": "ResourceNotFoundException",
    }
