"""`sam deploy` of this project's own template, transform included, and `sam delete`."""

import os
import shutil
import tempfile
from pathlib import Path

import boto3
from told import holds, ran, same, uses

ROOT = Path(os.environ["BLUEGREEN"])  # noqa: TID251 - the template is there
SAM = shutil.which("sam") or "sam"
BUILT = str(ROOT / ".aws-sam/build/template.yaml")
STACK = "sam-trial"
OPTIONS = ("--no-confirm-changeset", "--no-progressbar", "--no-fail-on-empty-changeset")
MAY = ("--capabilities", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")

stacks = boto3.client("cloudformation")


def sam(*arguments: str) -> str:
    """What a command prints; RuntimeError where it fails."""
    return str(ran(SAM, *arguments, "--region", "eu-central-1"))


def deploy(*where: str) -> None:
    """Deploy the built template under this name, with these options."""
    sam("deploy", "--template-file", BUILT, "--stack-name", STACK, *where, *OPTIONS, *MAY)


def status() -> str:
    """How its last deployment ended."""
    (stack,) = stacks.describe_stacks(StackName=STACK)["Stacks"]
    return str(stack["StackStatus"])


os.chdir(tempfile.mkdtemp())  # where no samconfig.toml is
uses(ran(SAM, "--version").split()[-1])
with holds("`sam deploy --resolve-s3` makes a second stack of ours, every resource of it"):
    deploy("--resolve-s3")
    same(status(), "CREATE_COMPLETE")
    (stack,) = stacks.describe_stacks(StackName=STACK)["Stacks"]
    keys = {each["OutputKey"] for each in stack["Outputs"]}
    assert "AbortDeploymentFunctionName" in keys, keys
with holds(
    "`sam deploy --s3-bucket` of the same, from another bucket, updates the functions' code"
):
    location = {"LocationConstraint": "eu-central-1"}
    boto3.client("s3").create_bucket(Bucket="sam-trial", CreateBucketConfiguration=location)  # type: ignore[arg-type] # the Region is a literal there
    deploy("--s3-bucket", "sam-trial")
    same(status(), "UPDATE_COMPLETE")
with holds("`sam list stack-outputs` and `sam list resources`"):
    assert "AbortDeploymentFunctionName" in sam("list", "stack-outputs", "--stack-name", STACK)
with holds("`sam delete`, and the stack is gone"):
    sam("delete", "--stack-name", STACK, "--no-prompts")
    live = [each["StackName"] for each in stacks.describe_stacks()["Stacks"]]
    assert STACK not in live, live
