"""DescribeAlarms through an SDK that is older than the alarms: they are shown all the same."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError

from bluegreen.aws.described_alarms import describe_alarms
from bluegreen.aws.newer_alarms import show_newer_alarms
from builders import at
from older_sdk import older_client

CHANGED = at(60)
OF_METRICS = {
    "AlarmName": "errors",
    "StateValue": "INSUFFICIENT_DATA",
    "AlarmConfigurationUpdatedTimestamp": CHANGED,
    "EvaluationState": "EVALUATION_ERROR",
    "WarmUpConfiguration": {
        "WarmUpPeriodDurationInMinutes": 30,
        "OnlyStartEvaluatingAfterWarmUpPeriodEnds": True,
    },
    "EvaluationWindow": {"WallClockWindow": {"Timezone": "UTC+02:00"}},
}
OF_LOGS = {
    "AlarmName": "tracebacks",
    "AlarmConfigurationUpdatedTimestamp": CHANGED,
    "StateValue": "ALARM",
    "QueryResultsToEvaluate": 3,
    "QueryResultsToAlarm": 2,
    "Threshold": 5.5,
    "ScheduledQueryConfiguration": {
        "AggregationExpression": "count(*)",
        "ScheduleConfiguration": {"ScheduleExpression": "rate(1 minute)", "StartTimeOffset": 60},
    },
}
OLD = {"CompositeAlarms": [], "MetricAlarms": [{"AlarmName": "errors", "StateValue": "OK"}]}

AS_XML = """
<DescribeAlarmsResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/">
  <DescribeAlarmsResult>
    <MetricAlarms><member>
      <AlarmName>errors</AlarmName><StateValue>INSUFFICIENT_DATA</StateValue>
      <AlarmConfigurationUpdatedTimestamp>{changed}</AlarmConfigurationUpdatedTimestamp>
      <EvaluationState>EVALUATION_ERROR</EvaluationState>
      <WarmUpConfiguration>
        <WarmUpPeriodDurationInMinutes>30</WarmUpPeriodDurationInMinutes>
        <OnlyStartEvaluatingAfterWarmUpPeriodEnds>true</OnlyStartEvaluatingAfterWarmUpPeriodEnds>
      </WarmUpConfiguration>
      <EvaluationWindow><WallClockWindow><Timezone>UTC+02:00</Timezone></WallClockWindow>
      </EvaluationWindow>
    </member></MetricAlarms>
    <CompositeAlarms/>
    <LogAlarms><member>
      <AlarmName>tracebacks</AlarmName><StateValue>ALARM</StateValue>
      <AlarmConfigurationUpdatedTimestamp>{changed}</AlarmConfigurationUpdatedTimestamp>
      <QueryResultsToEvaluate>3</QueryResultsToEvaluate>
      <QueryResultsToAlarm>2</QueryResultsToAlarm>
      <Threshold>5.5</Threshold>
      <ScheduledQueryConfiguration>
        <AggregationExpression>count(*)</AggregationExpression>
        <ScheduleConfiguration>
          <ScheduleExpression>rate(1 minute)</ScheduleExpression>
          <StartTimeOffset>60</StartTimeOffset>
        </ScheduleConfiguration>
      </ScheduledQueryConfiguration>
    </member></LogAlarms>
  </DescribeAlarmsResult>
  <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
</DescribeAlarmsResponse>
"""


class Raw:
    """The body of an answer as it comes over the wire."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: object) -> Iterable[bytes]:
        return [self._content]


def client_of(path: Path, protocol: str, body: str, status: int = 200) -> Any:
    """A client of an older SDK that gets this answer."""
    client = older_client(path, protocol)

    def answer(**_: object) -> AWSResponse:
        return AWSResponse("https://monitoring", status, HTTPHeaders(), Raw(body.encode()))

    client.meta.events.register("before-send.cloudwatch.*", answer)
    return client


def as_json(**body: Any) -> str:
    return json.dumps(body, default=lambda moment: moment.timestamp())


ANSWERS = {
    "json": as_json(MetricAlarms=[OF_METRICS], CompositeAlarms=[], LogAlarms=[OF_LOGS]),
    "query": AS_XML.format(changed=CHANGED.isoformat()),
}


@pytest.mark.parametrize("protocol", ANSWERS)
def test_what_an_older_sdk_would_drop_is_shown(tmp_path: Path, protocol: str) -> None:
    client = client_of(tmp_path, protocol, ANSWERS[protocol])
    dropped = describe_alarms(client, ["errors", "tracebacks"])
    assert not dropped["LogAlarms"]
    assert "WarmUpConfiguration" not in dropped["MetricAlarms"][0]
    shown = describe_alarms(show_newer_alarms(client), ["errors", "tracebacks"])
    assert shown == {"MetricAlarms": [OF_METRICS], "CompositeAlarms": [], "LogAlarms": [OF_LOGS]}


def test_an_answer_without_anything_new_stays_as_it_is(tmp_path: Path) -> None:
    client = show_newer_alarms(client_of(tmp_path, "json", as_json(**OLD)))
    assert describe_alarms(client, ["errors"]) == {**OLD, "LogAlarms": []}


def test_a_refusal_stays_one(tmp_path: Path) -> None:
    body = as_json(__type="AccessDeniedException", message="no")
    client = show_newer_alarms(client_of(tmp_path, "json", body, 400))
    with pytest.raises(ClientError, match="no"):
        describe_alarms(client, ["errors"])
