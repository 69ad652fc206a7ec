"""`bluegreen history` on the embedded AWS: what it lists, and what it asks AWS for."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from click.testing import CliRunner, Result

from bluegreen.request.request import STARTED_BY
from bluegreen_cli.main import main
from registry_account import Registry, running_registry
from sdk_calls import asked, failing

REQUEST: Final = {
    "EndpointName": "churn",
    "DeploymentConfigName": "Canary25Percent1Minutes",
    "AllowFindings": ["no-alarms"],
    "RequestedBy": "team-churn",
    "Reason": "retrained\x1b[31m",
}


def run(*arguments: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, ["history", *arguments])


def start(registry: Registry, name: str, **members: Any) -> None:
    body = {**REQUEST, "EndpointConfigName": "churn-green", **members}
    registry.states.start_execution(
        stateMachineArn=registry.stack.outputs["StateMachineArn"], name=name, input=json.dumps(body)
    )
    registry.sleep()


@pytest.fixture(scope="module")
def played() -> Iterator[Registry]:
    """One that succeeded, then one that was rejected, then one that named no endpoint."""
    with running_registry("churn") as registry:
        variants = registry.config("churn-one")["ProductionVariants"]
        registry.sagemaker.create_endpoint_config(
            EndpointConfigName="churn-green", ProductionVariants=variants
        )
        start(registry, "first", **{STARTED_BY: PARENT})
        start(registry, "second", EndpointConfigName="nowhere")
        start(registry, "third", EndpointName=5)
        yield registry


PARENT: Final = "arn:aws:states:eu-central-1:123456789012:execution:nightly:1"
PLAYED: Final = pytest.mark.usefixtures("played")


def ids(result: Result) -> list[str]:
    assert (result.exit_code, result.stderr) == (0, "")
    return [document["DeploymentId"] for document in json.loads(result.stdout)["Deployments"]]


@PLAYED
def test_the_deployments_of_all_endpoints_the_last_one_first() -> None:
    result = run("--json")
    assert ids(result) == ["third", "second", "first"]
    last, _, first = json.loads(result.stdout)["Deployments"]
    assert set(last) == {"DeploymentId", "StartedAt", "EndedAt", "Verdict", "Reason"}
    assert (first["EndpointName"], first["Verdict"]) == ("churn", "SUCCEEDED")
    assert (first["RequestedBy"], first["RequestReason"]) == ("team-churn", "retrained\x1b[31m")
    assert first["StartedBy"] == PARENT
    assert first["StartedAt"] < first["EndedAt"]


@PLAYED
def test_the_deployments_of_one_endpoint() -> None:
    assert ids(run("churn", "--json")) == ["second", "first"]
    assert ids(run("other", "--json")) == []
    assert run("other").stdout == "No deployment of endpoint other has ended in that time.\n"


@PLAYED
def test_a_list_is_bounded_and_says_when_there_are_more() -> None:
    result = run("--limit", "2", "--json")
    assert ids(result) == ["third", "second"]
    assert json.loads(result.stdout)["More"] is True
    assert json.loads(run("--limit", "3", "--json").stdout)["More"] is False
    assert run("--limit", "2").stdout.endswith(
        "There are more. Show them with a greater --limit.\n"
    )
    assert "There are more" not in run("--limit", "3").stdout


@PLAYED
def test_what_started_before_a_day_is_left_out() -> None:
    assert len(ids(run("--since", "2026-01-05", "--json"))) == 3
    for arguments in ((), ("churn",)):
        assert ids(run(*arguments, "--since", "2026-01-06", "--json")) == []
    nothing = run("--since", "2026-01-06").stdout
    assert nothing == (
        "No deployment has ended in that time. What release 0.1 deployed is shown with its"
        " endpoint: bluegreen history ENDPOINT.\n"
    )


@PLAYED
def test_a_person_reads_how_it_ended_who_asked_for_it_and_why() -> None:
    result = run("churn")
    second, *_, asked, why = result.stdout.splitlines()
    assert " churn  REJECTED after 0:00:0" in second
    assert second.endswith("  second")
    claims = f'by "team-churn", because "retrained [31m" and started by {PARENT}'
    assert asked == f"    Asked for {claims} (claimed)"
    assert why.startswith("    Endpoint churn now serves churn-green.")
    assert "\x1b" not in result.stdout


@PLAYED
def test_nothing_is_scanned_and_as_little_is_read_as_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bluegreen.aws.dynamodb.table.PAGE", 1)
    operations = asked(monkeypatch)
    for arguments in ((), ("churn",)):
        assert len(ids(run(*arguments, "--limit", "1", "--json"))) == 1
        assert operations == ["DescribeStacks", "Query", "Query"]
        operations.clear()


def answer(code: str) -> ClientError:
    body: Any = {"Error": {"Code": code, "Message": "not now\x1b[2J"}}
    return ClientError(body, "Query")


FAILURES: Final = [
    answer("AccessDeniedException"),
    answer("ThrottlingException"),
    ReadTimeoutError(endpoint_url="the table"),
]


@PLAYED
@pytest.mark.parametrize("error", FAILURES, ids=str)
def test_a_table_that_does_not_answer_exits_with_1_and_its_words(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    failing(monkeypatch, "Query", error)
    result = run("churn")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert "\x1b" not in result.stderr


@PLAYED
def test_a_stack_that_is_not_there_is_named() -> None:
    result = run("--stack-name", "nowhere")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "There is no stack nowhere in this account" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [("churn_api",), ("--limit", "0"), ("--limit", "1001"), ("--since", "yesterday")],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_refused_before_aws_is_asked(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
