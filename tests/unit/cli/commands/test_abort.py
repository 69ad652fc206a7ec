"""What `bluegreen abort` and `bluegreen forget` refuse before they ask AWS."""

import pytest
from click.testing import CliRunner, Result

from bluegreen_cli.main import main


def run(*arguments: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, arguments)


@pytest.mark.parametrize("name", ["churn_api", "-churn", "churn-", "c" * 64, "", "arn:aws:x"])
def test_what_is_no_endpoints_name_is_refused(name: str) -> None:
    for arguments in (("abort", "--reason", "r", "--", name), ("forget", "--", name)):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "is not a valid name of an endpoint. Use 1 to 63 letters," in result.stderr


def test_an_abort_without_a_reason_is_refused() -> None:
    result = run("abort", "churn")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Missing option '--reason'" in result.stderr


@pytest.mark.parametrize("command", ["abort", "forget"])
def test_the_help_says_when_the_exit_code_is_1(command: str) -> None:
    words = " ".join(run(command, "--help").stdout.split())
    assert "with 1" in words
