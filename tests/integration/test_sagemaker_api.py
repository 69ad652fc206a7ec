"""SageMaker's endpoints through boto3: what the API answers and refuses, and what it tells."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bluegreen_simulator.aws.sagemaker import service
from bluegreen_simulator.rules.fleet.assumptions import AlarmsRead
from bluegreen_simulator.run.embedded import EmbeddedAws
from sagemaker_account import (
    CREATED,
    ENDPOINT_ARN,
    IN_PROGRESS,
    START,
    Account,
    policy,
    refusal,
    running_account,
    statuses,
)


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as account:
        yield account


def test_created_endpoint_shows_its_counts(account: Account) -> None:
    body = account.look()
    assert body["EndpointStatus"] == "InService"
    assert body["EndpointArn"] == ENDPOINT_ARN
    assert (body["CreationTime"], body["LastModifiedTime"]) == (CREATED, START)
    assert body["ProductionVariants"] == [
        {
            "VariantName": "main",
            "CurrentWeight": 1.0,
            "DesiredWeight": 1.0,
            "CurrentInstanceCount": 4,
            "DesiredInstanceCount": 4,
        }
    ]


def test_canary_goes_through(account: Account) -> None:
    account.sleep_until(60)
    assert account.update() == ENDPOINT_ARN
    account.sleep_until(60 + 400)
    body = account.look()
    assert (body["EndpointStatus"], body["EndpointConfigName"]) == ("Updating", "blue")
    assert body["LastDeploymentConfig"] == policy()
    assert body["LastModifiedTime"] == START + timedelta(seconds=60)
    assert body["ProductionVariants"][0]["CurrentInstanceCount"] == 4
    pending = body["PendingDeploymentSummary"]
    assert (pending["EndpointConfigName"], pending["StartTime"]) == (
        "green",
        START + timedelta(seconds=60),
    )
    (green,) = pending["ProductionVariants"]
    assert (green["CurrentInstanceCount"], green["DesiredInstanceCount"]) == (1, 4)
    assert green["VariantStatus"][0]["StartTime"] == START + timedelta(seconds=380)
    assert account.sagemaker.list_endpoints()["Endpoints"][0]["EndpointStatus"] == "Updating"
    account.sleep_until(2000)
    body = account.look()
    assert (body["EndpointStatus"], body["EndpointConfigName"]) == ("InService", "green")
    assert body["LastModifiedTime"] == START + timedelta(seconds=60 + 790)
    assert "PendingDeploymentSummary" not in body
    assert "FailureReason" not in body
    assert account.sagemaker.list_endpoints()["Endpoints"][0]["EndpointStatus"] == "InService"


def test_journal_has_every_change(account: Account) -> None:
    account.update()
    account.sleep_until(2000)
    assert account.journal() == [
        (0, "InService", "SETTLED", 0, 4, 0, "blue"),
        (0, "Updating", "PROVISIONING", 0, 4, 0, "blue"),
        (300, "Updating", "SHIFTING", 0, 4, 4, "blue"),
        (320, "Updating", "BAKING", 25, 4, 4, "blue"),
        (620, "Updating", "SHIFTING", 25, 4, 4, "blue"),
        (640, "Updating", "BAKING", 100, 4, 4, "blue"),
        (760, "Updating", "TERMINATING", 100, 0, 4, "blue"),
        (790, "InService", "SETTLED", 100, 0, 4, "green"),
    ]


def test_alarm_rolls_back(account: Account) -> None:
    account.update()
    account.sleep_until(400)
    account.trip("errors")
    assert account.look()["EndpointStatus"] == "Updating"
    account.sleep_until(415)
    green = account.look()["PendingDeploymentSummary"]["ProductionVariants"]
    assert statuses(green) == ["Deleting"]
    account.sleep_until(2000)
    body = account.look()
    assert (body["EndpointStatus"], body["EndpointConfigName"]) == ("InService", "blue")
    assert body["LastDeploymentConfig"] == policy()
    assert "FailureReason" not in body
    assert account.journal()[4:] == [
        (400, "Updating", "ROLLING_BACK", 25, 4, 4, "blue"),
        (410, "Updating", "ROLLING_BACK", 0, 4, 0, "blue"),
        (440, "InService", "SETTLED", 0, 4, 0, "blue"),
    ]
    details = [entry.data["detail"] for entry in account.world.journal.of_kind("endpoint")]
    assert details[-3] == "the alarm errors went into ALARM"


def test_alarm_that_is_in_alarm_already_rolls_back_when_traffic_is_due(account: Account) -> None:
    account.trip("errors")
    account.update()
    account.sleep_until(2000)
    assert [row[:3] for row in account.journal()[2:]] == [
        (300, "Updating", "ROLLING_BACK"),
        (330, "InService", "SETTLED"),
    ]


def test_where_alarms_are_read_by_edge_it_does_not() -> None:
    with EmbeddedAws(CREATED, alarms_read=AlarmsRead.EDGE) as aws:
        account = Account(aws)
        account.trip("errors")
        account.update()
        account.sleep_until(2000)
        assert account.journal()[-1][:3] == (790, "InService", "SETTLED")
        assert account.look()["EndpointConfigName"] == "green"


def test_failed_provisioning_leaves_its_reason(account: Account) -> None:
    environment = {"SIMULATED_PROVISIONING_ERROR": "InsufficientInstanceCapacity"}
    account.make_config("broken", environment)
    account.update(EndpointConfigName="broken")
    account.sleep_until(2000)
    body = account.look()
    assert (body["EndpointStatus"], body["EndpointConfigName"]) == ("InService", "blue")
    assert "InsufficientInstanceCapacity error" in body["FailureReason"]
    account.update()
    assert "FailureReason" not in account.look()


def test_maximum_execution_time(account: Account) -> None:
    account.update(policy(MaximumExecutionTimeoutInSeconds=600))
    account.sleep_until(2000)
    assert [row[:3] for row in account.journal()[4:]] == [
        (600, "Updating", "ROLLING_BACK"),
        (610, "Updating", "ROLLING_BACK"),
        (640, "InService", "SETTLED"),
    ]


def test_without_deployment_config_all_traffic_moves_at_once(account: Account) -> None:
    account.sagemaker.update_endpoint(EndpointName="churn-api", EndpointConfigName="green")
    account.sleep_until(2000)
    assert [row[:4] for row in account.journal()[1:]] == [
        (0, "Updating", "PROVISIONING", 0),
        (300, "Updating", "SHIFTING", 0),
        (320, "Updating", "TERMINATING", 100),
        (350, "InService", "SETTLED", 100),
    ]


def test_events_come_in_order_with_their_fields(account: Account) -> None:
    account.update()
    account.sleep_until(2000)
    told = [
        (
            (event["at"] - START).total_seconds(),
            event["detail_type"].removeprefix("SageMaker Endpoint "),
            event["detail"]["EndpointStatus"],
        )
        for event in account.events()
    ]
    assert told == [
        (0, "State Change", "IN_SERVICE"),
        (0, "State Change", "UPDATING"),
        (0, "Deployment State Change", "UPDATING"),
        (300, "Deployment State Change", "UPDATING"),
        (320, "Deployment State Change", "UPDATING"),
        (620, "Deployment State Change", "UPDATING"),
        (640, "Deployment State Change", "UPDATING"),
        (760, "Deployment State Change", "UPDATING"),
        (790, "State Change", "IN_SERVICE"),
    ]
    start = 1767603600000  # 2026-01-05T09:00:00Z
    assert account.events()[-1]["detail"] == {
        "EndpointName": "churn-api",
        "EndpointArn": ENDPOINT_ARN,
        "EndpointConfigName": "green",
        "ProductionVariants": [{"DesiredWeight": 1.0, "DesiredInstanceCount": 4}],
        "EndpointStatus": "IN_SERVICE",
        "CreationTime": start - 300_000,
        "LastModifiedTime": start + 790_000,
        "Tags": {},
    }
    counts = {"VariantName": "main", "CurrentWeight": 1.0, "DesiredWeight": 1.0}
    message = (
        "Baking for 300 seconds (TerminationWaitInSeconds) with traffic enabled on"
        " canary capacity of 1 instance(s)."
    )
    baking = {"Status": "Baking", "StatusMessage": message, "StartTime": start + 320_000}
    blue = counts | {"CurrentInstanceCount": 4, "DesiredInstanceCount": 4}
    green = counts | {"CurrentInstanceCount": 1, "DesiredInstanceCount": 4}
    assert account.events()[4]["detail"] == {
        "EndpointName": "churn-api",
        "EndpointArn": ENDPOINT_ARN,
        "EndpointConfigName": "blue",
        "ProductionVariants": [blue],
        "EndpointStatus": "UPDATING",
        "CreationTime": start - 300_000,
        "LastModifiedTime": start,
        "Tags": {},
        "PendingDeploymentSummary": {
            "EndpointConfigName": "green",
            "StartTime": start,
            "ProductionVariants": [green | {"VariantStatus": [baking]}],
        },
    }


def test_traffic_is_told_when_it_moves(account: Account) -> None:
    moves: list[tuple[float, list[tuple[str, float]]]] = []

    def note(endpoint: str) -> None:
        shares = [(fleet.config, fleet.share) for fleet in service.fleets(endpoint)]
        moves.append(((account.world.clock.now() - START).total_seconds(), shares))

    service.on_traffic_change(note)
    account.update()
    account.sleep_until(2000)
    assert moves == [
        (320, [("blue", 0.75), ("green", 0.25)]),
        (640, [("green", 1.0)]),
    ]
    account.sagemaker.delete_endpoint(EndpointName="churn-api")
    assert moves[2:] == [(2000, [])]


def test_counts_are_retained_on_demand(account: Account) -> None:
    account.rescale(DesiredInstanceCount=7)
    account.sleep_until(400)
    account.update(RetainAllVariantProperties=True)
    pending = account.look()["PendingDeploymentSummary"]["ProductionVariants"]
    assert pending[0]["DesiredInstanceCount"] == 7


@pytest.mark.parametrize(
    "members",
    [
        {},
        {
            "RetainAllVariantProperties": True,
            "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredInstanceCount"}],
        },
    ],
)
def test_counts_of_the_new_config_hold_otherwise(account: Account, members: dict[str, Any]) -> None:
    account.rescale(DesiredInstanceCount=7)
    account.sleep_until(400)
    account.update(**members)
    pending = account.look()["PendingDeploymentSummary"]["ProductionVariants"]
    assert pending[0]["DesiredInstanceCount"] == 4


def test_endpoint_that_is_being_updated_is_left_alone(account: Account) -> None:
    account.update()
    for call in (account.update, account.delete, account.rescale):
        assert refusal(call) == IN_PROGRESS


def test_unknown_names(account: Account) -> None:
    arn = "arn:aws:sagemaker:eu-central-1:123456789012"
    other = "other"
    assert refusal(account.update, EndpointName=other) == (
        f'Could not find endpoint "{arn}:endpoint/other".'
    )
    for call in (account.sagemaker.describe_endpoint, account.sagemaker.delete_endpoint):
        assert refusal(call, EndpointName=other) == (
            f'Could not find endpoint "{arn}:endpoint/other".'
        )
    assert refusal(account.update, EndpointConfigName=other) == (
        f'Could not find endpoint configuration "{arn}:endpoint-config/other".'
    )
    config = policy() | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": other}]}}
    assert refusal(account.update, config=config) == 'Could not find CloudWatch alarm "other".'


def test_names_that_are_taken(account: Account) -> None:
    arn = "arn:aws:sagemaker:eu-central-1:123456789012"
    create = account.sagemaker.create_endpoint
    assert refusal(create, EndpointName="Churn-API", EndpointConfigName="blue") == (
        f'Cannot create already existing endpoint "{arn}:endpoint/churn-api".'
    )
    assert refusal(account.make_config, name="blue") == (
        f'Cannot create already existing model "{arn}:model/blue-model".'
    )
    variant = account.sagemaker.describe_endpoint_config(EndpointConfigName="blue")
    assert refusal(
        account.sagemaker.create_endpoint_config,
        EndpointConfigName="blue",
        ProductionVariants=variant["ProductionVariants"],
    ) == (f'Cannot create already existing endpoint configuration "{arn}:endpoint-config/blue".')


ROUTING = "deploymentConfig.blueGreenUpdatePolicy.trafficRoutingConfiguration"


def routing(mode: str, wait: int = 0, **sizes: tuple[str, int]) -> dict[str, Any]:
    members = {name: {"Type": type_, "Value": value} for name, (type_, value) in sizes.items()}
    return {"Type": mode, "WaitIntervalInSeconds": wait, **members}


@pytest.mark.parametrize(
    ("bad", "path", "value", "rule"),
    [
        (
            routing("CANARY", 3601, CanarySize=("CAPACITY_PERCENT", 25)),
            f"{ROUTING}.waitIntervalInSeconds",
            "3601",
            "have value less than or equal to 3600",
        ),
        (
            routing("BIG_BANG"),
            f"{ROUTING}.type",
            "BIG_BANG",
            "satisfy enum value set: [ALL_AT_ONCE, CANARY, LINEAR]",
        ),
    ],
)
def test_limits_that_botocore_lets_pass(
    account: Account, bad: dict[str, Any], path: str, value: str, rule: str
) -> None:
    assert refusal(account.update, config=policy(bad)) == (
        f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint:"
        f" Member must {rule}"
    )


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (
            routing("CANARY"),
            "TrafficRoutingConfiguration of Type CANARY requires CanarySize.",
        ),
        (
            routing("ALL_AT_ONCE", CanarySize=("CAPACITY_PERCENT", 25)),
            "TrafficRoutingConfiguration of Type ALL_AT_ONCE does not take CanarySize.",
        ),
    ],
)
def test_rules_of_the_developer_guide(account: Account, bad: dict[str, Any], message: str) -> None:
    assert refusal(account.update, config=policy(bad)) == message


@pytest.mark.parametrize(
    ("bad", "bounds", "size"),
    [
        (
            routing("CANARY", CanarySize=("INSTANCE_COUNT", 3)),
            "CanarySize must be at most 50 %",
            "INSTANCE_COUNT 3",
        ),
        (
            routing("LINEAR", LinearStepSize=("CAPACITY_PERCENT", 9)),
            "LinearStepSize must be 10 to 50 %",
            "CAPACITY_PERCENT 9",
        ),
        (
            routing("LINEAR", LinearStepSize=("INSTANCE_COUNT", 3)),
            "LinearStepSize must be 10 to 50 %",
            "INSTANCE_COUNT 3",
        ),
    ],
)
def test_sizes_keep_to_their_part_of_the_fleet(
    account: Account, bad: dict[str, Any], bounds: str, size: str
) -> None:
    assert refusal(account.update, config=policy(bad)) == (
        f"{bounds} of the instances of variant main, which has 4; {size} is not."
    )


def test_maximum_execution_time_has_its_range(account: Account) -> None:
    config = policy(MaximumExecutionTimeoutInSeconds=28801, TerminationWaitInSeconds=9999)
    message = refusal(account.update, config=config)
    assert message.startswith("2 validation errors detected: Value '9999' at 'deploymentConfig.")
    assert message.endswith("Member must have value less than or equal to 28800")


def test_what_is_not_modelled_is_refused(account: Account) -> None:
    say = "{} is not modelled by the simulator.".format
    assert refusal(account.update, EndpointConfigName="blue") == say(
        "An update to the endpoint config that the endpoint serves already"
    )
    assert refusal(account.make_config, name="components", ModelName=None) == say(
        "A production variant without ModelName (inference components)"
    )


def test_shadow_variants_are_kept_and_not_deployed(account: Account) -> None:
    blue = account.sagemaker.describe_endpoint_config(EndpointConfigName="blue")
    (variant,) = blue["ProductionVariants"]
    shadow = variant | {"VariantName": "shadow"}
    account.sagemaker.create_endpoint_config(
        EndpointConfigName="shadowed",
        ProductionVariants=[variant],
        ShadowProductionVariants=[shadow],
        ExecutionRoleArn="arn:aws:iam::123456789012:role/model",
    )
    body = account.sagemaker.describe_endpoint_config(EndpointConfigName="shadowed")
    assert body["ShadowProductionVariants"] == [shadow]
    assert body["ExecutionRoleArn"] == "arn:aws:iam::123456789012:role/model"
    assert refusal(account.update, EndpointConfigName="shadowed") == (
        "An endpoint config with ShadowProductionVariants is not modelled by the simulator."
    )


def test_variants_keep_their_names(account: Account) -> None:
    account.make_config("renamed", VariantName="other")
    assert refusal(account.update, EndpointConfigName="renamed") == (
        "For an update with a DeploymentConfig the endpoint and the new endpoint configuration must"
        " have the same variant names: main and other."
    )


def test_behavior_that_means_nothing_is_refused_with_the_model(account: Account) -> None:
    environment = {"SIMULATED_ERROR_RATE": "2"}
    assert refusal(account.make_config, name="odd", environment=environment) == (
        "Environment: SIMULATED_ERROR_RATE is '2'; allowed: a number from 0 to 1."
    )


def test_behavior_reaches_the_traffic(account: Account) -> None:
    environment = {
        "SIMULATED_ERROR_RATE": "0.2",
        "SIMULATED_LATENCY_MS": "80",
        "SIMULATED_PROVISIONING_SECONDS": "100",
    }
    account.make_config("poor", environment)
    account.update(EndpointConfigName="poor")
    account.sleep_until(121)
    green = service.fleets("churn-api")[1]
    assert (green.config, green.error_rate, green.latency_ms) == ("poor", 0.2, 80.0)


def test_instance_type_that_does_not_exist(account: Account) -> None:
    message = refusal(account.make_config, name="odd", InstanceType="ml.z9.xlarge")
    assert message.startswith(
        "1 validation error detected: Value 'ml.z9.xlarge' at"
        " 'productionVariants.1.member.instanceType' failed to satisfy constraint: Member must"
        " satisfy enum value set: [ml.t2.medium, "
    )


def test_tags_of_an_endpoint_with_capital_letters(account: Account) -> None:
    arn = account.sagemaker.create_endpoint(
        EndpointName="Fraud-API",
        EndpointConfigName="blue",
        Tags=[{"Key": "team", "Value": "risk"}],
    )["EndpointArn"]
    assert arn == "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/fraud-api"
    assert account.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [
        {"Key": "team", "Value": "risk"}
    ]
    assert account.sagemaker.describe_endpoint(EndpointName="Fraud-API")["EndpointName"] == (
        "Fraud-API"
    )


def test_deployment_config_of_a_new_endpoint_is_remembered(account: Account) -> None:
    account.sagemaker.create_endpoint(
        EndpointName="fraud-api", EndpointConfigName="blue", DeploymentConfig=policy()
    )
    body = account.sagemaker.describe_endpoint(EndpointName="fraud-api")
    assert body["LastDeploymentConfig"] == policy()
