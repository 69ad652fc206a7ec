"""UpdateEndpoint and UpdateEndpointWeightsAndCapacities, which moto lacks or completes at once."""

from typing import Any

from moto.core.responses import ActionResult
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from bluegreen_simulator.aws.sagemaker.driver import running
from bluegreen_simulator.aws.sagemaker.endpoints import at_rest
from bluegreen_simulator.aws.sagemaker.members import checked, not_modelled, refuse_members
from bluegreen_simulator.aws.sagemaker.quotas import require_quota
from bluegreen_simulator.aws.sagemaker.update_requests import config_in, order_of
from bluegreen_simulator.moto.replacements import ABSENT, ORIGINALS, replaces
from bluegreen_simulator.rules.fleet.endpoint import Endpoint
from bluegreen_simulator.rules.fleet.quota import instances_in, needed_by


@replaces(
    SageMakerResponse,
    "update_endpoint",
    restores="UpdateEndpoint moves an endpoint to another endpoint config, blue/green or rolling.",
    original=ABSENT,
)
def update_endpoint(response: SageMakerResponse) -> ActionResult:
    """Check the request and begin the update."""
    params, backend = checked("UpdateEndpoint", response), response.sagemaker_backend
    endpoint = at_rest(backend, params["EndpointName"])
    config = config_in(endpoint, params)
    order = order_of(backend, endpoint, params, running().now())
    require_quota(running(), needed_by(order))
    running().begin(endpoint, order, config)
    return ActionResult({"EndpointArn": endpoint.arn})


@replaces(
    SageMakerResponse,
    "update_endpoint_weights_and_capacities",
    restores="It keeps to the API's limits.",
    original="8572b4cf22a2",
)
def update_weights_request(response: SageMakerResponse) -> ActionResult:
    """Check the request and begin to rescale."""
    params = checked("UpdateEndpointWeightsAndCapacities", response)
    for change in params["DesiredWeightsAndCapacities"]:
        refuse_members("DesiredWeightAndCapacity", change)
    result: ActionResult = ORIGINALS[SageMakerResponse, "update_endpoint_weights_and_capacities"](
        response
    )
    return result


@replaces(
    SageMakerModelBackend,
    "update_endpoint_weights_and_capacities",
    restores="It takes its time, and what it does not name stays as it is.",
    original="0bbabf230226",
)
def update_endpoint_weights_and_capacities(
    backend: SageMakerModelBackend,
    endpoint_name: str,
    desired_weights_and_capacities: list[dict[str, Any]],
) -> str:
    """Begin to change the counts and weights of an endpoint at rest."""
    endpoint = at_rest(backend, endpoint_name)
    if endpoint.stranded or endpoint.live.serverless:
        raise not_modelled("Rescaling an endpoint that is UpdateRollbackFailed or serverless")
    _check_capacities(endpoint, desired_weights_and_capacities)
    changes = {change["VariantName"]: change for change in desired_weights_and_capacities}
    target = endpoint.live.rescaled(changes)
    require_quota(running(), instances_in(target) - instances_in(endpoint.live))
    running().rescale(endpoint, changes)
    return endpoint.arn


def _check_capacities(endpoint: Endpoint, changes: list[dict[str, Any]]) -> None:
    known, asked = [variant.name for variant in endpoint.live.variants], set[str]()
    for change in changes:
        name = change["VariantName"]
        if name in asked:
            raise ValidationError(f'The variant name "{name}" was non-unique within the request.')
        if name not in known:
            raise ValidationError(
                f'The variant name(s) "{name}" is/are not present within'
                f' endpoint configuration "{endpoint.live.name}".'
            )
        if change.get("DesiredInstanceCount") == 0:
            raise not_modelled("DesiredInstanceCount 0")
        asked.add(name)
    _require_one_capacity(changes)


def _require_one_capacity(changes: list[dict[str, Any]]) -> None:
    """API: weights of one or more variants, or the capacity of one; that more fail is assumed."""
    scaled = [each["VariantName"] for each in changes if "DesiredInstanceCount" in each]
    if len(scaled) > 1:
        raise ValidationError(
            "DesiredInstanceCount can be changed for one variant in a request, not for"
            f" {len(scaled)}: {', '.join(scaled)}."
        )
