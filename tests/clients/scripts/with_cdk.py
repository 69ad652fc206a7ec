"""A stack of an endpoint, its alarm and guardrails: by change sets of its template, by `cdk`."""

import os
import tempfile
from pathlib import Path
from typing import Any

import boto3
from told import holds, ran, same, uses

JS = Path(os.environ["BLUEGREEN"]) / "tests/clients/js"  # noqa: TID251 - the client is installed there
CDK = str(JS / "node_modules/.bin/cdk")
OUT = tempfile.mkdtemp()
APP = ("--app", "node cdk_app.mjs", "--output", OUT, "--no-notices", "--no-version-reporting")

os.chdir(JS)  # where the app is
stacks: Any = boto3.client("cloudformation")
sagemaker = boto3.client("sagemaker")
waiting: Any = {"Delay": 1, "MaxAttempts": 240}


def cdk(*arguments: str) -> str:
    """What a command of the CDK prints; RuntimeError where it fails."""
    return str(ran(CDK, *arguments, *APP))


def by_change_set(kind: str, count: int) -> None:
    """Make or change the stack of the template that the CDK synthesizes, and wait for its end."""
    cdk("synth", "--quiet", "--context", "bootstrap=yes", "--context", f"count={count}")
    named: Any = {"StackName": "cdk-set", "ChangeSetName": f"{kind.lower()}-{count}"}
    stacks.create_change_set(
        **named,
        ChangeSetType=kind,
        TemplateBody=(Path(OUT) / "cdk-set.template.json").read_text("utf-8"),
        Capabilities=["CAPABILITY_IAM"],
    )
    stacks.get_waiter("change_set_create_complete").wait(**named, WaiterConfig=waiting)
    stacks.execute_change_set(**named)
    waiter: Any = stacks.get_waiter(f"stack_{kind.lower()}_complete")
    waiter.wait(StackName="cdk-set", WaiterConfig=waiting)


def serves(endpoint: str, instances: int) -> None:
    """AssertionError unless it is in service with so many instances."""
    described = sagemaker.describe_endpoint(EndpointName=endpoint)
    same(described["EndpointStatus"], "InService")
    same(described["ProductionVariants"][0]["CurrentInstanceCount"], instances)


uses(cdk("--version").split()[0])
with holds("`cdk synth` with the default synthesizer, by a change set"):
    boto3.client("ssm").put_parameter(
        Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String"
    )
    by_change_set("CREATE", 2)
    serves("cdk-set", 2)
with holds("a change of the endpoint config in that stack, by a second change set"):
    by_change_set("UPDATE", 3)
    serves("cdk-set", 3)
with holds("`cdk deploy` with the synthesizer that needs no bootstrap"):
    cdk("deploy", "--require-approval", "never")
    serves("cdk-cli", 2)
with holds("`cdk diff` finds nothing to change"):
    said = cdk("diff")
    assert "error" not in said.lower(), said
with holds("`cdk destroy`"):
    cdk("destroy", "--force")
    names = [each["StackName"] for each in stacks.describe_stacks()["Stacks"]]
    assert "cdk-cli" not in names, names
