"""Turns AWS's response shapes, from calls or from a file, into a Situation.

Shapes: `DescribeEndpointOutput`, `DescribeEndpointConfigOutput`, `DescribeModelOutput` and
`DescribeModelPackageOutput` (SageMaker API), `MetricAlarm`, `CompositeAlarm`, `LogAlarm` and
`Metric` (CloudWatch API), `ScalableTarget` (Application Auto Scaling API). Those of `Traffic`,
`Quotas`, `RolesMayDescribeAlarms`, `MissingModels`, `SaysDetailed`, `Unknown` and `Now` are ours.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bluegreen.aws.sagemaker.describe import observation_of
from bluegreen.aws.sagemaker.live_fleet import clone_source_in
from bluegreen.aws.situation.alarm_shapes import alarms_in, keys_of
from bluegreen.check.situation import (
    NOT_KNOWN,
    Config,
    ConfigVariant,
    LastPolicy,
    Quota,
    Situation,
    Traffic,
)
from bluegreen.guardrails.tags import GUARDRAIL_TAG
from bluegreen.registry.clone import containers_in, without_empty
from bluegreen.request.request import Request
from bluegreen.sagemaker.observation import GONE, Observation

NOT_SETTINGS: Final = frozenset(
    {"EndpointConfigName", "ProductionVariants", "VariantName", "ModelName"}
)
"""What names a config, a variant or a model, or stands in a place of its own."""

NETWORK: Final = ("VpcConfig", "EnableNetworkIsolation")
"""The members of DescribeModel that say where a model runs, and not which one it is."""

VARIANTS: Final = "sagemaker:variant:"
"""How the ScalableDimension of production variants begins."""


def situation_of(
    shapes: Mapping[str, Any], request: Request, passable_roles: Sequence[str] | None = None
) -> Situation:
    """The situation of a request that `shapes` describe.

    Members, all optional: `Endpoint` (absent: there is no such endpoint), `EndpointConfigs`,
    `Models`, `MissingModels` (names of which SageMaker says that there is no such model),
    `ModelPackages`, `Tags` (by ARN, each a list as ListTags gives it), `MetricAlarms`,
    `CompositeAlarms`, `LogAlarms`, `Metrics` (those that had data in the last two weeks),
    `Traffic`, `Quotas`, `ScalableTargets`, `RolesMayDescribeAlarms`, `SaysDetailed` (of
    `CloneSource`), `Unknown`, `Now` (when all of it was read). An endpoint config that is not among
    `EndpointConfigs` is None; so are alarms, traffic, quotas, scalable targets and roles whose
    member is absent.
    """
    package = request.model_package_arn
    endpoint = _endpoint(shapes)
    models = Models.of(shapes)
    bodies = {body["EndpointConfigName"]: body for body in shapes.get("EndpointConfigs", [])}
    configs = {name: config_of(body, models) for name, body in bodies.items()}
    return Situation(
        endpoint=endpoint,
        live=configs.get(endpoint.live_config),
        requested=configs.get(request.endpoint_config_name),
        alarms=alarms_in(shapes),
        traffic=_traffic(shapes.get("Traffic")),
        quotas=_quotas(shapes.get("Quotas")),
        scalable=_scalable(shapes),
        roles_may_describe_alarms=shapes.get("RolesMayDescribeAlarms"),
        source=clone_source_in(shapes, request, passable_roles) if package else None,
        shown=keys_of(shapes.get("Metrics", [])),
        now=shapes.get("Now"),
        last_policy=last_policy_in(shapes),
        guardrail_texts=_guardrail_texts(shapes),
        unknown=dict(shapes.get("Unknown", {})),
    )


def _guardrail_texts(shapes: Mapping[str, Any]) -> dict[str, str]:
    """What the tags of alarms say that was asked of their guardrails, by alarm."""
    tags: Mapping[str, Any] = shapes.get("Tags", {})
    return {
        alarm["AlarmName"]: tag["Value"]
        for alarm in shapes.get("MetricAlarms", [])
        for tag in tags.get(alarm.get("AlarmArn", ""), [])
        if tag["Key"] == GUARDRAIL_TAG
    }


def last_policy_in(shapes: Mapping[str, Any]) -> LastPolicy | None:
    """The policy of the endpoint's last update; None where it has had none."""
    body = shapes.get("Endpoint", {})
    found = without_empty(body.get("LastDeploymentConfig") or {})
    unknown = body.get("UnknownMembers", [])
    return LastPolicy(found, tuple(unknown)) if found or unknown else None


def _endpoint(shapes: Mapping[str, Any]) -> Observation:
    body = shapes.get("Endpoint")
    return observation_of(body) if body else Observation(status=GONE)


@dataclass(frozen=True)
class Models:
    """The models that are known, those that are not there, and the model packages, by name."""

    bodies: Mapping[str, Mapping[str, Any]]
    missing: frozenset[str]
    packages: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, shapes: Mapping[str, Any]) -> "Models":
        """The `Models`, `MissingModels` and `ModelPackages` of shapes."""
        packages: dict[str, Mapping[str, Any]] = {}
        for body in shapes.get("ModelPackages", []):
            names = (body.get("ModelPackageArn"), body.get("ModelPackageName"))
            packages |= {name: body for name in names if name}
        return cls(
            {body["ModelName"]: body for body in shapes.get("Models", [])},
            frozenset(shapes.get("MissingModels", [])),
            packages,
        )

    def exists(self, name: str) -> bool | None:
        """Whether there is such a model; None: nobody knows."""
        return True if name in self.bodies else False if name in self.missing else None

    def role_arn(self, name: str) -> str:
        """The model's execution role; empty: it is not known, or it has none."""
        role: str = self.bodies.get(name, {}).get("ExecutionRoleArn", "")
        return role

    def network(self, name: str) -> dict[str, Any] | None:
        """The members of a model that place it in a network; None: nobody knows."""
        if name not in self.bodies:
            return None
        model = without_empty(self.bodies[name])
        return {member: model[member] for member in NETWORK if member in model}

    def from_marketplace(self, name: str) -> bool | None:
        """Whether one of the model's containers comes from AWS Marketplace; None: unknown."""
        if name not in self.bodies:
            return None
        model = self.bodies[name]
        found = [self._from_marketplace(model, container) for container in containers_in(model)]
        return True if True in found else None if None in found else False

    def _from_marketplace(
        self, model: Mapping[str, Any], container: Mapping[str, Any]
    ) -> bool | None:
        """Derived, and so uncertain: AWS says nowhere how to tell.

        A package with CertifyForMarketplace is one of Marketplace, and one without a version
        that belongs to another account than the model. One with a version is of a model
        package group, which Marketplace does not list (API, CertifyForMarketplace: "does not
        apply to versioned models"); whether an account's own registry stands in another account
        cannot be told from here, so that is None.
        """
        name = container.get("ModelPackageName")
        if not name:
            return False
        package = self.packages.get(name)
        if package and package.get("CertifyForMarketplace"):
            return True
        arn = package.get("ModelPackageArn", name) if package else name
        if is_foreign(arn, model):
            return None if _is_versioned(arn) else True
        return False if package else None


def is_foreign(package: str, model: Mapping[str, Any]) -> bool:
    """Whether a model package's ARN names another account than the model's ARN does."""
    owner, account = _account_in(package), _account_in(model.get("ModelArn", ""))
    return bool(owner and account and owner != account)


def _account_in(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 4 else ""  # noqa: PLR2004 - arn:partition:service:region:account


def _is_versioned(arn: str) -> bool:
    name, _, version = arn.partition("model-package/")[2].rpartition("/")
    return bool(name) and version.isdecimal()


def config_of(body: Mapping[str, Any], models: Models) -> Config:
    """An endpoint config with what is known of its models."""
    return Config(
        name=body["EndpointConfigName"],
        variants=tuple(_variant(variant, models) for variant in body["ProductionVariants"]),
        asynchronous=bool(body.get("AsyncInferenceConfig")),
        shadows=len(body.get("ShadowProductionVariants") or []),
        settings=_settings(body) | dict.fromkeys(_unknown(body), NOT_KNOWN),
    )


def _settings(body: Mapping[str, Any]) -> dict[str, Any]:
    settings = without_empty(body).items()
    return {name: value for name, value in settings if name not in NOT_SETTINGS}


def _unknown(body: Mapping[str, Any]) -> list[str]:
    """Paths of members that SageMaker shows and the AWS SDK in use drops; others are there.

    Without the places in lists, which are in any order.
    """
    unknown = (path for path in body.get("UnknownMembers", []) if path not in body)
    return [re.sub(r"\[\d+\]", "[]", path) for path in unknown]


def _variant(body: Mapping[str, Any], models: Models) -> ConfigVariant:
    model = body.get("ModelName", "")
    return ConfigVariant(
        name=body["VariantName"],
        instances=body.get("InitialInstanceCount", 0),
        instance_type=_type_of(body),
        model=model,
        serverless=bool(body.get("ServerlessConfig")),
        accelerator=body.get("AcceleratorType", ""),
        marketplace=models.from_marketplace(model),
        role_arn=models.role_arn(model),
        model_exists=models.exists(model),
        settings=_settings(body),
        model_network=models.network(model),
    )


def _traffic(bodies: Mapping[str, Any] | None) -> dict[str, Traffic] | None:
    if bodies is None:
        return None
    return {name: _traffic_of(body) for name, body in bodies.items()}


def _traffic_of(body: Mapping[str, Any]) -> Traffic:
    members = ("MeanPerMinute", "LowestPerMinute", "HighestPerMinute")
    mean, lowest, highest = (body.get(member) for member in members)
    return Traffic(float(mean or 0), lowest, highest)


def _quotas(bodies: Mapping[str, Any] | None) -> dict[str, Quota] | None:
    if bodies is None:
        return None
    return {name: Quota(body["Allowed"], body["Running"]) for name, body in bodies.items()}


def _scalable(shapes: Mapping[str, Any]) -> frozenset[str] | None:
    """The variants of the endpoint that are targets; `endpoint/<name>/variant/<name>` each."""
    targets: Sequence[Mapping[str, Any]] | None = shapes.get("ScalableTargets")
    if targets is None:
        return None
    endpoint = shapes.get("Endpoint", {}).get("EndpointName", "").lower()
    return frozenset(
        variant
        for target in targets
        if target.get("ScalableDimension", VARIANTS).startswith(VARIANTS)
        for owner, variant in [_endpoint_and_variant(target["ResourceId"])]
        if variant and owner == endpoint
    )


def _endpoint_and_variant(resource_id: str) -> tuple[str, str]:
    owner, _, variant = resource_id.removeprefix("endpoint/").partition("/variant/")
    return owner.lower(), variant


def _type_of(variant: Mapping[str, Any]) -> str:
    """The variant's type; of those in InstancePools an excluded one if any, otherwise none."""
    pools = [pool.get("InstanceType", "") for pool in variant.get("InstancePools", [])]
    excluded = next((type_ for type_ in pools if type_.startswith("ml.inf1.")), "")
    return str(variant.get("InstanceType") or excluded)
