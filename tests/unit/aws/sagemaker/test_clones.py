"""Models and endpoint configs, each made once; the answers are checked against botocore's model."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from bluegreen.aws.sagemaker.clones import Clones
from bluegreen.contract.errors import ObservationUnavailable, RequestRejected
from bluegreen.registry.clone import Clone
from builders import PACKAGE, at
from made_up_keys import MADE_UP_KEYS
from situations import ROLE, live_variant

NAME = "churn-v7-0"
MODEL = {
    "ModelName": NAME,
    "Containers": [{"ModelPackageName": PACKAGE}],
    "ExecutionRoleArn": ROLE,
    "Tags": [{"Key": "bluegreen:stack", "Value": "s"}],
}
CONFIG = {
    "EndpointConfigName": NAME,
    "ProductionVariants": [live_variant(ModelName=NAME)],
    "Tags": [{"Key": "bluegreen:stack", "Value": "s"}],
}
GREEN = Clone(MODEL, CONFIG)
OK = SimpleNamespace(status_code=200)
ARN = "arn:aws:sagemaker:eu-central-1:123456789012"
MODEL_THERE = {k: v for k, v in MODEL.items() if k != "Tags"} | {
    "ModelArn": f"{ARN}:model/{NAME}",
    "CreationTime": at(0),
    "EnableNetworkIsolation": False,
}
CONFIG_THERE = {k: v for k, v in CONFIG.items() if k != "Tags"} | {
    "EndpointConfigArn": f"{ARN}:endpoint-config/{NAME}",
    "CreationTime": at(0),
}
TAKEN = 'Cannot create already existing {} "arn:aws:sagemaker:eu-central-1:1:x".'


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = boto3.client("sagemaker", region_name="eu-central-1", **MADE_UP_KEYS)
    with Stubber(client) as stubber:
        yield stubber
    stubber.assert_no_pending_responses()


@pytest.fixture
def clones(stub: Stubber) -> Clones:
    client: Any = stub.client
    return Clones(client, client, (ROLE,))


def makes(stub: Stubber, what: str) -> None:
    call, wanted, arn = {
        "model": ("create_model", MODEL, {"ModelArn": MODEL_THERE["ModelArn"]}),
        "config": (
            "create_endpoint_config",
            CONFIG,
            {"EndpointConfigArn": CONFIG_THERE["EndpointConfigArn"]},
        ),
    }[what]
    stub.add_response(call, arn, wanted)


def refuses(stub: Stubber, call: str, message: str, **more: Any) -> None:
    stub.add_client_error(
        call, **{"service_error_code": "ValidationException", **more}, service_message=message
    )


def shows(stub: Stubber, call: str, body: dict[str, Any]) -> None:
    name = "ModelName" if call == "describe_model" else "EndpointConfigName"
    stub.add_response(call, body, {name: NAME})


def test_both_are_made_as_they_were_put_together(stub: Stubber, clones: Clones) -> None:
    makes(stub, "model")
    makes(stub, "config")
    clones.create(GREEN)


def test_what_an_earlier_attempt_made_is_ours(stub: Stubber, clones: Clones) -> None:
    refuses(stub, "create_model", TAKEN.format("model"))
    shows(stub, "describe_model", MODEL_THERE)
    refuses(stub, "create_endpoint_config", TAKEN.format("endpoint configuration"))
    shows(stub, "describe_endpoint_config", CONFIG_THERE)
    clones.create(GREEN)


def test_of_an_attempt_that_died_between_the_two_the_second_is_made(
    stub: Stubber, clones: Clones
) -> None:
    refuses(stub, "create_model", TAKEN.format("model"))
    shows(stub, "describe_model", MODEL_THERE)
    makes(stub, "config")
    clones.create(GREEN)


def test_a_model_of_another_is_not_used(stub: Stubber, clones: Clones) -> None:
    refuses(stub, "create_model", TAKEN.format("model"))
    shows(stub, "describe_model", MODEL_THERE | {"ExecutionRoleArn": f"{ROLE}-2"})
    with pytest.raises(RequestRejected) as refusal:
        clones.create(GREEN)
    assert str(refusal.value) == (
        f'The model "{NAME}" already exists, with different settings: ExecutionRoleArn.'
    )


def test_a_config_of_another_is_not_used_and_its_differences_are_told(
    stub: Stubber, clones: Clones
) -> None:
    makes(stub, "model")
    refuses(stub, "create_endpoint_config", TAKEN.format("endpoint configuration"))
    vpc = {"Subnets": ["a"], "SecurityGroupIds": ["b"]}
    other: dict[str, Any] = {
        "KmsKeyId": "k",
        "ExecutionRoleArn": ROLE,
        "VpcConfig": vpc,
        "MetricsConfig": {},
    }
    variants = [live_variant(ModelName="model-main")]
    other |= {"EnableNetworkIsolation": True, "ProductionVariants": variants}
    capture: dict[str, Any] = {"InitialSamplingPercentage": 5, "DestinationS3Uri": "s3://b"}
    capture["CaptureOptions"] = [{"CaptureMode": "Input"}]
    other["DataCaptureConfig"] = capture
    shows(stub, "describe_endpoint_config", CONFIG_THERE | other)
    with pytest.raises(RequestRejected) as refusal:
        clones.create(GREEN)
    assert str(refusal.value) == (
        f'The endpoint config "{NAME}" already exists, with different settings: DataCaptureConfig,'
        " EnableNetworkIsolation, ExecutionRoleArn, KmsKeyId, ProductionVariants."
    )


def test_what_is_taken_and_then_gone_is_refused(stub: Stubber, clones: Clones) -> None:
    refuses(stub, "create_model", TAKEN.format("model"))
    refuses(stub, "describe_model", 'Could not find model "x".')
    with pytest.raises(RequestRejected, match="SageMaker refused to create the model"):
        clones.create(GREEN)


def test_a_refusal_is_told_in_sagemakers_words(stub: Stubber, clones: Clones) -> None:
    makes(stub, "model")
    refuses(stub, "create_endpoint_config", "The role may not\npass.")
    with pytest.raises(RequestRejected) as refusal:
        clones.create(GREEN)
    assert str(refusal.value) == (
        f'SageMaker refused to create the endpoint config "{NAME}": The role may not pass.'
    )


@pytest.mark.parametrize(
    ("code", "status"), [("ThrottlingException", 400), ("InternalFailure", 500)]
)
def test_what_may_pass_is_tried_again_by_whoever_calls(
    stub: Stubber, clones: Clones, code: str, status: int
) -> None:
    more = {"service_error_code": code, "http_status_code": status}
    refuses(stub, "create_model", "Later. It may be already existing.", **more)
    with pytest.raises(ObservationUnavailable):
        clones.create(GREEN)


def test_an_answer_that_does_not_come_is_no_answer(stub: Stubber, clones: Clones) -> None:
    def times_out(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://sagemaker")

    stub.deactivate()
    stub.client.meta.events.register("before-call.sagemaker.CreateModel", times_out)
    with pytest.raises(ObservationUnavailable):
        clones.create(GREEN)


@pytest.mark.parametrize(
    ("operation", "what"),
    [
        ("CreateModel", f'the model "{NAME}"'),
        ("CreateEndpointConfig", f'the endpoint config "{NAME}"'),
    ],
)
def test_what_the_sdk_of_the_runtime_cannot_send_is_refused(
    stub: Stubber, clones: Clones, operation: str, what: str
) -> None:
    """An older model of the API stands for it: one that knows no tags."""
    shape = stub.client.meta.service_model.operation_model(operation).input_shape
    assert shape is not None
    del shape.members["Tags"]
    stub.deactivate()
    events: Any = stub.client.meta.events
    events.register("before-call.sagemaker.CreateModel", lambda **_: (OK, {}))
    with pytest.raises(RequestRejected) as refusal:
        clones.create(GREEN)
    assert str(refusal.value).startswith(
        f"The AWS SDK could not send the creation of {what}: Parameter validation failed:"
        ' Unknown parameter in input: "Tags", must be one of:'
    )
