"""Published prices of us-east-1, in USD, and what the work of a deployment costs at them.

They are the list prices on the pricing pages of the services, without the free tiers. What no page
says is assumed here, and printed as assumed. Logs, traces and what is stored are not priced.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

TRANSITION: Final = 0.025 / 1000
"""Step Functions, Standard workflows: a state transition; a retry is one too."""

LAMBDA_REQUEST: Final = 0.20 / 1_000_000
LAMBDA_GB_SECOND: Final = 0.0000133334
"""On arm64."""

READ_UNIT: Final = 0.125 / 1_000_000
"""DynamoDB, on demand: a read request unit; a query of an empty index takes half of one."""

WRITE_UNIT: Final = 0.625 / 1_000_000
"""DynamoDB, on demand: a write request unit."""

PUBLISH: Final = 0.50 / 1_000_000
"""SNS: a request; what it delivers to functions is free."""

METRIC_CALL: Final = 0.01 / 1000
"""CloudWatch: a request, or each metric that GetMetricData asks for."""

ALARM: Final = 0.10
"""CloudWatch: an alarm's metric and month."""

SECONDS_OF_A_CALL: Final = 0.1
"""Assumed: how long a warm function takes for each AWS call that it makes."""

READS: Final = {"GetItem": 1, "Query": 1, "BatchGetItem": 4, "TransactGetItems": 8}
"""Units of each call of DynamoDB that reads. Assumed: one a row, and four rows in a transaction."""

TRANSACTION_UNITS: Final = 8
"""Units of a transaction that writes. Assumed: four rows; each counts twice."""

METRICS_ASKED: Final = 10
"""Assumed: for how many metrics GetMetricData asks."""

Terms = Mapping[str, tuple[float, float]]
"""Of a sum, by what is counted: how many, and USD for each."""


@dataclass(frozen=True)
class Work:
    """What is billed of a deployment.

    `call_gigabytes` sums up, over all calls of functions, the memory of the function that makes it.
    `calls` are counted by service and operation.
    """

    transitions: int
    invocations: int
    call_gigabytes: float
    calls: Mapping[tuple[str, str], int]

    @property
    def dollars(self) -> float:
        """What it costs."""
        return sum(count * price for count, price in self.terms.values())

    @property
    def terms(self) -> Terms:
        """The sum that gives what it costs; calls of services that are not named are free."""
        return {
            "transitions": (self.transitions, TRANSITION),
            "invocations": (self.invocations, LAMBDA_REQUEST),
            "GB-seconds": (self.call_gigabytes * SECONDS_OF_A_CALL, LAMBDA_GB_SECOND),
            "read units": (self._sum("dynamodb", lambda name: READS.get(name, 0)), READ_UNIT),
            "write units": (self._sum("dynamodb", _write_units), WRITE_UNIT),
            "messages": (self._sum("sns", lambda _: 1), PUBLISH),
            "calls of CloudWatch": (self._sum("cloudwatch", _metric_calls), METRIC_CALL),
        }

    def _sum(self, service: str, units: Callable[[str], int]) -> int:
        return sum(
            count * units(operation)
            for (of, operation), count in self.calls.items()
            if of == service
        )


def _write_units(operation: str) -> int:
    if operation in READS:
        return 0
    return TRANSACTION_UNITS if operation == "TransactWriteItems" else 1


def _metric_calls(operation: str) -> int:
    return METRICS_ASKED if operation == "GetMetricData" else 1
