"""How functions run in the embedded AWS: each by itself, as its role and its limits allow."""

import json
from collections.abc import Iterator
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
    make_queue,
    messages,
    seconds,
)
from bluegreen_simulator.embedded import EmbeddedAws
from bluegreen_simulator.faults import Death, FaultPlan

TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/rows"


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


def make_table(aws: EmbeddedAws) -> None:
    aws.client("dynamodb").create_table(
        TableName="rows",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )


# ---- Each by itself ------------------------------------------------------------------------


def test_each_function_sees_its_own_environment(aws: EmbeddedAws) -> None:
    for name in ("one", "two"):
        variables = {"WHO": f"I am {name}"}
        make_function(aws, name, "tell_environment", Environment={"Variables": variables})
    names = {"names": ["WHO", "AWS_REGION", "AWS_LAMBDA_FUNCTION_NAME"]}
    for name in ("two", "one"):
        assert invoke(aws, name, names)[0] == {
            "WHO": f"I am {name}",
            "AWS_REGION": REGION,
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "name": name,
            "arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
        }


def test_a_function_does_not_see_the_environment_of_the_process(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_PROCESS", "yes")
    make_function(aws, "one", "tell_environment")
    assert invoke(aws, "one", {"names": ["OF_THE_PROCESS"]})[0]["OF_THE_PROCESS"] is None


def test_a_function_that_sleeps_finds_its_environment_as_it_was(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "tell_environment")
    told, _ = invoke(aws, "one", {"names": ["TZ"], "seconds": 30})
    assert told["TZ"] is None


def test_functions_of_one_module_do_not_share_its_variables(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "count")
    make_function(aws, "two", "count")
    counted = [invoke(aws, name)[0] for name in ("one", "one", "two", "one")]
    assert counted == [1, 2, 1, 3]


def test_a_new_start_begins_without_warm_functions() -> None:
    for _ in range(2):
        with EmbeddedAws() as aws:
            make_function(aws, "one", "count")
            assert invoke(aws, "one")[0] == 1


def test_what_a_function_prints_is_in_its_log_line_by_line() -> None:
    with EmbeddedAws() as aws:
        make_function(aws, "talker", "chat")
        invoke(aws, "talker")
        assert [entry.data for entry in aws.journal.of_kind("log")] == [
            {"function": "talker", "line": "first"},
            {"function": "talker", "line": "second"},
        ]


def test_and_not_in_the_output_of_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    with EmbeddedAws() as aws:
        make_function(aws, "talker", "chat")
        invoke(aws, "talker")
    assert capsys.readouterr().out == ""


# ---- How it ends ---------------------------------------------------------------------------


def test_an_error_is_reported_with_its_class_its_message_and_a_trace(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "fail")
    payload, kind = invoke(aws, "one", {"a": 1})
    assert kind == "Unhandled"
    assert payload["errorType"] == "SampleError"
    assert payload["errorMessage"] == "no use for {'a': 1}"
    assert "in fail" in payload["stackTrace"][-1]


@pytest.mark.parametrize(
    ("handler", "error", "message"),
    [
        ("missing", "Runtime.HandlerNotFound", "Handler 'missing' missing on module"),
        ("answer_no_json", "Runtime.MarshalError", "Object of type set is not JSON serializable"),
    ],
)
def test_what_the_runtime_itself_refuses_has_the_names_of_aws(
    aws: EmbeddedAws, handler: str, error: str, message: str
) -> None:
    make_function(aws, "one", handler)
    payload, kind = invoke(aws, "one")
    assert (payload["errorType"], kind) == (error, "Unhandled")
    assert message in payload["errorMessage"]


def test_a_module_that_is_not_there_has_the_name_of_aws(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "chat", Description="moved")
    aws.client("lambda").update_function_configuration(FunctionName="one", Handler="gone.handler")
    assert invoke(aws, "one")[0]["errorType"] == "Runtime.ImportModuleError"


def test_a_function_that_does_not_exist_cannot_be_invoked(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError) as refused:
        aws.client("lambda").invoke(FunctionName="nobody")
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_function_over_its_timeout_is_reported_as_such(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "sleep", Timeout=50)
    payload, kind = invoke(aws, "one", {"seconds": 51})
    assert kind == "Unhandled"
    assert payload == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "Task timed out after 50.00 seconds",
    }


def test_a_function_may_use_its_whole_timeout_and_it_takes_virtual_time(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "sleep", Timeout=50)
    assert invoke(aws, "one", {"seconds": 50}) == ("awake", None)
    assert seconds(aws) == 50


# ---- Asynchronously ------------------------------------------------------------------------


def invoke_later(aws: EmbeddedAws, name: str, event: Any) -> int:
    answer = aws.client("lambda").invoke(
        FunctionName=name, InvocationType="Event", Payload=json.dumps(event)
    )
    status: int = answer["StatusCode"]
    return status


def on_failure(aws: EmbeddedAws, name: str, **more: Any) -> str:
    """Let a queue have what a function fails on; its URL."""
    url, arn = make_queue(aws, "failed")
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnFailure": {"Destination": arn}}, **more
    )
    return url


def test_an_asynchronous_invocation_returns_before_the_function_runs(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "count")
    assert invoke_later(aws, "one", {}) == 202
    assert invocations(aws, "one") == []
    aws.clock.sleep(1)
    assert invocations(aws, "one") == [0]


def test_a_failing_one_is_retried_after_one_minute_and_after_two_more(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "fail")
    queue = on_failure(aws, "one")
    invoke_later(aws, "one", {"a": 1})
    aws.clock.sleep(179)
    assert messages(aws, queue) == []
    aws.clock.sleep(3600)
    assert invocations(aws, "one") == [0, 60, 180]


def test_then_what_it_failed_on_goes_to_the_failure_destination(aws: EmbeddedAws) -> None:
    arn = make_function(aws, "one", "fail")
    queue = on_failure(aws, "one")
    invoke_later(aws, "one", {"a": 1})
    aws.clock.sleep(181)
    (record,) = bodies(aws, queue)
    assert record["requestPayload"] == {"a": 1}
    assert record["responsePayload"]["errorType"] == "SampleError"
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["requestContext"] == {
        "functionArn": f"{arn}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }


def test_no_more_attempts_than_the_function_allows(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "fail")
    queue = on_failure(aws, "one", MaximumRetryAttempts=0)
    invoke_later(aws, "one", {})
    aws.clock.sleep(3600)
    assert invocations(aws, "one") == [0]
    assert bodies(aws, queue)[0]["requestContext"]["approximateInvokeCount"] == 1


def test_one_that_succeeds_in_the_end_leaves_no_dead_letter(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "fail_twice")
    queue = on_failure(aws, "one")
    invoke_later(aws, "one", {})
    aws.clock.sleep(3600)
    assert invocations(aws, "one") == [0, 60, 180]
    assert messages(aws, queue) == []


# ---- As its role allows --------------------------------------------------------------------


READ = {"table": "rows", "key": "k"}


def test_a_function_may_call_what_its_role_allows(aws: EmbeddedAws) -> None:
    make_table(aws)
    aws.client("dynamodb").put_item(TableName="rows", Item={"pk": {"S": "k"}})
    make_function(aws, "one", "read", allow("dynamodb:GetItem", TABLE_ARN))
    assert invoke(aws, "one", READ) == ({"pk": {"S": "k"}}, None)


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [allow("dynamodb:PutItem", TABLE_ARN)],
        [allow("dynamodb:GetItem", f"{TABLE_ARN}-of-others")],
    ],
    ids=["nothing allowed", "another action", "another table"],
)
def test_and_nothing_else(aws: EmbeddedAws, statements: list[dict[str, str]]) -> None:
    make_table(aws)
    make_function(aws, "one", "read", *statements)
    payload, kind = invoke(aws, "one", READ)
    assert (payload["errorType"], kind) == ("ClientError", "Unhandled")
    assert "AccessDeniedException" in payload["errorMessage"]
    assert f"perform: dynamodb:GetItem on resource: {TABLE_ARN}" in payload["errorMessage"]


def attach(aws: EmbeddedAws, role: str, statement: dict[str, str]) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = aws.client("iam")
    made = iam.create_policy(PolicyName="managed", PolicyDocument=document)["Policy"]
    iam.attach_role_policy(RoleName=role, PolicyArn=made["Arn"])


def test_what_a_managed_policy_allows_counts_too(aws: EmbeddedAws) -> None:
    make_table(aws)
    make_function(aws, "one", "read")
    attach(aws, "one-role", allow("dynamodb:GetItem", TABLE_ARN))
    assert invoke(aws, "one", READ) == (None, None)


def test_what_one_policy_denies_no_other_allows(aws: EmbeddedAws) -> None:
    make_table(aws)
    make_function(aws, "one", "read", allow("dynamodb:*", "*"))
    attach(aws, "one-role", allow("dynamodb:GetItem", TABLE_ARN, "Deny"))
    assert "AccessDeniedException" in invoke(aws, "one", READ)[0]["errorMessage"]


def test_a_call_that_is_not_modelled_is_refused_loudly(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "call_what_is_not_modelled", allow("dynamodb:*", "*"))
    payload, _ = invoke(aws, "one")
    assert payload["errorType"] == "NotImplementedError"
    assert "dynamodb ListTables is not modelled" in payload["errorMessage"]


def test_a_condition_in_a_role_is_refused_loudly(aws: EmbeddedAws) -> None:
    make_table(aws)
    condition = {"StringEquals": {"aws:RequestedRegion": REGION}}
    statement = {**allow("dynamodb:GetItem", TABLE_ARN), "Condition": condition}
    make_function(aws, "one", "read", statement)
    assert invoke(aws, "one", READ)[0]["errorType"] == "NotImplementedError"


def test_who_is_no_function_may_call_everything(aws: EmbeddedAws) -> None:
    assert aws.client("dynamodb").list_tables()["TableNames"] == []


# ---- And it may die ------------------------------------------------------------------------


def die(aws: EmbeddedAws, death: Death) -> None:
    aws.world.faults.add(FaultPlan(deaths=(death,)), aws.clock.now())


@pytest.mark.parametrize(("nth", "calls"), [(1, 1), (2, 2)])
def test_a_function_dies_once_right_after_the_nth_call(nth: int, calls: int) -> None:
    with EmbeddedAws() as aws:
        die(aws, Death("writer", "PutItem", nth))
        make_table(aws)
        make_function(aws, "the-writer", "write", allow("dynamodb:PutItem", TABLE_ARN))
        payload, kind = invoke(aws, "the-writer", READ)
        assert (payload["errorType"], kind) == ("Runtime.ExitError", "Unhandled")
        assert len(list(aws.journal.of_kind("api_call"))) == calls
        row = aws.client("dynamodb").get_item(TableName="rows", Key={"pk": {"S": "k"}})
        assert row["Item"] == {"pk": {"S": "k"}}
        assert invoke(aws, "the-writer", READ) == ("written", None)


def test_another_function_does_not_die_of_it() -> None:
    with EmbeddedAws() as aws:
        die(aws, Death("Writer", "PutItem"))
        make_table(aws)
        make_function(aws, "somebody", "write", allow("dynamodb:PutItem", TABLE_ARN))
        assert invoke(aws, "somebody", READ) == ("written", None)


def test_the_journal_holds_each_call_with_its_error(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "read", allow("dynamodb:GetItem", TABLE_ARN))
    invoke(aws, "one", READ)
    (call,) = aws.journal.of_kind("api_call")
    assert call.data == {
        "function": "one",
        "service": "dynamodb",
        "operation": "GetItem",
        "error": "ResourceNotFoundException",
    }
