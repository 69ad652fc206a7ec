"""The model registry: model packages, their versions, their approval and their life cycle.

A package is Completed as soon as it is made: nothing is scanned or validated here. Messages:
`ModelPackage ... does not exist.`, `Missing ARN.` and `Both ModelPackageName ...` are AWS's own;
the others are our words.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores, get_service_model, utcnow
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import (
    BaseObject,
    ModelPackage,
    ModelPackageGroup,
    SageMakerModelBackend,
)
from moto.sagemaker.responses import SageMakerResponse

from bluegreen_simulator.aws.sagemaker.events import emit_package_state_change
from bluegreen_simulator.aws.sagemaker.members import checked
from bluegreen_simulator.aws.sagemaker.records import EMPTY, arn_of
from bluegreen_simulator.moto.replacements import ABSENT, ORIGINALS, replaces

TAKEN_BY_MOTO: Final = (
    "ModelPackageDescription",
    "InferenceSpecification",
    "SourceAlgorithmSpecification",
    "ValidationSpecification",
    "ModelApprovalStatus",
    "MetadataProperties",
    "ModelMetrics",
    "CustomerMetadataProperties",
    "DriftCheckBaselines",
    "Domain",
    "Task",
    "SamplePayloadUrl",
    "AdditionalInferenceSpecifications",
    "ClientToken",
)
"""Members of CreateModelPackage that moto's record is made with."""

LOST_BY_MOTO: Final = (
    "ModelPackageRegistrationType",
    "SkipModelValidation",
    "SourceUri",
    "SecurityConfig",
    "ModelCard",
    "ModelLifeCycle",
    "ManagedStorageType",
)
"""Those that it forgets."""

SET_BY_UPDATES: Final = (
    "ModelApprovalStatus",
    "ApprovalDescription",
    "ModelPackageRegistrationType",
    "InferenceSpecification",
    "SourceUri",
    "ModelCard",
    "ModelLifeCycle",
)
"""Members that UpdateModelPackage puts in place of what is there, when it is given them."""

NOT_ENCRYPTED: Final = (
    ("model_overview", "model_id"),
    ("model_overview", "model_name"),
    ("intended_uses", "risk_rating"),
    ("model_package_details", "model_package_group_name"),
    ("model_package_details", "model_package_arn"),
)
"""What MetadataOnly leaves of a model card (API, `DescribeModelPackage`, ModelCard)."""

MAXIMUM_PROPERTIES: Final = 50
"""Entries of CustomerMetadataProperties, also after an update (API, `CustomerMetadataMap`)."""

MAXIMUM_SPECIFICATIONS: Final = 15
"""AdditionalInferenceSpecifications, also after an update (API, `UpdateModelPackage`)."""


@replaces(
    SageMakerModelBackend,
    "create_model_package_group",
    restores="A group of model packages is made once, and its ARN is in lower case.",
    original="817165edef9f",
)
def create_model_package_group(
    backend: SageMakerModelBackend,
    model_package_group_name: str,
    **members: Any,  # noqa: ANN401 - handed on to moto
) -> str:
    """Make a group without packages; its ARN."""
    if model_package_group_name in backend.model_package_groups:
        raise ValidationError(f"ModelPackageGroup {model_package_group_name} already exists.")
    original = ORIGINALS[SageMakerModelBackend, "create_model_package_group"]
    original(backend, model_package_group_name, **members)
    group: ModelPackageGroup = backend.model_package_groups[model_package_group_name]
    group.arn = arn_of(backend, "model-package-group", model_package_group_name)
    return str(group.arn)


@replaces(
    SageMakerResponse,
    "create_model_package",
    restores="CreateModelPackage keeps every member, counts versions on, and tells EventBridge.",
    original="2d9d7b2e1409",
)
def create_model_package(response: SageMakerResponse) -> ActionResult:
    """Make a package, a version of its group if it has one."""
    params, backend = checked("CreateModelPackage", response), response.sagemaker_backend
    package = _made_before(backend, params)
    if package is None:
        package = _make(backend, params)
        emit_package_state_change(package.arn, package.gen_response_object())
    return ActionResult({"ModelPackageArn": package.arn})


def _made_before(backend: SageMakerModelBackend, params: Mapping[str, Any]) -> ModelPackage | None:
    """What the same request has made already: ClientToken makes it idempotent."""
    token = params.get("ClientToken")
    same = (made for made in backend.model_packages.values() if made.client_token == token)
    return next(same, None) if token else None


def _make(backend: SageMakerModelBackend, params: Mapping[str, Any]) -> ModelPackage:
    _require_one_name(params)
    group = _group_in(backend, params)
    package = ModelPackage(
        model_package_name=group.model_package_group_name if group else params["ModelPackageName"],
        model_package_group_name=group.model_package_group_name if group else None,
        model_package_version=_next_version(group) if group else None,
        model_package_type="Versioned" if group else "Unversioned",
        certify_for_marketplace=params.get("CertifyForMarketplace", False),
        approval_description=None,
        region_name=backend.region_name,
        account_id=backend.account_id,
        tags=params.get("Tags", []),
        **{camelcase_to_underscores(name): params.get(name) for name in TAKEN_BY_MOTO},
    )
    package.created_by = None  # moto makes a user profile up
    package.model_package_status_details = {"ValidationStatuses": [], "ImageScanStatuses": []}
    for name in LOST_BY_MOTO:
        setattr(package, camelcase_to_underscores(name), params.get(name))
    _keep(backend, package)
    return package


def _require_one_name(params: Mapping[str, Any]) -> None:
    named, grouped = "ModelPackageName" in params, "ModelPackageGroupName" in params
    if named and grouped:
        raise ValidationError(
            "Both ModelPackageName and ModelPackageGroupName are provided in the input."
            " Cannot determine which one to use."
        )
    if not named and not grouped:
        raise ValidationError("Missing ARN.")
    if grouped and params.get("Tags"):
        raise ValidationError("A version of a model package group takes no Tags of its own.")


def _group_in(
    backend: SageMakerModelBackend, params: Mapping[str, Any]
) -> ModelPackageGroup | None:
    """The group of a package that is to be a version."""
    if "ModelPackageGroupName" not in params:
        return None
    arn = params["ModelPackageGroupName"]
    if not arn.startswith("arn:"):
        arn = arn_of(backend, "model-package-group", arn)
    for group in backend.model_package_groups.values():
        if group.arn == arn.lower():
            return group
    raise ValidationError(f"ModelPackageGroup {arn} does not exist.")


def _next_version(group: ModelPackageGroup) -> int:
    """The version after the last one that was ever made, which may be deleted by now."""
    group.last_version = getattr(group, "last_version", 0) + 1
    return int(group.last_version)


def _keep(backend: SageMakerModelBackend, package: ModelPackage) -> None:
    if package.arn in backend.model_packages:
        raise ValidationError(f"ModelPackage {package.arn} already exists.")
    backend.model_packages[package.arn] = package


@replaces(
    SageMakerModelBackend,
    "describe_model_package",
    restores="A model package has its own name or ARN, its group's names none; or it is missing.",
    original="60f443b2d242",
)
def describe_model_package(backend: SageMakerModelBackend, model_package_name: str) -> ModelPackage:
    """The package of that ARN, name, or `group/version`."""
    arn = model_package_name
    if not arn.startswith("arn:"):
        arn = arn_of(backend, "model-package", arn)
    if arn.lower() not in backend.model_packages:
        raise ValidationError(f"ModelPackage {arn} does not exist.")
    return backend.model_packages[arn.lower()]


@replaces(
    ModelPackage,
    "gen_response_object",
    restores="DescribeModelPackage shows every member that the package was made with.",
    original="83305756d33c",
)
def gen_response_object(package: ModelPackage) -> dict[str, Any]:
    """The body of DescribeModelPackage; a version has no name of its own, only its group's."""
    operation = get_service_model("sagemaker").operation_model("DescribeModelPackage")
    shown = BaseObject.gen_response_object(package) | {"ModelPackageArn": package.arn}
    if package.model_package_group_name:
        del shown["ModelPackageName"]
    members = operation.output_shape.members
    return {name: shown[name] for name in members if shown.get(name) not in EMPTY}


@replaces(
    SageMakerResponse,
    "describe_model_package",
    restores="DescribeModelPackage keeps to the API's limits.",
    original="55ef534de03f",
)
def describe_model_package_request(response: SageMakerResponse) -> ActionResult:
    """The body of DescribeModelPackage."""
    params = checked("DescribeModelPackage", response)
    package = describe_model_package(response.sagemaker_backend, params["ModelPackageName"])
    body = package.gen_response_object()
    if params.get("IncludedData") == "MetadataOnly" and "ModelCard" in body:
        body["ModelCard"] = _without_what_is_encrypted(body["ModelCard"])
    return ActionResult(body)


def _without_what_is_encrypted(card: Mapping[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(card["ModelCardContent"])
    kept: dict[str, dict[str, Any]] = {}
    for part, name in NOT_ENCRYPTED:
        if name in content.get(part, {}):
            kept.setdefault(part, {})[name] = content[part][name]
    return {**card, "ModelCardContent": json.dumps(kept)}


@replaces(
    SageMakerResponse,
    "update_model_package",
    restores="UpdateModelPackage keeps what it is not given, merges metadata, tells EventBridge.",
    original="19884a1bfd20",
)
def update_model_package(response: SageMakerResponse) -> ActionResult:
    """Change what the request names; a request with the token of the last one changes nothing."""
    params, backend = checked("UpdateModelPackage", response), response.sagemaker_backend
    package = describe_model_package(backend, params["ModelPackageArn"])
    token = params.get("ClientToken")
    if token is None or token != getattr(package, "update_token", None):
        _update(package, params)
        package.update_token = token
        emit_package_state_change(package.arn, package.gen_response_object(), params)
    return ActionResult({"ModelPackageArn": package.arn})


def _update(package: ModelPackage, params: Mapping[str, Any]) -> None:
    properties = _merged_properties(package, params)
    specifications = _more_specifications(package, params)
    package.customer_metadata_properties = properties
    package.additional_inference_specifications = specifications
    for name in SET_BY_UPDATES:
        if name in params:
            setattr(package, camelcase_to_underscores(name), params[name])
    package.last_modified_time = utcnow()


def _merged_properties(package: ModelPackage, params: Mapping[str, Any]) -> dict[str, str]:
    given = params.get("CustomerMetadataProperties", {})
    removed = params.get("CustomerMetadataPropertiesToRemove", [])
    merged = {**(package.customer_metadata_properties or {}), **given}
    kept = {name: value for name, value in merged.items() if name not in removed}
    if len(kept) > MAXIMUM_PROPERTIES:
        raise ValidationError(
            f"A model package takes at most {MAXIMUM_PROPERTIES} CustomerMetadataProperties."
        )
    return kept


def _more_specifications(package: ModelPackage, params: Mapping[str, Any]) -> list[Any]:
    more = params.get("AdditionalInferenceSpecificationsToAdd", [])
    together = [*(package.additional_inference_specifications or []), *more]
    if len(together) > MAXIMUM_SPECIFICATIONS:
        raise ValidationError(
            f"A model package takes at most {MAXIMUM_SPECIFICATIONS} "
            "AdditionalInferenceSpecifications."
        )
    return together


@replaces(
    SageMakerResponse,
    "delete_model_package",
    restores="DeleteModelPackage lets a package go, and tells EventBridge.",
    original=ABSENT,
)
def delete_model_package(response: SageMakerResponse) -> EmptyResult:
    """Forget the package; models that were made of it stay."""
    params, backend = checked("DeleteModelPackage", response), response.sagemaker_backend
    package = describe_model_package(backend, params["ModelPackageName"])
    package.model_package_status = "Deleting"
    del backend.model_packages[package.arn]
    emit_package_state_change(package.arn, package.gen_response_object())
    return EmptyResult()
