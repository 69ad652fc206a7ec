"""Policies that AWS manages: they are there, and roles may do what they say."""

from collections.abc import Iterator
from typing import Final

import pytest
from botocore.exceptions import ClientError

from account import ACCOUNT, REGION, allow, make_role
from bluegreen_simulator.aws.iam.managed_policies import arns
from bluegreen_simulator.aws.iam.permissions import check
from bluegreen_simulator.run.embedded import EmbeddedAws

OF_GUIDES: Final = (
    "AmazonSageMakerFullAccess",
    "AmazonSageMakerReadOnly",
    "AmazonSageMakerModelRegistryFullAccess",
    "AmazonSageMakerModelGovernanceUseAccess",
    "AmazonSageMakerCanvasFullAccess",
    "AmazonSageMakerCanvasDirectDeployAccess",
    "AmazonSageMakerFeatureStoreAccess",
    "AmazonSageMakerPipelinesIntegrations",
    "AmazonS3FullAccess",
    "AmazonEC2ContainerRegistryReadOnly",
    "AWSLambda_FullAccess",
    "AWSStepFunctionsFullAccess",
    "CloudWatchFullAccess",
    "CloudWatchFullAccessV2",
    "CloudWatchLogsFullAccess",
)
"""Named in SageMaker's Developer Guide, "AWS managed policies", and in its notebooks."""

FULL: Final = arns()["AmazonSageMakerFullAccess"]
ENDPOINT: Final = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/churn"


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


def role_with(aws: EmbeddedAws, *names: str) -> str:
    role = make_role(aws, "notebook", service="sagemaker")
    for name in names:
        aws.client("iam").attach_role_policy(RoleName="notebook", PolicyArn=arns()[name])
    return role


def test_what_guides_name_can_be_attached_to_a_role(aws: EmbeddedAws) -> None:
    role_with(aws, *OF_GUIDES)
    answer = aws.client("iam").list_attached_role_policies(RoleName="notebook")
    assert {policy["PolicyName"] for policy in answer["AttachedPolicies"]} == set(OF_GUIDES)


def test_it_can_be_read_and_listed_as_one_of_awss(aws: EmbeddedAws) -> None:
    iam = aws.client("iam")
    policy = iam.get_policy(PolicyArn=FULL)["Policy"]
    assert (policy["Arn"], policy["IsAttachable"]) == (FULL, True)
    version = iam.get_policy_version(PolicyArn=FULL, VersionId=policy["DefaultVersionId"])
    sids = [one["Sid"] for one in version["PolicyVersion"]["Document"]["Statement"]]
    assert "AllowPassRoleToSageMaker" in sids
    pages = iam.get_paginator("list_policies").paginate(Scope="AWS")
    assert {policy["Arn"] for page in pages for policy in page["Policies"]} == set(arns().values())
    assert iam.list_policies(Scope="Local")["Policies"] == []


def test_users_and_groups_take_them_too(aws: EmbeddedAws) -> None:
    iam = aws.client("iam")
    iam.create_user(UserName="ann")
    iam.attach_user_policy(UserName="ann", PolicyArn=FULL)
    iam.create_group(GroupName="team")
    iam.attach_group_policy(GroupName="team", PolicyArn=arns()["AmazonSageMakerReadOnly"])
    assert len(iam.list_attached_user_policies(UserName="ann")["AttachedPolicies"]) == 1
    assert len(iam.list_attached_group_policies(GroupName="team")["AttachedPolicies"]) == 1


def test_one_that_aws_does_not_have_is_not_there(aws: EmbeddedAws) -> None:
    make_role(aws, "notebook")
    with pytest.raises(ClientError, match="NoSuchEntity"):
        aws.client("iam").attach_role_policy(
            RoleName="notebook", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerNoAccess"
        )


UPDATE: Final = {"EndpointName": "churn", "EndpointConfigName": "green"}


def test_a_role_may_do_what_it_says_and_nothing_else(aws: EmbeddedAws) -> None:
    role = role_with(aws, "AmazonSageMakerFullAccess")
    check(aws.world, role, "sagemaker", "UpdateEndpoint", UPDATE)
    with pytest.raises(ClientError, match="dynamodb:GetItem"):
        check(aws.world, role, "dynamodb", "GetItem", {"TableName": "t", "Key": {}})


def test_who_may_only_read_may_change_nothing(aws: EmbeddedAws) -> None:
    role = role_with(aws, "AmazonSageMakerReadOnly")
    check(aws.world, role, "sagemaker", "DescribeEndpoint", {"EndpointName": "churn"})
    with pytest.raises(ClientError, match="sagemaker:UpdateEndpoint"):
        check(aws.world, role, "sagemaker", "UpdateEndpoint", UPDATE)


def test_it_bounds_a_role_as_its_boundary(aws: EmbeddedAws) -> None:
    role = make_role(aws, "notebook", allow("*", "*"))
    aws.client("iam").put_role_permissions_boundary(
        RoleName="notebook", PermissionsBoundary=arns()["AmazonSageMakerReadOnly"]
    )
    check(aws.world, role, "sagemaker", "DescribeEndpoint", {"EndpointName": "churn"})
    with pytest.raises(ClientError, match="sagemaker:UpdateEndpoint"):
        check(aws.world, role, "sagemaker", "UpdateEndpoint", UPDATE)


def test_a_condition_that_nobody_here_knows_is_told_where_it_decides(aws: EmbeddedAws) -> None:
    role = role_with(aws, "AmazonSageMakerFullAccess")
    with pytest.raises(NotImplementedError, match="s3:ExistingObjectTag/"):
        check(aws.world, role, "s3", "GetObject", {"Bucket": "b", "Key": "k"})
    check(aws.world, role, "s3", "GetObject", {"Bucket": "my-sagemaker-bucket", "Key": "k"})
