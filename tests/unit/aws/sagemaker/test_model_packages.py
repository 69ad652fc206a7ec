"""What the model registry answers, in our words; checked against botocore's own model."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from bluegreen.aws.sagemaker.model_packages import Registry
from bluegreen.aws.sagemaker.package_reads import is_of_the_account, package_shapes
from bluegreen.contract.errors import ObservationUnavailable, RequestRejected
from bluegreen.registry.feedback import Feedback
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import Request
from builders import CANARY, PACKAGE, at
from made_up_keys import MADE_UP_KEYS
from situations import ENDPOINT_ARN, live_config, live_model

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
REQUEST = Request("churn", "", CANARY, model_package_arn=PACKAGE)


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
    with pytest.raises(RequestRejected, match="AWS refuses: not authorized"):
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
    registry.tell(FEEDBACK, APPROVED)


@pytest.mark.parametrize(
    ("code", "status"), [("ConflictException", 400), ("ThrottlingException", 400), ("Oops", 500)]
)
def test_a_package_that_cannot_be_told_now(
    stub: Stubber, registry: Registry, code: str, status: int
) -> None:
    refuses(stub, "update_model_package", code, "Somebody else is at it.", status)
    with pytest.raises(ObservationUnavailable, match="Somebody else is at it"):
        registry.tell(FEEDBACK, APPROVED)


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException"])
def test_a_registry_that_refuses(stub: Stubber, registry: Registry, code: str) -> None:
    refuses(stub, "update_model_package", code, "Too many\nproperties.")
    with pytest.raises(RequestRejected) as refusal:
        registry.tell(FEEDBACK, APPROVED)
    assert str(refusal.value) == "SageMaker refuses: Too many properties."


# ---- What a green config is made from --------------------------------------------------------


@pytest.mark.parametrize(
    ("arn", "other", "expected"),
    [
        (PACKAGE, ENDPOINT_ARN, True),
        (PACKAGE, "arn:aws:states:eu-central-1:123456789012:stateMachine:x", True),
        (PACKAGE, ENDPOINT_ARN.replace("eu-central-1", "eu-west-1"), False),
        (PACKAGE, ENDPOINT_ARN.replace("123456789012", "123456789013"), False),
        (PACKAGE, "", False),
        ("churn/7", ENDPOINT_ARN, False),
        ("", "", False),
    ],
)
def test_whether_a_package_is_of_the_account(arn: str, other: str, expected: bool) -> None:
    assert is_of_the_account(arn, other) is expected


def endpoint(arn: str = ENDPOINT_ARN) -> dict[str, Any]:
    return {"EndpointArn": arn, "EndpointConfigName": "churn-blue"}


def test_the_package_and_the_tags_of_what_is_live(stub: Stubber) -> None:
    other = live_config(EndpointConfigName="other", EndpointConfigArn="not asked for")
    shapes = {
        "Endpoint": endpoint(),
        "EndpointConfigs": [other, live_config()],
        "Models": [live_model(), live_model()],  # of two variants
        "ModelPackages": [{"ModelPackageArn": "of a live model"}],
    }
    stub.add_response("describe_model_package", BODY, ASKED)
    arns = [ENDPOINT_ARN, live_config()["EndpointConfigArn"], live_model()["ModelArn"]]
    for arn in arns:
        first, second = {"Key": "a", "Value": arn[:9]}, {"Key": "b", "Value": ""}
        stub.add_response("list_tags", {"Tags": [first], "NextToken": "t"}, {"ResourceArn": arn})
        stub.add_response("list_tags", {"Tags": [second]}, {"ResourceArn": arn, "NextToken": "t"})
    client: Any = stub.client
    found = package_shapes(client, REQUEST, shapes)
    assert [p["ModelPackageArn"] for p in found["ModelPackages"]] == ["of a live model", PACKAGE]
    assert found["Tags"] == {
        arn: [{"Key": "a", "Value": arn[:9]}, {"Key": "b", "Value": ""}] for arn in arns
    }


def test_a_package_of_another_account_is_not_asked_for(stub: Stubber) -> None:
    foreign = ENDPOINT_ARN.replace("123456789012", "999999999999")
    stub.add_response("list_tags", {"Tags": []}, {"ResourceArn": foreign})
    client: Any = stub.client
    found = package_shapes(client, REQUEST, {"Endpoint": endpoint(foreign)})
    assert found == {"ModelPackages": [], "Tags": {foreign: []}}


def test_a_package_that_is_not_there_is_none_of_the_packages(stub: Stubber) -> None:
    refuses(stub, "describe_model_package", "ValidationException", UNKNOWN)
    stub.add_response("list_tags", {"Tags": []}, {"ResourceArn": ENDPOINT_ARN})
    client: Any = stub.client
    found = package_shapes(client, REQUEST, {"Endpoint": endpoint()})
    assert found == {"ModelPackages": [], "Tags": {ENDPOINT_ARN: []}}


def test_without_an_endpoint_nothing_is_asked(stub: Stubber) -> None:
    client: Any = stub.client
    assert package_shapes(client, REQUEST, {"Models": [live_model()]}) == {}


def test_tags_that_our_role_may_not_see(stub: Stubber) -> None:
    refuses(stub, "describe_model_package", "ValidationException", UNKNOWN)
    refuses(stub, "list_tags", "AccessDeniedException", "not authorized to perform ListTags")
    client: Any = stub.client
    with pytest.raises(RequestRejected, match="AWS refuses: not authorized to perform ListTags"):
        package_shapes(client, REQUEST, {"Endpoint": endpoint()})
