"""Models: what moto's SageMaker loses, lets pass, or answers differently from AWS."""

from collections.abc import Mapping
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import Model, SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from bluegreen_simulator.aws.sagemaker.members import checked, not_modelled, refuse_members
from bluegreen_simulator.aws.sagemaker.records import (
    already_exists,
    arn_of,
    body_of,
    not_found,
    restore,
)
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces
from bluegreen_simulator.rules.fleet.behavior import BadBehavior, Behavior, behavior_of

LOST_BY_MODELS: Final = {
    "EnableNetworkIsolation": "enable_network_isolation",
    "InferenceExecutionConfig": "inference_execution_config",
    "ExecutionRoleArn": "execution_role_arn",
}
"""Members of CreateModel that moto forgets or makes up, and the attributes it would show."""


@replaces(
    SageMakerResponse,
    "create_model",
    restores="CreateModel keeps to the API's limits and keeps every member.",
    original="dc3d27d42606",
)
def create_model_request(response: SageMakerResponse) -> ActionResult:
    """Check the request and make a model that shows all it was made with."""
    params, backend = checked("CreateModel", response), response.sagemaker_backend
    for container in containers_in(params):
        refuse_members("ContainerDefinition", container, "A container with ")
    if ("PrimaryContainer" in params) == ("Containers" in params):
        raise ValidationError("A model takes either PrimaryContainer or Containers.")
    result: ActionResult = ORIGINALS[SageMakerResponse, "create_model"](response)
    restore(backend.describe_model(params["ModelName"]), LOST_BY_MODELS, params)
    return result


def containers_in(params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The containers of a model, as they stand in its request."""
    primary = params.get("PrimaryContainer")
    return [*([primary] if primary else []), *params.get("Containers", [])]


@replaces(
    SageMakerModelBackend,
    "create_model",
    restores="CreateModel refuses a name that is taken, and writes ARNs in lower case;"
    " ours: it refuses what SIMULATED_* cannot mean.",
    original="65dbd42f10d0",
)
def create_model(
    backend: SageMakerModelBackend,
    model_name: str,
    execution_role_arn: str,
    primary_container: dict[str, Any] | None,
    **members: Any,  # noqa: ANN401 - handed on to moto
) -> Model:
    """Make a model whose behaviour can be read; called as moto's own is."""
    if model_name in backend._models:  # noqa: SLF001 - moto has no other way to ask
        raise already_exists(backend, "model", "model", model_name)
    for container in [primary_container or {}, *(members.get("containers") or [])]:
        behavior_in(container.get("Environment", {}))
    original = ORIGINALS[SageMakerModelBackend, "create_model"]
    model: Model = original(backend, model_name, execution_role_arn, primary_container, **members)
    model.arn = arn_of(backend, "model", model_name)
    return model


@replaces(
    SageMakerModelBackend,
    "describe_model",
    restores="A model that is not there is quoted as AWS quotes it.",
    original="e48645bb937f",
)
def describe_model(backend: SageMakerModelBackend, model_name: str) -> Model:
    """The model of that name."""
    models: dict[str, Model] = backend._models  # noqa: SLF001 - moto has no other way to ask
    if model_name not in models:
        raise not_found(backend, "model", "model", model_name)
    return models[model_name]


@replaces(
    SageMakerModelBackend,
    "delete_model",
    restores="A model can be deleted while an endpoint uses it; who asks for none is told so.",
    original="ee0b39c4c9de",
)
def delete_model(backend: SageMakerModelBackend, model_name: str) -> None:
    """Forget the model; endpoints go on with what they have."""
    describe_model(backend, model_name)
    del backend._models[model_name]  # noqa: SLF001 - as above


@replaces(
    SageMakerResponse,
    "describe_model",
    restores="DescribeModel shows what the model was made with, and nothing that is empty.",
    original="f8f4d20106d4",
)
def describe_model_request(response: SageMakerResponse) -> ActionResult:
    """The body of DescribeModel."""
    name = response._get_param("ModelName")  # noqa: SLF001 - moto's own access
    return ActionResult(body_of("DescribeModel", response.sagemaker_backend.describe_model(name)))


def model_of(backend: SageMakerModelBackend, variant: Mapping[str, Any]) -> Model:
    """The model of a production variant."""
    if "ModelName" not in variant:
        raise not_modelled("A production variant without ModelName (inference components)")
    return describe_model(backend, variant["ModelName"])


def behavior_in(environment: Mapping[str, str]) -> Behavior:
    """The behaviour that an Environment sets."""
    try:
        return behavior_of(environment)
    except BadBehavior as error:
        raise ValidationError(f"Environment: {error}") from error
