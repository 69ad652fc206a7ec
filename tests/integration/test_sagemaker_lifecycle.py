"""Endpoints from creation to deletion through boto3: what takes time, and what is refused."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from bluegreen_simulator.aws.sagemaker import service
from bluegreen_simulator.rules.fleet.provisioning import Trouble
from sagemaker_account import (
    ENDPOINT_ARN,
    IN_PROGRESS,
    START,
    Account,
    policy,
    refusal,
    rolling,
    running_account,
    statuses,
)

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import DescribeEndpointOutputTypeDef

ARN = "arn:aws:sagemaker:eu-central-1:123456789012"


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as account:
        yield account


def told(account: Account) -> list[tuple[float, str, str]]:
    """(seconds, detail type, status) of each event after START."""
    return [
        (
            (event["at"] - START).total_seconds(),
            event["detail_type"].removeprefix("SageMaker Endpoint "),
            event["detail"]["EndpointStatus"],
        )
        for event in account.events()
    ][1:]


def create(account: Account, name: str = "fraud-api", config: str = "blue", **more: Any) -> Any:
    return account.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, **more)


def look(account: Account, name: str = "fraud-api") -> "DescribeEndpointOutputTypeDef":
    return account.sagemaker.describe_endpoint(EndpointName=name)


def test_creation_takes_its_time(account: Account) -> None:
    account.make_config("slow", {"SIMULATED_PROVISIONING_SECONDS": "420"})
    create(account, config="slow", DeploymentConfig=policy())
    body = look(account)
    assert (body["EndpointStatus"], body["EndpointConfigName"]) == ("Creating", "slow")
    assert "ProductionVariants" not in body
    (pending,) = body["PendingDeploymentSummary"]["ProductionVariants"]
    assert (pending["CurrentInstanceCount"], pending["DesiredInstanceCount"]) == (0, 4)
    assert statuses([pending]) == ["Creating"]
    assert service.fleets("fraud-api") == []
    account.sleep_until(419)
    assert look(account)["EndpointStatus"] == "Creating"
    account.sleep_until(420)
    body = look(account)
    assert body["EndpointStatus"] == "InService"
    assert body["LastModifiedTime"] - body["CreationTime"] == timedelta(seconds=420)
    assert body["ProductionVariants"][0]["CurrentInstanceCount"] == 4
    assert body["LastDeploymentConfig"] == policy()
    assert told(account) == [
        (0, "State Change", "CREATING"),
        (420, "State Change", "IN_SERVICE"),
    ]
    assert account.events()[1]["detail"]["ProductionVariants"] == [
        {"DesiredWeight": 1.0, "DesiredInstanceCount": 4}
    ]


def test_endpoint_that_needs_no_provisioning_is_in_service_at_once(account: Account) -> None:
    account.make_config("quick", {"SIMULATED_PROVISIONING_SECONDS": "0"})
    create(account, config="quick")
    assert look(account)["EndpointStatus"] == "InService"


def test_creation_that_fails_can_only_be_deleted(account: Account) -> None:
    account.make_config("broken", {"SIMULATED_PROVISIONING_ERROR": "PingHealthCheckFailed"})
    create(account, config="broken")
    account.sleep_until(1500)
    body = look(account)
    assert body["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in body["FailureReason"]
    assert refusal(account.update, EndpointName="fraud-api") == (
        f'Cannot update endpoint "{ARN}:endpoint/fraud-api", which has failed; it can only be'
        " deleted."
    )
    account.sagemaker.delete_endpoint(EndpointName="fraud-api")
    account.sleep_until(1530)
    assert refusal(look, account=account) == (
        f'Could not find endpoint "{ARN}:endpoint/fraud-api".'
    )


@pytest.mark.parametrize("trouble", [Trouble(stuck_at=1), Trouble(no_capacity_at=1)])
def test_creation_on_demand_without_end_or_capacity(account: Account, trouble: Trouble) -> None:
    service.make_trouble("fraud-api", trouble)
    create(account)
    account.sleep_until(100_000)
    expected = "Failed" if trouble.no_capacity_at else "Creating"
    assert look(account)["EndpointStatus"] == expected


def test_nothing_can_be_begun_while_anything_goes_on(account: Account) -> None:
    account.rescale()
    assert_busy(account, "Updating")
    account.sleep_until(400)
    service.maintain("churn-api", 600)
    assert_busy(account, "SystemUpdating")
    account.sleep_until(1100)
    account.delete()
    assert_busy(account, "Deleting")
    create(account)
    busy = IN_PROGRESS.replace("churn", "fraud")
    assert refusal(account.sagemaker.delete_endpoint, EndpointName="fraud-api") == busy
    assert refusal(create, account=account, name="churn-api") == (
        f'Cannot create already existing endpoint "{ENDPOINT_ARN}".'
    )


def assert_busy(account: Account, status: str) -> None:
    assert account.look()["EndpointStatus"] == status
    for call in (account.update, account.rescale, account.delete):
        assert refusal(call) == IN_PROGRESS


def test_rescaling(account: Account) -> None:
    account.rescale(DesiredInstanceCount=7)
    body = account.look()
    assert (body["EndpointStatus"], body["LastModifiedTime"]) == ("Updating", START)
    (variant,) = body["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (4, 7)
    assert statuses([variant]) == ["Updating"]
    account.sleep_until(300)
    (variant,) = account.look()["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (7, 7)
    assert (variant["CurrentWeight"], statuses([variant])) == (1.0, [])
    assert told(account) == [
        (0, "Deployment State Change", "UPDATING"),
        (0, "State Change", "UPDATING"),
        (300, "State Change", "IN_SERVICE"),
    ]
    event = account.events()[1]["detail"]
    assert statuses(event["ProductionVariants"]) == ["Updating"]
    assert "PendingDeploymentSummary" not in event
    assert [row[:2] + row[4:5] for row in account.journal()[1:]] == [
        (0, "Updating", 4),
        (300, "InService", 7),
    ]


def test_rescaling_that_fails_is_rolled_back(account: Account) -> None:
    service.make_trouble("churn-api", Trouble(no_capacity_at=1))
    account.rescale(DesiredInstanceCount=7)
    account.sleep_until(310)
    assert account.look()["EndpointStatus"] == "RollingBack"
    account.sleep_until(330)
    body = account.look()
    assert body["EndpointStatus"] == "InService"
    assert "InsufficientInstanceCapacity" in body["FailureReason"]
    assert body["ProductionVariants"][0]["DesiredInstanceCount"] == 4


def test_what_rescaling_refuses(account: Account) -> None:
    rescale = account.sagemaker.update_endpoint_weights_and_capacities
    change = {"VariantName": "main", "DesiredInstanceCount": 7}
    assert refusal(
        rescale, EndpointName="churn-api", DesiredWeightsAndCapacities=[change, change]
    ) == ('The variant name "main" was non-unique within the request.')
    assert refusal(account.rescale, VariantName="other") == (
        'The variant name(s) "other" is/are not present within endpoint configuration "blue".'
    )
    say = "{} is not modelled by the simulator.".format
    assert refusal(account.rescale, DesiredInstanceCount=0) == say("DesiredInstanceCount 0")
    assert refusal(account.rescale, ServerlessUpdateConfig={"MaxConcurrency": 5}) == say(
        "ServerlessUpdateConfig"
    )
    assert refusal(account.rescale, VariantName="-") == (
        "1 validation error detected: Value '-' at"
        " 'desiredWeightsAndCapacities.1.member.variantName' failed to satisfy constraint: Member"
        " must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
    )


def test_deletion(account: Account) -> None:
    account.delete()
    assert account.look()["EndpointStatus"] == "Deleting"
    assert service.fleets("churn-api") == []
    listed = account.sagemaker.list_endpoints(StatusEquals="Deleting")["Endpoints"]
    assert [endpoint["EndpointName"] for endpoint in listed] == ["churn-api"]
    account.sleep_until(30)
    assert refusal(account.look) == f'Could not find endpoint "{ENDPOINT_ARN}".'
    assert account.sagemaker.list_endpoints()["Endpoints"] == []
    assert told(account) == [(0, "State Change", "DELETING")]  # and none when it is gone
    assert [row[:2] for row in account.journal()[1:]] == [(0, "Deleting"), (30, "Deleted")]
    create(account, name="churn-api")


def test_what_is_in_use_can_be_deleted_and_goes_on_working(account: Account) -> None:
    account.update()
    account.sleep_until(400)
    for name in ("blue", "green"):
        account.sagemaker.delete_endpoint_config(EndpointConfigName=name)
        account.sagemaker.delete_model(ModelName=f"{name}-model")
    account.trip("errors")
    account.sleep_until(2000)
    body = account.look()
    assert (body["EndpointStatus"], body["EndpointConfigName"]) == ("InService", "blue")
    account.rescale(DesiredInstanceCount=7)
    account.sleep_until(3000)
    assert account.look()["ProductionVariants"][0]["CurrentInstanceCount"] == 7


def test_names_that_are_not_there_are_quoted_as_aws_quotes_them(account: Account) -> None:
    for call in ("describe_model", "delete_model"):
        assert refusal(getattr(account.sagemaker, call), ModelName="other") == (
            f'Could not find model "{ARN}:model/other".'
        )
    for call in ("describe_endpoint_config", "delete_endpoint_config"):
        assert refusal(getattr(account.sagemaker, call), EndpointConfigName="other") == (
            f'Could not find endpoint configuration "{ARN}:endpoint-config/other".'
        )
    account.sagemaker.delete_model(ModelName="green-model")
    assert refusal(account.update) == f'Could not find model "{ARN}:model/green-model".'


def test_lists(account: Account) -> None:
    account.sleep_until(60)
    create(account)
    newest = account.sagemaker.list_endpoints()["Endpoints"]
    assert [(e["EndpointName"], e["EndpointStatus"]) for e in newest] == [
        ("fraud-api", "Creating"),
        ("churn-api", "InService"),
    ]
    by_name = account.sagemaker.list_endpoints(SortBy="Name", SortOrder="Ascending")
    assert [e["EndpointName"] for e in by_name["Endpoints"]] == ["churn-api", "fraud-api"]
    late = account.sagemaker.list_endpoints(CreationTimeAfter=START)["Endpoints"]
    assert [e["EndpointName"] for e in late] == ["fraud-api"]
    assert late[0]["CreationTime"] == START + timedelta(seconds=60)
    configs = account.sagemaker.list_endpoint_configs(NameContains="gre")["EndpointConfigs"]
    assert [config["EndpointConfigName"] for config in configs] == ["green"]
    first = account.sagemaker.list_endpoints(MaxResults=1)
    rest = account.sagemaker.list_endpoints(MaxResults=1, NextToken=first["NextToken"])
    assert [e["EndpointName"] for e in first["Endpoints"] + rest["Endpoints"]] == [
        "fraud-api",
        "churn-api",
    ]


def over_quota(call: Any, **members: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**members)
    assert raised.value.response["Error"]["Code"] == "ResourceLimitExceeded"
    message: str = raised.value.response["Error"]["Message"]
    return message


def words(quota: int, held: int, delta: int) -> str:
    return (
        f"The account-level service limit 'ml.g5.xlarge for endpoint usage' is {quota} Instances,"
        f" with current utilization of {held} Instances and a request delta of {delta} Instances."
        " Please use AWS Service Quotas to request an increase for this quota. If AWS Service"
        " Quotas is not available, contact AWS support to request an increase for this quota."
    )


def test_quota(account: Account) -> None:
    service.set_quota("ml.g5.xlarge", 6)
    assert over_quota(account.update) == words(6, 4, 4)
    assert over_quota(account.rescale, DesiredInstanceCount=7) == words(6, 4, 3)
    assert over_quota(create, account=account) == words(6, 4, 4)
    account.update(rolling(2))
    service.set_quota("ml.g5.xlarge", 9)
    assert over_quota(create, account=account) == words(9, 6, 4)
    account.sleep_until(2000)
    assert account.look()["EndpointConfigName"] == "green"
    service.set_quota("ml.g5.xlarge", 8)
    create(account)


def test_quota_is_generous_unless_it_is_set(account: Account) -> None:
    account.rescale(DesiredInstanceCount=1000)
    account.sleep_until(400)
    assert over_quota(account.rescale, DesiredInstanceCount=1001) == words(1000, 1000, 1)


def test_endpoint_of_another_region_is_refused(account: Account) -> None:
    sagemaker = boto3.client("sagemaker", region_name="us-east-1")
    assert refusal(sagemaker.describe_endpoint, EndpointName="churn-api") == (
        'Could not find endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/churn-api".'
    )
    assert refusal(
        sagemaker.create_endpoint, EndpointName="churn-api", EndpointConfigName="blue"
    ).startswith("Could not find endpoint configuration")
    assert account.look()["EndpointStatus"] == "InService"
