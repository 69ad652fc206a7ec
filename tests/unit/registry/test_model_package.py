"""What the registry says of a version of a model, in our words."""

from dataclasses import replace
from typing import Any

import pytest

from bluegreen.registry.model_package import ModelPackage
from bluegreen.sagemaker.package_name import PackageName
from builders import PACKAGE, at

BODY: dict[str, Any] = {
    "ModelPackageArn": PACKAGE,
    "ModelPackageGroupName": "churn",
    "ModelPackageVersion": 7,
    "ModelPackageRegistrationType": "Registered",
    "InferenceSpecification": {
        "Containers": [
            {"Image": "a", "Environment": {"A": "1", "B": "2"}},
            {"Image": "b", "Environment": {"C": "3"}},
            {"Image": "c"},
            {"Image": "d", "Environment": None},
        ],
        "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large", "ml.c5.large"],
    },
    "ModelPackageStatus": "Completed",
    "ModelApprovalStatus": "Approved",
    "ApprovalDescription": "looked at",
    "LastModifiedTime": at(5),
    "LastModifiedBy": {"UserProfileName": "ann", "IamIdentity": {"Arn": "arn:aws:iam::1:role/a"}},
    "CustomerMetadataProperties": {"owner": "risk"},
    "CertifyForMarketplace": True,
}


def test_the_parts_of_an_arn() -> None:
    name = PackageName.of(PACKAGE.replace("churn/7", "Big-Group/123456789"))
    assert name is not None
    assert (name.region, name.account) == ("eu-central-1", "123456789012")
    assert (name.group, name.version) == ("Big-Group", 123456789)
    assert name.short == "Big-Group/123456789"
    assert name.arn == PACKAGE.replace("churn/7", "Big-Group/123456789")


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-iso-b", "aws-eusc"])
def test_any_partition_of_aws(partition: str) -> None:
    assert PackageName.of(PACKAGE.replace("arn:aws:", f"arn:{partition}:")) is not None


@pytest.mark.parametrize(
    "arn",
    [
        None,
        7,
        [],
        {"arn": PACKAGE},
        b"arn",
        "",
        "churn/7",
        f"{PACKAGE}\n",
        f"\n{PACKAGE}",
        f"{PACKAGE}/8",
        f"{PACKAGE}:8",
        PACKAGE.replace("churn/7", "churn"),
        PACKAGE.replace("churn/7", "churn/"),
        PACKAGE.replace("churn/7", "churn/0"),
        PACKAGE.replace("churn/7", "churn/07"),
        PACKAGE.replace("churn/7", "churn/7.5"),
        PACKAGE.replace("churn/7", "churn/²"),
        PACKAGE.replace("churn/7", "churn/\u0667"),
        PACKAGE.replace("churn", "../churn"),
        PACKAGE.replace("churn", "chu rn"),
        PACKAGE.replace("churn", "chürn"),
        PACKAGE.replace("churn", "-churn"),
        PACKAGE.replace("churn", "churn-"),
        PACKAGE.replace("churn", "a" * 64),
        PACKAGE.replace("123456789012", "1234567890123"),
        PACKAGE.replace("123456789012", "aws"),
        PACKAGE.replace("eu-central-1", "eu_central_1"),
        PACKAGE.replace("eu-central-1", "somewhere-else-in-1"),
        PACKAGE.replace("arn:aws:", "ARN:AWS:"),
        PACKAGE.replace("model-package/", "model/"),
    ],
)
def test_what_is_no_arn_of_a_version_has_no_name(arn: object) -> None:
    assert PackageName.of(arn) is None


def test_a_package_with_all_that_counts() -> None:
    assert ModelPackage.from_shape(BODY) == ModelPackage(
        arn=PACKAGE,
        group="churn",
        status="Completed",
        approval="Approved",
        registration="Registered",
        containers=4,
        environment=frozenset("ABC"),
        instance_types=frozenset({"ml.m5.large", "ml.c5.large"}),
        approval_description="looked at",
        last_modified=at(5),
        modified_by="ann",
        metadata={"owner": "risk"},
        for_marketplace=True,
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"InferenceSpecification": None, "LastModifiedBy": None},
        {"InferenceSpecification": {}, "LastModifiedBy": {}, "CustomerMetadataProperties": None},
        {"LastModifiedBy": {"IamIdentity": None}},
    ],
)
def test_a_package_of_which_little_is_told(body: dict[str, Any]) -> None:
    package = ModelPackage.from_shape({"ModelPackageArn": PACKAGE, **body})
    assert package == ModelPackage(PACKAGE)
    assert not package.is_approved


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({"UserProfileName": "ann", "IamIdentity": {"Arn": "arn"}}, "ann"),
        ({"UserProfileName": "", "IamIdentity": {"Arn": "arn"}}, "arn"),
        ({"IamIdentity": {"Arn": "arn"}}, "arn"),
        ({"IamIdentity": {}}, ""),
    ],
)
def test_who_changed_it_last(user: dict[str, Any], name: str) -> None:
    assert ModelPackage.from_shape({**BODY, "LastModifiedBy": user}).modified_by == name


@pytest.mark.parametrize(
    ("approval", "status", "approved"),
    [
        ("Approved", "Completed", True),
        ("Approved", "InProgress", False),
        ("PendingManualApproval", "Completed", False),
        ("Rejected", "Completed", False),
        ("", "", False),
    ],
)
def test_what_may_be_deployed_as_far_as_the_registry_knows(
    approval: str, status: str, approved: bool
) -> None:
    package = ModelPackage.from_shape(BODY)
    assert replace(package, approval=approval, status=status).is_approved is approved
