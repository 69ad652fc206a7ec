"""Functions that hang or die, and calls that fail: what botocore and Lambda make of them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from account import (
    ACCOUNT,
    REGION,
    allow,
    bodies,
    invocations,
    invoke,
    make_function,
    on_failure,
    seconds,
)
from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.rules.faults.kinds import (
    ApiError,
    ApiFault,
    Death,
    FaultPlan,
    LambdaTimeout,
    Pause,
    Window,
)
from bluegreen_simulator.run.embedded import START, EmbeddedAws

TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/rows"
MAY_WRITE = allow("dynamodb:PutItem", TABLE_ARN)
MAY_READ = allow("dynamodb:GetItem", TABLE_ARN)
ROW = {"table": "rows", "key": "a"}


@contextmanager
def running(**members: Any) -> Iterator[EmbeddedAws]:
    """With a table and these faults, which begin at once."""
    with EmbeddedAws(faults=Faults(FaultPlan(**members))) as aws:
        aws.world.faults.begin(START)
        aws.client("dynamodb").create_table(
            TableName="rows",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        )
        yield aws


def rows(aws: EmbeddedAws) -> int:
    count: int = aws.client("dynamodb").scan(TableName="rows")["Count"]
    return count


def error_of(answer: tuple[Any, str | None]) -> str | None:
    payload, failed = answer
    return payload["errorType"] if failed else None


# ---- Hanging and dying ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "written"),
    [
        (LambdaTimeout("writer"), 0),
        (LambdaTimeout("writer", "PutItem"), 1),
        (LambdaTimeout("writer", "PutItem", 2), 1),
    ],
)
def test_a_function_hangs_once_and_is_killed_when_its_timeout_has_passed(
    fault: LambdaTimeout, written: int
) -> None:
    with running(lambda_timeouts=(fault,)) as aws:
        make_function(aws, "writer", "write", MAY_WRITE, Timeout=50)
        assert invoke(aws, "writer", ROW) == (
            {"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out after 50.00 seconds"},
            "Unhandled",
        )
        assert (seconds(aws), rows(aws)) == (50, written)
        assert invoke(aws, "writer", ROW) == ("written", None)


@pytest.mark.parametrize(
    ("nth", "before", "written"), [(1, True, 0), (1, False, 1), (2, True, 1), (2, False, 2)]
)
def test_a_function_dies_before_a_call_or_after_it(nth: int, before: bool, written: int) -> None:
    with running(deaths=(Death("writer", "PutItem", nth, before=before),)) as aws:
        make_function(aws, "writer", "write", MAY_WRITE)
        assert error_of(invoke(aws, "writer", ROW)) == "Runtime.ExitError"
        calls = [e for e in aws.journal.of_kind("api_call") if e.data["operation"] == "PutItem"]
        assert len(calls) == written


@pytest.mark.parametrize(
    ("before", "written"), [(True, [30, 30]), (False, [0, 30])], ids=["before", "after"]
)
def test_a_function_pauses_once_and_goes_on(before: bool, written: list[float]) -> None:
    with running(pauses=(Pause("writer", "PutItem", 30, before=before),)) as aws:
        make_function(aws, "writer", "write", MAY_WRITE)
        assert invoke(aws, "writer", ROW) == ("written", None)
        calls = [(e.at - START).total_seconds() for e in aws.journal.of_kind("api_call")]
        assert calls == written
        assert invoke(aws, "writer", ROW) == ("written", None)
        assert seconds(aws) == 30


def test_a_function_that_pauses_is_killed_when_its_timeout_has_passed() -> None:
    with running(pauses=(Pause("writer", "PutItem", 51, before=True),)) as aws:
        make_function(aws, "writer", "write", MAY_WRITE, Timeout=50)
        assert error_of(invoke(aws, "writer", ROW)) == "Sandbox.Timedout"
        assert (seconds(aws), rows(aws)) == (50, 0)


def test_while_a_function_pauses_the_others_go_on() -> None:
    with running(pauses=(Pause("writer", "PutItem", 30),)) as aws:
        make_function(aws, "writer", "write", MAY_WRITE)
        make_function(aws, "counter", "count")
        pausing = aws.clock.spawn(lambda: invoke(aws, "writer", ROW), "writer")
        aws.clock.sleep(10)
        assert invoke(aws, "counter") == (1, None)
        assert (seconds(aws), pausing.done) == (10, False)
        pausing.join()
        assert seconds(aws) == 30


def test_the_first_run_passes_and_the_second_hangs() -> None:
    with running(lambda_timeouts=(LambdaTimeout("writer", nth=2),)) as aws:
        make_function(aws, "writer", "write", MAY_WRITE)
        errors = [error_of(invoke(aws, "writer", ROW)) for _ in range(3)]
        assert errors == [None, "Sandbox.Timedout", None]


def test_a_function_is_killed_to_the_second_wherever_it_sleeps() -> None:
    with running() as aws:
        make_function(aws, "sleeper", "sleep", Timeout=50)
        assert error_of(invoke(aws, "sleeper", {"seconds": 80})) == "Sandbox.Timedout"
        assert seconds(aws) == 50


@pytest.mark.parametrize(
    "faults",
    [
        {"lambda_timeouts": (LambdaTimeout("writer", "PutItem", 3),)},
        {"deaths": (Death("writer", "PutItem", 3),)},
    ],
    ids=["timed out", "died"],
)
def test_who_was_killed_has_lost_its_memory(faults: Any) -> None:
    with running(**faults) as aws:
        make_function(aws, "writer", "write_and_count", MAY_WRITE)
        answers = [invoke(aws, "writer", ROW) for _ in range(4)]
        assert [answer for answer, failed in answers if not failed] == [1, 2, 1]


# ---- Calls that fail -----------------------------------------------------------------------


def fault(error: ApiError, service: str = "dynamodb", **members: Any) -> ApiFault:
    return ApiFault(service, error, **members)


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (ApiError.THROTTLING, "ThrottlingException", 400),
        (ApiError.INTERNAL, "InternalServerError", 500),
        (ApiError.UNAVAILABLE, "ServiceUnavailable", 503),
    ],
)
def test_a_call_is_tried_as_often_as_botocore_does_and_then_fails_in_the_services_words(
    error: ApiError, code: str, status: int
) -> None:
    with running(apis=(fault(error),)) as aws:
        make_function(aws, "reader", "read_patiently", MAY_READ)
        told, _ = invoke(aws, "reader", ROW)
        assert (told["code"], told["status"], told["retries"]) == (code, status, 2)
        assert len(list(aws.journal.of_kind("fault"))) == 3
        assert 0 < seconds(aws) < 3  # the waits between the attempts, in virtual time


def test_a_call_that_fails_twice_succeeds() -> None:
    with running(apis=(fault(ApiError.THROTTLING, times=2),)) as aws:
        make_function(aws, "reader", "read_patiently", MAY_READ)
        assert invoke(aws, "reader", ROW) == ({"retries": 2, "code": None, "status": 200}, None)


def test_a_call_that_is_not_answered_takes_the_clients_read_timeout_each_time() -> None:
    with running(apis=(fault(ApiError.TIMEOUT),)) as aws:
        make_function(aws, "reader", "read_patiently", MAY_READ)
        told, failed = invoke(aws, "reader", ROW)
        assert (told["errorType"], failed) == ("ReadTimeoutError", "Unhandled")
        assert 30 < seconds(aws) < 33  # three times 10 seconds, and the waits between


def test_who_waits_for_an_answer_is_killed_when_its_timeout_has_passed() -> None:
    with running(apis=(fault(ApiError.TIMEOUT),)) as aws:
        make_function(aws, "reader", "read_patiently", MAY_READ, Timeout=12)
        assert error_of(invoke(aws, "reader", ROW)) == "Sandbox.Timedout"
        assert seconds(aws) == 12


@pytest.mark.parametrize("error", [ApiError.THROTTLING, ApiError.TIMEOUT])
@pytest.mark.parametrize(("carried_out", "written"), [(False, 0), (True, 1)])
def test_what_fails_has_an_effect_only_where_the_fault_says_so(
    error: ApiError, carried_out: bool, written: int
) -> None:
    broken = fault(error, operation="PutItem", carried_out=carried_out)
    with running(apis=(broken,)) as aws:
        make_function(aws, "writer", "write", MAY_WRITE)
        assert error_of(invoke(aws, "writer", ROW)) is not None
        assert rows(aws) == written


@pytest.mark.parametrize(
    ("broken", "hit"),
    [
        (fault(ApiError.THROTTLING, function="reader"), True),
        (fault(ApiError.THROTTLING, function="writer"), False),
        (fault(ApiError.THROTTLING, operation="PutItem"), False),
        (fault(ApiError.THROTTLING, service="sns"), False),
        (fault(ApiError.THROTTLING, window=Window(60)), False),
    ],
)
def test_only_the_calls_that_a_fault_is_about_fail(broken: ApiFault, hit: bool) -> None:
    with running(apis=(broken,)) as aws:
        make_function(aws, "reader", "read", MAY_READ)
        assert (error_of(invoke(aws, "reader", ROW)) is not None) is hit


def test_calls_of_nobody_in_particular_are_spared() -> None:
    with running(apis=(fault(ApiError.INTERNAL),)) as aws:
        assert rows(aws) == 0


def test_a_quota_of_retries_is_used_up_and_full_again_at_the_next_start() -> None:
    for _ in range(2):
        with running(apis=(fault(ApiError.THROTTLING),)) as aws:
            make_function(aws, "reader", "read_patiently", MAY_READ)
            make_function(aws, "other", "read_patiently", MAY_READ)
            retries = [invoke(aws, "reader", ROW)[0]["retries"] for _ in range(52)]
            assert retries == [2] * 50 + [0] * 2  # 500 of quota, 5 for each retry
            assert invoke(aws, "other", ROW)[0]["retries"] == 2


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (ApiError.THROTTLING, "TooManyRequestsException", 429),
        (ApiError.INTERNAL, "ServiceException", 500),
        (ApiError.UNAVAILABLE, "ServiceUnavailable", 503),
        (ApiError.DENIED, "AccessDeniedException", 403),
    ],
)
def test_lambda_itself_fails_for_everybody_who_invokes_that_function(
    error: ApiError, code: str, status: int
) -> None:
    with running(apis=(fault(error, service="lambda", function="one"),)) as aws:
        for name in ("one", "two"):
            make_function(aws, name, "count")
        client = aws.client("lambda")
        with pytest.raises(ClientError) as failed:
            client.invoke(FunctionName="one")
        answer = failed.value.response
        assert answer["Error"]["Code"] == code
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
        assert invoke(aws, "two") == (1, None)


ARN = f"arn:aws:{{}}:{REGION}:{ACCOUNT}"
REFUSED_CALLS: dict[str, dict[str, Any]] = {
    "sagemaker": {"operation": "list_models"},
    "dynamodb": {"operation": "get_item", "TableName": "rows", "Key": {"pk": {"S": "a"}}},
    "stepfunctions": {
        "operation": "start_execution",
        "stateMachineArn": f"{ARN.format('states')}:stateMachine:any",
    },
    "ssm": {"operation": "get_parameter", "Name": "any"},
    "sns": {"operation": "publish", "TopicArn": f"{ARN.format('sns')}:any", "Message": "any"},
    "cloudwatch": {"operation": "describe_alarms", "AlarmNames": ["any"]},
}


@pytest.mark.parametrize(
    ("service", "error", "code", "status"),
    [
        ("sagemaker", ApiError.DENIED, "AccessDeniedException", 400),
        ("dynamodb", ApiError.DENIED, "AccessDeniedException", 400),
        ("stepfunctions", ApiError.DENIED, "AccessDeniedException", 400),
        ("ssm", ApiError.DENIED, "AccessDeniedException", 400),
        ("sns", ApiError.DENIED, "AuthorizationError", 403),
        ("cloudwatch", ApiError.DENIED, "AccessDenied", 403),
        ("sns", ApiError.KEY_DISABLED, "KMSDisabled", 400),
    ],
)
def test_each_service_refuses_in_its_own_words_and_is_not_asked_again(
    service: str, error: ApiError, code: str, status: int
) -> None:
    with running(apis=(fault(error, service=service),)) as aws:
        make_function(aws, "caller", "call", allow("*", "*"))
        told, failed = invoke(aws, "caller", {"service": service, **REFUSED_CALLS[service]})
        assert (told, failed) == ({"code": code, "status": status, "retries": 0}, None)
        assert len(list(aws.journal.of_kind("fault"))) == 1


# ---- Asynchronous invocations --------------------------------------------------------------


def invoke_event(aws: EmbeddedAws, name: str, **config: Any) -> str:
    """Invoke it asynchronously, with a queue for what fails; its URL."""
    url = on_failure(aws, name, **config)
    payload = json.dumps(ROW)
    aws.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=payload)
    return url


@pytest.mark.parametrize(
    ("config", "runs", "condition", "given_up"),
    [
        ({}, [0, 60, 180], "RetriesExhausted", "09:03:00"),
        ({"MaximumRetryAttempts": 1}, [0, 60], "RetriesExhausted", "09:01:00"),
        ({"MaximumRetryAttempts": 0}, [0], "RetriesExhausted", "09:00:00"),
        ({"MaximumEventAgeInSeconds": 60}, [0, 60], "EventAgeExceeded", "09:01:00"),
        ({"MaximumEventAgeInSeconds": 179}, [0, 60], "EventAgeExceeded", "09:01:00"),
        ({"MaximumEventAgeInSeconds": 180}, [0, 60, 180], "RetriesExhausted", "09:03:00"),
    ],
)
def test_an_event_is_given_up_after_so_many_retries_or_at_such_an_age(
    config: dict[str, int], runs: list[float], condition: str, given_up: str
) -> None:
    with running() as aws:
        make_function(aws, "one", "fail")
        url = invoke_event(aws, "one", **config)
        aws.clock.sleep(3600)
        assert invocations(aws, "one") == runs
        (record,) = bodies(aws, url)
        context = record["requestContext"]
        assert (context["condition"], context["approximateInvokeCount"]) == (condition, len(runs))
        assert record["timestamp"] == f"2026-01-05T{given_up}.000Z"
        assert record["responsePayload"]["errorType"] == "SampleError"


def test_a_function_that_times_out_is_tried_again_a_minute_after_it_was_killed() -> None:
    with running(lambda_timeouts=(LambdaTimeout("one"),)) as aws:
        make_function(aws, "one", "count", Timeout=10)
        url = invoke_event(aws, "one")
        aws.clock.sleep(3600)
        assert invocations(aws, "one") == [10, 70]
        assert bodies(aws, url) == []


# ---- What is not modelled ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "operation", "members", "name"),
    [
        ("dynamodb", "list_global_tables", {}, "ListGlobalTables of dynamodb"),
        ("cloudwatch", "list_metric_streams", {}, "ListMetricStreams of cloudwatch"),
        ("sns", "list_origination_numbers", {}, "ListOriginationNumbers of sns"),
        ("lambda", "list_code_signing_configs", {}, "ListCodeSigningConfigs of lambda"),
        ("frauddetector", "get_models", {}, "GetModels of frauddetector"),
    ],
)
def test_an_api_that_is_not_modelled_is_refused_with_its_name(
    service: str, operation: str, members: Any, name: str
) -> None:
    with EmbeddedAws() as aws, pytest.raises(ClientError) as refused:
        getattr(aws.client(service), operation)(**members)
    answer = refused.value.response
    assert answer["Error"]["Code"] == "NotImplemented"
    assert answer["Error"]["Message"].startswith(f"{name} is not modelled in the embedded AWS.")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501
