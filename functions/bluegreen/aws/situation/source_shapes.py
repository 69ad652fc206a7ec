"""From AWS's own response shapes to what a green config is made from, and to its situation.

Shapes are those of `situation_shapes`, and `Tags` (by ARN, each a list as ListTags gives it) and
`PassableRoles` (ARNs of roles, with `*` and `?`).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bluegreen.aws.situation.situation_shapes import Models, situation_of, with_moments
from bluegreen.check.situation import Situation
from bluegreen.contract.findings import rejecting
from bluegreen.registry.clone import CloneSource, clone_of
from bluegreen.registry.clone_rules import check_clone_source
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import Request

Shapes = Mapping[str, Any]


def situation_for(request: Request, shapes: Shapes) -> Situation:
    """The situation of a request; its green config is put together if it is yet to be made."""
    name = request.endpoint_config_name
    if not request.model_package_arn:
        return situation_of(shapes, name)
    source = clone_source_in(shapes, request)
    return replace(situation_of(_with_clone(shapes, source, request), name), source=source)


def clone_source_in(shapes: Shapes, request: Request) -> CloneSource:
    """What the green config of a request for a model package is made from."""
    endpoint = shapes.get("Endpoint", {})
    configs = {body["EndpointConfigName"]: body for body in shapes.get("EndpointConfigs", [])}
    package = Models.of(shapes).packages.get(request.model_package_arn)
    roles = shapes.get("PassableRoles")
    return CloneSource(
        endpoint_arn=endpoint.get("EndpointArn", ""),
        package=ModelPackage.from_shape(with_moments(package)) if package else None,
        config=configs.get(endpoint.get("EndpointConfigName")),
        models={body["ModelName"]: body for body in shapes.get("Models", [])},
        tags={arn: _by_key(tags) for arn, tags in shapes.get("Tags", {}).items()},
        passable_roles=None if roles is None else tuple(roles),
    )


def _by_key(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _with_clone(shapes: Shapes, source: CloneSource, request: Request) -> Shapes:
    """The shapes with the config and the model that would be made, as Describe would show them."""
    if not source.endpoint_arn or rejecting(check_clone_source(request, source)):
        return shapes
    name, variant = request.endpoint_config_name, request.variant_name
    green = clone_of(source, name, request.model_package_arn, variant)
    return {
        **shapes,
        "EndpointConfigs": [*shapes.get("EndpointConfigs", []), green.config],
        "Models": [*shapes.get("Models", []), green.model],
    }
