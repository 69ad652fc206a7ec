"""What the model registry answers, in our words; checked against botocore's own model."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from bluegreen.aws.sagemaker.model_packages import Registry
from bluegreen.contract.errors import ObservationUnavailable, RequestRejected
from bluegreen.registry.feedback import Feedback
from bluegreen.registry.model_package import ModelPackage
from builders import PACKAGE, at
from made_up_keys import MADE_UP_KEYS

ASKED = {"ModelPackageName": PACKAGE, "IncludedData": "MetadataOnly"}
BODY: dict[str, Any] = {
    "ModelPackageName": "churn",
    "ModelPackageArn": PACKAGE,
    "ModelPackageGroupName": "churn",
    "CreationTime": at(0),
    "LastModifiedTime": at(9),
    "ModelPackageStatus": "Completed",
    "ModelPackageStatusDetails": {"ValidationStatuses": []},
    "ModelApprovalStatus": "Approved",
}
FEEDBACK = Feedback(
    arn=PACKAGE,
    rejects=True,
    description="It was rolled back.",
    properties={"bluegreen:endpoint": "churn"},
    stage_status="RolledBack",
)
APPROVED = ModelPackage(PACKAGE, approval="Approved", status="Completed")
UNKNOWN = f"ModelPackage {PACKAGE} does not exist."


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = boto3.client("sagemaker", region_name="eu-central-1", **MADE_UP_KEYS)
    with Stubber(client) as stubber:
        yield stubber
    stubber.assert_no_pending_responses()


@pytest.fixture
def registry(stub: Stubber) -> Registry:
    client: Any = stub.client
    return Registry(client)


def refuses(stub: Stubber, call: str, code: str, message: str, status: int = 400) -> None:
    stub.add_client_error(call, code, message, http_status_code=status)


# ---- A package is read -----------------------------------------------------------------------


def test_a_package_is_read_without_its_card(stub: Stubber, registry: Registry) -> None:
    stub.add_response("describe_model_package", BODY, ASKED)
    found = registry.find(PACKAGE)
    assert found == ModelPackage.from_shape(BODY)
    assert found is not None
    assert found.last_modified == at(9)


def test_a_package_that_is_not_there(stub: Stubber, registry: Registry) -> None:
    refuses(stub, "describe_model_package", "ValidationException", UNKNOWN)
    assert registry.find(PACKAGE) is None


def test_a_package_that_our_role_may_not_see(stub: Stubber, registry: Registry) -> None:
    refuses(stub, "describe_model_package", "AccessDeniedException", "not\nauthorized")
    with pytest.raises(RequestRejected, match="AWS denied access: not authorized"):
        registry.find(PACKAGE)


@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 400), ("Oops", 503)])
def test_a_registry_that_does_not_answer_now(
    stub: Stubber, registry: Registry, code: str, status: int
) -> None:
    refuses(stub, "describe_model_package", code, "later", status)
    with pytest.raises(ObservationUnavailable, match="later"):
        registry.find(PACKAGE)


# ---- A package is told -----------------------------------------------------------------------


def test_a_package_is_told_how_its_deployment_ended(stub: Stubber, registry: Registry) -> None:
    answer = {"ModelPackageArn": PACKAGE}
    stub.add_response("update_model_package", answer, FEEDBACK.to_shape(APPROVED))
    registry.update(FEEDBACK, APPROVED)


@pytest.mark.parametrize(
    ("code", "status"), [("ConflictException", 400), ("ThrottlingException", 400), ("Oops", 500)]
)
def test_a_package_that_cannot_be_told_now(
    stub: Stubber, registry: Registry, code: str, status: int
) -> None:
    refuses(stub, "update_model_package", code, "Somebody else is at it.", status)
    with pytest.raises(ObservationUnavailable, match="Somebody else is at it"):
        registry.update(FEEDBACK, APPROVED)


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException"])
def test_a_registry_that_refuses(stub: Stubber, registry: Registry, code: str) -> None:
    refuses(stub, "update_model_package", code, "Too many\nproperties.")
    with pytest.raises(RequestRejected) as refusal:
        registry.update(FEEDBACK, APPROVED)
    assert str(refusal.value) == "SageMaker refused UpdateModelPackage: Too many properties."


def test_an_update_that_the_sdk_of_the_runtime_cannot_send_is_refused(
    stub: Stubber, registry: Registry
) -> None:
    """An older model of the API stands for it: one that knows no life cycles."""
    shape = stub.client.meta.service_model.operation_model("UpdateModelPackage").input_shape
    assert shape is not None
    del shape.members["ModelLifeCycle"]
    stub.deactivate()
    with pytest.raises(RequestRejected, match=r"could not send UpdateModelPackage.*ModelLifeCycle"):
        registry.update(FEEDBACK, APPROVED)
