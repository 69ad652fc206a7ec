"""The smoke run as a child process against `bluegreen local`: what it reaches passes, all goes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import boto3
import pytest

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).parents[2]
BIN: Final = Path(sys.executable).parent
SPEED: Final = 60
"""At which the first bake of the rollback lasts five seconds, and is looked at more than once."""

NOT_REACHED: Final = ["price", "definition", "states"]
CLIENT: Final = {
    "AWS_ACCESS_KEY_ID": "anything",
    "AWS_SECRET_ACCESS_KEY": "anything",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "PYTHONUNBUFFERED": "1",
    "PATH": os.environ["PATH"],  # noqa: TID251 - what a child process is started with
    "PYTHONPATH": ":".join(str(ROOT / room) for room in ("functions", "simulator", "cli", "smoke")),
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [str(BIN / "bluegreen"), "local", "--port", "0", "--speed", str(SPEED)],
        env=CLIENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it complains of each operation that it does not have
        text=True,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["endpoint_url"]
    finally:
        process.terminate()
        process.communicate(timeout=30)


def start(url: str, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "bluegreen_smoke", *options],
        env=CLIENT | {"AWS_ENDPOINT_URL": url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def things(url: str) -> list[str]:
    """Everything in the account, of the kinds that the run makes, whose name is the run's."""

    def client(service: str) -> Any:
        keys = {"aws_access_key_id": "anything", "aws_secret_access_key": "anything"}
        make: Any = boto3.client
        return make(service, endpoint_url=url, region_name="eu-central-1", **keys)

    sagemaker, cloudwatch = client("sagemaker"), client("cloudwatch")
    names = [
        *(e["EndpointName"] for e in sagemaker.list_endpoints()["Endpoints"]),
        *(c["EndpointConfigName"] for c in sagemaker.list_endpoint_configs()["EndpointConfigs"]),
        *(m["ModelName"] for m in sagemaker.list_models()["Models"]),
        *(a["AlarmName"] for a in cloudwatch.describe_alarms()["MetricAlarms"]),
        *(r["Name"] for r in client("events").list_rules()["Rules"]),
        *client("sqs").list_queues().get("QueueUrls", []),
        *(r["RoleName"] for r in client("iam").list_roles()["Roles"]),
        *(b["Name"] for b in client("s3").list_buckets()["Buckets"]),
        *(s["StackName"] for s in client("cloudformation").describe_stacks()["Stacks"]),
    ]
    return [name for name in names if "bluegreen-smoke-" in name]


def steps_of(report: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["status"] for step in report["Steps"]}


def test_what_the_embedded_aws_reaches_passes_and_all_is_gone(url: str, tmp_path: Path) -> None:
    output = tmp_path / "smoke.json"
    printed, said = start(url, "--yes", "--output", str(output)).communicate(timeout=300)
    report = json.loads(output.read_text(encoding="utf-8"))
    statuses = steps_of(report)
    assert [n for n, status in statuses.items() if status == "not reached here"] == NOT_REACHED
    assert f"not reached here: {', '.join(NOT_REACHED)}" in printed
    assert statuses.pop("deploy") == "skipped"
    passed = {status for name, status in statuses.items() if name not in NOT_REACHED}
    assert passed == {"passed"}, said
    assert [claim for claim in report["Claims"] if claim["verdict"] == "differs"] == []
    verdicts = [record["Verdict"] for record in report["Records"].values()]
    assert verdicts == ["SUCCEEDED", "ROLLED_BACK"]
    assert {event["source"] for event in report["Events"]} == {"aws.sagemaker", "aws.cloudwatch"}
    assert "nothing is left in the account" in printed
    assert things(url) == []


def test_a_failure_in_the_middle_still_undoes_all(url: str, tmp_path: Path) -> None:
    output = tmp_path / "smoke.json"
    options = ("--yes", "--instance-type", "ml.m5.nonsense", "--output", str(output))
    process = start(url, *options)
    _, said = process.communicate(timeout=200)
    report = json.loads(output.read_text(encoding="utf-8"))
    statuses = steps_of(report)
    assert process.returncode == 1
    assert statuses["model"] == "passed"
    assert list(statuses.items())[-1] == ("configs", "failed")
    assert "deleting model" in said
    assert report["Left"] == []
    assert things(url) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_in_a_deployment_waits_for_it_and_undoes_all(
    url: str, number: signal.Signals
) -> None:
    process = start(url, "--yes")
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("--- canary-succeeds"):
            break
    next(line for line in process.stderr if "PROVISIONING" in line)
    assert len(things(url)) > 5
    process.send_signal(number)
    printed, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "canary-succeeds    interrupted" in printed
    assert "waiting until its update settles" in said
    assert things(url) == []


def test_without_consent_nothing_is_made(url: str) -> None:
    process = start(url, "--profile", "")
    printed, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "This run costs at most" in said
    assert "nothing was created" in said
    assert "permissions" not in printed
    assert things(url) == []


def test_consent_in_advance_needs_a_profile_on_a_real_account() -> None:
    process = start("https://aws.invalid", "--yes")
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said.splitlines()[-1]) == (
        2,
        "Error: With --yes, name the profile with --profile.",
    )
