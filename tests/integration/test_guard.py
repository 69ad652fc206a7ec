"""`bluegreen local` against the web pages that its user opens: over HTTP, as a browser sends."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.awslambda_simple.models import lambda_simple_backends
from moto.batch.responses import BatchResponse
from moto.batch_simple.models import BatchSimpleBackend
from moto.moto_api._internal.urls import url_paths

from account import ACCOUNT, REGION, invoke, make_function, trusting
from bluegreen_simulator.run.embedded import EmbeddedAws

BIN: Final = Path(sys.executable).parent
ONCE: Final = Config(retries={"mode": "standard", "total_max_attempts": 1})
KEYS: Final = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
EVIL: Final = "https://evil.example"
SHIPPED: Final = "bluegreen.states.validate_policy.handler"
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/somebody"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    command = [str(BIN / "bluegreen"), "local", "--port", "0", "--allow-host", "Box.example"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        served = json.loads(process.stdout.readline())["endpoint_url"]
        make_role(client(served, "iam"))
        yield served
    finally:
        process.terminate()
        process.communicate(timeout=30)


def make_role(iam: Any) -> None:
    """The role that functions of these tests have, which Lambda may assume."""
    iam.create_role(RoleName="somebody", AssumeRolePolicyDocument=trusting("lambda"))


Answer = tuple[int, dict[str, str], str]


def ask(
    url: str, method: str, path: str, headers: Mapping[str, str], body: str | None = None
) -> Answer:
    """Status, headers (lower case) and text of the answer; `headers` may have a Host."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, found, answer.read().decode()
    finally:
        connection.close()


def client(url: str, service: str) -> Any:
    make: Any = boto3.client
    return make(service, endpoint_url=url, region_name=REGION, config=ONCE, **KEYS)


def refused(call: Any, *arguments: Any, **members: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as error:
        call(*arguments, **members)
    answer: Any = error.value.response
    said = answer["Error"]
    return said["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], said["Message"]


# ---- Who may call --------------------------------------------------------------------------

JSON_CALL: Final = {
    "X-Amz-Target": "SageMaker.ListEndpoints",
    "Content-Type": "application/x-amz-json-1.1",
    "Authorization": "AWS4-HMAC-SHA256 Credential=k/20260105/eu-central-1/sagemaker/aws4_request",
}
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
JSON: Final = {"Content-Type": "application/json"}
PLAIN: Final = {"Content-Type": "text/plain"}
FAULT: Final = json.dumps({"apis": [{"service": "sagemaker", "error": "THROTTLING"}]})
TOPIC: Final = "Action=CreateTopic&Name=evil&Version=2010-03-31"
ROUTES: Final = {
    "clock": ("GET", "/_bluegreen/clock", {}, None),
    "faults": ("POST", "/_bluegreen/faults", PLAIN, FAULT),
    "page": ("GET", "/", {"Accept": "text/html"}, None),
    "view": ("GET", "/_bluegreen/page/view", {}, None),
    "report": ("GET", "/_bluegreen/page/report?StartedAt=2026-01-05T09:00:00Z", {}, None),
    "action": ("POST", "/_bluegreen/page/make-sample", JSON, "{}"),
    "speed": ("POST", "/_bluegreen/clock", PLAIN, '{"speed": 1}'),
    "json": ("POST", "/", JSON_CALL, "{}"),
    "form": ("POST", "/sns_eu-central-1/", FORM, TOPIC),
    "plain": ("POST", "/2015-03-31/functions", PLAIN, "{}"),
    "bucket": ("PUT", "/evil", {}, ""),
    "preflight": ("OPTIONS", "/", {"Access-Control-Request-Method": "POST"}, None),
    "metadata": ("GET", "/latest/meta-data/", {}, None),
    "icon": ("GET", "/favicon.ico", {}, None),
    "reset": ("POST", "/moto-api/reset", {}, ""),
    "dashboard": ("GET", "/moto-api/data.json", {}, None),
}
FOREIGN: Final = [
    ("Host", "evil.example"),
    ("Origin", EVIL),
    ("Origin", "null"),
    ("Sec-Fetch-Site", "cross-site"),
    ("Sec-Fetch-Site", "same-site"),
]


@pytest.mark.parametrize(("header", "value"), FOREIGN)
@pytest.mark.parametrize("route", ROUTES)
def test_every_route_refuses_a_page_from_elsewhere(
    url: str, route: str, header: str, value: str
) -> None:
    method, path, headers, body = ROUTES[route]
    status, found, told = ask(url, method, path, {**headers, header: value}, body)
    assert status == 403
    assert f"its {header} header is" in told
    assert value in told
    assert f"{urlsplit(url).netloc}, localhost:" in told
    assert "--allow-host" in told
    assert [name for name in found if name.startswith("access-control-")] == []


def test_and_nothing_of_it_happens(url: str) -> None:
    for method, path, headers, body in ROUTES.values():
        ask(url, method, path, {**headers, "Origin": EVIL}, body)
    _, _, faults = ask(url, "GET", "/_bluegreen/faults", {})
    assert json.loads(faults)["faults"]["apis"] == []
    _, _, view = ask(url, "GET", "/_bluegreen/page/view", {})
    assert (json.loads(view)["Endpoints"], json.loads(view)["Speed"]) == ([], 60)
    topics = client(url, "sns").list_topics()["Topics"]
    assert [topic for topic in topics if topic["TopicArn"].endswith(":evil")] == []
    buckets = client(url, "s3").list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in buckets] == ["bluegreen-artifacts"]


def test_a_name_that_was_rebound_to_this_machine_is_refused_with_our_port_too(url: str) -> None:
    host = f"evil.example:{urlsplit(url).port}"
    status, _, told = ask(url, "GET", "/_bluegreen/clock", {"Host": host})
    assert status == 403
    assert f'its Host header is "{host}"' in json.loads(told)["message"]


def test_a_request_without_a_host_is_refused(url: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.putrequest("GET", "/_bluegreen/clock", skip_host=True)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 403
    assert "it has no Host header" in answer.read().decode()
    connection.close()


@pytest.mark.parametrize("host", ["box.example", "box.example:{port}", "BOX.example"])
def test_a_host_that_is_allowed_is_answered(url: str, host: str) -> None:
    name = host.format(port=urlsplit(url).port)
    headers = {"Host": name, "Origin": f"http://{name}", "Sec-Fetch-Site": "same-origin"}
    status, _, told = ask(url, "GET", "/_bluegreen/clock", headers)
    assert (status, set(json.loads(told))) == (200, {"now", "speed", "behind_seconds"})


def test_what_is_no_host_is_refused_at_the_start() -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        [str(BIN / "bluegreen"), "local", "--port", "0", "--allow-host", "http://box"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert 'Invalid value for --allow-host: "http://box" is not a host. Give a' in done.stderr


CALLS: Final = [
    ("sagemaker", "list_endpoints"),
    ("lambda", "list_functions"),
    ("s3", "list_buckets"),
    ("sns", "list_topics"),
    ("cloudwatch", "describe_alarms"),
    ("cloudformation", "list_stacks"),
]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_boto3_needs_nothing_but_the_address(
    url: str, name: str, service: str, operation: str
) -> None:
    address = f"http://{name}:{urlsplit(url).port}"
    answer = getattr(client(address, service), operation)()
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_a_client_under_another_name_reads_why_it_is_refused(
    url: str, service: str, operation: str
) -> None:
    caller = client(url, service)

    def rename(request: Any, **_: Any) -> None:
        request.headers["Host"] = "other.example"

    caller.meta.events.register("before-send", rename)
    code, status, told = refused(getattr(caller, operation))
    assert status == 403
    assert code in {"Forbidden", "403"}
    assert 'its Host header is "other.example"' in told


def test_the_aws_cli_needs_nothing_but_the_address(url: str) -> None:
    environment = {
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "PATH": os.environ["PATH"],  # noqa: TID251 - what a child process is started with
    }
    address = f"http://localhost:{urlsplit(url).port}"
    for command in (["stepfunctions", "list-state-machines"], ["s3", "ls"], ["sns", "list-topics"]):
        done = subprocess.run(  # noqa: S603 - our own commands
            [str(BIN / "aws"), "--endpoint-url", address, *command],
            env=environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "bluegreen-" in done.stdout


# ---- What may be read ----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_even_a_bucket_that_everybody_may_read_grants_nothing(url: str, method: str) -> None:
    s3, bucket = client(url, "s3"), "bluegreen-artifacts"
    s3.put_object(Bucket=bucket, Key="README", Body="text")
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"]}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    signed = {"Authorization": JSON_CALL["Authorization"].replace("sagemaker", "s3")}
    headers = {**signed, "Origin": url, "Access-Control-Request-Method": "GET"}
    status, found, _ = ask(url, method, f"/{bucket}/README", headers)
    s3.delete_bucket_cors(Bucket=bucket)
    assert status == 200
    assert [name for name in found if name.startswith("access-control-")] == []


# ---- Moto's own interface ------------------------------------------------------------------

MOTOS: Final = sorted(path.removeprefix("{0}").rstrip("$") for path in url_paths)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", MOTOS)
def test_nothing_of_motos_own_interface_is_served(url: str, path: str, method: str) -> None:
    status, _, told = ask(url, method, path, {}, "{}")
    assert status == 501
    assert f"{method} {path} is not served" in json.loads(told)["message"]


def test_nor_by_the_name_that_moto_itself_calls_it_by(url: str) -> None:
    scope = "k/20260105/eu-central-1/motoapi.amazonaws.com:/aws4_request"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}"}
    status, _, told = ask(url, "POST", "/x/../moto-api/reset", signed, "{}")
    assert status == 501
    assert "is not served" in json.loads(told)["message"]


def test_a_reset_leaves_the_stack_as_it_is(url: str) -> None:
    ask(url, "POST", "/moto-api/reset", {}, "{}")
    machines = client(url, "stepfunctions").list_state_machines()["stateMachines"]
    assert [machine["name"] for machine in machines] == ["bluegreen-deployment"]
    assert len(client(url, "lambda").list_functions()["Functions"]) == 14


# ---- What may run --------------------------------------------------------------------------

SPAWN: Final = {
    "FunctionName": "evil",
    "Handler": "pty.spawn",
    "Runtime": "python3.13",
    "Role": ROLE,
    "Code": {"ZipFile": b"nothing"},
}


def assert_names(told: str, handler: str) -> None:
    assert f'The handler "{handler}" is not modelled in the embedded AWS' in told
    assert f" {SHIPPED}" in told.partition("Allowed: ")[2]


@pytest.mark.parametrize("handler", ["pty.spawn", "os.system", "bluegreen.handlers", ""])
def test_a_function_with_a_handler_that_the_template_does_not_name_is_made_and_never_run(
    url: str, handler: str
) -> None:
    functions = client(url, "lambda")
    functions.create_function(**{**SPAWN, "Handler": handler})
    code, status, told = refused(functions.invoke, FunctionName="evil")
    functions.delete_function(FunctionName="evil")
    assert (code, status) == ("NotImplemented", 501)
    assert_names(told, handler)


def test_nor_is_one_without_a_handler(url: str) -> None:
    image = {"PackageType": "Image", "Code": {"ImageUri": "image:1"}, "Role": ROLE}
    functions = client(url, "lambda")
    functions.create_function(FunctionName="evil", **image)
    code, _, told = refused(functions.invoke, FunctionName="evil")
    functions.delete_function(FunctionName="evil")
    assert code == "NotImplemented"
    assert told.startswith("A function without a handler is not modelled in the embedded AWS")


def test_nor_is_one_that_was_given_such_a_handler(url: str) -> None:
    functions = client(url, "lambda")
    name = next(
        function["FunctionName"]
        for function in functions.list_functions()["Functions"]
        if function["Handler"] == SHIPPED
    )
    functions.update_function_configuration(FunctionName=name, Handler="pty.spawn")
    code, status, told = refused(functions.invoke, FunctionName=name)
    functions.update_function_configuration(FunctionName=name, Handler=SHIPPED)
    assert (code, status) == ("NotImplemented", 501)
    assert_names(told, "pty.spawn")


def test_nor_is_one_of_a_stack_of_ones_own(url: str) -> None:
    properties = {**SPAWN, "Code": {"ZipFile": "nothing"}}
    body = {"Resources": {"It": {"Type": "AWS::Lambda::Function", "Properties": properties}}}
    stacks = client(url, "cloudformation")
    stacks.create_stack(StackName="evil", TemplateBody=json.dumps(body))
    (stack,) = stacks.describe_stacks(StackName="evil")["Stacks"]
    code, status, told = refused(client(url, "lambda").invoke, FunctionName="evil")
    stacks.delete_stack(StackName="evil")
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert (code, status) == ("NotImplemented", 501)
    assert_names(told, "pty.spawn")


def test_a_handler_that_the_template_names_is_as_good_for_another_function(url: str) -> None:
    trust = trusting("lambda")
    role = client(url, "iam").create_role(RoleName="mine", AssumeRolePolicyDocument=trust)["Role"]
    mine = {**SPAWN, "FunctionName": "mine", "Handler": SHIPPED, "Role": role["Arn"]}
    functions = client(url, "lambda")
    functions.create_function(**mine)
    answer = functions.invoke(FunctionName="mine", Payload=b"{}")
    assert "not modelled" not in answer["Payload"].read().decode()
    functions.delete_function(FunctionName="mine")


# ---- In the process, behind the API --------------------------------------------------------


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


def slip_in(name: str, handler: str) -> None:
    """Give a function a handler as no API would."""
    lambda_simple_backends[ACCOUNT][REGION].get_function(name).handler = handler


@pytest.mark.parametrize("warm", [False, True])
def test_a_handler_that_got_past_the_api_does_not_run(
    aws: EmbeddedAws, tmp_path: Path, warm: bool
) -> None:
    make_function(aws, "one", "count")
    if warm:
        assert invoke(aws, "one") == (1, None)
    slip_in("one", "pty.spawn")
    code, _, told = refused(invoke, aws, "one", ["touch", str(tmp_path / "written")])
    assert not (tmp_path / "written").exists()
    assert code == "NotImplemented"
    assert told.startswith('The handler "pty.spawn" is not modelled')
    assert told.endswith(" Allowed: sample_handlers.count.")


def test_before_a_template_is_deployed_nothing_runs(aws: EmbeddedAws) -> None:
    make_role(aws.client("iam"))
    functions = aws.client("lambda")
    functions.create_function(**SPAWN)
    code, _, told = refused(functions.invoke, FunctionName="evil")
    assert code == "NotImplemented"
    assert told.endswith("Allowed: none, for no template with functions is deployed.")


def test_an_update_that_leaves_the_handler_alone_is_made(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "count")
    updated = aws.client("lambda").update_function_configuration(FunctionName="one", Timeout=9)
    assert (updated["Timeout"], updated["Handler"]) == (9, "sample_handlers.count")


def test_no_container_runs_the_code_that_came_with_a_function(aws: EmbeddedAws) -> None:
    make_function(aws, "one", "count")
    invoke = aws.client("lambda").invoke_async
    code, _, told = refused(invoke, FunctionName="one", InvokeArgs=b"{}")
    assert code == "NotImplemented"
    assert "is not modelled in the embedded AWS. To run one for what comes by" in told


def test_nor_does_batch_start_one() -> None:
    with EmbeddedAws():
        response = BatchResponse()
        response.region, response.current_account = REGION, ACCOUNT
        assert isinstance(response.batch_backend, BatchSimpleBackend)
