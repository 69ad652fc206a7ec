"""`bluegreen abort` and `bluegreen forget` on the embedded AWS: what they do, say and exit with."""

import json
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from bluegreen_cli.main import main
from bluegreen_simulator.rules.faults.active import Faults
from bluegreen_simulator.rules.faults.kinds import ApiError, ApiFault, FaultPlan
from registry_account import Registry, running_registry

CALLER: Final = "arn:aws:sts::123456789012:user/moto"
"""Whom the embedded AWS takes everybody for."""


def run(*arguments: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, arguments)


def start(registry: Registry, **members: Any) -> str:
    """A canary of ten minutes on the endpoint churn, to a config that nobody made yet; its ARN."""
    live = registry.config("churn-one")
    registry.sagemaker.create_endpoint_config(
        EndpointConfigName="churn-green", ProductionVariants=live["ProductionVariants"]
    )
    request = {
        "EndpointName": "churn",
        "EndpointConfigName": "churn-green",
        "DeploymentConfigName": "Canary25Percent10Minutes",
        "AllowFindings": ["no-alarms"],
        **members,
    }
    arn: str = registry.states.start_execution(
        stateMachineArn=registry.stack.outputs["StateMachineArn"],
        name="deploy-1",
        input=json.dumps(request),
    )["executionArn"]
    return arn


def test_an_abort_in_a_bake_rolls_back_and_says_who_asked_and_why() -> None:
    with running_registry("churn") as registry:
        arn = start(registry)
        registry.sleep(400)
        result = run("abort", "churn", "--reason", "wrong data")
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout == (
            "Deployment deploy-1 of endpoint churn is to be aborted. Its abort alarm makes"
            " SageMaker roll back in the bake that runs, or in the next one. If the last bake ends"
            " before that, the update stays.\n"
        )
        again = run("abort", "churn", "--reason", "again")
        assert (again.exit_code, "was asked to be aborted before" in again.stdout) == (0, True)
        registry.sleep()
        record = registry.record(arn)
        assert (record["Verdict"], record["Trigger"]) == ("ROLLED_BACK", "ABORT")
        assert record["LiveEndpointConfigName"] == "churn-one"
        assert (
            f'it was aborted by "{CALLER}" (claimed) with the reason "wrong data"'
            in (record["Reason"])
        )
        assert len(registry.told("DEPLOYMENT_ABORTED")) == 1


def test_where_nothing_runs_there_is_nothing_to_abort() -> None:
    with running_registry("churn"):
        result = run("abort", "churn", "--reason", "to be sure")
        assert (result.exit_code, result.stdout) == (
            0,
            "No deployment runs on endpoint churn, so nothing was aborted.\n",
        )


def test_what_cannot_be_aborted_exits_with_1_and_goes_on() -> None:
    with running_registry("churn", AbortAlarm="false") as registry:
        arn = start(registry)
        registry.sleep(400)
        result = run("abort", "churn", "--reason", "wrong data")
        assert result.exit_code == 1
        assert "SageMaker cannot be stopped" in result.stdout
        registry.sleep()
        assert registry.record(arn)["Verdict"] == "SUCCEEDED"


def test_an_endpoint_is_forgotten_when_its_deployment_has_ended() -> None:
    with running_registry("churn") as registry:
        start(registry)
        registry.sleep(400)
        busy = run("forget", "churn")
        assert busy.exit_code == 1
        assert busy.stdout == (
            "A deployment runs on endpoint churn or waits for it. Nothing was removed; try again"
            " when it ends.\n"
        )
        assert registry.rows()
        registry.sleep()
        done = run("forget", "churn")
        assert done.exit_code == 0
        assert done.stdout == (
            "Removed what was kept for endpoint churn: its lock, its abort alarm and 1 record of"
            " deployments.\n"
        )
        assert registry.rows() == []
        alarms = registry.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
        assert [a["AlarmName"] for a in alarms if "abort" in a["AlarmName"]] == []
        assert run("forget", "churn").exit_code == 0


@pytest.mark.parametrize("command", ["abort", "forget"])
def test_a_function_that_fails_exits_with_1_and_its_words(command: str) -> None:
    function = {"abort": "AbortDeployment", "forget": "ForgetEndpoint"}[command]
    fault = ApiFault("dynamodb", ApiError.DENIED, function=function)
    with running_registry("churn", faults=Faults(FaultPlan(apis=(fault,)))):
        reason = ("--reason", "r") if command == "abort" else ()
        result = run(command, "churn", *reason)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("Error: ")
        assert "AccessDenied" in result.stderr


@pytest.mark.parametrize("command", [("abort", "churn", "--reason", "r"), ("forget", "churn")])
def test_a_stack_that_is_not_there_is_named(command: tuple[str, ...]) -> None:
    with running_registry():
        result = run(*command, "--stack-name", "nowhere")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "There is no stack nowhere in this account" in result.stderr
