"""`bluegreen policy put` on the embedded AWS: what it writes, and what it says of the consent."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from bluegreen_cli.account import Account as UsersAccount
from bluegreen_cli.commands.policy import _add_tags
from bluegreen_cli.main import main
from bluegreen_simulator.run.stack import deploy
from sagemaker_account import ENDPOINT_ARN, Account, running_account
from shipped import ROOT

MACHINE: Final = "arn:aws:states:eu-central-1:123456789012:stateMachine:bluegreen-deployment"
TAG: Final = "bluegreen:model-package-group"
NAME: Final = "/bluegreen/policies/churn"
TEXT: Final = """{
  "EndpointName": "churn-api",
  "DeploymentConfigName": "Canary25Percent10Minutes",
  "OnRollback": "ANNOTATE"
}
"""


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as made:
        deploy(made.world, ROOT / "template.yaml")
        yield made


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.json"
    path.write_text(TEXT, "utf-8")
    return path


def put(policy: Path, *options: str, group: str = "churn") -> Result:
    arguments = ["policy", "put", group, str(policy), *options]
    return CliRunner(mix_stderr=False).invoke(main, arguments)


def consent(account: Account, group: str) -> None:
    sagemaker: Any = account.sagemaker
    tag = {"Key": TAG, "Value": group}
    sagemaker.add_tags(ResourceArn=ENDPOINT_ARN, Tags=[tag])


def parameter(account: Account, name: str = NAME) -> dict[str, Any]:
    found: dict[str, Any] = account.aws.client("ssm").get_parameter(Name=name)["Parameter"]
    return found


@contextmanager
def refusing(service: str, operation: str) -> Iterator[None]:
    """Meanwhile AWS refuses an operation."""
    asked: dict[str, Any] = {"endpoint_url": None}  # as the command asks
    client: Any = boto3.client(service, **asked)  # type: ignore[call-overload] # its name is not a literal

    def refuse(**_: object) -> None:
        error: Any = {"Code": "AccessDeniedException", "Message": "User: me is not\nauthorized"}
        raise ClientError({"Error": error}, operation)

    hook = f"before-call.{service}.{operation}"
    client.meta.events.register(hook, refuse)
    yield
    client.meta.events.unregister(hook, refuse)


def test_the_text_of_the_file_becomes_the_parameter(account: Account, policy: Path) -> None:
    consent(account, "churn")
    result = put(policy)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{NAME} version 1\n", "")
    found = parameter(account)
    assert (found["Value"], found["Type"], found["Version"]) == (TEXT, "String", 1)
    policy.write_text(TEXT.replace("ANNOTATE", "NONE"), "utf-8")
    assert put(policy).stdout == f"{NAME} version 2\n"
    assert parameter(account)["Value"] == policy.read_text("utf-8")


def test_a_warning_is_told_and_the_document_written(account: Account, policy: Path) -> None:
    consent(account, "churn")
    policy.write_text('{"EndpointName": "churn-api"}', "utf-8")
    result = put(policy)
    assert (result.exit_code, result.stdout) == (0, f"{NAME} version 1\n")
    assert result.stderr.startswith("WARNING no-policy: ")


def test_a_bad_document_leaves_what_is_there(account: Account, policy: Path) -> None:
    put(policy)
    policy.write_text('{"EndpointName": "churn-api", "Surprise": 1}', "utf-8")
    assert put(policy).exit_code == 11
    assert (parameter(account)["Value"], parameter(account)["Version"]) == (TEXT, 1)


@pytest.mark.parametrize(("tag", "found"), [("", "is missing"), ("other", 'is "other"')])
def test_without_the_consent_of_the_endpoint_the_command_for_it_is_shown(
    tag: str, found: str, account: Account, policy: Path
) -> None:
    if tag:
        consent(account, tag)
    result = put(policy)
    assert (result.exit_code, parameter(account)["Value"]) == (0, TEXT)
    warning, command = result.stderr.splitlines()
    assert warning == (
        f'WARNING: The tag {TAG} of the endpoint "churn-api" {found}, so no model of the group'
        ' "churn" can be deployed to it. To allow it, the owner of the endpoint runs:'
    )
    assert command == (
        f"    aws sagemaker add-tags --resource-arn {ENDPOINT_ARN} --tags Key={TAG},Value=churn"
    )
    consent(account, "churn")
    assert put(policy).stderr == ""


def test_the_command_goes_where_the_policy_went() -> None:
    command = shlex.split(_add_tags(ENDPOINT_ARN, "churn", "http://127.0.0.1:5055/?a b"))
    assert command[-2:] == ["--endpoint-url", "http://127.0.0.1:5055/?a b"]


def test_an_endpoint_that_is_not_there_is_told_in_a_line(account: Account, policy: Path) -> None:
    policy.write_text(TEXT.replace("churn-api", "churn-new"), "utf-8")
    result = put(policy)
    assert (result.exit_code, parameter(account)["Version"]) == (0, 1)
    assert result.stderr.startswith('The tags of the endpoint "churn-new" could not be read: ')
    assert result.stderr.count("\n") == 1


def test_tags_that_may_not_be_read_are_told_in_a_line(account: Account, policy: Path) -> None:
    with refusing("sagemaker", "ListTags"):
        result = put(policy)
    assert (result.exit_code, parameter(account)["Value"]) == (0, TEXT)
    assert "not authorized.\n" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.usefixtures("account")
def test_a_refusal_of_aws_is_one_line(policy: Path) -> None:
    with refusing("ssm", "PutParameter"):
        result = put(policy)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: An error occurred (AccessDeniedException)")
    assert result.stderr.count("\n") == 1


def test_the_policy_goes_where_the_stack_looks_for_it(policy: Path) -> None:
    with running_account() as account:
        deploy(account.world, ROOT / "template.yaml", {"PolicyPath": "/team-b"})
        consent(account, "churn")
        assert put(policy).stdout == "/team-b/churn version 1\n"
        assert parameter(account, "/team-b/churn")["Value"] == TEXT


def test_what_parameter_store_would_refuse_is_told_before_it_is_asked(
    account: Account, policy: Path
) -> None:
    policy.write_text(TEXT.ljust(4097), "utf-8")
    with refusing("ssm", "PutParameter"):
        result = put(policy)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: The policy has 4097 bytes, but a standard parameter takes 4096 at most. Nothing"
        " was written.\n"
    )
    client = account.aws.client("ssm")
    assert not client.get_parameters_by_path(Path="/bluegreen", Recursive=True)["Parameters"]


def test_a_stack_that_is_not_there_is_told_and_nothing_is_written(
    account: Account, policy: Path
) -> None:
    result = put(policy, "--stack-name", "other")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: There is no stack other in this account and Region. Name your stack with"
        " --stack-name.\n"
    )
    client = account.aws.client("ssm")
    assert not client.get_parameters_by_path(Path="/bluegreen", Recursive=True)["Parameters"]


def test_a_stack_of_release_0_1_has_its_policies_where_that_release_looked(
    account: Account, policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent(account, "churn")
    monkeypatch.setattr(
        UsersAccount,
        "outputs",
        {"StateMachineArn": MACHINE},
    )
    assert put(policy).stdout == f"{NAME} version 1\n"


def test_a_name_that_no_group_has_asks_nothing_of_aws(account: Account, policy: Path) -> None:
    assert put(policy, group="churn/..").exit_code == 2
    client = account.aws.client("ssm")
    found = client.get_parameters_by_path(Path="/bluegreen", Recursive=True)["Parameters"]
    assert found == []
