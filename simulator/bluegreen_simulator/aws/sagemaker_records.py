"""Models and endpoint configs in moto's SageMaker: what it loses or lets pass, and our reading."""

from collections.abc import Mapping
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeEndpointConfig, Model, SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse
from moto.sagemaker.utils import arn_formatter

from bluegreen_simulator.aws.replacements import ORIGINALS, replaces
from bluegreen_simulator.fleet.behavior import BadBehavior, Behavior, behavior_of
from bluegreen_simulator.fleet.config import FleetConfig, ProductionVariant

LOST_MEMBERS: Final = {
    "ShadowProductionVariants": "shadow_production_variants",
    "ExplainerConfig": "explainer_config",
    "ExecutionRoleArn": "execution_role_arn",
    "VpcConfig": "vpc_config",
    "EnableNetworkIsolation": "enable_network_isolation",
    "MetricsConfig": "metrics_config",
    "CrossRegionTrafficConfig": "cross_region_traffic_config",
}
"""Members of CreateEndpointConfig that moto forgets, and the attributes it would show."""


def not_modelled(what: str) -> ValidationError:
    """The error for what AWS can do and the simulator cannot; it never skips in silence."""
    return ValidationError(f"{what} is not modelled by the simulator.")


@replaces(
    SageMakerModelBackend,
    "create_model",
    restores="CreateModel refuses a name that is taken; ours, also what SIMULATED_* cannot mean.",
    original="65dbd42f10d0",
)
def create_model(
    backend: SageMakerModelBackend,
    model_name: str,
    execution_role_arn: str,
    primary_container: dict[str, Any] | None,
    **members: Any,  # noqa: ANN401 - handed on to moto
) -> Model:
    """Make a model whose behaviour can be read; called as moto's own is."""
    if model_name in backend._models:  # noqa: SLF001 - moto has no other way to ask
        raise _already_exists(backend, "model", "model", model_name)
    for container in [primary_container or {}, *(members.get("containers") or [])]:
        _behavior_in(container.get("Environment", {}))
    original = ORIGINALS[SageMakerModelBackend, "create_model"]
    model: Model = original(backend, model_name, execution_role_arn, primary_container, **members)
    return model


@replaces(
    SageMakerResponse,
    "create_endpoint_config",
    restores="CreateEndpointConfig refuses a name that is taken and keeps every member.",
    original="34c19362a0ba",
)
def create_endpoint_config(response: SageMakerResponse) -> ActionResult:
    """Make an endpoint config that shows all it was made with."""
    name, backend = response._get_param("EndpointConfigName"), response.sagemaker_backend  # noqa: SLF001 - moto's own access
    if name in backend.endpoint_configs:
        raise _already_exists(backend, "endpoint configuration", "endpoint-config", name)
    result: ActionResult = ORIGINALS[SageMakerResponse, "create_endpoint_config"](response)
    for member, attribute in LOST_MEMBERS.items():
        setattr(backend.endpoint_configs[name], attribute, response._get_param(member))  # noqa: SLF001 - as above
    return result


@replaces(
    FakeEndpointConfig,
    "validate_instance_type",
    restores="Every instance type of the API's own enum is taken; moto knows those of 2021.",
    original="bdc591b519e9",
)
def validate_instance_type(_config: FakeEndpointConfig, instance_type: str) -> None:
    """Refuse an instance type that the API does not know."""
    known = get_service_model("sagemaker").shape_for("ProductionVariantInstanceType").enum
    if instance_type not in known:
        raise ValidationError(
            f"Value '{instance_type}' at 'instanceType' failed to satisfy constraint:"
            f" Member must satisfy enum value set: [{', '.join(known)}]"
        )


@replaces(
    SageMakerModelBackend,
    "validate_production_variants",
    restores="A variant without ModelName, for inference components, is no internal error.",
    original="5d532614c477",
)
def validate_production_variants(
    backend: SageMakerModelBackend, production_variants: list[dict[str, Any]]
) -> None:
    """Refuse variants whose model does not exist, and those that name none."""
    for variant in production_variants:
        _model_of(backend, variant)


def fleet_of(backend: SageMakerModelBackend, config_name: str) -> FleetConfig:
    """The endpoint config as the engine sees it, with its models' behaviour of now."""
    config = backend.endpoint_configs.get(config_name)
    if config is None:
        arn = arn_formatter("endpoint-config", config_name, backend.account_id, backend.region_name)
        raise ValidationError(f'Could not find endpoint configuration "{arn}".')
    if getattr(config, "shadow_production_variants", None):
        raise not_modelled("An endpoint config with ShadowProductionVariants")
    fleet = FleetConfig(
        config_name, tuple(_variant(backend, body) for body in config.production_variants)
    )
    if not any(variant.weight for variant in fleet.variants):
        raise not_modelled("An endpoint config whose variants all have InitialVariantWeight 0")
    return fleet


def _variant(backend: SageMakerModelBackend, body: Mapping[str, Any]) -> ProductionVariant:
    if "ServerlessConfig" in body:
        raise not_modelled("A serverless endpoint config (ServerlessConfig)")
    if "InitialInstanceCount" not in body:
        raise not_modelled("A production variant without InitialInstanceCount")
    return ProductionVariant(
        name=body["VariantName"],
        instances=body["InitialInstanceCount"],
        weight=body.get("InitialVariantWeight", 1.0),
        instance_type=body["InstanceType"],
        behavior=_behavior_of(backend, _model_of(backend, body)),
    )


def _model_of(backend: SageMakerModelBackend, variant: Mapping[str, Any]) -> Model:
    if "ModelName" not in variant:
        raise not_modelled("A production variant without ModelName (inference components)")
    model: Model = backend.describe_model(variant["ModelName"])
    return model


def _behavior_of(backend: SageMakerModelBackend, model: Model) -> Behavior:
    """What the model's containers say together; where two say something, the later one holds."""
    environment: dict[str, str] = {}
    for container in [model.primary_container, *model.containers]:
        environment |= _packaged_environment(backend, container)
        environment |= container.get("Environment", {})
    return _behavior_in(environment)


def _packaged_environment(
    backend: SageMakerModelBackend, container: Mapping[str, Any]
) -> dict[str, str]:
    if "ModelPackageName" not in container:
        return {}
    package = backend.describe_model_package(container["ModelPackageName"])
    environment: dict[str, str] = {}
    for packaged in (package.inference_specification or {}).get("Containers", []):
        environment |= packaged.get("Environment", {})
    return environment


def _behavior_in(environment: Mapping[str, str]) -> Behavior:
    try:
        return behavior_of(environment)
    except BadBehavior as error:
        raise ValidationError(f"Environment: {error}") from error


def _already_exists(
    backend: SageMakerModelBackend, words: str, kind: str, name: str
) -> ValidationError:
    arn = arn_formatter(kind, name, backend.account_id, backend.region_name)
    return ValidationError(f'Cannot create already existing {words} "{arn}".')
