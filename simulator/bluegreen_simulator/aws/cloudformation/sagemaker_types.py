"""CloudFormation: models, endpoint configs, endpoints and model packages, and how variants scale.

Which change makes a new resource is what the types' schemas say: every property of a model and of
an endpoint config but its tags; of an endpoint its name alone, the rest is an UpdateEndpoint.
"""

from typing import Any, ClassVar, Final, Self

from botocore.exceptions import ClientError

from bluegreen_simulator.aws.cloudformation.base_type import (
    Properties,
    Put,
    ResourceType,
    Unsettled,
    changed_names,
    without,
)
from bluegreen_simulator.aws.cloudformation.calls import call, client_of
from bluegreen_simulator.time.clock import VirtualClock

LOOK_SECONDS: Final = 30
"""How often CloudFormation looks whether an endpoint is ready (assumed)."""

IN_PROGRESS: Final = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}


class OfSageMaker(ResourceType):
    """What these types share: an ARN that Ref gives, tags, and one call to make and to delete."""

    longest_name = 63
    noun: ClassVar[str]
    """`Model` in CreateModel, ModelName, ModelArn and DeleteModel."""

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """Create."""
        params = {**properties, cls.name_property: name}
        arn = call("sagemaker", f"Create{cls.noun}", region, **params)[f"{cls.noun}Arn"]
        return cls(arn, {cls.name_property: name, f"{cls.noun}Arn": arn})

    @property
    def name(self) -> str:
        """The name that the API calls it by."""
        return self.attributes[self.name_property]

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """Its tags: the rest makes a new one."""
        if changed_names(properties, before) != ["Tags"]:
            return super().update(properties, before, region)
        self._tag(properties, before, region)
        return self

    def _tag(self, properties: Properties, before: Properties, region: str) -> None:
        wanted, arn = properties.get("Tags", []), {"ResourceArn": self.physical_id}
        kept = {tag["Key"] for tag in wanted}
        gone = [tag["Key"] for tag in before.get("Tags", []) if tag["Key"] not in kept]
        if gone:
            call("sagemaker", "DeleteTags", region, TagKeys=gone, **arn)
        if wanted:
            call("sagemaker", "AddTags", region, Tags=wanted, **arn)

    def delete(self, properties: Properties, region: str) -> None:
        """Delete."""
        del properties
        call("sagemaker", f"Delete{self.noun}", region, **{self.name_property: self.name})


class Model(OfSageMaker):
    """A model."""

    type_name = "AWS::SageMaker::Model"
    name_property = "ModelName"
    noun = "Model"
    replaced_by = frozenset(
        {
            "Containers",
            "EnableNetworkIsolation",
            "ExecutionRoleArn",
            "InferenceExecutionConfig",
            "ModelName",
            "PrimaryContainer",
            "VpcConfig",
        }
    )


class EndpointConfig(OfSageMaker):
    """An endpoint config."""

    type_name = "AWS::SageMaker::EndpointConfig"
    name_property = "EndpointConfigName"
    noun = "EndpointConfig"
    replaced_by = frozenset(
        {
            "AsyncInferenceConfig",
            "DataCaptureConfig",
            "EnableNetworkIsolation",
            "EndpointConfigName",
            "ExecutionRoleArn",
            "ExplainerConfig",
            "KmsKeyId",
            "MetricsConfig",
            "ProductionVariants",
            "ShadowProductionVariants",
            "VpcConfig",
        }
    )


class Endpoint(OfSageMaker):
    """An endpoint; the stack waits until it serves what it should."""

    type_name = "AWS::SageMaker::Endpoint"
    name_property = "EndpointName"
    noun = "Endpoint"
    replaced_by = frozenset({"EndpointName"})
    wanted: str = ""
    region: str = ""

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """CreateEndpoint; what is of updates only has no place there."""
        own = ("ExcludeRetainedVariantProperties", "RetainAllVariantProperties")
        params = without(properties, *own, "RetainDeploymentConfig")
        endpoint = super().create(name, params, region)
        return endpoint.wants(properties, region)

    def wants(self, properties: Properties, region: str) -> Self:
        """Remember what it should become."""
        self.wanted, self.region = _name(properties["EndpointConfigName"]), region
        return self

    def settle(self, clock: VirtualClock) -> None:
        """Wait until it is InService with the config that it should have."""
        while (found := self._describe())["EndpointStatus"] in IN_PROGRESS:
            clock.sleep(LOOK_SECONDS)
        if (found["EndpointStatus"], found["EndpointConfigName"]) != ("InService", self.wanted):
            raise Unsettled(_why(self.name, found))

    def _describe(self) -> Any:  # noqa: ANN401 - boto3's
        return client_of("sagemaker", self.region).describe_endpoint(EndpointName=self.name)

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """UpdateEndpoint, unless it serves that config: SageMaker itself rolls back too."""
        changed = changed_names(properties, before)
        if "Tags" in changed:
            self._tag(properties, before, region)
        self.wants(properties, region)
        if (
            "EndpointConfigName" in changed
            and self._describe()["EndpointConfigName"] != self.wanted
        ):
            params = {**without(properties, "Tags"), "EndpointName": self.name}
            call("sagemaker", "UpdateEndpoint", region, **params)
        return self

    def vanish(self, clock: VirtualClock) -> None:
        """Wait until nobody finds it any more."""
        try:
            while self._describe()["EndpointStatus"] == "Deleting":
                clock.sleep(LOOK_SECONDS)
        except ClientError:
            return


def _why(name: str, found: Any) -> str:  # noqa: ANN401 - boto3's
    reason = found.get("FailureReason", f"it is {found['EndpointStatus']}")
    return (
        f"Resource of type '{Endpoint.type_name}' with identifier '{name}' did not stabilize: "
        f"{reason}"
    )


def _name(given: str) -> str:
    """A config's name; Ref gives its ARN, which AWS takes in its place too."""
    return given.rpartition("/")[2]


class ModelPackageGroup(OfSageMaker):
    """A model package group; a policy on it is not modelled."""

    type_name = "AWS::SageMaker::ModelPackageGroup"
    name_property = "ModelPackageGroupName"
    noun = "ModelPackageGroup"
    replaced_by = frozenset({"ModelPackageGroupDescription", "ModelPackageGroupName"})


class ModelPackage(ResourceType):
    """A version of a model package group."""

    type_name = "AWS::SageMaker::ModelPackage"
    replaced_by = frozenset(
        {
            "ClientToken",
            "Domain",
            "DriftCheckBaselines",
            "InferenceSpecification",
            "MetadataProperties",
            "ModelMetrics",
            "ModelPackageDescription",
            "ModelPackageGroupName",
            "SamplePayloadUrl",
            "SecurityConfig",
            "SourceAlgorithmSpecification",
            "Task",
            "ValidationSpecification",
        }
    )

    @classmethod
    def create(cls, name: str, properties: Properties, region: str) -> Self:
        """CreateModelPackage."""
        del name
        arn = call("sagemaker", "CreateModelPackage", region, **properties)["ModelPackageArn"]
        return cls(arn, {"ModelPackageArn": arn})

    def update(self, properties: Properties, before: Properties, region: str) -> Self:
        """UpdateModelPackage."""
        changed = {name: properties.get(name) for name in changed_names(properties, before)}
        call("sagemaker", "UpdateModelPackage", region, ModelPackageArn=self.physical_id, **changed)
        return self

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteModelPackage."""
        del properties
        call("sagemaker", "DeleteModelPackage", region, ModelPackageName=self.physical_id)


SCALING: Final = "application-autoscaling"


class ScalableTarget(Put):
    """What of an endpoint may scale; it is kept and shown, and scales nothing."""

    type_name = "AWS::ApplicationAutoScaling::ScalableTarget"
    replaced_by = frozenset({"ResourceId", "ScalableDimension", "ServiceNamespace"})
    known = frozenset(
        {
            "MaxCapacity",
            "MinCapacity",
            "ResourceId",
            "RoleARN",
            "ScalableDimension",
            "ServiceNamespace",
            "SuspendedState",
        }
    )

    @classmethod
    def put(cls, name: str, properties: Properties, region: str) -> Self:
        """RegisterScalableTarget."""
        del name
        call(SCALING, "RegisterScalableTarget", region, **properties)
        parts = ("ResourceId", "ScalableDimension", "ServiceNamespace")
        identifier = "|".join(str(properties[part]) for part in parts)
        return cls(identifier, {"Id": identifier})

    def delete(self, properties: Properties, region: str) -> None:
        """DeregisterScalableTarget."""
        parts = ("ResourceId", "ScalableDimension", "ServiceNamespace")
        params = {part: properties[part] for part in parts}
        call(SCALING, "DeregisterScalableTarget", region, **params)


class ScalingPolicy(Put):
    """How it would scale."""

    type_name = "AWS::ApplicationAutoScaling::ScalingPolicy"
    name_property = "PolicyName"
    longest_name = 256
    replaced_by = frozenset(
        {"PolicyName", "ResourceId", "ScalableDimension", "ScalingTargetId", "ServiceNamespace"}
    )

    @classmethod
    def put(cls, name: str, properties: Properties, region: str) -> Self:
        """PutScalingPolicy; the target is named by its id or by its three parts."""
        params = {**without(properties, "ScalingTargetId"), **_target(properties)}
        arn = call(SCALING, "PutScalingPolicy", region, **{**params, "PolicyName": name})
        return cls(arn["PolicyARN"], {"Arn": arn["PolicyARN"], "PolicyName": name})

    @property
    def name(self) -> str:
        """The policy's name."""
        return self.attributes["PolicyName"]

    def delete(self, properties: Properties, region: str) -> None:
        """DeleteScalingPolicy."""
        params = {**_target(properties), "PolicyName": self.name}
        call(SCALING, "DeleteScalingPolicy", region, **params)


def _target(properties: Properties) -> dict[str, str]:
    parts = ("ResourceId", "ScalableDimension", "ServiceNamespace")
    if "ScalingTargetId" in properties:
        return dict(zip(parts, properties["ScalingTargetId"].split("|"), strict=True))
    return {part: properties[part] for part in parts if part in properties}


TYPES: tuple[type[ResourceType], ...] = (
    Model,
    EndpointConfig,
    Endpoint,
    ModelPackageGroup,
    ModelPackage,
    ScalableTarget,
    ScalingPolicy,
)
