"""The packages of models that are there, which tell whether AWS Marketplace sells them.

Shapes: `DescribeModelOutput`, `DescribeModelPackageOutput` (SageMaker API).
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from bluegreen.aws.reads import OptionalReads
from bluegreen.aws.situation.situation_shapes import is_foreign
from bluegreen.registry.clone import containers_in

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

Body = Mapping[str, Any]


def packages(client: "SageMakerClient", models: Iterable[Body], reads: OptionalReads) -> list[Body]:
    """The packages of the models, as far as SageMaker shows them."""
    names = dict.fromkeys(name for model in models for name in _own_packages(model))
    describe = client.describe_model_package
    found = [reads.ask("packages", partial(describe, ModelPackageName=name)) for name in names]
    return [body for body in found if body]


def _own_packages(model: Body) -> list[str]:
    """The packages of a model's containers; another account's are told by their ARN alone."""
    names = [container.get("ModelPackageName", "") for container in containers_in(model)]
    return [name for name in names if name and not is_foreign(name, model)]
