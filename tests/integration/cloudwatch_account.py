"""What tests of CloudWatch do in an embedded AWS, whose answers are checked meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Unpack

import pytest
from botocore.exceptions import ClientError
from moto.cloudwatch.responses import CloudWatchResponse

from bluegreen_simulator.aws.world import Assumed
from bluegreen_simulator.moto.replacements import REPLACEMENTS
from bluegreen_simulator.run.embedded import EmbeddedAws
from integration.service_model import watched

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MAIN = {"EndpointName": "churn", "VariantName": "main"}


def named(dimensions: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]


class Account:
    """A running embedded AWS."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        self.cloudwatch = aws.client("cloudwatch")

    def make_alarm(self, **changes: Any) -> None:
        body = {
            "AlarmName": "errors",
            "Namespace": "AWS/SageMaker",
            "MetricName": "Invocation5XXErrors",
            "Dimensions": named(MAIN),
            "Statistic": "Average",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 0.05,
            "ComparisonOperator": "GreaterThanThreshold",
            **changes,
        }
        self.cloudwatch.put_metric_alarm(**{k: v for k, v in body.items() if v is not None})

    def put(self, value: float) -> None:
        self.put_data(Value=value)

    def put_data(self, dimensions: dict[str, str] | None = None, **datum: Any) -> None:
        name, those = "Invocation5XXErrors", named(MAIN if dimensions is None else dimensions)
        self.cloudwatch.put_metric_data(
            Namespace="AWS/SageMaker",
            MetricData=[{"MetricName": name, "Dimensions": those, **datum}],
        )

    def pass_to(self, minute: int, second: int = 0) -> None:
        moment = START + timedelta(minutes=minute, seconds=second)
        self.aws.clock.sleep((moment - self.aws.clock.now()).total_seconds())

    def changes(self) -> list[str]:
        return [
            f"{entry.at:%H:%M:%S} {entry.data['old']} -> {entry.data['new']}"
            for entry in self.aws.journal.of_kind("alarm")
        ]

    def events(self) -> list[dict[str, Any]]:
        return [
            entry.data["detail"]
            for entry in self.aws.journal.of_kind("event")
            if entry.data["detail_type"] == "CloudWatch Alarm State Change"
        ]

    def described(self) -> dict[str, Any]:
        alarm: dict[str, Any] = self.cloudwatch.describe_alarms(AlarmNames=["errors"])[
            "MetricAlarms"
        ][0]
        return alarm

    def all_described(self, **params: Any) -> list[dict[str, Any]]:
        page = self.cloudwatch.describe_alarms(**params)
        return [*page["MetricAlarms"], *page["CompositeAlarms"]]

    def refusal(self, call: Callable[[], object]) -> str:
        """The code and the message with which a call is refused."""
        with pytest.raises(ClientError) as refused:
            call()
        error = refused.value.response["Error"]
        return f"{error['Code']}: {error['Message']}"

    def history(self, **params: Any) -> list[str]:
        page = self.cloudwatch.describe_alarm_history(AlarmName="errors", **params)
        return [in_words(item) for item in page["AlarmHistoryItems"]]


def in_words(item: dict[str, Any]) -> str:
    summary = item["HistorySummary"].removeprefix("Alarm updated from ")
    return f"{item['Timestamp'].astimezone(UTC):%H:%M:%S} {summary}"


@contextmanager
def running_account(**assumed: Unpack[Assumed]) -> Iterator[Account]:
    """An account in an AWS of its own; all that is ours must fit the service model."""
    ours = {piece.name for piece in REPLACEMENTS if piece.owner is CloudWatchResponse}
    with EmbeddedAws(**assumed) as aws, watched(CloudWatchResponse, "cloudwatch", ours):
        yield Account(aws)
