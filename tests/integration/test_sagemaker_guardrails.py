"""What UpdateEndpoint does with alarms, retained configs and fleets that have no guardrails."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from bluegreen_simulator.aws.sagemaker import service
from bluegreen_simulator.aws.sagemaker.meters import add_traffic
from builders import log_alarm
from sagemaker_account import Account, policy, refusal, rolling, running_account

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import (
        DeploymentConfigTypeDef,
        ModelPackageContainerDefinitionTypeDef,
    )

ROLE = "arn:aws:iam::123456789012:role/model"
SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as account:
        yield account


def test_retained_deployment_config_is_the_last_one_again(account: Account) -> None:
    account.update(rolling(2))
    account.sleep_until(2000)
    account.sagemaker.update_endpoint(
        EndpointName="churn-api", EndpointConfigName="blue", RetainDeploymentConfig=True
    )
    assert account.look()["LastDeploymentConfig"] == rolling(2)
    account.sleep_until(4000)
    assert [row[0] - 2000 for row in account.journal()[10:]] == [
        *(0, 300, 320, 380, 410, 710, 730, 790, 820)
    ]


def test_retained_deployment_config_of_a_new_endpoint(account: Account) -> None:
    account.sagemaker.create_endpoint(
        EndpointName="fraud-api", EndpointConfigName="blue", DeploymentConfig=policy()
    )
    service.settle("fraud-api")
    account.sagemaker.update_endpoint(
        EndpointName="fraud-api", EndpointConfigName="green", RetainDeploymentConfig=True
    )
    account.sleep_until(300 + 400)
    body = account.sagemaker.describe_endpoint(EndpointName="fraud-api")
    assert body["LastDeploymentConfig"] == policy()
    assert body["PendingDeploymentSummary"]["ProductionVariants"][0]["CurrentInstanceCount"] == 1


def test_retained_deployment_config_that_never_was_is_all_at_once(account: Account) -> None:
    account.sagemaker.update_endpoint(
        EndpointName="churn-api", EndpointConfigName="green", RetainDeploymentConfig=True
    )
    account.sleep_until(2000)
    assert [row[0] for row in account.journal()[1:]] == [0, 300, 320, 350]


def test_deployment_config_is_given_or_retained(account: Account) -> None:
    assert refusal(account.update, RetainDeploymentConfig=True) == (
        "DeploymentConfig and RetainDeploymentConfig exclude each other."
    )


def test_data_capture_config_cannot_be_excluded(account: Account) -> None:
    excluded = [{"VariantPropertyType": "DataCaptureConfig"}]
    members = {"RetainAllVariantProperties": True, "ExcludeRetainedVariantProperties": excluded}
    assert refusal(account.update, **members) == (
        "ExcludeRetainedVariantProperties with DataCaptureConfig is not supported."
    )


def test_insufficient_data_does_not_roll_back(account: Account) -> None:
    account.trip("errors", "OK")
    account.update()
    account.sleep_until(400)
    account.trip("errors", "INSUFFICIENT_DATA")
    account.sleep_until(2000)
    assert account.look()["EndpointConfigName"] == "green"


def test_composite_alarm_rolls_back_by_its_name(account: Account) -> None:
    account.cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule='ALARM("errors")')
    config = policy() | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "any"}]}}
    account.update(config)
    account.sleep_until(400)
    account.trip("errors")
    account.sleep_until(2000)
    assert account.look()["EndpointConfigName"] == "blue"
    details = [entry.data["detail"] for entry in account.world.journal.of_kind("endpoint")]
    assert details[-1] == "the alarm any went into ALARM"


def test_alarm_on_logs_rolls_back_by_its_name(account: Account) -> None:
    account.cloudwatch.put_log_alarm(**log_alarm())
    config = policy() | {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "tracebacks"}]}}
    account.update(config)
    account.sleep_until(400)
    account.trip("tracebacks")
    account.sleep_until(2000)
    assert account.look()["EndpointConfigName"] == "blue"


@pytest.mark.parametrize(("minutes", "serves"), [(0, "blue"), (10, "blue"), (60, "failing")])
def test_an_alarm_that_warms_up_does_not_roll_back(
    account: Account, minutes: int, serves: str
) -> None:
    """The canary bakes until 600 s, the whole fleet until 720 s."""
    whole = {"OnlyStartEvaluatingAfterWarmUpPeriodEnds": True}
    warm_up = {"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": minutes, **whole}}
    members: Any = warm_up if minutes else {}
    dimensions = {"EndpointName": "churn-api", "VariantName": "main"}
    account.cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.05,
        ComparisonOperator="GreaterThanThreshold",
        **members,
    )
    account.make_config("failing", {"SIMULATED_ERROR_RATE": "1"})
    add_traffic("churn-api", 5)
    account.update(EndpointConfigName="failing")
    account.sleep_until(3000)
    assert account.look()["EndpointConfigName"] == serves


def test_alarm_that_is_deleted_meanwhile_does_not_roll_back(account: Account) -> None:
    account.update()
    account.sleep_until(400)
    account.cloudwatch.delete_alarms(AlarmNames=["errors"])
    account.sleep_until(2000)
    assert account.look()["EndpointConfigName"] == "green"


def make_serverless(account: Account, name: str) -> None:
    account.make_config(
        name, ServerlessConfig=SERVERLESS, InstanceType=None, InitialInstanceCount=None
    )


def make_marketplace(account: Account, name: str) -> None:
    package = "arn:aws:sagemaker:eu-central-1:999999999999:model-package/seller-model"
    account.sagemaker.create_model(
        ModelName=f"{name}-model",
        PrimaryContainer={"ModelPackageName": package},
        ExecutionRoleArn=ROLE,
    )
    account.make_config_of_model(name)


def make_inferentia(account: Account, name: str) -> None:
    account.make_config(name, InstanceType="ml.inf1.xlarge")


def make_certified(account: Account, name: str) -> None:
    container: ModelPackageContainerDefinitionTypeDef = {"Image": "registry/certified:1"}
    package = account.sagemaker.create_model_package(
        ModelPackageName=f"{name}-package",
        CertifyForMarketplace=True,
        InferenceSpecification={
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    account.sagemaker.create_model(
        ModelName=f"{name}-model",
        PrimaryContainer={"ModelPackageName": package},
        ExecutionRoleArn=ROLE,
    )
    account.make_config_of_model(name)


@pytest.mark.parametrize("make", [make_inferentia, make_marketplace, make_certified])
@pytest.mark.parametrize("config", [policy(), rolling(2)])
def test_excluded_fleet_is_updated_at_once_and_unwatched(
    account: Account, make: Any, config: "DeploymentConfigTypeDef"
) -> None:
    make(account, "excluded")
    account.trip("errors")
    account.update(config, EndpointConfigName="excluded")
    assert account.look()["LastDeploymentConfig"] == config
    account.sleep_until(2000)
    assert [row[:4] for row in account.journal()[1:]] == [
        (0, "Updating", "PROVISIONING", 0),
        (300, "Updating", "SHIFTING", 0),
        (320, "Updating", "TERMINATING", 100),
        (350, "InService", "SETTLED", 100),
    ]
    assert [event["detail_type"] for event in account.events()[1:]] == [
        "SageMaker Endpoint State Change",
        "SageMaker Endpoint State Change",
    ]
    account.update(EndpointConfigName="green")  # to leave the exclusion is unguarded, too
    account.sleep_until(4000)
    assert len(account.journal()) == 9


def test_serverless_endpoint(account: Account) -> None:
    make_serverless(account, "small")
    make_serverless(account, "big")
    account.sagemaker.create_endpoint(EndpointName="lambda", EndpointConfigName="small")
    service.settle("lambda")
    body = account.sagemaker.describe_endpoint(EndpointName="lambda")
    assert body["ProductionVariants"] == [
        {
            "VariantName": "main",
            "CurrentWeight": 1.0,
            "DesiredWeight": 1.0,
            "CurrentServerlessConfig": SERVERLESS,
            "DesiredServerlessConfig": SERVERLESS,
        }
    ]
    to_big: dict[str, Any] = {"EndpointName": "lambda", "EndpointConfigName": "big"}
    assert refusal(account.update, config=rolling(), **to_big) == (
        "RollingUpdatePolicy does not take a serverless endpoint."
    )
    account.update(**to_big)
    account.sleep_until(2000)
    body = account.sagemaker.describe_endpoint(EndpointName="lambda")
    assert body["EndpointConfigName"] == "big"
    rows = [row for row in account.journal() if row[6] in ("small", "big")]
    assert [(row[0], row[4], row[5]) for row in rows[2:]] == [
        *((300, 0, 0), (600, 0, 0), (620, 0, 0), (650, 0, 0))
    ]


def test_serverless_endpoint_that_becomes_real_time_has_no_counts_to_retain(
    account: Account,
) -> None:
    make_serverless(account, "small")
    account.sagemaker.create_endpoint(EndpointName="lambda", EndpointConfigName="small")
    service.settle("lambda")
    account.update(EndpointName="lambda", RetainAllVariantProperties=True)
    pending = account.sagemaker.describe_endpoint(EndpointName="lambda")["PendingDeploymentSummary"]
    assert pending["ProductionVariants"][0]["DesiredInstanceCount"] == 4


def test_real_time_endpoint_does_not_become_serverless(account: Account) -> None:
    make_serverless(account, "small")
    assert refusal(account.update, EndpointConfigName="small") == (
        "A real-time endpoint cannot be updated to a serverless one."
    )
