"""One handler in a process of its own, with clients of its services: prints the peak of its memory.

Arguments: the handler's module, the number of variants whose week it reads, and the services. All
adapters are imported, though no function uses all. Each service gets two clients, since an adapter
that writes has other settings than one that reads; each makes a call, to a port where nothing
listens, and loads the certificates that a connection needs.
Weeks are read by the functions' own code, from answers of CloudWatch in their full length.
"""

import importlib
import json
import resource
import ssl
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby, islice
from pkgutil import walk_packages
from typing import Any, Final

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from botocore.httpsession import where

from bluegreen import aws

CLIENTS: Final = 2
NOWHERE: Final = "https://127.0.0.1:1"
KEYS: Final = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
ONCE: Final = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
PAGE: Final = 100_800
"""Datapoints of an answer of GetMetricData, at most."""

NOW: Final = datetime(2026, 11, 2, 12, tzinfo=UTC)


def client(service: str) -> BaseClient:
    """A client of a service that cannot be reached."""
    make: Any = boto3.client
    made: BaseClient = make(
        service, region_name="eu-central-1", endpoint_url=NOWHERE, config=ONCE, **KEYS
    )
    return made


def call(service: str) -> tuple[BaseClient, ssl.SSLContext]:
    """A client after its first call, and what a connection would keep."""
    made = client(service)
    model = made.meta.service_model
    method = next(
        name
        for name, operation in made.meta.method_to_api_mapping.items()
        if "{" not in model.operation_model(operation).http["requestUri"]
    )
    try:
        getattr(made, method)()
    except EndpointConnectionError:
        return made, ssl.create_default_context(cafile=where())
    raise AssertionError(service)


def read_weeks(variants: int) -> object:
    """The last week of an endpoint's variants: requests, errors and a latency, every minute."""
    from bluegreen.aws.situation.week_reads import weeks  # noqa: PLC0415 - one handler alone does
    from bluegreen.check.guardrails import Wanted  # noqa: PLC0415 - likewise

    cloudwatch: Any = client("cloudwatch")
    cloudwatch.meta.events.register("before-send.cloudwatch.GetMetricData", metric_data)
    endpoint = {"EndpointName": "any", "EndpointConfigName": "blue"}
    wanted = Wanted(tuple(f"variant-{number}" for number in range(variants)), (99.0,), 60)
    found = weeks(cloudwatch, endpoint, wanted, NOW, lambda: None)
    assert all(len(week.requests) == len(week.latency_ms[99.0]) for week in found.values())
    return found


def metric_data(request: AWSPreparedRequest, **_: object) -> AWSResponse:
    """The page of datapoints that is asked for, those of each query in their order."""
    assert isinstance(request.body, bytes)
    asked = json.loads(request.body)
    start, end, first = int(asked["StartTime"]), int(asked["EndTime"]), asked.get("NextToken", "0")
    every = (
        (query["Id"], at)
        for query in asked["MetricDataQueries"]
        for at in range(start, end, query["MetricStat"]["Period"])
    )
    page = list(islice(every, int(first), int(first) + PAGE))
    results = [
        result(id_, [at for _, at in points]) for id_, points in groupby(page, lambda p: p[0])
    ]
    more = {"NextToken": str(int(first) + PAGE)} if len(page) == PAGE else {}
    raw: Any = Body(json.dumps({"MetricDataResults": results, **more}).encode())
    return AWSResponse(NOWHERE, 200, HTTPHeaders(), raw)


def result(id_: str, times: list[int]) -> dict[str, object]:
    """The datapoints of a query, of which no two are one number."""
    return {"Id": id_, "Timestamps": times, "Values": [at / 7 for at in times]}


class Body:
    """A body, as botocore takes it from urllib3."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        """All of it at once."""
        yield self._body


def main(module: str, variants: str, *services: str) -> None:
    """What the handler's first invocation needs; then the peak, in MiB."""
    importlib.import_module(module)
    for adapter in walk_packages(aws.__path__, f"{aws.__name__}."):
        importlib.import_module(adapter.name)
    kept: list[object] = [call(service) for service in services for _ in range(CLIENTS)]
    if int(variants):
        kept.append(read_weeks(int(variants)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(f"{peak / 1024:.0f}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
