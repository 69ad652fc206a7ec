"""Whether what a request names is there: endpoint, endpoint config, models, variants."""

from collections.abc import Iterator
from typing import Final

from bluegreen.check.forecast import Forecast
from bluegreen.check.situation import Situation
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import listed, quoted
from bluegreen.registry.clone_rules import inference_components
from bluegreen.request.request import Request


def check_presence(request: Request, situation: Situation) -> Iterator[Finding]:
    """Yield what is missing, and whether the endpoint serves the requested config already."""
    live, package = situation.endpoint.live_config, request.model_package_arn
    if not situation.exists and situation.requested and not package:
        yield _will_be_created(request)
    elif not situation.exists:
        yield _there_is_no("endpoint", request.endpoint_name, "EndpointName")
    if situation.requested is None and not package:
        yield _there_is_no("endpoint config", request.endpoint_config_name, "EndpointConfigName")
    elif situation.endpoint.status in UPDATABLE_NEVER:
        yield _not_updatable(request.endpoint_name, situation.endpoint.status)
    elif situation.exists and live == request.endpoint_config_name:
        yield same_config(request.endpoint_config_name)
    elif situation.exists and not live:
        yield no_live_config(request.endpoint_name)


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
    message = f"The endpoint {quoted(name)} is {status}: it can only be deleted, not updated."
    return Finding("endpoint-not-updatable", "ERROR", message, "Make it anew.")


def _will_be_created(request: Request) -> Finding:
    message = (
        f"There is no endpoint {quoted(request.endpoint_name)} in this account and Region: it will"
        f" be created with {quoted(request.endpoint_config_name)}. No bake and no alarm guard that."
    )
    fix = "Check EndpointName, if it should be there."
    return Finding("endpoint-will-be-created", "INFO", message, fix)


def _there_is_no(kind: str, name: str, member: str) -> Finding:
    found = f"{member} is {quoted(name)}; there is no such {kind} in this account and Region."
    fix = f"Allowed: the name of {kind.replace('endpoint', 'an endpoint', 1)} that exists."
    return Finding(f"{kind.replace(' ', '-')}-missing", "ERROR", found, fix)


def same_config(name: str) -> Finding:
    """The finding on a request for the config that the endpoint serves already."""
    message = f"EndpointConfigName is {quoted(name)}, which the endpoint serves already."
    return Finding("same-config", "ERROR", message, "Allowed: another endpoint config.")


def no_live_config(name: str) -> Finding:
    """The finding on an endpoint that no endpoint config stands behind."""
    message = (
        f"DescribeEndpoint shows no endpoint config of {quoted(name)}, as for inference"
        " components; whether it was rolled back could not be told."
    )
    return Finding("no-live-config", "ERROR", message, "Allowed: an endpoint with a config.")


def not_permitted(refusal: str) -> Finding:
    """The finding on what our role may not see."""
    fix = "Allowed: endpoints within the stack's EndpointNamePrefix, in this account and Region."
    return Finding("not-permitted", "ERROR", refusal, fix)


def _model_missing(variant: str, model: str) -> Finding:
    message = f"Variant {quoted(variant)} names the model {quoted(model)}, which is not there."
    return Finding("model-missing", "ERROR", message, "Create the model, or name one that exists.")


def _variants_differ(blue: set[str], green: set[str]) -> Finding:
    old, new = listed(sorted(blue)), listed(sorted(green))
    message = (
        f"The endpoint has the variants {old}, and the new config {new};"
        " blue/green and rolling updates want the same names in both."
    )
    return Finding("variants-differ", "ERROR", message, "Give the variants their old names.")
