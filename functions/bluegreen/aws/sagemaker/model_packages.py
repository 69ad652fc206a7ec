"""The model registry: reads a model package, and updates it when its deployment has ended."""

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from bluegreen.aws.errors import (
    code_of,
    is_passing,
    message_of,
    passing_faults_as_unavailable,
    unsent_as_rejections,
)
from bluegreen.aws.sagemaker.describe import describe_package
from bluegreen.contract.errors import ObservationUnavailable, RequestRejected
from bluegreen.registry.feedback import Feedback
from bluegreen.registry.model_package import ModelPackage

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

CONFLICT: Final = "ConflictException"
"""Somebody else is changing the package right now (API, UpdateModelPackage)."""


class Registry:
    """The model packages of the account."""

    def __init__(self, client: "SageMakerClient") -> None:
        self._client = client

    def find(self, arn: str) -> ModelPackage | None:
        """A model package as it is now; None where there is none.

        RequestRejected when our role may not see it.
        """
        body = describe_package(self._client, arn)
        return ModelPackage.from_shape(body) if body else None

    def update(self, feedback: Feedback, package: ModelPackage) -> None:
        """Update the package; the same update again is harmless.

        RequestRejected, with the message, if SageMaker or its SDK refuse.
        """
        with passing_faults_as_unavailable(), unsent_as_rejections("UpdateModelPackage"):
            try:
                self._client.update_model_package(**feedback.to_shape(package))
            except ClientError as error:
                if code_of(error) == CONFLICT:
                    raise ObservationUnavailable(message_of(error)) from error
                if is_passing(error):
                    raise
                message = f"SageMaker refused UpdateModelPackage: {message_of(error)}"
                raise RequestRejected(message) from error
