"""Fleets that SageMaker updates without any guardrail, though it takes the request.

SageMaker Developer Guide, "Exclusions" of deployment guardrails: it falls back to all at once,
without a bake, and tells of no stage. Never waivable: nothing of the policy would hold.
"""

from collections.abc import Iterator
from typing import Final

from bluegreen.check.forecast import Forecast
from bluegreen.check.situation import Config, ConfigVariant
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import quoted
from bluegreen.sagemaker.deployment_config import ROLLING

INF1: Final = "ml.inf1."


def check_exclusions(forecast: Forecast) -> Iterator[Finding]:
    """Yield each reason for which the guardrails would be dropped, of blue's fleet and green's."""
    configs = [config for config in (forecast.situation.live, forecast.requested) if config]
    for config in configs:
        for variant in config.variants:
            yield from _check_variant(config, variant, live=config is forecast.situation.live)
    if forecast.situation.live is None and forecast.situation.endpoint.live_config:
        yield _live_unknown(forecast)
    if any(v.model and v.marketplace is None for config in configs for v in config.variants):
        yield _marketplace_unknown(forecast)
    if forecast.requested.shadows or (forecast.situation.live and forecast.situation.live.shadows):
        yield _shadows(in_new=bool(forecast.requested.shadows))
    if forecast.policy.mode == ROLLING and len(forecast.requested.variants) > 1:
        yield _several_variants(len(forecast.requested.variants))


def _check_variant(config: Config, variant: ConfigVariant, *, live: bool) -> Iterator[Finding]:
    where = f"Variant {quoted(variant.name)} of {quoted(config.name)}"
    if variant.serverless:
        yield _excluded("excluded-serverless", f"{where} is serverless", live=live)
    if variant.instance_type.startswith(INF1):
        what = f"{where} runs on {quoted(variant.instance_type)}"
        yield _excluded("excluded-inf1", what, live=live)
    if variant.accelerator:
        what = f"{where} has {quoted(variant.accelerator)}"
        yield _excluded("excluded-accelerator", what, live=live)
    if variant.marketplace:
        what = f"{where} has a container from AWS Marketplace"
        yield _excluded("excluded-marketplace", what, live=live)


def _excluded(id_: str, what: str, *, live: bool) -> Finding:
    message = (
        f"{what}. SageMaker would ignore the policy: all traffic would move at once, without a"
        " bake, and no alarm could roll it back."
    )
    fix = "Avoid such variants, or call UpdateEndpoint yourself: nothing guards that update."
    if live:
        fix = "Call UpdateEndpoint yourself to move away from it: nothing guards that update."
    return Finding(id_, "ERROR", message, fix)


def _live_unknown(forecast: Forecast) -> Finding:
    why = forecast.situation.why_unknown("live")
    message = (
        f"The live endpoint config is not known: {why}. Its fleet may be one that SageMaker updates"
        " without guardrails, and what the update changes besides the model is not known."
    )
    fix = "If it still exists, allow sagemaker:DescribeEndpointConfig on it."
    return Finding("live-config-not-checked", "WARNING", message, fix)


def _marketplace_unknown(forecast: Forecast) -> Finding:
    unknown = forecast.situation.unknown
    what = next((what for what in ("packages", "models") if what in unknown), "")
    why = forecast.situation.why_unknown(what) if what else "the models do not tell"
    message = (
        f"Whether a container comes from AWS Marketplace is not known: {why}. Such a fleet is"
        " updated without guardrails."
    )
    fix = "Allow sagemaker:DescribeModel and sagemaker:DescribeModelPackage, or look yourself."
    return Finding("marketplace-not-checked", "INFO", message, fix)


def _shadows(*, in_new: bool) -> Finding:
    message = (
        "The live or the requested config has shadow variants. AWS does not document what an update"
        " with guardrails does with them, and the plan does not count them."
    )
    fix = "Deploy without shadow variants."
    if not in_new:
        fix = (
            "The new config has none. Accept that nobody knows what the update does with them, or"
            " call UpdateEndpoint yourself first, with a copy of the live config without them."
        )
    return Finding("shadow-variants", "WARNING", message, fix)


def _several_variants(count: int) -> Finding:
    message = f"A rolling update works with one production variant, but the new config has {count}."
    fix = "Use a BlueGreenUpdatePolicy, which works with several."
    return Finding("rolling-several-variants", "ERROR", message, fix)
