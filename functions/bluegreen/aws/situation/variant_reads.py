"""Reads what is known about the variants of an endpoint: scalable targets, traffic, metrics.

Shapes: `DescribeScalableTargetsResponse` (Application Auto Scaling API), `GetMetricDataOutput`
(CloudWatch API).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from bluegreen.aws.reads import Unreadable
from bluegreen.check.situation import Metric

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef, MetricDataResultTypeDef

MINUTES: Final = 1440
"""The day over which traffic is looked at."""

DAYS: Final = 14
DAY_SECONDS: Final = 86_400
"""What ListMetrics covers, so that both ways to look say the same; and a day's seconds."""

MOST_QUERIES: Final = 100
"""Of metrics; ten alarms can have as many."""

NO_DATA: Final = frozenset({"Forbidden", "InternalError"})
"""A StatusCode of GetMetricData with which values may be missing."""


def targets(client: Any, shapes: Mapping[str, Any]) -> list[Any]:  # noqa: ANN401 - no stubs
    """The `ScalableTargets` among an endpoint's variants."""
    name, variants = shapes["Endpoint"]["EndpointName"], _variants_in(shapes)
    if not variants:
        return []
    pages = client.get_paginator("describe_scalable_targets").paginate(
        ServiceNamespace="sagemaker",
        ResourceIds=[f"endpoint/{name}/variant/{variant}" for variant in variants],
    )
    return [target for page in pages for target in page["ScalableTargets"]]


def traffic(
    client: "CloudWatchClient", shapes: Mapping[str, Any], now: datetime
) -> dict[str, dict[str, float]]:
    """The `Traffic` of an endpoint: `Invocations` of the last 1440 full minutes, by variant.

    A minute without a value is one without a request. SageMaker Developer Guide, "Monitor
    asynchronous endpoint": those do not publish it.
    """
    if any(config.get("AsyncInferenceConfig") for config in shapes["EndpointConfigs"]):
        raise Unreadable("SageMaker does not publish the invocations of asynchronous endpoints")
    variants = _variants_in(shapes)
    counts: dict[str, list[float]] = {variant: [] for variant in variants}
    for result in _invocations(client, shapes["Endpoint"]["EndpointName"], variants, now):
        if result.get("StatusCode") in NO_DATA:
            raise Unreadable(f"CloudWatch answered {result.get('StatusCode')}")
        counts[variants[int(result["Id"].removeprefix("v"))]] += result["Values"]
    return {variant: _traffic_of(values) for variant, values in counts.items()}


def _traffic_of(values: Sequence[float]) -> dict[str, float]:
    lowest = min(values, default=0.0) if len(values) >= MINUTES else 0.0
    return {
        "MeanPerMinute": sum(values) / MINUTES,
        "LowestPerMinute": lowest,
        "HighestPerMinute": max(values, default=0.0),
    }


def _variants_in(shapes: Mapping[str, Any]) -> list[str]:
    """The endpoint's variants; those of its config while it does not show any."""
    endpoint = shapes["Endpoint"]
    live = endpoint.get("EndpointConfigName")
    configs = [c for c in shapes["EndpointConfigs"] if c["EndpointConfigName"] == live]
    variants = endpoint.get("ProductionVariants") or [
        variant for config in configs for variant in config["ProductionVariants"]
    ]
    return [variant["VariantName"] for variant in variants]


def _invocations(
    client: "CloudWatchClient", endpoint: str, variants: Sequence[str], now: datetime
) -> Iterator["MetricDataResultTypeDef"]:
    end = now.replace(second=0, microsecond=0)
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[_query(n, endpoint, name) for n, name in enumerate(variants)],
        StartTime=end - timedelta(minutes=MINUTES),
        EndTime=end,
    )
    for page in pages if variants else ():
        yield from page["MetricDataResults"]


def with_data(
    client: "CloudWatchClient", metrics: Sequence[Metric], now: datetime
) -> list[dict[str, Any]]:
    """The `Metrics` among these that had a datapoint in the last two weeks; shape: `Metric`."""
    asked = [_metric_shape(metric) for metric in metrics[:MOST_QUERIES]]
    if not asked:
        return []
    answer = client.get_metric_data(
        MetricDataQueries=[_samples_of(n, each) for n, each in enumerate(asked)],
        StartTime=now - timedelta(days=DAYS),
        EndTime=now,
    )
    results = answer["MetricDataResults"]
    return [asked[int(result["Id"].removeprefix("m"))] for result in results if result["Values"]]


def _metric_shape(metric: Metric) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": dimensions,
    }


def _samples_of(number: int, metric: dict[str, Any]) -> "MetricDataQueryTypeDef":
    stat: Any = {"Metric": metric, "Period": DAY_SECONDS, "Stat": "SampleCount"}
    return {"Id": f"m{number}", "MetricStat": stat}


def _query(number: int, endpoint: str, variant: str) -> "MetricDataQueryTypeDef":
    return {
        "Id": f"v{number}",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/SageMaker",
                "MetricName": "Invocations",
                "Dimensions": [
                    {"Name": "EndpointName", "Value": endpoint},
                    {"Name": "VariantName", "Value": variant},
                ],
            },
            "Period": 60,
            "Stat": "Sum",
        },
    }
