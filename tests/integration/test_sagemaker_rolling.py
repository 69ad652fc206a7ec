"""Rolling updates and their rollbacks through boto3, with journal and events."""

from collections.abc import Iterator
from typing import Any

import pytest

from bluegreen_simulator.aws.sagemaker import service
from bluegreen_simulator.aws.sagemaker.runtime import active_instances
from bluegreen_simulator.rules.fleet.provisioning import Trouble
from sagemaker_account import (
    START,
    Account,
    policy,
    refusal,
    rolling,
    running_account,
    statuses,
)


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as account:
        yield account


def test_rolling_update_goes_through(account: Account) -> None:
    account.update(rolling(2))
    account.sleep_until(2000)
    assert account.journal() == [
        (0, "InService", "SETTLED", 0, 4, 0, "blue"),
        (0, "Updating", "PROVISIONING", 0, 4, 0, "blue"),
        (300, "Updating", "SHIFTING", 0, 4, 2, "blue"),
        (320, "Updating", "BAKING", 50, 4, 2, "blue"),
        (380, "Updating", "TERMINATING", 50, 2, 2, "blue"),
        (410, "Updating", "PROVISIONING", 50, 2, 2, "blue"),
        (710, "Updating", "SHIFTING", 50, 2, 4, "blue"),
        (730, "Updating", "BAKING", 100, 2, 4, "blue"),
        (790, "Updating", "TERMINATING", 100, 0, 4, "blue"),
        (820, "InService", "SETTLED", 100, 0, 4, "green"),
    ]
    body = account.look()
    assert body["LastDeploymentConfig"] == rolling(2)
    assert body["EndpointConfigName"] == "green"


def test_alarm_while_blue_is_deleted_creates_it_anew(account: Account) -> None:
    account.update(rolling(2))
    account.sleep_until(390)
    account.trip("errors")
    body = account.look()
    assert statuses(body["ProductionVariants"]) == ["Creating"]
    assert statuses(body["PendingDeploymentSummary"]["ProductionVariants"]) == []
    account.sleep_until(2000)
    assert account.journal()[5:] == [
        (390, "Updating", "ROLLING_BACK", 50, 2, 2, "blue"),
        (690, "Updating", "ROLLING_BACK", 50, 4, 2, "blue"),
        (700, "Updating", "ROLLING_BACK", 0, 4, 0, "blue"),
        (730, "InService", "SETTLED", 0, 4, 0, "blue"),
    ]


def test_rollback_in_batches(account: Account) -> None:
    back = {"Type": "INSTANCE_COUNT", "Value": 1}
    account.update(rolling(2, RollbackMaximumBatchSize=back))
    account.sleep_until(400)
    account.trip("errors")
    account.sleep_until(3000)
    assert [row[:1] + row[3:6] for row in account.journal()[5:]] == [
        (400, 50, 2, 2),
        (700, 50, 3, 2),
        (710, 25, 3, 1),
        (740, 25, 3, 1),
        (1040, 25, 4, 1),
        (1050, 0, 4, 0),
        (1080, 0, 4, 0),
    ]


def test_rollback_that_fails_is_repaired_by_another_update(account: Account) -> None:
    service.make_trouble("churn-api", Trouble(rollback_fails=True))
    account.update(rolling(2))
    account.sleep_until(400)
    account.trip("errors")
    account.sleep_until(1000)
    body = account.look()
    assert body["EndpointStatus"] == "UpdateRollbackFailed"
    assert body["EndpointConfigName"] == "blue"
    assert "InsufficientInstanceCapacity" in body["FailureReason"]
    assert "PendingDeploymentSummary" not in body
    assert [(f.config, f.share) for f in service.fleets("churn-api")] == [
        ("blue", 0.5),
        ("green", 0.5),
    ]
    assert account.events()[-1]["detail"]["EndpointStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert account.journal()[-1] == (700, "UpdateRollbackFailed", "SETTLED", 50, 2, 2, "blue")
    say = "{} is not modelled by the simulator.".format
    assert refusal(account.rescale) == say(
        "Rescaling an endpoint that is UpdateRollbackFailed or serverless"
    )
    account.trip("errors", "OK")
    account.update(policy(), EndpointConfigName="blue")
    assert "FailureReason" not in account.look()
    account.sleep_until(3000)
    assert account.look()["EndpointStatus"] == "InService"
    assert [(f.config, f.share) for f in service.fleets("churn-api")] == [("blue", 1.0)]


def test_a_rolling_update_repairs_it_too(account: Account) -> None:
    service.make_trouble("churn-api", Trouble(rollback_fails=True))
    account.update(rolling(2))
    account.sleep_until(400)
    account.trip("errors")
    account.sleep_until(1000)
    account.trip("errors", "OK")
    account.make_config("better")
    account.update(rolling(2), EndpointConfigName="better")
    account.sleep_until(1400)
    assert [(f.config, f.share) for f in service.fleets("churn-api")] == [
        ("blue", 0.25),
        ("green", 0.25),
        ("better", 0.5),
    ]
    assert active_instances("churn-api") == {
        ("blue", "main"): 1,
        ("green", "main"): 1,
        ("better", "main"): 2,
    }
    account.sleep_until(3000)
    body = account.look()
    assert (body["EndpointStatus"], body["EndpointConfigName"]) == ("InService", "better")
    assert [(f.config, f.share) for f in service.fleets("churn-api")] == [("better", 1.0)]


def test_batch_without_capacity_rolls_back(account: Account) -> None:
    service.make_trouble("churn-api", Trouble(no_capacity_at=2))
    account.update(rolling(2))
    account.sleep_until(3000)
    body = account.look()
    assert (body["EndpointStatus"], body["EndpointConfigName"]) == ("InService", "blue")
    assert "InsufficientInstanceCapacity" in body["FailureReason"]
    account.update(rolling(2))
    account.sleep_until(6000)
    assert account.look()["EndpointConfigName"] == "green"  # trouble comes only once


def test_events_of_a_rolling_update(account: Account) -> None:
    account.update(rolling(2))
    account.sleep_until(2000)
    told = [
        (
            (event["at"] - START).total_seconds(),
            statuses(event["detail"]["ProductionVariants"]),
            statuses(event["detail"]["PendingDeploymentSummary"]["ProductionVariants"]),
        )
        for event in account.events()
        if "PendingDeploymentSummary" in event["detail"]
    ]
    assert told == [
        (0, [], ["Creating"]),
        (300, [], ["ActivatingTraffic"]),
        (320, [], ["Baking"]),
        (380, ["Deleting"], []),
        (410, [], ["Creating"]),
        (710, [], ["ActivatingTraffic"]),
        (730, [], ["Baking"]),
        (790, ["Deleting"], []),
    ]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            rolling(3),
            (
                "MaximumBatchSize must be 5 to 50 % of the instances of variant main, which has 4;"
                " INSTANCE_COUNT 3 is not."
            ),
        ),
        (
            rolling(MaximumBatchSize={"Type": "CAPACITY_PERCENT", "Value": 4}),
            (
                "MaximumBatchSize must be 5 to 50 % of the instances of variant main, which has 4;"
                " CAPACITY_PERCENT 4 is not."
            ),
        ),
        (
            rolling(RollbackMaximumBatchSize={"Type": "INSTANCE_COUNT", "Value": 5}),
            (
                "RollbackMaximumBatchSize must be at most 100 % of the instances of variant main,"
                " which has 4; INSTANCE_COUNT 5 is not."
            ),
        ),
        (
            rolling() | policy(),
            "DeploymentConfig takes either BlueGreenUpdatePolicy or RollingUpdatePolicy.",
        ),
    ],
)
def test_rules_of_a_rolling_update(account: Account, config: Any, message: str) -> None:
    assert refusal(account.update, config=config) == message


def test_rolling_update_takes_one_variant(account: Account) -> None:
    account.make_two_variants("blue-two")
    account.make_two_variants("green-two")
    account.sagemaker.create_endpoint(EndpointName="two", EndpointConfigName="blue-two")
    service.settle("two")
    to_green: dict[str, Any] = {"EndpointName": "two", "EndpointConfigName": "green-two"}
    assert refusal(account.update, config=rolling(), **to_green) == (
        "RollingUpdatePolicy does not take an endpoint with several production variants."
    )


def test_blue_green_goes_by_the_size_of_each_variant(account: Account) -> None:
    account.make_two_variants("blue-two")
    account.make_two_variants("green-two")
    account.sagemaker.create_endpoint(EndpointName="two", EndpointConfigName="blue-two")
    service.settle("two")
    to_green: dict[str, Any] = {"EndpointName": "two", "EndpointConfigName": "green-two"}
    count = {"Type": "INSTANCE_COUNT", "Value": 2}
    routing = {"Type": "CANARY", "WaitIntervalInSeconds": 300, "CanarySize": count}
    assert refusal(account.update, config=policy(routing), **to_green) == (
        "CanarySize must be at most 50 % of the instances of variant small, which has 2;"
        " INSTANCE_COUNT 2 is not."
    )
    account.update(**to_green)
    account.sleep_until(300 + 400)
    pending = account.sagemaker.describe_endpoint(EndpointName="two")["PendingDeploymentSummary"]
    assert [v["CurrentInstanceCount"] for v in pending["ProductionVariants"]] == [1, 2]
    account.sleep_until(3000)
    body = account.sagemaker.describe_endpoint(EndpointName="two")
    assert (body["EndpointStatus"], body["EndpointConfigName"]) == ("InService", "green-two")
