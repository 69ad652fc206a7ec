"""SageMaker's API: a model package group is deleted once it has no versions any more.

Rules: API `DeleteModelPackageGroup`, whose one error of its own is ConflictException; its message
is assumed.
"""

from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker.exceptions import ConflictException
from moto.sagemaker.responses import SageMakerResponse

from bluegreen_simulator.moto.replacements import replaces


@replaces(
    SageMakerResponse,
    "delete_model_package_group",
    restores="an empty group is deleted; one with versions is refused",
    original="absent",
)
def delete_model_package_group(response: SageMakerResponse) -> ActionResult:
    """DeleteModelPackageGroup; the name may be an ARN."""
    backend = response.sagemaker_backend
    name = response._get_param("ModelPackageGroupName").rpartition("/")[2]  # noqa: SLF001 - moto's own access
    backend.describe_model_package_group(name)
    packages = backend.model_packages.values()
    if any(package.model_package_group_name == name for package in packages):
        raise ConflictException(
            f"Model Package Group {name} cannot be deleted because it still has model packages."
        )
    del backend.model_package_groups[name]
    return EmptyResult()
