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
    DETAILED,
    MOST_TAGS,
    Body,
    CloneSource,
    containers_in,
    foreign_tags,
    not_copied,
    own_tags,
)
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import Request
from bluegreen.sagemaker.package_name import PackageName

APPROVE: Final = "Approve the model package, then start the deployment again."
MOST_NAMES: Final = 5


def check_clone_source(request: Request, source: CloneSource) -> Iterator[Finding]:
    """Yield what is wrong with package, consent, live config, variant, roles and tags."""
    name = PackageName.of(request.model_package_arn)
    assert name is not None, "the request's shape was checked"
    yield from _check_account(name, source)
    yield from _check_package(name, source.package)
    if source.package:
        yield from _check_consent(request.endpoint_name, source.package, source)
    yield from _check_live(request, source)


def _check_account(name: PackageName, source: CloneSource) -> Iterator[Finding]:
    if (name.account, name.region) != (source.account, source.region):
        message = (
            f"The model package {name.short} belongs to account {name.account} in {name.region},"
            f" but the endpoint belongs to account {source.account} in {source.region}."
        )
        fix = "Register the model in the endpoint's account and Region."
        yield Finding("package-of-another-account", "ERROR", message, fix)


def _check_package(name: PackageName, package: ModelPackage | None) -> Iterator[Finding]:
    if package is None:
        yield _package_missing(name)
        return
    which = f"The model package {name.short}"
    if package.approval != "Approved":
        now = f"is {package.approval}, not Approved" if package.approval else "is not Approved"
        yield Finding("package-not-approved", "ERROR", f"{which} {now}.", APPROVE)
    if package.status != "Completed":
        message = f"{which} is {package.status}, not Completed."
        fix = "Wait until it is Completed, or register the model again."
        yield Finding("package-not-completed", "ERROR", message, fix)
    if package.registration == "Logged":
        message = f"{which} is only Logged, not Registered."
        yield Finding("package-not-registered", "ERROR", message, "Register it, then approve it.")
    if not package.containers:
        message = f"{which} has no containers, so no model can be made from it."
        fix = "Register the model again, with its image and its data."
        yield Finding("package-without-containers", "ERROR", message, fix)


def _package_missing(name: PackageName) -> Finding:
    message = f"There is no model package {quoted(name.arn)} that bluegreen can see."
    fix = "Check the group and the version in ModelPackageArn."
    return Finding("package-missing", "ERROR", message, fix)


def _check_consent(endpoint: str, package: ModelPackage, source: CloneSource) -> Iterator[Finding]:
    if source.consent == package.group:
        return
    group = quoted(package.group)
    tag = f"has the tag {CONSENT_TAG} with the value {quoted(source.consent)}"
    found = tag if source.consent else f"has no tag {CONSENT_TAG}"
    message = (
        f"The endpoint {quoted(endpoint)} {found}, so its owner has not allowed deployments of the"
        f" group {group}."
    )
    fix = f"Ask the endpoint's owner to set the tag {CONSENT_TAG} to {group}."
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
    yield from _check_config(source.config)
    yield from _check_observability(source)
    yield from _check_roles(source.roles(request.variant_name), source.passable_roles)


def _live_unknown(what: str) -> Finding:
    message = f"The live {what}, which the new one would copy, could not be read."
    fix = "It may have been deleted. Deploy an endpoint config of your own first."
    return Finding("live-config-unknown", "ERROR", message, fix)


def _variant_missing(name: str, source: CloneSource) -> Finding:
    message = f"The endpoint has no variant {quoted(name)}."
    return Finding("variant-missing", "ERROR", message, _name_one_of(source))


def _variant_not_named(source: CloneSource) -> Finding:
    message = (
        f"The endpoint has {len(source.variants)} variants, and the request does not say which one"
        " gets the new model."
    )
    return Finding("variant-not-named", "ERROR", message, _name_one_of(source))


def _name_one_of(source: CloneSource) -> str:
    names = listed([variant["VariantName"] for variant in source.variants])
    return f"Set VariantName. Allowed: {names}."


def _check_model(request: Request, source: CloneSource) -> Iterator[Finding]:
    variant = source.variant(request.variant_name)
    model = source.model(request.variant_name)
    if variant and not variant.get("ModelName"):
        yield inference_components(variant["VariantName"])
        return
    if model is None:
        yield _live_unknown("model")
        return
    yield from _check_members("model", model)
    if not_copied(model):
        yield _unknown("model", not_copied(model), "this release of bluegreen")
    packages = [c.get("ModelPackageName") for c in containers_in(model)]
    if request.model_package_arn in packages and not source.serves_mixture:
        message = f"The endpoint already serves {quoted(request.model_package_arn)}."
        yield Finding("same-package", "ERROR", message, "Name another version of the package.")
    yield from _check_environment(model, source.package)
    yield from _check_instance_type(variant or {}, source.package)
    yield from _check_tags(request, source, model)


def _check_environment(model: Body, package: ModelPackage | None) -> Iterator[Finding]:
    """Names only: values may be secrets."""
    set_here = {name for c in containers_in(model) for name in c.get("Environment") or {}}
    lost = sorted(set_here - (package.environment if package else frozenset()))
    if lost:
        message = (
            f"The live model sets the environment variables {listed(lost)}, but the model package"
            " does not: the new model would not have them."
        )
        fix = "If the model needs them, set them in the model package's InferenceSpecification."
        yield Finding("environment-not-kept", "WARNING", message, fix)


def _check_instance_type(variant: Body, package: ModelPackage | None) -> Iterator[Finding]:
    type_ = variant.get("InstanceType", "")
    types = package.instance_types if package else frozenset()
    if type_ and types and type_ not in types:
        message = (
            f"The endpoint runs on {type_}, which the model package does not list as supported."
        )
        shown = ", ".join(sorted(types)[:MOST_NAMES])
        fix = f"Check that the model runs on {type_}. The package lists {shown}."
        yield Finding("instance-type-not-supported", "WARNING", message, fix)


def _check_tags(request: Request, source: CloneSource, model: Body) -> Iterator[Finding]:
    ours = len(own_tags("", "", ""))
    config = source.config or {}
    arns = [model.get("ModelArn", ""), config.get("EndpointConfigArn", "")]
    most = max(len(foreign_tags(source.tags.get(arn, {}))) for arn in arns)
    if most + ours > MOST_TAGS:
        message = (
            f"The live config or model of {quoted(request.endpoint_name)} has {most} tags. With the"
            f" {ours} of bluegreen its copy would have more than {MOST_TAGS}, which AWS refuses."
        )
        fix = f"Remove tags from it until {MOST_TAGS - ours} or fewer are left."
        yield Finding("no-room-for-tags", "ERROR", message, fix)


def _check_config(config: Body) -> Iterator[Finding]:
    yield from _check_members("endpoint config", config)
    if config.get("ShadowProductionVariants"):
        message = "The live endpoint config has shadow variants, which bluegreen does not copy."
        fix = "Deploy an endpoint config without shadow variants first."
        yield Finding("shadow-variants-not-cloned", "ERROR", message, fix)


def _check_observability(source: CloneSource) -> Iterator[Finding]:
    """A config that does not say `DETAILED` has it since June 2026, and had it not before."""
    if source.says_detailed or source.metrics.get(DETAILED):
        return
    message = (
        "The live fleet has no detailed observability, but the new one will have it: SageMaker"
        f" gives it to every config that does not set {DETAILED} of MetricsConfig to false, which"
        " the AWS SDK in use cannot do."
    )
    fix = (
        "Expect a collector on each green instance, which reads the container's /metrics. To do"
        " without it, make the endpoint config yourself, and name it in EndpointConfigName."
    )
    yield Finding("observability-differs", "WARNING", message, fix)


def _check_members(what: str, body: Body) -> Iterator[Finding]:
    unknown = body.get("UnknownMembers", [])
    if unknown:
        yield _unknown(what, unknown, "the AWS SDK in use")


def _unknown(what: str, members: list[str], to: str) -> Finding:
    message = (
        f"The live {what} has {listed(members)}, which {to} does not know: a copy would lose it."
    )
    fix = "Make the endpoint config yourself, and name it in EndpointConfigName."
    return Finding("members-not-known", "ERROR", message, fix)


def _check_roles(roles: list[str], passable: tuple[str, ...] | None) -> Iterator[Finding]:
    if passable is None:
        return
    if not passable:
        message = (
            "The stack's parameter ModelExecutionRoleArns is empty, so bluegreen may not make a"
            " model from a model package."
        )
        fix = "Set ModelExecutionRoleArns to the execution roles that models may have."
        yield Finding("model-packages-not-permitted", "ERROR", message, fix)
        return
    for role in dict.fromkeys(roles):
        if not any(_matches(role, pattern) for pattern in passable):
            message = (
                f"The stack's parameter ModelExecutionRoleArns does not list {quoted(role)}, the"
                " execution role of the live fleet."
            )
            fix = "Add the role to ModelExecutionRoleArns, or use a role that it lists."
            yield Finding("role-not-listed", "ERROR", message, fix)


def _matches(arn: str, pattern: str) -> bool:
    """Whether an ARN matches as in a policy of IAM: `*` is any text, `?` one character."""
    wanted = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(wanted, arn) is not None


def inference_components(variant: str) -> Finding:
    """The finding on a variant that names no model."""
    message = (
        f"Variant {quoted(variant)} has no model, so it is for inference components. Those are"
        " updated by UpdateInferenceComponent, not by UpdateEndpoint."
    )
    return Finding("inference-components", "ERROR", message, "Name a model in each variant.")
