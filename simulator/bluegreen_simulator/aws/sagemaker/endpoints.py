"""Endpoints behind moto's API: create, describe, list and delete.

Messages: those that AWS is known to send (`Could not find endpoint "..."`, `Cannot update
in-progress endpoint "..."`, `Cannot create already existing endpoint "..."`); the others are our
words.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeEndpoint, SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from bluegreen_simulator.aws.sagemaker.driver import running
from bluegreen_simulator.aws.sagemaker.fleets import fleet_of
from bluegreen_simulator.aws.sagemaker.members import checked, not_modelled
from bluegreen_simulator.aws.sagemaker.quotas import require_quota
from bluegreen_simulator.aws.sagemaker.records import arn_of
from bluegreen_simulator.aws.sagemaker.update_requests import policy_in
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces
from bluegreen_simulator.rules.fleet.description import describe
from bluegreen_simulator.rules.fleet.endpoint import Endpoint
from bluegreen_simulator.rules.fleet.quota import instances_in
from bluegreen_simulator.rules.fleet.status import EndpointStatus


@replaces(
    SageMakerResponse,
    "create_endpoint",
    restores="CreateEndpoint keeps to the API's limits and remembers its DeploymentConfig.",
    original="892636c410f6",
)
def create_endpoint_request(response: SageMakerResponse) -> ActionResult:
    """Check the request and make the endpoint."""
    params, backend = checked("CreateEndpoint", response), response.sagemaker_backend
    config = params.get("DeploymentConfig", {})
    policy_in(config, fleet_of(backend, params["EndpointConfigName"]))
    result: ActionResult = ORIGINALS[SageMakerResponse, "create_endpoint"](response)
    existing(backend, params["EndpointName"]).deployment_config = config
    return result


@replaces(
    SageMakerModelBackend,
    "create_endpoint",
    restores="An endpoint takes its time to come up, and its name is unique whatever its case.",
    original="547454899915",
)
def create_endpoint(
    backend: SageMakerModelBackend,
    endpoint_name: str,
    endpoint_config_name: str,
    tags: list[dict[str, str]],
) -> FakeEndpoint:
    """Make an endpoint, its first fleet yet to come up."""
    if backend is not running().backend:
        raise not_modelled(f"An endpoint outside of {running().world.region}")
    arn = endpoint_arn(backend, endpoint_name)
    if arn in (made.arn for made in backend.endpoints.values()):
        raise ValidationError(f'Cannot create already existing endpoint "{arn}".')
    fleet, now = fleet_of(backend, endpoint_config_name), running().now()
    require_quota(running(), instances_in(fleet))
    mirror = _mirror(backend, endpoint_name, endpoint_config_name, tags)
    running().add(Endpoint(endpoint_name, arn, fleet, now, now))
    return mirror


def _mirror(
    backend: SageMakerModelBackend, name: str, config: str, tags: list[dict[str, str]]
) -> FakeEndpoint:
    """Moto's own endpoint, which holds the tags and stands in its lists."""
    mirror = FakeEndpoint(backend.account_id, backend.region_name, name, config, [], {}, tags)
    mirror.arn = endpoint_arn(backend, name)
    backend.endpoints[name] = mirror
    return mirror


@replaces(
    SageMakerModelBackend,
    "describe_endpoint",
    restores="DescribeEndpoint shows both fleets of a running update and how the last one ended.",
    original="18cd553c7db8",
)
def describe_endpoint(backend: SageMakerModelBackend, endpoint_name: str) -> dict[str, Any]:
    """The body of DescribeEndpoint."""
    return describe(existing(backend, endpoint_name))


@replaces(
    SageMakerModelBackend,
    "delete_endpoint",
    restores="DeleteEndpoint takes its time, and is refused while anything goes on.",
    original="1fb59ee16c92",
)
def delete_endpoint(backend: SageMakerModelBackend, endpoint_name: str) -> None:
    """Let an endpoint go that nothing goes on with."""
    running().delete(idle(backend, endpoint_name))


def at_rest(backend: SageMakerModelBackend, name: str) -> Endpoint:
    """The endpoint of that name, which can be updated."""
    endpoint = idle(backend, name)
    if endpoint.status is EndpointStatus.FAILED:
        raise ValidationError(
            f'Cannot update endpoint "{endpoint.arn}", which has failed; it can only be deleted.'
        )
    return endpoint


def idle(backend: SageMakerModelBackend, name: str) -> Endpoint:
    """The endpoint of that name, with which nothing goes on."""
    endpoint = existing(backend, name)
    if endpoint.in_progress:
        raise ValidationError(f'Cannot update in-progress endpoint "{endpoint.arn}".')
    return endpoint


def existing(backend: SageMakerModelBackend, name: str) -> Endpoint:
    """The endpoint of that name."""
    endpoint = running().find(name) if backend is running().backend else None
    if endpoint is None:
        raise ValidationError(f'Could not find endpoint "{endpoint_arn(backend, name)}".')
    return endpoint


def endpoint_arn(backend: SageMakerModelBackend, name: str) -> str:
    """An endpoint's ARN, which has its name in lower case."""
    return arn_of(backend, "endpoint", name)
