"""What policies of topics, queues, functions and keys, and of roles, allow whom."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from account import (
    ACCOUNT,
    EVENTS,
    REGION,
    allow,
    invocations,
    invoke,
    make_function,
    make_queue,
    make_role,
    make_topic,
    messages,
    on_failure,
    statement,
    trusting,
)
from bluegreen_simulator.aws.iam.permissions import check
from bluegreen_simulator.aws.logs.groups import ACTIONS as KEY_ACTIONS
from bluegreen_simulator.aws.step_functions.roles import LOG_DELIVERY, NO_LOG
from bluegreen_simulator.run.embedded import EmbeddedAws

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ENCRYPTING = ["kms:Decrypt", "kms:GenerateDataKey"]


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


ADMINISTRATION = statement({"AWS": ROOT}, "kms:*")


def make_key(aws: EmbeddedAws, *statements: Mapping[str, Any]) -> str:
    """A key with just these statements, or that of AWS's default policy; its id."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements or [ADMINISTRATION]})
    made = aws.client("kms").create_key(Policy=policy)["KeyMetadata"]
    id_: str = made["KeyId"]
    return id_


def told(aws: EmbeddedAws) -> list[str]:
    """The messages that were published."""
    return [entry.data["message"] for entry in aws.journal.of_kind("notification")]


# ---- A role within a permissions boundary --------------------------------------------------


@pytest.mark.parametrize(
    ("boundary", "code"),
    [
        ([], ""),
        ([allow("sns:*", "*")], ""),
        ([allow("sqs:*", "*")], "AuthorizationError"),
        ([allow("*", "*"), allow("sns:Publish", "*", "Deny")], "AuthorizationError"),
    ],
)
def test_a_role_may_what_its_policies_and_its_boundary_both_allow(
    aws: EmbeddedAws, boundary: list[dict[str, str]], code: str
) -> None:
    topic, role = make_topic(aws), make_role(aws, "bounded", MAY_PUBLISH)
    if boundary:
        document = json.dumps({"Version": "2012-10-17", "Statement": boundary})
        made = aws.client("iam").create_policy(PolicyName="boundary", PolicyDocument=document)
        arn = made["Policy"]["Arn"]
        aws.client("iam").put_role_permissions_boundary(RoleName="bounded", PermissionsBoundary=arn)
    assert publishing_as(aws, role, topic) == code


# ---- A role publishes ----------------------------------------------------------------------


def publishing(aws: EmbeddedAws, topic: str, *statements: Mapping[str, Any]) -> str:
    """The code of the error with which a role's Publish fails; empty when it may."""
    role = make_role(aws, f"role-{len(aws.client('iam').list_roles()['Roles'])}", *statements)
    return publishing_as(aws, role, topic)


def publishing_as(aws: EmbeddedAws, role: str, topic: str) -> str:
    """The same for a role that is there."""
    try:
        check(aws.world, role, "sns", "Publish", {"TopicArn": topic, "Message": "m"})
    except ClientError as error:
        code: str = error.response["Error"]["Code"]
        return code
    return ""


MAY_PUBLISH = allow("sns:Publish", f"arn:aws:sns:{REGION}:{ACCOUNT}:news")
MAY_ENCRYPT = {"Effect": "Allow", "Action": ENCRYPTING, "Resource": "*"}


def test_a_role_publishes_if_its_policy_or_the_topics_says_so(aws: EmbeddedAws) -> None:
    assert publishing(aws, make_topic(aws)) == "AuthorizationError"
    assert publishing(aws, make_topic(aws), MAY_PUBLISH) == ""
    open_ = make_topic(aws, statement({"AWS": "*"}, "SNS:Publish"))
    assert publishing(aws, open_) == ""


def test_the_account_in_a_topics_policy_lets_the_roles_own_policy_decide(aws: EmbeddedAws) -> None:
    topic = make_topic(aws, statement({"AWS": ROOT}, "sns:Publish"))
    assert publishing(aws, topic) == "AuthorizationError"
    assert publishing(aws, topic, MAY_PUBLISH) == ""


def test_a_denial_of_the_topic_decides(aws: EmbeddedAws) -> None:
    topic = make_topic(aws, statement("*", "sns:*", Effect="Deny"))
    assert publishing(aws, topic, MAY_PUBLISH) == "AuthorizationError"


def test_an_encrypted_topic_needs_its_key_too(aws: EmbeddedAws) -> None:
    topic = make_topic(aws, key=make_key(aws))
    assert publishing(aws, topic, MAY_PUBLISH) == "KMSAccessDenied"
    for action in ENCRYPTING:
        one = allow(action, "*")
        assert publishing(aws, topic, MAY_PUBLISH, one) == "KMSAccessDenied"
    assert publishing(aws, topic, MAY_PUBLISH, MAY_ENCRYPT) == ""


@pytest.mark.parametrize(
    ("of_key", "of_role", "code"),
    [
        ([statement({"AWS": ROOT}, ENCRYPTING)], [MAY_ENCRYPT], ""),
        ([statement({"AWS": ACCOUNT}, ENCRYPTING)], [MAY_ENCRYPT], ""),
        ([statement({"AWS": ROOT}, "kms:Decrypt")], [MAY_ENCRYPT], "KMSAccessDenied"),
        (
            [statement({"Service": "cloudwatch.amazonaws.com"}, ENCRYPTING)],
            [MAY_ENCRYPT],
            "KMSAccessDenied",
        ),
        ([statement({"AWS": "*"}, ENCRYPTING)], [], ""),
        (
            [statement({"AWS": ROOT}, ENCRYPTING), statement("*", "kms:Decrypt", Effect="Deny")],
            [MAY_ENCRYPT],
            "KMSAccessDenied",
        ),
        (
            [
                statement(
                    {"AWS": ROOT},
                    ENCRYPTING,
                    Condition={
                        "StringEquals": {
                            "kms:ViaService": f"sns.{REGION}.amazonaws.com",
                            "kms:CallerAccount": ACCOUNT,
                        }
                    },
                )
            ],
            [MAY_ENCRYPT],
            "",
        ),
        (
            [
                statement(
                    {"AWS": ROOT},
                    ENCRYPTING,
                    Condition={"StringEquals": {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"}},
                )
            ],
            [MAY_ENCRYPT],
            "KMSAccessDenied",
        ),
    ],
    ids=[
        "account",
        "account by number",
        "one action",
        "a service only",
        "everybody",
        "a denial",
        "through SNS",
        "through SQS only",
    ],
)
def test_policies_of_roles_decide_where_the_keys_policy_lets_them(
    aws: EmbeddedAws, of_key: list[Any], of_role: list[Any], code: str
) -> None:
    administration = statement({"AWS": ROOT}, "kms:PutKeyPolicy")
    topic = make_topic(aws, key=make_key(aws, administration, *of_key))
    assert publishing(aws, topic, MAY_PUBLISH, *of_role) == code


def test_a_key_of_sns_itself_needs_no_permission(aws: EmbeddedAws) -> None:
    topic = make_topic(aws, key="alias/aws/sns")
    assert publishing(aws, topic, MAY_PUBLISH) == ""


def disable(aws: EmbeddedAws, key: str) -> None:
    aws.client("kms").disable_key(KeyId=key)


def schedule_deletion(aws: EmbeddedAws, key: str) -> None:
    aws.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)


@pytest.mark.parametrize(
    ("end", "code"), [(disable, "KMSDisabled"), (schedule_deletion, "KMSInvalidState")]
)
def test_a_key_that_is_out_of_use_stops_everybody(aws: EmbeddedAws, end: Any, code: str) -> None:
    key = make_key(aws)
    topic = make_topic(aws, key=key)
    aws.client("sns").publish(TopicArn=topic, Message="before")
    end(aws, key)
    assert publishing(aws, topic, MAY_PUBLISH, MAY_ENCRYPT) == code
    with pytest.raises(ClientError) as refused:
        aws.client("sns").publish(TopicArn=topic, Message="after")
    assert refused.value.response["Error"]["Code"] == code
    assert told(aws) == ["before"]


def test_an_endpoint_whose_volumes_have_a_key_needs_a_grant_on_it(aws: EmbeddedAws) -> None:
    key = aws.client("kms").describe_key(KeyId=make_key(aws))["KeyMetadata"]["Arn"]
    make_config(aws, "plain")
    make_config(aws, "encrypted", KmsKeyId=key)
    updating = allow("sagemaker:UpdateEndpoint", "*")
    for condition, code in (
        ({}, ""),
        ({"Bool": {"kms:GrantIsForAWSResource": "true"}}, ""),
        ({"Bool": {"kms:GrantIsForAWSResource": "false"}}, "AccessDeniedException"),
        ({"StringEquals": {"kms:ViaService": "ec2.amazonaws.com"}}, "AccessDeniedException"),
    ):
        granting = {**allow("kms:CreateGrant", key), "Condition": condition}
        assert refused(aws, "UpdateEndpoint", "encrypted", updating, granting) == code
    assert refused(aws, "UpdateEndpoint", "encrypted", updating) == "AccessDeniedException"
    make_config(aws, "foreign", KmsKeyId="alias/of-nobody-here")
    assert refused(aws, "UpdateEndpoint", "foreign", updating) == "AccessDeniedException"
    assert refused(aws, "UpdateEndpoint", "plain", updating) == ""


def refused(aws: EmbeddedAws, operation: str, config: str, *statements: Any) -> str:
    """The code with which a role's call is refused; empty when it may."""
    role = make_role(aws, f"role-{len(aws.client('iam').list_roles()['Roles'])}", *statements)
    call = {"EndpointName": "churn", "EndpointConfigName": config}
    try:
        check(aws.world, role, "sagemaker", operation, call)
    except ClientError as error:
        code: str = error.response["Error"]["Code"]
        return code
    return ""


def make_config(aws: EmbeddedAws, name: str, **more: Any) -> None:
    client = aws.client("sagemaker")
    client.create_model(ModelName=name, PrimaryContainer={"Image": "model:1"})
    variant = {"VariantName": "main", "ModelName": name, "InitialInstanceCount": 1}
    client.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[{**variant, "InstanceType": "ml.m5.large"}],
        **more,
    )


def test_a_key_that_is_enabled_again_lets_all_go_on(aws: EmbeddedAws) -> None:
    key = make_key(aws)
    topic = make_topic(aws, key=key)
    disable(aws, key)
    aws.client("kms").enable_key(KeyId=key)
    aws.client("sns").publish(TopicArn=topic, Message="after")
    assert told(aws) == ["after"]


# ---- An alarm publishes --------------------------------------------------------------------


CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}


def ring(aws: EmbeddedAws, topic: str) -> str | None:
    """Let an alarm go into ALARM; why its action failed."""
    client = aws.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName="bell",
        Namespace="mine",
        MetricName="m",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        Statistic="Sum",
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
    )
    client.set_alarm_state(AlarmName="bell", StateValue="ALARM", StateReason="now")
    *_, entry = aws.journal.of_kind("alarm_action")
    error: str | None = entry.data["error"]
    assert len(told(aws)) == (error is None)
    return error


def test_a_topics_default_policy_lets_the_alarms_of_its_account_publish(aws: EmbeddedAws) -> None:
    assert ring(aws, make_topic(aws)) is None


@pytest.mark.parametrize(
    ("statements", "refused"),
    [
        ([statement({"AWS": ROOT}, "sns:Publish")], True),
        ([statement(CLOUDWATCH, "sns:Publish")], False),
        ([statement({"Service": "events.amazonaws.com"}, "sns:Publish")], True),
        (
            [
                statement(
                    CLOUDWATCH,
                    "sns:Publish",
                    Condition={"ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:*:*:alarm:bell"}},
                )
            ],
            False,
        ),
        (
            [
                statement(
                    CLOUDWATCH,
                    "sns:Publish",
                    Condition={
                        "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:*:*:alarm:whistle"}
                    },
                )
            ],
            True,
        ),
    ],
    ids=["the account", "CloudWatch", "another service", "this alarm", "another alarm"],
)
def test_another_policy_of_the_topic_has_to_name_cloudwatch(
    aws: EmbeddedAws, statements: list[Any], refused: bool
) -> None:
    error = ring(aws, make_topic(aws, *statements))
    assert (error is not None) is refused
    if error:
        assert "cloudwatch.amazonaws.com is not authorized to perform: sns:Publish" in error


def test_a_stack_may_give_a_topic_its_policy(aws: EmbeddedAws) -> None:
    policy = {"Statement": [statement({"AWS": ROOT}, "sns:Publish")]}
    named = {"Topics": [{"Ref": "Topic"}], "PolicyDocument": policy}
    resources = {
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Policy": {"Type": "AWS::SNS::TopicPolicy", "Properties": named},
    }
    body = json.dumps({"Resources": resources})
    aws.client("cloudformation").create_stack(StackName="s", TemplateBody=body)
    aws.clock.sleep(1)
    (topic,) = aws.client("sns").list_topics()["Topics"]
    assert ring(aws, topic["TopicArn"]) is not None


@pytest.mark.parametrize(
    ("condition", "refused"),
    [
        ({}, False),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, False),
        ({"StringEquals": {"aws:SourceAccount": "210987654321"}}, True),
        ({"StringEquals": {"kms:CallerAccount": ACCOUNT}}, True),
    ],
)
def test_an_encrypted_topic_is_open_to_alarms_by_its_keys_policy(
    aws: EmbeddedAws, condition: dict[str, Any], refused: bool
) -> None:
    own = statement(CLOUDWATCH, ENCRYPTING, Condition=condition)
    error = ring(aws, make_topic(aws, key=make_key(aws, ADMINISTRATION, own)))
    assert (error is not None) is refused


def test_and_not_by_that_of_the_account(aws: EmbeddedAws) -> None:
    error = str(ring(aws, make_topic(aws, key=make_key(aws))))
    assert "kms:GenerateDataKey" in error
    assert "no resource-based policy" in error


def test_and_never_where_the_key_is_that_of_sns_itself(aws: EmbeddedAws) -> None:
    assert "alias/aws/sns" in str(ring(aws, make_topic(aws, key="alias/aws/sns")))


def test_an_alarm_rings_in_vain_while_the_key_is_disabled(aws: EmbeddedAws) -> None:
    key = make_key(aws, ADMINISTRATION, statement(CLOUDWATCH, ENCRYPTING))
    topic = make_topic(aws, key=key)
    disable(aws, key)
    assert "is disabled" in str(ring(aws, topic))


# ---- A state machine does what its role allows ---------------------------------------------


INVOKING = allow("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:counter")


def make_machine(aws: EmbeddedAws, role: str, **more: Any) -> str:
    """A machine of one task, which calls the function `counter` and catches what fails."""
    catch = [{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}]
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "counter"},
        "Catch": catch,
        "Next": "Done",
    }
    body = {
        "QueryLanguage": "JSONata",
        "StartAt": "Task",
        "States": {
            "Task": task,
            "Done": {"Type": "Pass", "Output": "done", "End": True},
            "Caught": {"Type": "Succeed"},
        },
    }
    made = aws.client("stepfunctions").create_state_machine(
        name="machine", definition=json.dumps(body), roleArn=role, **more
    )
    arn: str = made["stateMachineArn"]
    return arn


def run(aws: EmbeddedAws, machine: str) -> Any:
    client = aws.client("stepfunctions")
    execution = client.start_execution(stateMachineArn=machine)["executionArn"]
    aws.clock.sleep(60)
    return json.loads(client.describe_execution(executionArn=execution)["output"])


def test_a_task_may_call_the_functions_that_the_machines_role_allows(aws: EmbeddedAws) -> None:
    make_function(aws, "counter", "count")
    machine = make_machine(aws, make_role(aws, "machine", INVOKING, service="states"))
    assert run(aws, machine) == "done"


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [allow("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:other")],
        [INVOKING, allow("lambda:*", "*", "Deny")],
    ],
    ids=["nothing allowed", "another function", "a denial"],
)
def test_and_no_others_which_is_an_error_with_the_name_of_aws(
    aws: EmbeddedAws, statements: list[Any]
) -> None:
    arn = make_function(aws, "counter", "count")
    machine = make_machine(aws, make_role(aws, "machine", *statements, service="states"))
    caught = run(aws, machine)
    assert caught["Error"] == "Lambda.AWSLambdaException"
    assert (
        f"is not authorized to perform: lambda:InvokeFunction on resource: {arn}"
        in (caught["Cause"])
    )
    assert "Status Code: 403; Error Code: AccessDeniedException" in caught["Cause"]
    assert invocations(aws, "counter") == []


def test_a_function_that_names_the_account_lets_the_roles_own_policy_decide(
    aws: EmbeddedAws,
) -> None:
    make_function(aws, "counter", "count")
    role = make_role(aws, "machine", service="states")
    machine = make_machine(aws, role)
    aws.client("lambda").add_permission(
        FunctionName="counter", StatementId="s", Action="lambda:InvokeFunction", Principal=ACCOUNT
    )
    assert run(aws, machine)["Error"] == "Lambda.AWSLambdaException"


def refusal_of_machine(aws: EmbeddedAws, role: str, **more: Any) -> str:
    """What CreateStateMachine says; empty when it makes the machine."""
    try:
        make_machine(aws, role, **more)
    except ClientError as error:
        message: str = error.response["Error"]["Message"]
        return message
    return ""


@pytest.mark.parametrize("service", ["lambda", "events"])
def test_a_machine_needs_a_role_that_trusts_step_functions(aws: EmbeddedAws, service: str) -> None:
    role = make_role(aws, "machine", INVOKING, service=service)
    assert "authorized to assume the provided role" in refusal_of_machine(aws, role)


NEVER_MADE = f"arn:aws:iam::{ACCOUNT}:role/never-made"


def test_a_role_that_was_never_made_here_may_do_everything(aws: EmbeddedAws) -> None:
    make_function(aws, "counter", "count")
    assert run(aws, make_machine(aws, NEVER_MADE, loggingConfiguration=logging("ALL"))) == "done"
    assert invocations(aws, "counter") != []


def test_but_not_any_more_once_it_is_made_and_trusts_nobody(aws: EmbeddedAws) -> None:
    make_function(aws, "counter", "count")
    machine = make_machine(aws, NEVER_MADE)
    assert make_role(aws, "never-made", service="lambda") == NEVER_MADE
    assert run(aws, machine)["Error"] == "Lambda.AWSLambdaException"


@pytest.mark.parametrize(
    ("machine", "trusted"), [("machine", True), ("mach*", True), ("another", False)]
)
def test_a_trust_policy_may_name_the_machine(aws: EmbeddedAws, machine: str, trusted: bool) -> None:
    role = make_role(aws, "machine", service="states")
    trust = json.loads(trusting("states"))
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{machine}"
    trust["Statement"][0]["Condition"] = {
        "ArnLike": {"aws:SourceArn": arn},
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
    }
    aws.client("iam").update_assume_role_policy(
        RoleName="machine", PolicyDocument=json.dumps(trust)
    )
    assert (refusal_of_machine(aws, role) == "") is trusted


def test_a_role_that_is_not_trusted_any_more_fails_its_tasks(aws: EmbeddedAws) -> None:
    make_function(aws, "counter", "count")
    machine = make_machine(aws, make_role(aws, "machine", INVOKING, service="states"))
    aws.client("iam").update_assume_role_policy(
        RoleName="machine", PolicyDocument=trusting("lambda")
    )
    assert run(aws, machine)["Error"] == "Lambda.AWSLambdaException"


def logging(level: str) -> dict[str, Any]:
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:machines:*"
    destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]
    return {"level": level, "destinations": destinations if level != "OFF" else []}


@pytest.mark.parametrize("missing", ["", *LOG_DELIVERY])
def test_a_machine_that_logs_needs_a_role_that_may_deliver_logs(
    aws: EmbeddedAws, missing: str
) -> None:
    statements = [allow(action, "*") for action in LOG_DELIVERY if action != missing]
    role = make_role(aws, "machine", *statements, service="states")
    refused = refusal_of_machine(aws, role, loggingConfiguration=logging("ALL"))
    assert refused == (NO_LOG if missing else "")


def test_a_machine_that_does_not_log_needs_none_of_it_until_it_does(aws: EmbeddedAws) -> None:
    role = make_role(aws, "machine", service="states")
    machine = make_machine(aws, role, loggingConfiguration=logging("OFF"))
    with pytest.raises(ClientError, match=NO_LOG):
        aws.client("stepfunctions").update_state_machine(
            stateMachineArn=machine, loggingConfiguration=logging("ERROR")
        )


# ---- A log group and its key, and whoever administers keys ----------------------------------


LOGS = {"Service": f"logs.{REGION}.amazonaws.com"}


def log_group(aws: EmbeddedAws, *statements: Mapping[str, Any]) -> str:
    """What CreateLogGroup says of a key with these statements; empty when it makes the group."""
    id_ = make_key(aws, ADMINISTRATION, *statements)
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{id_}"
    try:
        aws.client("logs").create_log_group(logGroupName="machines", kmsKeyId=key)
    except ClientError as error:
        message: str = error.response["Error"]["Message"]
        return message
    return ""


@pytest.mark.parametrize("missing", ["", *KEY_ACTIONS])
def test_a_log_group_needs_a_key_that_lets_cloudwatch_logs_in(
    aws: EmbeddedAws, missing: str
) -> None:
    actions = [action for action in KEY_ACTIONS if action != missing]
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:machines"
    told = f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'"
    assert log_group(aws, statement(LOGS, actions)) == (told if missing else "")


@pytest.mark.parametrize(("group", "refused"), [("machines", False), ("functions", True)])
def test_and_the_key_may_be_for_some_groups_only(
    aws: EmbeddedAws, group: str, refused: bool
) -> None:
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"
    condition = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn}}
    own = statement(LOGS, "kms:*", Condition=condition)
    assert (log_group(aws, own) != "") is refused


def test_a_key_whose_policy_nobody_could_change_is_refused(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError) as refused:
        make_key(aws, statement(CLOUDWATCH, "kms:*"))
    assert refused.value.response["Error"]["Code"] == "MalformedPolicyDocumentException"
    assert aws.client("kms").list_keys()["Keys"] == []


@pytest.mark.parametrize("action", ["kms:EnableKeyRotation", "kms:CreateAlias"])
def test_whoever_administers_keys_may_do_what_their_policies_let_the_account_do(
    aws: EmbeddedAws, action: str
) -> None:
    client = aws.client("kms")
    calls: dict[str, Any] = {
        "kms:EnableKeyRotation": lambda key: client.enable_key_rotation(KeyId=key),
        "kms:CreateAlias": lambda key: client.create_alias(
            AliasName=f"alias/{key}", TargetKeyId=key
        ),
    }
    calls[action](make_key(aws, statement({"AWS": ROOT}, ["kms:PutKeyPolicy", action])))
    with pytest.raises(ClientError, match=f"perform: {action}"):
        calls[action](make_key(aws, statement({"AWS": ROOT}, "kms:PutKeyPolicy")))


# ---- EventBridge, and what it cannot deliver ------------------------------------------------


RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/orders"
OF_RULE = {"ArnEquals": {"aws:SourceArn": RULE}}


def make_closed_queue(aws: EmbeddedAws, *statements: Mapping[str, Any], key: str = "") -> str:
    """A queue with these statements and no others; its URL."""
    attributes = {"KmsMasterKeyId": key} if key else {}
    if statements:
        policy = {"Version": "2012-10-17", "Statement": statements}
        attributes["Policy"] = json.dumps(policy)
    made = aws.client("sqs").create_queue(QueueName="closed", Attributes=attributes)
    url: str = made["QueueUrl"]
    return url


CLOSED = f"arn:aws:sqs:{REGION}:{ACCOUNT}:closed"


def order(aws: EmbeddedAws, target: str, **more: Any) -> None:
    """Let an event go through a rule to its target."""
    client = aws.client("events")
    client.put_rule(Name="orders", EventPattern=json.dumps({"source": ["shop"]}))
    client.put_targets(Rule="orders", Targets=[{"Id": "t", "Arn": target, **more}])
    client.put_events(Entries=[{"Source": "shop", "DetailType": "Order", "Detail": "{}"}])
    aws.clock.sleep(60)


def errors(aws: EmbeddedAws, url: str) -> list[str]:
    """The ERROR_CODE of each dead letter."""
    return [m["MessageAttributes"]["ERROR_CODE"]["StringValue"] for m in messages(aws, url)]


def sending(**condition: Any) -> dict[str, Any]:
    return statement(EVENTS, "sqs:SendMessage", Condition=condition)


def encrypting(service: Any, **condition: Any) -> dict[str, Any]:
    return statement(service, ENCRYPTING, Condition=condition)


@pytest.mark.parametrize(
    ("of_queue", "of_key", "arrives"),
    [
        ([], None, False),
        ([sending(**OF_RULE)], None, True),
        ([sending(ArnEquals={"aws:SourceArn": f"{RULE}-of-others"})], None, False),
        ([statement(EVENTS, "sqs:ReceiveMessage")], None, False),
        ([sending()], [], False),
        ([sending()], [encrypting(EVENTS)], True),
        ([sending()], [statement(EVENTS, "kms:GenerateDataKey")], False),
        ([sending()], [statement(EVENTS, "kms:Decrypt")], False),
        ([sending()], [encrypting(EVENTS, StringEquals={"aws:SourceAccount": ACCOUNT})], False),
        ([sending()], [encrypting(EVENTS, ArnLike={"aws:SourceArn": RULE})], False),
    ],
    ids=[
        "no policy",
        "this rule",
        "another rule",
        "another action",
        "a key for the account",
        "a key for EventBridge",
        "without Decrypt",
        "without GenerateDataKey",
        "for the account's rules, which KMS is not told",
        "for this rule, which KMS is not told",
    ],
)
def test_a_queue_takes_from_rules_what_its_policy_and_its_key_let_them_send(
    aws: EmbeddedAws, of_queue: list[Any], of_key: list[Any] | None, arrives: bool
) -> None:
    key = "" if of_key is None else make_key(aws, ADMINISTRATION, *of_key)
    url = make_closed_queue(aws, *of_queue, key=key)
    dead, arn = make_queue(aws, "dead")
    order(aws, CLOSED, DeadLetterConfig={"Arn": arn})
    assert len(messages(aws, url)) == arrives
    assert errors(aws, dead) == ([] if arrives else ["NO_PERMISSIONS"])


@pytest.mark.parametrize(("of_queue", "arrives"), [([], 0), ([sending(**OF_RULE)], 1)])
def test_a_dead_letter_queue_takes_what_its_policy_lets_the_rule_send(
    aws: EmbeddedAws, of_queue: list[Any], arrives: int
) -> None:
    url = make_closed_queue(aws, *of_queue)
    function = make_function(aws, "counter", "count")
    order(aws, function, DeadLetterConfig={"Arn": CLOSED})
    assert len(messages(aws, url)) == arrives
    assert len(list(aws.journal.of_kind("dead_letter"))) == arrives


@pytest.mark.parametrize(("of_key", "arrives"), [([], 0), ([encrypting(EVENTS)], 1)])
def test_and_its_key(aws: EmbeddedAws, of_key: list[Any], arrives: int) -> None:
    url = make_closed_queue(aws, sending(), key=make_key(aws, ADMINISTRATION, *of_key))
    order(aws, make_function(aws, "counter", "count"), DeadLetterConfig={"Arn": CLOSED})
    assert len(messages(aws, url)) == arrives


@pytest.mark.parametrize(
    ("statements", "arrives"),
    [([], 0), ([statement(EVENTS, "sns:Publish")], 1), ([statement("*", "sns:Subscribe")], 0)],
    ids=["default policy", "EventBridge", "another action"],
)
def test_a_topic_takes_from_rules_what_its_policy_lets_them_publish(
    aws: EmbeddedAws, statements: list[Any], arrives: int
) -> None:
    order(aws, make_topic(aws, *statements))
    assert len(told(aws)) == arrives


STARTING = allow("states:StartExecution", f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:*")


@pytest.mark.parametrize(
    ("service", "statements", "runs"),
    [("events", [STARTING], 1), ("states", [STARTING], 0), ("events", [INVOKING], 0), ("", [], 0)],
    ids=["allowed", "not trusted", "another action", "no role"],
)
def test_a_rule_starts_a_machine_as_its_targets_role(
    aws: EmbeddedAws, service: str, statements: list[Any], runs: int
) -> None:
    machine = make_machine(aws, make_role(aws, "machine", service="states"))
    target = {"RoleArn": make_role(aws, "starter", *statements, service=service)} if service else {}
    order(aws, machine, **target)
    client = aws.client("stepfunctions")
    assert len(client.list_executions(stateMachineArn=machine)["executions"]) == runs


def test_a_rules_role_that_was_never_made_here_starts_it_too(aws: EmbeddedAws) -> None:
    machine = make_machine(aws, NEVER_MADE)
    order(aws, machine, RoleArn=NEVER_MADE)
    client = aws.client("stepfunctions")
    assert len(client.list_executions(stateMachineArn=machine)["executions"]) == 1


# ---- A function and its role ----------------------------------------------------------------


def test_a_function_needs_a_role_that_trusts_lambda(aws: EmbeddedAws) -> None:
    aws.world.handlers.add("sample_handlers.count")
    for role in (f"arn:aws:iam::{ACCOUNT}:role/nobody", make_role(aws, "r", service="states")):
        with pytest.raises(ClientError, match="cannot be assumed by Lambda") as refused:
            aws.client("lambda").create_function(
                FunctionName="f",
                Handler="sample_handlers.count",
                Role=role,
                Runtime="python3.13",
                Code={"ZipFile": b"nothing"},
            )
        assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"


def test_a_function_whose_role_is_not_trusted_any_more_is_not_run(aws: EmbeddedAws) -> None:
    make_function(aws, "counter", "count")
    policy = trusting("states")
    aws.client("iam").update_assume_role_policy(RoleName="counter-role", PolicyDocument=policy)
    with pytest.raises(ClientError, match="cannot be assumed by Lambda") as refused:
        aws.client("lambda").invoke(FunctionName="counter")
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert invocations(aws, "counter") == []


LOG = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/talker"


@pytest.mark.parametrize(
    ("actions", "resource", "kept"),
    [
        (["logs:CreateLogStream", "logs:PutLogEvents"], f"{LOG}:*", True),
        (["logs:CreateLogStream", "logs:PutLogEvents"], f"{LOG}-of-others:*", False),
        (["logs:CreateLogGroup", "logs:CreateLogStream"], "*", False),
        (["logs:CreateLogGroup", "logs:PutLogEvents"], "*", False),
    ],
)
def test_a_function_has_a_log_if_its_role_may_write_one(
    actions: list[str], resource: str, kept: bool
) -> None:
    statements = [{"Effect": "Allow", "Action": actions, "Resource": resource}]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    with EmbeddedAws() as aws:  # which takes the output that pytest gives the test
        aws.client("logs").create_log_group(logGroupName="/aws/lambda/talker")
        make_function(aws, "talker", "chat")
        aws.client("iam").put_role_policy(
            RoleName="talker-role", PolicyName="p", PolicyDocument=document
        )
        assert invoke(aws, "talker")[1] is None
        assert len(list(aws.journal.of_kind("log"))) == (2 if kept else 0)


def test_a_destination_is_refused_to_which_the_role_may_not_send(aws: EmbeddedAws) -> None:
    make_function(aws, "failing", "fail")
    _, arn = make_queue(aws, "failed")
    with pytest.raises(ClientError, match=f"The destination ARN {arn} is invalid"):
        aws.client("lambda").put_function_event_invoke_config(
            FunctionName="failing", DestinationConfig={"OnFailure": {"Destination": arn}}
        )


@pytest.mark.parametrize(
    ("of_key", "of_role", "arrives"),
    [
        (None, [], 1),
        ([ADMINISTRATION], [], 0),
        ([ADMINISTRATION], [MAY_ENCRYPT], 1),
        ([statement({"AWS": ROOT}, "kms:PutKeyPolicy")], [MAY_ENCRYPT], 0),
    ],
    ids=["no key", "a key", "a key and permission", "a key that no policy of a role opens"],
)
def test_what_a_function_fails_on_is_kept_if_its_role_may_use_the_queues_key(
    aws: EmbeddedAws, of_key: list[Any] | None, of_role: list[Any], arrives: int
) -> None:
    make_function(aws, "failing", "fail", *of_role)
    url = on_failure(aws, "failing", MaximumRetryAttempts=0)
    if of_key is not None:
        attributes = {"KmsMasterKeyId": make_key(aws, *of_key)}
        aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=attributes)
    aws.client("lambda").invoke(FunctionName="failing", InvocationType="Event", Payload="{}")
    aws.clock.sleep(60)
    assert len(messages(aws, url)) == arrives
