"""Blue's last week as a file tells it: the same requests, errors and latency in every minute.

Members of `Traffic`, which are ours: `Rate5XX` and `Rate4XX` are the parts of the requests that end
so, 0 to 1, and `LatencyMilliseconds` has by percentile (`p90`) what ModelLatency came to.
"""

from collections.abc import Mapping
from typing import Any, Final

from bluegreen.check.situation import MetricKey, metric_key
from bluegreen.guardrails.asked import ERRORS
from bluegreen.guardrails.blue import DAY, Week

MINUTES: Final = 7 * DAY
RATES: Final = ("Rate5XX", "Rate4XX")


def steady_weeks(shapes: Mapping[str, Any], shown: frozenset[MetricKey]) -> dict[str, Week] | None:
    """The weeks of those variants whose rates are both told; None where there are none.

    `shown` are metrics that had data, by endpoint config or not.
    """
    bodies: Mapping[str, Mapping[str, Any]] = shapes.get("Traffic") or {}
    endpoint: Mapping[str, str] = shapes.get("Endpoint") or {}
    weeks = {
        variant: _week_of(body, _by_config(variant, endpoint, shown))
        for variant, body in bodies.items()
        if all(rate in body for rate in RATES)
    }
    return weeks or None


def _week_of(body: Mapping[str, Any], by_config: frozenset[str]) -> Week:
    requests = float(body["MeanPerMinute"])
    server, client = (requests * body[rate] for rate in RATES)
    latency: Mapping[str, float] = body.get("LatencyMilliseconds", {})
    return Week(
        requests=[requests] * MINUTES,
        server_errors=[server] * MINUTES,
        client_errors=[client] * MINUTES,
        latency_ms={float(name.removeprefix("p")): [each] for name, each in latency.items()},
        by_config=by_config,
    )


def _by_config(
    variant: str, endpoint: Mapping[str, str], shown: frozenset[MetricKey]
) -> frozenset[str]:
    dimensions = {
        "EndpointName": endpoint.get("EndpointName", ""),
        "VariantName": variant,
        "EndpointConfigName": endpoint.get("EndpointConfigName", ""),
    }
    keys = {metric: metric_key("AWS/SageMaker", metric, dimensions) for metric in ERRORS}
    return frozenset(metric for metric, key in keys.items() if key in shown)
