"""CloudFormation of the embedded AWS under people's own stacks: made, changed, deleted, refused."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from account import trusting
from bluegreen_simulator.run.embedded import EmbeddedAws
from own_stacks import BASKET, BUCKET, ROLE, OwnStack, endpoint, resource


@pytest.fixture
def mine() -> Iterator[OwnStack]:
    with EmbeddedAws() as aws:
        yield OwnStack(aws)


def refused(call: Any, *args: Any, **more: Any) -> tuple[str, str]:
    """The code and the message of a refusal."""
    with pytest.raises(ClientError) as error:
        call(*args, **more)
    told = error.value.response["Error"]
    return told["Code"], told["Message"]


def buckets(mine: OwnStack) -> list[str]:
    return [one["Name"] for one in mine.aws.client("s3").list_buckets()["Buckets"]]


def config_of(mine: OwnStack, name: str = "churn") -> str:
    found = mine.aws.client("sagemaker").describe_endpoint(EndpointName=name)
    config: str = found["EndpointConfigName"]
    return config


# ---- What fails ------------------------------------------------------------------------------

NOT_MODELLED = "AWS::S3::Basket is not modelled in the embedded AWS."
WHY = "The following resource(s) failed to create: [Basket]. "


def test_a_stack_that_fails_is_rolled_back_with_its_reason(mine: OwnStack) -> None:
    mine.create({"Bucket": BUCKET, "Basket": BASKET})
    assert mine.status == "ROLLBACK_COMPLETE"
    assert mine.shown["StackStatusReason"] == f"{WHY}Rollback requested by user."
    assert mine.events == [
        ("mine", "CREATE_IN_PROGRESS", "User Initiated"),
        ("Bucket", "CREATE_IN_PROGRESS", ""),
        ("Bucket", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("Bucket", "CREATE_COMPLETE", ""),
        ("Basket", "CREATE_IN_PROGRESS", ""),
        ("Basket", "CREATE_FAILED", NOT_MODELLED),
        ("mine", "ROLLBACK_IN_PROGRESS", f"{WHY}Rollback requested by user."),
        ("Basket", "DELETE_IN_PROGRESS", ""),
        ("Basket", "DELETE_COMPLETE", ""),
        ("Bucket", "DELETE_IN_PROGRESS", ""),
        ("Bucket", "DELETE_COMPLETE", ""),
        ("mine", "ROLLBACK_COMPLETE", ""),
    ]
    assert buckets(mine) == []


@pytest.mark.parametrize("more", [{"DisableRollback": True}, {"OnFailure": "DO_NOTHING"}])
def test_without_a_rollback_it_stays_as_far_as_it_came(mine: OwnStack, more: Any) -> None:
    mine.create({"Bucket": BUCKET, "Basket": BASKET}, **more)
    assert (mine.status, mine.shown["StackStatusReason"]) == ("CREATE_FAILED", WHY)
    assert buckets(mine) == [mine.ids["Bucket"]]


def test_or_is_deleted_if_that_is_asked_for(mine: OwnStack) -> None:
    mine.create({"Bucket": BUCKET, "Basket": BASKET}, OnFailure="DELETE")
    code, told = refused(lambda: mine.shown)
    assert (code, told) == ("ValidationError", "Stack with id mine does not exist")
    (summary,) = mine.api.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
    assert (summary["StackName"], buckets(mine)) == ("mine", [])


def test_a_second_request_for_a_stack_that_failed_is_no_success(mine: OwnStack) -> None:
    mine.create({"Basket": BASKET})
    code, told = refused(mine.create, {"Basket": BASKET})
    assert (code, told) == ("AlreadyExistsException", "Stack [mine] already exists")
    code, told = refused(mine.update, {"Bucket": BUCKET})
    assert code == "ValidationError"
    assert told.endswith("is in ROLLBACK_COMPLETE state and can not be updated.")
    with pytest.raises(WaiterError, match="ROLLBACK_COMPLETE"):
        mine.api.get_waiter("stack_create_complete").wait(StackName="mine")


def test_a_stack_that_failed_can_be_deleted_and_made_again(mine: OwnStack) -> None:
    mine.create({"Basket": BASKET})
    mine.delete()
    mine.create({"Bucket": BUCKET})
    assert mine.status == "CREATE_COMPLETE"


def test_a_refusal_by_an_api_stands_in_the_event_as_handlers_report_it(mine: OwnStack) -> None:
    mine.create({"It": resource("AWS::S3::Bucket", BucketName="AA")})
    reason = mine.reason("It")
    assert reason.startswith(
        'Resource handler returned message: "The specified bucket is not valid'
    )
    assert "(Service: S3, Status Code: 400, Request ID: " in reason
    assert reason.endswith(", HandlerErrorCode: InvalidRequest)")


def test_what_the_type_has_no_property_for_is_named(mine: OwnStack) -> None:
    model = resource("AWS::SageMaker::Model", ExecutionRoleArn=ROLE, Colour="red")
    mine.create({"It": model})
    told = "Properties validation failed for resource It with message: Unknown parameter in input"
    assert mine.reason("It").startswith(told)
    assert '"Colour"' in mine.reason("It")


def test_what_is_there_already_is_not_taken_over(mine: OwnStack) -> None:
    named = {
        "AWS::SNS::Topic": {"TopicName": "taken"},
        "AWS::SQS::Queue": {"QueueName": "taken"},
        "AWS::CloudWatch::Dashboard": {"DashboardName": "taken", "DashboardBody": "{}"},
        "AWS::Events::Rule": {"Name": "taken", "ScheduleExpression": "rate(1 day)"},
    }
    for number, (kind, properties) in enumerate(named.items()):
        body = {"It": resource(kind, **properties)}
        OwnStack(mine.aws, f"first{number}").create(body)
        second = OwnStack(mine.aws, f"second{number}")
        second.create(body)
        told = f"Resource of type '{kind}' with identifier 'taken' already exists."
        assert told in second.reason("It"), kind
        assert second.reason("It").endswith("HandlerErrorCode: AlreadyExists)")
    assert len(mine.aws.client("sns").list_topics()["Topics"]) == 1


def test_nothing_of_a_resource_stays_whose_second_call_is_refused(mine: OwnStack) -> None:
    policies = [{"PolicyName": "bad", "PolicyDocument": {"Statement": "none"}}]
    trust = json.loads(trusting("lambda"))
    role = resource("AWS::IAM::Role", AssumeRolePolicyDocument=trust, Policies=policies)
    mine.create({"It": role}, OnFailure="DO_NOTHING")
    assert mine.status == "CREATE_FAILED"
    assert mine.aws.client("iam").list_roles()["Roles"] == []


# ---- What people's stacks have ---------------------------------------------------------------


def everything() -> dict[str, Any]:
    """One of each kind of resource that goes with an endpoint."""
    target = {
        "ResourceId": {"Fn::Sub": "endpoint/${Endpoint.EndpointName}/variant/main"},
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "ServiceNamespace": "sagemaker",
    }
    tracking = {
        "TargetValue": "70",
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
        },
    }
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
    arn_of = {"Fn::GetAtt": ["Function", "Arn"]}
    return {
        **endpoint(),
        "Target": resource(
            "AWS::ApplicationAutoScaling::ScalableTarget",
            **{**target, "MaxCapacity": 4, "MinCapacity": "1", "RoleARN": ROLE},
        ),
        "Scaling": resource(
            "AWS::ApplicationAutoScaling::ScalingPolicy",
            PolicyName="scale",
            PolicyType="TargetTrackingScaling",
            ScalingTargetId={"Ref": "Target"},
            TargetTrackingScalingPolicyConfiguration=tracking,
        ),
        "Role": resource("AWS::IAM::Role", AssumeRolePolicyDocument=json.loads(trusting("lambda"))),
        "Policy": resource(
            "AWS::IAM::Policy", PolicyName="read", PolicyDocument=document, Roles=[{"Ref": "Role"}]
        ),
        "Managed": resource(
            "AWS::IAM::ManagedPolicy", PolicyDocument=document, Roles=[{"Ref": "Role"}]
        ),
        "Function": resource(
            "AWS::Lambda::Function",
            Handler="index.handler",
            Runtime="python3.13",
            Role={"Fn::GetAtt": ["Role", "Arn"]},
            Code={"ZipFile": "def handler(event, context):\n    return 1\n"},
            Timeout="5",
        ),
        "Cdk": resource("AWS::CDK::Metadata", Analytics="v2:deflate64:H4s"),
        "Parameter": resource(
            "AWS::SSM::Parameter", Name="/mine/endpoint", Type="String", Value={"Ref": "Endpoint"}
        ),
        "Topic": resource(
            "AWS::SNS::Topic", Subscription=[{"Protocol": "email", "Endpoint": "me@example.com"}]
        ),
        "Group": resource("AWS::SageMaker::ModelPackageGroup", ModelPackageGroupName="mine"),
        "Rule": resource(
            "AWS::Events::Rule",
            EventPattern={"source": ["aws.sagemaker"]},
            Targets=[{"Id": "one", "Arn": arn_of}],
        ),
        "Permission": resource(
            "AWS::Lambda::Permission",
            Action="lambda:InvokeFunction",
            FunctionName={"Ref": "Function"},
            Principal="events.amazonaws.com",
            SourceArn={"Fn::GetAtt": ["Rule", "Arn"]},
        ),
        "Log": resource(
            "AWS::Logs::LogGroup",
            LogGroupName={"Fn::Sub": "/aws/lambda/${Function}"},
            RetentionInDays="7",
        ),
        "Queue": resource("AWS::SQS::Queue", VisibilityTimeout=60),
        "Alarm": resource(
            "AWS::CloudWatch::Alarm",
            Namespace="AWS/SageMaker",
            MetricName="Invocation5XXErrors",
            Statistic="Average",
            Period="60",
            EvaluationPeriods=1,
            Threshold="0.05",
            ComparisonOperator="GreaterThanThreshold",
        ),
        "Machine": resource(
            "AWS::StepFunctions::StateMachine",
            RoleArn=ROLE,
            DefinitionString='{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}',
        ),
        "Bucket": BUCKET,
    }


def test_a_stack_of_everything_is_made_changed_and_deleted(mine: OwnStack) -> None:
    body = everything()
    mine.create(body)
    assert (mine.status, mine.ids.keys()) == ("CREATE_COMPLETE", body.keys())
    assert config_of(mine).startswith("mine-Config-")

    body["Function"]["Properties"]["Timeout"] = 9
    body["Parameter"]["Properties"]["Value"] = "changed"
    body["Managed"]["Properties"]["PolicyDocument"]["Statement"][0]["Action"] = "s3:ListBucket"
    body["Topic"]["Properties"]["DisplayName"] = "Mine"
    body["Log"]["Properties"]["RetentionInDays"] = 30
    body["Queue"]["Properties"]["VisibilityTimeout"] = 90
    body["Alarm"]["Properties"]["Threshold"] = 1
    body["Rule"]["Properties"]["Description"] = "changed"
    body["Machine"]["Properties"]["DefinitionString"] = (
        '{"StartAt":"B","States":{"B":{"Type":"Pass","End":true}}}'
    )
    del body["Bucket"]
    before = mine.ids
    mine.update(body)
    assert mine.status == "UPDATE_COMPLETE"
    assert mine.ids == {name: before[name] for name in body}
    assert buckets(mine) == []
    client = mine.aws.client
    function = client("lambda").get_function_configuration(FunctionName=before["Function"])
    (group,) = client("logs").describe_log_groups()["logGroups"]
    (alarm,) = client("cloudwatch").describe_alarms()["MetricAlarms"]
    stored = client("ssm").get_parameter(Name="/mine/endpoint")["Parameter"]["Value"]
    assert (function["Timeout"], group["retentionInDays"], alarm["Threshold"], stored) == (
        9,
        30,
        1.0,
        "changed",
    )

    mine.delete()
    assert [one["Name"] for one in client("ssm").describe_parameters()["Parameters"]] == []
    assert client("lambda").list_functions()["Functions"] == []
    assert client("sagemaker").list_endpoints()["Endpoints"] == []
    assert client("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"] == []
    assert client("iam").list_roles()["Roles"] == []
    assert client("stepfunctions").list_state_machines()["stateMachines"] == []


def test_a_function_of_ones_own_says_by_name_that_it_does_not_run(mine: OwnStack) -> None:
    mine.create(everything())
    call = mine.aws.client("lambda").invoke
    code, told = refused(call, FunctionName=mine.ids["Function"])
    assert code == "NotImplemented"
    assert told.startswith('The handler "index.handler" is not modelled in the embedded AWS')


# ---- Endpoints -------------------------------------------------------------------------------


def test_a_stack_waits_until_its_endpoint_is_in_service(mine: OwnStack) -> None:
    call = mine._call(endpoint())
    mine.api.create_stack(StackName="mine", **call)
    mine.aws.clock.sleep(30)
    assert mine.status == "CREATE_IN_PROGRESS"
    mine.api.get_waiter("stack_create_complete").wait(StackName="mine")
    assert mine.status == "CREATE_COMPLETE"


def test_another_model_makes_another_config_and_updates_the_endpoint(mine: OwnStack) -> None:
    mine.create(endpoint())
    before = mine.ids
    mine.update(endpoint(COLOUR="green"))
    assert mine.status == "UPDATE_COMPLETE"
    assert mine.ids["Config"] != before["Config"]
    assert mine.ids["Endpoint"] == before["Endpoint"]
    assert mine.ids["Config"].endswith(config_of(mine).lower())
    assert len(mine.aws.client("sagemaker").list_models()["Models"]) == 1


def test_an_endpoint_that_does_not_come_up_fails_its_stack(mine: OwnStack) -> None:
    mine.create(endpoint(SIMULATED_PROVISIONING_ERROR="PingHealthCheckFailed"))
    assert mine.status == "ROLLBACK_COMPLETE"
    assert "did not pass the ping health check" in mine.reason("Endpoint")
    assert mine.reason("Endpoint").endswith("HandlerErrorCode: NotStabilized)")
    assert mine.aws.client("sagemaker").list_endpoints()["Endpoints"] == []


def test_an_update_that_fails_goes_back_to_what_was(mine: OwnStack) -> None:
    queue = resource("AWS::SQS::Queue", VisibilityTimeout=60)
    mine.create({"Queue": queue, **endpoint()})
    before, config = mine.ids, config_of(mine)
    broken = endpoint(SIMULATED_PROVISIONING_ERROR="PingHealthCheckFailed")
    slower = resource("AWS::SQS::Queue", VisibilityTimeout=90)
    mine.update({"New": BUCKET, "Queue": slower, **broken})
    why = "The following resource(s) failed to update: [Endpoint]. "
    assert (mine.status, mine.shown["StackStatusReason"]) == ("UPDATE_ROLLBACK_COMPLETE", why)
    assert (mine.ids, config_of(mine), buckets(mine)) == (before, config, [])
    assert len(mine.aws.client("sagemaker").list_models()["Models"]) == 1
    url = before["Queue"]
    asked = mine.aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    assert asked["Attributes"]["VisibilityTimeout"] == "60"
    mine.update({"Queue": slower, **endpoint()})
    assert mine.status == "UPDATE_COMPLETE"


def test_what_an_update_cannot_change_is_refused_by_name_and_rolled_back(mine: OwnStack) -> None:
    mine.create({"It": resource("AWS::SNS::Topic")})
    mine.update({"It": resource("AWS::SNS::Topic", Tags=[{"Key": "a", "Value": "b"}])})
    told = "An update of Tags of AWS::SNS::Topic is not modelled in the embedded AWS."
    assert (mine.status, mine.reason("It")) == ("UPDATE_ROLLBACK_COMPLETE", told)


def test_a_name_of_ones_own_stands_in_the_way_of_a_replacement(mine: OwnStack) -> None:
    model = endpoint()["Model"]
    model["Properties"]["ModelName"] = "churn"
    mine.create({"Model": model})
    other = endpoint(COLOUR="green")["Model"]
    other["Properties"]["ModelName"] = "churn"
    mine.update({"Model": other})
    assert mine.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "when a custom-named resource requires replacing. Rename churn" in mine.reason("Model")


def test_what_came_to_nothing_is_made_anew_by_an_update(mine: OwnStack) -> None:
    body = {"Bucket": BUCKET, **endpoint(SIMULATED_PROVISIONING_ERROR="PingHealthCheckFailed")}
    mine.create(body, DisableRollback=True)
    bucket = mine.ids["Bucket"]
    mine.update({"Bucket": BUCKET, **endpoint()}, DisableRollback=True)
    assert (mine.status, mine.ids["Bucket"]) == ("UPDATE_COMPLETE", bucket)
    assert len(mine.aws.client("sagemaker").list_models()["Models"]) == 1
    assert mine.ids["Config"].endswith(config_of(mine).lower())


def test_a_failed_update_without_a_rollback_can_be_tried_again(mine: OwnStack) -> None:
    mine.create(endpoint())
    broken = endpoint(SIMULATED_PROVISIONING_ERROR="PingHealthCheckFailed")
    mine.update(broken, DisableRollback=True)
    assert mine.status == "UPDATE_FAILED"
    mine.update(broken, DisableRollback=True)
    assert mine.status == "UPDATE_FAILED"
    mine.update(endpoint(COLOUR="green"))
    assert mine.status == "UPDATE_COMPLETE"
    assert len(mine.aws.client("sagemaker").list_models()["Models"]) == 1


# ---- Deleting --------------------------------------------------------------------------------


def test_what_cannot_be_deleted_is_told_and_can_be_retained(mine: OwnStack) -> None:
    mine.create({"Full": BUCKET, "Empty": BUCKET})
    full = mine.ids["Full"]
    mine.aws.client("s3").put_object(Bucket=full, Key="it", Body=b"")
    mine.delete()
    assert mine.status == "DELETE_FAILED"
    told = "The following resource(s) failed to delete: [Full]. "
    assert mine.shown["StackStatusReason"] == told
    assert "not empty" in mine.reason("Full")
    mine.api.delete_stack(StackName="mine", RetainResources=["Full"])
    mine.aws.clock.sleep(1)
    assert (mine.api.describe_stacks()["Stacks"], buckets(mine)) == ([], [full])


def test_a_policy_keeps_a_resource_of_a_stack_that_is_deleted(mine: OwnStack) -> None:
    mine.create({"Kept": {**BUCKET, "DeletionPolicy": "Retain"}, "Other": BUCKET})
    kept = mine.ids["Kept"]
    mine.delete()
    assert buckets(mine) == [kept]


def test_a_protected_stack_is_not_deleted(mine: OwnStack) -> None:
    mine.create({"Bucket": BUCKET}, EnableTerminationProtection=True)
    code, told = refused(mine.delete)
    assert (code, mine.status) == ("ValidationError", "CREATE_COMPLETE")
    assert told == "Stack [mine] cannot be deleted while TerminationProtection is enabled"
    call = mine.api.update_termination_protection
    call(StackName="mine", EnableTerminationProtection=False)
    mine.delete()
    assert mine.api.describe_stacks()["Stacks"] == []


# ---- Change sets -----------------------------------------------------------------------------


def test_a_change_set_says_what_would_change_and_does_it_once(mine: OwnStack) -> None:
    found = mine.change({"Bucket": BUCKET}, "CREATE")
    assert (mine.status, found["Status"], found["ExecutionStatus"]) == (
        "REVIEW_IN_PROGRESS",
        "CREATE_COMPLETE",
        "AVAILABLE",
    )
    assert [change["ResourceChange"]["Action"] for change in found["Changes"]] == ["Add"]
    mine.execute()
    assert mine.status == "CREATE_COMPLETE"
    code, told = refused(mine.execute)
    assert code == "InvalidChangeSetStatus"
    assert "cannot be executed in its current execution status of [EXECUTE_COMPLETE]" in told


def test_a_change_set_that_fails_is_no_success_the_second_time(mine: OwnStack) -> None:
    mine.change({"Basket": BASKET}, "CREATE")
    mine.execute()
    assert (mine.status, mine.reason("Basket")) == ("ROLLBACK_COMPLETE", NOT_MODELLED)
    code, _ = refused(mine.execute)
    assert (code, mine.status) == ("InvalidChangeSetStatus", "ROLLBACK_COMPLETE")


def test_a_change_set_tells_replacements_from_changes(mine: OwnStack) -> None:
    mine.create({"Bucket": BUCKET, **endpoint()})
    found = mine.change({"New": BUCKET, **endpoint(COLOUR="green")})
    changes = [change["ResourceChange"] for change in found["Changes"]]
    assert [(c["Action"], c["LogicalResourceId"], c.get("Replacement")) for c in changes] == [
        ("Add", "New", None),
        ("Modify", "Model", "True"),
        ("Modify", "Config", "True"),
        ("Modify", "Endpoint", "False"),
        ("Remove", "Bucket", None),
    ]


def test_a_change_set_without_changes_fails_in_the_words_that_tools_look_for(
    mine: OwnStack,
) -> None:
    mine.create({"Bucket": BUCKET})
    found = mine.change({"Bucket": BUCKET})
    told = "The submitted information didn't contain changes."
    assert (found["Status"], found["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert found["StatusReason"].startswith(told)
    assert refused(mine.execute)[0] == "InvalidChangeSetStatus"
    mine.api.delete_change_set(StackName="mine", ChangeSetName="changes")
    assert mine.api.list_change_sets(StackName="mine")["Summaries"] == []
    assert refused(mine.update, {"Bucket": BUCKET}) == (
        "ValidationError",
        "No updates are to be performed.",
    )


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("UPDATE", "Stack with id mine does not exist"),
        ("IMPORT", "ChangeSetType IMPORT is not modelled in the embedded AWS."),
    ],
)
def test_a_change_set_that_cannot_be_is_refused(mine: OwnStack, kind: str, told: str) -> None:
    assert refused(mine.change, {"Bucket": BUCKET}, kind)[1] == told


def test_what_has_no_such_change_set_is_told(mine: OwnStack) -> None:
    mine.create({"Bucket": BUCKET})
    call = mine.api.describe_change_set
    assert refused(call, StackName="mine", ChangeSetName="none")[0] == "ChangeSetNotFound"


# ---- Capabilities ----------------------------------------------------------------------------

TRUST = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}
SAM = "AWS::Serverless-2016-10-31"


@pytest.mark.parametrize(
    ("properties", "given", "missing"),
    [
        (TRUST, [], "CAPABILITY_IAM"),
        (TRUST, ["CAPABILITY_AUTO_EXPAND"], "CAPABILITY_IAM"),
        ({**TRUST, "RoleName": "named"}, ["CAPABILITY_IAM"], "CAPABILITY_NAMED_IAM"),
        (TRUST, ["CAPABILITY_NAMED_IAM"], None),
        ({**TRUST, "RoleName": "named"}, ["CAPABILITY_NAMED_IAM"], None),
    ],
)
def test_roles_have_to_be_acknowledged(
    mine: OwnStack, properties: dict[str, Any], given: list[str], missing: str | None
) -> None:
    body = {"Role": resource("AWS::IAM::Role", **properties)}
    if missing is None:
        mine.create(body, Capabilities=given)
        assert mine.status == "CREATE_COMPLETE"
        return
    expected = ("InsufficientCapabilitiesException", f"Requires capabilities : [{missing}]")
    assert refused(mine.create, body, Capabilities=given) == expected
    assert refused(mine.change, body, "CREATE", Capabilities=given) == expected
    assert mine.api.describe_stacks()["Stacks"] == []


def test_a_transform_has_to_be_acknowledged_unless_a_change_set_shows_it(mine: OwnStack) -> None:
    body = {"Table": {"Type": "AWS::Serverless::SimpleTable"}}
    code, told = refused(mine.create, body, Transform=SAM, Capabilities=["CAPABILITY_IAM"])
    expected = "Requires capabilities : [CAPABILITY_AUTO_EXPAND]"
    assert (code, told) == ("InsufficientCapabilitiesException", expected)
    found = mine.change(body, "CREATE", Transform=SAM, Capabilities=[])
    assert found["Changes"][0]["ResourceChange"]["ResourceType"] == "AWS::DynamoDB::Table"
    mine.execute()
    processed = mine.api.get_template(StackName="mine", TemplateStage="Processed")
    original = mine.api.get_template(StackName="mine")
    assert processed["TemplateBody"]["Resources"]["Table"]["Type"] == "AWS::DynamoDB::Table"
    assert original["TemplateBody"]["Resources"] == body


def test_a_role_that_a_transform_makes_is_lacking_in_the_status(mine: OwnStack) -> None:
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"Handler": "a.b", "Runtime": "python3.13", "InlineCode": "pass"},
    }
    found = mine.change({"It": function}, "CREATE", Transform=SAM, Capabilities=[])
    assert (found["Status"], found["StatusReason"]) == (
        "FAILED",
        "Requires capabilities : [CAPABILITY_IAM]",
    )


def test_another_transform_is_refused_by_name(mine: OwnStack) -> None:
    code, told = refused(mine.create, {"Bucket": BUCKET}, Transform="AWS::LanguageExtensions")
    assert code == "ValidationError"
    assert told == "Transform AWS::LanguageExtensions is not modelled in the embedded AWS."


# ---- Parameters, outputs and exports ---------------------------------------------------------


def given(**values: str) -> list[dict[str, str]]:
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]


@pytest.mark.parametrize(
    ("parameter", "value", "told"),
    [
        ({}, None, "Parameters: [It] must have values"),
        ({"AllowedValues": ["a", 2]}, "b", "Parameter 'It' must be one of AllowedValues: [a, 2]"),
        ({"AllowedPattern": "[a-z]+"}, "B", "Parameter 'It' must match pattern [a-z]+"),
        ({"MinLength": 3}, "ab", "Parameter 'It' must contain at least 3 characters"),
        ({"MaxLength": "1"}, "ab", "Parameter 'It' must contain at most 1 characters"),
        ({"Type": "Number"}, "ab", "Parameter 'It' must be a number"),
        ({"Type": "Number", "MinValue": 3}, "2", "Parameter 'It' must be a number not less than 3"),
        (
            {"AllowedPattern": "a", "ConstraintDescription": "an a"},
            "b",
            "Parameter 'It' failed to satisfy constraint: an a",
        ),
        ({"Type": "AWS::SSM::Parameter::Value<String>"}, "/no", "Parameters: [ssm:/no] cannot be"),
    ],
)
def test_a_value_that_a_parameter_does_not_take_is_refused(
    mine: OwnStack, parameter: dict[str, Any], value: str | None, told: str
) -> None:
    values = given() if value is None else given(It=value)
    parameters = {"It": {"Type": "String", **parameter}}
    call = {"Parameters": parameters}
    with pytest.raises(ClientError) as error:
        mine.api.create_stack(
            StackName="mine",
            TemplateBody=json.dumps({**call, "Resources": {"Bucket": BUCKET}}),
            Parameters=values,
        )
    assert error.value.response["Error"]["Code"] == "ValidationError"
    assert error.value.response["Error"]["Message"].startswith(told)


def with_parameters(mine: OwnStack, **more: Any) -> dict[str, Any]:
    """The members of a call with a template of several kinds of parameters."""
    kinds = {
        "Plain": {"Type": "String", "Default": "text"},
        "Hidden": {"Type": "String", "NoEcho": True, "Default": "hidden"},
        "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/stored"},
        "Number": {"Type": "Number", "Default": 7},
        "Names": {"Type": "CommaDelimitedList", "Default": "a, b"},
    }
    joined = {"Fn::Join": ["-", {"Ref": "Names"}]}
    text = {"Fn::Sub": ["${Plain} ${Hidden} ${Stored} ${Number} ${Own}", {"Own": joined}]}
    body = {
        "Parameters": kinds,
        "Resources": {"Bucket": BUCKET},
        "Outputs": {"All": {"Value": text, "Description": "of all", "Export": {"Name": "all"}}},
    }
    return {"StackName": mine.name, "TemplateBody": json.dumps(body), **more}


def test_parameters_are_resolved_shown_hidden_and_kept(mine: OwnStack) -> None:
    store = mine.aws.client("ssm")
    store.put_parameter(Name="/stored", Type="String", Value="found")
    mine.api.create_stack(**with_parameters(mine, Parameters=given(Plain="first", Hidden="s")))
    mine.aws.clock.sleep(1)
    shown = {one["ParameterKey"]: one for one in mine.shown["Parameters"]}
    assert shown["Hidden"]["ParameterValue"] == "****"
    assert shown["Stored"] == {
        "ParameterKey": "Stored",
        "ParameterValue": "/stored",
        "ResolvedValue": "found",
    }
    assert mine.shown["Outputs"] == [
        {
            "OutputKey": "All",
            "OutputValue": "first s found 7 a-b",
            "Description": "of all",
            "ExportName": "all",
        }
    ]
    store.put_parameter(Name="/stored", Type="String", Value="later", Overwrite=True)
    kept = [{"ParameterKey": name, "UsePreviousValue": True} for name in ("Plain", "Hidden")]
    mine.api.update_stack(StackName="mine", UsePreviousTemplate=True, Parameters=kept)
    mine.aws.clock.sleep(1)
    assert mine.shown["Outputs"][0]["OutputValue"] == "first s later 7 a-b"


def test_what_a_stack_exports_another_imports_and_holds(mine: OwnStack) -> None:
    mine.create({"Bucket": BUCKET}, Outputs={"It": {"Value": "v", "Export": {"Name": "shared"}}})
    other = OwnStack(mine.aws, "other")
    value = {"Fn::ImportValue": "shared"}
    parameter = resource("AWS::SSM::Parameter", Name="/it", Type="String", Value=value)
    other.create({"It": parameter})
    assert other.status == "CREATE_COMPLETE"
    assert mine.aws.client("ssm").get_parameter(Name="/it")["Parameter"]["Value"] == "v"
    (export,) = mine.api.list_exports()["Exports"]
    assert (export["Name"], export["Value"]) == ("shared", "v")
    assert mine.api.list_imports(ExportName="shared")["Imports"] == ["other"]
    mine.delete()
    told = "Export shared cannot be deleted as it is in use by other"
    assert (mine.status, mine.shown["StackStatusReason"]) == ("DELETE_FAILED", told)
    third = OwnStack(mine.aws, "third")
    third.create(
        {"It": resource("AWS::SSM::Parameter", Type="String", Value={"Fn::ImportValue": "n"})}
    )
    assert third.reason("It") == "No export named n found."


# ---- Templates -------------------------------------------------------------------------------

YAML = """
AWSTemplateFormatVersion: 2010-09-09
Description: of mine
Parameters:
  Size: {Type: Number, Default: 2, Description: how many, AllowedValues: [1, 2]}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: !Sub "${Size} of ${AWS::StackName}"}
Outputs:
  Name: {Value: !GetAtt Topic.TopicName}
"""


def test_a_template_is_validated_summed_up_and_made_from_yaml(mine: OwnStack) -> None:
    valid = mine.api.validate_template(TemplateBody=YAML)
    why = "The following resource(s) require capabilities: [AWS::IAM::Role]"
    assert (valid["Description"], valid["Capabilities"], valid["CapabilitiesReason"]) == (
        "of mine",
        ["CAPABILITY_IAM"],
        why,
    )
    assert valid["Parameters"] == [
        {
            "ParameterKey": "Size",
            "DefaultValue": "2",
            "NoEcho": False,
            "Description": "how many",
        }
    ]
    summary = mine.api.get_template_summary(TemplateBody=YAML)
    assert summary["ResourceTypes"] == ["AWS::IAM::Role", "AWS::SNS::Topic"]
    assert summary["Parameters"][0]["ParameterConstraints"] == {"AllowedValues": ["1", "2"]}
    mine.api.create_stack(StackName="mine", TemplateBody=YAML, Capabilities=["CAPABILITY_IAM"])
    mine.aws.clock.sleep(1)
    assert mine.status == "CREATE_COMPLETE"
    assert mine.api.get_template(StackName="mine")["TemplateBody"] == YAML


def test_what_a_transform_needs_is_told(mine: OwnStack) -> None:
    body = {"Transform": SAM, "Resources": {"T": {"Type": "AWS::Serverless::SimpleTable"}}}
    valid = mine.api.validate_template(TemplateBody=json.dumps(body))
    assert valid["DeclaredTransforms"] == [SAM]
    assert valid["Capabilities"] == ["CAPABILITY_AUTO_EXPAND"]


CIRCLE = {"It": {**BUCKET, "DependsOn": "Me"}, "Me": {**BUCKET, "DependsOn": "It"}}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("Resources: [", "Template format error: YAML not well-formed. (line 2, column 1)"),
        ("{", "Template format error: JSON not well-formed."),
        ("text", "Template format error: unsupported structure."),
        ("{}", "Template format error: At least one Resources member must be defined."),
        ('{"Colours": {}}', "Invalid template property or properties [Colours]"),
        (
            '{"Resources": {"It": {}}}',
            "Template format error: [/Resources/It] Every Resources object must contain a Type",
        ),
        (
            json.dumps({"Resources": CIRCLE}),
            "Circular dependency between resources: [It, Me]",
        ),
        (
            '{"Resources": {"It": {"Type": "A::B::C", "DependsOn": "No"}}}',
            "Template format error: Unresolved resource dependencies [No] in the Resources block",
        ),
        (
            '{"Resources": {"It": {"Type": "A::B::C", "Properties": {"N": {"Fn::Sub": "${No}"}}}}}',
            "Template format error: Unresolved resource dependencies [No] in the Resources block",
        ),
    ],
)
def test_what_is_no_template_is_refused_as_aws_does(mine: OwnStack, body: str, told: str) -> None:
    call = mine.api.create_stack
    code, message = refused(call, StackName="mine", TemplateBody=body)
    assert (code, message.startswith(told)) == ("ValidationError", True), message
    assert mine.api.describe_stacks()["Stacks"] == []


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("bad name", "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"),
        ("1st", "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"),
        ("a" * 129, "have length less than or equal to 128"),
    ],
)
def test_what_is_no_name_of_a_stack_is_refused(mine: OwnStack, name: str, rule: str) -> None:
    body = json.dumps({"Resources": {"It": BUCKET}})
    code, message = refused(mine.api.create_stack, StackName=name, TemplateBody=body)
    told = f"Value '{name}' at 'stackName' failed to satisfy constraint: Member must {rule}"
    assert (code, message) == ("ValidationError", f"1 validation error detected: {told}")
    assert mine.api.describe_stacks()["Stacks"] == []
    mine.api.create_stack(StackName="a" * 128, TemplateBody=body)


def test_stack_sets_and_stack_policies_are_refused_by_name(mine: OwnStack) -> None:
    mine.create({"Bucket": BUCKET})
    code, told = refused(mine.api.create_stack_set, StackSetName="s", TemplateBody="{}")
    assert (code, told) == (
        "NotImplemented",
        "CreateStackSet of cloudformation is not modelled in the embedded AWS.",
    )
    code, _ = refused(mine.api.set_stack_policy, StackName="mine", StackPolicyBody="{}")
    assert code == "NotImplemented"
