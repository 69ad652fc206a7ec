"""What SageMaker describes, as it is now; None where there is no such thing.

RequestRejected when our role may not see it, ObservationUnavailable when nobody can now.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from bluegreen.aws.errors import denials_as_rejections, message_of
from bluegreen.contract.times import cut_to_milliseconds
from bluegreen.sagemaker.observation import Observation, PendingDeployment, Variant, VariantStatus

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

Body = Mapping[str, Any]


def describe_endpoint(client: "SageMakerClient", name: str) -> Body | None:
    """An endpoint; shape: `DescribeEndpointOutput`."""
    with denials_as_rejections():
        return none_if_missing(lambda: client.describe_endpoint(EndpointName=name))


def observation_of(body: Mapping[str, Any]) -> Observation:
    """What DescribeEndpoint shows; shape: `DescribeEndpointOutput`, times as datetimes."""
    return Observation(
        status=body["EndpointStatus"],
        live_config=body.get("EndpointConfigName", ""),
        last_modified=cut_to_milliseconds(body.get("LastModifiedTime")),
        failure_reason=body.get("FailureReason", ""),
        variants=_variants(body.get("ProductionVariants", [])),
        pending=_pending(body.get("PendingDeploymentSummary")),
        asynchronous=bool(body.get("AsyncInferenceConfig")),
        name=body.get("EndpointName", ""),
    )


def _pending(body: Mapping[str, Any] | None) -> PendingDeployment | None:
    if not body:
        return None
    return PendingDeployment(
        config=body["EndpointConfigName"],
        variants=_variants(body.get("ProductionVariants", [])),
        started_at=cut_to_milliseconds(body.get("StartTime")),
    )


def _variants(bodies: Iterable[Mapping[str, Any]]) -> tuple[Variant, ...]:
    return tuple(
        Variant(
            name=body["VariantName"],
            current_instances=body.get("CurrentInstanceCount"),
            desired_instances=body.get("DesiredInstanceCount"),
            statuses=tuple(
                VariantStatus(status["Status"], cut_to_milliseconds(status.get("StartTime")))
                for status in body.get("VariantStatus", [])
            ),
            weight=body.get("DesiredWeight", body.get("CurrentWeight")),
        )
        for body in bodies
    )


def describe_config(client: "SageMakerClient", name: str) -> Body | None:
    """An endpoint config; shape: `DescribeEndpointConfigOutput`."""
    with denials_as_rejections():
        return none_if_missing(lambda: client.describe_endpoint_config(EndpointConfigName=name))


def describe_model(client: "SageMakerClient", name: str) -> Body | None:
    """A model; shape: `DescribeModelOutput`."""
    with denials_as_rejections():
        return none_if_missing(lambda: client.describe_model(ModelName=name))


def describe_package(client: "SageMakerClient", arn: str) -> Body | None:
    """A model package without its card, which a key of its own may encrypt.

    Shape: `DescribeModelPackageOutput`.
    """
    with denials_as_rejections():
        try:
            return client.describe_model_package(ModelPackageName=arn, IncludedData="MetadataOnly")
        except ClientError as error:
            if "does not exist" in message_of(error):
                return None
            raise


def none_if_missing[T](describe: Callable[[], T]) -> T | None:
    """What a call describes; None where there is no such endpoint, endpoint config or model."""
    try:
        return describe()
    except ClientError as error:
        if is_missing(error):
            return None
        raise


def is_missing(error: ClientError) -> bool:
    """Whether SageMaker says that there is no such endpoint, endpoint config or model."""
    # SageMaker has no exception of its own for this; its text has said so for years.
    return "could not find" in message_of(error).lower()
