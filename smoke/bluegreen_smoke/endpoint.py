"""The endpoint that is deployed to: role, model, three configs, endpoint."""

import io
import json
import tarfile
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError

from bluegreen_smoke.aws import exists
from bluegreen_smoke.run import BLUE, GREEN, RED, ROOT, VARIANT, Smoke
from bluegreen_smoke.steps import Step, StepFailedError, Thing, wait_until

FAMILIAR_SECONDS: Final = 120
"""How long AWS may need until a new role is known everywhere."""

PROVISIONING_SECONDS: Final = 3600
SETTLING_SECONDS: Final = 3 * 3600
IN_PROGRESS: Final = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")

SCIKIT_LEARN: Final = "sagemaker-scikit-learn:1.2-1-cpu-py3"
REGISTRIES: Final = {
    "ap-northeast-1": "354813040037",
    "ap-northeast-2": "366743142698",
    "ap-south-1": "720646828776",
    "ap-southeast-1": "121021644041",
    "ap-southeast-2": "783357654285",
    "ca-central-1": "341280168497",
    "eu-central-1": "492215442770",
    "eu-north-1": "662702820516",
    "eu-west-1": "141502667606",
    "eu-west-2": "764974769150",
    "eu-west-3": "659782779980",
    "sa-east-1": "737474898029",
    "us-east-1": "683313688378",
    "us-east-2": "257758044811",
    "us-west-1": "746614075791",
    "us-west-2": "246618743249",
}
"""AWS's accounts for its scikit-learn image, by region (SageMaker Python SDK, sklearn.json)."""


def default_image(region: str) -> str:
    """AWS's scikit-learn image in a region; StepFailedError where its account is not known."""
    if region not in REGISTRIES:
        raise StepFailedError(f"there is no default image for {region}; name one with --image")
    return f"{REGISTRIES[region]}.dkr.ecr.{region}.amazonaws.com/{SCIKIT_LEARN}"


def steps(smoke: Smoke) -> list[Step]:
    """The steps that make an endpoint in service."""
    configs = tuple(_config(smoke, word) for word in (BLUE, GREEN, RED))
    return [
        Step(
            "role",
            "a role for the model, which may describe alarms",
            lambda: _make_role(smoke),
            (_role(smoke),),
        ),
        Step(
            "model",
            "a model with a small image and a tiny artefact",
            lambda: _make_model(smoke),
            (_model(smoke),),
        ),
        Step(
            "configs",
            "three endpoint configs that differ in name only",
            lambda: _make_configs(smoke),
            configs,
        ),
        Step(
            "endpoint",
            "an endpoint becomes InService",
            lambda: _make_endpoint(smoke),
            (_log_group(smoke), _endpoint(smoke)),
        ),
    ]


# ---- Role ---------------------------------------------------------------------------------------


def _make_role(smoke: Smoke) -> str:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    client = smoke.aws.client("iam")
    made = client.create_role(RoleName=smoke.name, AssumeRolePolicyDocument=_document(trust))
    policy = _document(*_statements(smoke))
    client.put_role_policy(RoleName=smoke.name, PolicyName="model", PolicyDocument=policy)
    return str(made["Role"]["Arn"])


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _statements(smoke: Smoke) -> list[dict[str, Any]]:
    everywhere = [
        "cloudwatch:DescribeAlarms",  # without it, SageMaker cannot watch
        "cloudwatch:PutMetricData",
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
    ]
    bucket = f"arn:{smoke.partition}:s3:::{smoke.name}"
    return [
        {"Effect": "Allow", "Action": everywhere, "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:ListBucket"],
            "Resource": [bucket, f"{bucket}/*"],
        },
    ]


def _role(smoke: Smoke) -> Thing:
    client = smoke.aws.client("iam")

    def delete() -> None:
        for policy in client.list_role_policies(RoleName=smoke.name)["PolicyNames"]:
            client.delete_role_policy(RoleName=smoke.name, PolicyName=policy)
        client.delete_role(RoleName=smoke.name)

    there = partial(exists, lambda: client.get_role(RoleName=smoke.name))
    return Thing(f"role {smoke.name}", there, delete)


# ---- Model and configs --------------------------------------------------------------------------


def artefact() -> bytes:
    """The model: a script that answers, and nothing that was trained."""
    package = io.BytesIO()
    with tarfile.open(fileobj=package, mode="w:gz") as archive:
        archive.add(ROOT / "smoke/model/inference.py", "code/inference.py")
    return package.getvalue()


def _make_model(smoke: Smoke) -> str:
    image = smoke.options.image or default_image(str(smoke.aws.region))
    smoke.aws.client("s3").put_object(Bucket=smoke.name, Key="model.tar.gz", Body=artefact())
    if not wait_until(partial(_model_is_made, smoke, image), smoke.clock, FAMILIAR_SECONDS):
        raise StepFailedError("SageMaker could not use the new role, or reach the artefact")
    return image


def _model_is_made(smoke: Smoke, image: str) -> bool:
    try:
        smoke.aws.client("sagemaker").create_model(
            ModelName=smoke.name,
            ExecutionRoleArn=smoke.aws.client("iam").get_role(RoleName=smoke.name)["Role"]["Arn"],
            PrimaryContainer={
                "Image": image,
                "ModelDataUrl": f"s3://{smoke.name}/model.tar.gz",
                "Environment": {
                    "SAGEMAKER_PROGRAM": "inference.py",
                    "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
                },
            },
        )
    except ClientError as error:
        if "could not" in str(error).lower():  # "Could not assume role", "Could not access"
            return False
        raise
    return True


def _model(smoke: Smoke) -> Thing:
    client = smoke.aws.client("sagemaker")
    return Thing(
        f"model {smoke.name}",
        lambda: exists(lambda: client.describe_model(ModelName=smoke.name)),
        lambda: client.delete_model(ModelName=smoke.name),
    )


def _make_configs(smoke: Smoke) -> str:
    variant = {
        "VariantName": VARIANT,
        "ModelName": smoke.name,
        "InitialInstanceCount": smoke.options.instances,
        "InstanceType": smoke.options.instance_type,
    }
    names = [smoke.named(word) for word in (BLUE, GREEN, RED)]
    for name in names:
        smoke.aws.client("sagemaker").create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[variant]
        )
    return f"{smoke.options.instances} x {smoke.options.instance_type}: {', '.join(names)}"


def _config(smoke: Smoke, word: str) -> Thing:
    client, name = smoke.aws.client("sagemaker"), smoke.named(word)
    return Thing(
        f"endpoint config {name}",
        lambda: exists(lambda: client.describe_endpoint_config(EndpointConfigName=name)),
        lambda: client.delete_endpoint_config(EndpointConfigName=name),
    )


# ---- Endpoint -----------------------------------------------------------------------------------


def _make_endpoint(smoke: Smoke) -> str:
    client = smoke.aws.client("sagemaker")
    client.create_endpoint(EndpointName=smoke.name, EndpointConfigName=smoke.named(BLUE))
    if not wait_until(partial(is_settled, smoke), smoke.clock, PROVISIONING_SECONDS):
        raise StepFailedError(f"not in service after {PROVISIONING_SECONDS} seconds")
    found = client.describe_endpoint(EndpointName=smoke.name)
    if found["EndpointStatus"] != "InService":
        raise StepFailedError(f"{found['EndpointStatus']}: {found.get('FailureReason', '')}")
    return f"{smoke.name} is InService"


def is_settled(smoke: Smoke) -> bool:
    """Whether nothing goes on with the endpoint."""
    found = smoke.aws.client("sagemaker").describe_endpoint(EndpointName=smoke.name)
    return found["EndpointStatus"] not in IN_PROGRESS


def _endpoint(smoke: Smoke) -> Thing:
    client = smoke.aws.client("sagemaker")

    def delete() -> None:
        """An endpoint in progress cannot be deleted, nor its update stopped."""
        if not is_settled(smoke):
            smoke.say("    waiting until its update settles; until then it costs money")
            wait_until(partial(is_settled, smoke), smoke.clock, SETTLING_SECONDS)
        client.delete_endpoint(EndpointName=smoke.name)

    there = partial(exists, lambda: client.describe_endpoint(EndpointName=smoke.name))
    return Thing(f"endpoint {smoke.name}", there, delete, 1800)


def _log_group(smoke: Smoke) -> Thing:
    """SageMaker makes it for what the container says."""
    client, name = smoke.aws.client("logs"), f"/aws/sagemaker/Endpoints/{smoke.name}"

    def is_there() -> bool:
        groups = client.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        return any(group["logGroupName"] == name for group in groups)

    return Thing(f"log group {name}", is_there, lambda: client.delete_log_group(logGroupName=name))
