"""The lists of endpoints, configs, models, packages and groups: filters, orders and pages.

What is made at the same moment, which is common in virtual time, is listed in the order in
which it was made.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from bluegreen_simulator.aws.sagemaker.driver import running
from bluegreen_simulator.aws.sagemaker.members import checked
from bluegreen_simulator.moto.replacements import replaces

PAGE: Final = 10
"""Records on a page; documented for ListEndpoints, assumed for these."""


@dataclass(frozen=True)
class _Endpoint:
    """What the list shows of an endpoint, as it is now; moto's own is always in service."""

    endpoint_name: str
    arn: str
    creation_time: datetime
    last_modified_time: datetime
    endpoint_status: str

    def summary(self) -> dict[str, Any]:
        """As in EndpointSummary."""
        return {
            "EndpointName": self.endpoint_name,
            "EndpointArn": self.arn,
            "CreationTime": self.creation_time,
            "LastModifiedTime": self.last_modified_time,
            "EndpointStatus": self.endpoint_status,
        }


@replaces(
    SageMakerResponse,
    "list_endpoints",
    restores="ListEndpoints shows what endpoints are now, the newest first, with all its filters.",
    original="773aaf74b928",
)
def list_endpoints(response: SageMakerResponse) -> ActionResult:
    """A page of endpoints."""
    asked = checked("ListEndpoints", response)
    endpoints = [one for one in _endpoints(response.sagemaker_backend) if _is_asked(one, asked)]
    found = _listed(endpoints, "endpoint_name", asked, "Descending")
    page, token = _page(found, asked)
    return ActionResult({"Endpoints": [endpoint.summary() for endpoint in page], **token})


def _endpoints(backend: SageMakerModelBackend) -> Iterator[_Endpoint]:
    """The endpoints of the Region, in the order in which they were made."""
    for name in backend.endpoints:
        found = running().find(name) if backend is running().backend else None
        if found:
            made, modified = _as_motos(found.created_at), _as_motos(found.last_modified_at)
            yield _Endpoint(found.name, found.arn, made, modified, str(found.status))


def _as_motos(moment: datetime) -> datetime:
    """In UTC without saying so, as moto reads the times of a request."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _is_asked(endpoint: _Endpoint, asked: Mapping[str, Any]) -> bool:
    modified = endpoint.last_modified_time
    return bool(
        asked.get("StatusEquals", endpoint.endpoint_status) == endpoint.endpoint_status
        and asked.get("LastModifiedTimeAfter", modified) <= modified
        and asked.get("LastModifiedTimeBefore", modified) >= modified
    )


@replaces(
    SageMakerResponse,
    "list_model_package_groups",
    restores="ListModelPackageGroups has filters, pages and, among equals, the order of making.",
    original="021206e74b22",
)
def list_model_package_groups(response: SageMakerResponse) -> ActionResult:
    """A page of groups of model packages."""
    asked = checked("ListModelPackageGroups", response)
    groups = response.sagemaker_backend.model_package_groups.values()
    page, token = _page(_listed(groups, "model_package_group_name", asked, "Ascending"), asked)
    members = get_service_model("sagemaker").shape_for("ModelPackageGroupSummary").members
    shown = [
        {name: value for name, value in group.gen_response_object().items() if name in members}
        for group in page
    ]
    return ActionResult({"ModelPackageGroupSummaryList": shown, **token})


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
    by = {"Name": name, "Status": "endpoint_status"}.get(asked.get("SortBy", ""), "creation_time")
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
