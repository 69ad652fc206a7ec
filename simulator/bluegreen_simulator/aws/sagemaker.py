"""SageMaker's endpoints: moto's API in front, the blue/green engine behind it.

Messages: those that AWS is known to send (`Could not find endpoint "..."`, `Cannot update
in-progress endpoint "..."`, `Cannot create already existing ...`); the others are our words.
"""

from collections.abc import Callable, Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeEndpoint, SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse
from moto.sagemaker.utils import arn_formatter

from bluegreen_simulator.aws.constraints import summary, violations
from bluegreen_simulator.aws.replacements import ABSENT, ORIGINALS, replaces
from bluegreen_simulator.aws.sagemaker_driver import Driver
from bluegreen_simulator.aws.sagemaker_orders import order_of, refuse_what_is_not_modelled
from bluegreen_simulator.aws.sagemaker_records import fleet_of, not_modelled
from bluegreen_simulator.fleet.description import describe
from bluegreen_simulator.fleet.endpoint import Endpoint
from bluegreen_simulator.fleet.traffic import Fleet, fleets_of
from bluegreen_simulator.world import World

_drivers: list[Driver] = []


def install(world: World) -> None:
    """Begin without endpoints; to be called before anybody calls `on_traffic_change`."""
    _drivers[:] = [Driver(world)]


def fleets(endpoint: str) -> list[Fleet]:
    """The fleets of an endpoint that have traffic, their shares adding up to 1; [] if unknown."""
    found = _driver().find(endpoint)
    return fleets_of(found) if found else []


def on_traffic_change(callback: Callable[[str], None]) -> None:
    """Have `callback` called with an endpoint's name whenever its fleets' shares have changed."""
    _driver().listeners.append(callback)


def _driver() -> Driver:
    return _drivers[0]


@replaces(
    SageMakerResponse,
    "update_endpoint",
    restores="UpdateEndpoint moves an endpoint to another endpoint config, blue/green.",
    original=ABSENT,
)
def update_endpoint(response: SageMakerResponse) -> ActionResult:
    """Check the request and begin the update."""
    params, backend = response._get_params(), response.sagemaker_backend  # noqa: SLF001 - moto's
    _check("UpdateEndpoint", params)
    endpoint = _at_rest(backend, params["EndpointName"])
    order = order_of(backend, endpoint, params, _driver().now())
    _driver().begin(endpoint, order, params.get("DeploymentConfig", {}))
    return ActionResult({"EndpointArn": endpoint.arn})


@replaces(
    SageMakerResponse,
    "create_endpoint",
    restores="CreateEndpoint keeps to the API's limits and remembers its DeploymentConfig.",
    original="892636c410f6",
)
def create_endpoint_request(response: SageMakerResponse) -> ActionResult:
    """Check the request and make the endpoint."""
    params = response._get_params()  # noqa: SLF001 - moto's own access
    _check("CreateEndpoint", params)
    refuse_what_is_not_modelled(params)
    result: ActionResult = ORIGINALS[SageMakerResponse, "create_endpoint"](response)
    endpoint = _existing(response.sagemaker_backend, params["EndpointName"])
    endpoint.deployment_config = params.get("DeploymentConfig", {})
    return result


@replaces(
    SageMakerModelBackend,
    "create_endpoint",
    restores="An endpoint's name is unique whatever its case, its ARN lower case; it has a fleet.",
    original="547454899915",
)
def create_endpoint(
    backend: SageMakerModelBackend,
    endpoint_name: str,
    endpoint_config_name: str,
    tags: list[dict[str, str]],
) -> FakeEndpoint:
    """Make an endpoint that is InService at once (assumed: creation is not what we simulate)."""
    arn = _arn(backend, endpoint_name)
    if arn in (made.arn for made in backend.endpoints.values()):
        raise ValidationError(f'Cannot create already existing endpoint "{arn}".')
    fleet, now = fleet_of(backend, endpoint_config_name), _driver().now()
    if fleet.failure:
        raise not_modelled("CreateEndpoint with SIMULATED_PROVISIONING_ERROR")
    original = ORIGINALS[SageMakerModelBackend, "create_endpoint"]
    mirror: FakeEndpoint = original(backend, endpoint_name, endpoint_config_name, tags)
    mirror.arn = arn
    _driver().add(Endpoint(endpoint_name, arn, fleet, now, now))
    return mirror


@replaces(
    SageMakerModelBackend,
    "describe_endpoint",
    restores="DescribeEndpoint shows both fleets of a running update and how the last one ended.",
    original="18cd553c7db8",
)
def describe_endpoint(backend: SageMakerModelBackend, endpoint_name: str) -> dict[str, Any]:
    """The body of DescribeEndpoint."""
    return describe(_existing(backend, endpoint_name))


@replaces(
    SageMakerModelBackend,
    "delete_endpoint",
    restores="DeleteEndpoint is refused while the endpoint is being updated.",
    original="1fb59ee16c92",
)
def delete_endpoint(backend: SageMakerModelBackend, endpoint_name: str) -> None:
    """Delete an endpoint at rest."""
    endpoint = _at_rest(backend, endpoint_name)
    ORIGINALS[SageMakerModelBackend, "delete_endpoint"](backend, endpoint_name)
    _driver().remove(endpoint)


@replaces(
    SageMakerModelBackend,
    "update_endpoint_weights_and_capacities",
    restores="It is refused while updating, and what it does not name stays as it is.",
    original="0bbabf230226",
)
def update_endpoint_weights_and_capacities(
    backend: SageMakerModelBackend,
    endpoint_name: str,
    desired_weights_and_capacities: list[dict[str, Any]],
) -> str:
    """Change the counts and weights of an endpoint at rest."""
    endpoint = _at_rest(backend, endpoint_name)
    _check_capacities(endpoint, desired_weights_and_capacities)
    changes = {change["VariantName"]: change for change in desired_weights_and_capacities}
    _driver().rescale(endpoint, changes)
    return endpoint.arn


@replaces(
    SageMakerModelBackend,
    "_get_resource_from_arn",
    restores="An endpoint is found by its ARN, which has its name in lower case.",
    original="e47bd7bce3c5",
)
def resource_from_arn(backend: SageMakerModelBackend, arn: str) -> Any:  # noqa: ANN401 - moto's
    """The resource whose tags are asked for."""
    if ":endpoint/" not in arn:
        return ORIGINALS[SageMakerModelBackend, "_get_resource_from_arn"](backend, arn)
    for endpoint in backend.endpoints.values():
        if endpoint.arn == arn:
            return endpoint
    raise ValidationError(f'Could not find endpoint "{arn}".')


def _check(operation: str, params: Mapping[str, Any]) -> None:
    broken = violations("sagemaker", operation, params)
    if broken:
        raise ValidationError(summary(broken))


def _check_capacities(endpoint: Endpoint, changes: list[dict[str, Any]]) -> None:
    known = [variant.name for variant in endpoint.live.variants]
    for change in changes:
        if change["VariantName"] not in known:
            raise ValidationError(
                f'The variant name(s) "{change["VariantName"]}" is/are not present within'
                f' endpoint configuration "{endpoint.live.name}".'
            )
        if change.get("DesiredInstanceCount") == 0 or "ServerlessUpdateConfig" in change:
            raise not_modelled("DesiredInstanceCount 0 or ServerlessUpdateConfig")
    asked = [change["VariantName"] for change in changes]
    if len(set(asked)) < len(asked):
        raise ValidationError("A variant name was non-unique within the request.")


def _existing(backend: SageMakerModelBackend, name: str) -> Endpoint:
    endpoint = _driver().find(name)
    if endpoint is None:
        raise ValidationError(f'Could not find endpoint "{_arn(backend, name)}".')
    return endpoint


def _at_rest(backend: SageMakerModelBackend, name: str) -> Endpoint:
    endpoint = _existing(backend, name)
    if endpoint.updating:
        raise ValidationError(f'Cannot update in-progress endpoint "{endpoint.arn}".')
    return endpoint


def _arn(backend: SageMakerModelBackend, name: str) -> str:
    arn: str = arn_formatter("endpoint", name.lower(), backend.account_id, backend.region_name)
    return arn
