"""Step Functions in the embedded AWS: expressions, tokens, stops and time, to the second."""

import json
import random
import uuid
from collections.abc import Iterator
from typing import Any
from unittest.mock import ANY

import pytest
from botocore.exceptions import ClientError

from account import (
    allow,
    bodies,
    invocations,
    invoke,
    make_function,
    make_queue,
    make_role,
    seconds,
)
from bluegreen_simulator.aws.step_functions import threads
from bluegreen_simulator.rules.faults.kinds import EventFault, FaultPlan, Pause, Stop
from bluegreen_simulator.run.embedded import START, EmbeddedAws

LAMBDA = "arn:aws:states:::lambda:invoke"


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


def make_machine(aws: EmbeddedAws, *states: dict[str, Any], **more: Any) -> str:
    """A machine of states S1, S2, ... one after the other; its ARN."""
    names = [f"S{number}" for number in range(1, len(states) + 1)]
    after: list[dict[str, Any]] = [{"Next": name} for name in names[1:]] + [{"End": True}]
    linked = {
        name: state if state["Type"] in {"Fail", "Succeed", "Choice"} else {**following, **state}
        for name, state, following in zip(names, states, after, strict=True)
    }
    body = {"QueryLanguage": "JSONata", "StartAt": "S1", "States": linked, **more}
    name = f"machine-{len(aws.journal.entries)}"
    everything = [allow("lambda:InvokeFunction", "*"), allow("sqs:SendMessage", "*")]
    count = len(aws.client("iam").list_roles()["Roles"])
    role = make_role(aws, f"role-{count}", *everything, service="states")
    made = aws.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(body), roleArn=role
    )
    arn: str = made["stateMachineArn"]
    return arn


def start(aws: EmbeddedAws, machine: str, data: Any = None, **more: Any) -> str:
    made = aws.client("stepfunctions").start_execution(
        stateMachineArn=machine, input=json.dumps(data or {}), **more
    )
    arn: str = made["executionArn"]
    return arn


def describe(aws: EmbeddedAws, execution: str) -> dict[str, Any]:
    described: dict[str, Any] = aws.client("stepfunctions").describe_execution(
        executionArn=execution
    )
    return described


def finish(aws: EmbeddedAws, execution: str) -> dict[str, Any]:
    """Wait for the end of an execution, unless it has ended, and describe it."""
    ended, name = aws.clock.event(), execution.rpartition(":")[2]
    aws.journal.listeners.append(
        lambda entry: (
            ended.set()
            if entry.kind == "execution_ended" and entry.data["execution"] == name
            else None
        )
    )
    if describe(aws, execution)["status"] == "RUNNING":
        ended.wait()
    return describe(aws, execution)


def run(aws: EmbeddedAws, *states: dict[str, Any], data: Any = None, **more: Any) -> dict[str, Any]:
    return finish(aws, start(aws, make_machine(aws, *states, **more), data))


def output(execution: dict[str, Any]) -> Any:
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    return json.loads(execution["output"])


# ---- Expressions ---------------------------------------------------------------------------


AWKWARD = [
    'say "hi"',
    "two\nlines\ttab",
    "back\\slash \\n \\u0041",
    "it's {% not %} ${an} expression",
    "ö 漢 \U0001f600",
    "",
]


@pytest.mark.parametrize("text", AWKWARD)
def test_an_expression_gives_a_text_back_as_it_is(aws: EmbeddedAws, text: str) -> None:
    state = {"Type": "Pass", "Output": "{% {'said': $states.input.text, 'n': 1} %}"}
    assert output(run(aws, state, data={"text": text})) == {"said": text, "n": 1}


@pytest.mark.parametrize("text", AWKWARD)
def test_and_so_does_a_variable(aws: EmbeddedAws, text: str) -> None:
    first = {"Type": "Pass", "Assign": {"kept": "{% $states.input.text %}"}}
    second = {"Type": "Pass", "Output": {"kept": "{% $kept %}", "more": "{% $kept & '!' %}"}}
    done = run(aws, first, second, data={"text": text})
    assert output(done) == {"kept": text, "more": f"{text}!"}


MERGED = "$merge([{'W': [300, 600]}, $states.input])"
NEXT_WAITS = "[$count($states.input.W) > 1 ? $states.input.W[[1..9]] : $states.input.W]"


@pytest.mark.parametrize(
    ("expression", "data", "value"),
    [
        (MERGED, {"a": 1}, {"W": [300, 600], "a": 1}),
        (MERGED, {"W": [30]}, {"W": [30]}),
        (NEXT_WAITS, {"W": [30, 300, 600, 900]}, [300, 600, 900]),
        (NEXT_WAITS, {"W": [600, 900]}, [900]),
        (NEXT_WAITS, {"W": [900]}, [900]),
        ("$states.input.Settled or $states.input.Overdue", {"Settled": False}, False),
        ("$states.input.Settled or $states.input.Overdue", {"Overdue": True}, True),
        ("$exists($states.input.a) ? 'yes' : 'no'", {"b": None}, "no"),
        ("$string($states.input)", {"a": [1, 'q"']}, '{"a":[1,"q\\""]}'),
        ("$states.input.list[0]", {"list": [7, 8]}, 7),
        ("$states.context.Execution.Input.a", {"a": {"b": None}}, {"b": None}),
    ],
)
def test_the_expressions_of_the_workflow_mean_what_they_say(
    aws: EmbeddedAws, expression: str, data: Any, value: Any
) -> None:
    state = {"Type": "Pass", "Output": f"{{% {expression} %}}"}
    assert output(run(aws, state, data=data)) == value


def test_the_context_tells_name_arn_and_start_as_text(aws: EmbeddedAws) -> None:
    wait = {"Type": "Wait", "Seconds": 90}
    told = {"Type": "Pass", "Output": "{% $states.context.Execution %}"}
    execution = start(aws, make_machine(aws, wait, told), {"a": 1}, name="deploy-1")
    context = output(finish(aws, execution))
    assert (context["Name"], context["Id"]) == ("deploy-1", execution)
    assert context["StartTime"].startswith("2026-01-05T09:00:00")
    assert context["StartTime"].endswith("Z")


def test_an_expression_that_fails_has_the_name_of_aws(aws: EmbeddedAws) -> None:
    done = run(aws, {"Type": "Pass", "Output": "{% $number('not one') %}"})
    assert (done["status"], done["error"]) == ("FAILED", "States.QueryEvaluationError")


NOT_CAUGHT = pytest.mark.xfail(strict=True, reason="moto evaluates Output outside of the Catch")


@pytest.mark.parametrize(
    ("broken", "calls"),
    [
        ({"Arguments": {"FunctionName": "counter", "Payload": "{% $number('x') %}"}}, 0),
        pytest.param({"Output": "{% $number('x') %}"}, 1, marks=NOT_CAUGHT),
    ],
    ids=["Arguments", "Output"],
)
def test_one_in_a_task_is_caught_by_that_name(
    aws: EmbeddedAws, broken: dict[str, Any], calls: int
) -> None:
    make_function(aws, "counter", "count")
    catch = [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "S3"}]
    state = call("counter", Catch=catch, **broken)
    done = run(aws, state, {"Type": "Fail"}, {"Type": "Succeed"})
    assert output(done)["Error"] == "States.QueryEvaluationError"
    assert len(invocations(aws, "counter")) == calls


# ---- Starting ------------------------------------------------------------------------------


def test_an_execution_without_a_name_gets_a_uuid_of_its_own(aws: EmbeddedAws) -> None:
    machine = make_machine(aws, {"Type": "Succeed"})
    names = {start(aws, machine).rpartition(":")[2] for _ in range(3)}
    assert len(names) == 3
    assert {str(uuid.UUID(name)) for name in names} == names


def test_the_same_name_with_the_same_input_is_the_same_execution(aws: EmbeddedAws) -> None:
    machine = make_machine(aws, {"Type": "Wait", "Seconds": 60})
    first = start(aws, machine, {"a": 1}, name="n")
    aws.clock.sleep(1)
    assert start(aws, machine, {"a": 1}, name="n") == first
    with pytest.raises(ClientError) as refused:
        start(aws, machine, {"a": 2}, name="n")
    assert refused.value.response["Error"]["Code"] == "ExecutionAlreadyExists"


@pytest.mark.parametrize(
    ("name", "code"),
    [("n" * 81, "ValidationException"), ("a b", "InvalidName"), ("a*", "InvalidName")],
)
def test_a_name_that_cannot_be_is_refused(aws: EmbeddedAws, name: str, code: str) -> None:
    machine = make_machine(aws, {"Type": "Succeed"})
    with pytest.raises(ClientError) as refused:
        start(aws, machine, name=name)
    assert refused.value.response["Error"]["Code"] == code
    start(aws, machine, name="n" * 80)


@pytest.mark.parametrize("text", ["[" * 3001 + "]" * 3001, '{"a":' * 9000 + "1" + "}" * 9000])
def test_an_input_that_is_nested_too_deeply_is_refused(aws: EmbeddedAws, text: str) -> None:
    machine = make_machine(aws, {"Type": "Succeed"})
    states = aws.client("stepfunctions")
    with pytest.raises(ClientError) as refused:
        states.start_execution(stateMachineArn=machine, input=text)
    assert refused.value.response["Error"]["Code"] == "InvalidExecutionInput"
    states.start_execution(stateMachineArn=machine, input='{"[": "' + "[" * 9000 + '"}')


def test_an_execution_that_never_was_does_not_exist(aws: EmbeddedAws) -> None:
    machine = make_machine(aws, {"Type": "Succeed"})
    known = start(aws, machine, name="n")
    for arn in (f"{known}x", known.replace("machine-", "another-")):
        with pytest.raises(ClientError) as refused:
            describe(aws, arn)
        assert refused.value.response["Error"]["Code"] == "ExecutionDoesNotExist"


def test_ninety_days_after_its_end_an_execution_does_not_exist_and_its_name_is_free(
    aws: EmbeddedAws,
) -> None:
    machine = make_machine(aws, {"Type": "Wait", "Seconds": 60})
    execution = start(aws, machine, name="n")
    aws.clock.sleep(60 + 90 * 86_400 - 1)
    assert describe(aws, execution)["status"] == "SUCCEEDED"
    with pytest.raises(ClientError) as refused:
        start(aws, machine, name="n")
    assert refused.value.response["Error"]["Code"] == "ExecutionAlreadyExists"
    aws.clock.sleep(1)
    with pytest.raises(ClientError) as gone:
        describe(aws, execution)
    assert gone.value.response["Error"]["Code"] == "ExecutionDoesNotExist"
    assert start(aws, machine, {"b": 1}, name="n") == execution
    assert describe(aws, execution)["startDate"] == aws.clock.now()


# ---- Functions as states -------------------------------------------------------------------


def call(function: str, **more: Any) -> dict[str, Any]:
    arguments = {"FunctionName": function, "Payload": "{% $states.input %}"}
    plain = {"Output": "{% $states.result.Payload %}", "Arguments": arguments}
    return {"Type": "Task", "Resource": LAMBDA, **plain, **more}


def test_a_function_is_called_with_the_payload_and_answers(aws: EmbeddedAws) -> None:
    make_function(aws, "sleeper", "sleep")
    assert output(run(aws, call("sleeper"), data={"seconds": 7})) == "awake"
    assert seconds(aws) == 7


def test_the_error_of_a_function_is_caught_by_the_name_of_its_class(aws: EmbeddedAws) -> None:
    make_function(aws, "failing", "fail")
    catch = [{"ErrorEquals": ["SampleError"], "Next": "S3"}]
    done = run(aws, call("failing", Catch=catch), {"Type": "Fail"}, {"Type": "Succeed"}, data={})
    caught = output(done)
    assert caught["Error"] == "SampleError"
    assert json.loads(caught["Cause"])["errorMessage"] == "no use for {}"


def test_retries_wait_as_long_as_they_say_and_then_the_error_ends_it(aws: EmbeddedAws) -> None:
    make_function(aws, "failing", "fail")
    retry = {"IntervalSeconds": 10, "BackoffRate": 3.0, "MaxAttempts": 3, "MaxDelaySeconds": 50}
    state = call("failing", Retry=[{"ErrorEquals": ["SampleError"], **retry}])
    done = run(aws, state)
    assert (done["status"], done["error"]) == ("FAILED", "SampleError")
    assert invocations(aws, "failing") == [0, 10, 40, 90]


def test_jitter_is_the_same_in_every_run() -> None:
    retry = {"IntervalSeconds": 100, "MaxAttempts": 4, "JitterStrategy": "FULL"}
    runs = []
    for number in range(2):
        random.seed(number)  # Whatever the process drew before.
        with EmbeddedAws() as again:
            make_function(again, "failing", "fail")
            run(again, call("failing", Retry=[{"ErrorEquals": ["States.ALL"], **retry}]))
            runs.append(invocations(again, "failing"))
    assert runs[0] == runs[1]
    assert runs[0] != [0, 100, 300, 700, 1500]


@pytest.mark.parametrize(("takes", "status"), [(60, "SUCCEEDED"), (61, "FAILED")])
def test_a_function_has_its_timeout_and_fails_by_the_name_of_it(
    aws: EmbeddedAws, takes: int, status: str
) -> None:
    make_function(aws, "sleeper", "sleep", Timeout=60)
    done = run(aws, call("sleeper"), data={"seconds": takes})
    assert (done["status"], done.get("error")) == (
        status,
        None if status == "SUCCEEDED" else "Sandbox.Timedout",
    )


def test_a_state_gives_its_function_up_on_the_second(aws: EmbeddedAws) -> None:
    make_function(aws, "sleeper", "sleep", Timeout=900)
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "S2"}]
    state = call("sleeper", TimeoutSeconds=45, Catch=catch)
    assert output(run(aws, state, {"Type": "Succeed"}, data={"seconds": 300}))
    assert seconds(aws) == 45


# ---- Sleeping on a token -------------------------------------------------------------------


def sleep_on_token(queue: str, **more: Any) -> dict[str, Any]:
    """A state that sends its token to a queue, and sleeps."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Arguments": {
            "QueueUrl": queue,
            "MessageBody": {"token": "{% $states.context.Task.Token %}"},
        },
        **more,
    }


def fall_asleep(aws: EmbeddedAws, *states: dict[str, Any], **more: Any) -> tuple[str, str]:
    """Start an execution whose first state sleeps on a token; its ARN and the token."""
    queue, _ = make_queue(aws, "tokens")
    first, *following = states or ({},)
    execution = start(aws, make_machine(aws, sleep_on_token(queue, **first), *following, **more))
    aws.clock.sleep(1)
    (body,) = bodies(aws, queue)
    return execution, body["token"]


def answer(aws: EmbeddedAws, token: str, value: Any) -> None:
    aws.client("stepfunctions").send_task_success(taskToken=token, output=json.dumps(value))


def refusal(aws: EmbeddedAws, token: str) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        answer(aws, token, {})
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


TOO_LATE = ("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")


def test_an_answer_wakes_the_state_and_is_its_result(aws: EmbeddedAws) -> None:
    execution, token = fall_asleep(aws)
    aws.clock.sleep(3600)
    answer(aws, token, {"said": 'with "quotes"\n'})
    assert output(finish(aws, execution)) == {"said": 'with "quotes"\n'}
    assert seconds(aws) == 3601


def test_a_failure_is_caught_by_its_name(aws: EmbeddedAws) -> None:
    catch = [{"ErrorEquals": ["Refused"], "Next": "S2"}]
    execution, token = fall_asleep(aws, {"Catch": catch}, {"Type": "Succeed"})
    aws.client("stepfunctions").send_task_failure(taskToken=token, error="Refused", cause="no")
    assert output(finish(aws, execution)) == {"Error": "Refused", "Cause": "no"}


def test_a_second_answer_is_refused(aws: EmbeddedAws) -> None:
    execution, token = fall_asleep(aws)
    answer(aws, token, {"n": 1})
    assert output(finish(aws, execution)) == {"n": 1}
    assert refusal(aws, token) == TOO_LATE


def test_a_token_that_nobody_gave_is_invalid(aws: EmbeddedAws) -> None:
    fall_asleep(aws)
    assert refusal(aws, "made-up")[0] == "InvalidToken"


def test_a_state_that_sleeps_too_long_times_out_on_the_second(aws: EmbeddedAws) -> None:
    execution, _ = fall_asleep(aws, {"TimeoutSeconds": 90})
    done = finish(aws, execution)
    assert (done["status"], done["error"]) == ("FAILED", "States.Timeout")
    assert seconds(aws) == 90


def test_the_timeout_may_be_an_expression(aws: EmbeddedAws) -> None:
    execution, _ = fall_asleep(aws, {"TimeoutSeconds": "{% 10 * 36 %}"})
    finish(aws, execution)
    assert seconds(aws) == 360


def test_a_late_answer_is_refused_while_the_execution_goes_on(aws: EmbeddedAws) -> None:
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "S2"}]
    sleeps = {"TimeoutSeconds": 90, "Catch": catch}
    execution, token = fall_asleep(aws, sleeps, {"Type": "Wait", "Seconds": 600})
    aws.clock.sleep(100)
    assert describe(aws, execution)["status"] == "RUNNING"
    assert refusal(aws, token) == TOO_LATE
    finish(aws, execution)
    assert seconds(aws) == 690


def test_a_state_that_catches_its_timeout_into_itself_sleeps_again_and_goes_nowhere_else(
    aws: EmbeddedAws,
) -> None:
    """Developer Guide, "Fallback states": Next is any state of the machine."""
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "S1"}]
    sleeps = {"TimeoutSeconds": 90, "Catch": catch}
    execution, token = fall_asleep(aws, sleeps, {"Type": "Fail"})
    aws.clock.sleep(100)
    assert describe(aws, execution)["status"] == "RUNNING"
    assert refusal(aws, token) == TOO_LATE
    states = aws.client("stepfunctions").get_execution_history(executionArn=execution)["events"]
    entered = [e["stateEnteredEventDetails"]["name"] for e in states if "Entered" in e["type"]]
    assert entered == ["S1", "S1"]


def test_an_answer_in_the_last_second_is_in_time(aws: EmbeddedAws) -> None:
    execution, token = fall_asleep(aws, {"TimeoutSeconds": 90})
    aws.clock.sleep(88)
    answer(aws, token, {"n": 1})
    assert output(finish(aws, execution)) == {"n": 1}


# ---- Stopping ------------------------------------------------------------------------------


def stop(aws: EmbeddedAws, execution: str) -> None:
    aws.client("stepfunctions").stop_execution(executionArn=execution, error="Stop", cause="me")


def test_stopping_frees_a_state_that_sleeps_on_its_token(aws: EmbeddedAws) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "S2"}]
    execution, token = fall_asleep(aws, {"Catch": catch}, {"Type": "Succeed"})
    stop(aws, execution)
    done = finish(aws, execution)
    assert (done["status"], done["error"], done["cause"]) == ("ABORTED", "Stop", "me")
    assert refusal(aws, token) == TOO_LATE
    entered = [entry.data["state"] for entry in aws.journal.of_kind("state_entered")]
    assert entered == ["S1"]


def test_a_stopped_execution_ends_at_once(aws: EmbeddedAws) -> None:
    execution, _ = fall_asleep(aws)
    aws.clock.sleep(99)
    stop(aws, execution)
    finish(aws, execution)
    (ended,) = aws.journal.of_kind("execution_ended")
    assert (ended.at - START).total_seconds() == 100
    assert ended.data["status"] == "ABORTED"


def test_an_execution_may_be_stopped_before_it_has_begun(aws: EmbeddedAws) -> None:
    execution = start(aws, make_machine(aws, {"Type": "Wait", "Seconds": 86_400}))
    stop(aws, execution)
    aws.clock.sleep(1)
    assert describe(aws, execution)["status"] == "ABORTED"


def test_stopping_ends_a_wait(aws: EmbeddedAws) -> None:
    execution = start(aws, make_machine(aws, {"Type": "Wait", "Seconds": 86_400}))
    aws.clock.sleep(10)
    stop(aws, execution)
    assert finish(aws, execution)["status"] == "ABORTED"
    assert seconds(aws) == 10


def history(aws: EmbeddedAws, execution: str) -> list[str]:
    client = aws.client("stepfunctions")
    events = client.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    return [event["type"] for event in events]


CAUGHT = {
    "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 30, "MaxAttempts": 5}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "S2"}],
}


@pytest.mark.parametrize(
    ("state", "runs"),
    [
        (call("sleeper", **CAUGHT), [300]),
        (call("sleeper", TimeoutSeconds=100, **CAUGHT), [300]),
        (call("failing", **CAUGHT), [0]),
        ({"Type": "Wait", "Seconds": 600}, []),
    ],
    ids=["in a function", "before its timeout", "between retries", "in a wait"],
)
def test_whatever_its_state_does_a_stopped_execution_has_ended_at_once_and_for_good(
    aws: EmbeddedAws, state: dict[str, Any], runs: list[float]
) -> None:
    for name, handler in (("sleeper", "sleep"), ("failing", "fail"), ("next", "count")):
        make_function(aws, name, handler, Timeout=900)
    execution = start(aws, make_machine(aws, state, call("next")), {"seconds": 300})
    aws.clock.sleep(20)
    stop(aws, execution)
    done, told = describe(aws, execution), history(aws, execution)
    assert (done["status"], done["error"], done["cause"]) == ("ABORTED", "Stop", "me")
    assert (done["stopDate"] - START).total_seconds() == 20
    assert told[-1] == "ExecutionAborted"
    aws.clock.sleep(0)
    assert [task.name for task in threads._State.tasks if not task.done] == []
    aws.clock.sleep(1200)
    assert describe(aws, execution) == {**done, "ResponseMetadata": ANY}
    assert history(aws, execution) == told
    assert [entry.data["status"] for entry in ends(aws)] == ["ABORTED"]
    assert invocations(aws, "next") == []
    assert [*invocations(aws, "failing"), *invocations(aws, "sleeper")] == runs


def test_the_machines_timeout_leaves_nothing_running_either(aws: EmbeddedAws) -> None:
    make_function(aws, "failing", "fail")
    machine = make_machine(aws, call("failing", **CAUGHT), call("failing"), TimeoutSeconds=20)
    execution = start(aws, machine)
    aws.clock.sleep(600)
    done, told = describe(aws, execution), history(aws, execution)
    assert (done["status"], told[-1]) == ("TIMED_OUT", "ExecutionTimedOut")
    assert (done["stopDate"] - START).total_seconds() == 20
    assert invocations(aws, "failing") == [0]


def test_a_stop_of_what_has_ended_changes_nothing(aws: EmbeddedAws) -> None:
    execution = start(aws, make_machine(aws, {"Type": "Succeed"}))
    done = finish(aws, execution)
    aws.clock.sleep(60)
    stop(aws, execution)
    assert describe(aws, execution) == {**done, "ResponseMetadata": ANY}
    assert len(list(ends(aws))) == 1


# ---- Events of executions ------------------------------------------------------------------

STATUS_CHANGE = "Step Functions Execution Status Change"
BEGAN = 1_767_603_600_000


def status_changes(aws: EmbeddedAws) -> list[dict[str, Any]]:
    return [
        entry.data["detail"]
        for entry in aws.journal.of_kind("event")
        if entry.data["detail_type"] == STATUS_CHANGE
    ]


@pytest.mark.parametrize(
    ("states", "more", "end"),
    [
        (
            [{"Type": "Pass", "Output": {"b": 'say "hi"'}}],
            {},
            {
                "status": "SUCCEEDED",
                "stopDate": BEGAN + 5000,
                "output": '{"b": "say \\"hi\\""}',
                "outputDetails": {"included": True},
            },
        ),
        (
            [{"Type": "Fail", "Error": "E", "Cause": "why"}],
            {},
            {"status": "FAILED", "stopDate": BEGAN + 5000, "error": "E", "cause": "why"},
        ),
        (
            [{"Type": "Wait", "Seconds": 60}],
            {"TimeoutSeconds": 20},
            {"status": "TIMED_OUT", "stopDate": BEGAN + 20_000},
        ),
        (
            [{"Type": "Wait", "Seconds": 600}],
            {},
            {"status": "ABORTED", "stopDate": BEGAN + 30_000, "error": "Stop", "cause": "me"},
        ),
    ],
    ids=["succeeds", "fails", "times out", "is stopped"],
)
def test_events_tell_that_an_execution_starts_and_how_it_ends(
    aws: EmbeddedAws, states: list[dict[str, Any]], more: dict[str, Any], end: dict[str, Any]
) -> None:
    machine = make_machine(aws, {"Type": "Wait", "Seconds": 5}, *states, **more)
    execution = start(aws, machine, {"a": 1}, name="n")
    aws.clock.sleep(30)
    stop(aws, execution)
    begun = {
        "executionArn": execution,
        "stateMachineArn": machine,
        "name": "n",
        "status": "RUNNING",
        "startDate": BEGAN,
        "stopDate": None,
        "input": '{"a": 1}',
        "inputDetails": {"included": True},
        "output": None,
        "outputDetails": None,
        "error": None,
        "cause": None,
    }
    assert status_changes(aws) == [begun, {**begun, **end}]
    sent = [entry.data for entry in aws.journal.of_kind("event")]
    assert {entry["source"] for entry in sent} == {"aws.states"}


@pytest.mark.parametrize(
    ("length", "included"),
    [
        (126_000, [(True, None), (True, True)]),
        (127_000, [(True, None), (False, True)]),
        (254_000, [(False, None), (False, False)]),
    ],
)
def test_what_is_too_long_for_an_event_is_left_out(
    aws: EmbeddedAws, length: int, included: list[tuple[bool, bool | None]]
) -> None:
    run(aws, {"Type": "Pass"}, data={"a": "x" * length})
    found = []
    for detail in status_changes(aws):
        told = detail["outputDetails"] and detail["outputDetails"]["included"]
        found.append((detail["inputDetails"]["included"], told))
        assert (detail["input"] is not None) is detail["inputDetails"]["included"]
        assert (detail["output"] is not None) is bool(told)
    assert found == included


def test_the_same_execution_asked_for_again_is_told_once(aws: EmbeddedAws) -> None:
    machine = make_machine(aws, {"Type": "Wait", "Seconds": 60})
    for _ in range(2):
        start(aws, machine, {"a": 1}, name="n")
    assert [detail["status"] for detail in status_changes(aws)] == ["RUNNING"]


def test_events_of_executions_reach_targets_and_may_be_dropped(aws: EmbeddedAws) -> None:
    dropped = EventFault(STATUS_CHANGE, drop=True, nth=2, times=1)
    aws.world.faults.add(FaultPlan(events=(dropped,)), aws.clock.now())
    url, queue = make_queue(aws, "all")
    events = aws.client("events")
    pattern = {"source": ["aws.states"], "detail-type": [STATUS_CHANGE]}
    events.put_rule(Name="all", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="all", Targets=[{"Id": "q", "Arn": queue}])
    for name in ("one", "two"):
        run_named(aws, name)
    aws.clock.sleep(5)
    arrived = bodies(aws, url)
    told = [(body["detail"]["name"], body["detail"]["status"]) for body in arrived]
    assert told == [("one", "RUNNING"), ("two", "RUNNING"), ("two", "SUCCEEDED")]
    assert arrived[0]["resources"] == [arrived[0]["detail"]["executionArn"]]


def run_named(aws: EmbeddedAws, name: str) -> None:
    finish(aws, start(aws, make_machine(aws, {"Type": "Wait", "Seconds": 5}), name=name))


# ---- Stops on demand -----------------------------------------------------------------------


def stopped_by(aws: EmbeddedAws, **members: Any) -> None:
    aws.world.faults.add(FaultPlan(stops=(Stop(**members),)), aws.clock.now())


def entered(aws: EmbeddedAws, execution: str) -> list[str]:
    name = execution.rpartition(":")[2]
    entries = aws.journal.of_kind("state_entered")
    return [entry.data["state"] for entry in entries if entry.data["execution"] == name]


KINDS: list[dict[str, Any]] = [
    call("counter"),
    {"Type": "Wait", "Seconds": 5},
    {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "S3"}], "Default": "S3"},
    {"Type": "Pass"},
    {"Type": "Fail", "Error": "E"},
    {"Type": "Succeed"},
]


@pytest.mark.parametrize("state", KINDS, ids=[kind["Type"] for kind in KINDS])
def test_an_execution_is_stopped_as_it_enters_a_state_of_any_type(
    aws: EmbeddedAws, state: dict[str, Any]
) -> None:
    make_function(aws, "counter", "count")
    stopped_by(aws, state="S2")
    after = [] if state["Type"] in {"Fail", "Succeed"} else [{"Type": "Succeed"}]
    machine = make_machine(aws, {"Type": "Wait", "Seconds": 7}, state, *after)
    execution = start(aws, machine)
    aws.clock.sleep(60)
    done = describe(aws, execution)
    assert (done["status"], "error" in done) == ("ABORTED", False)
    assert (done["stopDate"] - START).total_seconds() == 7
    assert entered(aws, execution) == ["S1", "S2"]
    kind = f"{state['Type']}StateEntered"
    assert history(aws, execution)[-2:] == [kind, "ExecutionAborted"]
    assert invocations(aws, "counter") == []


@pytest.mark.parametrize(("before", "rows"), [(True, 0), (False, 1)], ids=["before", "after"])
def test_an_execution_is_stopped_at_a_call_of_its_function_which_goes_on(
    aws: EmbeddedAws, before: bool, rows: int
) -> None:
    make_function(aws, "writer", "write", allow("dynamodb:PutItem", "*"))
    table = aws.client("dynamodb")
    table.create_table(
        TableName="rows",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    pause = FaultPlan(pauses=(Pause("writer", "PutItem", 20, before=before),))
    aws.world.faults.add(pause, aws.clock.now())
    stopped_by(aws, function="writer", operation="PutItem", before=before, executions=2)
    machine = make_machine(aws, call("writer"), {"Type": "Pass"})
    first = start(aws, machine, {"table": "rows", "key": "a"})
    aws.clock.sleep(10)
    done = describe(aws, first)
    assert (done["status"], done["stopDate"]) == ("ABORTED", START)
    assert (table.scan(TableName="rows")["Count"], entered(aws, first)) == (rows, ["S1"])
    aws.clock.sleep(60)
    assert invocations(aws, "writer") == [20]
    statuses = [
        finish(aws, start(aws, machine, {"table": "rows", "key": key}))["status"] for key in "bc"
    ]
    assert statuses == ["ABORTED", "SUCCEEDED"]


def test_a_function_that_no_execution_invoked_stops_none(aws: EmbeddedAws) -> None:
    make_function(aws, "reader", "read_patiently", allow("dynamodb:GetItem", "*"))
    stopped_by(aws, function="reader", operation="GetItem", before=True)
    execution = start(aws, make_machine(aws, {"Type": "Wait", "Seconds": 60}))
    aws.clock.sleep(10)
    invoke(aws, "reader", {"table": "rows", "key": "a"})
    assert finish(aws, execution)["status"] == "SUCCEEDED"


# ---- Time ----------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [1, 300, 28_800])
def test_a_wait_is_as_long_as_it_says(aws: EmbeddedAws, length: int) -> None:
    wait = {"Type": "Wait", "Seconds": length}
    done = run(aws, wait, wait)
    assert done["status"] == "SUCCEEDED"
    assert seconds(aws) == 2 * length
    assert (done["stopDate"] - done["startDate"]).total_seconds() == 2 * length


def test_the_machine_has_a_timeout_of_its_own(aws: EmbeddedAws) -> None:
    execution = start(aws, make_machine(aws, {"Type": "Wait", "Seconds": 600}, TimeoutSeconds=100))
    assert finish(aws, execution)["status"] == "TIMED_OUT"
    assert seconds(aws) == 100


def test_which_frees_a_state_that_sleeps_on_its_token_too(aws: EmbeddedAws) -> None:
    execution, token = fall_asleep(aws, {}, TimeoutSeconds=100)
    assert finish(aws, execution)["status"] == "TIMED_OUT"
    assert seconds(aws) == 100
    assert refusal(aws, token) == TOO_LATE


def test_executions_at_the_same_time_do_not_delay_each_other(aws: EmbeddedAws) -> None:
    machine = make_machine(aws, {"Type": "Wait", "Seconds": "{% $states.input.s %}"})
    for length in (300, 100, 200):
        start(aws, machine, {"s": length}, name=f"n{length}")
    aws.clock.sleep(301)
    ended = [(e.data["execution"], (e.at - START).total_seconds()) for e in ends(aws)]
    assert ended == [("n100", 100), ("n200", 200), ("n300", 300)]


def ends(aws: EmbeddedAws) -> Iterator[Any]:
    return aws.journal.of_kind("execution_ended")


def test_executions_that_run_at_the_same_time_have_each_their_own_variables(
    aws: EmbeddedAws,
) -> None:
    name = "{% $states.context.Execution.Name %}"
    machine = make_machine(
        aws,
        {"Type": "Pass", "Assign": {"Name": name}},
        {"Type": "Pass", "Output": {"First": "{% $Name %}"}},
        {"Type": "Wait", "Seconds": 10},
        {"Type": "Pass", "Output": {"Second": "{% $Name %}"}},
    )
    arns = list[str]()
    for number in range(3):
        arns.append(start(aws, machine, name=f"n{number}"))
        aws.clock.sleep(3)
    ended = [output(finish(aws, arn)) for arn in arns]
    assert ended == [{"Second": "n0"}, {"Second": "n1"}, {"Second": "n2"}]
