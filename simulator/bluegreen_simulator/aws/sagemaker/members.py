"""Every member of the requests, and what the simulator does with it, so that none is ignored.

`MODELLED` members have an effect here as in AWS. `KEPT` ones are shown again as they were given,
and change nothing that is simulated. Whatever is neither is refused by its name, what a later
API adds too; what `NOT_DEPLOYED` names may stand in an endpoint config that no endpoint is given.
"""

from collections.abc import Mapping
from typing import Any, Final

from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.responses import SageMakerResponse

from bluegreen_simulator.moto.constraints import missing, summary, violations

LIST: Final = {
    "SortBy",
    "SortOrder",
    "NextToken",
    "MaxResults",
    "NameContains",
    "CreationTimeBefore",
    "CreationTimeAfter",
}
MODELLED: Final = {
    "CreateModel": {"ModelName", "PrimaryContainer", "Containers"},
    "ContainerDefinition": {"Environment", "ModelPackageName"},
    "CreateEndpointConfig": {"EndpointConfigName", "ProductionVariants"},
    "MetricsConfig": {"EnableDetailedObservability"},
    "ProductionVariant": {
        "VariantName",
        "ModelName",
        "InitialInstanceCount",
        "InstanceType",
        "InitialVariantWeight",
        "ServerlessConfig",
    },
    "CreateEndpoint": {"EndpointName", "EndpointConfigName", "DeploymentConfig"},
    "UpdateEndpoint": {
        "EndpointName",
        "EndpointConfigName",
        "RetainAllVariantProperties",
        "ExcludeRetainedVariantProperties",
        "DeploymentConfig",
        "RetainDeploymentConfig",
    },
    "UpdateEndpointWeightsAndCapacities": {"EndpointName", "DesiredWeightsAndCapacities"},
    "DesiredWeightAndCapacity": {"VariantName", "DesiredWeight", "DesiredInstanceCount"},
    "CreateModelPackageInput": {
        "ModelPackageName",
        "ModelPackageGroupName",
        "InferenceSpecification",
        "CertifyForMarketplace",
        "Tags",
        "ModelApprovalStatus",
        "ModelLifeCycle",
        "CustomerMetadataProperties",
        "ClientToken",
    },
    "UpdateModelPackageInput": {
        "ModelPackageArn",
        "ModelApprovalStatus",
        "ApprovalDescription",
        "ModelLifeCycle",
        "CustomerMetadataProperties",
        "CustomerMetadataPropertiesToRemove",
        "InferenceSpecification",
        "AdditionalInferenceSpecificationsToAdd",
        "ClientToken",
    },
    "DescribeModelPackageInput": {"ModelPackageName", "IncludedData"},
    "DeleteModelPackageInput": {"ModelPackageName"},
    "ListModelPackagesInput": {
        *LIST,
        "ModelApprovalStatus",
        "ModelPackageGroupName",
        "ModelPackageType",
    },
    "ListEndpointsInput": {
        *LIST,
        "LastModifiedTimeAfter",
        "LastModifiedTimeBefore",
        "StatusEquals",
    },
    "ListModelPackageGroupsInput": LIST,
    "Search": {
        "Resource",
        "SearchExpression",
        "SortBy",
        "SortOrder",
        "NextToken",
        "MaxResults",
    },
    "ListModelsInput": LIST,
    "ListEndpointConfigsInput": LIST,
    "AddTagsInput": {"ResourceArn", "Tags"},
    "ListTagsInput": {"ResourceArn", "NextToken", "MaxResults"},
    "DeleteTagsInput": {"ResourceArn", "TagKeys"},
}
"""By operation, or by shape: the input shapes of operations that are not blue/green's own."""

KEPT: Final = {
    "CreateModel": {
        "Tags",
        "ExecutionRoleArn",
        "VpcConfig",
        "EnableNetworkIsolation",
        "InferenceExecutionConfig",
    },
    "ContainerDefinition": {
        "Image",
        "ImageConfig",
        "ContainerHostname",
        "Mode",
        "ModelDataUrl",
        "ModelDataSource",
        "AdditionalModelDataSources",
        "MultiModelConfig",
    },
    "CreateEndpointConfig": {
        "Tags",
        "KmsKeyId",
        "ExecutionRoleArn",
        "VpcConfig",
        "EnableNetworkIsolation",
        "DataCaptureConfig",
        "ExplainerConfig",
        "MetricsConfig",
    },
    "MetricsConfig": {"EnableEnhancedMetrics", "MetricPublishFrequencyInSeconds"},
    "ProductionVariant": {
        "CoreDumpConfig",
        "VolumeSizeInGB",
        "ModelDataDownloadTimeoutInSeconds",
        "ContainerStartupHealthCheckTimeoutInSeconds",
        "EnableSSMAccess",
        "RoutingConfig",
        "InferenceAmiVersion",
    },
    "CreateEndpoint": {"Tags"},
    "CreateModelPackageInput": {
        "ModelPackageDescription",
        "ModelPackageRegistrationType",
        "ValidationSpecification",
        "SourceAlgorithmSpecification",
        "MetadataProperties",
        "ModelMetrics",
        "Domain",
        "Task",
        "SamplePayloadUrl",
        "DriftCheckBaselines",
        "AdditionalInferenceSpecifications",
        "SkipModelValidation",
        "SourceUri",
        "SecurityConfig",
        "ModelCard",
        "ManagedStorageType",
    },
    "UpdateModelPackageInput": {"ModelPackageRegistrationType", "SourceUri", "ModelCard"},
}
NOT_DEPLOYED: Final = {
    "CreateEndpointConfig": {"AsyncInferenceConfig", "ShadowProductionVariants"},
    "ProductionVariant": {
        "AcceleratorType",
        "InstancePools",
        "VariantInstanceProvisionTimeoutInSeconds",
        "ManagedInstanceScaling",
        "CapacityReservationConfig",
        "AcceleratorPartitionLayouts",
    },
}


def not_modelled(what: str) -> ValidationError:
    """The error for what AWS can do and the simulator cannot; it never skips in silence."""
    return ValidationError(f"{what} is not modelled by the simulator.")


def checked(operation: str, response: SageMakerResponse) -> dict[str, Any]:
    """The members of a request, which keep to the API's limits and are all known here."""
    params: dict[str, Any] = response._get_params()  # noqa: SLF001 - moto's own access
    broken = [
        *missing("sagemaker", operation, params),
        *violations("sagemaker", operation, params),
    ]
    if broken:
        raise ValidationError(summary(broken))
    refuse_members(operation if operation in MODELLED else f"{operation}Input", params)
    return params


def refuse_members(shape: str, body: Mapping[str, Any], where: str = "") -> None:
    """Raise for members that have no place here at all."""
    known = MODELLED[shape] | KEPT.get(shape, set()) | NOT_DEPLOYED.get(shape, set())
    _refuse(body.keys() - known, where)


def refuse_to_deploy(shape: str, body: Mapping[str, Any], where: str = "") -> None:
    """Raise for members that no endpoint may be given."""
    _refuse(body.keys() & NOT_DEPLOYED[shape], where)


def _refuse(members: set[str], where: str) -> None:
    if members:
        raise not_modelled(f"{where}{', '.join(sorted(members))}")
