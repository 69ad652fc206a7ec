"""What an endpoint serves and what a clone of it is made from, read alike by check and StartUpdate.

Shapes: `DescribeEndpointOutput`, `DescribeEndpointConfigOutput`, `DescribeModelOutput`,
`DescribeModelPackageOutput`, `ListTagsOutput` (SageMaker API).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bluegreen.aws.errors import denials_as_rejections
from bluegreen.aws.reads import Reads, Unreadable
from bluegreen.aws.sagemaker.describe import (
    describe_config,
    describe_endpoint,
    describe_package,
    none_if_missing,
)
from bluegreen.aws.sagemaker.unknown_members import says_detailed
from bluegreen.registry.clone import CloneSource
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import Request
from bluegreen.sagemaker.observation import MIXTURE
from bluegreen.sagemaker.package_name import is_of_the_account

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

Body = Mapping[str, Any]
Shapes = Mapping[str, Any]


@dataclass(frozen=True)
class FleetReader:
    """Reads endpoint, endpoint configs, models, model package and tags.

    Live config and models are read as `reads` does it; the rest is always needed:
    RequestRejected when our role may not see it, ObservationUnavailable when nobody can now.
    """

    client: "SageMakerClient"
    reads: Reads

    def read(self, request: Request) -> dict[str, Any]:
        """`Endpoint` (absent: there is none), `EndpointConfigs`, their `Models`, `MissingModels`.

        The configs are the live and the requested one. Of a model package also `ModelPackages`
        with it, `Tags` of endpoint, live config and live models, and `SaysDetailed` (of
        `CloneSource`).
        """
        endpoint = describe_endpoint(self.client, request.endpoint_name)
        live = endpoint.get("EndpointConfigName", "") if endpoint else ""
        configs = list(self._configs(request, live))
        shapes: dict[str, Any] = {"EndpointConfigs": configs, **self._models(configs)}
        if endpoint is None:
            return shapes
        shapes["Endpoint"] = endpoint
        return shapes | self._of_package(request.model_package_arn, shapes)

    def _configs(self, request: Request, live: str) -> Iterator[Body]:
        requested = "" if request.model_package_arn else request.endpoint_config_name
        found = [describe_config(self.client, requested)] if requested else []
        if live and live != requested:
            found.append(self.reads.ask("live", partial(self._live_config, live)))
        return (config for config in found if config)

    def _live_config(self, name: str) -> Body:
        found = describe_config(self.client, name)
        if found is None:
            raise Unreadable("the endpoint config no longer exists")
        return found

    def _models(self, configs: Iterable[Body]) -> dict[str, Any]:
        variants = [variant for config in configs for variant in config["ProductionVariants"]]
        names = dict.fromkeys(v["ModelName"] for v in variants if v.get("ModelName"))
        found = {name: self.reads.ask("models", partial(self._model, name)) for name in names}
        return {
            "Models": [body for body in found.values() if body],
            "MissingModels": [name for name, body in found.items() if body == {}],
        }

    def _model(self, name: str) -> Body:
        """A model; nothing in it where there is none of that name."""
        return none_if_missing(lambda: self.client.describe_model(ModelName=name)) or {}

    def _of_package(self, arn: str, shapes: Shapes) -> dict[str, Any]:
        """Nothing of a package of another account or Region, which nobody here may see."""
        if not arn:
            return {}
        endpoint = shapes["Endpoint"]["EndpointArn"]
        found = describe_package(self.client, arn) if is_of_the_account(arn, endpoint) else None
        tagged = [
            endpoint,
            *(config["EndpointConfigArn"] for config in shapes["EndpointConfigs"]),
            *(model["ModelArn"] for model in shapes["Models"]),
        ]
        creation = self.client.meta.service_model.operation_model("CreateEndpointConfig")
        return {
            "ModelPackages": [found] if found else [],
            "Tags": {each: self._tags_of(each) for each in tagged},
            "SaysDetailed": says_detailed(creation.input_shape),
        }

    def _tags_of(self, arn: str) -> list[Any]:
        with denials_as_rejections():
            pages = self.client.get_paginator("list_tags").paginate(ResourceArn=arn)
            return [tag for page in pages for tag in page["Tags"]]


def clone_source_in(
    shapes: Shapes, request: Request, passable_roles: Sequence[str] | None = None
) -> CloneSource:
    """What the green config of a request for a model package is made from.

    `passable_roles` are ARNs with `*` and `?`; None: nobody says which may be passed on.
    """
    endpoint = shapes.get("Endpoint", {})
    configs = {body["EndpointConfigName"]: body for body in shapes.get("EndpointConfigs", [])}
    packages = {body["ModelPackageArn"]: body for body in shapes.get("ModelPackages", [])}
    package = packages.get(request.model_package_arn)
    return CloneSource(
        endpoint_arn=endpoint.get("EndpointArn", ""),
        package=ModelPackage.from_shape(package) if package else None,
        config=configs.get(endpoint.get("EndpointConfigName")),
        models={body["ModelName"]: body for body in shapes.get("Models", [])},
        tags={arn: _by_key(tags) for arn, tags in shapes.get("Tags", {}).items()},
        passable_roles=None if passable_roles is None else tuple(passable_roles),
        serves_mixture=endpoint.get("EndpointStatus") == MIXTURE,
        says_detailed=shapes.get("SaysDetailed", True),
    )


def _by_key(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}
