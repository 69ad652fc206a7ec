"""The checker of requests and responses, checked: on CloudWatch, whose shapes have every type."""

from datetime import UTC, datetime
from typing import Any

import pytest
from moto.core.responses import ActionResult

from integration.service_model import of_request, of_response, watched

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
STAT = {"Metric": {"MetricName": "Invocations"}, "Period": 60, "Stat": "Sum"}


@pytest.mark.parametrize(
    ("operation", "body", "problems"),
    [
        ("DescribeAlarms", {"ResponseMetadata": {}}, []),
        ("DeleteAlarms", {}, []),
        ("DeleteAlarms", {"Deleted": []}, ["Deleted: is not in the model"]),
        (
            "DescribeAlarms",
            {"MetricAlarms": [{"Threshold": 1, "StateUpdatedTimestamp": NINE}]},
            [],
        ),
        (
            "DescribeAlarms",
            {"MetricAlarms": [{"AlarmName": 5, "Period": True, "StateValue": "FINE"}]},
            [
                "MetricAlarms[0].AlarmName: 5 is no string",
                "MetricAlarms[0].Period: True is no integer",
                "MetricAlarms[0].StateValue: 'FINE' is not one of OK, ALARM, INSUFFICIENT_DATA",
            ],
        ),
        (
            "DescribeAlarms",
            {"MetricAlarms": {}, "Alarms": []},
            ["MetricAlarms: {} is no list", "Alarms: is not in the model"],
        ),
        (
            "DescribeAlarms",
            {"MetricAlarms": [{"Metrics": [{"MetricStat": {"Metric": {}, "Stat": "Sum"}}]}]},
            [
                "MetricAlarms[0].Metrics[0].Id: is missing",
                "MetricAlarms[0].Metrics[0].MetricStat.Period: is missing",
            ],
        ),
        (
            "GetMetricStatistics",
            {"Datapoints": [{"Timestamp": "09:00", "ExtendedStatistics": {"p95": "high"}}]},
            [
                "Datapoints[0].Timestamp: '09:00' is no timestamp",
                "Datapoints[0].ExtendedStatistics[p95]: 'high' is no double",
            ],
        ),
    ],
)
def test_a_response(operation: str, body: dict[str, Any], problems: list[str]) -> None:
    assert of_response("cloudwatch", operation, body) == problems


def test_a_request() -> None:
    query = {"Id": "m1", "MetricStat": STAT}
    request = {"MetricDataQueries": [query], "StartTime": NINE, "EndTime": NINE}
    assert of_request("cloudwatch", "GetMetricData", request) == []
    assert of_request("cloudwatch", "GetMetricData", {"MetricDataQueries": [query]}) == [
        "StartTime: is missing",
        "EndTime: is missing",
    ]


class Responses:
    """In place of moto's class."""

    answer: Any = None

    def _get_params(self) -> dict[str, Any]:
        return {"AlarmNames": ["a"]}

    def describe_alarms(self) -> ActionResult:
        return ActionResult(self.answer)

    def delete_alarms(self) -> ActionResult:
        return ActionResult({"Deleted": []})


def test_what_does_not_fit_is_told_at_the_end_and_the_methods_stand_as_before() -> None:
    original = Responses.describe_alarms
    responses = Responses()
    with watched(Responses, "cloudwatch", {"describe_alarms", "not_an_operation"}):
        responses.describe_alarms()
        responses.delete_alarms()
    responses.answer = {"Alarms": []}
    with (
        pytest.raises(AssertionError, match="DescribeAlarms: Alarms: is not in the model"),
        watched(Responses, "cloudwatch", {"describe_alarms"}),
    ):
        responses.describe_alarms()
    assert Responses.describe_alarms is original
