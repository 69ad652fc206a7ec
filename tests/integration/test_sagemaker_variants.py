"""Updates without a DeploymentConfig that add, remove and replace variants, as people make them."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from bluegreen_simulator.aws.sagemaker import service
from bluegreen_simulator.aws.sagemaker.runtime import active_instances
from sagemaker_account import Account, policy, refusal, running_account, statuses

CHALLENGED = (("main", 4, 3.0), ("challenger", 2, 1.0))
REPLACED = (("other", 2, 1.0),)


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as account:
        account.make_config("new")
        yield account


def make(account: Account, name: str, *variants: tuple[str, int, float]) -> None:
    account.sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[
            {
                "VariantName": variant,
                "InitialInstanceCount": instances,
                "InitialVariantWeight": weight,
                "ModelName": "new-model",
                "InstanceType": "ml.g5.xlarge",
            }
            for variant, instances, weight in variants
        ],
    )


def move(account: Account, config: str, **members: Any) -> None:
    account.sagemaker.update_endpoint(
        EndpointName="churn-api", EndpointConfigName=config, **members
    )


def counts(variants: Any) -> dict[str, tuple[int, int]]:
    return {
        v["VariantName"]: (v["CurrentInstanceCount"], v["DesiredInstanceCount"]) for v in variants
    }


def shares() -> list[tuple[str, str, float]]:
    return [(f.config, f.variant, f.share) for f in service.fleets("churn-api")]


def test_a_variant_is_added(account: Account) -> None:
    make(account, "challenged", *CHALLENGED)
    move(account, "challenged")
    body = account.look()
    assert counts(body["ProductionVariants"]) == {"main": (4, 4)}
    pending = body["PendingDeploymentSummary"]["ProductionVariants"]
    assert counts(pending) == {"main": (0, 4), "challenger": (0, 2)}
    assert statuses(pending) == ["Creating", "Creating"]
    account.sleep_until(310)
    assert shares() == [("blue", "main", 1.0)]
    account.sleep_until(330)
    body = account.look()
    assert counts(body["ProductionVariants"]) == {"main": (4, 4)}
    assert statuses(body["ProductionVariants"]) == ["Deleting"]
    assert shares() == [("challenged", "main", 0.75), ("challenged", "challenger", 0.25)]
    account.sleep_until(400)
    body = account.look()
    assert (body["EndpointStatus"], body["EndpointConfigName"]) == ("InService", "challenged")
    assert counts(body["ProductionVariants"]) == {"main": (4, 4), "challenger": (2, 2)}


def test_a_variant_is_removed(account: Account) -> None:
    make(account, "challenged", *CHALLENGED)
    move(account, "challenged")
    account.sleep_until(400)
    move(account, "green")
    account.sleep_until(800)
    body = account.look()
    assert (body["EndpointStatus"], body["EndpointConfigName"]) == ("InService", "green")
    assert counts(body["ProductionVariants"]) == {"main": (4, 4)}
    assert shares() == [("green", "main", 1.0)]


def test_a_variant_is_replaced(account: Account) -> None:
    make(account, "replaced", *REPLACED)
    move(account, "replaced")
    account.sleep_until(310)
    assert active_instances("churn-api") == {("blue", "main"): 4, ("replaced", "other"): 0}
    assert shares() == [("blue", "main", 1.0)]
    account.sleep_until(330)
    assert active_instances("churn-api") == {("blue", "main"): 0, ("replaced", "other"): 2}
    account.sleep_until(400)
    assert account.journal()[1:] == [
        (0, "Updating", "PROVISIONING", 0, 4, 0, "blue"),
        (300, "Updating", "SHIFTING", 0, 4, 2, "blue"),
        (320, "Updating", "TERMINATING", 100, 0, 2, "blue"),
        (350, "InService", "SETTLED", 100, 0, 2, "replaced"),
    ]
    *_, deleting, _ = account.events()
    assert counts(deleting["detail"]["ProductionVariants"]) == {"main": (4, 4)}
    pending = deleting["detail"]["PendingDeploymentSummary"]["ProductionVariants"]
    assert counts(pending) == {"other": (2, 2)}


def test_requests_and_metrics_follow_the_variants(account: Account) -> None:
    runtime = boto3.client("sagemaker-runtime", region_name="eu-central-1")
    ask: Any = {"EndpointName": "churn-api", "Body": b"1,2", "ContentType": "text/csv"}
    make(account, "replaced", *REPLACED)
    move(account, "replaced")
    assert runtime.invoke_endpoint(**ask)["InvokedProductionVariant"] == "main"
    with pytest.raises(runtime.exceptions.ValidationError, match="Variant other of endpoint"):
        runtime.invoke_endpoint(**ask, TargetVariant="other")
    account.sleep_until(400)
    assert runtime.invoke_endpoint(**ask)["InvokedProductionVariant"] == "other"
    account.sleep_until(500)
    found = account.cloudwatch.get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName="InvocationsPerInstance",
        Dimensions=[
            {"Name": "EndpointName", "Value": "churn-api"},
            {"Name": "VariantName", "Value": "other"},
        ],
        StartTime=account.world.clock.now().replace(hour=8),
        EndTime=account.world.clock.now(),
        Period=3600,
        Statistics=["Sum"],
    )
    assert [point["Sum"] for point in found["Datapoints"]] == [0.5]
    with pytest.raises(runtime.exceptions.ValidationError, match="Variant main of endpoint"):
        runtime.invoke_endpoint(**ask, TargetVariant="main")


def test_a_new_variant_that_does_not_come_up_leaves_the_old_ones(account: Account) -> None:
    broken = {"SIMULATED_PROVISIONING_ERROR": "InsufficientInstanceCapacity"}
    account.make_config("broken", broken, VariantName="other")
    move(account, "broken")
    account.sleep_until(400)
    body = account.look()
    assert (body["EndpointStatus"], body["EndpointConfigName"]) == ("InService", "blue")
    assert counts(body["ProductionVariants"]) == {"main": (4, 4)}
    assert shares() == [("blue", "main", 1.0)]


def test_properties_are_retained_of_the_variants_that_stay(account: Account) -> None:
    account.rescale(DesiredInstanceCount=7)
    account.sleep_until(400)
    make(account, "challenged", *CHALLENGED)
    move(account, "challenged", RetainAllVariantProperties=True)
    pending = account.look()["PendingDeploymentSummary"]["ProductionVariants"]
    assert counts(pending) == {"main": (0, 7), "challenger": (0, 2)}


def test_capacity_is_changed_of_one_variant_in_a_call_and_weights_of_several(
    account: Account,
) -> None:
    make(account, "challenged", *CHALLENGED)
    move(account, "challenged")
    account.sleep_until(400)
    rescale = account.sagemaker.update_endpoint_weights_and_capacities
    names = ("main", "challenger")
    counts: Any = [{"VariantName": name, "DesiredInstanceCount": 3} for name in names]
    assert refusal(rescale, EndpointName="churn-api", DesiredWeightsAndCapacities=counts) == (
        "DesiredInstanceCount can be changed for one variant in a request, not for 2: main,"
        " challenger."
    )
    weights: Any = [{"VariantName": name, "DesiredWeight": 1.0} for name in names]
    rescale(EndpointName="churn-api", DesiredWeightsAndCapacities=weights)
    account.sleep_until(500)
    assert [share for _, _, share in shares()] == [0.5, 0.5]


def test_guardrails_ask_for_the_same_variants_however_they_are_given(account: Account) -> None:
    make(account, "replaced", *REPLACED)
    words = "must have the same variant names: main and other."
    config: Any = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}
    assert refusal(account.update, config=config, EndpointConfigName="replaced").endswith(words)
    account.update(policy())
    account.sleep_until(2000)
    with pytest.raises(account.sagemaker.exceptions.ClientError, match=words):
        move(account, "replaced", RetainDeploymentConfig=True)
    move(account, "replaced")


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"BlueGreenUpdatePolicy": {}}, "blueGreenUpdatePolicy.trafficRoutingConfiguration"),
        (
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {"WaitIntervalInSeconds": 60}
                }
            },
            "blueGreenUpdatePolicy.trafficRoutingConfiguration.type",
        ),
        (
            {"RollingUpdatePolicy": {"WaitIntervalInSeconds": 60}},
            "rollingUpdatePolicy.maximumBatchSize",
        ),
    ],
)
def test_a_policy_without_a_required_member_is_refused(
    account: Account, config: Any, path: str
) -> None:
    unchecked = Config(parameter_validation=False)
    account.sagemaker = boto3.client("sagemaker", region_name="eu-central-1", config=unchecked)
    assert refusal(account.update, config=config) == (
        f"1 validation error detected: Value null at 'deploymentConfig.{path}' failed to satisfy"
        " constraint: Member must not be null"
    )
