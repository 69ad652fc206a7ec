"""The stack, deployed by the AWS SAM CLI as a user would, and deleted with what it retains."""

import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from bluegreen_smoke.aws import exists
from bluegreen_smoke.run import ROOT, Smoke
from bluegreen_smoke.steps import SkippedError, Step, StepFailedError, Thing

SAM: Final = Path(sys.executable).with_name("sam")
LONGEST_DELETION_SECONDS: Final = 1800
LINES_OF_A_FAILURE: Final = 15
MOST_OBJECTS: Final = 1000
"""In one deletion of S3's."""


def steps(smoke: Smoke) -> list[Step]:
    """The steps that deploy."""
    return [
        Step(
            "bucket",
            "a bucket of the run's own, for code and for the model",
            lambda: _make_bucket(smoke),
            (_bucket(smoke),),
        ),
        Step(
            "deploy",
            "sam build and sam deploy, as a user does it",
            lambda: _deploy(smoke),
            (_table(smoke), _stack(smoke)),
        ),
    ]


def _make_bucket(smoke: Smoke) -> str:
    region = smoke.aws.region
    where = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    smoke.aws.client("s3").create_bucket(
        Bucket=smoke.name, **({} if region == "us-east-1" else where)
    )
    return smoke.name


def _bucket(smoke: Smoke) -> Thing:
    def delete() -> None:
        client = smoke.aws.client("s3")
        while objects := client.list_objects_v2(Bucket=smoke.name).get("Contents", []):
            keys = [{"Key": found["Key"]} for found in objects[:MOST_OBJECTS]]
            client.delete_objects(Bucket=smoke.name, Delete={"Objects": keys})
        client.delete_bucket(Bucket=smoke.name)

    return Thing(f"bucket {smoke.name}", lambda: smoke.name in _buckets(smoke), delete)


def _buckets(smoke: Smoke) -> list[str]:
    return [bucket["Name"] for bucket in smoke.aws.client("s3").list_buckets()["Buckets"]]


def _deploy(smoke: Smoke) -> str:
    if smoke.aws.embedded:
        smoke.outputs = _outputs(smoke)
        raise SkippedError(f"the embedded AWS has deployed the stack {smoke.stack} already")
    _sam("build")
    _sam("deploy", *_options(smoke))
    smoke.outputs = _outputs(smoke)
    return f"{smoke.stack}: {', '.join(sorted(smoke.outputs))}"


def _options(smoke: Smoke) -> list[str]:
    """As in samconfig.toml, but with a bucket that goes away, and bounded to the run's names."""
    profile = ["--profile", smoke.profile] if smoke.profile else []
    return [
        *("--stack-name", smoke.name, "--region", str(smoke.aws.region), *profile),
        *("--no-resolve-s3", "--s3-bucket", smoke.name, "--s3-prefix", "code"),
        *("--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar"),
        *("--parameter-overrides", f"EndpointNamePrefix={smoke.name}", "LogRetentionInDays=7"),
    ]


def _sam(*arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        [str(SAM), *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()[-LINES_OF_A_FAILURE:]
        raise StepFailedError(f"sam {arguments[0]} failed: {' / '.join(said)}")


def _outputs(smoke: Smoke) -> dict[str, str]:
    found = smoke.aws.client("cloudformation").describe_stacks(StackName=smoke.stack)
    return {o["OutputKey"]: o["OutputValue"] for o in found["Stacks"][0].get("Outputs", [])}


def _stack(smoke: Smoke) -> Thing:
    stacks = smoke.aws.client("cloudformation")

    def delete() -> None:
        smoke.table = _physical_id(stacks, smoke.name, "DeploymentsTable")
        stacks.delete_stack(StackName=smoke.name)

    return Thing(
        f"stack {smoke.name}",
        lambda: exists(lambda: stacks.describe_stacks(StackName=smoke.name)),
        delete,
        LONGEST_DELETION_SECONDS,
    )


def _physical_id(stacks: Any, stack: str, logical_id: str) -> str:  # noqa: ANN401 - a client
    resources = stacks.describe_stack_resources(StackName=stack)["StackResources"]
    found = (r.get("PhysicalResourceId", "") for r in resources)
    ids = dict(zip((r["LogicalResourceId"] for r in resources), found, strict=True))
    return str(ids.get(logical_id, ""))


def _table(smoke: Smoke) -> Thing:
    """The table of deployments, which outlives its stack by intent; this one's does not."""
    tables = smoke.aws.client("dynamodb")
    return Thing(
        f"table of the stack {smoke.name}",
        lambda: bool(smoke.table) and exists(lambda: tables.describe_table(TableName=smoke.table)),
        lambda: tables.delete_table(TableName=smoke.table),
    )
