"""What is wrong with files, AWS settings or whoever answers is said in one sentence: no trace."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.parsers import ResponseParserError
from click.testing import CliRunner, Result

from bluegreen.contract.errors import RequestRejected
from bluegreen.contract.text import quoted
from bluegreen_cli.account import Account, Outputs, StackMissingError
from bluegreen_cli.main import main
from bluegreen_cli.refusals import sentence_of
from bluegreen_simulator.moto.faster.once import LOADER
from bluegreen_simulator.run.embedded import EmbeddedAws
from heavy import sampled
from shipped import ROOT

REQUEST: Final = str(ROOT / "events/requests/canary.json")
POLICY: Final = str(ROOT / "events/policies/churn.json")
ON_AWS: Final = (
    ("plan", "canary"),
    ("deploy", REQUEST),
    ("deploy", "--wait", REQUEST),
    ("watch", "churn"),
    ("abort", "churn", "--reason", "wrong data"),
    ("forget", "churn"),
    ("history",),
    ("report", "churn-1"),
    ("notify", "test"),
    ("policy", "put", "churn", POLICY),
)
"""Every command that calls AWS."""

commands: Final = pytest.mark.parametrize("command", ON_AWS, ids=" ".join)
some_commands: Final = pytest.mark.parametrize(
    "command",
    [
        pytest.param(command, marks=[pytest.mark.slow] if number % 4 else [])
        for number, command in enumerate(ON_AWS)
    ],
    ids=" ".join,
)
"""The same where it is the settings that are wrong, which all of them read in one place."""


def run(*arguments: str | Path) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, [*map(str, arguments)])


def assert_said(result: Result, *words: str, code: int = 1) -> None:
    """The command ended with a sentence, and with nothing else on standard error."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output + result.stderr
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: "), result.stderr
    for word in words:
        assert word in last


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """AWS settings of nobody, in a home of their own, and no session from before.

    Each session finds the models of botocore that another one has read.
    """
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "made-up",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setattr("botocore.session.create_loader", lambda _: LOADER)


# ---- Files -----------------------------------------------------------------------------------

DEEP: Final = 100_000
BAD_FILES: Final[dict[str, bytes]] = {
    "closed lists": b"[" * DEEP + b"]" * DEEP,
    "objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "nothing": b"",
    "no UTF-8": b'{"EndpointName": "\xff"}',
    "UTF-16": '{"EndpointName": "churn"}'.encode("utf-16"),
    "cut off": b'{"EndpointName": "chu',
    "many digits": b'{"EndpointName": ' + b"9" * 5001 + b"}",
}
READERS: Final[dict[str, Callable[[Path], Result]]] = {
    "plan": lambda path: run("plan", path, "--world", "churn"),
    "plan --json": lambda path: run("plan", path, "--world", "churn", "--json"),
    "plan --world": lambda path: run("plan", "canary", "--world", path),
    "deploy": lambda path: run("deploy", path),
    "policy check": lambda path: run("policy", "check", path),
    "policy put": lambda path: run("policy", "put", "churn", path),
    "simulate": lambda path: run("simulate", path),
    "local": lambda path: run("local", "--port", "0", "--behaviors", path),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("body", BAD_FILES)
def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, reader: str, body: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(BAD_FILES[body])
    result = READERS[reader](path)
    if reader.startswith("policy") and result.exit_code == 11:  # the finding says it
        assert "policy-not-json" in result.output + result.stderr
    else:
        assert_said(result)


@pytest.mark.parametrize("reader", READERS)
def test_a_folder_is_no_file(tmp_path: Path, reader: str) -> None:
    assert_said(READERS[reader](tmp_path), "is a directory", code=2)


@pytest.mark.parametrize("depth", [500, 2000, 9000])
@pytest.mark.parametrize("member", ["Reason", "Extra", "DeploymentConfig"])
def test_a_member_that_is_nested_deeply_is_a_finding(
    tmp_path: Path, member: str, depth: int
) -> None:
    path = tmp_path / "request.json"
    nested = f'{{"EndpointName": "churn", "{member}": {"[" * depth}{"]" * depth}}}'
    path.write_text(nested, "utf-8")
    for command in (("plan", path, "--world", "churn"), ("policy", "check", path)):
        result = run(*command, "--json")
        assert result.exit_code == 11
        assert json.loads(result.stdout)["WouldBeRejected"] is True


@pytest.mark.parametrize(
    "text",
    [
        "given: {instances: 0x" + "f" * 5000 + "}\nwhen: {request: {EndpointName: churn}}",
        "given: {requests_per_second: 0x" + "f" * 5000 + "}\nwhen: {request: a}",
        "when: {request: {EndpointName: 0x" + "f" * 5000 + "}}",
        "given: {instances: .nan}\nwhen: {request: a}",
        "given: {requests_per_second: .inf}\nwhen: {request: a}",
        "given: &a {instances: *a}\nwhen: {request: a}",
        "when: {request: &a [*a]}",
        "given: {blue: !!python/object/apply:os.getcwd []}",
        "given: {[1, 2]: 3}",
        "- " * 20_000,
    ],
    ids=lambda text: text[:30],
)
def test_a_scenario_that_yaml_takes_and_nobody_else_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text, "utf-8")
    assert_said(run("simulate", path))
    assert_said(run("local", "--port", "0", "--behaviors", path))


@pytest.mark.parametrize(
    "prices", ['{"ml.m5.large": NaN}', '{"ml.m5.large": Infinity}', f'{{"a": {"9" * 400}}}']
)
def test_a_world_takes_no_number_beyond_what_can_be_reckoned_with(
    tmp_path: Path, prices: str
) -> None:
    path = tmp_path / "world.json"
    path.write_text(f'{{"Prices": {prices}}}', "utf-8")
    assert_said(run("plan", "canary", "--world", path))


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    place = tmp_path / "no-such-folder" / "plan.svg"
    assert_said(run("plan", "canary", "--world", "churn", "--svg", place), "cannot be written")


def test_what_python_cannot_show_is_described() -> None:
    nested: list[Any] = []
    for _ in range(200_000):
        nested = [nested]
    assert quoted(nested) == "too much to show"
    assert quoted(16**5000) == "a number of too many digits"
    while nested:  # or its end would nest as deeply
        nested = nested.pop()


# ---- AWS settings ----------------------------------------------------------------------------


@some_commands
def test_a_profile_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert_said(run(*command), "The config profile (nobody) could not be found")


@commands
def test_an_empty_region(monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")
    assert_said(run(*command), "Region")


@some_commands
def test_a_region_that_can_be_none(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu central")
    assert_said(run(*command), "eu central")


@some_commands
def test_a_broken_config_file(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "config").write_text("[profile x\nregion", "utf-8")
    assert_said(run(*command), "Unable to parse config file")


@commands
def test_no_credentials(monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert_said(run(*command), "Unable to locate credentials")


@pytest.mark.parametrize(
    "url",
    ["localhost:5055", "http://", "http://[::1", "http://127.0.0.1:99999", "http://a b", "x"],
)
def test_an_endpoint_url_of_the_settings_that_is_none(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    assert_said(run("history"), "An endpoint URL in your AWS settings cannot be used.")


# ---- Whoever answers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        *("localhost:5055", "127.0.0.1", "", "ftp://host", "http://", "http:///path"),
        *("http://[::1", "http://127.0.0.1:99999", "http://127.0.0.1:0", "http://a b"),
    ],
)
def test_an_endpoint_url_that_is_none_is_misused(url: str) -> None:
    result = run("history", "--endpoint-url", url)
    assert_said(result, "Invalid value for '--endpoint-url'", "http://", code=2)


@commands
def test_every_command_knows_an_endpoint_url(command: tuple[str, ...]) -> None:
    result = run(*command, "--endpoint-url", "localhost:5055")
    assert_said(result, "Invalid value for '--endpoint-url'", code=2)


@commands
def test_a_port_that_nobody_listens_at(command: tuple[str, ...]) -> None:
    result = run(*command, "--endpoint-url", "http://127.0.0.1:1")
    assert_said(result, 'Could not connect to the endpoint URL: "http://127.0.0.1:1/"')


class Answers(BaseHTTPRequestHandler):
    """Answers everything alike."""

    kind, body = "text/html", b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def answering() -> Iterator[Callable[[str, bytes], str]]:
    """Starts a server that answers so; its URL."""
    servers: list[ThreadingHTTPServer] = []

    def start(kind: str, body: bytes) -> str:
        handler = type("Handler", (Answers,), {"kind": kind, "body": body})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@commands
def test_a_page_in_the_place_of_aws(
    answering: Callable[[str, bytes], str], command: tuple[str, ...]
) -> None:
    page = b"<!doctype html><p>Hello<br>"
    assert_said(run(*command, "--endpoint-url", answering("text/html", page)), "not AWS")


NOT_AWS: Final = (
    ("text/html", b"<html><body>Hello</body></html>"),
    ("application/octet-stream", b"\x00\xff\xfe"),
    ("application/json", b"{}"),
    ("application/json", b"[]"),
    ("application/json", b"[" * DEEP),
    ("text/xml", b"<a>" * 1000),
    ("", b""),
)
ASKING: Final = (("plan", "canary"), ("watch", "churn"), ("history",))


@pytest.mark.parametrize(
    ("kind", "body", "command"),
    sampled([(*answer, command) for answer in NOT_AWS for command in ASKING], 2),
    ids=lambda part: str(part)[:30],
)
def test_who_answers_as_aws_never_does_is_told_apart(
    answering: Callable[[str, bytes], str], command: tuple[str, ...], kind: str, body: bytes
) -> None:
    assert_said(run(*command, "--endpoint-url", answering(kind, body)))


def test_https_where_http_is_spoken(answering: Callable[[str, bytes], str]) -> None:
    url = answering("text/html", b"").replace("http:", "https:")
    assert_said(run("history", "--endpoint-url", url), "SSL validation failed")


# ---- The stack -------------------------------------------------------------------------------

USING_THE_STACK: Final = [command for command in ON_AWS if command[0] != "plan"]


@pytest.mark.parametrize("command", USING_THE_STACK, ids=" ".join)
@pytest.mark.parametrize(
    ("stack", "words"),
    [
        (
            {"StackStatus": "REVIEW_IN_PROGRESS"},
            "The stack bluegreen has no outputs; it is REVIEW_IN_PROGRESS. Finish its deployment,",
        ),
        ({"StackStatus": "CREATE_IN_PROGRESS", "Outputs": []}, "it is CREATE_IN_PROGRESS."),
        (
            {
                "StackStatus": "CREATE_COMPLETE",
                "Outputs": [{"OutputKey": "Other", "OutputValue": "x"}],
            },
            "The stack bluegreen has no output ",
        ),
    ],
)
def test_a_stack_without_what_is_needed(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], stack: Any, words: str
) -> None:
    monkeypatch.setattr(Account, "outputs", Outputs("bluegreen", stack))
    with EmbeddedAws():
        result = run(*command)
    if command[0] == "watch":  # which sees the endpoint, or that there is none, all the same
        assert result.exit_code in (0, 1)
        assert words.partition(".")[0] in result.stderr
    else:
        assert_said(result, words)


def test_the_outputs_of_a_stack_by_their_names() -> None:
    outputs = Outputs("own", {"Outputs": [{"OutputKey": "A", "OutputValue": "1"}]})
    assert outputs["A"] == "1"
    assert outputs.get("B", "2") == "2"
    with pytest.raises(StackMissingError, match="The stack own has no output B"):
        outputs["B"]


# ---- Words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RequestRejected("Not so."), "Not so."),
        (
            EndpointConnectionError(endpoint_url="http://x"),
            'Could not connect to the endpoint URL: "http://x"',
        ),
        (ResponseParserError("no XML\nat all"), "What answered is not AWS: no XML at all"),
        (
            ValueError("Invalid endpoint: https://sns..amazonaws.com"),
            (
                "No AWS Region is set. Set AWS_DEFAULT_REGION to one, such as eu-central-1, or"
                " region in your AWS profile."
            ),
        ),
        (RecursionError(), "What was given, or what answered, is nested too deeply."),
        (OSError(28, "No space left on device", "a.html"), "a.html: No space left on device."),
        (
            KeyError("Stacks"),
            (
                "Either it was not AWS that answered, or bluegreen has a fault: KeyError: 'Stacks'."
                " Check --endpoint-url and your AWS settings; with PYTHONDEVMODE=1, a traceback"
                " shows where."
            ),
        ),
    ],
)
def test_the_sentence_of_an_error(error: Exception, sentence: str) -> None:
    assert sentence_of(error) == sentence


def parameter(name: str, value: str) -> dict[str, str]:
    """Shape: `Parameter` (CloudFormation API)."""
    return {"ParameterKey": name, "ParameterValue": value}


@pytest.mark.parametrize(
    ("stack", "says"),
    [
        ({"Parameters": [parameter("GuardrailAlarms", "Default")]}, "Default"),
        ({"Parameters": [parameter("AbortAlarm", "true")]}, "Never"),
        ({}, "Never"),
    ],
)
def test_whether_a_stack_makes_the_alarms_of_guardrails(
    monkeypatch: pytest.MonkeyPatch, stack: Any, says: str
) -> None:
    monkeypatch.setattr(Account, "_stack", stack)
    assert Account("bluegreen").guardrail_alarms == says


def test_of_a_stack_that_is_not_there_nobody_knows_that() -> None:
    with EmbeddedAws():
        assert Account("nowhere").guardrail_alarms == ""
