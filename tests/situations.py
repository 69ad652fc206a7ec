"""Healthy situations to check requests in, with only what a test is about spelled out.

The healthy case: a canary of one of four instances, of ten minutes, watched by alarms on the
green fleet's latency and errors; the account is known to allow all of it. The check finds nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bluegreen.check.forecast import Forecast
from bluegreen.check.report import CHECKS, Checked, check_situation
from bluegreen.check.situation import (
    Alarm,
    Config,
    ConfigVariant,
    Metric,
    MetricKey,
    Quota,
    Situation,
    Traffic,
    metric_key,
)
from bluegreen.contract.findings import Finding
from bluegreen.guardrails.asked import CLIENT_ERRORS, LATENCY, SERVER_ERRORS, Asked
from bluegreen.guardrails.blue import Week
from bluegreen.guardrails.guardrail import Guardrail, alarm_name
from bluegreen.registry.clone import CONSENT_TAG, CloneSource
from bluegreen.registry.model_package import ModelPackage
from bluegreen.request.request import Request
from bluegreen.sagemaker.deployment_config import CapacitySize, Policy
from bluegreen.sagemaker.observation import Observation, Variant
from builders import BLUE, GREEN, PACKAGE, at

TYPE = "ml.m5.xlarge"
ROLE = "arn:aws:iam::123456789012:role/model"
BOTH_FLEETS = {"EndpointName": "churn", "VariantName": "main"}
GREEN_FLEET = {**BOTH_FLEETS, "EndpointConfigName": GREEN}
BLUE_FLEET = {**BOTH_FLEETS, "EndpointConfigName": BLUE}


# ---- Policies --------------------------------------------------------------------------------


def count(instances: int) -> CapacitySize:
    return CapacitySize("INSTANCE_COUNT", instances)


def percent(value: int) -> CapacitySize:
    return CapacitySize("CAPACITY_PERCENT", value)


def canary(
    size: CapacitySize | None = None, wait: int = 600, termination: int = 600, **more: Any
) -> Policy:
    return Policy("CANARY", wait, termination, size or count(1), **more)


def linear(
    size: CapacitySize | None = None, wait: int = 600, termination: int = 600, **more: Any
) -> Policy:
    return Policy("LINEAR", wait, termination, size or count(1), **more)


def all_at_once(termination: int = 600, **more: Any) -> Policy:
    return Policy("ALL_AT_ONCE", 0, termination, **more)


def rolling(size: CapacitySize | None = None, wait: int = 600, **more: Any) -> Policy:
    return Policy("ROLLING", wait, 0, size or count(1), **more)


# ---- Alarms ----------------------------------------------------------------------------------


def alarm(
    name: str = "latency",
    metric: str = "ModelLatency",
    statistic: str = "Average",
    threshold: float = 100_000,
    dimensions: Mapping[str, str] | None = None,
    *,
    period: int = 60,
    points: int = 1,
    of: int | None = None,
    namespace: str = "AWS/SageMaker",
    unit: str = "",
    **more: Any,
) -> Alarm:
    """An alarm on a metric of the green fleet; `points` of `of` datapoints, all by default."""
    watched = Metric(
        namespace,
        metric,
        GREEN_FLEET if dimensions is None else dimensions,
        statistic,
        period,
        unit,
    )
    return replace(
        Alarm(
            name,
            metrics=(watched,),
            threshold=threshold,
            evaluation_periods=of or points,
            datapoints_to_alarm=points,
            missing_data="notBreaching",
        ),
        **more,
    )


def errors(threshold: float, statistic: str = "Average", **more: Any) -> Alarm:
    """An alarm on the 5XX errors of both fleets."""
    return alarm(
        **{
            "name": "errors",
            "metric": "Invocation5XXErrors",
            "statistic": statistic,
            "threshold": threshold,
            "dimensions": BOTH_FLEETS,
            **more,
        }
    )


def healthy_alarms(variants: Iterable[str]) -> tuple[Alarm, ...]:
    """An alarm on green's latency and one on its errors, for each variant."""
    return tuple(
        made
        for name in variants
        for fleet in [{**GREEN_FLEET, "VariantName": name}]
        for made in (
            alarm(f"latency-{name}", dimensions=fleet),
            errors(0.05, name=f"errors-{name}", dimensions=fleet),
        )
    )


def shown_errors(variants: Iterable[str]) -> frozenset[MetricKey]:
    """That errors had data by config, whichever is live, as green's will have."""
    dimensions = [
        {"EndpointName": "churn", "VariantName": name, "EndpointConfigName": live}
        for name in variants
        for live in (BLUE, GREEN, "")
    ]
    return frozenset(metric_key("AWS/SageMaker", "Invocation5XXErrors", d) for d in dimensions)


# ---- Guardrails ------------------------------------------------------------------------------

WEEK = 7 * 1440
"""Minutes."""


def week(
    per_minute: float = 600,
    server: float = 0.0,
    client: float = 0.0,
    milliseconds: float = 80.0,
    *,
    minutes: int = WEEK,
    **changes: Any,
) -> Week:
    """A week of steady requests, of which such parts end in a 5XX and in a 4XX."""
    made = Week(
        [per_minute] * minutes,
        [per_minute * server] * minutes,
        [per_minute * client] * minutes,
        {percentile: [milliseconds] * (minutes // 2) for percentile in (50.0, 90.0, 99.0)},
    )
    return replace(made, **changes)


def guarded(
    guardrails: Any = "Default",
    blue: Week | Mapping[str, Week] | None = None,
    asking: Mapping[str, Any] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """What differs where a request asks for guardrails: members of `checked`.

    `guardrails` is as in a request, None where it says nothing; `blue` its last week.
    """
    weeks = blue if isinstance(blue, Mapping) else {"main": blue or week()}
    asked = None if guardrails is None else Asked.from_json(guardrails)
    knowing = {"weeks": weeks, **changes.pop("knowing", {})}
    return {"asking": {"asked": asked, **(asking or {})}, "knowing": knowing, **changes}


def max_rate(rate: float, metric: str = SERVER_ERRORS) -> list[dict[str, Any]]:
    """Of errors, a limit of one's own."""
    return [{"Metric": metric, "MaxRate": rate}]


def max_latency(**limit: float) -> list[dict[str, Any]]:
    """Of latency, a limit of one's own."""
    return [{"Metric": LATENCY, **limit}]


def guardrail(metric: str = SERVER_ERRORS, variant: str = "main", **more: Any) -> Guardrail:
    """One as `Default` gives it of a blue that never fails, and of bakes of 600 seconds."""
    key = {SERVER_ERRORS: "5xx", CLIENT_ERRORS: "4xx", LATENCY: "latency-p90"}[metric]
    of_latency: dict[str, Any] = {"limit": 0.1, "defect": 0.5, "period_seconds": 120, "periods": 3}
    of_latency |= {"percentile": 90.0, "limit_ms": 120.0, "blue_ms": 80.0}
    numbers: dict[str, Any] = {"limit": 0.02, "defect": 0.2, "period_seconds": 300}
    if metric != SERVER_ERRORS:
        numbers = of_latency if metric == LATENCY else {**numbers, "limit": 0.1, "defect": 0.5}
    name = alarm_name("bluegreen", "churn", variant, key)
    return Guardrail(
        **{**numbers, "metric": metric, "key": key, "variant": variant, **more}, alarm=name
    )


def default_guardrails(*variants: str) -> list[Guardrail]:
    """Those of `Default` for each variant, by default for the one of the healthy case."""
    metrics = (SERVER_ERRORS, CLIENT_ERRORS, LATENCY)
    return [guardrail(metric, name) for name in variants or ["main"] for metric in metrics]


# ---- Situations ------------------------------------------------------------------------------


def variant(name: str = "main", instances: int = 4, **more: Any) -> ConfigVariant:
    made: dict[str, Any] = {
        "instance_type": TYPE,
        "model": f"model-{name}",
        "marketplace": False,
        "role_arn": ROLE,
        "model_exists": True,
    }
    return ConfigVariant(name, instances, **{**made, **more})


def config(name: str = GREEN, instances: int | Mapping[str, int] = 4, **more: Any) -> Config:
    """A config with one variant "main", or those of a mapping; `more` is for each of them."""
    counts = {"main": instances} if isinstance(instances, int) else instances
    asynchronous = more.pop("asynchronous", False)
    variants = tuple(variant(key, number, **more) for key, number in counts.items())
    return Config(name, variants, asynchronous)


def endpoint(instances: int | Mapping[str, int] = 4, live: str = BLUE) -> Observation:
    counts = {"main": instances} if isinstance(instances, int) else instances
    variants = tuple(Variant(name, number, number) for name, number in counts.items())
    return Observation("InService", live, at(-86400), variants=variants)


def situation(
    instances: int | Mapping[str, int] = 4, alarms: Iterable[Alarm] = (), **changes: Any
) -> Situation:
    return replace(
        Situation(
            endpoint=endpoint(instances),
            live=config(BLUE, instances),
            requested=config(GREEN, instances),
            alarms={one.name: one for one in alarms},
            traffic={"main": Traffic(600)},
            quotas={TYPE: Quota(100, 4)},
            scalable=frozenset(),
            roles_may_describe_alarms={ROLE: True},
        ),
        **changes,
    )


# ---- What a green config is made from --------------------------------------------------------
# Bodies have AWS's own shapes.

ACCOUNT_ARN = "arn:aws:sagemaker:eu-central-1:123456789012"
ENDPOINT_ARN = f"{ACCOUNT_ARN}:endpoint/churn"
LIVE_PACKAGE = f"{ACCOUNT_ARN}:model-package/churn/6"


def package(**changes: Any) -> ModelPackage:
    return replace(
        ModelPackage(
            arn=PACKAGE,
            group="churn",
            status="Completed",
            approval="Approved",
            registration="Registered",
            containers=1,
        ),
        **changes,
    )


def live_variant(name: str = "main", **members: Any) -> dict[str, Any]:
    """Shape: ProductionVariant."""
    body = {"VariantName": name, "ModelName": f"model-{name}", "InstanceType": TYPE}
    return {**body, "InitialInstanceCount": 4, **members}


def live_config(*variants: Mapping[str, Any], **members: Any) -> dict[str, Any]:
    """Shape: DescribeEndpointConfigOutput."""
    return {
        "EndpointConfigName": BLUE,
        "EndpointConfigArn": f"{ACCOUNT_ARN}:endpoint-config/{BLUE}",
        "ProductionVariants": list(variants or [live_variant()]),
        "CreationTime": at(-86400),
        **members,
    }


def live_model(variant: str = "main", **members: Any) -> dict[str, Any]:
    """Shape: DescribeModelOutput."""
    return {
        "ModelName": f"model-{variant}",
        "ModelArn": f"{ACCOUNT_ARN}:model/model-{variant}",
        "ExecutionRoleArn": ROLE,
        "Containers": [{"ModelPackageName": LIVE_PACKAGE}],
        "CreationTime": at(-86400),
        **members,
    }


def source(
    *models: Mapping[str, Any], tags: Mapping[str, Mapping[str, str]] | None = None, **changes: Any
) -> CloneSource:
    """The source of the healthy case, with nothing amiss; `tags` are more than the consent."""
    bodies = models or (live_model(),)
    made = CloneSource(
        endpoint_arn=ENDPOINT_ARN,
        package=package(),
        config=live_config(),
        models={body["ModelName"]: body for body in bodies},
        tags={ENDPOINT_ARN: {CONSENT_TAG: "churn"}, **(tags or {})},
        passable_roles=(ROLE,),
    )
    return replace(made, **changes)


# ---- Checks ----------------------------------------------------------------------------------


def checked(
    policy: Policy | None = None,
    instances: int | Mapping[str, int] = 4,
    *,
    alarms: Iterable[Alarm] | None = None,
    beside: Alarm | None = None,
    names: Iterable[str] | None = None,
    asking: Mapping[str, Any] | None = None,
    found: Iterable[Finding] = (),
    knowing: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Checked:
    """The check of the healthy case but for what is given.

    Without `alarms`, every variant is watched by those of the healthy case.
    `beside` is one more alarm, `names` are those in the request (by default those that exist),
    `asking` changes the request, `knowing` and all others the situation.
    """
    variants = ["main"] if isinstance(instances, int) else list(instances)
    given = healthy_alarms(variants) if alarms is None else alarms
    shown = shown_errors(variants) if alarms is None else frozenset()
    there = [*given, *([beside] if beside else [])]
    wanted = [one.name for one in there] if names is None else list(names)
    chosen = replace(policy or canary(), alarms=tuple(wanted))
    request = replace(Request("churn", GREEN, chosen), **(asking or {}))
    known = situation(instances, there, shown=shown)
    return check_situation(request, replace(known, **{**changes, **(knowing or {})}), found)


def case_of(
    policy: Policy | None = None, instances: int | Mapping[str, int] = 4, **more: Any
) -> Forecast:
    forecast = checked(policy, instances, **more).forecast
    assert forecast is not None
    return forecast


def watched_by(
    guardrails: Iterable[Guardrail], policy: Policy | None = None, **more: Any
) -> Forecast:
    """The healthy case with these guardrails, without alarms unless some are given."""
    forecast = case_of(policy, **{"alarms": (), **more})
    return replace(forecast, request=replace(forecast.request, guardrails=tuple(guardrails)))


def found_in(forecast: Forecast) -> list[Finding]:
    """What the rules find."""
    results = [result for check in CHECKS for result in check(forecast)]
    return [result for result in results if isinstance(result, Finding)]


def in_words(findings: Iterable[Finding]) -> list[str]:
    """Each finding as "SEVERITY id", sorted."""
    return sorted(f"{finding.severity} {finding.id}" for finding in findings)
