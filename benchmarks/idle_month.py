"""An idle month of a stack whose table holds 10,000 records: calls and price.

`make bench` lets one idle day pass on the embedded AWS, counts what was called, prints the month:
thirty such days, since every day is the same, and writes it into docs/performance.md. Prices are of
us-east-1 and stand in the formula that is printed.
"""

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bluegreen.contract.times import to_text
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.theatre import Theatre
from performance_page import write
from published_prices import (
    ALARM,
    LAMBDA_GB_SECOND,
    LAMBDA_REQUEST,
    READ_UNIT,
    SECONDS_OF_A_CALL,
)

ROOT: Final = Path(__file__).parents[1]
RECORDS: Final = 10_000
DAYS: Final = 30
MEMORY_GB: Final = 0.5


def day() -> tuple[Counter[str], Counter[str], int]:
    """What one idle day calls: invocations by function, calls by operation; and alarm metrics."""
    with EmbeddedAws() as aws:
        stack = Theatre(aws).deploy(ROOT / "template.yaml")
        _fill(aws, stack.outputs["DeploymentsTableName"])
        aws.journal.entries.clear()
        aws.clock.sleep(timedelta(days=1).total_seconds())
        invoked = Counter(e.data["function"] for e in aws.journal.of_kind("lambda_invoked"))
        called = Counter(e.data["operation"] for e in aws.journal.of_kind("api_call"))
        alarms = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
        metrics = sum(len(_metrics(alarm)) for alarm in alarms)
    return invoked, called, metrics


def _metrics(alarm: dict[str, Any]) -> list[Any]:
    """The metrics that an alarm is priced by: an expression is none."""
    return [each for each in alarm.get("Metrics", []) if "MetricStat" in each] or [alarm]


def _fill(aws: EmbeddedAws, table: str) -> None:
    """Records of deployments that ended long ago."""
    dynamodb, start = aws.client("dynamodb"), datetime(2025, 1, 1, tzinfo=UTC)
    for number in range(0, RECORDS, 25):
        items = [_item(start + timedelta(minutes=each)) for each in range(number, number + 25)]
        dynamodb.batch_write_item(RequestItems={table: items})


def _item(at: datetime) -> dict[str, Any]:
    row = {"pk": "ENDPOINT#churn", "sk": f"DEPLOYMENT#{to_text(at)}#d", "Record": "{}"}
    return {"PutRequest": {"Item": {name: {"S": value} for name, value in row.items()}}}


def report() -> str:
    """The month in words."""
    invoked, called, metrics = day()
    runs, queries = DAYS * invoked.total(), DAYS * called["Query"]
    compute = runs * SECONDS_OF_A_CALL * MEMORY_GB * LAMBDA_GB_SECOND
    price = runs * LAMBDA_REQUEST + compute + queries * READ_UNIT / 2
    a_run = f"({LAMBDA_REQUEST:.7f} + {SECONDS_OF_A_CALL} s x {MEMORY_GB} GB x {LAMBDA_GB_SECOND})"
    of_queries = f"{queries:,} x {READ_UNIT:.9f} / 2"
    lines = [
        f"Records in the table: {RECORDS:,}",
        f"Invocations in {DAYS} days: {runs:,} ({len(invoked)} function)",
        f"AWS calls in {DAYS} days: {DAYS * called.total():,} ({', '.join(called)})",
        f"Price of them: {price:.2f} USD = {runs:,} x {a_run} + {of_queries}",
        f"Alarms on the automation: {metrics * ALARM:.2f} USD = {metrics} metrics x {ALARM} USD",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    told = report() + "\n"
    sys.stdout.write(told)
    write("idle-month", told)
