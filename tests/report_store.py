"""What is stored in the bucket of reports, for tests of it."""

import json
from typing import Final

from registry_account import Registry

REQUEST: Final = {
    "EndpointName": "churn",
    "EndpointConfigName": "churn-green",
    "DeploymentConfigName": "Canary25Percent10Minutes",
    "DeploymentConfig": {
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "churn-5xx"}]},
    },
}

Objects = dict[str, list[str]]
"""The versions of each object, the oldest first."""


def stored(registry: Registry) -> Objects:
    s3, bucket = registry.aws.client("s3"), registry.stack.outputs["ReportsBucketName"]
    found: Objects = {}
    versions = s3.list_object_versions(Bucket=bucket).get("Versions", [])
    for version in sorted(versions, key=lambda each: each["LastModified"]):
        id_ = {"VersionId": version["VersionId"]}
        page = s3.get_object(Bucket=bucket, Key=version["Key"], **id_)["Body"].read().decode()
        found.setdefault(version["Key"], []).append(page)
    return found


def make_green(registry: Registry, environment: dict[str, str]) -> None:
    registry.make_model("green", registry.register("churn", environment))
    (variant,) = registry.config("churn-one")["ProductionVariants"]
    registry.sagemaker.create_endpoint_config(
        EndpointConfigName="churn-green", ProductionVariants=[{**variant, "ModelName": "green"}]
    )
    registry.sleep(300)


def dead_letters(registry: Registry) -> list[str]:
    """The functions whose events were given up."""
    sqs = registry.aws.client("sqs")
    url = registry.stack.resources["UnprocessedEventsQueue"]
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
    return [body["requestContext"]["functionArn"] for body in bodies]
