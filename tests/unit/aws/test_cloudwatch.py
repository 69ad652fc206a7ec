"""What CloudWatch answers about an alarm, in our words; checked against botocore's own model."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from bluegreen.aws.cloudwatch import Alarms, reading_of
from bluegreen.contract.errors import ObservationUnavailable, RequestRejected
from bluegreen.deployment.tripped_alarms import AlarmChange, Reading, WatchedPeriod, tripping
from builders import at

NAME = "churn-5xx"
TYPES = ("MetricAlarm", "CompositeAlarm", "LogAlarm")

PAGE = {"MaxRecords": 100}
NOT_KNOWN_YET = (
    "1 validation error detected: Value '[MetricAlarm, CompositeAlarm, LogAlarm]' at 'alarmTypes'"
    " failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value"
    " set: [CompositeAlarm, MetricAlarm]]"
)


@pytest.fixture
def alarms(stub: Stubber) -> Alarms:
    client: Any = stub.client
    return Alarms(client)


def shows(stub: Stubber, **states: str) -> None:
    """An alarm by its kind and its state; nothing: there is no such alarm."""
    body = {
        kind: [{"AlarmName": NAME, "StateValue": state}] if state else []
        for kind, state in states.items()
    }
    stub.add_response("describe_alarms", body, {"AlarmNames": [NAME], "AlarmTypes": TYPES} | PAGE)


def remembers(stub: Stubber, *changes: tuple[float, str]) -> None:
    """The changes of its state, newest first."""
    items = [
        {
            "AlarmName": NAME,
            "Timestamp": at(seconds),
            "HistoryData": json.dumps({"newState": {"stateValue": state}}),
        }
        for seconds, state in changes
    ]
    asked = {"AlarmName": NAME, "AlarmTypes": TYPES, "HistoryItemType": "StateUpdate"}
    asked |= {"ScanBy": "TimestampDescending"}
    stub.add_response("describe_alarm_history", {"AlarmHistoryItems": items}, asked)


def in_alarm(shown: list[AlarmChange]) -> bool:
    return any(change.state == "ALARM" for change in shown)


@pytest.mark.parametrize("kind", ["MetricAlarms", "CompositeAlarms", "LogAlarms"])
def test_an_alarm_that_is_in_alarm_now(stub: Stubber, alarms: Alarms, kind: str) -> None:
    shows(stub, **{kind: "ALARM"})
    assert in_alarm(alarms.shown(NAME, at(100)))


@pytest.mark.parametrize("operation", ["describe_alarms", "describe_alarm_history"])
def test_where_log_alarms_are_not_known_yet_the_others_are_found(
    stub: Stubber, alarms: Alarms, operation: str
) -> None:
    if operation == "describe_alarm_history":
        shows(stub, MetricAlarms="OK")
    stub.add_client_error(operation, "ValidationError", NOT_KNOWN_YET, http_status_code=400)
    if operation == "describe_alarms":
        in_alarm = [{"AlarmName": NAME, "StateValue": "ALARM"}]
        asked: dict[str, Any] = {"AlarmNames": [NAME], "AlarmTypes": TYPES[:2]} | PAGE
        stub.add_response(operation, {"MetricAlarms": in_alarm}, asked)
    else:
        data = json.dumps({"newState": {"stateValue": "ALARM"}})
        item = {"AlarmName": NAME, "Timestamp": at(90), "HistoryData": data}
        asked = {"AlarmName": NAME, "AlarmTypes": TYPES[:2], "HistoryItemType": "StateUpdate"}
        asked["ScanBy"] = "TimestampDescending"
        stub.add_response(operation, {"AlarmHistoryItems": [item]}, asked)
    assert [change.state for change in alarms.shown(NAME, at(100))][-1:] == ["ALARM"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ValidationError", "AlarmNames must have at most 100 members"),
        ("AccessDenied", "not authorized to describe a LogAlarm"),
        ("Throttling", NOT_KNOWN_YET),
    ],
)
def test_no_other_refusal_is_asked_again(
    stub: Stubber, alarms: Alarms, code: str, message: str
) -> None:
    stub.add_client_error("describe_alarms", code, message, http_status_code=400)
    with pytest.raises((ClientError, RequestRejected, ObservationUnavailable)):
        alarms.shown(NAME, at(100))


@pytest.mark.parametrize(
    ("changes", "was_in_alarm"),
    [
        (((300, "OK"), (200, "ALARM"), (50, "OK")), True),
        (((300, "OK"), (100, "ALARM"), (50, "OK")), True),
        (((300, "OK"), (99, "ALARM"), (50, "OK")), True),  # it was in ALARM at that time
        (((90, "OK"), (80, "ALARM"), (50, "OK")), False),
        (((300, "INSUFFICIENT_DATA"), (90, "OK"), (80, "ALARM")), False),
        ((), False),
    ],
)
def test_an_alarm_that_is_ok_now_and_may_have_been_in_alarm(
    stub: Stubber, alarms: Alarms, changes: tuple[tuple[float, str], ...], was_in_alarm: bool
) -> None:
    shows(stub, MetricAlarms="OK")
    remembers(stub, *changes)
    assert in_alarm(alarms.shown(NAME, at(100))) is was_in_alarm


def test_the_history_of_an_alarm_that_was_deleted_is_kept(stub: Stubber, alarms: Alarms) -> None:
    shows(stub)
    remembers(stub, (200, "ALARM"), (50, "OK"))
    assert in_alarm(alarms.shown(NAME, at(100)))


def test_of_an_alarm_that_cloudwatch_does_not_show_nothing_is_known(
    stub: Stubber, alarms: Alarms
) -> None:
    shows(stub)
    remembers(stub)
    assert alarms.shown(NAME, at(100)) == []


@pytest.mark.parametrize("operation", ["describe_alarms", "describe_alarm_history"])
@pytest.mark.parametrize(
    ("code", "error"),
    [("AccessDenied", RequestRejected), ("Throttling", ObservationUnavailable)],
)
def test_what_cannot_be_read_is_told_apart(
    stub: Stubber, alarms: Alarms, operation: str, code: str, error: type[Exception]
) -> None:
    if operation == "describe_alarm_history":
        shows(stub, MetricAlarms="OK")
    stub.add_client_error(operation, code, "not now", http_status_code=400)
    with pytest.raises(error, match="not now"):
        alarms.shown(NAME, at(100))


@pytest.mark.parametrize(
    "members",
    [
        {"EvaluationState": "EVALUATION_ERROR"},
        {"EvaluationState": "EVALUATION_FAILURE"},
        {"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 30}},
    ],
)
def test_an_alarm_that_is_not_evaluated_has_not_tripped(
    stub: Stubber, alarms: Alarms, members: dict[str, Any]
) -> None:
    body = {"AlarmName": NAME, "StateValue": "INSUFFICIENT_DATA", **members}
    asked = {"AlarmNames": [NAME], "AlarmTypes": TYPES} | PAGE
    stub.add_response("describe_alarms", {"MetricAlarms": [body]}, asked)
    remembers(stub, (200, "INSUFFICIENT_DATA"), (50, "OK"))
    shown = alarms.shown(NAME, at(100))
    assert not in_alarm(shown)
    assert tripping(shown, WatchedPeriod(at(100), at(900), being_in_counts=True)) is None


REASON = "Threshold Crossed: 1 datapoint [0.125] was greater than the threshold (0.05)."


@pytest.mark.parametrize(
    ("data", "reading"),
    [
        ('{"recentDatapoints": [0.1, 0.125], "threshold": 0.05}', ((0.1, 0.125), 0.05)),
        ({"recentDatapoints": [3], "threshold": 2}, ((3.0,), 2.0)),
        ('{"recentDatapoints": [], "threshold": 0.05}', ((), 0.05)),
        ('{"recentDatapoints": [1.0]}', ((), None)),  # a band of anomalies
        ('{"triggeringAlarms": []}', ((), None)),  # a composite alarm
        ('{"recentDatapoints": "1", "threshold": "2"}', ((), None)),
        ("[1]", ((), None)),
        ("{", ((), None)),
        (None, ((), None)),
        (7, ((), None)),
    ],
)
def test_what_an_alarm_saw(data: object, reading: tuple[tuple[float, ...], float | None]) -> None:
    values, limit = reading
    assert reading_of(REASON, data) == Reading(values, limit, REASON)


def test_the_history_and_the_description_tell_what_the_alarm_saw(
    stub: Stubber, alarms: Alarms
) -> None:
    data = {"recentDatapoints": [0.125], "threshold": 0.05}
    described = {"AlarmName": NAME, "StateValue": "ALARM", "StateReasonData": json.dumps(data)}
    asked = {"AlarmNames": [NAME], "AlarmTypes": TYPES} | PAGE
    stub.add_response("describe_alarms", {"MetricAlarms": [described]}, asked)
    assert [each.reading for each in alarms.shown(NAME, at(100))] == [Reading((0.125,), 0.05)]
    state = {"stateValue": "ALARM", "stateReason": REASON, "stateReasonData": data}
    item = {"AlarmName": NAME, "Timestamp": at(50), "HistoryData": json.dumps({"newState": state})}
    stub.add_response("describe_alarm_history", {"AlarmHistoryItems": [item]})
    (change,) = alarms.history(NAME, at(100))
    assert change == AlarmChange(at(50), "ALARM", Reading((0.125,), 0.05, REASON))
