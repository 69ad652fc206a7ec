"""The models of endpoint configs and their packages, as far as SageMaker shows them.

Shapes: `DescribeModelOutput`, `DescribeModelPackageOutput` (SageMaker API).
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from bluegreen.aws.sagemaker.endpoints import is_missing
from bluegreen.aws.situation.optional_reads import OptionalReads
from bluegreen.aws.situation.situation_shapes import is_foreign
from bluegreen.registry.clone import containers_in

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

Body = Mapping[str, Any]


def models(
    client: "SageMakerClient", configs: Iterable[Body], reads: OptionalReads
) -> dict[str, list[Any]]:
    """The `Models`, `MissingModels` and `ModelPackages` of all variants of the configs."""
    variants = [variant for config in configs for variant in config["ProductionVariants"]]
    names = dict.fromkeys(v["ModelName"] for v in variants if v.get("ModelName"))
    found = {name: reads.ask("models", partial(_model, client, name)) for name in names}
    bodies = [body for body in found.values() if body]
    return {
        "Models": bodies,
        "MissingModels": [name for name, body in found.items() if body == {}],
        "ModelPackages": _packages(client, bodies, reads),
    }


def _model(client: "SageMakerClient", name: str) -> Body:
    """A model; nothing in it where there is none of that name."""
    try:
        return client.describe_model(ModelName=name)
    except ClientError as error:
        if is_missing(error):
            return {}
        raise


def _packages(
    client: "SageMakerClient", bodies: Iterable[Body], reads: OptionalReads
) -> list[Body]:
    names = dict.fromkeys(name for body in bodies for name in _own_packages(body))
    describe = client.describe_model_package
    found = [reads.ask("packages", partial(describe, ModelPackageName=name)) for name in names]
    return [body for body in found if body]


def _own_packages(model: Body) -> list[str]:
    """The packages of a model's containers; another account's are told by their ARN alone."""
    names = [container.get("ModelPackageName", "") for container in containers_in(model)]
    return [name for name in names if name and not is_foreign(name, model)]
