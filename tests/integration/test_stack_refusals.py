"""What of a template or of its parameters is refused, by name, and what is made of the rest."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from account import trusting
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.stack import Stack, StackError, deploy
from shipped import ROOT

ACCOUNT: Final = "123456789012"
SOURCE: Final = ROOT / "template.yaml"
KEY_OF_NOTHING: Final = (
    "WebhookKeyArn is the key of the parameter that WebhookParameter names. Give WebhookParameter"
    " too, or leave WebhookKeyArn empty."
)
HALF_OF_SLACK: Final = (
    "Give SlackWorkspaceId and SlackChannelId both, or neither. With one of them no channel would"
    " be told."
)


# ---- Parameters ----------------------------------------------------------------------------


def resources_of_look_policy(aws: EmbeddedAws, stack: Stack) -> str:
    client, arn = aws.client("iam"), stack.resources["LookAtEndpointsPolicy"]
    version = client.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    (statement,) = version["Document"]["Statement"]
    resource: str = statement["Resource"]
    return resource


def test_parameters_bound_what_may_be_touched_and_how_long_logs_are_kept() -> None:
    with EmbeddedAws() as aws:
        chosen = {"EndpointNamePrefix": "team-a-", "LogRetentionInDays": "30"}
        stack = deploy(aws.world, SOURCE, chosen)
        groups = aws.client("logs").describe_log_groups()["logGroups"]
        endpoints = f"arn:aws:sagemaker:eu-central-1:{ACCOUNT}:endpoint"
        assert resources_of_look_policy(aws, stack) == f"{endpoints}/team-a-*"
        assert [group["retentionInDays"] for group in groups] == [30, 30]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"Colour": "red"}, "The template has no parameter Colour."),
        ({"LogRetentionInDays": "8"}, "Not allowed as a value of LogRetentionInDays."),
        ({"EndpointNamePrefix": "Team-A"}, "Not allowed as a value of EndpointNamePrefix."),
        ({"SlackWorkspaceId": "T1"}, HALF_OF_SLACK),
        ({"SlackChannelId": "C1"}, HALF_OF_SLACK),
        (
            {"CheckQuotas": "true", "EndpointNamePrefix": "team-a-"},
            "CheckQuotas reads all endpoints of the account, so EndpointNamePrefix must be empty.",
        ),
        (
            {"WebhookKeyArn": "arn:aws:kms:eu-central-1:123456789012:key/k"},
            KEY_OF_NOTHING,
        ),
        *(
            ({"PolicyPath": path}, "Not allowed as a value of PolicyPath.")
            for path in (
                "",
                "/",
                "bluegreen/policies",
                "/bluegreen/policies/",
                "/blue green",
                "/bluegreen//policies",
                "/aws/policies",
                "/SSM/policies",
                "/a" * 15,
            )
        ),
    ],
)
def test_a_parameter_that_cloudformation_would_refuse_is_refused(
    parameters: dict[str, str], message: str
) -> None:
    with EmbeddedAws() as aws, pytest.raises(StackError) as refused:
        deploy(aws.world, SOURCE, parameters)
    assert str(refused.value) == message


# ---- What cannot be deployed ---------------------------------------------------------------


def written(folder: Path, resources: Mapping[str, Any], **more: Any) -> Path:
    template = folder / "template.yaml"
    body = {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources, **more}
    template.write_text(json.dumps(body), encoding="utf-8")
    return template


def function(**properties: Any) -> dict[str, Any]:
    plain = {
        "Handler": "index.handler",
        "Runtime": "python3.13",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/somebody",
        "Code": {"ZipFile": "nothing"},
    }
    return {"Type": "AWS::Lambda::Function", "Properties": {**plain, **properties}}


QUEUE: Final = {"Type": "AWS::SQS::Queue"}
LAYER_OF_OLD: Final = "{{resolve:ssm:/aws/service/powertools/python/arm64/python3.13/3.0.0}}"


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ({"Type": "AWS::S3::Basket"}, "Not modelled in the embedded AWS: It (AWS::S3::Basket)."),
        (
            {"Type": "AWS::SNS::Topic", "Properties": {"FifoTopic": True}},
            "Not modelled in the embedded AWS: It (AWS::SNS::Topic: FifoTopic).",
        ),
        (function(Colour="red"), 'Unknown parameter in input: "Colour"'),
        (function(Timeout="soon"), "Invalid type for parameter Timeout"),
        (
            function(Layers=[LAYER_OF_OLD]),
            "powertools/python/arm64/python3.13/3.0.0] cannot be found",
        ),
        (
            {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": "nobody"}},
            "Missing required parameter",
        ),
    ],
)
def test_a_resource_that_cannot_be_made_fails_the_stack_by_name(
    tmp_path: Path, resource: dict[str, Any], message: str
) -> None:
    template = written(tmp_path, {"Before": QUEUE, "It": resource})
    with EmbeddedAws() as aws, pytest.raises(StackError) as failed:
        deploy(aws.world, template)
    assert message in str(failed.value)
    assert f"It ({resource['Type']}" in str(failed.value)
    assert "Before" not in str(failed.value)


def test_who_needs_a_failing_resource_is_not_blamed(tmp_path: Path) -> None:
    needing = function(Environment={"Variables": {"OTHER": {"Ref": "Broken"}}})
    template = written(tmp_path, {"Needing": needing, "Broken": function(Colour="red")})
    with EmbeddedAws() as aws, pytest.raises(StackError) as failed:
        deploy(aws.world, template)
    assert str(failed.value).startswith("Not created: Broken (AWS::Lambda::Function)")
    assert "Needing" not in str(failed.value)


def test_what_is_not_modelled_fails_a_stack_that_is_made_without_us_too() -> None:
    body = {"Resources": {"Basket": {"Type": "AWS::S3::Basket"}}}
    with EmbeddedAws() as aws:
        stacks = aws.client("cloudformation")
        stacks.create_stack(StackName="s", TemplateBody=json.dumps(body))
        aws.clock.sleep(1)
        (stack,) = stacks.describe_stacks(StackName="s")["Stacks"]
        events = stacks.describe_stack_events(StackName="s")["StackEvents"]
    (reason,) = (
        e["ResourceStatusReason"] for e in events if e["ResourceStatus"] == "CREATE_FAILED"
    )
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reason == "AWS::S3::Basket is not modelled in the embedded AWS."


def test_a_reference_to_nothing_is_refused(tmp_path: Path) -> None:
    alias = {"AliasName": "alias/a", "TargetKeyId": {"Ref": "Nobody"}}
    template = written(tmp_path, {"It": {"Type": "AWS::KMS::Alias", "Properties": alias}})
    with EmbeddedAws() as aws, pytest.raises(StackError, match=r"resource dependencies \[Nobody\]"):
        deploy(aws.world, template)


@pytest.mark.parametrize(("wanted", "created"), [("yes", {"It"}), ("no", set())])
def test_a_resource_with_a_condition_is_made_where_the_condition_holds(
    tmp_path: Path, wanted: str, created: set[str]
) -> None:
    template = written(
        tmp_path,
        {"It": {**QUEUE, "Condition": "IsWanted"}, "Other": QUEUE},
        Parameters={"Wanted": {"Type": "String", "Default": "yes"}},
        Conditions={"IsWanted": {"Fn::Equals": [{"Ref": "Wanted"}, "yes"]}},
    )
    with EmbeddedAws() as aws:
        stack = deploy(aws.world, template, {"Wanted": wanted})
    assert set(stack.resources) == created | {"Other"}


def test_a_template_that_is_deployed_again_is_what_it_was(tmp_path: Path) -> None:
    template = written(
        tmp_path,
        {"It": {**QUEUE, "Properties": {"Tags": [{"Key": "for", "Value": {"Ref": "Whom"}}]}}},
        Parameters={"Whom": {"Type": "String", "Default": "us"}},
        Outputs={"Whom": {"Value": {"Ref": "Whom"}}},
    )
    told = []
    for parameters in ({"Whom": "them"}, {}, {"Whom": "them"}):
        with EmbeddedAws() as aws:
            stack = deploy(aws.world, template, parameters)
            url = aws.client("sqs").get_queue_url(QueueName=stack.resources["It"].split("/")[-1])
            tags = aws.client("sqs").list_queue_tags(QueueUrl=url["QueueUrl"])["Tags"]
            told.append((stack.outputs["Whom"], tags["for"]))
    assert told == [("them", "them"), ("us", "us"), ("them", "them")]


def test_an_alarm_gives_its_arn_where_a_template_asks_for_it(tmp_path: Path) -> None:
    metric = {"Namespace": "AWS/SQS", "MetricName": "NumberOfMessagesSent", "Statistic": "Sum"}
    limit = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 1}
    properties = {**metric, **limit, "Period": 60, "EvaluationPeriods": 1}
    template = written(
        tmp_path,
        {"It": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}},
        Outputs={"Arn": {"Value": {"Fn::GetAtt": ["It", "Arn"]}}},
    )
    with EmbeddedAws() as aws:
        stack = deploy(aws.world, template)
    name = stack.resources["It"]
    assert stack.outputs["Arn"] == f"arn:aws:cloudwatch:eu-central-1:{ACCOUNT}:alarm:{name}"


# ---- Parameters that are lists -------------------------------------------------------------


ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role"
ROLES: Final = {"Type": "CommaDelimitedList", "Default": "", "AllowedPattern": "(arn:.+role/.+)?"}


def with_roles(folder: Path, **parameter: Any) -> Path:
    """A function that is told the list, and that may pass its roles on if there are any."""
    policy = {
        "PolicyName": "pass",
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sagemaker:ListModels", "Resource": "*"},
                {
                    "Fn::If": [
                        "HasRoles",
                        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": {"Ref": "Roles"}},
                        {"Ref": "AWS::NoValue"},
                    ]
                },
            ],
        },
    }
    joined = {"Fn::Join": [",", {"Ref": "Roles"}]}
    together = {"Fn::Join": ["", {"Ref": "Roles"}]}
    return written(
        folder,
        {
            "It": function(
                Environment={"Variables": {"ROLES": joined}},
                Role={"Fn::GetAtt": ["Passer", "Arn"]},
            ),
            "Passer": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": json.loads(trusting("lambda")),
                    "Policies": [policy],
                },
            },
            "Extra": {**QUEUE, "Condition": "HasRoles"},
        },
        Parameters={"Roles": {**ROLES, **parameter}},
        Conditions={"HasRoles": {"Fn::Not": [{"Fn::Equals": [together, ""]}]}},
    )


def passable(aws: EmbeddedAws, stack: Stack) -> Any:
    """The resource of the statement about passing roles on; None: there is no such statement."""
    got = aws.client("iam").get_role_policy(RoleName=stack.resources["Passer"], PolicyName="pass")
    found = [one["Resource"] for one in got["PolicyDocument"]["Statement"][1:]]
    return found[0] if found else None


def told(aws: EmbeddedAws, stack: Stack) -> str:
    name = stack.resources["It"]
    got = aws.client("lambda").get_function_configuration(FunctionName=name)
    text: str = got["Environment"]["Variables"]["ROLES"]
    return text


@pytest.mark.parametrize("by", ["default", "parameter"])
@pytest.mark.parametrize(
    ("value", "items"),
    [
        ("", []),
        (f"{ROLE}/a", [f"{ROLE}/a"]),
        (f"{ROLE}/a,{ROLE}/b*", [f"{ROLE}/a", f"{ROLE}/b*"]),
        (f" {ROLE}/a , {ROLE}/b ", [f"{ROLE}/a", f"{ROLE}/b"]),
    ],
)
def test_a_list_is_joined_compared_and_put_in_place(
    tmp_path: Path, by: str, value: str, items: list[str]
) -> None:
    default = value if by == "default" else f"{ROLE}/of-old"
    template = with_roles(tmp_path, Default=default)
    with EmbeddedAws() as aws:
        stack = deploy(aws.world, template, {} if by == "default" else {"Roles": value})
        assert told(aws, stack) == ",".join(items)
        assert passable(aws, stack) == (items or None)
        assert ("Extra" in stack.resources) is bool(items)


@pytest.mark.parametrize(
    ("value", "parameter", "allowed"),
    [
        (f"{ROLE}/a,{ROLE}/b", {}, True),
        (f"{ROLE}/a,b", {}, False),
        (f"b,{ROLE}/a", {}, False),
        ("", {"AllowedPattern": "arn:.+"}, False),
        (f"{ROLE}/a, {ROLE}/b", {"AllowedValues": [f"{ROLE}/a", f"{ROLE}/b"]}, True),
        (f"{ROLE}/a,{ROLE}/c", {"AllowedValues": [f"{ROLE}/a", f"{ROLE}/b"]}, False),
    ],
)
def test_each_item_of_a_list_has_to_be_allowed(
    tmp_path: Path, value: str, parameter: dict[str, Any], allowed: bool
) -> None:
    template = with_roles(tmp_path, **{"Default": f"{ROLE}/a", **parameter})
    with EmbeddedAws() as aws:
        if allowed:
            stack = deploy(aws.world, template, {"Roles": value})
            assert told(aws, stack) == value.replace(" ", "")
            return
        with pytest.raises(StackError, match=r"^Not allowed as a value of Roles\.$"):
            deploy(aws.world, template, {"Roles": value})


def test_a_value_that_is_no_list_keeps_its_commas(tmp_path: Path) -> None:
    template = written(
        tmp_path,
        {"It": QUEUE},
        Parameters={"Text": {"Type": "String", "AllowedPattern": "a, b"}},
        Outputs={"Text": {"Value": {"Ref": "Text"}}},
    )
    with EmbeddedAws() as aws:
        assert deploy(aws.world, template, {"Text": "a, b"}).outputs == {"Text": "a, b"}
