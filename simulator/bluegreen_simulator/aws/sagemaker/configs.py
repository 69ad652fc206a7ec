"""Endpoint configs: what moto's SageMaker loses, lets pass, or answers differently from AWS."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeEndpointConfig, SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from bluegreen_simulator.aws.sagemaker.members import checked, refuse_members
from bluegreen_simulator.aws.sagemaker.models import model_of
from bluegreen_simulator.aws.sagemaker.records import (
    already_exists,
    arn_of,
    body_of,
    not_found,
    restore,
)
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

LOST_BY_CONFIGS: Final = {
    "ShadowProductionVariants": "shadow_production_variants",
    "ExplainerConfig": "explainer_config",
    "ExecutionRoleArn": "execution_role_arn",
    "VpcConfig": "vpc_config",
    "EnableNetworkIsolation": "enable_network_isolation",
    "MetricsConfig": "metrics_config",
    "DataCaptureConfig": "data_capture_config",
    "AsyncInferenceConfig": "async_inference_config",
}
"""Members of CreateEndpointConfig that moto forgets or makes up, and its attributes for them."""

DETAILED_AFTER: Final = date(2026, 6, 17)
"""The day after which every new config has detailed observability unless it says no (Developer
Guide, "Getting started with detailed observability")."""


@replaces(
    SageMakerResponse,
    "create_endpoint_config",
    restores="CreateEndpointConfig refuses a name that is taken, keeps every member, and writes"
    " ARNs in lower case; a new config has detailed observability unless it says no.",
    original="34c19362a0ba",
)
def create_endpoint_config(response: SageMakerResponse) -> ActionResult:
    """Make an endpoint config that shows all it was made with."""
    params, backend = checked("CreateEndpointConfig", response), response.sagemaker_backend
    name = params["EndpointConfigName"]
    if name in backend.endpoint_configs:
        raise already_exists(backend, "endpoint configuration", "endpoint-config", name)
    _check_variants(params["ProductionVariants"])
    refuse_members("MetricsConfig", params.get("MetricsConfig", {}), "A MetricsConfig with ")
    ORIGINALS[SageMakerResponse, "create_endpoint_config"](response)
    config = backend.endpoint_configs[name]
    config.arn = config.endpoint_config_arn = arn_of(backend, "endpoint-config", name)
    restore(config, LOST_BY_CONFIGS, {**params, "MetricsConfig": _metrics_in(params)})
    return ActionResult({"EndpointConfigArn": config.arn})


def _metrics_in(params: Mapping[str, Any]) -> dict[str, Any]:
    usual = {"EnableDetailedObservability": True} if utcnow().date() > DETAILED_AFTER else {}
    return {**usual, **params.get("MetricsConfig", {})}


def _check_variants(variants: list[dict[str, Any]]) -> None:
    names = [variant["VariantName"] for variant in variants]
    if len(set(names)) < len(names):
        raise ValidationError("The variant names of an endpoint configuration must be unique.")
    for variant in variants:
        refuse_members("ProductionVariant", variant, "A production variant with ")
        if "ServerlessConfig" in variant and "InstanceType" in variant:
            raise ValidationError("A variant takes either InstanceType or ServerlessConfig.")


@replaces(
    FakeEndpointConfig,
    "validate_instance_type",
    restores="Every instance type of the API's own enum is taken; moto knows those of 2021.",
    original="bdc591b519e9",
)
def validate_instance_type(_config: FakeEndpointConfig, _instance_type: str) -> None:
    """Nothing is left to do: the limits of the request name the types."""


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
        model_of(backend, variant)


@replaces(
    SageMakerModelBackend,
    "describe_endpoint_config",
    restores="An endpoint config that is not there is quoted as AWS quotes it.",
    original="1df79bdb0aec",
)
def describe_endpoint_config(
    backend: SageMakerModelBackend, endpoint_config_name: str
) -> dict[str, Any]:
    """The body of DescribeEndpointConfig."""
    return body_of("DescribeEndpointConfig", config_of(backend, endpoint_config_name))


@replaces(
    SageMakerModelBackend,
    "delete_endpoint_config",
    restores="A config can be deleted while an endpoint uses it; who asks for none is told so.",
    original="138d8cf7cad3",
)
def delete_endpoint_config(backend: SageMakerModelBackend, endpoint_config_name: str) -> None:
    """Forget the config; endpoints go on with what they have."""
    config_of(backend, endpoint_config_name)
    del backend.endpoint_configs[endpoint_config_name]


def config_of(backend: SageMakerModelBackend, name: str) -> FakeEndpointConfig:
    """The endpoint config of that name."""
    if name not in backend.endpoint_configs:
        raise not_found(backend, "endpoint configuration", "endpoint-config", name)
    return backend.endpoint_configs[name]
