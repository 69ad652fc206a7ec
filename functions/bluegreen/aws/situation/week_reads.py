"""Reads what blue did in its last week, minute by minute, for the guardrails of green.

Shapes: `MetricDataQuery`, `GetMetricDataOutput` (CloudWatch API). One call takes 500 queries and
answers in pages of 100,800 datapoints; minutes are kept for 15 days. Metrics: SageMaker Developer
Guide, "Amazon SageMaker AI metrics in Amazon CloudWatch".
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from bluegreen.aws.reads import Unreadable
from bluegreen.aws.situation.variant_reads import DAY_SECONDS, NO_DATA
from bluegreen.check.guardrails import Wanted
from bluegreen.guardrails.asked import CLIENT_ERRORS, ERRORS, LATENCY, SERVER_ERRORS
from bluegreen.guardrails.blue import Week

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

DAYS: Final = 7
MINUTE: Final = 60
UNFINISHED_MINUTES: Final = 3
"""The last ones, which may not have all of their data yet."""

MICROSECONDS: Final = 1000
"""Of a millisecond."""

REQUESTS: Final = "Invocations"

Points = Mapping[datetime, float]
Key = tuple[str, str, str]
"""A variant, a metric and a statistic; of one by endpoint config, `BY_CONFIG`."""

BY_CONFIG: Final = "by endpoint config"


@dataclass(frozen=True)
class _Reading:
    """What is asked of one endpoint, and over which time."""

    endpoint: str
    config: str
    wanted: Wanted
    start: datetime
    end: datetime

    @property
    def minutes(self) -> int:
        return int((self.end - self.start).total_seconds()) // MINUTE

    def queries(self) -> Iterator[tuple[Key, dict[str, Any]]]:
        """Each query by its key, without an Id."""
        for variant in self.wanted.variants:
            for metric in (REQUESTS, *ERRORS):
                yield (variant, metric, "Sum"), self._query(variant, metric, "Sum", MINUTE)
            for percentile in map(_statistic, self.wanted.percentiles):
                seconds = self.wanted.latency_period
                query = self._query(variant, LATENCY, percentile, seconds)
                yield (variant, LATENCY, percentile), query
            for metric in ERRORS:
                query = self._query(variant, metric, "Sum", DAY_SECONDS, by_config=True)
                yield (variant, metric, BY_CONFIG), query

    def _query(
        self, variant: str, metric: str, statistic: str, seconds: int, *, by_config: bool = False
    ) -> dict[str, Any]:
        dimensions = {"EndpointName": self.endpoint, "VariantName": variant}
        if by_config:
            dimensions["EndpointConfigName"] = self.config
        watched = {
            "Namespace": "AWS/SageMaker",
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
        }
        return {"MetricStat": {"Metric": watched, "Period": seconds, "Stat": statistic}}


def weeks(
    client: "CloudWatchClient",
    endpoint: Mapping[str, Any],
    wanted: Wanted,
    now: datetime,
    go_on: Callable[[], None],
) -> dict[str, Week]:
    """The last seven days of an endpoint's variants, but for the minutes that may be unfinished.

    Shape of `endpoint`: `DescribeEndpointOutput`. `go_on` is called between pages, and raises
    Unreadable when the time is over; so is it where CloudWatch does not give all of the data.
    """
    end = now.replace(second=0, microsecond=0) - timedelta(minutes=UNFINISHED_MINUTES)
    names = endpoint["EndpointName"], endpoint.get("EndpointConfigName", "")
    reading = _Reading(*names, wanted, end - timedelta(days=DAYS), end)
    found = _read(client, reading, go_on)
    return {variant: _week_of(variant, found, reading) for variant in wanted.variants}


def _read(
    client: "CloudWatchClient", reading: _Reading, go_on: Callable[[], None]
) -> dict[Key, dict[datetime, float]]:
    keys, queries = zip(*reading.queries(), strict=True)
    asked: Any = [{"Id": f"w{number}", **query} for number, query in enumerate(queries)]
    found: dict[Key, dict[datetime, float]] = {key: {} for key in keys}
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=asked, StartTime=reading.start, EndTime=reading.end
    )
    for page in pages:
        for result in page["MetricDataResults"]:
            if result.get("StatusCode") in NO_DATA:
                raise Unreadable(f"CloudWatch answered {result.get('StatusCode')}")
            points = zip(result["Timestamps"], result["Values"], strict=True)
            found[keys[int(result["Id"].removeprefix("w"))]].update(points)
        go_on()
    return found


def _week_of(variant: str, found: Mapping[Key, Points], reading: _Reading) -> Week:
    counts = {
        metric: _by_minute(found[variant, metric, "Sum"], reading)
        for metric in (REQUESTS, SERVER_ERRORS, CLIENT_ERRORS)
    }
    first = next((n for n, count in enumerate(counts[REQUESTS]) if count), reading.minutes)
    return Week(
        requests=counts[REQUESTS][first:],
        server_errors=counts[SERVER_ERRORS][first:],
        client_errors=counts[CLIENT_ERRORS][first:],
        latency_ms={
            percentile: _latencies(found[variant, LATENCY, _statistic(percentile)])
            for percentile in reading.wanted.percentiles
        },
        by_config=frozenset(metric for metric in ERRORS if found[variant, metric, BY_CONFIG]),
    )


def _by_minute(points: Points, reading: _Reading) -> list[float]:
    """A value for each minute; one without a datapoint had no request, or no error."""
    values = [0.0] * reading.minutes
    for at, value in points.items():
        minute = int((at - reading.start).total_seconds()) // MINUTE
        if 0 <= minute < reading.minutes:
            values[minute] = value
    return values


def _latencies(points: Points) -> list[float]:
    """In milliseconds, oldest first."""
    return [points[at] / MICROSECONDS for at in sorted(points)]


def _statistic(percentile: float) -> str:
    return f"p{percentile:g}"
