"""Tags of what SageMaker has, found by its ARN, whatever the case of the name in it."""

from typing import Any, Final

from moto.core.responses import ActionResult
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from bluegreen_simulator.aws.sagemaker.members import checked
from bluegreen_simulator.moto.replacements import ORIGINALS, replaces

KINDS: Final = {
    "endpoint": ("endpoints", 'Could not find endpoint "{}".'),
    "endpoint-config": ("endpoint_configs", 'Could not find endpoint configuration "{}".'),
    "model": ("_models", 'Could not find model "{}".'),
    "model-package": ("model_packages", "ModelPackage {} does not exist."),
    "model-package-group": ("model_package_groups", "ModelPackageGroup {} does not exist."),
}
"""Where moto keeps a kind of resource, and what AWS says where it has none of that ARN."""

MAXIMUM: Final = 50
"""Tags of one resource (AWS General Reference, tag naming limits)."""


@replaces(
    SageMakerModelBackend,
    "_get_resource_from_arn",
    restores="A resource is found by its ARN, which has its name in lower case; or it is missing.",
    original="e47bd7bce3c5",
)
def resource_from_arn(backend: SageMakerModelBackend, arn: str) -> Any:  # noqa: ANN401 - moto's
    """The resource whose tags are asked for."""
    kind = arn.rpartition(":")[2].partition("/")[0]
    if kind not in KINDS:
        return ORIGINALS[SageMakerModelBackend, "_get_resource_from_arn"](backend, arn)
    place, missing = KINDS[kind]
    for record in getattr(backend, place).values():
        if record.arn.lower() == arn.lower():
            return record
    raise ValidationError(missing.format(arn))


@replaces(
    SageMakerModelBackend,
    "add_tags",
    restores="AddTags overwrites the value of a key that is there, and keeps to 50 tags.",
    original="47eca4850ac7",
)
def add_tags(
    backend: SageMakerModelBackend, arn: str, tags: list[dict[str, str]]
) -> list[dict[str, str]]:
    """Give a resource the tags; all that it has then."""
    resource = resource_from_arn(backend, arn)
    together = {tag["Key"]: tag for tag in [*resource.tags, *tags]}
    if len(together) > MAXIMUM:
        raise ValidationError(f"A resource takes at most {MAXIMUM} tags.")
    resource.tags = kept = [*together.values()]
    return kept


@replaces(
    SageMakerResponse,
    "list_tags",
    restores="ListTags keeps to the API's limits.",
    original="ecea72827d6c",
)
def list_tags_request(response: SageMakerResponse) -> ActionResult:
    """The tags; they are 50 at most, which is one page."""
    params = checked("ListTags", response)
    found = resource_from_arn(response.sagemaker_backend, params["ResourceArn"])
    return ActionResult({"Tags": found.tags})


@replaces(
    SageMakerResponse,
    "add_tags",
    restores="AddTags keeps to the API's limits.",
    original="ef2164588b05",
)
def add_tags_request(response: SageMakerResponse) -> ActionResult:
    """Check the request and add the tags."""
    return _checked(response, "AddTags", "add_tags")


@replaces(
    SageMakerResponse,
    "delete_tags",
    restores="DeleteTags keeps to the API's limits.",
    original="7d6ef73ccfef",
)
def delete_tags_request(response: SageMakerResponse) -> ActionResult:
    """Check the request and take the tags away."""
    return _checked(response, "DeleteTags", "delete_tags")


def _checked(response: SageMakerResponse, operation: str, name: str) -> ActionResult:
    checked(operation, response)
    result: ActionResult = ORIGINALS[SageMakerResponse, name](response)
    return result
