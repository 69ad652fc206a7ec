"""ListModels, ListEndpointConfigs and ListModelPackages: filters, orders and pages.

What is made at the same moment, which is common in virtual time, is listed in the order in
which it was made.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.responses import SageMakerResponse

from bluegreen_simulator.aws.sagemaker.members import checked
from bluegreen_simulator.moto.replacements import replaces

PAGE: Final = 10
"""Records on a page; documented for ListEndpoints, assumed for these."""


@replaces(
    SageMakerResponse,
    "list_models",
    restores="ListModels has the newest first, filters and pages.",
    original="6ea77e1af6de",
)
def list_models(response: SageMakerResponse) -> ActionResult:
    """A page of models."""
    asked = checked("ListModels", response)
    models = response.sagemaker_backend._models.values()  # noqa: SLF001 - no other way to ask
    page, token = _page(_listed(models, "model_name", asked, "Descending"), asked)
    names = ("ModelName", "ModelArn", "CreationTime")
    bodies = [model.response_object for model in page]
    return ActionResult({"Models": [{n: body[n] for n in names} for body in bodies], **token})


@replaces(
    SageMakerResponse,
    "list_endpoint_configs",
    restores="The newest endpoint config comes first, unless another order is asked for.",
    original="e66c3e1f26c6",
)
def list_endpoint_configs(response: SageMakerResponse) -> ActionResult:
    """A page of endpoint configs."""
    asked = checked("ListEndpointConfigs", response)
    configs = response.sagemaker_backend.endpoint_configs.values()
    page, token = _page(_listed(configs, "endpoint_config_name", asked, "Descending"), asked)
    return ActionResult({"EndpointConfigs": [config.summary() for config in page], **token})


@replaces(
    SageMakerResponse,
    "list_model_packages",
    restores="ListModelPackages shows life cycles, and the newest first among equals if asked to.",
    original="f43deba92012",
)
def list_model_packages(response: SageMakerResponse) -> ActionResult:
    """A page of model packages."""
    asked = checked("ListModelPackages", response)
    packages = response.sagemaker_backend.model_packages.values()
    wanted = [package for package in packages if _is_wanted(package, asked)]
    page, token = _page(_listed(wanted, "model_package_name", asked, "Ascending"), asked)
    return ActionResult({"ModelPackageSummaryList": [_summary(made) for made in page], **token})


def _summary(package: Any) -> dict[str, Any]:  # noqa: ANN401 - moto's
    members = get_service_model("sagemaker").shape_for("ModelPackageSummary").members
    body: dict[str, Any] = package.gen_response_object()
    return {name: value for name, value in body.items() if name in members}


def _is_wanted(package: Any, asked: Mapping[str, Any]) -> bool:  # noqa: ANN401 - moto's
    status = asked.get("ModelApprovalStatus", package.model_approval_status)
    if status != package.model_approval_status:
        return False
    if "ModelPackageGroupName" in asked:
        group: str = asked["ModelPackageGroupName"].rpartition("/")[2]
        return bool(package.model_package_group_name == group)
    return asked.get("ModelPackageType", "Unversioned") in {"Both", package.model_package_type}


def _listed(records: Iterable[Any], name: str, asked: Mapping[str, Any], default: str) -> list[Any]:
    """The records that fit, in the order that is asked for; `default` where none is."""
    found = [record for record in records if _fits(record, name, asked)]
    by = name if asked.get("SortBy") == "Name" else "creation_time"
    found.sort(key=lambda record: getattr(record, by))
    return found if asked.get("SortOrder", default) == "Ascending" else found[::-1]


def _fits(record: Any, name: str, asked: Mapping[str, Any]) -> bool:  # noqa: ANN401 - moto's
    made = record.creation_time
    return (
        asked.get("NameContains", "") in getattr(record, name)
        and asked.get("CreationTimeAfter", made) <= made
        and asked.get("CreationTimeBefore", made) >= made
    )


def _page(found: list[Any], asked: Mapping[str, Any]) -> tuple[list[Any], dict[str, str]]:
    """The records of a page, and the token of the next one: the ARN that it begins with."""
    first, size = asked.get("NextToken"), asked.get("MaxResults", PAGE)
    arns = [record.arn for record in found]
    if first is not None and first not in arns:
        raise ValidationError("Invalid NextToken.")
    begin = arns.index(first) if first else 0
    page, following = found[begin : begin + size], arns[begin + size :]
    return page, {"NextToken": following[0]} if following else {}
