"""The way out of UpdateRollbackFailed: to another config, or back to the one that is named."""

import json
import re
from typing import Any

import pytest

from bluegreen_simulator.aws.sagemaker.service import make_trouble
from bluegreen_simulator.rules.fleet.provisioning import Trouble
from registry_account import Registry, policy_of, running_registry

CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 10,
    "DestinationS3Uri": "s3://captured/churn",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
ROLLING = {
    "RollingUpdatePolicy": {
        "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
        "WaitIntervalInSeconds": 300,
        "MaximumExecutionTimeoutInSeconds": 7200,
    }
}


def request(config: str, **members: Any) -> dict[str, Any]:
    policy = policy_of("churn")["DeploymentConfig"]
    return {
        "EndpointName": "churn",
        "EndpointConfigName": config,
        "DeploymentConfig": policy,
        **members,
    }


def make_config(registry: Registry, name: str) -> None:
    body = registry.config("churn-one")
    variants = body["ProductionVariants"]
    registry.sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=variants, DataCaptureConfig=CAPTURE
    )


def strand(registry: Registry) -> None:
    """Have a rolling update fail at its second batch, and its rollback too."""
    make_config(registry, "churn-two")
    make_trouble("churn", Trouble(no_capacity_at=2, rollback_fails=True))
    alarms = policy_of("churn")["DeploymentConfig"]["AutoRollbackConfiguration"]
    config = {**ROLLING, "AutoRollbackConfiguration": alarms}
    record = registry.start("rolling", request("churn-two", DeploymentConfig=config))
    assert record["Verdict"] == "ROLLBACK_FAILED"
    assert status(registry) == ("UpdateRollbackFailed", "churn-one")


def status(registry: Registry) -> tuple[str, str]:
    found = registry.sagemaker.describe_endpoint(EndpointName="churn")
    return found["EndpointStatus"], found["EndpointConfigName"]


def found(record: dict[str, Any], id_: str) -> dict[str, str]:
    (one,) = [finding for finding in record["Findings"] if finding["Id"] == id_]
    return dict(one)


@pytest.mark.parametrize("config", ["churn-two", "churn-three"])
def test_a_blue_green_deployment_to_another_config_mends_it(config: str) -> None:
    with running_registry("churn") as registry:
        strand(registry)
        make_config(registry, "churn-three")
        dry = registry.start("dry", request(config, DryRun=True))
        assert dry["WouldBeRejected"] is False
        told = found(dry, "endpoint-rollback-failed")
        assert told["Severity"] == "WARNING"
        assert "instances of two endpoint configs answer requests" in told["Message"]
        assert registry.start("mended", request(config))["Verdict"] == "SUCCEEDED"
        assert status(registry) == ("InService", config)


def test_the_refusal_of_the_config_that_is_named_says_how_to_go_back_to_it() -> None:
    with running_registry() as registry:
        registry.add_group("churn", DataCaptureConfig=CAPTURE, KmsKeyId="alias/volumes")
        registry.sleep(300)
        strand(registry)
        refused = registry.start("back", request("churn-one"))
        assert refused["Verdict"] == "REJECTED"
        fix = found(refused, "same-config")["Fix"]
        assert fix in refused["Reason"], "the notification says it whole"

        copied = copy_as(fix, registry)
        record = registry.start("copied", request(copied))
        assert record["Verdict"] == "SUCCEEDED"
        assert "config-differs" not in [finding["Id"] for finding in record["Findings"]]
        assert status(registry) == ("InService", copied)
        body = registry.config(copied)
        assert (body["DataCaptureConfig"], body["KmsKeyId"]) == (CAPTURE, "alias/volumes")
        assert registry.tags(body["EndpointConfigArn"])["bluegreen:copy-of"] == "churn-one"


def copy_as(fix: str, registry: Registry) -> str:
    """Do with boto3 what the fix says to type; the name of the copy."""
    typed = re.search(
        r"describe-endpoint-config --endpoint-config-name (\S+) \| jq"
        r" '\.EndpointConfigName\+=\"(\S+)\" \| del\(\.(\w+), \.(\w+)\)'"
        r" .* --cli-input-json file://copy\.json --tags Key=(\S+),Value=([\w-]+)`",
        fix,
    )
    assert typed
    name, suffix, *removed, key, value = typed.groups()
    shown = json.loads(json.dumps(registry.config(name), default=str))
    body = {k: v for k, v in shown.items() if k not in (*removed, "ResponseMetadata")}
    body["EndpointConfigName"] += suffix
    registry.sagemaker.create_endpoint_config(**body, Tags=[{"Key": key, "Value": value}])
    return str(body["EndpointConfigName"])
