"""What a call asks for is in its answer, or refused by name: filters, orders, pages, members."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from account import ACCOUNT, REGION, bodies, make_queue
from bluegreen_simulator.run.embedded import EmbeddedAws

ROLE = f"arn:aws:iam::{ACCOUNT}:role/model"


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


def refusal(aws: EmbeddedAws, service: str, operation: str, **asked: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        getattr(aws.client(service), operation)(**asked)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


# ---- SageMaker -----------------------------------------------------------------------------


@pytest.fixture
def shop(aws: EmbeddedAws) -> EmbeddedAws:
    """Endpoints `old`, in service with one instance, and `new`, being created; and packages."""
    client = aws.client("sagemaker")
    for name, count in (("old", 1), ("new", 4)):
        tags = [{"Key": "team", "Value": name}]
        variant = {"VariantName": "main", "ModelName": name, "InstanceType": "ml.m5.large"}
        variants = [{**variant, "InitialInstanceCount": count}]
        client.create_model(
            ModelName=name, PrimaryContainer={"Image": "i"}, ExecutionRoleArn=ROLE, Tags=tags
        )
        client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
        client.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=tags)
        aws.clock.sleep(1000 if name == "old" else 1)
    for group in ("churn", "fraud"):
        client.create_model_package_group(ModelPackageGroupName=group)
        client.create_model_package(
            ModelPackageGroupName=group,
            ModelApprovalStatus="Approved" if group == "churn" else "Rejected",
            CustomerMetadataProperties={"accuracy": "0.9"},
        )
    return aws


def search(aws: EmbeddedAws, resource: str, **asked: Any) -> list[dict[str, Any]]:
    found = aws.client("sagemaker").search(Resource=resource, **asked)["Results"]
    return [result[resource] for result in found]


def filtered(*filters: tuple[str, ...], **more: Any) -> dict[str, Any]:
    names = ("Name", "Operator", "Value")
    return {"Filters": [dict(zip(names, one, strict=False)) for one in filters], **more}


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ([("EndpointStatus", "Equals", "InService")], ["old"]),
        ([("EndpointStatus", "NotEquals", "InService")], ["new"]),
        ([("EndpointName", "Contains", "e")], ["new"]),
        ([("EndpointName", "In", "old, other")], ["old"]),
        ([("Tags.team", "Equals", "new")], ["new"]),
        ([("Tags.team", "Exists")], ["new", "old"]),
        ([("Tags.cost", "NotExists")], ["new", "old"]),
        ([("ProductionVariants.CurrentInstanceCount", "LessThanOrEqualTo", "1")], ["old"]),
        ([("CreationTime", "GreaterThan", "2026-01-05T09:10:00Z")], ["new"]),
        ([("EndpointName", "Equals", "old"), ("Tags.team", "Equals", "new")], []),
    ],
)
def test_search_finds_what_its_filters_mean(
    shop: EmbeddedAws, filters: list[tuple[str, ...]], found: list[str]
) -> None:
    results = search(shop, "Endpoint", SearchExpression=filtered(*filters))
    assert [endpoint["EndpointName"] for endpoint in results] == found


def test_search_joins_filters_as_it_is_told(shop: EmbeddedAws) -> None:
    one, other = ("EndpointName", "Equals", "old"), ("EndpointName", "Equals", "new")
    either = filtered(one, other, Operator="Or")
    assert len(search(shop, "Endpoint", SearchExpression=either)) == 2
    both = {"SubExpressions": [filtered(one), filtered(other)]}
    assert search(shop, "Endpoint", SearchExpression=both) == []
    count = "ProductionVariants.CurrentInstanceCount"
    of_one = filtered(("ProductionVariants.VariantName", "Equals", "main"), (count, "Equals", "1"))
    nested = {"NestedFilters": [{"NestedPropertyName": "ProductionVariants", **of_one}]}
    found = search(shop, "Endpoint", SearchExpression=nested)
    assert [endpoint["EndpointName"] for endpoint in found] == ["old"]


def test_search_has_an_order_pages_and_a_count(shop: EmbeddedAws) -> None:
    client = shop.client("sagemaker")
    asked = {"Resource": "Endpoint", "SortBy": "EndpointName", "SortOrder": "Descending"}
    first = client.search(**asked, MaxResults=1)
    second = client.search(**asked, MaxResults=1, NextToken=first["NextToken"])
    names = [page["Results"][0]["Endpoint"]["EndpointName"] for page in (first, second)]
    assert names == ["old", "new"]
    assert "NextToken" not in second
    assert first["TotalHits"] == {"Value": 2, "Relation": "EqualTo"}


def test_search_counts_what_only_moto_searches(aws: EmbeddedAws) -> None:
    found = aws.client("sagemaker").search(Resource="TrainingJob")
    assert (found["Results"], found["TotalHits"]) == ([], {"Value": 0, "Relation": "EqualTo"})


def test_search_knows_models_packages_and_groups(shop: EmbeddedAws) -> None:
    (model,) = search(shop, "Model", SearchExpression=filtered(("ModelName", "Equals", "old")))
    assert model["Model"]["ModelArn"].endswith(":model/old")
    approved = ("ModelApprovalStatus", "Equals", "Approved")
    accuracy = ("CustomerMetadataProperties.accuracy", "Equals", "0.9")
    (package,) = search(shop, "ModelPackage", SearchExpression=filtered(approved, accuracy))
    assert package["ModelPackageGroupName"] == "churn"
    groups = search(shop, "ModelPackageGroup")
    assert [group["ModelPackageGroupName"] for group in groups] == ["fraud", "churn"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            {"Resource": "Endpoint", "SearchExpression": filtered(("Size", "Equals", "1"))},
            "Unknown property name: Size",
        ),
        (
            {"Resource": "TrainingJob", "SortBy": "CreationTime"},
            "Search of TrainingJob with SortBy is not modelled by the simulator.",
        ),
        (
            {"Resource": "Model", "CrossAccountFilterOption": "CrossAccount"},
            "CrossAccountFilterOption is not modelled by the simulator.",
        ),
    ],
)
def test_what_search_cannot_do_is_refused(
    aws: EmbeddedAws, asked: dict[str, Any], said: str
) -> None:
    assert refusal(aws, "sagemaker", "search", **asked) == ("ValidationException", said)


def test_list_endpoints_shows_what_they_are_now(shop: EmbeddedAws) -> None:
    client = shop.client("sagemaker")
    new, old = client.list_endpoints()["Endpoints"]
    assert (new["EndpointStatus"], old["EndpointStatus"]) == ("Creating", "InService")
    told = client.describe_endpoint(EndpointName="old")
    assert old == {name: told[name] for name in old}
    assert len(old) == 5


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"StatusEquals": "InService"}, ["old"]),
        ({"NameContains": "ne"}, ["new"]),
        ({"SortBy": "Name", "SortOrder": "Descending"}, ["old", "new"]),
        ({"SortBy": "Status", "SortOrder": "Ascending"}, ["new", "old"]),
        ({"LastModifiedTimeAfter": "2026-01-05T09:10:00Z"}, ["new"]),
        ({"LastModifiedTimeBefore": "2026-01-05T09:10:00Z"}, ["old"]),
        ({"CreationTimeBefore": "2026-01-05T09:01:00Z"}, ["old"]),
    ],
)
def test_list_endpoints_has_filters_and_orders(
    shop: EmbeddedAws, asked: dict[str, Any], names: list[str]
) -> None:
    found = shop.client("sagemaker").list_endpoints(**asked)["Endpoints"]
    assert [endpoint["EndpointName"] for endpoint in found] == names


def test_groups_are_listed_in_the_order_that_is_asked_for(shop: EmbeddedAws) -> None:
    client, list_ = shop.client("sagemaker"), "ModelPackageGroupSummaryList"
    for order, names in (("Ascending", ["churn", "fraud"]), ("Descending", ["fraud", "churn"])):
        found = client.list_model_package_groups(SortOrder=order)[list_]
        assert [group["ModelPackageGroupName"] for group in found] == names


# ---- Service Quotas ------------------------------------------------------------------------


def test_a_quota_that_is_listed_can_be_got_by_its_code(aws: EmbeddedAws) -> None:
    client = aws.client("service-quotas")
    quota = client.list_service_quotas(ServiceCode="sagemaker")["Quotas"][7]
    asked = {"ServiceCode": "sagemaker", "QuotaCode": quota["QuotaCode"]}
    assert client.get_service_quota(**asked)["Quota"] == quota
    assert client.get_aws_default_service_quota(**asked)["Quota"]["Value"] == 1000
    asked["QuotaCode"] = "L-00000000"
    code, _ = refusal(aws, "service-quotas", "get_service_quota", **asked)
    assert code == "NoSuchResourceException"


# ---- What moto passes over -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "operation", "asked", "named"),
    [
        ("logs", "describe_log_groups", {"logGroupNamePattern": "shop"}, "logGroupNamePattern"),
        (
            "sns",
            "create_topic",
            {"Name": "t", "DataProtectionPolicy": "{}"},
            "DataProtectionPolicy",
        ),
        (
            "sqs",
            "get_queue_url",
            {"QueueName": "q", "QueueOwnerAWSAccountId": "210987654321"},
            "QueueOwnerAWSAccountId",
        ),
        (
            "application-autoscaling",
            "describe_scaling_policies",
            {"ServiceNamespace": "sagemaker", "PolicyNames": ["p"]},
            "PolicyNames",
        ),
    ],
)
def test_a_member_that_nobody_reads_is_refused(
    aws: EmbeddedAws, service: str, operation: str, asked: dict[str, Any], named: str
) -> None:
    code, message = refusal(aws, service, operation, **asked)
    assert code == "NotImplemented"
    assert f"That is so with {named}" in message


def test_the_pages_of_scalable_targets_repeat_nothing(aws: EmbeddedAws) -> None:
    client = aws.client("application-autoscaling")
    ids = [f"endpoint/e{number}/variant/main" for number in range(5)]
    for one in ids:
        client.register_scalable_target(
            ServiceNamespace="sagemaker",
            ResourceId=one,
            ScalableDimension="sagemaker:variant:DesiredInstanceCount",
            MinCapacity=1,
            MaxCapacity=2,
        )
    paginator = client.get_paginator("describe_scalable_targets")
    pages = paginator.paginate(ServiceNamespace="sagemaker", PaginationConfig={"PageSize": 2})
    found = [target["ResourceId"] for page in pages for target in page["ScalableTargets"]]
    assert sorted(found) == ids


# ---- EventBridge ---------------------------------------------------------------------------


def entry(source: str, **members: Any) -> dict[str, Any]:
    return {"Source": source, "DetailType": "Sold", "Detail": "{}", **members}


def all_events(aws: EmbeddedAws) -> str:
    """A queue that gets every event; its URL."""
    url, arn = make_queue(aws, "all")
    client = aws.client("events")
    client.put_rule(Name="all", EventPattern=json.dumps({"account": [ACCOUNT]}))
    client.put_targets(Rule="all", Targets=[{"Id": "t", "Arn": arn}])
    return url


def test_nobody_sends_events_of_aws(aws: EmbeddedAws) -> None:
    url = all_events(aws)
    entries = [entry("shop"), entry("aws.sagemaker"), entry("awsome")]
    answer = aws.client("events").put_events(Entries=entries)
    assert answer["FailedEntryCount"] == 1
    sent, refused, other = answer["Entries"]
    assert refused == {
        "ErrorCode": "NotAuthorizedForSourceException",
        "ErrorMessage": "Not authorized for the source.",
    }
    aws.clock.sleep(2)
    found = {body["id"]: body["source"] for body in bodies(aws, url)}
    assert found == {sent["EventId"]: "shop", other["EventId"]: "awsome"}


def test_an_event_has_the_time_that_it_was_given(aws: EmbeddedAws) -> None:
    url = all_events(aws)
    aws.client("events").put_events(Entries=[entry("shop", Time="2025-12-24T18:00:00Z")])
    aws.clock.sleep(2)
    (event,) = bodies(aws, url)
    assert event["time"] == "2025-12-24T18:00:00Z"
    assert "ingestion-time" not in event


EVENT = {
    "id": "1",
    "account": ACCOUNT,
    "source": "shop",
    "time": "2026-01-05T09:00:00Z",
    "region": REGION,
    "resources": [],
    "detail-type": "Sold",
    "detail": {"price": 3},
}


@pytest.mark.parametrize(
    ("pattern", "result"),
    [
        ({"source": ["shop"]}, True),
        ({"source": ["other"]}, False),
        ({"detail": {"price": [{"numeric": [">", 2]}]}}, True),
        ({"$or": [{"source": ["other"]}, {"detail-type": [{"prefix": "So"}]}]}, True),
    ],
)
def test_a_pattern_can_be_tried(aws: EmbeddedAws, pattern: Any, result: bool) -> None:
    asked = {"EventPattern": json.dumps(pattern), "Event": json.dumps(EVENT)}
    assert aws.client("events").test_event_pattern(**asked)["Result"] is result


@pytest.mark.parametrize(
    ("pattern", "event", "code", "said"),
    [
        ({"source": [{"like": "s"}]}, EVENT, "InvalidEventPatternException", "match type like"),
        ({"source": "shop"}, EVENT, "InvalidEventPatternException", "an object or an array"),
        ({"source": ["shop"]}, {"id": "1"}, "ValidationException", "it has no account, source"),
    ],
)
def test_a_pattern_or_an_event_that_is_none_is_refused(
    aws: EmbeddedAws, pattern: Any, event: Any, code: str, said: str
) -> None:
    asked = {"EventPattern": json.dumps(pattern), "Event": json.dumps(event)}
    found, message = refusal(aws, "events", "test_event_pattern", **asked)
    assert found == code
    assert said in message


def test_a_rule_with_an_unknown_match_type_is_not_made(aws: EmbeddedAws) -> None:
    pattern = json.dumps({"$or": [{"source": [{"like": "s"}]}, {"account": [ACCOUNT]}]})
    code, _ = refusal(aws, "events", "put_rule", Name="r", EventPattern=pattern)
    assert code == "InvalidEventPatternException"
