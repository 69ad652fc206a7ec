"""Whether a green config may and can be made from a model package and the live config.

None of it can be waived: consent is the endpoint owner's, the approval is the registry's, and a
setting that a clone would lose is lost for good.
"""

import re
from collections.abc import Iterator
from typing import Final

from bluegreen.contract.findings import Finding
from bluegreen.contract.text import listed, quoted
from bluegreen.registry.clone import (
    CONSENT_TAG,
    MOST_TAGS,
    Body,
    CloneSource,
    containers_in,
    foreign_tags,
    own_tags,
)
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import Request
from bluegreen.sagemaker.package_name import PackageName

APPROVE: Final = "Approve the model package, then start it again."
MOST_NAMES: Final = 5


def check_clone_source(request: Request, source: CloneSource) -> Iterator[Finding]:
    """Yield what is amiss with package, consent, live config, variant, roles and tags."""
    name = PackageName.of(request.model_package_arn)
    assert name is not None, "the request's shape was checked"
    yield from _check_place(name, source)
    yield from _check_package(name, source.package)
    if source.package:
        yield from _check_consent(request.endpoint_name, source.package, source)
    yield from _check_live(request, source)


def _check_place(name: PackageName, source: CloneSource) -> Iterator[Finding]:
    if (name.account, name.region) != (source.account, source.region):
        message = (
            f"ModelPackageArn is {quoted(name.arn)}, of account {name.account} in {name.region};"
            f" the endpoint is of account {source.account} in {source.region}."
        )
        fix = "Allowed: a model package of the endpoint's own account and Region."
        yield Finding("package-of-another-account", "ERROR", message, fix)


def _check_package(name: PackageName, package: ModelPackage | None) -> Iterator[Finding]:
    if package is None:
        message = f"ModelPackageArn is {quoted(name.arn)}; there is no such model package to see."
        yield Finding("package-missing", "ERROR", message, "Allowed: one that exists.")
        return
    if package.approval != "Approved":
        now = package.approval or "without an approval"
        message = f"The model package {name.short} is {now}, not Approved."
        yield Finding("package-not-approved", "ERROR", message, APPROVE)
    if package.status != "Completed":
        message = f"The model package {name.short} is {package.status}, not Completed."
        yield Finding("package-not-completed", "ERROR", message, "Register the model anew.")
    if package.registration == "Logged":
        message = f"The model package {name.short} is Logged only, not Registered."
        yield Finding("package-not-registered", "ERROR", message, "Register it, then approve it.")
    if not package.containers:
        message = f"The model package {name.short} has no containers to make a model of."
        yield Finding("package-without-containers", "ERROR", message, "Register it with some.")


def _check_consent(endpoint: str, package: ModelPackage, source: CloneSource) -> Iterator[Finding]:
    if source.consent == package.group:
        return
    found = f"is {quoted(source.consent)}" if source.consent else "is not there"
    message = (
        f"The tag {CONSENT_TAG} of the endpoint {quoted(endpoint)} {found}; without its owner's"
        f" consent the group {quoted(package.group)} is not deployed to it."
    )
    fix = f"Let the endpoint's owner set the tag {CONSENT_TAG} to {quoted(package.group)}."
    yield Finding("endpoint-without-consent", "ERROR", message, fix)


def _check_live(request: Request, source: CloneSource) -> Iterator[Finding]:
    if source.config is None:
        yield _live_unknown("endpoint config")
        return
    if request.variant_name and source.variant(request.variant_name) is None:
        yield _variant_missing(request.variant_name, source)
    elif source.variant(request.variant_name) is None:
        yield _variant_not_named(source)
    else:
        yield from _check_model(request, source)
    yield from _check_clone(source.config)
    yield from _check_roles(source.roles(request.variant_name), source.passable_roles)


def _live_unknown(what: str) -> Finding:
    message = f"The live {what}, of which the new one would be made, could not be read."
    fix = "It may have been deleted: deploy an endpoint config of your own first."
    return Finding("live-config-unknown", "ERROR", message, fix)


def _variant_missing(name: str, source: CloneSource) -> Finding:
    message = f"VariantName is {quoted(name)}, and the endpoint has no such variant."
    return Finding("variant-missing", "ERROR", message, f"Allowed: {_names(source)}.")


def _variant_not_named(source: CloneSource) -> Finding:
    message = f"The endpoint has {len(source.variants)} variants, and VariantName names none."
    return Finding("variant-not-named", "ERROR", message, f"Allowed: {_names(source)}.")


def _names(source: CloneSource) -> str:
    return listed([variant["VariantName"] for variant in source.variants])


def _check_model(request: Request, source: CloneSource) -> Iterator[Finding]:
    variant = source.variant(request.variant_name)
    model = source.model(request.variant_name)
    if variant and not variant.get("ModelName"):
        yield inference_components(variant["VariantName"])
        return
    if model is None:
        yield _live_unknown("model")
        return
    yield from _unknown_members("model", model)
    packages = [c.get("ModelPackageName") for c in containers_in(model)]
    if request.model_package_arn in packages:
        message = f"The endpoint serves {quoted(request.model_package_arn)} already."
        yield Finding("same-package", "ERROR", message, "Allowed: another model package.")
    yield from _check_environment(model, source.package)
    yield from _check_instance_type(variant or {}, source.package)
    yield from _check_tags(request, source, model)


def _check_environment(model: Body, package: ModelPackage | None) -> Iterator[Finding]:
    """Names only: values may be secrets."""
    set_here = {name for c in containers_in(model) for name in c.get("Environment") or {}}
    lost = sorted(set_here - (package.environment if package else frozenset()))
    if lost:
        message = (
            f"The live model sets the environment variables {listed(lost)}; the model package does"
            " not, and the new model has only what its package sets."
        )
        fix = "Set them in the model package's InferenceSpecification."
        yield Finding("environment-not-kept", "WARNING", message, fix)


def _check_instance_type(variant: Body, package: ModelPackage | None) -> Iterator[Finding]:
    type_ = variant.get("InstanceType", "")
    types = package.instance_types if package else frozenset()
    if type_ and types and type_ not in types:
        message = f"The endpoint is on {type_}, which the model package does not say it supports."
        shown = ", ".join(sorted(types)[:MOST_NAMES])
        fix = f"SupportedRealtimeInferenceInstanceTypes are {shown}."
        yield Finding("instance-type-not-supported", "WARNING", message, fix)


def _check_tags(request: Request, source: CloneSource, model: Body) -> Iterator[Finding]:
    ours = len(own_tags("", "", ""))
    config = source.config or {}
    arns = [model.get("ModelArn", ""), config.get("EndpointConfigArn", "")]
    most = max(len(foreign_tags(source.tags.get(arn, {}))) for arn in arns)
    if most + ours > MOST_TAGS:
        message = (
            f"The live config or model of {quoted(request.endpoint_name)} has {most} tags; with the"
            f" {ours} of bluegreen the new one would have more than {MOST_TAGS}."
        )
        yield Finding("no-room-for-tags", "ERROR", message, f"Leave room for {ours} tags.")


def _check_clone(config: Body) -> Iterator[Finding]:
    yield from _unknown_members("endpoint config", config)
    if config.get("ShadowProductionVariants"):
        message = "The live endpoint config has shadow variants, which are not cloned."
        fix = "Deploy an endpoint config without shadow variants first."
        yield Finding("shadow-variants-not-cloned", "ERROR", message, fix)


def _unknown_members(what: str, body: Body) -> Iterator[Finding]:
    unknown = body.get("UnknownMembers", [])
    if unknown:
        message = (
            f"The live {what} has {listed(unknown)}, which the AWS SDK that runs here does not"
            " know; a clone would lose it."
        )
        fix = "Make the endpoint config yourself, and name it in EndpointConfigName."
        yield Finding("members-not-known", "ERROR", message, fix)


def _check_roles(roles: list[str], passable: tuple[str, ...] | None) -> Iterator[Finding]:
    if passable is None:
        return
    if not passable:
        message = (
            "The stack's parameter ModelExecutionRoleArns is empty, so no model may be created from"
            " a model package."
        )
        fix = "Set ModelExecutionRoleArns to the execution roles that bluegreen may pass on."
        yield Finding("model-packages-not-permitted", "ERROR", message, fix)
        return
    for role in dict.fromkeys(roles):
        if not any(_matches(role, pattern) for pattern in passable):
            message = (
                f"The live fleet's execution role {quoted(role)} is not in the stack's parameter"
                " ModelExecutionRoleArns."
            )
            fix = "Add it there, or give the live model a role that is there."
            yield Finding("role-not-listed", "ERROR", message, fix)


def _matches(arn: str, pattern: str) -> bool:
    """Whether an ARN matches as in a policy of IAM: `*` is any text, `?` one character."""
    wanted = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(wanted, arn) is not None


def inference_components(variant: str) -> Finding:
    """The finding on a variant that names no model."""
    message = (
        f"Variant {quoted(variant)} names no model: it is for inference components, which"
        " UpdateInferenceComponent updates, not UpdateEndpoint."
    )
    return Finding("inference-components", "ERROR", message, "Name a model in each variant.")
