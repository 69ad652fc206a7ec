"""What AWS itself provides in every account, as far as our template uses it."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

import boto3
from moto.iam.models import AWSManagedPolicy, iam_backends
from moto.ssm.models import Parameter, ssm_backends

from bluegreen_simulator.aws.world import World

LAYER: Final = "AWSLambdaPowertoolsPythonV3-python313-arm64"
LAYER_PARAMETER: Final = "/aws/service/powertools/python/arm64/python3.13/{version}"

MANAGED_POLICIES: Final[Mapping[str, tuple[str, list[str]]]] = {
    "AWSLambdaBasicExecutionRole": (
        "/service-role/",
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    ),
    "AWSXrayWriteOnlyAccess": (
        "/",
        [
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:GetSamplingStatisticSummaries",
        ],
    ),
}
"""Name to path and actions, of the policies of AWS that SAM's transform attaches to roles."""


def policy_arns() -> dict[str, str]:
    """The ARN of each managed policy by its name."""
    return {
        name: f"arn:aws:iam::aws:policy{path}{name}" for name, (path, _) in MANAGED_POLICIES.items()
    }


def provide(world: World, package: bytes) -> None:
    """Put the policies and the layer there; `package` stands for what is in the layer."""
    _provide_policies(world)
    _provide_layer(world, package)


def _provide_policies(world: World) -> None:
    backend = iam_backends[world.account_id]["aws"]
    date = world.clock.now().isoformat()
    for name, (path, actions) in MANAGED_POLICIES.items():
        statement = {"Effect": "Allow", "Action": actions, "Resource": ["*"]}
        data = {
            "Path": path,
            "DefaultVersionId": "v1",
            "Document": {"Version": "2012-10-17", "Statement": [statement]},
            "CreateDate": date,
            "UpdateDate": date,
        }
        policy = AWSManagedPolicy.from_data(name, world.account_id, world.region, data)
        backend.managed_policies[policy.arn] = policy


def _provide_layer(world: World, package: bytes) -> None:
    """Powertools in the version that is installed here; no other has its parameter."""
    client: Any = boto3.client("lambda", region_name=world.region)
    made = client.publish_layer_version(LayerName=LAYER, Content={"ZipFile": package})
    name = LAYER_PARAMETER.format(version=version("aws-lambda-powertools"))
    parameter = Parameter(
        account_id=world.account_id,
        name=name,
        value=made["LayerVersionArn"],
        parameter_type="String",
        description=None,
        allowed_pattern=None,
        keyid=None,
        last_modified_date=world.clock.now(),
        version=1,
        data_type="text",
    )
    # PutParameter refuses names that begin with /aws, as it should.
    ssm_backends[world.account_id][world.region]._parameters[name] = [parameter]  # noqa: SLF001
