"""SageMaker endpoints and endpoint configs, read and updated."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from bluegreen.aws.errors import (
    is_passing,
    message_of,
    passing_faults_as_unavailable,
    unsent_as_rejections,
)
from bluegreen.aws.sagemaker.describe import describe_endpoint, observation_of
from bluegreen.contract.errors import RequestRejected
from bluegreen.request.request import Request
from bluegreen.sagemaker.observation import GONE, Observation

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


class Endpoints:
    """The endpoints of the account; `updating` gives the client that makes each call once.

    It is made for who updates alone: most functions look.
    """

    def __init__(
        self, client: "SageMakerClient", updating: Callable[[], "SageMakerClient"]
    ) -> None:
        self._client = client
        self._updating = updating

    def look(self, name: str) -> Observation:
        """What DescribeEndpoint shows now; status `Gone` when there is no such endpoint.

        RequestRejected when our role may not look, for example beyond EndpointNamePrefix.
        """
        found = describe_endpoint(self._client, name)
        return observation_of(found) if found else Observation(status=GONE)

    def update(self, request: Request, abort_alarm: str = "") -> None:
        """Call UpdateEndpoint; RequestRejected, with a message, if SageMaker or its SDK refuse.

        `abort_alarm` is ours, which goes with the request's own.
        """
        body = _update_of(request.to_send(abort_alarm))
        _ask("UpdateEndpoint", lambda: self._updating().update_endpoint(**body))

    def create(self, request: Request) -> None:
        """Call CreateEndpoint; RequestRejected, with a message, if SageMaker or its SDK refuse.

        Without the DeploymentConfig, which would only be kept for later updates.
        """
        name, config = request.endpoint_name, request.endpoint_config_name
        body: Any = {"EndpointName": name, "EndpointConfigName": config}
        _ask("CreateEndpoint", lambda: self._updating().create_endpoint(**body))


def _ask(operation: str, call: Callable[[], object]) -> None:
    with passing_faults_as_unavailable(), unsent_as_rejections(operation):
        try:
            call()
        except ClientError as error:
            if is_passing(error):
                raise
            raise RequestRejected(f"SageMaker refused {operation}: {message_of(error)}") from error


def _update_of(request: Request) -> Any:  # noqa: ANN401 - the stubs want the whole structure spelled
    body = request.to_json()
    members = (
        "EndpointName",
        "EndpointConfigName",
        "DeploymentConfig",
        "RetainAllVariantProperties",
        "ExcludeRetainedVariantProperties",
    )
    return {member: value for member, value in body.items() if member in members}
