"""The model registry as AWS has it: packages, versions, approval, events; tags and lists."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from moto.sagemaker.responses import SageMakerResponse

from account import ACCOUNT, REGION, make_queue
from bluegreen_simulator.moto.constraints import violations
from bluegreen_simulator.run.embedded import START, EmbeddedAws
from integration.service_model import of_response, watched
from sagemaker_account import refusal

PREFIX = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
GROUP_ARN = f"{PREFIX}:model-package-group/churn"
ARN = f"{PREFIX}:model-package/churn/1"
SPECIFICATION = {
    "Containers": [{"Image": "registry/churn:1", "ModelDataUrl": "s3://bucket/churn/1.tar.gz"}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}
LIFE_CYCLE = {"Stage": "Staging", "StageStatus": "Approved", "StageDescription": "tried"}
OURS = {
    "create_model_package",
    "update_model_package",
    "delete_model_package",
    "list_model_packages",
    "list_models",
    "list_endpoint_configs",
    "list_tags",
    "add_tags",
    "delete_tags",
}


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws, watched(SageMakerResponse, "sagemaker", OURS):
        aws.client("sagemaker").create_model_package_group(ModelPackageGroupName="churn")
        yield aws


def register(aws: EmbeddedAws, **members: Any) -> str:
    request = {"ModelPackageGroupName": "churn", "InferenceSpecification": SPECIFICATION}
    made = aws.client("sagemaker").create_model_package(**request, **members)
    arn: str = made["ModelPackageArn"]
    return arn


def update(aws: EmbeddedAws, **members: Any) -> None:
    aws.client("sagemaker").update_model_package(ModelPackageArn=ARN, **members)


def describe(aws: EmbeddedAws, name: str = ARN) -> dict[str, Any]:
    body: dict[str, Any] = aws.client("sagemaker").describe_model_package(ModelPackageName=name)
    return {name: value for name, value in body.items() if name != "ResponseMetadata"}


def details(aws: EmbeddedAws) -> list[dict[str, Any]]:
    return [
        entry.data["detail"]
        for entry in aws.journal.of_kind("event")
        if entry.data["detail_type"] == "SageMaker Model Package State Change"
    ]


# ---- What is kept --------------------------------------------------------------------------


def test_a_version_shows_what_it_was_made_with_and_nothing_else(aws: EmbeddedAws) -> None:
    given = {
        "ModelPackageDescription": "March's data",
        "ModelPackageRegistrationType": "Registered",
        "ModelApprovalStatus": "PendingManualApproval",
        "CustomerMetadataProperties": {"owner": "risk"},
        "MetadataProperties": {"CommitId": "0a1b"},
        "ModelLifeCycle": LIFE_CYCLE,
        "SourceUri": "s3://bucket/run-1",
        "SkipModelValidation": "All",
        "ModelCard": {"ModelCardContent": "{}", "ModelCardStatus": "Draft"},
    }
    assert register(aws, **given) == ARN
    body = describe(aws)
    assert body.pop("CreationTime") == START
    assert body == {
        **given,
        "InferenceSpecification": SPECIFICATION,
        "ModelPackageGroupName": "churn",
        "ModelPackageVersion": 1,
        "ModelPackageArn": ARN,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "CertifyForMarketplace": False,
    }


def test_a_package_without_a_group_answers_as_the_model_says(aws: EmbeddedAws) -> None:
    tags = [{"Key": "team", "Value": "risk"}]
    made = aws.client("sagemaker").create_model_package(ModelPackageName="Alone", Tags=tags)
    body = describe(aws, "Alone")
    assert (body["ModelPackageName"], "ModelPackageGroupName" in body) == ("Alone", False)
    assert body["ModelPackageArn"] == made["ModelPackageArn"] == f"{PREFIX}:model-package/alone"
    assert of_response("sagemaker", "DescribeModelPackage", body) == []
    again = refusal(aws.client("sagemaker").create_model_package, ModelPackageName="Alone")
    assert again == f"ModelPackage {PREFIX}:model-package/alone already exists."


def test_an_update_keeps_what_it_is_not_given(aws: EmbeddedAws) -> None:
    register(aws, ModelLifeCycle=LIFE_CYCLE, SourceUri="s3://bucket/run-1")
    update(aws, ModelApprovalStatus="Approved", ApprovalDescription="looked at")
    before = describe(aws)
    aws.clock.sleep(60)
    update(aws, CustomerMetadataProperties={"bluegreen:deployment": "d-1"})
    after = describe(aws)
    assert after.pop("CustomerMetadataProperties") == {"bluegreen:deployment": "d-1"}
    assert after.pop("LastModifiedTime") - before.pop("LastModifiedTime") == timedelta(seconds=60)
    assert after == before
    assert [after[n] for n in ("ModelApprovalStatus", "ApprovalDescription", "ModelLifeCycle")] == [
        *("Approved", "looked at", LIFE_CYCLE)
    ]


def test_an_update_puts_each_member_that_it_is_given_in_place(aws: EmbeddedAws) -> None:
    register(aws, ModelLifeCycle=LIFE_CYCLE, ModelApprovalStatus="Approved")
    given = {
        "ModelApprovalStatus": "Rejected",
        "ApprovalDescription": "too slow",
        "ModelPackageRegistrationType": "Logged",
        "InferenceSpecification": {"Containers": [{"Image": "registry/churn:2"}]},
        "SourceUri": "s3://bucket/run-2",
        "ModelCard": {"ModelCardContent": "{}", "ModelCardStatus": "Draft"},
        "ModelLifeCycle": {"Stage": "Production", "StageStatus": "PendingApproval"},
    }
    more = {"Name": "small", "Containers": [{"Image": "registry/churn:3"}]}
    update(aws, **given, AdditionalInferenceSpecificationsToAdd=[more])
    body = describe(aws)
    assert {name: body[name] for name in given} == given
    assert body["AdditionalInferenceSpecifications"] == [more]


def test_metadata_is_merged_and_then_removed(aws: EmbeddedAws) -> None:
    register(aws, CustomerMetadataProperties={"a": "1", "b": "1", "c": "1"})
    new = {"b": "2", "c": "2", "d": "2"}
    update(aws, CustomerMetadataProperties=new, CustomerMetadataPropertiesToRemove=["c", "x"])
    assert describe(aws)["CustomerMetadataProperties"] == {"a": "1", "b": "2", "d": "2"}


def test_there_are_fifty_entries_of_metadata_at_most_after_the_removal(aws: EmbeddedAws) -> None:
    register(aws, CustomerMetadataProperties={f"k{n}": "v" for n in range(50)})
    call = aws.client("sagemaker").update_model_package
    request = {"ModelPackageArn": ARN, "CustomerMetadataProperties": {"more": "v"}}
    assert refusal(call, **request, ModelApprovalStatus="Approved") == (
        "A model package takes at most 50 CustomerMetadataProperties."
    )
    assert "ModelApprovalStatus" not in describe(aws)
    call(**request, CustomerMetadataPropertiesToRemove=["k7"])
    properties = describe(aws)["CustomerMetadataProperties"]
    assert (len(properties), "k7" in properties, properties["more"]) == (50, False, "v")


def test_versions_go_on_counting_after_a_deletion(aws: EmbeddedAws) -> None:
    assert [register(aws)[-2:] for _ in range(3)] == ["/1", "/2", "/3"]
    for version in (1, 3):
        name = f"{PREFIX}:model-package/churn/{version}"
        aws.client("sagemaker").delete_model_package(ModelPackageName=name)
    assert register(aws)[-2:] == "/4"
    listed = aws.client("sagemaker").list_model_packages(ModelPackageGroupName="churn")
    assert [one["ModelPackageVersion"] for one in listed["ModelPackageSummaryList"]] == [2, 4]


def test_the_same_client_token_makes_and_updates_once(aws: EmbeddedAws) -> None:
    assert {register(aws, ClientToken="first") for _ in range(2)} == {ARN}
    assert register(aws, ClientToken="second")[-2:] == "/2"
    for _ in range(2):
        update(aws, ModelApprovalStatus="Approved", ClientToken="third")
    assert len(details(aws)) == 3


# ---- Which package -------------------------------------------------------------------------


def test_a_version_is_found_by_its_arn_and_by_group_and_number(aws: EmbeddedAws) -> None:
    register(aws)
    for name in (ARN, "churn/1", ARN.replace("churn", "Churn")):
        assert describe(aws, name)["ModelPackageVersion"] == 1


@pytest.mark.parametrize(
    ("name", "arn"),
    [
        (f"{PREFIX}:model-package/churn/2", f"{PREFIX}:model-package/churn/2"),
        ("churn", f"{PREFIX}:model-package/churn"),
        ("churn/2", f"{PREFIX}:model-package/churn/2"),
    ],
)
def test_what_is_not_there_is_told_by_its_arn(aws: EmbeddedAws, name: str, arn: str) -> None:
    register(aws)
    client = aws.client("sagemaker")
    words = f"ModelPackage {arn} does not exist."
    assert refusal(client.describe_model_package, ModelPackageName=name) == words
    assert refusal(client.delete_model_package, ModelPackageName=name) == words
    assert refusal(client.update_model_package, ModelPackageArn=arn) == words


def test_a_group_may_be_named_by_its_arn_and_has_to_be_there(aws: EmbeddedAws) -> None:
    client = aws.client("sagemaker")
    made = client.create_model_package(ModelPackageGroupName=GROUP_ARN)
    assert made["ModelPackageArn"] == ARN
    assert refusal(client.create_model_package, ModelPackageGroupName="fraud") == (
        f"ModelPackageGroup {GROUP_ARN.replace('churn', 'fraud')} does not exist."
    )
    assert refusal(client.create_model_package_group, ModelPackageGroupName="churn") == (
        "ModelPackageGroup churn already exists."
    )


def test_a_package_has_a_name_or_a_group_and_a_version_no_tags(aws: EmbeddedAws) -> None:
    create = aws.client("sagemaker").create_model_package
    assert refusal(create) == "Missing ARN."
    assert "Cannot determine which one to use." in refusal(
        create, ModelPackageName="a", ModelPackageGroupName="churn"
    )
    tags = [{"Key": "team", "Value": "risk"}]
    assert refusal(create, ModelPackageGroupName="churn", Tags=tags) == (
        "A version of a model package group takes no Tags of its own."
    )


def test_metadata_only_hides_what_of_a_model_card_is_encrypted(aws: EmbeddedAws) -> None:
    content = {"model_overview": {"model_creator": "me"}, "intended_uses": {"risk_rating": "Low"}}
    card = {"ModelCardContent": json.dumps(content), "ModelCardStatus": "Draft"}
    register(aws, ModelCard=card)
    plain = register(aws)
    call = aws.client("sagemaker").describe_model_package
    for asked in ({}, {"IncludedData": "AllData"}):
        assert call(ModelPackageName=ARN, **asked)["ModelCard"] == card
    shown = call(ModelPackageName=ARN, IncludedData="MetadataOnly")
    assert shown["ModelCard"] == {
        "ModelCardContent": '{"intended_uses": {"risk_rating": "Low"}}',
        "ModelCardStatus": "Draft",
    }
    assert shown["InferenceSpecification"] == SPECIFICATION
    assert "ModelCard" not in call(ModelPackageName=plain, IncludedData="MetadataOnly")


@pytest.mark.parametrize(
    ("params", "broken"),
    [
        ({"ModelApprovalStatus": "Fine"}, "satisfy enum value set: [Approved, Rejected, "),
        ({"ApprovalDescription": "x" * 1025}, "have length less than or equal to 1024"),
        (
            {"ModelLifeCycle": {"Stage": "S" * 64, "StageStatus": "Approved"}},
            "have length less than or equal to 63",
        ),
        ({"CustomerMetadataProperties": {"a!": "b"}}, "satisfy regular expression pattern: "),
        ({"CustomerMetadataProperties": {"a": "b" * 257}}, "have length less than or equal to 256"),
        ({"SourceUri": "s3://bucket?a=b"}, "satisfy regular expression pattern: "),
    ],
)
def test_requests_keep_to_the_limits(aws: EmbeddedAws, params: dict[str, Any], broken: str) -> None:
    register(aws)
    call = aws.client("sagemaker").update_model_package
    assert broken in refusal(call, ModelPackageArn=ARN, **params)
    assert len(details(aws)) == 1


def test_marks_and_symbols_are_told_apart() -> None:
    words = "Größe: 5 (a=b) ✓ e\u0301"
    assert violations("sagemaker", "CreateModelPackage", {"ModelPackageDescription": words}) == []
    (found,) = violations("sagemaker", "CreateModelPackage", {"ModelPackageDescription": "a\x07"})
    assert "regular expression pattern" in found
    assert violations("sagemaker", "CreateModelPackage", {"SourceUri": "s3://a-b/c_d (e)"}) == []


# ---- What EventBridge is told --------------------------------------------------------------


def test_a_new_version_is_told_with_its_specification(aws: EmbeddedAws) -> None:
    aws.clock.sleep(0.151)
    register(aws, ModelApprovalStatus="PendingManualApproval")
    assert details(aws) == [
        {
            "ModelPackageGroupName": "churn",
            "ModelPackageVersion": 1,
            "ModelPackageArn": ARN,
            "CreationTime": "2026-01-05T09:00:00.151Z",
            "InferenceSpecification": SPECIFICATION,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "CertifyForMarketplace": False,
            "ModelApprovalStatus": "PendingManualApproval",
        }
    ]


def test_an_update_is_told_with_the_fields_that_it_was_given(aws: EmbeddedAws) -> None:
    register(aws, ModelApprovalStatus="Approved")
    aws.clock.sleep(90)
    update(
        aws,
        ModelApprovalStatus="Approved",
        ApprovalDescription="again",
        ModelLifeCycle=LIFE_CYCLE,
        SourceUri="s3://bucket/run-1",
        CustomerMetadataProperties={"a": "1"},
        InferenceSpecification=SPECIFICATION,
    )
    update(aws, ModelPackageRegistrationType="Registered")
    update(aws, CustomerMetadataPropertiesToRemove=["a"])
    created, first, second, third = details(aws)
    assert "UpdatedModelPackageFields" not in created
    assert sorted(first["UpdatedModelPackageFields"]) == [
        "ApprovalDescription",
        "CustomerMetadataProperties",
        "InferenceSpecification",
        "ModelApprovalStatus",
        "ModelLifeCycle",
        "sourceUri",
    ]
    assert second["UpdatedModelPackageFields"] == []
    assert third["UpdatedModelPackageFields"] == ["CustomerMetadataProperties"]
    assert first["LastModifiedTime"] == "2026-01-05T09:01:30.000Z"
    assert first["CreationTime"] == "2026-01-05T09:00:00.000Z"
    assert [first[n] for n in ("ApprovalDescription", "ModelLifeCycle")] == ["again", LIFE_CYCLE]
    assert first["CustomerMetadataProperties"] == {"a": "1"}
    assert "CustomerMetadataProperties" not in third


def test_a_deletion_is_told_and_the_event_names_the_package(aws: EmbeddedAws) -> None:
    url, _ = make_queue(aws, "events")
    events, pattern = aws.client("events"), '{"source": ["aws.sagemaker"]}'
    events.put_rule(Name="all", EventPattern=pattern)
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:events"
    events.put_targets(Rule="all", Targets=[{"Id": "queue", "Arn": queue}])
    register(aws)
    aws.clock.sleep(2)
    aws.client("sqs").purge_queue(QueueUrl=url)
    aws.client("sagemaker").delete_model_package(ModelPackageName=ARN)
    assert (details(aws)[-1]["ModelPackageStatus"], len(details(aws))) == ("Deleting", 2)
    aws.clock.sleep(2)
    (message,) = aws.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert f'"resources": ["{ARN}"]' in message["Body"]
    assert '"detail-type": "SageMaker Model Package State Change"' in message["Body"]


# ---- Tags ----------------------------------------------------------------------------------


def make_all(aws: EmbeddedAws, tags: list[dict[str, str]]) -> list[str]:
    """One of each kind, with upper case in its name; their ARNs."""
    client, variant = aws.client("sagemaker"), {"VariantName": "main", "ModelName": "My-Model"}
    container = {"Image": "registry/churn:1"}
    model = client.create_model(ModelName="My-Model", PrimaryContainer=container, Tags=tags)
    config = client.create_endpoint_config(
        EndpointConfigName="My-Config",
        ProductionVariants=[
            {**variant, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"},
        ],
        Tags=tags,
    )
    endpoint = client.create_endpoint(
        EndpointName="My-Api", EndpointConfigName="My-Config", Tags=tags
    )
    group = client.create_model_package_group(ModelPackageGroupName="My-Group", Tags=tags)
    package = client.create_model_package(ModelPackageName="My-Package", Tags=tags)
    made = {**model, **config, **endpoint, **group, **package}
    return [value for name, value in made.items() if name.endswith("Arn")]


def tags_of(aws: EmbeddedAws, arn: str) -> dict[str, str]:
    tags = aws.client("sagemaker").list_tags(ResourceArn=arn)["Tags"]
    found = {tag["Key"]: tag["Value"] for tag in tags}
    assert len(found) == len(tags)
    return found


def test_arns_have_names_in_lower_case_and_tags_are_found_by_either(aws: EmbeddedAws) -> None:
    arns = make_all(aws, [{"Key": "team", "Value": "risk"}])
    assert arns == [
        f"{PREFIX}:{what}"
        for what in (
            "model/my-model",
            "endpoint-config/my-config",
            "endpoint/my-api",
            "model-package-group/my-group",
            "model-package/my-package",
        )
    ]
    client = aws.client("sagemaker")
    assert client.describe_model(ModelName="My-Model")["ModelArn"] == arns[0]
    config = client.describe_endpoint_config(EndpointConfigName="My-Config")
    assert config["EndpointConfigArn"] == arns[1]
    for arn in arns:
        assert tags_of(aws, arn) == tags_of(aws, arn.replace("/my-", "/My-")) == {"team": "risk"}


def test_tags_are_added_overwritten_and_deleted(aws: EmbeddedAws) -> None:
    for arn in make_all(aws, []):
        assert tags_of(aws, arn) == {}
        client = aws.client("sagemaker")
        for value in ("one", "two"):
            client.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": value}])
        client.add_tags(ResourceArn=arn, Tags=[{"Key": "b", "Value": ""}])
        assert tags_of(aws, arn) == {"a": "two", "b": ""}
        client.delete_tags(ResourceArn=arn, TagKeys=["a", "x"])
        assert tags_of(aws, arn) == {"b": ""}
        many = [{"Key": f"k{n}", "Value": ""} for n in range(50)]
        assert refusal(client.add_tags, ResourceArn=arn, Tags=many) == (
            "A resource takes at most 50 tags."
        )


def test_a_resource_made_without_tags_has_none(aws: EmbeddedAws) -> None:
    container = {"Image": "registry/churn:1"}
    client = aws.client("sagemaker")
    made = client.create_model(ModelName="bare", PrimaryContainer=container)
    for arn in (made["ModelArn"], register(aws), GROUP_ARN):
        assert tags_of(aws, arn) == {}


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("model/gone", 'Could not find model "{}".'),
        ("endpoint-config/gone", 'Could not find endpoint configuration "{}".'),
        ("endpoint/gone", 'Could not find endpoint "{}".'),
        ("model-package/churn/7", "ModelPackage {} does not exist."),
        ("model-package-group/gone", "ModelPackageGroup {} does not exist."),
    ],
)
def test_tags_of_what_is_not_there(aws: EmbeddedAws, what: str, message: str) -> None:
    arn = f"{PREFIX}:{what}"
    assert refusal(aws.client("sagemaker").list_tags, ResourceArn=arn) == message.format(arn)


# ---- Lists ---------------------------------------------------------------------------------


def make_models(aws: EmbeddedAws, count: int) -> None:
    """Models and configs `m0`, `m1` ...: two each ten seconds."""
    client = aws.client("sagemaker")
    for number in range(count):
        container = {"Image": "registry/churn:1"}
        client.create_model(ModelName=f"m{number}", PrimaryContainer=container)
        variant = {"VariantName": "main", "ModelName": f"m{number}"}
        sizes = {"InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
        client.create_endpoint_config(
            EndpointConfigName=f"c{number}", ProductionVariants=[variant | sizes]
        )
        aws.clock.sleep(10 * (number % 2))


@pytest.mark.parametrize(
    ("operation", "member", "kind", "letter"),
    [
        ("list_models", "Models", "Model", "m"),
        ("list_endpoint_configs", "EndpointConfigs", "EndpointConfig", "c"),
    ],
)
def test_lists_have_the_newest_first_and_pages(
    aws: EmbeddedAws, operation: str, member: str, kind: str, letter: str
) -> None:
    make_models(aws, 12)
    client = aws.client("sagemaker")
    newest_first = [f"{letter}{number}" for number in reversed(range(12))]
    first = getattr(client, operation)()
    assert [one[f"{kind}Name"] for one in first[member]] == newest_first[:10]
    assert first[member][0]["CreationTime"] == START + timedelta(seconds=50)
    assert first[member][0].keys() == {f"{kind}Name", f"{kind}Arn", "CreationTime"}
    for size in (1, 5, 100):
        pages = client.get_paginator(operation).paginate(PaginationConfig={"PageSize": size})
        assert [one[f"{kind}Name"] for page in pages for one in page[member]] == newest_first
    call = getattr(client, operation)
    made = START + timedelta(seconds=10)
    for asked, names in (
        ({"SortOrder": "Ascending", "MaxResults": 2}, ["0", "1"]),
        ({"SortBy": "Name", "SortOrder": "Ascending", "MaxResults": 3}, ["0", "1", "10"]),
        ({"NameContains": "11"}, ["11"]),
        ({"CreationTimeBefore": made}, ["3", "2", "1", "0"]),
        ({"CreationTimeAfter": made + timedelta(seconds=40)}, ["11", "10"]),
    ):
        assert [one[f"{kind}Name"] for one in call(**asked)[member]] == [
            f"{letter}{name}" for name in names
        ]
    assert refusal(call, NextToken="gone") == "Invalid NextToken."


def test_versions_of_one_moment_are_listed_in_either_order(aws: EmbeddedAws) -> None:
    for status in ("Approved", "Rejected", "Approved"):
        register(aws, ModelApprovalStatus=status, ModelLifeCycle=LIFE_CYCLE)
    aws.client("sagemaker").create_model_package(ModelPackageName="alone")
    call = aws.client("sagemaker").list_model_packages

    def versions(**asked: Any) -> list[int | None]:
        listed = call(**asked)["ModelPackageSummaryList"]
        return [one.get("ModelPackageVersion") for one in listed]

    assert versions(ModelPackageGroupName="churn") == [1, 2, 3]
    assert versions(ModelPackageGroupName=GROUP_ARN, SortOrder="Descending") == [3, 2, 1]
    approved = {"ModelPackageGroupName": "churn", "ModelApprovalStatus": "Approved"}
    assert versions(**approved, SortOrder="Descending", MaxResults=1) == [3]
    assert (versions(), versions(ModelPackageType="Both")) == ([None], [1, 2, 3, None])
    assert versions(ModelPackageType="Versioned") == [1, 2, 3]
    first = call(ModelPackageGroupName="churn")["ModelPackageSummaryList"][0]
    assert (first["ModelLifeCycle"], first["ModelPackageArn"]) == (LIFE_CYCLE, ARN)
