"""What functions and workflows log, read as anybody reads it: through CloudWatch Logs."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from account import ACCOUNT, REGION, allow, invoke, make_function, make_role
from bluegreen_simulator.aws.logs import streams
from bluegreen_simulator.aws.logs.patterns import PatternRefused, compiled
from bluegreen_simulator.run.embedded import START, EmbeddedAws

BEGAN = round(START.timestamp() * 1000)


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


def events(aws: EmbeddedAws, group: str, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = aws.client("logs").filter_log_events(logGroupName=group, **asked)[
        "events"
    ]
    return found


def said(aws: EmbeddedAws, group: str, **asked: Any) -> list[str]:
    return [event["message"] for event in events(aws, group, **asked)]


def refusal(aws: EmbeddedAws, service: str, operation: str, **asked: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        getattr(aws.client(service), operation)(**asked)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


# ---- Functions -----------------------------------------------------------------------------


def test_what_a_function_prints_is_in_its_group_between_start_and_report() -> None:
    with EmbeddedAws() as aws:
        make_function(aws, "talker", "chat")
        invoke(aws, "talker")
        start, first, second, end, report = said(aws, "/aws/lambda/talker")
        request = start.split()[2]
        assert start == f"START RequestId: {request} Version: $LATEST\n"
        assert (first, second) == ("first\n", "second\n")
        assert end == f"END RequestId: {request}\n"
        assert report.startswith(
            f"REPORT RequestId: {request}\tDuration: 0.00 ms\tBilled Duration:"
        )
        assert "\tMemory Size: 128 MB\t" in report


def test_times_are_virtual_and_a_stream_is_of_the_day_and_the_environment(aws: EmbeddedAws) -> None:
    make_function(aws, "sleeper", "sleep")
    invoke(aws, "sleeper", {"seconds": 30})
    found = events(aws, "/aws/lambda/sleeper")
    assert [event["timestamp"] - BEGAN for event in found] == [0, 30_000, 30_000]
    assert "Duration: 30000.00 ms" in found[-1]["message"]
    (name,) = {event["logStreamName"] for event in found}
    assert name.startswith("2026/01/05/[$LATEST]")
    assert len(name) == len("2026/01/05/[$LATEST]") + 32


def test_requests_of_one_function_have_ids_of_their_own_in_one_stream() -> None:
    with EmbeddedAws() as aws:
        make_function(aws, "talker", "chat")
        invoke(aws, "talker")
        invoke(aws, "talker")
        found = events(aws, "/aws/lambda/talker", filterPattern="START")
        assert len({event["message"] for event in found}) == 2
        assert len({event["logStreamName"] for event in found}) == 1


def test_an_error_is_logged_with_its_trace_and_a_timeout_with_its_time(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "fail")
    make_function(aws, "slow", "sleep")
    invoke(aws, "one", {"a": 1})
    invoke(aws, "slow", {"seconds": 100})
    (error,) = said(aws, "/aws/lambda/one", filterPattern="ERROR")
    assert error.startswith("[ERROR] SampleError: no use for {'a': 1}\nTraceback (most recent")
    assert "in fail" in error
    (timeout,) = said(aws, "/aws/lambda/slow", filterPattern='"Task timed out"')
    assert timeout.startswith("2026-01-05T09:01:00.000Z ")
    assert timeout.endswith(" Task timed out after 60.00 seconds\n\n")
    assert said(aws, "/aws/lambda/slow")[-1].endswith("Status: timeout\n")


def test_a_function_whose_process_died_goes_on_in_another_stream(aws: EmbeddedAws) -> None:
    make_function(aws, "slow", "sleep")
    invoke(aws, "slow", {"seconds": 100})
    invoke(aws, "slow", {"seconds": 1})
    assert len({event["logStreamName"] for event in events(aws, "/aws/lambda/slow")}) == 2


def test_functions_with_a_group_of_their_own_write_there_and_nowhere_else() -> None:
    with EmbeddedAws() as aws:
        for name in ("one", "two"):
            make_function(aws, name, "chat", LoggingConfig={"LogGroup": "/shop/functions"})
            invoke(aws, name)
        streams_ = {event["logStreamName"] for event in events(aws, "/shop/functions")}
        assert {name.partition("[")[0] for name in streams_} == {"2026/01/05/one", "2026/01/05/two"}
        found = aws.client("logs").describe_log_groups()["logGroups"]
        assert [group["logGroupName"] for group in found] == ["/shop/functions"]
        prefix = {"logStreamNamePrefix": "2026/01/05/two"}
        assert len(events(aws, "/shop/functions", **prefix)) == 5


def test_a_log_in_json_has_the_platforms_records(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "fail", LoggingConfig={"LogFormat": "JSON"})
    invoke(aws, "one")
    start, error, report = [json.loads(line) for line in said(aws, "/aws/lambda/one")]
    request = start["record"]["requestId"]
    assert start["type"] == "platform.start"
    assert start["time"] == "2026-01-05T09:00:00.000Z"
    assert (error["log_level"], error["errorType"]) == ("ERROR", "SampleError")
    assert error["requestId"] == request
    assert report["type"] == "platform.report"
    assert report["record"]["status"] == "error"
    assert report["record"]["metrics"]["memorySizeMB"] == 128
    config = aws.client("lambda").get_function_configuration(FunctionName="one")["LoggingConfig"]
    assert config == {"LogFormat": "JSON", "LogGroup": "/aws/lambda/one"}


def test_a_function_whose_role_may_not_log_has_no_log() -> None:
    with EmbeddedAws() as aws:
        make_function(aws, "quiet", "chat")
        aws.client("iam").delete_role_policy(RoleName="quiet-role", PolicyName="p")
        invoke(aws, "quiet")
        assert aws.client("logs").describe_log_groups()["logGroups"] == []


def test_a_function_is_told_where_it_logs(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "tell_environment")
    names = ["AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"]
    told, _ = invoke(aws, "one", {"names": names})
    (stream,) = {event["logStreamName"] for event in events(aws, "/aws/lambda/one")}
    assert [told[name] for name in names] == ["/aws/lambda/one", stream]


# ---- Invoke --------------------------------------------------------------------------------


def test_invoke_gives_the_end_of_the_log_to_who_asks_for_it() -> None:
    with EmbeddedAws() as aws:
        make_function(aws, "talker", "chat")
        answer = aws.client("lambda").invoke(FunctionName="talker", LogType="Tail")
        log = base64.b64decode(answer["LogResult"]).decode()
        assert log == "".join(said(aws, "/aws/lambda/talker"))
        assert answer["ExecutedVersion"] == "$LATEST"
        assert "LogResult" not in aws.client("lambda").invoke(FunctionName="talker")


def test_of_a_long_log_invoke_gives_the_last_four_kilobytes() -> None:
    with EmbeddedAws() as aws:
        make_function(aws, "talker", "print_event")
        answer = aws.client("lambda").invoke(
            FunctionName="talker", LogType="Tail", Payload=json.dumps("x" * 9000)
        )
        log = base64.b64decode(answer["LogResult"])
        assert len(log) == 4096
        assert log.decode().split("\n")[-2].startswith("REPORT")


def test_a_dry_run_runs_nothing(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "count")
    answer = aws.client("lambda").invoke(FunctionName="one", InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    assert invoke(aws, "one")[0] == 1


@pytest.mark.parametrize(
    ("members", "named"),
    [({"Qualifier": "prod"}, "Qualifier prod"), ({"ClientContext": "e30="}, "ClientContext")],
)
def test_members_of_invoke_that_are_not_modelled_are_refused(
    aws: EmbeddedAws, members: Any, named: str
) -> None:
    make_function(aws, "one", "count")
    code, message = refusal(aws, "lambda", "invoke", FunctionName="one", **members)
    assert code == "NotImplemented"
    assert named in message
    assert aws.client("lambda").invoke(FunctionName="one", Qualifier="$LATEST")["StatusCode"] == 200


def test_members_of_an_update_that_are_not_modelled_are_refused(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "count")
    update = {"FunctionName": "one", "TracingConfig": {"Mode": "Active"}}
    code, message = refusal(aws, "lambda", "update_function_configuration", **update)
    assert (code, message.split()[0]) == ("NotImplemented", "TracingConfig")


def test_an_updated_function_begins_anew(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "count")
    invoke(aws, "one")
    aws.client("lambda").update_function_configuration(
        FunctionName="one", LoggingConfig={"LogGroup": "elsewhere"}
    )
    assert invoke(aws, "one")[0] == 1
    assert len(events(aws, "elsewhere")) == 3


# ---- Workflows -----------------------------------------------------------------------------

MACHINE = {
    "StartAt": "Pass",
    "States": {
        "Pass": {"Type": "Pass", "Next": "Wait"},
        "Wait": {"Type": "Wait", "Seconds": 5, "Next": "Fail"},
        "Fail": {"Type": "Fail", "Error": "Shop.Closed", "Cause": "It is late."},
    },
}


def run_machine(aws: EmbeddedAws, level: str, *, data: bool = False) -> list[dict[str, Any]]:
    """The events in the log of one execution."""
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:machines"
    aws.client("logs").create_log_group(logGroupName="machines")
    client = aws.client("stepfunctions")
    machine = client.create_state_machine(
        name="shop",
        definition=json.dumps(MACHINE),
        roleArn=make_role(aws, "machine", allow("*", "*"), service="states"),
        loggingConfiguration={
            "level": level,
            "includeExecutionData": data,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": f"{group}:*"}}],
        },
    )["stateMachineArn"]
    client.start_execution(stateMachineArn=machine, name="monday", input='{"a": 1}')
    aws.clock.sleep(60)
    return [json.loads(line) for line in said(aws, "machines")]


def test_an_executions_events_are_in_the_log_of_its_machine(aws: EmbeddedAws) -> None:
    logged = run_machine(aws, "ALL")
    assert [event["type"] for event in logged] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "WaitStateEntered",
        "WaitStateExited",
        "FailStateEntered",
        "ExecutionFailed",
    ]
    execution = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:shop:monday"
    assert logged[-1] == {
        "id": "7",
        "type": "ExecutionFailed",
        "details": {"error": "Shop.Closed", "cause": "It is late."},
        "previous_event_id": "6",
        "event_timestamp": str(BEGAN + 5000),
        "execution_arn": execution,
        "redrive_count": "0",
    }
    (stream,) = {event["logStreamName"] for event in events(aws, "machines")}
    assert stream.startswith("states/shop/2026-01-05-09-00/")


def test_data_are_in_it_only_where_the_machine_says_so(aws: EmbeddedAws) -> None:
    assert "input" not in run_machine(aws, "ALL")[1]["details"]


def test_and_there_where_it_does(aws: EmbeddedAws) -> None:
    assert json.loads(run_machine(aws, "ALL", data=True)[1]["details"]["input"]) == {"a": 1}


@pytest.mark.parametrize(
    ("level", "logged"),
    [
        ("ERROR", ["FailStateEntered", "ExecutionFailed"]),
        ("FATAL", ["ExecutionFailed"]),
        ("OFF", []),
    ],
)
def test_a_level_leaves_out_what_is_below_it(
    aws: EmbeddedAws, level: str, logged: list[str]
) -> None:
    assert [event["type"] for event in run_machine(aws, level)] == logged


# ---- Reading -------------------------------------------------------------------------------


def put(aws: EmbeddedAws, *messages: str, stream: str = "one", at: int = 0) -> None:
    client = aws.client("logs")
    if not client.describe_log_groups(logGroupNamePrefix="mine")["logGroups"]:
        client.create_log_group(logGroupName="mine")
    if not client.describe_log_streams(logGroupName="mine", logStreamNamePrefix=stream)[
        "logStreams"
    ]:
        client.create_log_stream(logGroupName="mine", logStreamName=stream)
    logged = [{"timestamp": BEGAN + at, "message": message} for message in messages]
    client.put_log_events(logGroupName="mine", logStreamName=stream, logEvents=logged)


def test_events_of_all_streams_come_in_the_order_of_their_times(aws: EmbeddedAws) -> None:
    put(aws, "a", "d", at=0)
    put(aws, "b", stream="two", at=-10)
    put(aws, "c", at=-5)
    assert said(aws, "mine") == ["b", "c", "a", "d"]
    assert said(aws, "mine", startTime=BEGAN - 5, endTime=BEGAN - 1) == ["c"]
    assert said(aws, "mine", logStreamNames=["two"]) == ["b"]


def test_pages_repeat_nothing_and_leave_nothing_out(aws: EmbeddedAws) -> None:
    put(aws, *"abcde")
    paginator = aws.client("logs").get_paginator("filter_log_events")
    pages = list(paginator.paginate(logGroupName="mine", PaginationConfig={"PageSize": 2}))
    assert [[event["message"] for event in page["events"]] for page in pages] == [
        ["a", "b"],
        ["c", "d"],
        ["e"],
    ]


def test_a_group_is_found_by_its_arn_too(aws: EmbeddedAws) -> None:
    put(aws, "a")
    aws.client("logs").create_log_group(logGroupName="other")
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:mine"
    client = aws.client("logs")
    found = client.filter_log_events(logGroupIdentifier=arn)["events"]
    assert [event["message"] for event in found] == ["a"]
    (stream,) = client.describe_log_streams(logGroupIdentifier=arn)["logStreams"]
    got = client.get_log_events(logGroupIdentifier=arn, logStreamName=stream["logStreamName"])
    assert [event["message"] for event in got["events"]] == ["a"]


LINE = json.dumps({"level": "ERROR", "count": 4, "of": {"a-b": ["x", None]}, "ok": True})


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("", True),
        ("ERROR", True),
        ("error", False),
        ("ERROR WARN", False),
        ("?ERROR ?WARN", True),
        ("level -WARN", True),
        ("level -ERROR", False),
        ('"level\\": \\"ERR"', True),
        ('{ $.level = "ERROR" }', True),
        ("{ $.level = ERR* }", True),
        ("{ $.level != ERROR }", False),
        ("{ $.missing != ERROR }", False),
        ("{ $.count > 3 && $.count <= 4 }", True),
        ("{ ($.count > 4) || ($.level = ERROR) }", True),
        ("{ $.level = ERROR || $.count > 9 && $.count > 8 }", True),
        ('{ $.of.a-b[0] = "x" }', True),
        ('{ $.["of"].a-b[1] IS NULL }', True),
        ("{ $.ok IS TRUE }", True),
        ("{ $.missing NOT EXISTS }", True),
        ("{ $.level NOT EXISTS }", False),
    ],
)
def test_a_pattern_means_what_the_guide_says(pattern: str, matches: bool) -> None:
    assert compiled(pattern)(LINE) is matches


@pytest.mark.parametrize("pattern", ["[a, b]", "%a+%", "{ $.a = }", "{ $.a", "{ a = 1 }", "a )"])
def test_a_pattern_that_cannot_be_followed_is_refused(aws: EmbeddedAws, pattern: str) -> None:
    with pytest.raises(PatternRefused):
        compiled(pattern)
    put(aws, "a")
    asked = {"logGroupName": "mine", "filterPattern": pattern}
    assert refusal(aws, "logs", "filter_log_events", **asked)[0] == "InvalidParameterException"


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("start_query", {"startTime": 0, "endTime": 1, "queryString": "fields @message"}),
        (
            "put_metric_filter",
            {
                "filterName": "a",
                "filterPattern": "",
                "metricTransformations": [
                    {"metricName": "a", "metricNamespace": "b", "metricValue": "1"}
                ],
            },
        ),
        (
            "put_subscription_filter",
            {"filterName": "a", "filterPattern": "", "destinationArn": "arn:aws:lambda:x"},
        ),
    ],
)
def test_what_would_do_nothing_is_refused_by_name(
    aws: EmbeddedAws, operation: str, asked: dict[str, Any]
) -> None:
    put(aws, "a")
    code, message = refusal(aws, "logs", operation, logGroupName="mine", **asked)
    assert code == "NotImplemented"
    assert message.startswith(operation.replace("_", " ").title().replace(" ", ""))


# ---- What is kept --------------------------------------------------------------------------


def test_a_group_keeps_its_newest_events(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_EVENTS", 3)
    put(aws, "a", "b")
    put(aws, "c", "d", "e", stream="two")
    assert said(aws, "mine") == ["c", "d", "e"]
    found = aws.client("logs").describe_log_streams(logGroupName="mine")["logStreams"]
    assert [stream["logStreamName"] for stream in found] == ["two"]


def test_events_older_than_the_groups_retention_go(aws: EmbeddedAws) -> None:
    put(aws, "a")
    aws.client("logs").put_retention_policy(logGroupName="mine", retentionInDays=1)
    aws.clock.sleep(86_401)
    put(aws, "b", at=86_400_000)
    assert said(aws, "mine") == ["b"]
