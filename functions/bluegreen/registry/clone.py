"""The green endpoint config made from a model package: a clone of the live one with a new model.

Source: SageMaker API, `DescribeEndpointConfig` beside `CreateEndpointConfig`, and
`DescribeModel` beside `CreateModel`; all bodies here have those shapes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final

from bluegreen.contract.times import to_text
from bluegreen.deployment.deployment import DeploymentKey
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import Request
from bluegreen.sagemaker.package_name import PackageName

CONSENT_TAG: Final = "bluegreen:model-package-group"
"""The tag with which the owner of an endpoint allows a model package group to be deployed to it."""

OWN_TAGS: Final = "bluegreen:"
STACK_TAG: Final = "bluegreen:stack"
"""The tag by which a stack recognises, and may delete, what it created."""

RESERVED_TAGS: Final = "aws:"
MOST_TAGS: Final = 50
LONGEST_ENDPOINT_IN_NAME: Final = 40
CLONE_NAME: Final = re.compile(r"-v\d+-[0-9a-f]{10}$")
"""Characters; SageMaker takes names of up to 63."""

NOT_CLONED: Final = ("EndpointConfigArn", "CreationTime", "ResponseMetadata", "UnknownMembers")
FROM_THE_LIVE_MODEL: Final = (
    "ExecutionRoleArn",
    "VpcConfig",
    "EnableNetworkIsolation",
    "InferenceExecutionConfig",
)

NOT_OF_THE_LIVE_MODEL: Final = (
    *("ModelName", "ModelArn", "CreationTime", "DeploymentRecommendation"),
    *("PrimaryContainer", "Containers", "ResponseMetadata", "UnknownMembers"),
)
"""What of a live model the new one has of its own, or of its package."""

DETAILED: Final = "EnableDetailedObservability"
"""The member of `MetricsConfig` that is true in every config made since 17 June 2026 which does not
say it, and false in the older ones (API, `MetricsConfig`; Developer Guide, "Getting started with
detailed observability")."""

METRICS_UNLESS_SAID: Final = {
    DETAILED: True,
    "EnableEnhancedMetrics": False,
    "MetricPublishFrequencyInSeconds": 60,
}
"""What SageMaker takes for a member of `MetricsConfig` that is not said (API, `MetricsConfig`)."""

Body = Mapping[str, Any]
"""What DescribeEndpointConfig or DescribeModel shows, or what their Create calls take."""


@dataclass(frozen=True)
class CloneSource:
    """What a green config is made from, as far as it could be read.

    `config` is the live endpoint config, `models` those of its variants by name, all three with
    `UnknownMembers` where the runtime's botocore does not know all that SageMaker answered.
    `tags` is by ARN. `account` and `region` are those of the endpoint. `passable_roles` are the
    roles that may be given to SageMaker, with `*` and `?`; None where nobody says.
    `serves_mixture`: whether the endpoint serves more than `config`, after a rollback that failed.
    `says_detailed`: whether the SDK in use can create a config that says `DETAILED`.
    """

    endpoint_arn: str = ""
    package: ModelPackage | None = None
    config: Body | None = None
    models: Mapping[str, Body] = field(default_factory=dict)
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    passable_roles: tuple[str, ...] | None = None
    serves_mixture: bool = False
    says_detailed: bool = True

    @property
    def consent(self) -> str:
        """The model package group that the endpoint's tag names; empty where it names none."""
        return self.tags.get(self.endpoint_arn, {}).get(CONSENT_TAG, "")

    @property
    def account(self) -> str:
        """The account of the endpoint."""
        return self.endpoint_arn.split(":")[4] if self.endpoint_arn else ""

    @property
    def region(self) -> str:
        """The Region of the endpoint."""
        return self.endpoint_arn.split(":")[3] if self.endpoint_arn else ""

    @property
    def variants(self) -> list[Body]:
        """The production variants of the live config."""
        variants: list[Body] = (self.config or {}).get("ProductionVariants", [])
        return variants

    @property
    def metrics(self) -> Body:
        """The `MetricsConfig` of the live config; empty where it shows none."""
        metrics: Body = (self.config or {}).get("MetricsConfig") or {}
        return metrics

    def variant(self, name: str) -> Body | None:
        """The variant of that name; without a name the only one there is."""
        if not name:
            return self.variants[0] if len(self.variants) == 1 else None
        return next((v for v in self.variants if v["VariantName"] == name), None)

    def model(self, variant: str) -> Body | None:
        """The model of that variant."""
        found = self.variant(variant)
        return self.models.get(found.get("ModelName", "")) if found else None

    def roles(self, variant: str) -> list[str]:
        """The roles that SageMaker is given with the green model and the green config."""
        bodies = (self.model(variant) or {}, self.config or {})
        return [body["ExecutionRoleArn"] for body in bodies if body.get("ExecutionRoleArn")]


@dataclass(frozen=True)
class Clone:
    """What is created: the requests of CreateModel and of CreateEndpointConfig."""

    model: Body
    config: Body


def named(request: Request, key: DeploymentKey | None = None) -> Request:
    """The request with the name of the config that is to be made for it, if one is.

    Model and config have the same name: the same for every attempt of a deployment, and for no
    other one. Without a deployment, as in a plan, one that stands for it.
    """
    package = PackageName.of(request.model_package_arn)
    if package is None:
        return request
    name = name_of_clone(package, request.endpoint_name, key)
    return replace(request, endpoint_config_name=name)


def may_be_clone(name: str) -> bool:
    """Whether a name is as `name_of_clone` makes them, in every release."""
    return CLONE_NAME.search(name) is not None


def name_of_clone(package: PackageName, endpoint: str, key: DeploymentKey | None) -> str:
    """The name of the model and the config that a deployment makes of a package."""
    whose = f"{key.deployment_id}/{to_text(key.started_at)}" if key else ""
    digest = sha256(f"{package.arn}/{endpoint}/{whose}".encode()).hexdigest()[:10]
    start = endpoint[:LONGEST_ENDPOINT_IN_NAME].rstrip("-")
    return f"{start}-v{package.version}-{digest}"


def clone_of(
    source: CloneSource, name: str, package: str, variant: str, own: Mapping[str, str] | None = None
) -> Clone:
    """The green model and config of a source without findings.

    `own` are the tags by which we know again what we created.
    """
    model, config = source.model(variant), source.config
    replaced = source.variant(variant)
    assert model is not None
    assert config is not None
    assert replaced is not None
    return Clone(
        model={
            "ModelName": name,
            "Containers": [{"ModelPackageName": package}],
            **{member: model[member] for member in FROM_THE_LIVE_MODEL if model.get(member)},
            "Tags": tags_of(source.tags.get(model.get("ModelArn", ""), {}), own or {}),
        },
        config={
            **without_empty({**config, "MetricsConfig": _metrics_of(source)}),
            "EndpointConfigName": name,
            "ProductionVariants": [
                {**without_empty(v), **({"ModelName": name} if v is replaced else {})}
                for v in source.variants
            ],
            "Tags": tags_of(source.tags.get(config.get("EndpointConfigArn", ""), {}), own or {}),
        },
    )


def _metrics_of(source: CloneSource) -> Body:
    """The live `MetricsConfig`, which says of detailed observability what SageMaker would assume.

    Without it, the copy of an older config would have a collector on each instance.
    """
    others = {name: value for name, value in source.metrics.items() if name != DETAILED}
    if not source.says_detailed:
        return others
    return {**others, DETAILED: bool(source.metrics.get(DETAILED))}


def not_copied(model: Body) -> list[str]:
    """The members of a live model that a clone would lose: a later API's, which an SDK may know."""
    known = (*FROM_THE_LIVE_MODEL, *NOT_OF_THE_LIVE_MODEL)
    return sorted(without_empty(model).keys() - set(known))


def containers_in(model: Body) -> list[Body]:
    """The containers of a model, one or several; shape: `DescribeModelOutput`."""
    primary = model.get("PrimaryContainer")
    return [*([primary] if primary else []), *(model.get("Containers") or [])]


def without_empty(body: Body) -> Body:
    """The part of a body that Describe showed which a Create call accepts.

    Describe shows empty lists and nulls that Create refuses.
    """
    return {
        name: _without_empty_lists(value)
        for name, value in body.items()
        if name not in NOT_CLONED and value not in (None, "", [], {})
    }


def _without_empty_lists(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """A member without empty lists and nulls at any depth; some empty structures are wanted."""
    if isinstance(value, Mapping):
        kept = {name: member for name, member in value.items() if member not in (None, [])}
        return {name: _without_empty_lists(member) for name, member in kept.items()}
    return [_without_empty_lists(item) for item in value] if isinstance(value, list) else value


def foreign_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that a clone keeps: those that are neither AWS's nor ours."""
    reserved = (RESERVED_TAGS, OWN_TAGS)
    return {key: value for key, value in tags.items() if not key.startswith(reserved)}


def tags_of(live: Mapping[str, str], own: Mapping[str, str]) -> list[dict[str, str]]:
    """The tags of what is created: those of the live one, and ours."""
    tags = foreign_tags(live) | dict(own)
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def own_tags(stack: str, endpoint: str, deployment_id: str) -> dict[str, str]:
    """The tags of what a stack creates for a deployment."""
    return {
        STACK_TAG: stack,
        "bluegreen:endpoint": endpoint,
        "bluegreen:deployment-id": deployment_id,
    }


def differences(wanted: Body, found: Body) -> list[str]:
    """The members in which something that is there is not what would have been created.

    Tags do not count: Describe does not show them.
    """
    members: Iterable[str] = (wanted.keys() | without_empty(found).keys()) - {
        "Tags", "ModelArn", "DeploymentRecommendation",
    }  # fmt: skip
    if "MetricsConfig" not in wanted:
        found = {**found, "MetricsConfig": _beyond_defaults(found.get("MetricsConfig") or {})}
    return sorted(m for m in members if not _same(wanted.get(m), found.get(m)))


def _beyond_defaults(metrics: Body) -> Body:
    """What of a `MetricsConfig` SageMaker does not say of every config by itself."""
    usual = METRICS_UNLESS_SAID.items()
    return {name: value for name, value in metrics.items() if (name, value) not in usual}


def _same(wanted: object, found: object) -> bool:
    """Whether a member is as wanted; what SageMaker adds to it of its own does not count."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(_same(value, found.get(name)) for name, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(_same, wanted, found))
    return wanted == found or (not wanted and not found)
