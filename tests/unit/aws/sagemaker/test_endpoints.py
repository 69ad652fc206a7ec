"""What SageMaker answers, in our words; the answers are checked against botocore's own model."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ConnectionClosedError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ReadTimeoutError,
)
from botocore.stub import Stubber

from bluegreen.aws.sagemaker.endpoints import Endpoints
from bluegreen.contract.errors import ObservationUnavailable, RequestRejected
from bluegreen.request.request import Request
from bluegreen.sagemaker.observation import (
    Observation,
    PendingDeployment,
    Variant,
    VariantStatus,
)
from builders import at, canary_request
from made_up_keys import MADE_UP_KEYS

ARN = "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/churn"
DESCRIBED = {
    "EndpointName": "churn",
    "EndpointArn": ARN,
    "EndpointStatus": "Updating",
    "CreationTime": at(-1000),
    "LastModifiedTime": at(1.0004),
    "EndpointConfigName": "churn-blue",
    "FailureReason": "none",
    "ProductionVariants": [
        {"VariantName": "main", "CurrentInstanceCount": 3, "DesiredInstanceCount": 4}
    ],
    "PendingDeploymentSummary": {
        "EndpointConfigName": "churn-green",
        "StartTime": at(1),
        "ProductionVariants": [
            {
                "VariantName": "main",
                "CurrentInstanceCount": 1,
                "DesiredInstanceCount": 4,
                "VariantStatus": [{"Status": "Baking", "StartTime": at(320)}],
            }
        ],
    },
}


@pytest.fixture
def stub() -> Iterator[Stubber]:
    once = Config(retries={"total_max_attempts": 1})  # or a call that fails waits for seconds
    client = boto3.client("sagemaker", region_name="eu-central-1", config=once, **MADE_UP_KEYS)
    with Stubber(client) as stubber:
        yield stubber
    stubber.assert_no_pending_responses()


@pytest.fixture
def endpoints(stub: Stubber) -> Endpoints:
    client: Any = stub.client
    return Endpoints(client, lambda: client)


def test_a_look_at_an_endpoint_that_is_updated(stub: Stubber, endpoints: Endpoints) -> None:
    stub.add_response("describe_endpoint", DESCRIBED, {"EndpointName": "churn"})
    assert endpoints.look("churn") == Observation(
        status="Updating",
        live_config="churn-blue",
        last_modified=at(1),
        failure_reason="none",
        variants=(Variant("main", 3, 4),),
        pending=PendingDeployment(
            "churn-green", (Variant("main", 1, 4, (VariantStatus("Baking", at(320)),)),), at(1)
        ),
        name="churn",
    )


def refusal(stub: Stubber, operation: str, code: str, message: str, status: int = 400) -> None:
    stub.add_client_error(operation, code, message, http_status_code=status)


def test_an_endpoint_that_is_not_there_is_gone(stub: Stubber, endpoints: Endpoints) -> None:
    refusal(stub, "describe_endpoint", "ValidationException", f'Could not find endpoint "{ARN}".')
    assert endpoints.look("churn") == Observation("Gone")


@pytest.mark.parametrize(
    ("code", "status"),
    [("ThrottlingException", 400), ("InternalFailure", 500), ("ServiceUnavailable", 503)],
)
def test_no_answer_is_no_observation(
    stub: Stubber, endpoints: Endpoints, code: str, status: int
) -> None:
    for operation in ("describe_endpoint", "update_endpoint"):
        refusal(stub, operation, code, "later", status)
    for call in (
        lambda: endpoints.look("churn"),
        lambda: endpoints.update(Request.from_json(canary_request())),
    ):
        with pytest.raises(ObservationUnavailable, match="later"):
            call()


def test_a_timeout_is_no_observation(endpoints: Endpoints, monkeypatch: pytest.MonkeyPatch) -> None:
    def time_out(**_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="sagemaker")

    monkeypatch.setattr(endpoints._client, "describe_endpoint", time_out)
    with pytest.raises(ObservationUnavailable, match="Read timeout"):
        endpoints.look("churn")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ValidationException", 'Cannot update in-progress endpoint "x".'),
        ("ResourceLimitExceeded", "ml.m5.xlarge for endpoint usage"),
        ("AccessDeniedException", "not authorized to perform: sagemaker:UpdateEndpoint"),
    ],
)
def test_a_refusal_keeps_sagemakers_words(
    stub: Stubber, endpoints: Endpoints, code: str, message: str
) -> None:
    refusal(stub, "update_endpoint", code, message)
    with pytest.raises(RequestRejected) as raised:
        endpoints.update(Request.from_json(canary_request()))
    assert str(raised.value) == f"SageMaker refused UpdateEndpoint: {message}"


CALLS = pytest.mark.parametrize("operation", ["UpdateEndpoint", "CreateEndpoint"])


def calling(endpoints: Endpoints, operation: str) -> None:
    call = {"UpdateEndpoint": endpoints.update, "CreateEndpoint": endpoints.create}[operation]
    call(Request.from_json(canary_request()))


@CALLS
def test_a_member_that_the_sdk_of_the_runtime_lacks_is_a_refusal_that_names_it(
    stub: Stubber, endpoints: Endpoints, operation: str
) -> None:
    """An older model of the API stands for it: one without a member that is sent."""
    shape = stub.client.meta.service_model.operation_model(operation).input_shape
    assert shape is not None
    del shape.members["EndpointConfigName"]
    stub.deactivate()
    with pytest.raises(RequestRejected) as raised:
        calling(endpoints, operation)
    assert str(raised.value).startswith(
        f"The AWS SDK could not send {operation}: Parameter validation failed:"
        ' Unknown parameter in input: "EndpointConfigName", must be one of:'
    )


@CALLS
def test_a_call_that_nobody_can_sign_is_a_refusal(
    stub: Stubber, endpoints: Endpoints, operation: str
) -> None:
    def unsigned(**_: object) -> None:
        raise NoCredentialsError

    stub.deactivate()
    stub.client.meta.events.register(f"request-created.sagemaker.{operation}", unsigned)
    with pytest.raises(RequestRejected) as raised:
        calling(endpoints, operation)
    words = f"The AWS SDK could not send {operation}: Unable to locate credentials"
    assert str(raised.value) == words


@CALLS
def test_a_client_that_cannot_be_made_is_a_refusal_with_the_reason(
    stub: Stubber, operation: str
) -> None:
    def unmade() -> Any:
        raise NoRegionError

    client: Any = stub.client
    with pytest.raises(RequestRejected, match=f"could not send {operation}: You must specify"):
        calling(Endpoints(client, unmade), operation)


@CALLS
@pytest.mark.parametrize("sent", [ReadTimeoutError, ConnectionClosedError, HTTPClientError])
def test_a_call_that_may_have_been_sent_is_no_refusal(
    stub: Stubber, endpoints: Endpoints, operation: str, sent: type[HTTPClientError]
) -> None:
    def fails(**_: object) -> None:
        raise sent(endpoint_url="sagemaker", error="lost")

    stub.deactivate()
    stub.client.meta.events.register(f"before-send.sagemaker.{operation}", fails)
    with pytest.raises(ObservationUnavailable):
        calling(endpoints, operation)


def test_update_endpoint_gets_what_the_request_says(stub: Stubber, endpoints: Endpoints) -> None:
    sent = {
        "EndpointName": "churn",
        "EndpointConfigName": "churn-green",
        "DeploymentConfig": canary_request()["DeploymentConfig"],
        "RetainAllVariantProperties": True,
        "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}],
    }
    stub.add_response("update_endpoint", {"EndpointArn": ARN}, sent)
    excluded = [{"VariantPropertyType": "DesiredWeight"}]
    request = canary_request(ExcludeRetainedVariantProperties=excluded, Reason="not sent")
    endpoints.update(Request.from_json(request))


def test_another_error_is_not_swallowed(stub: Stubber, endpoints: Endpoints) -> None:
    refusal(stub, "describe_endpoint", "ValidationException", "strange")
    with pytest.raises(stub.client.exceptions.ClientError, match="strange"):
        endpoints.look("churn")


def test_what_our_role_may_not_see_is_refused_in_awss_words(
    stub: Stubber, endpoints: Endpoints
) -> None:
    refusal(stub, "describe_endpoint", "AccessDeniedException", "not allowed")
    with pytest.raises(RequestRejected, match=r"^AWS denied access: not allowed$"):
        endpoints.look("churn")


def test_a_count_that_sagemaker_does_not_give_is_none(stub: Stubber, endpoints: Endpoints) -> None:
    variants = [{"VariantName": "main"}]
    stub.add_response("describe_endpoint", {**DESCRIBED, "ProductionVariants": variants})
    assert endpoints.look("churn").variants == (Variant("main", None, None),)
