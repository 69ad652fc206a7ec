"""Whether what a request names is there: endpoint, endpoint config, models, variants."""

from collections.abc import Iterator
from typing import Final

from bluegreen.check.forecast import Forecast
from bluegreen.check.situation import Situation
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import listed, quoted
from bluegreen.deployment.live_config import no_live_config, same_config
from bluegreen.registry.clone_rules import inference_components
from bluegreen.request.request import Request
from bluegreen.sagemaker.observation import Observation


def check_presence(request: Request, situation: Situation) -> Iterator[Finding]:
    """Yield what is missing, and whether the endpoint serves the requested config already."""
    live, package = situation.endpoint.live_config, request.model_package_arn
    if not situation.exists and situation.requested and not package:
        yield _will_be_created(request)
    elif not situation.exists:
        yield _endpoint_missing(request)
    if situation.requested is None and not package:
        yield _config_missing(request)
    elif situation.endpoint.status in UPDATABLE_NEVER:
        yield _not_updatable(request.endpoint_name, situation.endpoint.status)
    elif situation.exists and live == request.endpoint_config_name:
        yield same_config(situation.endpoint)
    elif situation.exists and not live:
        yield no_live_config(request.endpoint_name)
    yield from _check_status(request, situation.endpoint)


def check_contents(forecast: Forecast) -> Iterator[Finding]:
    """Yield what is wrong with the models and the variants of the requested config."""
    for variant in forecast.requested.variants:
        if variant.model_exists is False:
            yield _model_missing(variant.name, variant.model)
        if not variant.model:
            yield inference_components(variant.name)
    blue, green = forecast.situation.live_variants, set(forecast.green)
    if blue and blue != green:
        yield _variants_differ(blue, green)


UPDATABLE_NEVER: Final = frozenset({"Failed", "Deleting"})
"""Statuses after which an endpoint can only be deleted (API of DescribeEndpoint)."""


def _not_updatable(name: str, status: str) -> Finding:
    message = f"The endpoint {quoted(name)} is {status}. It can only be deleted, not updated."
    fix = "Delete the endpoint and create it again."
    if status == "Deleting":
        fix = "Wait until it is gone, then create it again."
    return Finding("endpoint-not-updatable", "ERROR", message, fix)


def _check_status(request: Request, endpoint: Observation) -> Iterator[Finding]:
    """Yield what the status of an endpoint means for a deployment (API of DescribeEndpoint)."""
    which = f"The endpoint {quoted(request.endpoint_name)} is {endpoint.status}"
    if endpoint.serves_mixture:
        yield _mixture(which, endpoint)
    elif endpoint.status == OUT_OF_SERVICE:
        yield _out_of_service(which, endpoint)
    elif not endpoint.settled:
        yield _busy(which, request, endpoint)


OUT_OF_SERVICE: Final = "OutOfService"


def _mixture(which: str, endpoint: Observation) -> Finding:
    message = (
        f"{which}: a rolling update and its rollback both failed, and instances of two endpoint"
        f" configs answer requests, though DescribeEndpoint names {quoted(endpoint.live_config)}"
        f" alone.{_why(endpoint)} By AWS's guide a rolling or a blue/green deployment may mend"
        " that, or neither does. A rollback of this one could leave the mixture."
    )
    fix = (
        "Deploy a config that is known to be good with a BlueGreenUpdatePolicy, which replaces"
        " every instance. If that fails too, ask AWS Support."
    )
    return Finding("endpoint-rollback-failed", "WARNING", message, fix)


def _out_of_service(which: str, endpoint: Observation) -> Finding:
    message = (
        f"{which}: it takes no requests.{_why(endpoint)} AWS does not document whether it can be"
        " updated then. A rollback would go back to a fleet that serves nothing."
    )
    fix = (
        "Find out why it is out of service first. If SageMaker refuses to update it, delete the"
        " endpoint and create it again."
    )
    return Finding("endpoint-out-of-service", "WARNING", message, fix)


def _why(endpoint: Observation) -> str:
    reason = endpoint.failure_reason
    return f" Its FailureReason is {quoted(reason)}." if reason else ""


_BUSY_WITH: Final = {
    "Creating": "it is still being created",
    "Updating": "an update of it runs, or a change of its weights or counts",
    "SystemUpdating": "SageMaker maintains it",
    "RollingBack": "a change of its weights or counts failed, and is being undone",
}


def _busy(which: str, request: Request, endpoint: Observation) -> Finding:
    waits = request.queues
    message = (
        f"{which}: {_BUSY_WITH.get(endpoint.status, 'an update of it has not ended yet')}. A"
        f" deployment that starts now {'waits for its turn' if waits else 'is REJECTED'}. The plan"
        " counts the instances of this moment."
    )
    fix = "Wait until it is InService, or set OnBusy to QUEUE."
    if waits:
        fix = "Check again when it is InService; the deployment does so itself."
    return Finding("endpoint-busy", "INFO", message, fix)


def _will_be_created(request: Request) -> Finding:
    message = (
        f"There is no endpoint {quoted(request.endpoint_name)} in this account and Region. It would"
        f" be created with {quoted(request.endpoint_config_name)}, and no bake and no alarm would"
        " guard that."
    )
    fix = (
        "Check EndpointName for a typo. To create the endpoint, add endpoint-will-be-created to"
        " AllowFindings."
    )
    return Finding("endpoint-will-be-created", "ERROR", message, fix)


def _endpoint_missing(request: Request) -> Finding:
    message = f"There is no endpoint {quoted(request.endpoint_name)} in this account and Region."
    fix = "Check EndpointName for a typo, and the account and the Region."
    return Finding("endpoint-missing", "ERROR", message, fix)


def _config_missing(request: Request) -> Finding:
    name = quoted(request.endpoint_config_name)
    message = f"There is no endpoint config {name} in this account and Region."
    fix = "Create the endpoint config, or check EndpointConfigName for a typo."
    return Finding("endpoint-config-missing", "ERROR", message, fix)


def not_permitted(refusal: str) -> Finding:
    """The finding on what our role may not see; in AWS's own words."""
    fix = (
        "Check the name, the account and the Region. The stack sees only endpoints whose names"
        " begin with its parameter EndpointNamePrefix."
    )
    return Finding("not-permitted", "ERROR", refusal, fix)


def supersede_not_allowed() -> Finding:
    """The finding on a request that would abort another, where the stack allows none to."""
    message = "OnBusy is SUPERSEDE, but the stack allows no request to abort another deployment."
    fix = "Set OnBusy to QUEUE, or the stack's parameter AllowSupersede to true."
    return Finding("supersede-not-allowed", "ERROR", message, fix)


def _model_missing(variant: str, model: str) -> Finding:
    message = f"Variant {quoted(variant)} uses the model {quoted(model)}, which does not exist."
    fix = "Create the model, or use an endpoint config whose models exist."
    return Finding("model-missing", "ERROR", message, fix, variant)


def _variants_differ(blue: set[str], green: set[str]) -> Finding:
    message = (
        f"The variants of the endpoint are {listed(sorted(blue))}, and those of the new config are"
        f" {listed(sorted(green))}. Blue/green and rolling updates need the same names in both."
    )
    fix = "Use the old names in the new config."
    return Finding("variants-differ", "ERROR", message, fix)
