"""Turns an endpoint config into a fleet of the engine, with the present behaviour of its models."""

from collections.abc import Mapping
from typing import Any

from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import SageMakerModelBackend

from bluegreen_simulator.aws.sagemaker.configs import describe_endpoint_config
from bluegreen_simulator.aws.sagemaker.driver import running
from bluegreen_simulator.aws.sagemaker.members import not_modelled, refuse_to_deploy
from bluegreen_simulator.aws.sagemaker.models import behavior_in, model_of
from bluegreen_simulator.rules.fleet.config import FleetConfig, ProductionVariant
from bluegreen_simulator.rules.fleet.image_behavior import environment_of


def fleet_of(backend: SageMakerModelBackend, config_name: str) -> FleetConfig:
    """The endpoint config as the engine sees it; raises ValidationError for what it cannot."""
    config = describe_endpoint_config(backend, config_name)
    refuse_to_deploy("CreateEndpointConfig", config, "An endpoint config with ")
    variants = tuple(_variant(backend, variant) for variant in config["ProductionVariants"])
    if any(variant.serverless for variant in variants) and len(variants) > 1:
        raise ValidationError("A serverless endpoint takes one production variant.")
    if not any(variant.weight for variant in variants):
        raise not_modelled("An endpoint config whose variants all have InitialVariantWeight 0")
    return FleetConfig(config_name, variants, _shown(config))


def _shown(body: Mapping[str, Any]) -> dict[str, Any]:
    """What of an endpoint config DescribeEndpoint shows, in the shapes that it has there."""
    shown = {name: body[name] for name in ("ExplainerConfig", "MetricsConfig") if name in body}
    if "DataCaptureConfig" in body:
        shown["DataCaptureConfig"] = _capture(body["DataCaptureConfig"])
    return shown


def _capture(config: Mapping[str, Any]) -> dict[str, Any]:
    enabled = config.get("EnableCapture", False)
    return {
        "EnableCapture": enabled,
        "CaptureStatus": "Started" if enabled else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }


def _variant(backend: SageMakerModelBackend, body: Mapping[str, Any]) -> ProductionVariant:
    refuse_to_deploy("ProductionVariant", body, "A production variant with ")
    serverless = body.get("ServerlessConfig")
    if "InitialInstanceCount" not in body and not serverless:
        raise not_modelled("A production variant without InitialInstanceCount")
    model = model_of(backend, body)
    containers = [
        *([model.primary_container] if model.primary_container else []),
        *model.containers,
    ]
    return ProductionVariant(
        name=body["VariantName"],
        instances=1 if serverless else body["InitialInstanceCount"],
        weight=body.get("InitialVariantWeight", 1.0),
        instance_type=body.get("InstanceType", ""),
        behavior=behavior_in(_environment(backend, containers)),
        serverless=serverless,
        marketplace=any(_is_of_marketplace(backend, container) for container in containers),
    )


def _environment(
    backend: SageMakerModelBackend, containers: list[dict[str, Any]]
) -> dict[str, str]:
    """What the containers say together; where two say something, the later one holds."""
    environment: dict[str, str] = {}
    for container in containers:
        environment |= _of_image(container)
        environment |= _packaged_environment(backend, container)
        environment |= container.get("Environment", {})
    return environment


def _packaged_environment(
    backend: SageMakerModelBackend, container: Mapping[str, Any]
) -> dict[str, str]:
    environment: dict[str, str] = {}
    if "ModelPackageName" in container and not _is_foreign(backend, container):
        package = backend.describe_model_package(container["ModelPackageName"])
        for packaged in (package.inference_specification or {}).get("Containers", []):
            environment |= _of_image(packaged) | packaged.get("Environment", {})
    return environment


def _of_image(container: Mapping[str, Any]) -> dict[str, str]:
    return environment_of(running().world.behaviors, container.get("Image", ""))


def _is_of_marketplace(backend: SageMakerModelBackend, container: Mapping[str, Any]) -> bool:
    """Whether a container comes from AWS Marketplace.

    AWS says nowhere how to tell. Assumed: its model package belongs to another account, or was
    made with CertifyForMarketplace.
    """
    if "ModelPackageName" not in container:
        return False
    if _is_foreign(backend, container):
        return True
    return bool(
        backend.describe_model_package(container["ModelPackageName"]).certify_for_marketplace
    )


def _is_foreign(backend: SageMakerModelBackend, container: Mapping[str, Any]) -> bool:
    name: str = container["ModelPackageName"]
    return name.startswith("arn:") and name.split(":")[4] != backend.account_id
