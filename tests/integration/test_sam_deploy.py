"""`sam deploy` of this project's own template, really, against `bluegreen local`.

Both with a bucket that SAM makes and with one of one's own, beside the stack that stands there.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import boto3
import pytest

from shipped import ROOT

pytestmark = pytest.mark.slow

BIN: Final = Path(sys.executable).parent
BUILT: Final = ROOT / ".aws-sam/build/template.yaml"
TEMPLATE: Final = BUILT if BUILT.exists() else ROOT / "template.yaml"
PATIENCE: Final = 600
CLIENT: Final = {
    "AWS_ACCESS_KEY_ID": "anything",
    "AWS_SECRET_ACCESS_KEY": "anything",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "SAM_CLI_TELEMETRY": "0",
    "PATH": os.environ["PATH"],  # noqa: TID251 - what a child process is started with
}


class Served:
    """A running `bluegreen local`, and SAM's own client of it, in a folder of its own."""

    def __init__(self, url: str, folder: Path) -> None:
        self._environment = {**CLIENT, "AWS_ENDPOINT_URL": url, "HOME": str(folder)}
        self._folder = folder
        self._url = url

    def sam(self, *command: str, expect: int = 0) -> str:
        """Run `sam`; what it printed, errors among it."""
        done = subprocess.run(  # noqa: S603 - our own commands
            [str(BIN / "sam"), *command, "--region", "eu-central-1"],
            env=self._environment,
            cwd=self._folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == expect, done.stdout
        return done.stdout

    def deploy(self, *options: str, expect: int = 0) -> str:
        """`sam deploy` of our template as the stack `mine`."""
        common = ("--stack-name", "mine", "--capabilities", "CAPABILITY_IAM")
        own = self._folder / "own.toml"  # the project's names a bucket already
        own.write_text("version = 0.1\n", encoding="utf-8")
        template = ("--template-file", str(TEMPLATE), "--config-file", str(own))
        return self.sam(
            "deploy", *template, *common, "--no-confirm-changeset", *options, expect=expect
        )

    def client(self, service: str) -> Any:
        """A client of its own, which sees what SAM has made."""
        keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
        make: Any = boto3.client
        return make(service, region_name="eu-central-1", endpoint_url=self._url, **keys)

    def ids(self, stack: str) -> dict[str, str]:
        """The physical id of each resource of a stack."""
        call = self.client("cloudformation").describe_stack_resources
        found = call(StackName=stack)["StackResources"]
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [str(BIN / "bluegreen"), "local", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        yield Served(ready["endpoint_url"], tmp_path_factory.mktemp("sam"))
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


@pytest.mark.slow
def test_sam_deploys_changes_lists_and_deletes_a_second_stack_of_ours(served: Served) -> None:
    assert "Successfully created/updated stack - mine" in served.deploy("--resolve-s3")
    outputs = json.loads(
        served.sam("list", "stack-outputs", "--stack-name", "mine", "--output", "json")
    )
    machine = {one["OutputKey"]: one["OutputValue"] for one in outputs}["StateMachineArn"]
    assert machine.endswith(":stateMachine:mine-deployment")
    machines = served.client("stepfunctions").list_state_machines()["stateMachines"]
    assert {one["name"] for one in machines} == {"bluegreen-deployment", "mine-deployment"}

    assert "Stack mine is up to date" in served.deploy("--resolve-s3", expect=1)

    changed = ("--parameter-overrides", "LogRetentionInDays=30", "StoreReports=true")
    assert "Successfully created/updated stack - mine" in served.deploy("--resolve-s3", *changed)
    group = served.ids("mine")["FunctionsLogGroup"]
    found = served.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert [one["retentionInDays"] for one in found] == [30]

    served.sam("delete", "--stack-name", "mine", "--no-prompts")
    machines = served.client("stepfunctions").list_state_machines()["stateMachines"]
    assert [one["name"] for one in machines] == ["bluegreen-deployment"]


def test_sam_deploys_by_a_bucket_of_ones_own(served: Served) -> None:
    location = {"LocationConstraint": "eu-central-1"}
    with contextlib.closing(served.client("s3")) as s3:
        s3.create_bucket(Bucket="of-mine", CreateBucketConfiguration=location)
    assert "Successfully created/updated stack - mine" in served.deploy("--s3-bucket", "of-mine")
    served.sam("delete", "--stack-name", "mine", "--no-prompts")


def test_what_collides_with_our_own_stack_is_refused_by_the_reason(served: Served) -> None:
    body = {
        "Resources": {
            "It": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "StateMachineName": "bluegreen-deployment",
                    "RoleArn": "arn:aws:iam::123456789012:role/any",
                    "DefinitionString": '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}',
                },
            }
        }
    }
    stacks = served.client("cloudformation")
    stacks.create_stack(StackName="other", TemplateBody=json.dumps(body))
    events = stacks.describe_stack_events(StackName="other")["StackEvents"]
    (reason,) = (
        e["ResourceStatusReason"] for e in events if e["ResourceStatus"] == "CREATE_FAILED"
    )
    assert "bluegreen-deployment" in reason
    assert reason.endswith("HandlerErrorCode: AlreadyExists)")
