"""The control route of `bluegreen local`, and what its faults do to clients over HTTP."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

BIN = Path(sys.executable).parent
SPEED = 100
ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})
NOTHING: dict[str, list[Any]] = {
    "events": [],
    "apis": [],
    "deaths": [],
    "lambda_timeouts": [],
    "pauses": [],
    "stops": [],
    "foreign_update": [],
    "system_updating": [],
    "failing_model": [],
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [str(BIN / "bluegreen"), "local", "--port", "0", "--speed", str(SPEED)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["endpoint_url"]
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture(autouse=True)
def _no_faults(url: str) -> Iterator[None]:
    yield
    ask(url, "faults", "DELETE")


def ask(url: str, path: str, method: str = "GET", body: Any = None) -> tuple[int, Any]:
    """The status and the JSON that the control route answers with."""
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/_bluegreen/{path}", data, method=method)  # noqa: S310 - ours
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - likewise
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def client(url: str, service: str) -> Any:
    make: Any = boto3.client
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    return make(service, endpoint_url=url, region_name="eu-central-1", config=ONCE, **keys)


def refused(call: Any, **members: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as error:
        call(**members)
    answer: Any = error.value.response
    said = answer["Error"]
    return said["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], said["Message"]


# ---- The route -----------------------------------------------------------------------------


def test_the_clock_tells_virtual_time_and_speed(url: str) -> None:
    (status, first), (_, second) = ask(url, "clock"), ask(url, "clock")
    assert status == 200
    assert first["speed"] == SPEED
    assert datetime.fromisoformat(first["now"]) < datetime.fromisoformat(second["now"])


def test_the_speed_changes_while_it_runs_and_time_goes_on_from_where_it_is(url: str) -> None:
    before = datetime.fromisoformat(ask(url, "clock")[1]["now"])
    status, answer = ask(url, "clock", "POST", {"speed": 1})
    assert (status, answer["speed"]) == (200, 1)
    changed = datetime.fromisoformat(answer["now"])
    assert before < changed
    slow = ask(url, "clock")[1]
    assert timedelta(0) < datetime.fromisoformat(slow["now"]) - changed < timedelta(seconds=30)
    assert ask(url, "clock", "POST", {"speed": SPEED})[1]["speed"] == SPEED


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"speed": 0.5}, "speed is 0.5. Allowed: a number from 1 to 1000."),
        ({"speed": 1001}, "speed is 1001. Allowed: a number from 1 to 1000."),
        ({"speed": "60"}, 'speed is "60". Allowed: a number from 1 to 1000.'),
        ({"pace": 60}, '"pace" is not known. Allowed: speed.'),
        ({}, 'A request is an object with the member speed, as in {"speed": 60}.'),
        (b"60", 'A request is an object with the member speed, as in {"speed": 60}.'),
    ],
)
def test_a_speed_that_cannot_be_is_refused_and_changes_nothing(
    url: str, body: Any, message: str
) -> None:
    assert ask(url, "clock", "POST", body) == (400, {"error": message})
    assert ask(url, "clock")[1]["speed"] == SPEED


def test_faults_are_asked_for_shown_and_taken_back(url: str) -> None:
    assert ask(url, "faults") == (200, {"faults": NOTHING})
    wanted = {
        "events": [{"delay": 60, "from": 0, "to": 100_000}],
        "lambda_timeouts": ["AwaitStage"],
        "deaths": ["StartUpdate after UpdateEndpoint"],
        "foreign_update": {"at": 100_000, "config": "other"},
    }
    status, answer = ask(url, "faults", "POST", wanted)
    assert status == 200
    since = answer["faults"]["events"][0].pop("since")
    assert datetime.fromisoformat(since).tzinfo is not None
    assert answer["faults"] == {
        **NOTHING,
        "events": [{"delay": 60, "from": 0, "to": 100_000, "struck": 0}],
        "lambda_timeouts": ["AwaitStage"],
        "deaths": ["StartUpdate after UpdateEndpoint"],
        "foreign_update": [{"at": 100_000, "config": "other"}],
    }
    ask(url, "faults", "POST", {"apis": [{"service": "sns", "error": "timeout"}]})
    both = ask(url, "faults")[1]["faults"]
    assert (len(both["events"]), len(both["apis"])) == (1, 1)
    assert ask(url, "faults", "DELETE") == (200, {"faults": NOTHING})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "The request is no JSON: Expecting property name"),
        (b"\xff", "The request is no JSON: 'utf-8' codec"),
        (b'{"endpoint": "a", "endpoint": "b"}', 'The request is no JSON: it has the member "end'),
        ([], "A request is an object with members as under given.faults of a scenario."),
        ({"event": []}, '"event" is not known. Allowed: drop_events, deaths,'),
        ({"events": [{"delay": -1}]}, "events[0].delay is -1. Allowed: a number from 1 to 172800."),
        (
            {"lambda_timeouts": ["Start"]},
            'lambda_timeouts names the function "Start". Allowed: A',
        ),
        (
            {"deaths": ["StartUpdate after Publsh"]},
            'deaths names the operation "Publsh". Allowed: one of sagemaker, ',
        ),
    ],
)
def test_a_bad_request_is_refused_in_one_line_and_changes_nothing(
    url: str, body: Any, message: str
) -> None:
    status, answer = ask(url, "faults", "POST", body)
    assert status == 400
    assert list(answer) == ["error"]
    assert answer["error"].startswith(message)
    assert "\n" not in answer["error"]
    assert ask(url, "faults") == (200, {"faults": NOTHING})


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("faults", "PUT", 405), ("clock", "PUT", 405), ("fault", "GET", 404), ("", "GET", 404)],
)
def test_what_the_route_does_not_have_is_refused_in_json(
    url: str, path: str, method: str, status: int
) -> None:
    found, answer = ask(url, path, method)
    assert (found, list(answer)) == (status, ["error"])


# ---- What faults do over HTTP --------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "operation", "error", "code", "status"),
    [
        ("dynamodb", "list_tables", "ThrottlingException", "ThrottlingException", 400),
        ("dynamodb", "list_tables", "InternalFailure", "InternalServerError", 500),
        ("sagemaker", "list_endpoints", "ServiceUnavailable", "ServiceUnavailable", 503),
        ("stepfunctions", "list_state_machines", "InternalFailure", "InternalFailure", 500),
        ("sns", "list_topics", "ThrottlingException", "Throttling", 400),
        ("sns", "list_topics", "InternalFailure", "InternalError", 500),
        ("cloudwatch", "describe_alarms", "ThrottlingException", "Throttling", 400),
        ("lambda", "list_functions", "ThrottlingException", "TooManyRequestsException", 429),
        ("events", "list_rules", "InternalFailure", "InternalFailure", 500),
        ("sqs", "list_queues", "ServiceUnavailable", "ServiceUnavailable", 503),
        ("sqs", "list_queues", "AccessDenied", "AccessDenied", 403),
        ("events", "list_rules", "AccessDenied", "AccessDeniedException", 400),
    ],
)
def test_a_client_gets_the_error_in_the_words_and_the_protocol_of_the_service(
    url: str, service: str, operation: str, error: str, code: str, status: int
) -> None:
    caller = client(url, service)
    call, named = getattr(caller, operation), caller.meta.method_to_api_mapping[operation]
    fault = {"service": service, "operation": named, "error": error, "times": 1}
    ask(url, "faults", "POST", {"apis": [fault]})  # of this call: schedules make calls too
    assert refused(call)[:2] == (code, status)
    assert call()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_call_that_is_not_answered_ends_with_a_closed_connection(url: str) -> None:
    ask(url, "faults", "POST", {"apis": [{"service": "sns", "error": "timeout", "times": 1}]})
    topics = client(url, "sns")
    with pytest.raises(ConnectionClosedError):
        topics.list_topics()
    assert topics.list_topics()["Topics"]


def test_a_window_is_counted_from_the_request_on(url: str) -> None:
    fault = {"service": "sns", "error": "InternalFailure", "from": 3600, "to": 100_000}
    ask(url, "faults", "POST", {"apis": [fault]})
    assert client(url, "sns").list_topics()["Topics"]


def test_a_fault_of_one_function_spares_clients(url: str) -> None:
    fault = {"service": "sns", "error": "InternalFailure", "function": "StartUpdate"}
    ask(url, "faults", "POST", {"apis": [fault]})
    assert client(url, "sns").list_topics()["Topics"]


# ---- What is not modelled ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "operation", "name"),
    [
        ("dynamodb", "list_global_tables", "ListGlobalTables of dynamodb"),
        ("sns", "list_origination_numbers", "ListOriginationNumbers of sns"),
        ("cloudwatch", "list_metric_streams", "ListMetricStreams of cloudwatch"),
        ("lambda", "list_code_signing_configs", "ListCodeSigningConfigs of lambda"),
        ("frauddetector", "get_models", "GetModels of frauddetector"),
        ("importexport", "list_jobs", "ListJobs of IngestionService"),
    ],
)
def test_an_api_that_is_not_modelled_is_refused_with_its_name(
    url: str, service: str, operation: str, name: str
) -> None:
    code, status, message = refused(getattr(client(url, service), operation))
    assert (code, status) == ("NotImplemented", 501)
    assert message.startswith(f"{name} is not modelled in the embedded AWS.")
